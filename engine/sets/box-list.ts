import { type Box, FIELDS, type Field } from "./packet-sets.ts";

/** First and last value of a field. */
export type Bounds = readonly [first: bigint, last: bigint];

/** Bounds of every field, in the order of the fields of the list. */
type FullBox = readonly Bounds[];

/**
 * Boxes as a walk along the paths of a diagram draws them, up to a limit.
 *
 * A box that continues the one before is merged with it, so that a run of paths becomes one range
 * again.
 */
export class BoxList {
  readonly #fields: readonly Field[];
  readonly #limit: number;
  readonly #boxes: FullBox[] = [];

  /** @param fields - every field, in the order in which paths part them */
  constructor(fields: readonly Field[], limit: number) {
    this.#fields = fields;
    this.#limit = limit;
  }

  get boxes(): readonly Box[] {
    return this.#boxes.map((box) => this.#withoutFullFields(box));
  }

  /**
   * Draws one box for each way to take bounds of every field; false if the limit stops it.
   *
   * @param boundsOf - bounds of the field with this index, ascending
   */
  draw(boundsOf: (index: number) => Iterable<Bounds>, begun: FullBox = []): boolean {
    if (begun.length === this.#fields.length) return this.#add(begun);
    for (const next of boundsOf(begun.length)) {
      if (!this.draw(boundsOf, [...begun, next])) return false;
    }
    return true;
  }

  #add(box: FullBox): boolean {
    let last = box;
    for (let before = this.#boxes.at(-1); before !== undefined; before = this.#boxes.at(-1)) {
      const merged = mergeOf(before, last);
      if (merged === undefined) break;
      this.#boxes.pop();
      last = merged;
    }
    if (this.#boxes.length >= this.#limit) return false;
    this.#boxes.push(last);
    return true;
  }

  #withoutFullFields(box: FullBox): Box {
    const kept: Partial<Record<Field, Bounds>> = {};
    for (const [index, field] of this.#fields.entries()) {
      const bounds = box[index];
      const full = (1n << BigInt(FIELDS[field])) - 1n;
      if (bounds && (bounds[0] !== 0n || bounds[1] !== full)) kept[field] = bounds;
    }
    return kept;
  }
}

/** The union of two boxes if it is a box: all bounds equal but one field's, which go on. */
function mergeOf(before: FullBox, next: FullBox): FullBox | undefined {
  let differing: number | undefined;
  let joined: Bounds | undefined;
  for (const [field, [first, last]] of before.entries()) {
    const [nextFirst, nextLast] = next[field] ?? [first, last];
    if (first === nextFirst && last === nextLast) continue;
    if (differing !== undefined || last + 1n !== nextFirst) return undefined;
    differing = field;
    joined = [first, nextLast];
  }
  return differing === undefined || joined === undefined ? before : before.with(differing, joined);
}
