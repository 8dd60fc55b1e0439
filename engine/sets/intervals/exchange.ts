import { digitsOf } from "../digits.ts";
import type { Diagrams } from "./diagrams.ts";
import { IN, OUT } from "./diagrams.ts";
import type { Joining } from "./families.ts";

/** Two fields of equal length, one behind the other, that change places. */
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
  a: "source" | "sourcePort",
  b: "destination" | "destinationPort",
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
 * test of the second. What stands behind both fields stays.
 */
export function exchange(diagrams: Diagrams, of: number, by: Exchange, sets: Joining): number {
  const { nodes, memo } = diagrams;
  if (of < 0) return of;
  const level = nodes.level[of]!;
  if (level >= by.second + by.length) return of;
  if (level >= by.second) return moved(diagrams, of, by);
  if (memo.has(by.number, of, 0)) return memo.found;
  const end = nodes.first[of + 1]!;
  let result: number;
  if (level < by.first) {
    const base = nodes.top;
    nodes.top = base + 256;
    let made = base;
    for (let edge = nodes.first[of]!; edge < end; edge++) {
      const child = exchange(diagrams, nodes.child[edge]!, by, sets);
      if (made > base && nodes.newChild[made - 1] === child) continue;
      nodes.newStart[made] = nodes.start[edge]!;
      nodes.newChild[made++] = child;
    }
    nodes.top = base;
    result = nodes.make(level, base, made - base);
  } else {
    const parts: number[] = [];
    const digit = level - by.first + by.second;
    const byChild = new Map<number, number[]>();
    for (let edge = nodes.first[of]!; edge < end; edge++) {
      const child = nodes.child[edge]!;
      if (child === OUT) continue;
      const edges = byChild.get(child) ?? [];
      byChild.set(child, edges);
      edges.push(edge);
    }
    for (const [child, edges] of byChild) {
      const below = exchange(diagrams, child, by, sets);
      parts.push(sets.within(below, testOf(diagrams, digit, edges, end)));
    }
    result = unionOf(parts, sets);
  }
  memo.store(by.number, of, 0, result);
  return result;
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

function unionOf(parts: readonly number[], { join }: Joining): number {
  let level = [...parts];
  if (level.length === 0) return OUT;
  while (level.length > 1) {
    const next: number[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [a, b] = [level[at]!, level[at + 1]];
      next.push(b === undefined ? a : join(a, b));
    }
    level = next;
  }
  return level[0]!;
}

/** A set over the second field and what is behind it, as one over the first. */
function moved(diagrams: Diagrams, of: number, by: Exchange): number {
  const { nodes, memo } = diagrams;
  if (of < 0) return of;
  const level = nodes.level[of]!;
  if (level >= by.second + by.length) return of;
  if (memo.has(by.moving, of, 0)) return memo.found;
  const base = nodes.top;
  nodes.top = base + 256;
  let made = base;
  const end = nodes.first[of + 1]!;
  for (let edge = nodes.first[of]!; edge < end; edge++) {
    nodes.newStart[made] = nodes.start[edge]!;
    nodes.newChild[made++] = moved(diagrams, nodes.child[edge]!, by);
  }
  nodes.top = base;
  const result = nodes.make(level - by.second + by.first, base, made - base);
  memo.store(by.moving, of, 0, result);
  return result;
}
