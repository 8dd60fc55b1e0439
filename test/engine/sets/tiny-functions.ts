import fc from "fast-check";
import type { FieldValues } from "../../../engine/sets/packet-sets.ts";
import { changed, isInBox } from "./corner-packets.ts";
import {
  CHANGES,
  type DrawnChange,
  type FunctionExpression,
  type FunctionParts,
  OPERATIONS,
} from "./function-expressions.ts";
import { expression, FIELD_NAMES } from "./set-expressions.ts";
import {
  keyOf,
  listOf,
  type OpenBits,
  poolOf,
  type TinySet,
  type TinyUniverse,
  without,
} from "./tiny-universe.ts";

/** Expressions that speak of the packets of a tiny universe and never leave it. */
export function tinyParts(bits: OpenBits, among: boolean): FunctionParts {
  const pool = poolOf(bits);
  const open = FIELD_NAMES.filter((field) => bits[field] !== 0n);
  const ranges = open.map((field) => {
    const value = fc.constantFrom(...pool[field]);
    return fc
      .tuple(value, value)
      .map(([a, b]) => [field, a < b ? ([a, b] as const) : ([b, a] as const)] as const);
  });
  const boxes = fc
    .tuple(fc.tuple(...ranges), fc.subarray([...open], { maxLength: 4 }))
    .map(([all, some]) => Object.fromEntries(all.filter(([field]) => some.includes(field))));
  return { sets: expression(pool, true), boxes, changes: tinyChange(bits), among };
}

/** A write of bits of the universe (to the family: only inet), or a map of ports of the universe. */
export function tinyChange(bits: OpenBits): fc.Arbitrary<DrawnChange> {
  const pool = poolOf(bits);
  const open = FIELD_NAMES.filter((field) => bits[field] !== 0n);
  const write = fc.constantFrom(...open).chain((field) =>
    fc.record({
      kind: fc.constant("bits" as const),
      field: fc.constant(field),
      mask: fc.constantFrom(...pool[field]),
      value: field === "family" ? fc.constant(0n) : fc.constantFrom(...pool[field]),
    }),
  );
  const ports = pool.sourcePort.map(Number);
  const map = fc.record({
    kind: fc.constant("map" as const),
    field: fc.constantFrom("sourcePort" as const, "destinationPort" as const),
    base: fc.constant("same" as const),
    moves: fc.array(fc.tuple(fc.constantFrom(...ports), fc.constantFrom(...ports)), {
      maxLength: ports.length,
    }),
  });
  return fc.oneof({ weight: 2, arbitrary: write }, { weight: 1, arbitrary: map });
}

/** The leaves of all packets of a universe, worked out packet by packet. */
export function leavesOf(universe: TinyUniverse, tree: FunctionExpression): readonly number[] {
  const { packets } = universe;
  const part = (some: FunctionExpression): readonly number[] => leavesOf(universe, some);
  switch (tree.kind) {
    case "always":
      return packets.map(() => tree.leaf);
    case "choose": {
      const set = listOf(universe, tree.set);
      const [inside, outside] = [part(tree.inside), part(tree.outside)];
      return packets.map((_, index) => (set[index] === 1 ? inside : outside)[index]!);
    }
    case "paint": {
      const painted = [...part(tree.below)];
      for (const box of tree.order ?? tree.boxes.keys()) {
        for (const [index, packet] of packets.entries()) {
          if (isInBox(tree.boxes[box]!.box, packet)) painted[index] = tree.boxes[box]!.leaf;
        }
      }
      return painted;
    }
    case "combine": {
      const [left, right] = [part(tree.left), part(tree.right)];
      const { apply } = OPERATIONS[tree.operation];
      return left.map((leaf, index) => apply(leaf, right[index]!));
    }
    case "relabel":
      return part(tree.of).map((leaf) => CHANGES[tree.change].apply(leaf));
    case "before": {
      const of = part(tree.of);
      return packets.map((packet) => of[indexOf(universe, changed(packet, tree.change))]!);
    }
    case "among":
      return joinedOf(universe, tree);
  }
}

function joinedOf(
  universe: TinyUniverse,
  tree: Extract<FunctionExpression, { kind: "among" }>,
): readonly number[] {
  const drawn = listOf(universe, tree.values);
  const values = drawn.includes(1) ? drawn : drawn.fill(1);
  const groups = universe.packets.map((packet) => keyOf(without(packet, tree.fields)));
  const joined = new Map<string, number>();
  for (const [index, leaf] of leavesOf(universe, tree.of).entries()) {
    if (values[index] === 0) continue;
    const before = joined.get(groups[index]!) ?? leaf;
    joined.set(groups[index]!, OPERATIONS[tree.join].apply(before, leaf));
  }
  return groups.map((group) => joined.get(group) ?? tree.none);
}

/** What the packets of a set become. */
export function imageOf(universe: TinyUniverse, set: TinySet, change: DrawnChange): TinySet {
  const image = new Uint8Array(set.length);
  for (const [index, packet] of universe.packets.entries()) {
    if (set[index] === 1) image[indexOf(universe, changed(packet, change))] = 1;
  }
  return image;
}

function indexOf(universe: TinyUniverse, packet: FieldValues): number {
  const index = universe.indexOf.get(keyOf(packet));
  if (index === undefined) throw new RangeError(`not in the universe: ${keyOf(packet)}`);
  return index;
}
