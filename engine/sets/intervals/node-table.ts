import { DIGITS } from "../digits.ts";
import { grown } from "../grown.ts";
import { BudgetExceeded } from "../packet-sets.ts";

/** Nodes between two calls of `poll`. */
const POLL_NODES = 4096;
const FIRST_NODES = 1024;
const FIRST_EDGES = 4096;
/** Edges that unfinished nodes can have at once: some walks of one node a digit within each other. */
const SCRATCH = 16 * DIGITS * 256;

/**
 * Every node of every diagram, each stored once: equal functions are equal handles.
 *
 * A node tests one digit: its edges part the values of the digit into ranges, each with the handle of
 * what follows. A handle is the index of a node, or `~leaf` (negative) for a leaf. Digits that do not
 * matter have no node. Children are older than their parents.
 */
export class NodeTable {
  /** By node: the digit that it tests. */
  level: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_NODES);
  /** By node: its first edge; those of node `n` end where those of `n + 1` begin. */
  first: Int32Array<ArrayBuffer> = new Int32Array(FIRST_NODES + 1);
  /** By edge: the first value of its range; 0 for the first edge of a node. */
  start: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_EDGES);
  /** By edge: handle; neighbours differ. */
  child: Int32Array<ArrayBuffer> = new Int32Array(FIRST_EDGES);

  /** Edges of nodes to be made, used as a stack by whoever makes them. */
  readonly newStart: Uint8Array = new Uint8Array(SCRATCH);
  readonly newChild: Int32Array = new Int32Array(SCRATCH);
  /** Where the stack ends: a maker of nodes raises it by 256 while its own edges are unfinished. */
  top: number = 0;

  readonly #budget: number;
  readonly #poll: () => void;
  #nodes = 0;
  #edges = 0;
  #untilPoll = POLL_NODES;
  #hash: Int32Array<ArrayBuffer> = new Int32Array(FIRST_NODES);
  /** Node + 1 by hash, linear probing; 0 = free. At most half full. */
  #slots: Int32Array<ArrayBuffer> = new Int32Array(FIRST_NODES * 2);

  /**
   * @param budget - nodes that may exist at once
   * @param poll - called every 4096 new nodes; what it throws leaves the table as it was
   */
  constructor(budget: number, poll: () => void) {
    this.#budget = budget;
    this.#poll = poll;
  }

  get nodes(): number {
    return this.#nodes;
  }

  get edges(): number {
    return this.#edges;
  }

  /**
   * The one node with the edges `newStart[from …]`, `newChild[from …]`, whose children already differ
   * from their neighbours; of a single edge its child.
   *
   * @throws BudgetExceeded if the node is new and the budget used up
   */
  make(level: number, from: number, count: number): number {
    const { newStart, newChild } = this;
    if (count === 1) return newChild[from]!;
    let hash = Math.imul(level + count * 64, 0x9e3779b1);
    for (let at = from; at < from + count; at++) {
      hash = Math.imul(hash ^ newChild[at]! ^ (newStart[at]! << 23), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    const { first, start, child } = this;
    const hashes = this.#hash;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let found = slots[slot]!; found !== 0; found = slots[slot]!) {
      const node = found - 1;
      if (hashes[node] === hash && this.level[node] === level) {
        const edge = first[node]!;
        if (first[node + 1]! - edge === count) {
          let at = 0;
          while (
            at < count &&
            child[edge + at] === newChild[from + at] &&
            start[edge + at] === newStart[from + at]
          ) {
            at++;
          }
          if (at === count) return node;
        }
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(level, from, count, hash, slot);
  }

  #add(level: number, from: number, count: number, hash: number, free: number): number {
    if (this.#nodes >= this.#budget) throw new BudgetExceeded(`more than ${this.#budget} nodes`);
    if (--this.#untilPoll === 0) {
      this.#untilPoll = POLL_NODES;
      this.#poll();
    }
    const node = this.#nodes++;
    if (node === this.level.length) this.#growNodes();
    const edge = this.#edges;
    this.#edges += count;
    if (this.#edges > this.child.length) this.#growEdges();
    this.level[node] = level;
    this.#hash[node] = hash;
    const { start, child, newStart, newChild } = this;
    for (let at = 0; at < count; at++) {
      start[edge + at] = newStart[from + at]!;
      child[edge + at] = newChild[from + at]!;
    }
    this.first[node + 1] = this.#edges;
    this.#slots[free] = node + 1;
    if (this.#nodes * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    return node;
  }

  /**
   * Lets go of every node from `from` on that no handle of `roots` reaches; the others move together.
   * `roots` are replaced by their new handles. Nodes below `from` stay where they are.
   */
  compact(from: number, roots: Int32Array): void {
    const place = this.#reached(from, roots);
    const nodes = this.#slide(from, place);
    for (let at = 0; at < roots.length; at++) {
      if (roots[at]! >= from) roots[at] = place[roots[at]! - from]!;
    }
    this.#nodes = nodes;
    this.#edges = this.first[nodes]!;
    for (let node = from; node < nodes; node++) this.#hash[node] = this.#hashOf(node);
    this.#rehash(this.#slots.length);
  }

  /** By node from `from` on: 1 if a root reaches it, else 0. */
  #reached(from: number, roots: Int32Array): Int32Array {
    const { first, child } = this;
    const reached = new Int32Array(this.#nodes - from);
    for (const root of roots) if (root >= from) reached[root - from] = 1;
    // parents are younger than their children
    for (let node = this.#nodes - 1; node >= from; node--) {
      if (reached[node - from] === 0) continue;
      for (let edge = first[node]!; edge < first[node + 1]!; edge++) {
        if (child[edge]! >= from) reached[child[edge]! - from] = 1;
      }
    }
    return reached;
  }

  /** Moves the nodes that `place` marks together and writes their new indexes there; returns the end. */
  #slide(from: number, place: Int32Array): number {
    const { level, first, start, child } = this;
    const end = this.#nodes;
    let nodes = from;
    let edges = first[from]!;
    for (let node = from; node < end; node++) {
      if (place[node - from] === 0) continue;
      place[node - from] = nodes;
      const last = first[node + 1]!;
      level[nodes] = level[node]!;
      for (let edge = first[node]!; edge < last; edge++) {
        const to = child[edge]!;
        start[edges] = start[edge]!;
        child[edges++] = to >= from ? place[to - from]! : to;
      }
      first[++nodes] = edges; // never ahead of what is read next
    }
    return nodes;
  }

  #hashOf(node: number): number {
    const edge = this.first[node]!;
    const last = this.first[node + 1]!;
    let hash = Math.imul(this.level[node]! + (last - edge) * 64, 0x9e3779b1);
    for (let at = edge; at < last; at++) {
      hash = Math.imul(hash ^ this.child[at]! ^ (this.start[at]! << 23), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #growNodes(): void {
    const capacity = this.level.length * 2;
    this.level = grown(this.level, new Uint8Array(capacity));
    this.first = grown(this.first, new Int32Array(capacity + 1));
    this.#hash = grown(this.#hash, new Int32Array(capacity));
  }

  #growEdges(): void {
    const capacity = this.child.length * 2;
    this.start = grown(this.start, new Uint8Array(capacity));
    this.child = grown(this.child, new Int32Array(capacity));
  }

  #rehash(size: number): void {
    let slots = this.#slots.fill(0);
    if (size !== slots.length) slots = grown(slots.subarray(0, 0), new Int32Array(size));
    const mask = size - 1;
    for (let node = 0; node < this.#nodes; node++) {
      let slot = this.#hash[node]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node + 1;
    }
    this.#slots = slots;
  }
}
