import { type Cubes, SCATTERED, SCATTERED_AT } from "../cubes.ts";
import { DIGIT_PLACES, DIGITS, LARGEST } from "../digits.ts";
import type { ValueSet } from "../value-set.ts";

/** Bits of a position: on the lower border of the field's range, on the upper one. */
export const LOW = 1;
export const HIGH = 2;
/** The position behind the last digit that matters. */
export const END: number = DIGITS << 2;
/** Positions of one box that can be normalised: all but the end. */
const POSITIONS = END;

/** Boxes that are laid at once: more in one walk save copies of wide nodes, but make long lists. */
export const BLOCK = 256;

/**
 * Boxes that are laid over a diagram in one walk.
 *
 * A position is `digit << 2 | borders`: while a field's digits so far are those of its lower or upper
 * bound, the next one is bounded too. Positions are normalised: digits that nothing bounds are passed.
 */
export class Block {
  /** By box: the handle of its leaf. */
  readonly leaves: Int32Array = new Int32Array(BLOCK);
  /** By box and position: the position normalised. */
  readonly #next: Uint8Array = new Uint8Array(BLOCK * POSITIONS);
  readonly #lows: Uint8Array = new Uint8Array(BLOCK * DIGITS);
  readonly #highs: Uint8Array = new Uint8Array(BLOCK * DIGITS);

  /** By box and scattered field: the only values of its first digit. */
  readonly #values: (ValueSet | undefined)[] = Array.from({ length: BLOCK * SCATTERED.length });

  /** Some box of this or an earlier block has scattered values. */
  #hasValues = false;

  /** Takes box `index` of `cubes` as box `box`; returns its first position. */
  take(cubes: Cubes, index: number, box: number): number {
    this.leaves[box] = ~cubes.leaves[index]!;
    const { isScattered } = cubes;
    if (isScattered || this.#hasValues) this.#takeValues(cubes, index, box);
    const from = index * DIGITS;
    const to = box * DIGITS;
    let after = END;
    for (let place = DIGIT_PLACES.length - 1; place >= 0; place--) {
      const { first, length } = DIGIT_PLACES[place]!;
      let isLowFree = true;
      let isHighFree = true;
      for (let digit = first + length - 1; digit >= first; digit--) {
        const low = cubes.lows[from + digit]!;
        const high = cubes.highs[from + digit]!;
        this.#lows[to + digit] = low;
        this.#highs[to + digit] = high;
        isLowFree &&= low === 0;
        isHighFree &&= high === LARGEST[digit];
        if (isScattered && this.valuesAt(box, digit) !== undefined) {
          isLowFree = false;
          isHighFree = false;
        }
        this.#place(box * POSITIONS + (digit << 2), digit << 2, after, isLowFree, isHighFree);
      }
      after = this.#next[box * POSITIONS + (first << 2) + (LOW | HIGH)]!;
    }
    return after;
  }

  #takeValues(cubes: Cubes, index: number, box: number): void {
    this.#hasValues = true;
    for (let place = 0; place < SCATTERED.length; place++) {
      this.#values[box * SCATTERED.length + place] = cubes.valuesOf(index, place);
    }
  }

  /** Whether some box may allow scattered values of a digit. */
  isScattered(digit: number): boolean {
    return this.#hasValues && SCATTERED_AT[digit]! >= 0;
  }

  #place(slot: number, at: number, after: number, isLowFree: boolean, isHighFree: boolean): void {
    const next = this.#next;
    next[slot] = after;
    next[slot + LOW] = isLowFree ? after : at | LOW;
    next[slot + HIGH] = isHighFree ? after : at | HIGH;
    const borders = (isLowFree ? 0 : LOW) | (isHighFree ? 0 : HIGH);
    next[slot + (LOW | HIGH)] = borders === 0 ? after : at | borders;
  }

  /** The only values that the box allows of a digit within its range; undefined: all of them. */
  valuesAt(box: number, digit: number): ValueSet | undefined {
    const place = SCATTERED_AT[digit]!;
    return place < 0 ? undefined : this.#values[box * SCATTERED.length + place];
  }

  /** The first value of the digit at a position that the box allows. */
  firstAt(box: number, position: number): number {
    return position & LOW ? this.#lows[box * DIGITS + (position >> 2)]! : 0;
  }

  /** The last value of the digit at a position that the box allows. */
  lastAt(box: number, position: number): number {
    const digit = position >> 2;
    return position & HIGH ? this.#highs[box * DIGITS + digit]! : LARGEST[digit]!;
  }

  /** The position behind the digit's field. */
  free(box: number, digit: number): number {
    return this.#next[box * POSITIONS + (digit << 2)]!;
  }

  /** The position at a digit on some borders, normalised. */
  at(box: number, digit: number, borders: number): number {
    return this.#next[box * POSITIONS + (digit << 2) + borders]!;
  }
}
