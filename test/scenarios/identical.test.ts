import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { CASES, pfproofAt, scenarioFiles, temporarySite } from "../support/scenario-site.ts";

const MAIN = join(import.meta.dirname, "../../cli/main.ts");
const OPTIONS = ["--attack", "50", "--seed", "1"];

describe("pfproof check", () => {
  it.each(CASES.filter(({ variant }) => variant !== undefined && isLoud(variant.name)))(
    "says the same about $title again, its files written in another order",
    async (it_) => {
      const files = scenarioFiles(it_);
      const root = temporarySite(files);
      const turned = temporarySite(new Map([...files].toReversed()));
      for (const extra of [["--verbose"], ["--json"]]) {
        const first = await pfproofAt(["check", root, ...OPTIONS, ...extra], root);
        const again = await pfproofAt(["check", turned, ...OPTIONS, ...extra], turned);
        expect(first.out.length).toBeGreaterThan(0);
        expect(again).toMatchObject({ exit: first.exit, out: first.out, err: first.err });
      }
    },
  );

  it("says the same in a process of its own as in one that has answered before", async () => {
    const loud = CASES.find(({ variant }) => variant?.name === "no-antispoof")!;
    const root = temporarySite(scenarioFiles(loud));
    const { out, exit } = await pfproofAt(["check", root, ...OPTIONS], root);
    const argv = [MAIN, "check", root, ...OPTIONS];
    const ran = promisify(execFile)(process.execPath, argv, { env: { NO_COLOR: "1" } });
    await expect(ran).rejects.toMatchObject({ code: exit, stdout: out, stderr: "" });
  });
});

/** Variants whose reports are the longest. */
function isLoud(name: string): boolean {
  return name === "one-switch" || name === "unlisted-vtep";
}
