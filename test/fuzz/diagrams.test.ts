import { expect, test } from "vitest";
import { fuzzDiagrams } from "./diagrams.ts";

/** A seeded sample of what `npm run fuzz -- diagrams` runs. */
test("both implementations of sets agree on drawn expressions and keep their laws", () => {
  const { expressions, failure } = fuzzDiagrams({ expressions: 50, seed: 20_261_126, first: 0 });
  expect(failure).toBeUndefined();
  expect(expressions).toBe(50);
});
