import { describe, expect, it } from "vitest";
import { type IndexFailure, IndexFuzz, indexFailureText } from "./index.ts";

const SEED = 20_261_127;
const DATA = "../shared/data";
/** Of all recorded rulesets, one in so many. */
const STEP = 7;

function texts(failures: Iterable<IndexFailure | undefined>): readonly string[] {
  return [...failures].flatMap((it) => (it === undefined ? [] : [indexFailureText(it, SEED)]));
}

/** A seeded sample of what `npm run fuzz -- index` runs. */
describe("the index of rules", () => {
  it("decides thousands of packets at borders as a walk rule by rule does", () => {
    const fuzz = new IndexFuzz(SEED);
    const failures = Array.from({ length: 40 }, (_, number) => fuzz.run(number, 500));
    expect(texts(failures)).toEqual([]);
    expect(fuzz.packets).toBe(20_000);
    expect(fuzz.implicit).toBeGreaterThan(100);
    // most drawn rulesets set tags and ask for them
    expect(fuzz.left / fuzz.asked).toBeLessThan(0.7);
  });

  it("decides so for recorded rulesets", () => {
    const fuzz = new IndexFuzz(SEED);
    const failures = texts(fuzz.golden(DATA, STEP, 100));
    expect(failures).toEqual([]);
    if (fuzz.rulesets > 0) expect(fuzz.left / fuzz.asked).toBeLessThan(0.25);
  });
});
