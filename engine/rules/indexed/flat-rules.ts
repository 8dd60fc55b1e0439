import type { LiveRule } from "../../kernel/live-rule.ts";
import { Flattening, type Site, type Slots } from "./flattening.ts";
import type { RuleStore } from "./rule-store.ts";

/** Where a slot stands. */
export type Placed = readonly [order: number, slot: number];

/** Orders lie below it. */
const TOP = 2 ** 29 - 1;

/**
 * All rules in the order in which they are evaluated, with room between any two for others that
 * come later. A slot is a number for life, an order is where it stands; slots that were there from
 * the start have orders that tell their number.
 */
export class FlatRules {
  readonly rules: LiveRule[];
  readonly callers: (readonly LiveRule[])[];
  readonly roles: number[];
  /** Slots from the start. */
  readonly base: number;
  readonly #store: RuleStore;
  readonly #shift: number;
  readonly #sites: Map<string, Site[]> = new Map();
  /** Of the slots that were added, by order; those that are gone are not in it. */
  readonly #added: Map<number, number> = new Map();
  readonly #used: Set<number> = new Set();
  readonly #gone: Uint8Array;
  #turn = 0;
  isEdited = false;

  constructor({ rules, callers, roles, sites }: Slots, store: RuleStore) {
    this.rules = rules;
    this.callers = callers;
    this.roles = roles;
    this.base = rules.length;
    this.#store = store;
    this.#shift = Math.max(0, 29 - (32 - Math.clz32(rules.length + 1)));
    this.#gone = new Uint8Array(rules.length);
    for (const site of sites) this.#keep(site, (slot) => slot << this.#shift);
  }

  /** Slots that were added and are not gone, by ascending order. */
  get added(): readonly Placed[] {
    return [...this.#added].sort(([a], [b]) => a - b);
  }

  orderOf(slot: number): number {
    return slot << this.#shift;
  }

  /** The slot of an order; -1: it is gone. */
  slotOf(order: number): number {
    const slot = order >>> this.#shift;
    if (!this.isEdited) return slot;
    if (slot << this.#shift !== order) return this.#added.get(order) ?? -1;
    return this.#gone[slot] === 1 ? -1 : slot;
  }

  /**
   * Puts what a rule is now in the place of what it was, wherever its ruleset is called; the slots
   * that are new, or undefined: there is no room left, nothing here holds any more.
   *
   * @param hasCalled - what it was may have called an anchor
   */
  replaceRule(path: string, number: number, hasCalled: boolean): readonly Placed[] | undefined {
    const slots: Placed[] = [];
    for (const site of [...(this.#sites.get(path) ?? [])]) {
      const live = this.#store.rulesOf(path)[number];
      const [first, end] = [site.starts[number], site.starts[number + 1]];
      if (first === undefined || end === undefined || live === undefined) continue;
      if (site.isFinal) {
        const made = this.#refill(site);
        if (made === undefined) return undefined;
        slots.push(...made);
        continue;
      }
      if (hasCalled) this.#forget(first, end);
      this.#remove(first, end);
      const flattening = new Flattening(this.#store);
      for (const _ of flattening.rule(live, site.callers, false));
      if (flattening.sites.length > 0) site.hasCalls = true;
      const made = this.#insert(flattening, first, end);
      if (made === undefined) return undefined;
      slots.push(...made);
    }
    return slots;
  }

  /** The same for all rules of a ruleset. */
  replaceRules(path: string): readonly Placed[] | undefined {
    const slots: Placed[] = [];
    for (const site of [...(this.#sites.get(path) ?? [])]) {
      const made = this.#refill(site);
      if (made === undefined) return undefined;
      slots.push(...made);
    }
    return slots;
  }

  #refill(site: Site): readonly Placed[] | undefined {
    const { path, callers, isFinal, begin, starts, hasCalls } = site;
    const end = starts.at(-1) ?? begin;
    if (hasCalls) this.#forget(begin, end);
    this.#drop(site);
    this.#remove(begin, end);
    const flattening = new Flattening(this.#store);
    for (const _ of flattening.ruleset(path, callers, isFinal));
    const made = this.#insert(flattening, begin, end);
    const again = flattening.sites[0];
    // or else the room would shrink with each time
    if (again !== undefined) again.begin = begin;
    return made;
  }

  #remove(first: number, end: number): void {
    this.isEdited = true;
    const size = 1 << this.#shift;
    for (let slot = Math.ceil(first / size); slot << this.#shift < end; slot++) {
      this.#gone[slot] = 1;
    }
    for (const order of this.#added.keys()) {
      if (order >= first && order < end) this.#added.delete(order);
    }
  }

  /** Lets go of calls whose rules are removed: those that begin behind `first`. */
  #forget(first: number, end: number): void {
    for (const sites of this.#sites.values()) {
      for (const site of sites) if (site.begin > first && site.begin < end) this.#drop(site);
    }
  }

  #drop(site: Site): void {
    const sites = this.#sites.get(site.path) ?? [];
    this.#sites.set(
      site.path,
      sites.filter((it) => it !== site),
    );
  }

  #insert(made: Slots, first: number, end: number): readonly Placed[] | undefined {
    const count = made.rules.length;
    const step = count === 0 ? 1 : Math.floor((end - first - 1) / count);
    if (step < 1) return undefined;
    const start = this.#start(first, step, count);
    if (start === undefined) return undefined;
    const orderOf = (at: number): number => (at === count ? end : start + at * step);
    const slots: Placed[] = [];
    for (let at = 0; at < count; at++) {
      const slot = this.rules.length;
      this.rules.push(made.rules[at]!);
      this.callers.push(made.callers[at]!);
      this.roles.push(made.roles[at]!);
      this.#added.set(orderOf(at), slot);
      this.#used.add(orderOf(at));
      slots.push([orderOf(at), slot]);
    }
    for (const site of made.sites) this.#keep(site, orderOf);
    return slots;
  }

  /** An order which, like those a step apart behind it, was never used, and is of no first slot. */
  #start(first: number, step: number, count: number): number | undefined {
    for (let tries = 0; tries < 16; tries++) {
      const start = first + 1 + (this.#turn++ % step);
      let at = 0;
      while (at < count && this.#isFree(start + at * step)) at++;
      if (at === count) return start;
    }
    return undefined;
  }

  #isFree(order: number): boolean {
    return (order >>> this.#shift) << this.#shift !== order && !this.#used.has(order);
  }

  #keep(site: Site, orderOf: (slot: number) => number): void {
    site.begin = site.callers.length === 0 ? 0 : orderOf(site.begin);
    for (let at = 0; at < site.starts.length; at++) site.starts[at] = orderOf(site.starts[at]!);
    const sites = this.#sites.get(site.path);
    if (sites === undefined) this.#sites.set(site.path, [site]);
    else sites.push(site);
  }
}

/** As an order of a list that is read from its end. */
export function backwards(order: number): number {
  return TOP - order;
}
