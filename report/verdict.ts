import type { CheckAnswer } from "../model/check-answer.ts";

/** What a check comes to as a whole: the strongest verdict of its pairs. */
export type Outcome = "violated" | "undecided" | "proved" | "nothing asked";

/**
 * Any violation wins, then any undecided pair. `proved` needs at least one pair and a search that
 * was not cut short.
 */
export function outcomeOf({ pairs, stopped }: Pick<CheckAnswer, "pairs" | "stopped">): Outcome {
  if (pairs.some((pair) => pair.verdict === "violated")) return "violated";
  if (pairs.length === 0) return "nothing asked";
  if (stopped !== undefined || pairs.some((pair) => pair.verdict === "undecided")) {
    return "undecided";
  }
  return "proved";
}
