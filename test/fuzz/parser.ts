import type { Corpora } from "./corpora.ts";
import { type Law, type Outcome, SLOW_MS, type Trial, tried } from "./laws.ts";
import { mutate } from "./mutations.ts";
import { Random } from "./random.ts";
import type { ExceptionCounts } from "./round-trip.ts";
import { shrunk } from "./shrink.ts";

/** An input that breaks a law. */
export interface Failure {
  readonly law: Law;
  readonly detail: string;
  readonly number: number;
  /** As small as it got. */
  readonly text: string;
  readonly options: Trial["options"];
}

/** Mutated inputs by number: the same seed and number, the same input. */
export class ParserFuzz {
  readonly #corpora: Corpora;
  readonly #seed: number;
  /** Told every text before it is read. */
  readonly #watch: (text: string) => void;
  readonly exceptions: ExceptionCounts = new Map();

  constructor(corpora: Corpora, seed: number, watch: (text: string) => void = () => undefined) {
    this.#corpora = corpora;
    this.#seed = seed;
    this.#watch = watch;
  }

  /** Makes input `number` and reads it. */
  run(number: number): Outcome & { readonly failure?: Failure } {
    const trial = this.#trial(number);
    const outcome = this.#try(trial);
    if (outcome.broken === undefined) return outcome;
    const { law } = outcome.broken;
    const repeats = (text: string): boolean => this.#try({ ...trial, text }).broken?.law === law;
    // another process may have taken the time
    if (law === "time" && !(repeats(trial.text) && repeats(trial.text))) {
      return { accepted: outcome.accepted, milliseconds: SLOW_MS };
    }
    const text = shrunk(trial.text, repeats);
    const { detail } = this.#try({ ...trial, text }).broken ?? outcome.broken;
    return { ...outcome, failure: { law, detail, number, text, options: trial.options } };
  }

  #try(trial: Trial): Outcome {
    this.#watch(trial.text);
    return tried(trial, this.exceptions);
  }

  #trial(number: number): Trial {
    const random = new Random(this.#seed, number);
    const { text, setting } = this.#corpora.draw(random);
    const mutated = mutate(text, random, () => this.#corpora.draw(random).text);
    return {
      text: mutated,
      setting,
      options: optionsFrom(random),
      twice: random.once(16),
    };
  }
}

/** Mostly as the regress suite runs pfctl: without the optimizer. */
function optionsFrom(random: Random): Trial["options"] {
  return {
    optimize: random.once(5) ? "basic" : "none",
    verbose: random.once(8),
    live: random.once(10),
    ...(random.once(20) ? { anchor: "a/b" } : {}),
    ...(random.once(20) ? { defines: [["ext_if", "em0"]] } : {}),
  };
}
