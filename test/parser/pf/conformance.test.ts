import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { conformCorpus } from "../../conformance/corpus.ts";
import { conformKernelRules } from "../../conformance/kernel-rules.ts";
import { conformPfctl } from "../../conformance/pfctl.ts";

const DATA = "../shared/data";

describe.skipIf(!existsSync(`${DATA}/pfctl`))("readPf", () => {
  it("answers as pfctl did in every recorded run", () => {
    const { passed, disagreements } = conformPfctl(DATA, { verbose: false });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(4000);
  }, 120_000);

  it("prints every real ruleset as pfctl does", () => {
    const { passed, disagreements } = conformCorpus(DATA, { verbose: false });
    expect(disagreements).toEqual([]);
    expect(passed).toBe(116);
  }, 120_000);

  it("expands every recorded ruleset to the rules that the kernel held", () => {
    const { passed, disagreements } = conformKernelRules("kernel", DATA, { verbose: false });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(4500);
  }, 120_000);

  it("expands the rulesets of the claims to the rules that the kernel held", () => {
    const { passed, disagreements } = conformKernelRules("claims", DATA, { verbose: false });
    expect(disagreements).toEqual([]);
    expect(passed).toBe(108);
  });
});
