import { type Field, type FieldValues, LABELS, type LabelField, widthOf } from "./packet-sets.ts";

/** Where a field stands among the digits of a packet: 8 bits a digit, most significant first. */
export interface DigitPlace {
  readonly field: Field | LabelField;
  /** Index of its most significant digit. */
  readonly first: number;
  /** Number of digits. */
  readonly length: number;
  /** Largest value of a digit: 255, or less in fields of fewer bits. */
  readonly largest: number;
  /** The number of values of the field: 2 to the power of its bits. */
  readonly end: number;
}

/**
 * The order of fields: what rules name most often and what parts them most comes first.
 *
 * Measured on the sets of the benchmark: with addresses below ports every one of them explodes.
 * Labels stand behind the destination: routing parts packets by that, whoever they are of, while what
 * zones may send differs most in the source.
 */
const ORDER: readonly (Field | LabelField)[] = [
  "family",
  "protocol",
  "destination",
  "origin",
  "creator",
  "source",
  "destinationPort",
  "sourcePort",
  "flags",
  "tos",
  "fragment",
  "options",
];

export const DIGIT_PLACES: readonly DigitPlace[] = placesOf(ORDER);

/** Digits of one packet. */
export const DIGITS: number = DIGIT_PLACES.reduce((sum, { length }) => sum + length, 0);

const BY_FIELD: Readonly<Record<Field | LabelField, DigitPlace>> = Object.fromEntries(
  DIGIT_PLACES.map((it) => [it.field, it]),
) as Record<Field | LabelField, DigitPlace>;

export function digitsOf(field: Field | LabelField): DigitPlace {
  return BY_FIELD[field];
}

/** By digit: its largest value. */
export const LARGEST: Uint8Array = Uint8Array.from(
  DIGIT_PLACES.flatMap(({ length, largest }) => Array.from({ length }, () => largest)),
);

/** By digit: index of the first digit behind its field. */
export const FIELD_END: Uint8Array = Uint8Array.from(
  DIGIT_PLACES.flatMap(({ first, length }) => Array.from({ length }, () => first + length)),
);

/** Writes the digits of a value into `into`. @throws RangeError if it does not fit the field */
export function writeDigits(into: Uint8Array, field: Field | LabelField, value: bigint): void {
  const { first, length } = digitsOf(field);
  if (value < 0n || value >> BigInt(widthOf(field)) !== 0n) {
    throw new RangeError(`${field} has ${widthOf(field)} bits: ${value}`);
  }
  let rest = value;
  for (let end = first + length; end > first; end -= 4) {
    let word = Number(BigInt.asUintN(32, rest));
    rest >>= 32n;
    for (let at = end - 1; at >= first && at >= end - 4; at--) {
      into[at] = word & 255;
      word >>>= 8;
    }
  }
}

/** The value of a field in the digits of a packet. */
export function readDigits(from: Uint8Array, field: Field | LabelField): bigint {
  const { first, length } = digitsOf(field);
  let value = 0n;
  for (let at = first; at < first + length; at++) value = (value << 8n) | BigInt(from[at] ?? 0);
  return value;
}

/** Places of the header fields, in their order. */
export const HEADER_PLACES: readonly (DigitPlace & { readonly field: Field })[] =
  DIGIT_PLACES.filter((it): it is DigitPlace & { readonly field: Field } => !(it.field in LABELS));

/** The digits of one packet, with labels 0. */
export function packetDigits(packet: FieldValues): Uint8Array {
  const digits = new Uint8Array(DIGITS);
  for (const { field } of HEADER_PLACES) writeDigits(digits, field, packet[field]);
  return digits;
}

function placesOf(order: readonly (Field | LabelField)[]): readonly DigitPlace[] {
  const places: DigitPlace[] = [];
  let first = 0;
  for (const field of order) {
    const bits = widthOf(field);
    const length = Math.ceil(bits / 8);
    places.push({ field, first, length, largest: bits < 8 ? 2 ** bits - 1 : 255, end: 2 ** bits });
    first += length;
  }
  return places;
}
