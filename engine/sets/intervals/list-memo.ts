const SLOT_BITS = 13;
const MASK = (1 << SLOT_BITS) - 1;
/** Slots that are looked at before one is taken over. */
const PROBES = 4;

/** Results of laying lists of items over nodes, for one block. */
export class ListMemo {
  /** List + 1; 0 = free. */
  readonly #slots: Int32Array = new Int32Array(1 << SLOT_BITS);
  #node: Int32Array = new Int32Array(1 << 12);
  #from: Int32Array = new Int32Array(1 << 12);
  #result: Int32Array = new Int32Array(1 << 12);
  #lists = 0;
  /** Lists behind each other, each after its length. */
  #items: Int32Array = new Int32Array(1 << 14);
  #top = 0;
  #slot = 0;

  clear(): void {
    if (this.#lists > 0) this.#slots.fill(0);
    this.#lists = 0;
    this.#top = 0;
  }

  /**
   * The number of the list `items[from … to - 1]` laid over `node`; a negative one is new.
   *
   * @returns `~list` if it is new: its result is to be set by {@link set}
   */
  listOf(node: number, items: Int32Array, from: number, to: number): number {
    let hash = node;
    for (let at = from; at < to; at++) {
      hash = Math.imul(hash ^ items[at]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    this.#slot = hash & MASK;
    for (let probe = 0; probe < PROBES; probe++) {
      const list = this.#slots[this.#slot]! - 1;
      if (list < 0) break;
      if (this.#node[list] === node && this.#isList(list, items, from, to)) return list;
      this.#slot = (this.#slot + 1) & MASK;
    }
    return ~this.#add(node, items, from, to);
  }

  #isList(list: number, items: Int32Array, from: number, to: number): boolean {
    const kept = this.#items;
    let of = this.#from[list]!;
    if (kept[of++] !== to - from) return false;
    for (let at = from; at < to; at++) if (kept[of++] !== items[at]) return false;
    return true;
  }

  #add(node: number, items: Int32Array, from: number, to: number): number {
    const list = this.#lists++;
    if (list === this.#node.length) {
      this.#node = longer(this.#node);
      this.#from = longer(this.#from);
      this.#result = longer(this.#result);
    }
    const end = this.#top + to - from + 1;
    while (end > this.#items.length) this.#items = longer(this.#items);
    this.#node[list] = node;
    this.#from[list] = this.#top;
    this.#items[this.#top++] = to - from;
    for (let at = from; at < to; at++) this.#items[this.#top++] = items[at]!;
    // unfinished: nothing asks for it before its result is set, as lists only get shorter
    this.#slots[this.#slot] = list + 1;
    return list;
  }

  set(list: number, result: number): void {
    this.#result[list] = result;
  }

  resultOf(list: number): number {
    return this.#result[list]!;
  }
}

/** A copy with twice the room. */
export function longer(from: Int32Array): Int32Array {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}
