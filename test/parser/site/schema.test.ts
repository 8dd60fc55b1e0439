import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { siteJsonSchema } from "../../../parser/site/schema.ts";

describe("site.schema.json", () => {
  it("is what the reader accepts: `npm run schema` writes it", () => {
    const committed: unknown = JSON.parse(readFileSync("site.schema.json", "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(siteJsonSchema())));
  });
});
