import { digitsOf } from "../digits.ts";
import type { Diagrams } from "./diagrams.ts";
import { IN, OUT } from "./diagrams.ts";
import { changeChildren } from "./digit-node.ts";
import type { Joining } from "./families.ts";
import { joined } from "./project.ts";

/** Two fields of equal length that change places. */
export interface Exchange {
  /** Number of the operation, and of the move of the second field to the place of the first. */
  readonly number: number;
  readonly moving: number;
  /** First digit of the first field and of the second. */
  readonly first: number;
  readonly second: number;
  readonly length: number;
}

export function exchangeOf(
  diagrams: Diagrams,
  a: "source" | "sourcePort" | "origin",
  b: "destination" | "destinationPort" | "creator",
): Exchange {
  const { memo } = diagrams;
  const places = [digitsOf(a), digitsOf(b)].toSorted((x, y) => x.first - y.first);
  const [first, second] = places.map((it) => it.first);
  return {
    number: memo.newOperation(),
    moving: memo.newOperation(),
    first: first ?? 0,
    second: second ?? 0,
    length: digitsOf(a).length,
  };
}

/**
 * The set with two fields exchanged.
 *
 * Below a value of the first field stands a set over the second; it moves up, and the value becomes a
 * test of the second. What stands between them comes to stand below the first, what stands behind both
 * stays.
 */
export function exchange(diagrams: Diagrams, of: number, by: Exchange, sets: Joining): number {
  const { nodes, memo } = diagrams;
  if (of < 0) return of;
  const level = nodes.level[of]!;
  if (level >= by.second + by.length) return of;
  if (level >= by.second) return moved(diagrams, of, by);
  if (memo.has(by.number, of, 0)) return memo.found;
  const result =
    level < by.first
      ? changeChildren(nodes, of, (child) => exchange(diagrams, child, by, sets))
      : exchangedHere(diagrams, of, by, sets);
  memo.store(by.number, of, 0, result);
  return result;
}

/** The exchange at a node that tests the first field, or one that stands between. */
function exchangedHere(diagrams: Diagrams, of: number, by: Exchange, sets: Joining): number {
  const { nodes } = diagrams;
  const level = nodes.level[of]!;
  const digit = level < by.first + by.length ? level - by.first + by.second : level;
  const end = nodes.first[of + 1]!;
  const byChild = new Map<number, number[]>();
  for (let edge = nodes.first[of]!; edge < end; edge++) {
    const child = nodes.child[edge]!;
    if (child === OUT) continue;
    const edges = byChild.get(child) ?? [];
    byChild.set(child, edges);
    edges.push(edge);
  }
  const parts = [...byChild].map(([child, edges]) => {
    const below = exchange(diagrams, child, by, sets);
    return sets.within(below, testOf(diagrams, digit, edges, end));
  });
  return parts.length === 0 ? OUT : joined(Int32Array.from(parts), sets.join);
}

/** Packets whose `digit` lies in the ranges of some edges of one node. */
function testOf({ nodes }: Diagrams, digit: number, edges: readonly number[], end: number): number {
  const base = nodes.top;
  let made = base;
  const push = (start: number, child: number): void => {
    if (made > base && nodes.newStart[made - 1] === start) made--;
    if (made > base && nodes.newChild[made - 1] === child) return;
    nodes.newStart[made] = start;
    nodes.newChild[made++] = child;
  };
  push(0, OUT);
  for (const edge of edges) {
    push(nodes.start[edge]!, IN);
    if (edge + 1 < end) push(nodes.start[edge + 1]!, OUT);
  }
  return nodes.make(digit, base, made - base);
}

/** A set over the second field and what is behind it, as one over the first. */
function moved(diagrams: Diagrams, of: number, by: Exchange): number {
  const { nodes, memo } = diagrams;
  if (of < 0) return of;
  const level = nodes.level[of]!;
  if (level >= by.second + by.length) return of;
  if (memo.has(by.moving, of, 0)) return memo.found;
  const change = (child: number): number => moved(diagrams, child, by);
  const result = changeChildren(nodes, of, change, level - by.second + by.first);
  memo.store(by.moving, of, 0, result);
  return result;
}
