import { DIGITS, digitsOf, LARGEST, writeDigits } from "./digits.ts";
import { grown } from "./grown.ts";
import { FIELDS, type Field } from "./packet-sets.ts";
import type { ValueSet } from "./value-set.ts";

const FIRST_CAPACITY = 16;

/** Fields whose first digit may be tested for some values that are no range. */
export const SCATTERED: readonly Field[] = ["protocol", "destinationPort", "flags"];

/** By digit: its place among the {@link SCATTERED}; -1: it has none. */
export const SCATTERED_AT: Int8Array = Int8Array.from({ length: DIGITS }, (_, digit) =>
  SCATTERED.findIndex((field) => digitsOf(field).first === digit),
);

/**
 * Boxes of packets, each with a leaf, in columns: what rules say of headers.
 *
 * Box `i` holds the packets whose every field lies in the range that the digits
 * `lows[i * DIGITS …]` and `highs[i * DIGITS …]` of the field spell, both ends included.
 */
export class Cubes {
  lows: Uint8Array<ArrayBuffer>;
  highs: Uint8Array<ArrayBuffer>;
  leaves: Int32Array<ArrayBuffer>;
  #count = 0;
  /** By `box * SCATTERED.length + place`: the only values of a digit, of few boxes. */
  readonly #values: Map<number, ValueSet> = new Map();

  /** @param room - for so many boxes at first, at least one */
  constructor(room: number = FIRST_CAPACITY) {
    this.lows = new Uint8Array(room * DIGITS);
    this.highs = new Uint8Array(room * DIGITS);
    this.leaves = new Int32Array(room);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds the box of every packet, to be narrowed; returns its index. */
  add(leaf: number): number {
    const index = this.#count++;
    if (index === this.leaves.length) this.#grow();
    this.leaves[index] = leaf;
    const from = index * DIGITS;
    this.lows.fill(0, from, from + DIGITS);
    this.highs.set(LARGEST, from);
    return index;
  }

  /** Sets the range of one field of box `index`, whatever it was. `first ≤ last`. */
  range(index: number, field: Field, first: bigint, last: bigint): void {
    const from = index * DIGITS;
    writeDigits(this.lows.subarray(from, from + DIGITS), field, first);
    writeDigits(this.highs.subarray(from, from + DIGITS), field, last);
  }

  /** As {@link range} for fields of up to 16 bits. */
  narrow(index: number, field: Field, first: number, last: number): void {
    const { first: at, length, end } = digitsOf(field);
    if (first < 0 || last >= end) {
      throw new RangeError(`${field} has ${FIELDS[field]} bits: ${first} … ${last}`);
    }
    const digit = index * DIGITS + at;
    if (length === 2) {
      this.lows[digit] = first >>> 8;
      this.highs[digit] = last >>> 8;
    }
    this.lows[digit + length - 1] = first & 255;
    this.highs[digit + length - 1] = last & 255;
  }

  /**
   * Allows only some values of the first digit of a field: of its other digits any.
   *
   * @param field - one of {@link SCATTERED}
   */
  among(index: number, field: Field, values: ValueSet): void {
    const { first } = digitsOf(field);
    const place = SCATTERED_AT[first] ?? -1;
    if (place < 0) throw new RangeError(`${field} cannot be scattered`);
    const digit = index * DIGITS + first;
    this.lows[digit] = values.first;
    this.highs[digit] = values.last;
    if (!values.isRange) this.#values.set(index * SCATTERED.length + place, values);
  }

  /** Whether some box has scattered values. */
  get isScattered(): boolean {
    return this.#values.size > 0;
  }

  /** The only values of a digit of box `index` within its range; undefined: all of them. */
  valuesOf(index: number, place: number): ValueSet | undefined {
    return this.#values.size === 0 ? undefined : this.#values.get(index * SCATTERED.length + place);
  }

  /** Adds a copy of box `index` of `other` with a leaf of its own; returns its index. */
  copy(other: Cubes, index: number, leaf: number): number {
    const made = this.add(leaf);
    const from = index * DIGITS;
    this.lows.set(other.lows.subarray(from, from + DIGITS), made * DIGITS);
    this.highs.set(other.highs.subarray(from, from + DIGITS), made * DIGITS);
    for (let place = 0; place < SCATTERED.length; place++) {
      const values = other.valuesOf(index, place);
      if (values !== undefined) this.#values.set(made * SCATTERED.length + place, values);
    }
    return made;
  }

  /** Removes the box that was added last. */
  pop(): void {
    this.#count--;
    for (let place = 0; place < SCATTERED.length; place++) {
      this.#values.delete(this.#count * SCATTERED.length + place);
    }
  }

  #grow(): void {
    const capacity = this.leaves.length * 2;
    this.lows = grown(this.lows, new Uint8Array(capacity * DIGITS));
    this.highs = grown(this.highs, new Uint8Array(capacity * DIGITS));
    this.leaves = grown(this.leaves, new Int32Array(capacity));
  }
}
