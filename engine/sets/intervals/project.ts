import { LARGEST } from "../digits.ts";
import type { Diagrams } from "./diagrams.ts";
import { changeChildren, childAt, digitNode } from "./digit-node.ts";
import type { NodeTable } from "./node-table.ts";

/** Bits of digits that an operation is about, with its number in the memo. */
export interface Selection {
  readonly number: number;
  /** By digit: the bits. */
  readonly masks: Uint8Array;
  /** The last digit with bits. */
  readonly last: number;
}

export function selectionOf(diagrams: Diagrams, masks: Uint8Array): Selection {
  return { number: diagrams.memo.newOperation(), masks, last: masks.findLastIndex((it) => it > 0) };
}

/**
 * Lets the selected bits take any value: what they may lead to is joined.
 *
 * @param join - of two diagrams; associative, commutative and idempotent, always the same one for
 *   one selection
 */
export function forgetBits(
  diagrams: Diagrams,
  of: number,
  selection: Selection,
  join: (a: number, b: number) => number,
): number {
  const { nodes, memo } = diagrams;
  if (of < 0 || nodes.level[of]! > selection.last) return of;
  if (memo.has(selection.number, of, 0)) return memo.found;
  const mask = selection.masks[nodes.level[of]!]!;
  const forget = (child: number): number => forgetBits(diagrams, child, selection, join);
  const result =
    mask === 0 ? changeChildren(nodes, of, forget) : blurred(nodes, of, mask, forget, join);
  memo.store(selection.number, of, 0, result);
  return result;
}

/** Joins diagrams, at least one, in pairs: equal ones once. Sorts `children`. */
export function joined(children: Int32Array, join: (a: number, b: number) => number): number {
  let count = children.length;
  const distinct = children.sort();
  let kept = 1;
  for (let at = 1; at < count; at++) {
    if (distinct[at] !== distinct[kept - 1]) distinct[kept++] = distinct[at]!;
  }
  for (count = kept; count > 1; count = (count + 1) >> 1) {
    for (let at = 0; at < count; at += 2) {
      const a = distinct[at]!;
      distinct[at >> 1] = at + 1 < count ? join(a, distinct[at + 1]!) : a;
    }
  }
  return distinct[0]!;
}

/** Joins what the children of a node become, of values that differ in bits of `mask` alone. */
function blurred(
  nodes: NodeTable,
  node: number,
  mask: number,
  change: (child: number) => number,
  join: (a: number, b: number) => number,
): number {
  const level = nodes.level[node]!;
  const largest = LARGEST[level]!;
  const [first, end] = [nodes.first[node]!, nodes.first[node + 1]!];
  const children = nodes.child.slice(first, end).map(change);
  if (mask === largest) return joined(children, join);
  const groups = new Map<number, number[]>();
  for (let value = 0, edge = first; value <= largest; value++) {
    if (edge + 1 < end && nodes.start[edge + 1] === value) edge++;
    const group = groups.get(value & ~mask) ?? [];
    groups.set(value & ~mask, group);
    group.push(children[edge - first]!);
  }
  const results = new Map([...groups].map(([key, it]) => [key, joined(Int32Array.from(it), join)]));
  return digitNode(nodes, level, (value) => results.get(value & ~mask)!);
}

/** Overwrites the selected bits by those of `values`: the pre-image of a write. */
export function writeBits(
  diagrams: Diagrams,
  of: number,
  selection: Selection,
  values: Uint8Array,
): number {
  const { nodes, memo } = diagrams;
  let node = of;
  while (node >= 0) {
    const level = nodes.level[node]!;
    if (level > selection.last || selection.masks[level] !== LARGEST[level]) break;
    node = childAt(nodes, node, values[level]!);
  }
  if (node < 0 || nodes.level[node]! > selection.last) return node;
  if (memo.has(selection.number, node, 0)) return memo.found;
  const level = nodes.level[node]!;
  const mask = selection.masks[level]!;
  let result: number;
  if (mask === 0) {
    result = changeChildren(nodes, node, (child) => writeBits(diagrams, child, selection, values));
  } else {
    const value = values[level]! & mask;
    const known = new Map<number, number>();
    result = digitNode(nodes, level, (it) => {
      const child = childAt(nodes, node, (it & ~mask) | value);
      let written = known.get(child);
      if (written === undefined) {
        written = writeBits(diagrams, child, selection, values);
        known.set(child, written);
      }
      return written;
    });
  }
  memo.store(selection.number, node, 0, result);
  return result;
}
