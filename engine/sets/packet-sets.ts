/** Implementations: `intervals` is the product's own, `bdd` gives a second opinion. */
export type SetsName = "intervals" | "bdd";

export const SETS_NAMES: readonly SetsName[] = ["intervals", "bdd"];

/** A set of packets: a handle of the {@link PacketSets} that made it. Equal sets are equal numbers. */
export type PacketSet = number & { readonly __unit: "packet set" };

/**
 * Header fields that sets speak of, with their width in bits.
 *
 * Addresses are 128 bits in both families: an inet address fills the first 32 bits, and the other 96
 * are never tested under family 0. Protocols without ports leave the port fields untested; ICMP
 * keeps its id in `sourcePort` and `type << 8 | code` in `destinationPort`.
 */
export const FIELDS = {
  /** 0 inet, 1 inet6. */
  family: 1,
  protocol: 8,
  source: 128,
  destination: 128,
  sourcePort: 16,
  destinationPort: 16,
  /** TCP flags, FIN is bit 0. */
  flags: 8,
  tos: 8,
  /** 1 = a first fragment, 2 = a later one, 0 = whole; 3 does not occur. */
  fragment: 2,
  /** 1 = IP options that need `allow-opts`. */
  options: 1,
} as const;

export type Field = keyof typeof FIELDS;

/**
 * What is remembered of a packet besides its headers, with its width in bits: numbers of the caller.
 * Packets that differ in labels only are counted, drawn and told as one.
 */
export const LABELS = {
  /** Who sent it. */
  origin: 16,
  /** Who made the state that it passed by. */
  creator: 16,
} as const;

export type LabelField = keyof typeof LABELS;

/** The labels of one packet. */
export type LabelValues = Readonly<Record<LabelField, number>>;

/** Width of a field or label in bits. */
export function widthOf(field: Field | LabelField): number {
  return isLabel(field) ? LABELS[field] : FIELDS[field];
}

function isLabel(field: Field | LabelField): field is LabelField {
  return field in LABELS;
}

/** One packet as field values. */
export type FieldValues = Readonly<Record<Field, bigint>>;

/** A rectangle of packets: an inclusive range per field that is not full; the others are any value. */
export type Box = Readonly<Partial<Record<Field, readonly [first: bigint, last: bigint]>>>;

/**
 * Sets of packets with exact algebra.
 *
 * Every operation returns the one handle of its result: two sets are equal iff their handles are.
 * An operation that would need more nodes than the budget throws {@link BudgetExceeded}.
 */
export interface PacketSets {
  readonly empty: PacketSet;
  /** Every packet. */
  readonly all: PacketSet;

  /** Packets whose `field` lies in `first … last`, both included. */
  range(field: Field | LabelField, first: bigint, last: bigint): PacketSet;
  /** Packets whose `field` has the bits of `value` wherever `mask` has a one. */
  masked(field: Field, value: bigint, mask: bigint): PacketSet;

  and(a: PacketSet, b: PacketSet): PacketSet;
  or(a: PacketSet, b: PacketSet): PacketSet;
  /** Packets of `a` that are not in `b`. */
  diff(a: PacketSet, b: PacketSet): PacketSet;
  not(a: PacketSet): PacketSet;
  /** Holds iff every packet of `a` is in `b`. */
  implies(a: PacketSet, b: PacketSet): boolean;
  /** Holds iff some packet is in both. */
  meets(a: PacketSet, b: PacketSet): boolean;

  /** Packets that are in `a` once the named fields may take any value (existential projection). */
  forget(a: PacketSet, fields: readonly (Field | LabelField)[]): PacketSet;
  /** As {@link forget}, for the bits of one field that `mask` names. */
  blur(a: PacketSet, field: Field, mask: bigint): PacketSet;
  /** Packets that would be in `a` if `field` were overwritten with `value` (pre-image of a write). */
  fix(a: PacketSet, field: Field, value: bigint): PacketSet;
  /** Packets with source and destination address, and source and destination port, exchanged. */
  swap(a: PacketSet): PacketSet;
  /** Packets with only the addresses exchanged. */
  swapAddresses(a: PacketSet): PacketSet;
  /** Packets with origin and creator exchanged. */
  swapLabels(a: PacketSet): PacketSet;

  /** Number of different packets, IPv4's unused address bits counted once. */
  count(a: PacketSet): bigint;
  /**
   * A member with the smallest values in field order, or nothing if `a` is empty.
   *
   * The order is: family, protocol, then the bits of addresses and ports as the implementation lays
   * them out; untested bits are 0. Deterministic.
   */
  sample(a: PacketSet): FieldValues | undefined;
  /** Labels of the member that {@link sample} tells, the smallest. */
  labelsOf(a: PacketSet): LabelValues | undefined;
  /** Holds iff the packet is a member with labels 0. */
  has(a: PacketSet, packet: FieldValues): boolean;
  /** Disjoint boxes whose union is `a`, labels left aside; stops with `complete: false` after `limit` boxes. */
  boxes(
    a: PacketSet,
    limit: number,
  ): { readonly boxes: readonly Box[]; readonly complete: boolean };

  /** Nodes made so far and the budget. */
  readonly nodes: number;
}

/** Thrown by {@link PacketSets} when the node budget is used up; engines answer `undecided`. */
export class BudgetExceeded extends Error {
  override readonly name = "BudgetExceeded";
}

/** Thrown when the caller asked to stop; engines answer with what is known. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}
