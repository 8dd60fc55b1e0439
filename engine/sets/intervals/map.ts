import type { Diagrams } from "./diagrams.ts";
import { OUT } from "./diagrams.ts";
import { changeChildren, childAt, digitNode } from "./digit-node.ts";

/** A field of two digits that a table gives new values, with the number of the operation. */
export interface Mapping {
  readonly number: number;
  /** The field's first digit. */
  readonly digit: number;
  readonly table: Uint16Array;
}

/** Pre-image: what follows at a value is what followed at the table's. */
export function beforeMap(diagrams: Diagrams, of: number, mapping: Mapping): number {
  return below(diagrams, of, mapping, (child) => {
    const { table, digit } = mapping;
    const { nodes } = diagrams;
    const at = valuesOf(diagrams, child, digit);
    return digitNode(nodes, digit, (high) =>
      digitNode(nodes, digit + 1, (low) => at(table[high * 256 + low]!)),
    );
  });
}

/** Image of a set: at a value stands what stood at any value that the table takes to it. */
export function afterMap(
  diagrams: Diagrams,
  of: number,
  mapping: Mapping,
  or: (a: number, b: number) => number,
): number {
  return below(diagrams, of, mapping, (child) => {
    const { table, digit } = mapping;
    const { nodes } = diagrams;
    const at = valuesOf(diagrams, child, digit);
    const image = new Int32Array(65536).fill(OUT);
    for (let value = 0; value < 65536; value++) {
      const to = table[value]!;
      image[to] = or(image[to]!, at(value));
    }
    return digitNode(nodes, digit, (high) =>
      digitNode(nodes, digit + 1, (low) => image[high * 256 + low]!),
    );
  });
}

/** Changes every part of a diagram that begins at the mapped digits. */
function below(
  diagrams: Diagrams,
  of: number,
  mapping: Mapping,
  change: (child: number) => number,
): number {
  const { nodes, memo } = diagrams;
  if (of === OUT) return OUT;
  if (memo.has(mapping.number, of, 0)) return memo.found;
  const level = of < 0 ? 255 : nodes.level[of]!;
  if (level >= mapping.digit) {
    // a part that does not test the field is a part for every value of it
    const changed = change(of);
    memo.store(mapping.number, of, 0, changed);
    return changed;
  }
  const result = changeChildren(nodes, of, (child) => below(diagrams, child, mapping, change));
  memo.store(mapping.number, of, 0, result);
  return result;
}

/** What follows a part at each value of a field of two digits. */
function valuesOf({ nodes }: Diagrams, part: number, digit: number): (value: number) => number {
  return (value) => {
    let node = part;
    if (node >= 0 && nodes.level[node] === digit) node = childAt(nodes, node, value >> 8);
    if (node >= 0 && nodes.level[node] === digit + 1) node = childAt(nodes, node, value & 255);
    return node;
  };
}
