import type { CheckAnswer } from "../model/check-answer.ts";

/** What a check comes to as a whole: the strongest verdict of its pairs and required flows. */
export type Outcome = "violated" | "undecided" | "proved" | "nothing asked";

/**
 * Any violation or required flow that fails wins, a way point that is passed by as well, then anything undecided; waived violations do not count. `proved` needs at least one
 * pair and a search that was not cut short.
 */
export function outcomeOf(answer: Asked): Outcome {
  const { pairs, required, wayPoints, stopped } = answer;
  const counting = pairs.filter(({ waivedBy }) => waivedBy === undefined);
  const verdicts = [...counting, ...required, ...wayPoints].map(({ verdict }) => verdict);
  if (verdicts.includes("violated") || verdicts.includes("fails")) return "violated";
  if (pairs.length === 0) return "nothing asked";
  if (stopped !== undefined || verdicts.includes("undecided")) return "undecided";
  return "proved";
}

type Asked = Pick<CheckAnswer, "pairs" | "required" | "wayPoints" | "stopped">;
