import type { PairAnswer } from "../../model/answer.ts";
import type { Conduit, Network } from "../../model/network.ts";

/** Judges ordered pairs of zones, by their names, of a network. */
type JudgeOf = (network: Network) => (from: string, to: string) => PairAnswer;

/**
 * Marks the violations that waivers know: those of pairs that are proved once what they waive is
 * allowed. Replies to it are known as well.
 *
 * A pair that is violated otherwise, too, is not marked.
 *
 * @param judgeOf - called once, and only if a waiver may matter
 */
export function withWaivers(
  network: Network,
  pairs: readonly PairAnswer[],
  judgeOf: JudgeOf,
): readonly PairAnswer[] {
  const known = (pair: PairAnswer): readonly string[] =>
    network.waivers
      .filter(({ from, to }) => isPair(pair, from, to) || isPair(pair, to, from))
      .map(({ id }) => id);
  const isCandidate = (pair: PairAnswer): boolean =>
    pair.verdict === "violated" && known(pair).length > 0;
  if (!pairs.some(isCandidate)) return pairs;
  const allowed = network.waivers.map(({ from, to, services, span }): Conduit => {
    return { from, to, services, required: false, span };
  });
  const judge = judgeOf({ ...network, conduits: [...network.conduits, ...allowed] });
  return pairs.map((pair) => {
    if (!isCandidate(pair) || judge(pair.from, pair.to).verdict !== "proved") return pair;
    return { ...pair, waivedBy: [...new Set(known(pair))] };
  });
}

function isPair(pair: PairAnswer, from: string, to: string): boolean {
  return pair.from === from && pair.to === to;
}
