import { describe, expect, it } from "vitest";
import { ruleIndex } from "../../engine/rules/indexed/candidates.ts";
import { conformClaims } from "./claims.ts";
import { conformClaimScripts } from "./claims-scripts.ts";
import { conformHosts } from "./hosts.ts";
import { replayKernel } from "./kernel-replay.ts";
import { conformKernelSets } from "./kernel-sets.ts";

/** A seeded sample of what `npm run conformance` runs whole. */
describe("the recorded truth", () => {
  it("is never contradicted by a proof, on twelve drawn networks", () => {
    const { disagreements, passed } = conformClaims("../shared/data/claims", {
      sample: 12,
      seed: 20_261_124,
    });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(300);
  });

  it("agrees with linear evaluation on every packet in every field, and on the named cases", () => {
    const { disagreements, passed } = replayKernel("../shared/data/kernel", {
      sample: 150,
      seed: 20_261_124,
    });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(20_000);
  });

  it("agrees with the rules that an index finds, on the same packets", () => {
    const { disagreements, passed } = replayKernel("../shared/data/kernel", {
      sample: 150,
      seed: 20_261_124,
      cases: true,
      index: () => ruleIndex(0),
    });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(20_000);
  });

  it("is what the set functions say of rules and states", () => {
    const { disagreements, passed } = conformKernelSets("../shared/data/kernel", {
      sample: 25,
      seed: 20_261_124,
    });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(3000);
  });

  it("has hosts whose files are read line by line", () => {
    const { disagreements, passed } = conformHosts("../shared/data/corpus/hosts", {
      sample: 40,
      seed: 20_261_125,
    });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(300);
  });

  it("is what the walk through a network makes of every recorded script", () => {
    const { disagreements, passed } = conformClaimScripts("../shared/data/claims");
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(1700);
  });
});
