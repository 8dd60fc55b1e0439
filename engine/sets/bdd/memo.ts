/** What a memoised result is the result of; 4 bits. */
export const OPERATION = {
  and: 0,
  or: 1,
  diff: 2,
  meets: 3,
  escapes: 4,
  forget: 5,
  fix: 6,
  swap: 7,
  swapAddresses: 8,
  swapLabels: 9,
} as const;

export type Operation = (typeof OPERATION)[keyof typeof OPERATION];

/** Results between two calls of `poll`: operations that make no node can be cut short too. */
const POLL_RESULTS = 65_536;
const FIRST_SIZE = 4096;

/**
 * Results of operations on nodes, by (operation, a, b); a newer result takes the place of an older.
 *
 * Forgetting costs time, never truth: since nodes are not freed, a result that is worked out again
 * is the same node, and no node is made that was not made before.
 */
export class Memo {
  readonly #limit: number;
  readonly #poll: () => void;
  /** Four cells a slot: `a << 4 | operation` (0 = vacant), `b`, the result, nothing. */
  #cells: Int32Array;
  #untilGrowth: number;
  #untilPoll = POLL_RESULTS;

  /** @param limit - slots at most, a power of two */
  constructor(limit: number, poll: () => void) {
    const size = Math.min(FIRST_SIZE, limit);
    this.#limit = limit;
    this.#cells = new Int32Array(size * 4);
    this.#untilGrowth = size;
    this.#poll = poll;
  }

  /** The result, or -1 if it is not at hand. */
  find(operation: Operation, a: number, b: number): number {
    const key = (a << 4) | operation;
    const at = this.#slot(key, b);
    return this.#cells[at] === key && this.#cells[at + 1] === b ? this.#cells[at + 2]! : -1;
  }

  store(operation: Operation, a: number, b: number, result: number): void {
    if (--this.#untilPoll === 0) {
      this.#untilPoll = POLL_RESULTS;
      this.#poll();
    }
    if (--this.#untilGrowth === 0) this.#grow();
    this.#put((a << 4) | operation, b, result);
  }

  #put(key: number, b: number, result: number): void {
    const at = this.#slot(key, b);
    this.#cells[at] = key;
    this.#cells[at + 1] = b;
    this.#cells[at + 2] = result;
  }

  #slot(key: number, b: number): number {
    const mixed = Math.imul(key, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    return ((mixed ^ (mixed >>> 15)) << 2) & (this.#cells.length - 1);
  }

  /** Doubles the slots, up to the limit, and moves what is known. */
  #grow(): void {
    const old = this.#cells;
    if (old.length >= this.#limit * 4) {
      this.#untilGrowth = -1; // counts down for ever, never to 0
      return;
    }
    this.#cells = new Int32Array(old.length * 2);
    this.#untilGrowth = this.#cells.length >> 2;
    for (let at = 0; at < old.length; at += 4) {
      if (old[at] !== 0) this.#put(old[at]!, old[at + 1]!, old[at + 2]!);
    }
  }
}
