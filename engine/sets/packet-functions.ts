import type { PackedEntries } from "../../model/pf-rule.ts";
import type { Cubes } from "./cubes.ts";
import type { Field, FieldValues, PacketSet, PacketSets } from "./packet-sets.ts";

/**
 * A function from packets to leaves: a handle of the {@link PacketFunctions} that made it. Equal
 * functions are equal numbers. Leaves are integers from 0 to {@link LARGEST_LEAF}; what they mean is
 * the caller's.
 */
export type PacketFunction = number & { readonly __unit: "packet function" };

export const LARGEST_LEAF: number = 2 ** 30 - 1;

/**
 * A binary operation on leaves, known by its identity: results are remembered for as long as the
 * object lives, so `apply` must be a function of its arguments.
 *
 * The other members are shortcuts that save the walk over a whole diagram; each must agree with
 * `apply`.
 */
export interface LeafOperation {
  apply(left: number, right: number): number;
  /** Holds for left leaves whose result is themselves, whatever stands right. */
  isLeftFinal?(left: number): boolean;
  /** Holds for left leaves whose result is the right leaf. */
  isLeftNeutral?(left: number): boolean;
  /** Holds for right leaves whose result is the left leaf. */
  isRightNeutral?(right: number): boolean;
}

/** A change of leaves, known by its identity as {@link LeafOperation} is. */
export interface LeafChange {
  apply(leaf: number): number;
}

/**
 * How one header field is overwritten.
 *
 * `bits`: the bits of `mask` become those of `value`, the others stay. `map`: a field of 16 bits
 * becomes what the table holds at its value.
 */
export type FieldChange =
  | { readonly kind: "bits"; readonly field: Field; readonly mask: bigint; readonly value: bigint }
  | { readonly kind: "map"; readonly field: Field; readonly table: Uint16Array };

/** Packet sets, and functions from packets to leaves over the same fields. */
export interface PacketFunctions extends PacketSets {
  /** The function that is `leaf` everywhere. */
  always(leaf: number): PacketFunction;
  /** `inside` for packets of the set, `outside` for others. */
  choose(set: PacketSet, inside: PacketFunction, outside: PacketFunction): PacketFunction;
  /**
   * Lays boxes over `below`, in order: the last box that holds a packet gives its leaf.
   *
   * @param order - indexes of boxes; absent: all, as they were added
   */
  paint(below: PacketFunction, cubes: Cubes, order?: Int32Array): PacketFunction;
  /** Leaf by leaf. */
  combine(operation: LeafOperation, left: PacketFunction, right: PacketFunction): PacketFunction;
  relabel(change: LeafChange, of: PacketFunction): PacketFunction;
  /** Packets whose leaf `holds`. */
  where(of: PacketFunction, holds: (leaf: number) => boolean): PacketSet;
  at(of: PacketFunction, packet: FieldValues): number;
  /** Every leaf that some packet has, ascending. */
  leaves(of: PacketFunction): readonly number[];
  /** Pre-image of a write: gives a packet the leaf that `of` gives to it once it is changed. */
  before(of: PacketFunction, change: FieldChange): PacketFunction;
  /** Image of a write: the packets that those of the set become. */
  after(set: PacketSet, change: FieldChange): PacketSet;
  /**
   * Gives a packet what `of` gives to it once `fields` have taken values of `values`, joined by
   * `join` over all of them, which must be associative, commutative and idempotent.
   *
   * @param values - not empty; tests of other fields hold for the packet before the change
   * @param none - the leaf of packets for which no value fits
   */
  among(
    of: PacketFunction,
    fields: readonly Field[],
    values: PacketSet,
    join: LeafOperation,
    none: number,
  ): PacketFunction;
  /** Packets of either family whose address a table holds: the most specific entry decides. */
  tableSet(field: "source" | "destination", entries: PackedEntries): PacketSet;
  /** Nodes of the diagram of one set or function; shared ones count once. */
  size(of: PacketSet | PacketFunction): number;
}
