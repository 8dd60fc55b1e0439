import type { PfRule } from "../../../model/pf-rule.ts";
import { portKey, skipAddressKey } from "./keys.ts";

/**
 * Orders a block so that the kernel can skip as many rules as possible at once (follows
 * reorder_rules, OpenBSD 7.8).
 *
 * For each criterion of the skip steps the rules are grouped by its value. The largest group is
 * split off and ordered in the same way, until only single rules remain; these keep their order
 * and come last. Each level of splitting takes time linear in its rules, and there are at most as
 * many levels as criteria.
 */
export function orderRules(rules: readonly PfRule[]): readonly PfRule[] {
  if (rules.length < 3) return rules;
  const columns = SKIP_STEPS.map((step) => columnOf(rules, step));
  const ordered: PfRule[] = [];
  const place = (at: number): void => {
    const rule = rules[at];
    if (rule !== undefined) ordered.push(rule);
  };
  orderPart(
    Uint32Array.from(rules, (_, at) => at),
    columns,
    place,
  );
  return ordered;
}

/** The criteria in the order of pf's skip steps; equal texts match, empty ones nothing. */
const SKIP_STEPS: readonly ((rule: PfRule) => string)[] = [
  (rule) => (rule.interface === "" ? "" : `${+rule.interfaceNegated}${rule.interface}`),
  (rule) => rule.direction ?? "",
  (rule) => (rule.rdomain < 0 ? "" : String(rule.rdomain)),
  (rule) => rule.family ?? "",
  (rule) => (rule.protocol === 0 ? "" : String(rule.protocol)),
  ({ source }) => hostKey(skipAddressKey(source.address), source.negated),
  ({ destination }) => hostKey(skipAddressKey(destination.address), destination.negated),
  ({ source }) => portKey(source.port),
  ({ destination }) => portKey(destination.port),
];

const INCOMPARABLE = 0;
const NONE = -1;

interface Column {
  /** One number a rule; equal numbers are equal texts. */
  readonly numbers: Uint32Array;
  /** By number; -1 but while rules are counted or grouped. */
  readonly scratch: Int32Array;
}

function columnOf(rules: readonly PfRule[], step: (rule: PfRule) => string): Column {
  const numbers = new Map([["", INCOMPARABLE]]);
  const column = new Uint32Array(rules.length);
  rules.forEach((rule, at) => {
    const text = step(rule);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    column[at] = number;
  });
  return { numbers: column, scratch: new Int32Array(numbers.size).fill(NONE) };
}

function hostKey(address: string, negated: boolean): string {
  return address === "" ? "" : `${+negated}${address}`;
}

/** Places the rules `part` of the columns: first what is split off, then what remains. */
function orderPart(
  part: Uint32Array,
  columns: readonly Column[],
  place: (rule: number) => void,
): void {
  // what is of no use here, because all or no two rules share it, is of no use in any part of this
  const useful = columns.filter((column) => {
    const largest = largestGroup(part, column);
    return largest > 1 && largest < part.length;
  });
  const groupings = useful.map((column) => new Grouping(part, column));
  const pending = new Uint8Array(part.length).fill(1);
  const rest: number[] = [];
  for (;;) {
    const widest = widestOf(groupings);
    if (widest === undefined) break;
    const group = widest.takeLargest().filter((at) => pending[at] === 1);
    for (const at of group) {
      pending[at] = 0;
      for (const grouping of groupings) if (grouping !== widest) grouping.remove(at);
    }
    if (group.length === 2) {
      rest.push(...group);
      continue;
    }
    const split = Uint32Array.from(group, (at) => part[at] ?? 0);
    orderPart(split, useful, place);
  }
  for (const at of rest) place(part[at] ?? 0);
  part.forEach((rule, at) => {
    if (pending[at] === 1) place(rule);
  });
}

function largestGroup(part: Uint32Array, { numbers, scratch }: Column): number {
  let largest = 1;
  for (const rule of part) {
    const number = numbers[rule] ?? INCOMPARABLE;
    const size = (scratch[number] ?? NONE) + 1;
    scratch[number] = size;
    if (number !== INCOMPARABLE && size >= largest) largest = size + 1;
  }
  for (const rule of part) scratch[numbers[rule] ?? INCOMPARABLE] = NONE;
  return largest;
}

/** The grouping with the largest group of at least two; of equals the first. */
function widestOf(groupings: readonly Grouping[]): Grouping | undefined {
  let widest: Grouping | undefined;
  let size = 1;
  for (const grouping of groupings) {
    if (grouping.largest <= size) continue;
    widest = grouping;
    size = grouping.largest;
  }
  return widest;
}

/**
 * Groups by size, largest first. Of equal size, one that has grown comes last and one that has
 * shrunk first: pfctl moves it past the groups that are then smaller or larger, and no further.
 *
 * The groups of each size are a list of their own, so that every move takes constant time. Lists
 * are chains of numbers, as most groups of a large block are tiny.
 */
class Grouping {
  /** By member. */
  readonly #groups: Int32Array;
  readonly #nextMember: Int32Array;
  /** By group. */
  readonly #sizes: Int32Array;
  readonly #firstMember: Int32Array;
  readonly #lastMember: Int32Array;
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  /** By size. */
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  #largest = 0;

  constructor(part: Uint32Array, { numbers, scratch }: Column) {
    const count = part.length;
    const chain = (): Int32Array => new Int32Array(count + 1).fill(NONE);
    this.#groups = chain();
    this.#nextMember = chain();
    this.#sizes = new Int32Array(count);
    this.#firstMember = chain();
    this.#lastMember = chain();
    this.#before = chain();
    this.#after = chain();
    this.#heads = chain();
    this.#tails = chain();
    let made = 0;
    for (let at = 0; at < count; at++) {
      const number = numbers[part[at] ?? 0] ?? INCOMPARABLE;
      let group = number === INCOMPARABLE ? NONE : (scratch[number] ?? NONE);
      if (group === NONE) {
        group = made++;
        scratch[number] = group;
      }
      this.#grow(group, at);
    }
    for (const rule of part) scratch[numbers[rule] ?? INCOMPARABLE] = NONE;
  }

  /** Size of the first group; 0 if all groups are taken. */
  get largest(): number {
    while (this.#largest > 0 && this.#heads[this.#largest] === NONE) this.#largest--;
    return this.#largest;
  }

  /** All members that the first group ever had, in order. */
  takeLargest(): readonly number[] {
    const group = this.#heads[this.largest] ?? NONE;
    this.#unlink(group);
    const members: number[] = [];
    let at = this.#firstMember[group] ?? NONE;
    for (; at !== NONE; at = this.#nextMember[at] ?? NONE) members.push(at);
    return members;
  }

  remove(at: number): void {
    const group = this.#groups[at] ?? NONE;
    this.#unlink(group);
    const size = (this.#sizes[group] ?? 0) - 1;
    this.#sizes[group] = size;
    if (size === 0) return;
    const head = this.#heads[size] ?? NONE;
    this.#before[group] = NONE;
    this.#after[group] = head;
    if (head === NONE) this.#tails[size] = group;
    else this.#before[head] = group;
    this.#heads[size] = group;
  }

  #grow(group: number, at: number): void {
    const last = this.#lastMember[group] ?? NONE;
    if (last === NONE) {
      this.#firstMember[group] = at;
    } else {
      this.#nextMember[last] = at;
      this.#unlink(group);
    }
    this.#lastMember[group] = at;
    this.#groups[at] = group;
    const size = (this.#sizes[group] ?? 0) + 1;
    this.#sizes[group] = size;
    const tail = this.#tails[size] ?? NONE;
    this.#before[group] = tail;
    this.#after[group] = NONE;
    if (tail === NONE) this.#heads[size] = group;
    else this.#after[tail] = group;
    this.#tails[size] = group;
    if (size > this.#largest) this.#largest = size;
  }

  #unlink(group: number): void {
    const size = this.#sizes[group] ?? 0;
    const before = this.#before[group] ?? NONE;
    const after = this.#after[group] ?? NONE;
    if (before === NONE) this.#heads[size] = after;
    else this.#after[before] = after;
    if (after === NONE) this.#tails[size] = before;
    else this.#before[after] = before;
  }
}
