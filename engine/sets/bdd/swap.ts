import type { Bdd } from "./bdd.ts";
import { ADDRESSES_END, LABELS_FIRST, LEVELS, PAIRS_END, PAIRS_FIRST } from "./levels.ts";
import { OPERATION } from "./memo.ts";

/** Which pairs change places: addresses and ports, addresses alone, or labels. */
export type Exchange = (typeof OPERATION)["swap" | "swapAddresses" | "swapLabels"];

/** By exchange: the first level of its pairs, and the level behind them. */
const PAIRS: Readonly<Record<Exchange, readonly [first: number, end: number]>> = {
  [OPERATION.swap]: [PAIRS_FIRST, PAIRS_END],
  [OPERATION.swapAddresses]: [PAIRS_FIRST, ADDRESSES_END],
  [OPERATION.swapLabels]: [LABELS_FIRST, LEVELS],
};

/**
 * The diagram with source and destination, or both labels, exchanged, pair of levels by pair of levels.
 *
 * Every pair is tested in order again: source outside, destination inside, so the branch for
 * (source s, destination d) is what was the branch for (source d, destination s). O(nodes).
 */
export function exchange(bdd: Bdd, operation: Exchange, node: number): number {
  const { nodes, memo } = bdd;
  const level = nodes.level[node]!;
  const [first, end] = PAIRS[operation];
  if (level >= end) return node;
  const memoised = memo.find(operation, node, 0);
  if (memoised >= 0) return memoised;

  const result =
    level < first ? below(bdd, operation, node) : exchangePair(bdd, operation, first, node);
  memo.store(operation, node, 0, result);
  return result;
}

function below(bdd: Bdd, operation: Exchange, node: number): number {
  const { nodes } = bdd;
  const level = nodes.level[node]!;
  const high = nodes.high[node]!;
  const lower = exchange(bdd, operation, nodes.low[node]!);
  return nodes.make(level, lower, exchange(bdd, operation, high));
}

function exchangePair(bdd: Bdd, operation: Exchange, first: number, node: number): number {
  const { nodes } = bdd;
  const { level, low, high } = nodes;
  const inner = level[node]! + ((level[node]! - first) & 1 ? 0 : 1); // the second of the pair
  const outer = inner - 1;

  // was(source)(destination); a branch that does not test a bit goes on unchanged
  const was0 = level[node] === outer ? low[node]! : node;
  const was1 = level[node] === outer ? high[node]! : node;
  const was00 = level[was0] === inner ? low[was0]! : was0;
  const was01 = level[was0] === inner ? high[was0]! : was0;
  const was10 = level[was1] === inner ? low[was1]! : was1;
  const was11 = level[was1] === inner ? high[was1]! : was1;

  const now00 = exchange(bdd, operation, was00);
  const now01 = exchange(bdd, operation, was10);
  const now10 = exchange(bdd, operation, was01);
  const now11 = exchange(bdd, operation, was11);
  return nodes.make(outer, nodes.make(inner, now00, now01), nodes.make(inner, now10, now11));
}
