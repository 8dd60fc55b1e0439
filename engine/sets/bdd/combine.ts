import type { Bdd } from "./bdd.ts";
import { OPERATION } from "./memo.ts";
import { ALL, EMPTY } from "./node-table.ts";

const { and, diff, meets, or } = OPERATION;

/** An operation that builds a diagram from two. */
export type Combination = (typeof OPERATION)["and" | "or" | "diff"];
/** A question about two diagrams: `escapes` asks whether some packet of `a` is not in `b`. */
export type Relation = (typeof OPERATION)["meets" | "escapes"];

const UNKNOWN = -1;

/** The diagram of `a and b`, `a or b`, `a without b`. O(|a| × |b|) at worst, memoised. */
export function combine(bdd: Bdd, operation: Combination, a: number, b: number): number {
  const known = combinedAtOnce(operation, a, b);
  if (known !== UNKNOWN) return known;
  if (operation !== diff && a > b) return combine(bdd, operation, b, a);
  const memoised = bdd.memo.find(operation, a, b);
  if (memoised !== UNKNOWN) return memoised;

  // read before recursing: growth replaces the columns
  const { level, low, high } = bdd.nodes;
  const levelA = level[a]!;
  const levelB = level[b]!;
  const top = levelA < levelB ? levelA : levelB;
  const highA = levelA === top ? high[a]! : a;
  const highB = levelB === top ? high[b]! : b;
  const lower = combine(bdd, operation, levelA === top ? low[a]! : a, levelB === top ? low[b]! : b);
  const result = bdd.nodes.make(top, lower, combine(bdd, operation, highA, highB));
  bdd.memo.store(operation, a, b, result);
  return result;
}

/** The diagram of what is in any of the sets, half by half: sizes stay those of the halves. */
export function union(bdd: Bdd, sets: readonly number[]): number {
  if (sets.length <= 1) return sets[0] ?? EMPTY;
  const middle = sets.length >> 1;
  return combine(bdd, or, union(bdd, sets.slice(0, middle)), union(bdd, sets.slice(middle)));
}

function combinedAtOnce(operation: Combination, a: number, b: number): number {
  if (operation === diff) {
    if (a === b || a === EMPTY || b === ALL) return EMPTY;
    return b === EMPTY ? a : UNKNOWN;
  }
  const neutral = operation === and ? ALL : EMPTY;
  if (a === b || b === neutral) return a;
  if (a === neutral) return b;
  const absorbing = operation === and ? EMPTY : ALL;
  return a === absorbing || b === absorbing ? absorbing : UNKNOWN;
}

/** Holds iff some packet of `a` is in `b` (`meets`), or is not in `b` (`escapes`). Makes no node. */
export function some(bdd: Bdd, relation: Relation, a: number, b: number): boolean {
  const known = relation === meets ? meetAtOnce(a, b) : escapeAtOnce(a, b);
  if (known !== UNKNOWN) return known === 1;
  if (relation === meets && a > b) return some(bdd, relation, b, a);
  const memoised = bdd.memo.find(relation, a, b);
  if (memoised !== UNKNOWN) return memoised === 1;

  const { level, low, high } = bdd.nodes;
  const levelA = level[a]!;
  const levelB = level[b]!;
  const lowA = levelA <= levelB ? low[a]! : a;
  const lowB = levelB <= levelA ? low[b]! : b;
  const highA = levelA <= levelB ? high[a]! : a;
  const highB = levelB <= levelA ? high[b]! : b;
  const result = some(bdd, relation, lowA, lowB) || some(bdd, relation, highA, highB);
  bdd.memo.store(relation, a, b, result ? 1 : 0);
  return result;
}

// a diagram other than EMPTY has a packet, one other than ALL lacks one

function meetAtOnce(a: number, b: number): number {
  if (a === EMPTY || b === EMPTY) return 0;
  return a === ALL || b === ALL || a === b ? 1 : UNKNOWN;
}

function escapeAtOnce(a: number, b: number): number {
  if (a === EMPTY || b === ALL || a === b) return 0;
  return a === ALL || b === EMPTY ? 1 : UNKNOWN;
}
