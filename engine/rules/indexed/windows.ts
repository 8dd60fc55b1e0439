import { type Entries, KIND } from "./entries.ts";

/** Entries that windows of larger lists are chosen by. */
const SAMPLE = 1024;
const ROOT_SAMPLE = 4096;
/** Entries that are looked through without asking for a shorter list. */
const FEW = 4;
/** What a node costs, and what a tree costs, in entries looked through. */
const NODE = 4;
const TREE = 24;
/** Copies that the root of a tree may make, per entry. */
const ROOT_COPIES = 1.5;
const MOST_BITS = 16;
const PROTOCOL_BITS = 8;
/** Bits between windows of the same size. */
const STEP = 4;
/** Children per entry as powers of two: an entry that a node cannot part stands in all of them. */
const ROOT_SLOTS = 3;
const NODE_SLOTS = 0;
/** Children that one entry of a root stands in at most, as a power of two below its bits. */
const SPREAD = 8;

// scratch: what is in it is used before anybody else can choose
const COUNTS = new Int32Array((1 << MOST_BITS) + 1);
const STEPS = new Int32Array((1 << MOST_BITS) + 1);

/** Bits of one word of a key. */
export interface Window {
  word: number;
  shift: number;
  bits: number;
}

/** Chooses the bits of a key that a list of entries is parted by. */
export class Windows {
  readonly #entries: Entries;
  readonly #counts: Int32Array = COUNTS;
  readonly #steps: Int32Array = STEPS;
  readonly #sample: Int32Array;
  #sampled = 0;
  /** Entries that each of the sample stands for. */
  #scale = 1;
  /** Of the entries of the sample that ask something of a word: the lowest bit that each asks for. */
  readonly #lowest: Int32Array = new Int32Array(32);
  #masked = 0;
  /** The entries of the sample would be so many copies in the children of the last window. */
  #copies = 0;
  /** Entries of the sample that stand in one child, or few. */
  #narrow = 0;

  constructor(entries: Entries) {
    this.#entries = entries;
    this.#sample = new Int32Array(Math.min(ROOT_SAMPLE, entries.count) * 2);
  }

  /**
   * The window that leaves the shortest lists to look through; undefined: none is worth a node.
   *
   * @param room - copies per entry that it may make
   */
  best(list: Int32Array, first: number, last: number, room: number): Window | undefined {
    this.#take(list, first, last, SAMPLE);
    const count = last - first;
    const bits = bitsOf(count, NODE_SLOTS);
    let found: Window | undefined;
    let least = costOf(count) - NODE / 2;
    for (const window of this.#candidates(bits)) {
      const expected = this.#expected(window);
      if (expected >= least || this.#copies > this.#sampled * room) continue;
      least = expected;
      found = window;
    }
    return found;
  }

  /**
   * The window of a tree's root: by it most entries stand in one child; undefined: too few do. Breaks
   * after each window that it has looked at; meanwhile nothing else may be chosen.
   */
  *root(list: Int32Array, count: number): Generator<undefined, Window | undefined> {
    this.#take(list, 0, count, ROOT_SAMPLE);
    let found: Window | undefined;
    let least = count;
    for (const window of this.#candidates(bitsOf(count, ROOT_SLOTS))) {
      yield undefined;
      const expected = this.#expected(window, true);
      const left = 1 - this.#narrow / this.#sampled;
      const cost = expected + (left > 0.01 ? TREE * (0.5 + left) : 0);
      if (left > 0.97 || cost >= least || this.#copies > this.#narrow * ROOT_COPIES) continue;
      least = cost;
      found = window;
    }
    return found;
  }

  /** Whether an entry stands in one child of a root, or in few. */
  isNarrow(entry: number, { word, shift, bits }: Window): boolean {
    const mask = this.#entries.masks[word]![entry]!;
    const above = Math.min(bits, SPREAD);
    const needed = ((1 << above) - 1) << (shift + bits - above);
    return (mask & needed) === needed;
  }

  #take(list: Int32Array, first: number, last: number, most: number): void {
    const step = Math.max(1, Math.floor((last - first) / most));
    this.#scale = step;
    let sampled = 0;
    // not every n-th: rulesets have periods
    for (let at = first; at < last; at += step) {
      const jitter = step === 1 ? 0 : Math.imul(at, 0x9e3779b1) >>> 8;
      this.#sample[sampled++] = list[Math.min(last - 1, at + (jitter % step))]!;
    }
    this.#sampled = sampled;
  }

  /** Windows over bits that tell entries apart. */
  *#candidates(most: number): Iterable<Window> {
    for (let word = 0; word < this.#entries.words; word++) {
      const different = this.#difference(word);
      if (different === 0) continue;
      if (word === KIND) {
        if ((different & 0xff) !== 0) yield { word, shift: 0, bits: PROTOCOL_BITS };
        if (different >= 1 << PROTOCOL_BITS) yield { word, shift: PROTOCOL_BITS, bits: 1 };
        continue;
      }
      const top = 32 - Math.clz32(different);
      const bits = Math.min(most, top);
      // the highest bits, fewer of them, all that most entries ask for, and bits further down
      yield { word, shift: top - bits, bits };
      const half = bits >> 1;
      if (half > 0) yield { word, shift: top - half, bits: half };
      const asked = this.#asked();
      if (asked < top) {
        yield { word, shift: asked, bits: Math.min(bits, top - asked) };
        if (half > 0) yield { word, shift: asked, bits: Math.min(half, top - asked) };
      }
      for (let low = top - bits - STEP; low > -STEP; low -= STEP) {
        yield { word, shift: Math.max(0, low), bits };
      }
    }
  }

  /** The lowest bit that three quarters of those entries ask for which ask anything. */
  #asked(): number {
    let wanted = (this.#masked * 3) >> 2;
    for (let bit = 0; bit < 32; bit++) {
      wanted -= this.#lowest[bit]!;
      if (wanted < 0) return bit;
    }
    return 0;
  }

  /** Bits in which tested values of the sample differ; counts the lowest bits of masks. */
  #difference(word: number): number {
    const [values, masks] = [this.#entries.values[word], this.#entries.masks[word]];
    if (values === undefined || masks === undefined) return 0;
    this.#lowest.fill(0);
    this.#masked = 0;
    let reference = 0;
    let different = 0;
    for (let at = 0; at < this.#sampled; at++) {
      const entry = this.#sample[at]!;
      const mask = masks[entry]!;
      if (mask === 0) continue;
      const value = values[entry]!;
      if (this.#masked++ === 0) reference = value;
      different |= (value ^ reference) & mask;
      const lowest = 31 - Math.clz32(mask & -mask);
      this.#lowest[lowest] = this.#lowest[lowest]! + 1;
    }
    return different >>> 0;
  }

  /** Entries that a packet for one of the sample finds in its child. */
  #expected({ word, shift, bits }: Window, narrowOnly = false): number {
    const [values, masks] = [this.#entries.values[word], this.#entries.masks[word]];
    if (values === undefined || masks === undefined) return Number.POSITIVE_INFINITY;
    const size = 1 << bits;
    const full = size - 1;
    const [counts, steps] = [this.#counts, this.#steps];
    counts.fill(0, 0, size);
    steps.fill(0, 0, size + 1);
    let everywhere = 0;
    const most = 1 << Math.max(0, bits - SPREAD);
    this.#narrow = 0;
    for (let at = 0; at < this.#sampled; at++) {
      const entry = this.#sample[at]!;
      const mask = (masks[entry]! >>> shift) & full;
      const value = (values[entry]! >>> shift) & full;
      if (mask === full) {
        counts[value] = counts[value]! + 1;
        this.#narrow++;
      } else if ((~mask & full) < most) {
        this.#narrow++;
        steps[value] = steps[value]! + 1;
        const end = value + (~mask & full) + 1;
        steps[end] = steps[end]! - 1;
      } else if (narrowOnly) continue;
      else if (mask === 0) everywhere++;
      else {
        steps[value] = steps[value]! + 1;
        const end = (value | (~mask & full)) + 1;
        steps[end] = steps[end]! - 1;
      }
    }
    return this.#weighed(size, everywhere);
  }

  #weighed(size: number, everywhere: number): number {
    const [counts, steps] = [this.#counts, this.#steps];
    let own = 0;
    for (let child = 0; child < size; child++) own += counts[child]!;
    const spread = (this.#sampled - own) / size;
    let expected = 0;
    let copies = 0;
    let wide = everywhere;
    for (let child = 0; child < size; child++) {
      wide += steps[child]!;
      const count = counts[child]!;
      if (count + wide === 0) continue;
      expected += (count + spread) * costOf((count - 1) * this.#scale + 1 + wide * this.#scale);
      copies += count + wide;
    }
    this.#copies = copies;
    return expected / this.#sampled;
  }
}

/** What a list costs, parted further if it is long. */
function costOf(count: number): number {
  return count <= FEW ? count : FEW + NODE * Math.log2(count / FEW) * 0.5;
}

/** @param slots - children per entry, as a power of two */
function bitsOf(count: number, slots: number): number {
  return Math.max(1, Math.min(MOST_BITS, 31 - Math.clz32(count) + slots));
}
