import { ADDRESSES, type Entries, WHERE } from "./entries.ts";
import { END, type Forest, HIGHS, strideOf } from "./forest.ts";
import { type Window, Windows } from "./windows.ts";

/** Entries that are looked through one by one, if nothing else is said. */
const LEAF = 8;
/** Copies of entries that a forest may hold, per entry. */
const COPIES = 3;
/** Copies that one node may make, per entry. */
const NODE_COPIES = 2;
/** Trees beyond the last one take what is left. */
const MOST_TREES = 6;
/** Numbers of a task on the stack: list from, list to, first slot, slots. */
const TASK = 4;

/** What it costs to look at a window of a root, and most that is done of one node at a time. */
const CHOICE = 1000;
const SLICE = 2000;

/** A node and the lists of its children, from `child` on still to be made. */
interface Parting {
  readonly node: number;
  readonly size: number;
  readonly starts: Int32Array;
  child: number;
}

/** Makes a forest of entries, a slice at a time. */
export class ForestBuilder {
  readonly #entries: Entries;
  readonly #windows: Windows;
  readonly #few: number;
  readonly #stride: number;
  #nodes: Int32Array = new Int32Array(1024);
  #nodeEnd = 0;
  #records: Int32Array = new Int32Array(1024);
  #recordEnd = 0;
  #highs: Int32Array = new Int32Array(HIGHS * 4);
  #highEnd = HIGHS;
  /** By hash of what stands there. */
  readonly #highPlaces: Map<number, number> = new Map();
  /** Lists of entries of the tasks on the stack, one behind the other. */
  #pool: Int32Array;
  #tasks: Int32Array = new Int32Array(1024);
  #taskEnd = 0;
  #rest: Int32Array;
  #copies = 0;
  readonly #roots: number[] = [];
  readonly #firsts: number[] = [];
  /** The root that is being chosen, and the node whose children are being made. */
  #choosing: ReturnType<Windows["root"]> | undefined;
  #parting: Parting | undefined;
  /** Entries that have been looked at so far, about. */
  work = 0;
  /** Leaves by the entries in them: equal ones are one. */
  readonly #leaves: Map<number, number> = new Map();
  #done = false;

  /** @param few - entries that are looked through one by one */
  constructor(entries: Entries, few: number = LEAF) {
    this.#entries = entries;
    this.#few = few;
    this.#windows = new Windows(entries);
    this.#stride = strideOf(entries.words);
    this.#rest = Int32Array.from({ length: entries.count }, (_, it) => it);
    this.#pool = new Int32Array(Math.max(1024, entries.count * 2));
    this.#records[this.#recordEnd++] = END;
  }

  /** Works until `isOver` says so; whether the forest is made. */
  run(isOver: () => boolean): boolean {
    while (!this.#done) {
      if (this.#parting !== undefined) this.#partOn(this.#parting);
      else if (this.#taskEnd > 0) this.#task();
      else this.#tree();
      if (isOver()) break;
    }
    return this.#done;
  }

  /** The forest; what {@link run} has not come to is missing. */
  get forest(): Forest {
    return {
      words: this.#entries.words,
      nodes: this.#nodes.slice(0, this.#nodeEnd),
      records: this.#records.slice(0, this.#recordEnd),
      highs: this.#highs.slice(0, this.#highEnd),
      roots: Int32Array.from(this.#roots),
      firsts: Int32Array.from(this.#firsts),
    };
  }

  /** Begins the next tree with the entries that its root tells apart. */
  #tree(): void {
    const rest = this.#rest;
    if (rest.length === 0) {
      this.#done = true;
      return;
    }
    const isLast = rest.length <= this.#few || this.#roots.length >= MOST_TREES - 1;
    if (!isLast) this.#choosing ??= this.#windows.root(rest, rest.length);
    const choice = this.#choosing?.next();
    if (choice?.done === false) {
      this.work += Math.min(CHOICE, rest.length >> 2);
      return;
    }
    this.#choosing = undefined;
    this.work += rest.length >> 4;
    const window = choice?.value;
    const taken = window === undefined ? rest : this.#narrow(rest, window);
    if (window === undefined) this.#rest = NOTHING;
    const first = this.#entries.marks[taken[0]!]!;
    const root = this.#room(2);
    // a node of one child, so that every tree has a slot to be filled in
    this.#nodes[root] = 0;
    this.#roots.push(root);
    this.#firsts.push(first >> 1);
    this.#pool.set(taken);
    if (window === undefined || taken.length <= this.#few) this.#push(0, taken.length, root + 1, 1);
    else this.#part(0, taken.length, root + 1, 1, window);
  }

  /** The narrow entries; the others stay for the next tree. */
  #narrow(rest: Int32Array, window: Window): Int32Array {
    const [taken, left] = [new Int32Array(rest.length), new Int32Array(rest.length)];
    let [takenEnd, leftEnd] = [0, 0];
    for (const entry of rest) {
      if (this.#windows.isNarrow(entry, window)) taken[takenEnd++] = entry;
      else left[leftEnd++] = entry;
    }
    this.#rest = left.slice(0, leftEnd);
    return taken.slice(0, takenEnd);
  }

  #push(from: number, to: number, slot: number, slots: number): void {
    if (this.#taskEnd + TASK > this.#tasks.length) this.#tasks = doubled(this.#tasks);
    const [tasks, at] = [this.#tasks, this.#taskEnd];
    tasks[at] = from;
    tasks[at + 1] = to;
    tasks[at + 2] = slot;
    tasks[at + 3] = slots;
    this.#taskEnd += TASK;
  }

  #task(): void {
    const tasks = this.#tasks;
    this.#taskEnd -= TASK;
    const at = this.#taskEnd;
    const [from = 0, to = 0, slot = 0, slots = 0] = [
      tasks[at],
      tasks[at + 1],
      tasks[at + 2],
      tasks[at + 3],
    ];
    const count = to - from;
    this.work += count;
    const isCrowded = this.#copies > this.#entries.count * COPIES;
    const room = isCrowded ? 1.1 : NODE_COPIES;
    const window = count <= this.#few ? undefined : this.#windows.best(this.#pool, from, to, room);
    if (window === undefined) {
      const leaf = ~this.#leaf(from, to);
      this.#nodes.fill(leaf, slot, slot + slots);
    } else this.#part(from, to, slot, slots, window);
  }

  /** Makes a node; {@link #partOn} makes its children. */
  #part(from: number, to: number, slot: number, slots: number, window: Window): void {
    const { word, shift, bits } = window;
    const size = 1 << bits;
    const node = this.#room(1 + size);
    this.#nodes[node] = word | (shift << 8) | ((size - 1) << 16);
    this.#nodes.fill(node, slot, slot + slots);
    const starts = this.#distributed(from, to, window);
    const last = starts[size]!;
    this.#copies += last - to - (to - from);
    this.#parting = { node, size, starts, child: 0 };
    this.#partOn(this.#parting);
  }

  /** Makes a leaf or a task of each run of children with the same list, some of them at a time. */
  #partOn(parting: Parting): void {
    const { node, size, starts } = parting;
    const enough = this.work + SLICE;
    let { child } = parting;
    while (child < size && this.work < enough) {
      const [start = 0, end = 0] = [starts[child], starts[child + 1]];
      let next = child + 1;
      while (next < size && this.#isSame(start, end, starts[next]!, starts[next + 1]!)) {
        next++;
      }
      this.#child(start, end, node + 1 + child, next - child);
      this.work += 1 + end - start;
      child = next;
    }
    parting.child = child;
    if (child === size) this.#parting = undefined;
  }

  #child(start: number, end: number, slot: number, slots: number): void {
    if (end - start <= this.#few) this.#nodes.fill(~this.#leaf(start, end), slot, slot + slots);
    else this.#push(start, end, slot, slots);
  }

  #isSame(start: number, end: number, other: number, otherEnd: number): boolean {
    if (end - start !== otherEnd - other) return false;
    for (let at = start, it = other; at < end; at++, it++) {
      if (this.#pool[at] !== this.#pool[it]) return false;
    }
    return true;
  }

  /** Lists of all children behind the list of the node; where each starts, and the last ends. */
  #distributed(from: number, to: number, { word, shift, bits }: Window): Int32Array {
    const [values, masks] = [this.#entries.values[word] ?? NONE, this.#entries.masks[word] ?? NONE];
    const full = (1 << bits) - 1;
    const starts = new Int32Array(full + 2);
    for (let at = from; at < to; at++) {
      const entry = this.#pool[at]!;
      const open = ~(masks[entry]! >>> shift) & full;
      const value = (values[entry]! >>> shift) & full;
      for (let child = value; child <= (value | open); child++)
        starts[child + 1] = starts[child + 1]! + 1;
    }
    starts[0] = to;
    let end = to;
    for (let child = 1; child <= full + 1; child++) {
      end += starts[child]!;
      starts[child] = end;
    }
    this.#poolRoom(end);
    const pool = this.#pool;
    const next = starts.slice(0, full + 1);
    for (let at = from; at < to; at++) {
      const entry = pool[at]!;
      const open = ~(masks[entry]! >>> shift) & full;
      const value = (values[entry]! >>> shift) & full;
      for (let child = value; child <= (value | open); child++) {
        const place = next[child]!;
        pool[place] = entry;
        next[child] = place + 1;
      }
    }
    return starts;
  }

  /** Writes a leaf, or finds the one with the same entries. */
  #leaf(from: number, to: number): number {
    if (from === to) return 0;
    let hash = to - from;
    for (let at = from; at < to; at++) {
      hash = Math.imul(hash ^ this.#pool[at]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const known = this.#leaves.get(hash);
    if (known !== undefined && this.#isLeaf(known, from, to)) return known;
    const start = this.#recordEnd;
    const needed = (to - from) * this.#stride + 1;
    while (start + needed > this.#records.length) this.#records = doubled(this.#records);
    let at = start;
    for (let it = from; it < to; it++, at += this.#stride) this.#write(at, this.#pool[it]!);
    this.#records[at] = END;
    this.#recordEnd = at + 1;
    this.#leaves.set(hash, start);
    return start;
  }

  #isLeaf(leaf: number, from: number, to: number): boolean {
    const { marks } = this.#entries;
    let at = leaf;
    for (let it = from; it < to; it++, at += this.#stride) {
      if (this.#records[at] !== marks[this.#pool[it]!]) return false;
    }
    return this.#records[at] === END;
  }

  #write(at: number, entry: number): void {
    const { values, masks, ports, marks, words } = this.#entries;
    const records = this.#records;
    records[at] = marks[entry]!;
    records[at + 1] = values[0]![entry]! | (masks[0]![entry]! << 16);
    records[at + 2] = masks[WHERE]?.[entry] === 0 ? -1 : values[WHERE]![entry]!;
    for (let end = 0; end < 2; end++) {
      const [low = 0, high = 0] = [ports[entry * 4 + end * 2], ports[entry * 4 + end * 2 + 1]];
      records[at + 3 + end] = low | ((high - low) << 16);
    }
    const width = (words - ADDRESSES) / 2;
    const [to, from] = [ADDRESSES + width - 1, words - 1];
    records[at + 5] = values[to]![entry]!;
    records[at + 6] = masks[to]![entry]!;
    records[at + 7] = values[from]![entry]!;
    records[at + 8] = masks[from]![entry]!;
    if (width > 1) records[at + 9] = this.#high(entry, width);
  }

  /** Where the words of an entry stand that are not the lowest of their address. */
  #high(entry: number, width: number): number {
    const { values, masks } = this.#entries;
    while (this.#highEnd + HIGHS > this.#highs.length) this.#highs = doubled(this.#highs);
    const [highs, start] = [this.#highs, this.#highEnd];
    let at = start;
    let [hash, asked] = [0, 0];
    for (let back = 2; back <= width; back++) {
      for (const end of [0, width]) {
        const word = ADDRESSES + end + width - back;
        const [value, mask] = [values[word]![entry]!, masks[word]![entry]!];
        highs[at++] = value;
        highs[at++] = mask;
        asked |= mask;
        hash = Math.imul(hash ^ value ^ Math.imul(mask, 31), 0x9e3779b1);
        hash ^= hash >>> 15;
      }
    }
    if (asked === 0) return 0;
    const known = this.#highPlaces.get(hash);
    if (known !== undefined && this.#isHigh(known, start)) return known;
    this.#highPlaces.set(hash, start);
    this.#highEnd = at;
    return start;
  }

  #isHigh(one: number, other: number): boolean {
    for (let at = 0; at < HIGHS; at++) {
      if (this.#highs[one + at] !== this.#highs[other + at]) return false;
    }
    return true;
  }

  /** Where `count` numbers of a node start. */
  #room(count: number): number {
    while (this.#nodeEnd + count > this.#nodes.length) this.#nodes = doubled(this.#nodes);
    this.#nodeEnd += count;
    return this.#nodeEnd - count;
  }

  #poolRoom(end: number): void {
    while (end > this.#pool.length) this.#pool = doubled(this.#pool);
  }
}

const NONE = new Uint32Array(0);
const NOTHING = new Int32Array(0);

function doubled(array: Int32Array): Int32Array {
  const made = new Int32Array(array.length * 2);
  made.set(array);
  return made;
}
