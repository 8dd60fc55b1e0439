import { describe, expect, it } from "vitest";
import { failureText, RulesetsFuzz } from "./rulesets.ts";

const SEED = 20_261_126;

/** A seeded sample of what `npm run fuzz -- rulesets` runs. */
describe("rulesets as functions of packets", () => {
  it("say of thousands of packets at borders what the kernel does", () => {
    const fuzz = new RulesetsFuzz(SEED);
    const failures: string[] = [];
    for (let number = 0; number < 16; number++) {
      const failure = fuzz.run(number, 500);
      if (failure !== undefined) failures.push(failureText(failure, SEED));
    }
    expect(failures).toEqual([]);
    expect(fuzz.packets).toBe(8000);
    for (const name of [
      "drop by a block rule",
      "pass with a state",
      "pass without a state",
      "translated",
      "by a rule of an anchor",
      "by a rule that tests a tag",
      "tag set",
      "table set",
      "fragments",
      "ICMP",
      "with several fates, by choice",
      "with several fates, open",
    ]) {
      expect([name, fuzz.classes.get(name) > 0]).toEqual([name, true]);
    }
  });
});
