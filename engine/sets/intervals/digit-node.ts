import { LARGEST } from "../digits.ts";
import type { NodeTable } from "./node-table.ts";

/** The node that tests a digit and goes on with `childOf` its value. */
export function digitNode(
  nodes: NodeTable,
  level: number,
  childOf: (value: number) => number,
): number {
  const base = nodes.top;
  nodes.top = base + 256;
  let made = base;
  for (let value = 0; value <= LARGEST[level]!; value++) {
    const child = childOf(value);
    if (made > base && nodes.newChild[made - 1] === child) continue;
    nodes.newStart[made] = value;
    nodes.newChild[made++] = child;
  }
  nodes.top = base;
  return nodes.make(level, base, made - base);
}

/** The node that goes on with what `change` makes of the children of `node`. */
export function changeChildren(
  nodes: NodeTable,
  node: number,
  change: (child: number) => number,
  level: number = nodes.level[node]!,
): number {
  const base = nodes.top;
  nodes.top = base + 256;
  let made = base;
  const end = nodes.first[node + 1]!;
  for (let edge = nodes.first[node]!; edge < end; edge++) {
    const child = change(nodes.child[edge]!);
    if (made > base && nodes.newChild[made - 1] === child) continue;
    nodes.newStart[made] = nodes.start[edge]!;
    nodes.newChild[made++] = child;
  }
  nodes.top = base;
  return nodes.make(level, base, made - base);
}

/** The child of a node at a value of its digit. */
export function childAt(nodes: NodeTable, node: number, value: number): number {
  let low = nodes.first[node]!;
  let high = nodes.first[node + 1]! - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (nodes.start[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return nodes.child[low]!;
}
