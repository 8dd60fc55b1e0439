import type { Family } from "../../../model/packet.ts";

/**
 * Words of a key, what a packet shows an index: protocol, direction and TCP flags; interface; ports, of
 * ICMP type and code; from {@link ADDRESSES} on the destination and then the source, high words first.
 */
export const KIND = 0;
export const WHERE = 1;
export const TO_PORT = 2;
export const FROM_PORT = 3;
export const ADDRESSES = 4;

/** {@link KIND}: protocol in bits 0 … 7, then the direction, then FIN SYN RST PSH ACK URG. */
export const OUTWARD = 0x100;
export const FLAGS_SHIFT = 9;
export const FLAGS_MASK = 0x3f;

/** Words of an address. */
export function widthOf(family: Family): 1 | 4 {
  return family === "inet" ? 1 : 4;
}

/** Conditions that a rule cannot match without, word by word: `(key ^ value) & mask` is 0. */
export interface Conditions {
  readonly values: Uint32Array;
  readonly masks: Uint32Array;
  /** First and last destination port, first and last source port, or type and code. */
  readonly ports: Uint16Array;
  /** Nothing else is asked of a packet that is no fragment and no answer of ICMP. */
  enough: boolean;
  /** What else is asked is a matter of interface, ports and flags alone. */
  known: boolean;
}

/** Rows of {@link Conditions} of one family as columns, by ascending order. */
export class Entries {
  readonly family: Family;
  /** Words of a key. */
  readonly words: number;
  #values: readonly Uint32Array[];
  #masks: readonly Uint32Array[];
  #ports: Uint16Array;
  #marks: Int32Array;
  count = 0;

  constructor(family: Family, room = 64) {
    this.family = family;
    this.words = ADDRESSES + 2 * widthOf(family);
    this.#values = Array.from({ length: this.words }, () => new Uint32Array(room));
    this.#masks = Array.from({ length: this.words }, () => new Uint32Array(room));
    this.#ports = new Uint16Array(room * 4);
    this.#marks = new Int32Array(room);
  }

  get values(): readonly Uint32Array[] {
    return this.#values;
  }

  get masks(): readonly Uint32Array[] {
    return this.#masks;
  }

  /** Of entry `i` from `4 * i` on, as {@link Conditions.ports}. */
  get ports(): Uint16Array {
    return this.#ports;
  }

  /** Twice the order, odd if the conditions are not enough. */
  get marks(): Int32Array {
    return this.#marks;
  }

  /** @param order - 0 … 2^29, not below that of the entry before */
  add(order: number, { values, masks, ports, enough }: Conditions): void {
    const at = this.count++;
    if (at === this.#marks.length) this.#grow();
    for (let word = 0; word < this.words; word++) {
      const mask = masks[word] ?? 0;
      const [into, of] = [this.#values[word], this.#masks[word]];
      if (into === undefined || of === undefined) continue;
      into[at] = (values[word] ?? 0) & mask;
      of[at] = mask;
    }
    this.#ports.set(ports, at * 4);
    this.#marks[at] = order * 2 + (enough ? 0 : 1);
  }

  #grow(): void {
    const room = this.#marks.length * 2;
    const larger = (it: Uint32Array): Uint32Array => {
      const made = new Uint32Array(room);
      made.set(it);
      return made;
    };
    this.#values = this.#values.map(larger);
    this.#masks = this.#masks.map(larger);
    const [ports, marks] = [new Uint16Array(room * 4), new Int32Array(room)];
    ports.set(this.#ports);
    marks.set(this.#marks);
    [this.#ports, this.#marks] = [ports, marks];
  }
}
