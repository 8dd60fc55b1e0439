import type { Cubes } from "../cubes.ts";
import { DIGITS, FIELD_END, LARGEST } from "../digits.ts";
import { BLOCK, Block, END, HIGH, LOW } from "./block.ts";
import { Borders } from "./borders.ts";
import { changeChildren } from "./digit-node.ts";
import { ListMemo, longer } from "./list-memo.ts";
import type { NodeTable } from "./node-table.ts";

const MEMO_BITS = 14;
/** No handle. */
const NO_HANDLE = 2 ** 31 - 1;
/** Serial numbers of boxes that fit a key of the memo. */
const SERIALS = 1 << 22;

/**
 * Lays boxes over a diagram, a block of them in one walk.
 *
 * An item is `box of the block << 8 | position`; lists of items are in the order of painting and lie
 * on a stack. A list of one item is walked without lists.
 */
export class Painter {
  /** Largest number of boxes that {@link paint} takes. */
  static readonly block: number = BLOCK;

  readonly #nodes: NodeTable;
  readonly #block: Block = new Block();
  #items: Int32Array = new Int32Array(1 << 14);
  readonly #lists: ListMemo = new ListMemo();
  /** Serial number of the next box, and of the block's first: keys of the memo are never used twice. */
  #serial = 1;
  #first = 1;
  readonly #memoNode: Int32Array = new Int32Array(1 << MEMO_BITS);
  readonly #memoKey: Int32Array = new Int32Array(1 << MEMO_BITS);
  readonly #memoResult: Int32Array = new Int32Array(1 << MEMO_BITS);

  constructor(nodes: NodeTable) {
    this.#nodes = nodes;
  }

  /** The diagram with boxes `order[from] … order[to - 1]` laid over it, in this order. */
  paint(
    below: number,
    cubes: Cubes,
    order: Int32Array | undefined,
    from: number,
    to: number,
  ): number {
    const count = to - from;
    if (this.#serial + count >= SERIALS) {
      this.#serial = 1;
      this.#memoKey.fill(0);
    }
    for (let box = 0; box < count; box++) {
      const index = order === undefined ? from + box : order[from + box]!;
      this.#items[box] = (box << 8) | this.#block.take(cubes, index, box);
    }
    this.#lists.clear();
    this.#first = this.#serial;
    // before the walk, which may be cut off: what it has remembered then is never asked for again
    this.#serial += count;
    return this.#layAll(below, 0, count);
  }

  /** Lays the items `begin … to - 1` over a diagram. */
  #layAll(below: number, begin: number, to: number): number {
    const items = this.#items;
    const { leaves } = this.#block;
    let node = below;
    let from = begin;
    // nothing is left of what lies below a box that goes on without end
    for (let at = to - 1; at >= begin; at--) {
      if ((items[at]! & 255) !== END) continue;
      node = leaves[items[at]! >> 8]!;
      from = at + 1;
      break;
    }
    while (from < to && leaves[items[from]! >> 8] === node) from++;
    if (from === to) return node;
    if (from === to - 1) return this.#lay(node, items[from]! >> 8, items[from]! & 255);
    const list = this.#lists.listOf(node, items, from, to);
    if (list >= 0) return this.#lists.resultOf(list);
    const result = this.#split(node, from, to);
    this.#lists.set(~list, result);
    return result;
  }

  /** Parts the values of the first digit that the diagram or an item tests. */
  #split(node: number, from: number, to: number): number {
    const nodes = this.#nodes;
    const level = node < 0 ? DIGITS : nodes.level[node]!;
    const digit = Math.min(level, this.#firstDigit(from, to));
    const borders = this.#bordersOf(digit, from, to);
    const base = nodes.top;
    nodes.top = base + 256;
    let made = base;
    let edge = level === digit ? nodes.first[node]! : -1;
    const end = level === digit ? nodes.first[node + 1]! : 0;
    const largest = LARGEST[digit]!;
    for (let start = 0; start <= largest; ) {
      const stop = Math.min(borders.above(start), largest + 1);
      const top = this.#gather(digit, start, from, to);
      for (let at = start; at < stop; ) {
        const child = edge < 0 ? node : nodes.child[edge]!;
        const result = top === to ? child : this.#layAll(child, to, top);
        made = this.#push(base, made, at, result);
        const next = edge < 0 || edge + 1 >= end ? stop : nodes.start[edge + 1]!;
        if (next <= stop && edge >= 0 && edge + 1 < end) edge++;
        at = next;
      }
      start = stop;
    }
    nodes.top = base;
    return nodes.make(digit, base, made - base);
  }

  #firstDigit(from: number, to: number): number {
    let digit = DIGITS;
    for (let at = from; at < to; at++) {
      const own = (this.#items[at]! & 255) >> 2;
      if (own < digit) digit = own;
    }
    return digit;
  }

  #push(base: number, made: number, start: number, child: number): number {
    const { newStart, newChild } = this.#nodes;
    if (made > base && newChild[made - 1] === child) return made;
    newStart[made] = start;
    newChild[made] = child;
    return made + 1;
  }

  /** Values of a digit where the items that test it change. */
  #bordersOf(digit: number, from: number, to: number): Borders {
    const block = this.#block;
    const borders = new Borders();
    const isLast = digit + 1 === FIELD_END[digit]!;
    for (let at = from; at < to; at++) {
      const box = this.#items[at]! >> 8;
      const position = this.#items[at]! & 255;
      if (position >> 2 !== digit) continue;
      const first = block.firstAt(box, position);
      const last = block.lastAt(box, position);
      if (first > 0) borders.mark(first);
      borders.mark(last + 1);
      const values = block.valuesAt(box, digit);
      if (values !== undefined) {
        for (let end = values.runEnd[first]!; end < last; end = values.runEnd[end + 1]!) {
          borders.mark(end + 1);
        }
      }
      if (isLast || first === last) continue;
      const free = block.free(box, digit);
      if (position & LOW && block.at(box, digit + 1, LOW) !== free) borders.mark(first + 1);
      if (position & HIGH && block.at(box, digit + 1, HIGH) !== free) borders.mark(last);
    }
    return borders;
  }

  /** Puts the items for the range that begins at `value` on the stack; returns where they end. */
  #gather(digit: number, value: number, from: number, to: number): number {
    while (to + to - from > this.#items.length) this.#items = longer(this.#items);
    const items = this.#items;
    const block = this.#block;
    const isLast = digit + 1 === FIELD_END[digit]!;
    const isScattered = block.isScattered(digit);
    let top = to;
    for (let at = from; at < to; at++) {
      const item = items[at]!;
      const position = item & 255;
      if (position >> 2 !== digit) {
        items[top++] = item;
        continue;
      }
      const box = item >> 8;
      const first = block.firstAt(box, position);
      const last = block.lastAt(box, position);
      if (value < first || value > last) continue;
      if (isScattered && block.valuesAt(box, digit)?.has[value] === 0) continue;
      let borders = 0;
      if (value === first) borders = position & LOW;
      if (value === last) borders |= position & HIGH;
      const follows =
        isLast || borders === 0 ? block.free(box, digit) : block.at(box, digit + 1, borders);
      items[top++] = (box << 8) | follows;
    }
    return top;
  }

  /** Lays one box over a diagram, from a position on. */
  #lay(node: number, box: number, position: number): number {
    const leaf = this.#block.leaves[box]!;
    if (position === END || node === leaf) return leaf;
    const level = node < 0 ? DIGITS : this.#nodes.level[node]!;
    if (level < position >> 2) return this.#layBelow(node, box, position);
    return this.#layAt(node, level, box, position);
  }

  /** The box does not test the digit of the node: it is laid over every child. */
  #layBelow(node: number, box: number, position: number): number {
    const key = ((this.#first + box) << 8) | position;
    const slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(key, 0x85ebca6b)) >>> (32 - MEMO_BITS);
    if (this.#memoNode[slot] === node && this.#memoKey[slot] === key) {
      return this.#memoResult[slot]!;
    }
    const result = changeChildren(this.#nodes, node, (child) => this.#lay(child, box, position));
    this.#memoNode[slot] = node;
    this.#memoKey[slot] = key;
    this.#memoResult[slot] = result;
    return result;
  }

  /** The box tests a digit that the node tests too, or that no node tests here. */
  #layAt(node: number, level: number, box: number, position: number): number {
    const nodes = this.#nodes;
    const digit = position >> 2;
    const from = this.#block.firstAt(box, position);
    const base = nodes.top;
    nodes.top = base + 256;
    const end = level === digit ? nodes.first[node + 1]! : 0;
    let edge = level === digit ? nodes.first[node]! : -1;
    const made = from === 0 ? base : this.#copyBefore(node, edge, end, base, from);
    if (edge >= 0) while (edge + 1 < end && nodes.start[edge + 1]! <= from) edge++;
    const count = this.#layWithin(node, edge, end, base, made, box, position) - base;
    nodes.top = base;
    return nodes.make(digit, base, count);
  }

  /** Lays the box over the values that it allows, from `edge` on; copies what is behind them. */
  #layWithin(
    node: number,
    first: number,
    end: number,
    base: number,
    begin: number,
    box: number,
    position: number,
  ): number {
    const nodes = this.#nodes;
    const block = this.#block;
    const digit = position >> 2;
    const to = block.lastAt(box, position);
    const values = block.valuesAt(box, digit);
    let edge = first;
    let made = begin;
    // scattered values often come back to what they have just left
    let laid = NO_HANDLE;
    let laidOn = NO_HANDLE;
    let laidFrom = END;
    for (let at = block.firstAt(box, position); at <= to; ) {
      const child = edge < 0 ? node : nodes.child[edge]!;
      const next = edge < 0 || edge + 1 >= end ? 256 : nodes.start[edge + 1]!;
      const within = Math.min(next - 1, to, values === undefined ? 255 : values.runEnd[at]!);
      const last = this.#lastAlike(box, position, at, within);
      const isHeld = values === undefined || values.has[at] === 1;
      const follows = this.#follows(box, position, at, last);
      if (isHeld && (child !== laidOn || follows !== laidFrom)) {
        laid = this.#lay(child, box, follows);
        laidOn = child;
        laidFrom = follows;
      }
      made = this.#push(base, made, at, isHeld ? laid : child);
      at = last + 1;
      if (at === next) edge++;
    }
    return to < LARGEST[digit]! ? this.#copyBehind(node, edge, end, base, made, to + 1) : made;
  }

  /** Copies the edges of a node, cut off before the value `to`. */
  #copyBefore(node: number, first: number, end: number, base: number, to: number): number {
    const nodes = this.#nodes;
    if (first < 0) return this.#push(base, base, 0, node);
    let made = base;
    for (let edge = first; edge < end && nodes.start[edge]! < to; edge++) {
      nodes.newStart[made] = nodes.start[edge]!;
      nodes.newChild[made++] = nodes.child[edge]!;
    }
    return made;
  }

  /** The last value up to `last` that goes on with the same position as `at`. */
  #lastAlike(box: number, position: number, at: number, last: number): number {
    const digit = position >> 2;
    if (digit + 1 === FIELD_END[digit]!) return last;
    const block = this.#block;
    const free = block.free(box, digit);
    if (at === block.firstAt(box, position) && position & LOW) {
      if (block.at(box, digit + 1, LOW) !== free) return at;
    }
    const isBounded = position & HIGH && block.at(box, digit + 1, HIGH) !== free;
    const to = block.lastAt(box, position);
    return isBounded && last === to && at < to ? to - 1 : last;
  }

  /** The position behind the values `at … last` of a digit, which all lead to the same. */
  #follows(box: number, position: number, at: number, last: number): number {
    const digit = position >> 2;
    const block = this.#block;
    if (digit + 1 === FIELD_END[digit]!) return block.free(box, digit);
    let borders = 0;
    if (at === block.firstAt(box, position)) borders = position & LOW;
    if (at === last && last === block.lastAt(box, position)) borders |= position & HIGH;
    // values that are alike and more than one are on no border that matters
    return borders === 0 || at < last ? block.free(box, digit) : block.at(box, digit + 1, borders);
  }

  /** Copies the edges of a node from the value `from` on. */
  #copyBehind(
    node: number,
    edge: number,
    end: number,
    base: number,
    begin: number,
    from: number,
  ): number {
    const nodes = this.#nodes;
    let made = this.#push(base, begin, from, edge < 0 ? node : nodes.child[edge]!);
    if (edge < 0) return made;
    for (let at = edge + 1; at < end; at++) {
      nodes.newStart[made] = nodes.start[at]!;
      nodes.newChild[made++] = nodes.child[at]!;
    }
    return made;
  }
}
