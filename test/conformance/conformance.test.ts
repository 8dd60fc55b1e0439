import { describe, expect, it } from "vitest";
import { conformClaims } from "./claims.ts";
import { conformKernel } from "./kernel.ts";

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

  it("has the verdict of linear evaluation on every packet that it speaks of", () => {
    const { disagreements, passed } = conformKernel("../shared/data/kernel", {
      sample: 150,
      seed: 20_261_124,
    });
    expect(disagreements).toEqual([]);
    expect(passed).toBeGreaterThan(3000);
  });
});
