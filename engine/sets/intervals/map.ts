import type { Diagrams } from "./diagrams.ts";
import { OUT } from "./diagrams.ts";
import { changeChildren, childAt, digitNode } from "./digit-node.ts";

/** A field of two digits that a table gives new values, with the number of the operation. */
export interface Mapping {
  readonly number: number;
  /** The field's first digit. */
  readonly digit: number;
  readonly table: Uint16Array;
  /** By high digit: the one that it becomes where low digits stay as they are; else {@link MIXED}. */
  readonly rows: Int16Array;
}

const MIXED = -1;

/** Which high digits a table changes whatever the low ones are. */
export function rowsOf(table: Uint16Array): Int16Array {
  return Int16Array.from({ length: 256 }, (_, high) => {
    const to = table[high * 256]! >> 8;
    for (let low = 0; low < 256; low++) {
      if (table[high * 256 + low] !== to * 256 + low) return MIXED;
    }
    return to;
  });
}

/** Pre-image: what follows at a value is what followed at the table's. */
export function beforeMap(diagrams: Diagrams, of: number, mapping: Mapping): number {
  return below(diagrams, of, mapping, (child) => {
    const { table, digit, rows } = mapping;
    const { nodes } = diagrams;
    const row = rowOf(diagrams, child, digit);
    const at = valuesOf(diagrams, child, digit);
    return digitNode(nodes, digit, (high) => {
      const to = rows[high]!;
      if (to !== MIXED) return row(to);
      return digitNode(nodes, digit + 1, (low) => at(table[high * 256 + low]!));
    });
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
    const { digit, rows } = mapping;
    const { nodes } = diagrams;
    const row = rowOf(diagrams, child, digit);
    const moved = new Int32Array(256).fill(OUT);
    const mixed = mixedImage(diagrams, child, mapping, or);
    for (let high = 0; high < 256; high++) {
      const to = rows[high]!;
      if (to !== MIXED) moved[to] = or(moved[to]!, row(high));
    }
    return digitNode(nodes, digit, (high) => {
      const some = mixed.get(high);
      if (some === undefined) return moved[high]!;
      return or(
        moved[high]!,
        digitNode(nodes, digit + 1, (low) => some[low]!),
      );
    });
  });
}

/** By high digit: what the high digits that are mixed become there, by low digit. */
function mixedImage(
  diagrams: Diagrams,
  part: number,
  { digit, table, rows }: Mapping,
  or: (a: number, b: number) => number,
): ReadonlyMap<number, Int32Array> {
  const image = new Map<number, Int32Array>();
  const at = valuesOf(diagrams, part, digit);
  for (let high = 0; high < 256; high++) {
    if (rows[high] !== MIXED) continue;
    for (let value = high * 256; value < high * 256 + 256; value++) {
      const to = table[value]!;
      const row = image.get(to >> 8) ?? new Int32Array(256).fill(OUT);
      image.set(to >> 8, row);
      row[to & 255] = or(row[to & 255]!, at(value));
    }
  }
  return image;
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

/** What follows a part at each high digit. */
function rowOf({ nodes }: Diagrams, part: number, digit: number): (high: number) => number {
  if (part < 0 || nodes.level[part] !== digit) return () => part;
  return (high) => childAt(nodes, part, high);
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
