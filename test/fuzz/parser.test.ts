import { describe, expect, it } from "vitest";
import { loadCorpora } from "./corpora.ts";
import { type Failure, ParserFuzz } from "./parser.ts";

/** A seeded sample of what `npm run fuzz -- parser` runs. */
describe("the reader of pf.conf", () => {
  it("keeps its laws on three thousand mutated inputs", () => {
    const fuzz = new ParserFuzz(loadCorpora("../shared/data"), 20_261_124);
    const failures: Failure[] = [];
    let accepted = 0;
    for (let number = 0; number < 3000; number++) {
      const outcome = fuzz.run(number);
      if (outcome.accepted) accepted++;
      if (outcome.failure !== undefined) failures.push(outcome.failure);
    }
    expect(failures).toEqual([]);
    expect(accepted).toBeGreaterThan(300);
  });
});
