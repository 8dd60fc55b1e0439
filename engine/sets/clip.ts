import { Cubes, SCATTERED } from "./cubes.ts";
import { DIGIT_PLACES, DIGITS, type DigitPlace } from "./digits.ts";

/**
 * A question about the packets of one box: of a ruleset only what meets the box matters, and of
 * each of its rules only what it says within the box.
 *
 * Half-wild rulesets have no small diagram, but each question about two networks has.
 */
export class Clip {
  readonly #lows: Uint8Array;
  readonly #highs: Uint8Array;
  /** Fields of which the box does not hold every value. */
  readonly #places: readonly DigitPlace[];

  constructor(cubes: Cubes, box: number) {
    this.#lows = cubes.lows.slice(box * DIGITS, (box + 1) * DIGITS);
    this.#highs = cubes.highs.slice(box * DIGITS, (box + 1) * DIGITS);
    this.#places = DIGIT_PLACES.filter(({ first, length, largest }) => {
      for (let digit = first; digit < first + length; digit++) {
        if (this.#lows[digit] !== 0 || this.#highs[digit] !== largest) return true;
      }
      return false;
    });
  }

  /**
   * The boxes that meet this one, in order. What they make when painted holds within this box only:
   * there fields that a box holds all of are no longer tested.
   *
   * @param order - indexes of boxes; absent: all
   */
  of(cubes: Cubes, order?: Int32Array): Cubes {
    const clipped = new Cubes();
    const count = order?.length ?? cubes.count;
    for (let at = 0; at < count; at++) {
      const box = order?.[at] ?? at;
      if (this.#meets(cubes, box)) this.#add(cubes, box, clipped);
    }
    return clipped;
  }

  #meets({ lows, highs }: Cubes, box: number): boolean {
    const from = box * DIGITS;
    for (const { first, length } of this.#places) {
      if (compare(lows, from + first, this.#highs, first, length) > 0) return false;
      if (compare(highs, from + first, this.#lows, first, length) < 0) return false;
    }
    return true;
  }

  #add(cubes: Cubes, box: number, into: Cubes): void {
    const made = into.copy(cubes, box, cubes.leaves[box] ?? 0);
    const from = made * DIGITS;
    for (const place of this.#places) {
      // scattered values stay as they are
      if (SCATTERED.some((field, at) => field === place.field && cubes.valuesOf(box, at))) continue;
      this.#narrow(into, from, place);
    }
  }

  #narrow(into: Cubes, from: number, { first, length, largest }: DigitPlace): void {
    const isLow = compare(into.lows, from + first, this.#lows, first, length) <= 0;
    const isHigh = compare(into.highs, from + first, this.#highs, first, length) >= 0;
    const [begin, end] = [from + first, from + first + length];
    if (isLow && isHigh) {
      into.lows.fill(0, begin, end);
      into.highs.fill(largest, begin, end);
      return;
    }
    if (isLow) into.lows.set(this.#lows.subarray(first, first + length), begin);
    if (isHigh) into.highs.set(this.#highs.subarray(first, first + length), begin);
  }
}

/** Below 0, 0 or above 0 as the digits of one are less than, equal to or more than the other's. */
function compare(a: Uint8Array, from: number, b: Uint8Array, to: number, length: number): number {
  for (let at = 0; at < length; at++) {
    const difference = (a[from + at] ?? 0) - (b[to + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
