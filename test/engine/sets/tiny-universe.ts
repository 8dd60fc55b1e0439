import fc from "fast-check";
import {
  FIELDS,
  type Field,
  type FieldValues,
  type PacketSet,
  type PacketSets,
} from "../../../engine/sets/packet-sets.ts";
import {
  asPacket,
  type Expression,
  exchanged,
  FIELD_NAMES,
  fullValue,
  type Pool,
} from "./set-expressions.ts";

/** Some bits of every field; all other bits are 0. Source and destination have the same bits. */
export type OpenBits = Readonly<Record<Field, bigint>>;

/** A universe of few packets, and sets in it as lists of yes and no. */
export interface TinyUniverse {
  readonly bits: OpenBits;
  readonly packets: readonly FieldValues[];
  readonly indexOf: ReadonlyMap<string, number>;
}

/** A set in a universe: 1 = the packet of that index is a member. */
export type TinySet = Uint8Array;

/** Bits where diagrams turn: ends of fields, of inet addresses, of bytes. */
const TURNS = [127n, 126n, 120n, 97n, 96n, 95n, 94n, 64n, 1n, 0n];

const OTHERS = ["protocol", "flags", "tos", "fragment", "options"] as const;

const NO_BITS: OpenBits = {
  family: 1n,
  protocol: 0n,
  source: 0n,
  destination: 0n,
  sourcePort: 0n,
  destinationPort: 0n,
  flags: 0n,
  tos: 0n,
  fragment: 0n,
  options: 0n,
};

/** Bits for addresses, ports, and two of the other fields. */
export function openBits(): fc.Arbitrary<OpenBits> {
  const bit = (of: readonly bigint[]): fc.Arbitrary<bigint> =>
    fc.constantFrom(...of.map((at) => 1n << at));
  const two = (of: readonly bigint[]): fc.Arbitrary<bigint> =>
    fc.tuple(bit(of), bit(of)).map(([a, b]) => a | b);
  return fc
    .record({
      protocol: bit([7n, 3n, 0n]),
      flags: bit([7n, 1n, 0n]),
      tos: bit([7n, 2n]),
      fragment: bit([1n, 0n]),
      options: bit([0n]),
      address: two(TURNS),
      port: two([15n, 10n, 8n, 7n, 0n]),
      open: fc.subarray([...OTHERS], { minLength: 2, maxLength: 2 }),
    })
    .map(({ address, port, open, ...drawn }) => ({
      ...NO_BITS,
      ...Object.fromEntries(open.map((field) => [field, drawn[field]])),
      source: address,
      destination: address,
      sourcePort: port,
      destinationPort: port,
    }));
}

export function universeOf(bits: OpenBits): TinyUniverse {
  let packets: Partial<FieldValues>[] = [{}];
  for (const field of FIELD_NAMES) {
    const values = submasks(bits[field]);
    packets = packets.flatMap((packet) => values.map((value) => ({ ...packet, [field]: value })));
  }
  const real = (packets as FieldValues[]).filter((it) => keyOf(it) === keyOf(asPacket(it)));
  return { bits, packets: real, indexOf: new Map(real.map((it, index) => [keyOf(it), index])) };
}

/** Values to draw ranges and masks from: those of the universe. */
export function poolOf(bits: OpenBits): Pool {
  const entries = FIELD_NAMES.map((field) => [field, submasks(bits[field])] as const);
  return Object.fromEntries(entries) as unknown as Pool;
}

/** The universe as a packet set. */
export function wholeOf(sets: PacketSets, bits: OpenBits): PacketSet {
  return FIELD_NAMES.map((field) => sets.masked(field, 0n, fullValue(field) & ~bits[field])).reduce(
    (all, set) => sets.and(all, set),
  );
}

/** Works an expression out packet by packet. */
export function listOf(universe: TinyUniverse, tree: Expression): TinySet {
  const { packets } = universe;
  const part = (some: Expression): TinySet => listOf(universe, some);
  const where = (test: (packet: FieldValues, index: number) => boolean): TinySet =>
    Uint8Array.from(packets, (packet, index) => (test(packet, index) ? 1 : 0));
  switch (tree.kind) {
    case "range":
      return where((it) => it[tree.field] >= tree.first && it[tree.field] <= tree.last);
    case "masked":
      return where((it) => ((it[tree.field] ^ tree.value) & tree.mask) === 0n);
    case "and":
      return meet(part(tree.a), part(tree.b));
    case "or":
      return part({ kind: "not", a: { kind: "and", a: negated(tree.a), b: negated(tree.b) } });
    case "diff":
      return meet(part(tree.a), part(negated(tree.b)));
    case "not":
      return part(tree.a).map((member) => 1 - member);
    case "swap":
      return moved(universe, part(tree.a), (it) => exchanged(it, true));
    case "swapAddresses":
      return moved(universe, part(tree.a), (it) => exchanged(it, false));
    case "fix":
      return moved(universe, part(tree.a), (it) => ({ ...it, [tree.field]: tree.value }));
    case "forget":
      return grouped(universe, part(tree.a), (it) => without(it, tree.fields));
    case "blur":
      return grouped(universe, part(tree.a), (it) => {
        return { ...it, [tree.field]: it[tree.field] & ~tree.mask };
      });
  }
}

export function keyOf(packet: FieldValues): string {
  return FIELD_NAMES.map((field) => packet[field].toString(16)).join(" ");
}

function negated(a: Expression): Expression {
  return { kind: "not", a };
}

function meet(a: TinySet, b: TinySet): TinySet {
  return a.map((member, index) => member & b[index]!);
}

/** Packets that `move` takes into the set. */
function moved(
  { packets, indexOf }: TinyUniverse,
  set: TinySet,
  move: (packet: FieldValues) => FieldValues,
): TinySet {
  return Uint8Array.from(packets, (it) => set[indexOf.get(keyOf(asPacket(move(it))))!]!);
}

/** Packets of which some packet of the same group is in the set. */
function grouped(
  { packets }: TinyUniverse,
  set: TinySet,
  group: (packet: FieldValues) => FieldValues,
): TinySet {
  const groups = packets.map((it) => keyOf(group(it)));
  const met = new Set(groups.filter((_, index) => set[index] === 1));
  return Uint8Array.from(groups, (key) => (met.has(key) ? 1 : 0));
}

/** The packet with some fields 0. */
export function without(packet: FieldValues, fields: readonly Field[]): FieldValues {
  return { ...packet, ...Object.fromEntries(fields.map((field) => [field, 0n])) };
}

/** All values with no bit outside `mask`, ascending. */
function submasks(mask: bigint): bigint[] {
  const values = [0n];
  for (let bit = 0n; bit < BigInt(FIELDS.source); bit++) {
    if ((mask >> bit) & 1n) values.push(...values.map((value) => value | (1n << bit)));
  }
  return values;
}
