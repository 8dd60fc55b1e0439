import fc from "fast-check";
import {
  FIELDS,
  type Field,
  type FieldValues,
  type PacketSet,
  type PacketSets,
} from "../../../engine/sets/packet-sets.ts";

/** A set of packets as it is asked for: what every implementation, and a slow twin, can work out. */
export type Expression =
  | { readonly kind: "range"; readonly field: Field; readonly first: bigint; readonly last: bigint }
  | {
      readonly kind: "masked";
      readonly field: Field;
      readonly value: bigint;
      readonly mask: bigint;
    }
  | { readonly kind: "and" | "or" | "diff"; readonly a: Expression; readonly b: Expression }
  | { readonly kind: "not" | "swap" | "swapAddresses"; readonly a: Expression }
  | { readonly kind: "forget"; readonly a: Expression; readonly fields: readonly Field[] }
  | { readonly kind: "blur"; readonly a: Expression; readonly field: Field; readonly mask: bigint }
  | { readonly kind: "fix"; readonly a: Expression; readonly field: Field; readonly value: bigint };

/** Values of each field that ranges, masks and packets are drawn from. */
export type Pool = Readonly<Record<Field, readonly bigint[]>>;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly Field[];

export const UNUSED_BITS = 96n;

export function fullValue(field: Field): bigint {
  return (1n << BigInt(FIELDS[field])) - 1n;
}

/** Expressions of every kind; `projections` adds those that a single packet cannot decide. */
export function expression(pool: Pool, projections: boolean): fc.Arbitrary<Expression> {
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      { weight: 4, arbitrary: range(pool) },
      { weight: 2, arbitrary: masked(pool) },
      { weight: 8, arbitrary: combination(tie("tree")) },
      { weight: 3, arbitrary: renaming(tie("tree")) },
      { weight: 2, arbitrary: fix(tie("tree"), pool) },
      ...(projections ? [{ weight: 4, arbitrary: projection(tie("tree"), pool) }] : []),
    ),
  }));
  return tree;
}

/** A packet at a pool value of every field, now and then one beside it; inet uses 32 address bits. */
export function packetNear(pool: Pool): fc.Arbitrary<FieldValues> {
  const values = FIELD_NAMES.map((field) =>
    fc
      .tuple(drawnFrom(pool, field), fc.constantFrom(0n, 0n, 0n, 1n, -1n))
      .map(([value, step]) => [field, BigInt.asUintN(FIELDS[field], value + step)] as const),
  );
  return fc.tuple(...values).map((entries) => {
    return asPacket(Object.fromEntries(entries) as FieldValues);
  });
}

/** The packet with unused address bits 0. */
export function asPacket(values: FieldValues): FieldValues {
  if (values.family === 1n) return values;
  const used = (value: bigint): bigint => (value >> UNUSED_BITS) << UNUSED_BITS;
  return { ...values, source: used(values.source), destination: used(values.destination) };
}

/** The packet with source and destination exchanged. */
export function exchanged(packet: FieldValues, ports: boolean): FieldValues {
  const { source, destination, sourcePort, destinationPort } = packet;
  const turned = { ...packet, source: destination, destination: source };
  return ports ? { ...turned, sourcePort: destinationPort, destinationPort: sourcePort } : turned;
}

/** Works an expression out; `within` bounds every set that is not made from smaller ones. */
export function build(sets: PacketSets, tree: Expression, within: PacketSet): PacketSet {
  const part = (some: Expression): PacketSet => build(sets, some, within);
  const inside = (set: PacketSet): PacketSet => sets.and(set, within);
  switch (tree.kind) {
    case "range":
      return inside(sets.range(tree.field, tree.first, tree.last));
    case "masked":
      return inside(sets.masked(tree.field, tree.value, tree.mask));
    case "and":
    case "or":
    case "diff":
      return sets[tree.kind](part(tree.a), part(tree.b));
    case "not":
    case "swap":
    case "swapAddresses":
      return inside(sets[tree.kind](part(tree.a)));
    case "forget":
      return inside(sets.forget(part(tree.a), tree.fields));
    case "blur":
      return inside(sets.blur(part(tree.a), tree.field, tree.mask));
    case "fix":
      return inside(sets.fix(part(tree.a), tree.field, tree.value));
  }
}

/** Decides an expression without projections for one packet. */
export function holds(tree: Expression, packet: FieldValues): boolean {
  switch (tree.kind) {
    case "range":
      return packet[tree.field] >= tree.first && packet[tree.field] <= tree.last;
    case "masked":
      return ((packet[tree.field] ^ tree.value) & tree.mask) === 0n;
    case "and":
      return holds(tree.a, packet) && holds(tree.b, packet);
    case "or":
      return holds(tree.a, packet) || holds(tree.b, packet);
    case "diff":
      return holds(tree.a, packet) && !holds(tree.b, packet);
    case "not":
      return !holds(tree.a, packet);
    case "swap":
      return holds(tree.a, exchanged(packet, true));
    case "swapAddresses":
      return holds(tree.a, exchanged(packet, false));
    case "fix":
      return holds(tree.a, asPacket({ ...packet, [tree.field]: tree.value }));
    case "forget":
    case "blur":
      throw new RangeError(`not decided by one packet: ${tree.kind}`);
  }
}

function drawnFrom(pool: Pool, field: Field): fc.Arbitrary<bigint> {
  return fc.constantFrom(...pool[field]);
}

/** Fields whose pool has something to choose. */
function openField(pool: Pool): fc.Arbitrary<Field> {
  return fc.constantFrom(...FIELD_NAMES.filter((field) => pool[field].length > 1));
}

function range(pool: Pool): fc.Arbitrary<Expression> {
  return openField(pool).chain((field) =>
    fc.tuple(drawnFrom(pool, field), drawnFrom(pool, field)).map(([one, other]): Expression => {
      const [first, last] = one < other ? [one, other] : [other, one];
      return { kind: "range", field, first, last };
    }),
  );
}

function masked(pool: Pool): fc.Arbitrary<Expression> {
  return openField(pool).chain((field) =>
    fc.record({
      kind: fc.constant("masked" as const),
      field: fc.constant(field),
      value: drawnFrom(pool, field),
      mask: drawnFrom(pool, field),
    }),
  );
}

function combination(tree: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.record({ kind: fc.constantFrom("and", "or", "or", "diff"), a: tree, b: tree });
}

function renaming(tree: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.record({ kind: fc.constantFrom("not", "swap", "swapAddresses"), a: tree });
}

function projection(tree: fc.Arbitrary<Expression>, pool: Pool): fc.Arbitrary<Expression> {
  const some = fc.subarray([...FIELD_NAMES], { minLength: 1, maxLength: 4 });
  const blur = openField(pool).chain((field) =>
    fc.record({
      kind: fc.constant("blur" as const),
      a: tree,
      field: fc.constant(field),
      mask: drawnFrom(pool, field),
    }),
  );
  return fc.oneof(fc.record({ kind: fc.constant("forget" as const), a: tree, fields: some }), blur);
}

/** Writes; only inet is written to the family: inet6 halves are then not packets by themselves. */
function fix(tree: fc.Arbitrary<Expression>, pool: Pool): fc.Arbitrary<Expression> {
  return openField(pool).chain((field) =>
    fc.record({
      kind: fc.constant("fix" as const),
      a: tree,
      field: fc.constant(field),
      value: field === "family" ? fc.constant(0n) : drawnFrom(pool, field),
    }),
  );
}
