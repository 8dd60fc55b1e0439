import { expect, test } from "vitest";
import { NetworksFuzz } from "./networks.ts";

const SEED = 20_261_127;
const NETWORKS = 14;

/** A seeded sample of what `npm run fuzz -- networks` runs. */
test("walks of drawn networks lie inside their closures, whose single packets arrive", {
  timeout: 300_000,
}, () => {
  const fuzz = new NetworksFuzz(SEED, { verdicts: false });
  const failures: string[] = [];
  for (let number = 0; number < NETWORKS; number++) {
    const failure = fuzz.run(number);
    if (failure !== undefined) failures.push(failure);
  }
  expect(failures).toEqual([]);
  const { givenUp, pairs, arrived, byState, singles } = fuzz.counts;
  expect(givenUp).toBeLessThan(NETWORKS / 2);
  expect(pairs).toBeGreaterThan(20_000);
  expect(arrived).toBeGreaterThan(1000);
  expect(byState).toBeGreaterThan(20);
  expect(singles["as said"]).toBeGreaterThan(400);
});
