import fc from "fast-check";
import {
  type Box,
  FIELDS,
  type Field,
  type FieldValues,
} from "../../../engine/sets/packet-sets.ts";
import {
  CHANGES,
  changeOf,
  type DrawnChange,
  type FunctionExpression,
  type FunctionParts,
  OPERATIONS,
  TABLES,
  type TableName,
} from "./function-expressions.ts";
import {
  asPacket,
  type Expression,
  exchanged,
  expression,
  FIELD_NAMES,
  fullValue,
  holds,
  type Pool,
  UNUSED_BITS,
} from "./set-expressions.ts";

const UNUSED = (1n << UNUSED_BITS) - 1n;
const INET = [
  0x0a000000n,
  0x0a0000ffn,
  0x0a000100n,
  0x0a000203n,
  0x0a00ffffn,
  0xc0a80101n,
] as const;
const INET6 = [
  0x20010db8n << 96n,
  (0x20010db8n << 96n) + 0xffn,
  (0x20010db8n << 96n) + 0x203n,
  (0x20010db8n << 96n) + (1n << 64n) - 1n,
  (0x0a000100n << 96n) + 1n,
] as const;
const PORTS = [0n, 22n, 250n, 255n, 256n, 1023n, 1024n, 1030n, 0x8000n, 65535n] as const;

/** Values on both sides of borders of bytes. */
export const CORNERS: Pool = {
  family: [0n, 1n],
  protocol: [0n, 1n, 6n, 17n, 255n],
  source: [...INET.map((it) => it << UNUSED_BITS), ...INET6, fullValue("source")],
  destination: [...INET.map((it) => it << UNUSED_BITS), ...INET6, fullValue("destination")],
  sourcePort: PORTS,
  destinationPort: PORTS,
  flags: [0n, 2n, 0x12n, 255n],
  tos: [0n, 4n, 0xfcn, 255n],
  fragment: [0n, 1n, 2n],
  options: [0n, 1n],
};

/** Bits that writes overwrite, beside whole fields. */
const MASKS: Pool = {
  ...CORNERS,
  source: [fullValue("source") << 104n, 0xffn << 96n, 0xffffn, 0x3fcn << 94n].map(ofAddress),
  destination: [fullValue("source") << 104n, 0xffn << 96n, 0xffffn, 0x3fcn << 94n].map(ofAddress),
  sourcePort: [0xff00n, 0x00ffn, 0x0ff0n, 0x8001n],
  destinationPort: [0xff00n, 0x00ffn, 0x0ff0n, 0x8001n],
};

/** A box of one to four fields. */
export function cornerBox(): fc.Arbitrary<Box> {
  const ranges = FIELD_NAMES.map((field) => rangeOf(field).map((range) => [field, range] as const));
  const named: readonly Field[] = ["source", "destination", "sourcePort", "destinationPort"];
  const often = fc.subarray([...named], { minLength: 1, maxLength: 3 });
  const seldom = fc.subarray([...FIELD_NAMES], { maxLength: 2 });
  return fc.tuple(fc.tuple(...ranges), often, seldom).map(([all, some, few]) => {
    const kept = all.filter(([field]) => some.includes(field) || few.includes(field));
    return Object.fromEntries(kept);
  });
}

/** A write of some bits of any field (to the family: only inet), or a map of a port. */
export function cornerChange(): fc.Arbitrary<DrawnChange> {
  const bits = fc.constantFrom(...FIELD_NAMES).chain((field) =>
    fc.record({
      kind: fc.constant("bits" as const),
      field: fc.constant(field),
      mask: fc.constantFrom(...MASKS[field], fullValue(field)),
      value: field === "family" ? fc.constant(0n) : fc.constantFrom(...CORNERS[field]),
    }),
  );
  const map = fc.record({
    kind: fc.constant("map" as const),
    field: fc.constantFrom("sourcePort" as const, "destinationPort" as const),
    base: fc.constantFrom(...(Object.keys(TABLES) as TableName[])),
    moves: fc.array(fc.tuple(port(), port()), { maxLength: 3 }),
  });
  return fc.oneof(bits, map);
}

/** Functions over all packets that a packet decides. */
export const CORNER_PARTS: FunctionParts = {
  sets: expression(CORNERS, false),
  boxes: cornerBox(),
  changes: cornerChange(),
  among: false,
};

/** Choices for {@link cornerPacket}. */
export function choices(): fc.Arbitrary<readonly number[]> {
  const length = FIELD_NAMES.length + 3;
  return fc.array(fc.nat(1 << 20), { minLength: length, maxLength: length });
}

/**
 * A packet at a corner of one of the boxes: every field at an end of its range, now and then one
 * past it; fields that are full there lie at a corner of another box.
 */
export function cornerPacket(boxes: readonly Box[], chosen: readonly number[]): FieldValues {
  const [first = 0, second = 0, turn = 0, ...steps] = chosen;
  const one = boxes[first % boxes.length] ?? {};
  const other = boxes[second % boxes.length] ?? {};
  const values = FIELD_NAMES.map((field, index) => {
    const step = steps[index] ?? 0;
    const pool = CORNERS[field];
    const any = pool[(step >> 3) % pool.length] ?? 0n;
    const [low, high] = one[field] ?? other[field] ?? ([any, any] as const);
    const value = [low, low, low, high, high, high, low - 1n, high + 1n][step & 7] ?? low;
    return [field, BigInt.asUintN(FIELDS[field], value)] as const;
  });
  const packet = asPacket(Object.fromEntries(values) as unknown as FieldValues);
  return turn % 4 === 0 ? exchanged(packet, true) : packet;
}

/** The boxes that an expression speaks of, as a packet before all changes sees them. */
export function boxesIn(tree: FunctionExpression): readonly Box[] {
  switch (tree.kind) {
    case "always":
      return [];
    case "choose":
      return [...boxesOfSet(tree.set), ...boxesIn(tree.inside), ...boxesIn(tree.outside)];
    case "paint":
      return [...tree.boxes.map(({ box }) => box), ...boxesIn(tree.below)];
    case "combine":
      return [...boxesIn(tree.left), ...boxesIn(tree.right)];
    case "relabel":
      return boxesIn(tree.of);
    case "before":
      return boxesIn(tree.of).flatMap((box) => sourcesOf(box, tree.change));
    case "among":
      return [...boxesIn(tree.of), ...boxesOfSet(tree.values)];
  }
}

/** The leaf of one packet, read off the expression. */
export function leafAt(tree: FunctionExpression, packet: FieldValues): number {
  switch (tree.kind) {
    case "always":
      return tree.leaf;
    case "choose":
      return leafAt(holds(tree.set, packet) ? tree.inside : tree.outside, packet);
    case "paint": {
      const order = tree.order ?? [...tree.boxes.keys()];
      const last = order.findLast((index) => isInBox(tree.boxes[index]!.box, packet));
      return last === undefined ? leafAt(tree.below, packet) : tree.boxes[last]!.leaf;
    }
    case "combine":
      return OPERATIONS[tree.operation].apply(
        leafAt(tree.left, packet),
        leafAt(tree.right, packet),
      );
    case "relabel":
      return CHANGES[tree.change].apply(leafAt(tree.of, packet));
    case "before":
      return leafAt(tree.of, changed(packet, tree.change));
    case "among":
      throw new RangeError("not decided by one packet: among");
  }
}

export function isInBox(box: Box, packet: FieldValues): boolean {
  return FIELD_NAMES.every((field) => {
    const [first, last] = box[field] ?? [0n, fullValue(field)];
    return first <= packet[field] && packet[field] <= last;
  });
}

/** The packet with a field overwritten; inet keeps 32 address bits. */
export function changed(packet: FieldValues, drawn: DrawnChange): FieldValues {
  const change = changeOf(drawn);
  const old = packet[change.field];
  const now =
    change.kind === "map"
      ? BigInt(change.table[Number(old)]!)
      : (old & ~change.mask) | (change.value & change.mask);
  return asPacket({ ...packet, [change.field]: now });
}

/** The box, and points that a map takes to the ends of its range. */
function sourcesOf(box: Box, drawn: DrawnChange): readonly Box[] {
  const change = changeOf(drawn);
  const range = box[change.field];
  if (change.kind === "bits" || range === undefined) return [box];
  const points = range.map((end) => BigInt(change.table.indexOf(Number(end))));
  const real = points.filter((point) => point >= 0n);
  return [box, ...real.map((point) => ({ ...box, [change.field]: [point, point] as const }))];
}

function boxesOfSet(tree: Expression): readonly Box[] {
  switch (tree.kind) {
    case "range":
      return [{ [tree.field]: [tree.first, tree.last] }];
    case "masked":
      return [{ [tree.field]: [tree.value & tree.mask, tree.value | ~tree.mask] }];
    case "and":
    case "or":
    case "diff":
      return [...boxesOfSet(tree.a), ...boxesOfSet(tree.b)];
    default:
      return boxesOfSet(tree.a);
  }
}

function rangeOf(field: Field): fc.Arbitrary<readonly [bigint, bigint]> {
  const sorted = (pool: readonly bigint[]): fc.Arbitrary<readonly [bigint, bigint]> =>
    fc
      .tuple(fc.constantFrom(...pool), fc.constantFrom(...pool))
      .map(([a, b]) => (a < b ? [a, b] : [b, a]));
  if (field !== "source" && field !== "destination") return sorted(CORNERS[field]);
  const inet = sorted(INET).map(([first, last]) => {
    return [first << UNUSED_BITS, (last << UNUSED_BITS) | UNUSED] as const;
  });
  return fc.oneof({ weight: 3, arbitrary: inet }, { weight: 1, arbitrary: sorted(INET6) });
}

function port(): fc.Arbitrary<number> {
  return fc.constantFrom(...PORTS).map(Number);
}

function ofAddress(mask: bigint): bigint {
  return mask & fullValue("source");
}
