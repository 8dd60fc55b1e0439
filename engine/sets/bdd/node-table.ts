import { BudgetExceeded } from "../packet-sets.ts";
import { LEVELS } from "./levels.ts";

/** The diagram of no packet. */
export const EMPTY = 0;
/** The diagram of every packet. */
export const ALL = 1;

/** Nodes between two calls of `poll`. */
const POLL_NODES = 4096;
const FIRST_CAPACITY = 4096;

/**
 * Every node of every diagram, each stored once: equal functions are equal node numbers.
 *
 * Columns have one row a node; rows 0 and 1 are the terminals {@link EMPTY} and {@link ALL}. A node
 * means "if the bit of its level is 0 then `low` else `high`"; levels grow downwards. Nodes are
 * never freed: there is no garbage collection, a table lives as long as the question it serves.
 */
export class NodeTable {
  level: Uint16Array = new Uint16Array(FIRST_CAPACITY); // LEVELS = a terminal
  low: Int32Array = new Int32Array(FIRST_CAPACITY); // node number
  high: Int32Array = new Int32Array(FIRST_CAPACITY);

  readonly #budget: number;
  readonly #poll: () => void;
  #used = 2;
  #untilPoll = POLL_NODES;
  #buckets: Int32Array = new Int32Array(FIRST_CAPACITY); // newest node of the bucket, 0 = none
  #next: Int32Array = new Int32Array(FIRST_CAPACITY); // next node of the same bucket, 0 = none

  /**
   * @param budget - nodes that may be made, terminals apart
   * @param poll - called every 4096 new nodes; what it throws leaves the table as it was
   */
  constructor(budget: number, poll: () => void) {
    this.#budget = budget;
    this.#poll = poll;
    this.level[EMPTY] = LEVELS;
    this.level[ALL] = LEVELS;
    this.low[ALL] = ALL;
    this.high[ALL] = ALL;
  }

  /** Nodes made so far, terminals apart. */
  get made(): number {
    return this.#used - 2;
  }

  /**
   * The one node with these columns; `low` itself if both branches agree.
   *
   * @param level - above the levels of both branches
   * @throws BudgetExceeded if the node is new and the budget used up
   */
  make(level: number, low: number, high: number): number {
    if (low === high) return low;
    const bucket = hash(level, low, high) & (this.#buckets.length - 1);
    for (let node = this.#buckets[bucket]!; node !== 0; node = this.#next[node]!) {
      if (this.low[node] === low && this.high[node] === high && this.level[node] === level) {
        return node;
      }
    }
    return this.#add(level, low, high);
  }

  #add(level: number, low: number, high: number): number {
    if (this.made >= this.#budget) {
      throw new BudgetExceeded(`more than ${this.#budget} nodes`);
    }
    if (--this.#untilPoll === 0) {
      this.#untilPoll = POLL_NODES;
      this.#poll();
    }
    if (this.#used === this.level.length) this.#grow();

    const node = this.#used++;
    this.level[node] = level;
    this.low[node] = low;
    this.high[node] = high;
    this.#link(node);
    return node;
  }

  #link(node: number): void {
    const key = hash(this.level[node]!, this.low[node]!, this.high[node]!);
    const bucket = key & (this.#buckets.length - 1);
    this.#next[node] = this.#buckets[bucket]!;
    this.#buckets[bucket] = node;
  }

  /** Doubles the columns; buckets stay a power of two, at least one a row. */
  #grow(): void {
    const capacity = Math.min(this.level.length * 2, this.#budget + 2);
    this.level = longer(this.level, new Uint16Array(capacity));
    this.low = longer(this.low, new Int32Array(capacity));
    this.high = longer(this.high, new Int32Array(capacity));
    this.#next = new Int32Array(capacity);
    this.#buckets = new Int32Array(this.#buckets.length * 2);
    for (let node = 2; node < this.#used; node++) this.#link(node);
  }
}

function longer<Column extends Uint16Array | Int32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

function hash(level: number, low: number, high: number): number {
  const mixed =
    Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b) ^ Math.imul(level, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}
