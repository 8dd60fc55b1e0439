import { Cubes, SCATTERED } from "./cubes.ts";
import { DIGITS, type DigitPlace, digitsOf, HEADER_PLACES, readDigits } from "./digits.ts";
import type { Box, Field } from "./packet-sets.ts";

const FAMILY = digitsOf("family").first;

/** Digits of a field that a number holds. */
const LEADING = 6;

/**
 * The packets of one box that a question is about: of a ruleset only what meets them matters, and of
 * each of its rules only what it says of them.
 *
 * Half-wild rulesets have no small diagram, but each question about two networks has.
 */
export class Clip {
  /** Equal for equal boxes. */
  readonly key: string;
  /** Box 0 is this one. */
  readonly cubes: Cubes;
  readonly #lows: Uint8Array;
  readonly #highs: Uint8Array;
  /** Fields of which the box does not hold every value. */
  readonly #places: readonly DigitPlace[];

  private constructor(cubes: Cubes) {
    this.cubes = cubes;
    this.#lows = cubes.lows.subarray(0, DIGITS);
    this.#highs = cubes.highs.subarray(0, DIGITS);
    this.key = String.fromCharCode(...this.#lows, ...this.#highs);
    this.#places = HEADER_PLACES.filter(({ first, length, largest }) => {
      for (let digit = first; digit < first + length; digit++) {
        if (this.#lows[digit] !== 0 || this.#highs[digit] !== largest) return true;
      }
      return false;
    });
  }

  /** @throws RangeError if a range does not fit its field, or ends before it begins */
  static of(box: Box): Clip {
    const cubes = new Cubes();
    cubes.add(0);
    for (const { field } of HEADER_PLACES) {
      const range = box[field];
      if (range === undefined) continue;
      const [first, last] = range;
      if (first > last) throw new RangeError(`${field}: ${first} … ${last}`);
      cubes.range(0, field, first, last);
    }
    return new Clip(cubes);
  }

  /** The clip with other values of a field. */
  with(field: Field, first: bigint, last: bigint): Clip {
    const cubes = new Cubes();
    cubes.copy(this.cubes, 0, 0);
    cubes.range(0, field, first, last);
    return new Clip(cubes);
  }

  /** First and last value of a field. */
  range(field: Field): readonly [first: bigint, last: bigint] {
    return [readDigits(this.#lows, field), readDigits(this.#highs, field)];
  }

  /** First and last value of a field, by its {@link leading} digits. */
  leadingRange(field: Field): readonly [first: number, last: number] {
    return [leading(this.#lows, 0, field), leading(this.#highs, 0, field)];
  }

  /** Whether some packet may be in a box and in this one; of scattered values all count. */
  meets({ lows, highs }: Cubes, box: number): boolean {
    const from = box * DIGITS;
    for (const { first, length } of this.#places) {
      if (compare(lows, from + first, this.#highs, first, length) > 0) return false;
      if (compare(highs, from + first, this.#lows, first, length) < 0) return false;
    }
    return true;
  }

  /**
   * Adds a copy of a box that {@link meets} this one, with a leaf of its own. It is right within
   * this one only: where it holds all of a field there, the field is tested no longer.
   */
  copy(cubes: Cubes, box: number, into: Cubes, leaf: number): void {
    const made = into.copy(cubes, box, leaf);
    const from = made * DIGITS;
    for (const place of this.#places) {
      // scattered values stay as they are
      if (SCATTERED.some((field, at) => field === place.field && cubes.valuesOf(box, at))) continue;
      // inet packets have not as many address bits to test
      if (place.first === FAMILY && this.#highs[FAMILY] === 1) continue;
      this.#narrow(into, from, place);
    }
  }

  #narrow(into: Cubes, from: number, { first, length, largest }: DigitPlace): void {
    const isLow = compare(into.lows, from + first, this.#lows, first, length) <= 0;
    const isHigh = compare(into.highs, from + first, this.#highs, first, length) >= 0;
    const [begin, end] = [from + first, from + first + length];
    if (isLow) into.lows.fill(0, begin, end);
    if (isHigh) into.highs.fill(largest, begin, end);
  }
}

/** The first digits of a field in box `box`, as one number: larger values have no smaller one. */
export function leading(digits: Uint8Array, box: number, field: Field): number {
  const { first, length } = digitsOf(field);
  const from = box * DIGITS + first;
  let value = 0;
  for (let at = from; at < from + Math.min(length, LEADING); at++) {
    value = value * 256 + (digits[at] ?? 0);
  }
  return value;
}

/** Below 0, 0 or above 0 as the digits of one are less than, equal to or more than the other's. */
function compare(a: Uint8Array, from: number, b: Uint8Array, to: number, length: number): number {
  for (let at = 0; at < length; at++) {
    const difference = (a[from + at] ?? 0) - (b[to + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
