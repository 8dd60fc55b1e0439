import { DIGITS, digitsOf, LARGEST } from "../digits.ts";
import type { Field, LabelField } from "../packet-sets.ts";
import type { Diagrams } from "./diagrams.ts";
import { type Selection, selectionOf } from "./project.ts";

/** First of the address digits that inet leaves unused, within the field. */
const UNUSED_FROM = 4;

/** Selections by what is done with them: the same question has the same number in the memo. */
export class Selections {
  readonly #diagrams: Diagrams;
  readonly #known: Map<string, Selection> = new Map();

  constructor(diagrams: Diagrams) {
    this.#diagrams = diagrams;
  }

  of(name: string, masks: Uint8Array): Selection {
    const key = `${name} ${masks}`;
    let selection = this.#known.get(key);
    if (selection === undefined) {
      selection = selectionOf(this.#diagrams, masks);
      this.#known.set(key, selection);
    }
    return selection;
  }
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
