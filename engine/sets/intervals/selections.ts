import { DIGITS, digitsOf, LARGEST } from "../digits.ts";
import type { Field, LabelField } from "../packet-sets.ts";
import type { Diagrams } from "./diagrams.ts";
import { type Selection, selectionOf } from "./project.ts";

/** First of the address digits that inet leaves unused, within the field. */
const UNUSED_FROM = 4;

/** A selection with what it is told by. */
interface Known {
  readonly use: string;
  readonly values: Uint8Array;
  readonly selection: Selection;
}

const NO_VALUES = new Uint8Array(0);

/** Selections by what is done with them: the same question has the same number in the memo. */
export class Selections {
  readonly #diagrams: Diagrams;
  /** By a hash of their bytes. */
  readonly #known: Map<number, Known[]> = new Map();

  constructor(diagrams: Diagrams) {
    this.#diagrams = diagrams;
  }

  /**
   * @param use - what is done with the bits
   * @param masks - kept: not to be changed
   * @param values - that are written to them; kept as well
   */
  of(use: string, masks: Uint8Array, values: Uint8Array = NO_VALUES): Selection {
    const hash = hashOf(values, hashOf(masks, use.length));
    const alike = this.#known.get(hash);
    const known = alike?.find((it) => {
      return it.use === use && isSame(it.selection.masks, masks) && isSame(it.values, values);
    });
    if (known !== undefined) return known.selection;
    const selection = selectionOf(this.#diagrams, masks);
    const made = { use, values, selection };
    if (alike === undefined) this.#known.set(hash, [made]);
    else alike.push(made);
    return selection;
  }
}

function hashOf(bytes: Uint8Array, seed: number): number {
  let hash = seed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** All bits of some fields. */
export function wholeFields(fields: readonly (Field | LabelField)[]): Uint8Array {
  const masks = new Uint8Array(DIGITS);
  for (const field of fields) {
    const { first, length } = digitsOf(field);
    masks.set(LARGEST.subarray(first, first + length), first);
  }
  return masks;
}

/** The digits of addresses that inet leaves unused. */
export function unusedDigits(fields: readonly ("source" | "destination")[]): Uint8Array {
  const masks = new Uint8Array(DIGITS);
  for (const field of fields) {
    const { first, length } = digitsOf(field);
    masks.fill(255, first + UNUSED_FROM, first + length);
  }
  return masks;
}
