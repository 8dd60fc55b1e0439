import type { Bdd } from "./bdd.ts";
import { combine } from "./combine.ts";
import { FAMILY_LEVEL } from "./levels.ts";
import { OPERATION } from "./memo.ts";
import { ALL } from "./node-table.ts";
import { type Selection, selectUnused } from "./selection.ts";

const { and, or, forget, fix } = OPERATION;

/** Packets that are in `node` for some bits at the selected levels. */
export function forgetLevels(bdd: Bdd, node: number, selection: Selection): number {
  const { nodes, memo } = bdd;
  const level = nodes.level[node]!;
  if (level > selection.last) return node;
  const memoised = memo.find(forget, node, selection.cube);
  if (memoised >= 0) return memoised;

  const selected = selection.choice[level] !== 0;
  const high = nodes.high[node]!;
  const lower = forgetLevels(bdd, nodes.low[node]!, selection);
  let result = lower;
  if (!(selected && lower === ALL)) {
    const upper = forgetLevels(bdd, high, selection);
    result = selected ? combine(bdd, or, lower, upper) : nodes.make(level, lower, upper);
  }
  memo.store(forget, node, selection.cube, result);
  return result;
}

/** Packets that are in `node` once the selected levels have the selected bits. */
export function fixLevels(bdd: Bdd, node: number, selection: Selection): number {
  const { nodes, memo } = bdd;
  let rest = node;
  let choice = selection.choice[nodes.level[rest]!];
  while (choice === 1 || choice === 2) {
    rest = choice === 1 ? nodes.low[rest]! : nodes.high[rest]!;
    choice = selection.choice[nodes.level[rest]!];
  }
  const level = nodes.level[rest]!;
  if (level > selection.last) return rest;
  const memoised = memo.find(fix, rest, selection.cube);
  if (memoised >= 0) return memoised;

  const high = nodes.high[rest]!;
  const lower = fixLevels(bdd, nodes.low[rest]!, selection);
  const result = nodes.make(level, lower, fixLevels(bdd, high, selection));
  memo.store(fix, rest, selection.cube, result);
  return result;
}

/**
 * Packets that are in `node` for some family, after the fields of `forgotten` are gone from it.
 *
 * An inet packet becomes an inet6 one whose other 96 address bits are 0, and only such a one becomes
 * an inet packet; bits of a forgotten address are as one likes. Inet still tests none of them.
 */
export function forgetFamily(bdd: Bdd, node: number, forgotten: Selection): number {
  const { nodes } = bdd;
  const split = nodes.level[node] === FAMILY_LEVEL;
  const inet = split ? nodes.low[node]! : node;
  const inet6 = split ? nodes.high[node]! : node;
  const unused = selectUnused(bdd, forgotten);
  const fromInet6 = fixLevels(bdd, inet6, unused);
  const fromInet = combine(bdd, and, inet, unused.cube);
  return nodes.make(
    FAMILY_LEVEL,
    combine(bdd, or, inet, fromInet6),
    combine(bdd, or, inet6, fromInet),
  );
}
