import { execFileSync } from "node:child_process";
import { execPath } from "node:process";
import { describe, expect, it } from "vitest";
import { heapPerMillion } from "./allocation.ts";

const MOST_BYTES = 64 * 1024;
/** No garbage is collected while it is measured. */
const ROOM = ["--min-semi-space-size=512", "--max-semi-space-size=512"];

describe("a classifier of columns", () => {
  it("allocates next to nothing for a million packets", () => {
    // in a process of its own, where nothing else allocates
    const file = new URL("./allocation.ts", import.meta.url).href;
    const code = `import { ${heapPerMillion.name} } from "${file}"; console.log(${heapPerMillion.name}());`;
    const module = ["--input-type=module", "-e", code];
    const flags = ["--expose-gc", ...ROOM, ...module];
    const bytes = Number(execFileSync(execPath, flags, { encoding: "utf8" }));
    expect(bytes).toBeLessThan(MOST_BYTES);
  });
});
