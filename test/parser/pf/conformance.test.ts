import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { conformPf } from "../../conformance/pf-rules.ts";

const DATA = "../shared/data";

describe.skipIf(!existsSync(`${DATA}/claims`))("parsePf", () => {
  it("agrees with pfctl on every network of the claims", () => {
    const { passed, disagreements } = conformPf("claims", `${DATA}/claims`);
    expect(disagreements).toEqual([]);
    expect(passed).toBe(108);
  });

  it("agrees with pfctl on every real ruleset, unread rules included", () => {
    const { disagreements } = conformPf("corpus", `${DATA}/corpus`, { unread: true });
    expect(disagreements).toEqual([]);
  }, 60_000);
});
