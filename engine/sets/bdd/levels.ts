import { type Field, LABELS, type LabelField, widthOf } from "../packet-sets.ts";

/** Where the bits of a field stand in the order of variables: most significant first. */
export interface Place {
  readonly field: Field | LabelField;
  /** Bits of the field. */
  readonly width: number;
  /** Level of the most significant bit. */
  readonly first: number;
  /** Levels from one bit to the next: 2 in a field that is interleaved with its partner. */
  readonly step: number;
}

/**
 * The order of variables: family, protocol, addresses, ports, flags, tos, fragment, options, labels.
 *
 * Source and destination, and both labels, alternate bit by bit, so exchanging them exchanges neighbours.
 */
export const PLACES: readonly Place[] = [
  place("family", 0, 1),
  place("protocol", 1, 1),
  place("source", 9, 2),
  place("destination", 10, 2),
  place("sourcePort", 265, 2),
  place("destinationPort", 266, 2),
  place("flags", 297, 1),
  place("tos", 305, 1),
  place("fragment", 313, 1),
  place("options", 315, 1),
  place("origin", 316, 2),
  place("creator", 317, 2),
];

/** Places of header fields. */
export const HEADER_PLACES: readonly (Place & { readonly field: Field })[] = PLACES.filter(
  (it): it is Place & { readonly field: Field } => !(it.field in LABELS),
);

/** Number of levels; the level of the terminals. */
export const LEVELS = 348;

/** Level of the first label bit; label bits stand last. */
export const LABELS_FIRST = 316;

export const FAMILY_LEVEL = 0;
/** Levels of paired source and destination bits; the source bit of every pair is odd. */
export const PAIRS_FIRST = 9;
export const ADDRESSES_END = 265;
export const PAIRS_END = 297;
/** First level of the address bits that inet leaves unused, up to {@link ADDRESSES_END}. */
export const UNUSED_FIRST = 73;

/** Address bits that inet uses. */
export const INET_BITS = 32;

const BY_FIELD = new Map<Field | LabelField, Place>(PLACES.map((it) => [it.field, it]));

export function placeOf(field: Field | LabelField): Place {
  const found = BY_FIELD.get(field);
  if (found === undefined) throw new RangeError(`no such field: ${field}`);
  return found;
}

/** Level of bit `index` of a field, 0 being the most significant. */
export function levelOf({ first, step }: Place, index: number): number {
  return first + index * step;
}

/** The bits of a value, most significant first, one a cell. */
export function bitsOf({ field, width }: Place, value: bigint): Uint8Array {
  if (value < 0n || value >> BigInt(width) !== 0n) {
    throw new RangeError(`${field} has ${width} bits: ${value}`);
  }
  const bits = new Uint8Array(width);
  let rest = value;
  for (let end = width; end > 0; end -= 32) {
    const word = Number(BigInt.asUintN(32, rest));
    rest >>= 32n;
    for (let index = end - 1; index >= 0 && index >= end - 32; index--) {
      bits[index] = (word >>> (end - 1 - index)) & 1;
    }
  }
  return bits;
}

function place(field: Field | LabelField, first: number, step: number): Place {
  return { field, width: widthOf(field), first, step };
}
