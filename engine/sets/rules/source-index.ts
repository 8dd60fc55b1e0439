import { testsRoutes, testsSockets } from "./criteria.ts";
import type { Place, Source, SourceRule } from "./situation.ts";

const NONE: readonly number[] = [];
const NO_PATHS: readonly string[] = [];

/** Rules of one ruleset by the interface that they name, so that a place need not look at them all. */
class RulesetIndex {
  /** Positions, by {@link nameKey}. */
  readonly #named: Map<string, number[]> = new Map();
  /** Of rules for any interface, or for all but one. */
  readonly #others: readonly number[];

  constructor(rules: readonly SourceRule[]) {
    const others: number[] = [];
    for (const [position, { rule }] of rules.entries()) {
      const { interface: name, interfaceNegated, direction } = rule;
      if (name === "" || interfaceNegated) {
        others.push(position);
        continue;
      }
      const key = nameKey(name, direction);
      const positions = this.#named.get(key);
      if (positions === undefined) this.#named.set(key, [position]);
      else positions.push(position);
    }
    this.#others = others;
  }

  /** Positions of rules that can be meant where an interface has these names, ascending. */
  candidates(names: Iterable<string>, direction: "in" | "out"): Int32Array {
    const lists = [this.#others];
    for (const name of names) {
      lists.push(this.#named.get(nameKey(name, undefined)) ?? NONE);
      lists.push(this.#named.get(nameKey(name, direction)) ?? NONE);
    }
    const all = new Int32Array(lists.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const list of lists) {
      all.set(list, at);
      at += list.length;
    }
    return all.sort();
  }
}

function nameKey(name: string, direction: "in" | "out" | undefined): string {
  return `${direction ?? ""} ${name}`;
}

/** What is the same for all places of a source, which must not change from then on. */
export class SourceIndex {
  /** Some rule that can be reached tests tags. */
  readonly testsTags: boolean;
  /** Some rule that can be reached looks routes up. */
  readonly testsRoutes: boolean;
  /** Some rule tests users or groups, and some other may have translated the packet before. */
  readonly asksSocketsLate: boolean;
  readonly #source: Source;
  readonly #rulesets: Map<string, RulesetIndex> = new Map();
  readonly #heights: Map<string, number> = new Map();
  readonly #loud: Map<string, boolean> = new Map();
  readonly #children: Map<string, readonly string[]> = new Map();
  readonly #quickCalled: Set<string> = new Set();

  constructor(source: Source) {
    this.#source = source;
    const rules = this.#reached().flatMap((path) => this.rulesOf(path));
    this.testsTags = rules.some(({ rule }) => rule.tagged !== "");
    this.testsRoutes = rules.some(testsRoutes);
    this.asksSocketsLate = rules.some(testsSockets) && rules.some(isTranslatingMatch);
    for (const live of rules) {
      if (live.rule.anchor === undefined || !live.rule.quick) continue;
      for (const path of this.called(live)) this.#quickCalled.add(path);
    }
  }

  /** Paths of the main ruleset and of all that are called from there. */
  #reached(): readonly string[] {
    const found = new Set([""]);
    // a set is walked with what is added on the way
    for (const path of found) {
      for (const live of this.rulesOf(path)) {
        if (live.rule.anchor === undefined) continue;
        for (const inside of this.called(live)) found.add(inside);
      }
    }
    return [...found];
  }

  rulesOf(path: string): readonly SourceRule[] {
    return this.#source.rulesets.get(path) ?? [];
  }

  /** Positions of the rules of a ruleset that can be meant in a place, ascending. */
  candidates(path: string, place: Place): Int32Array {
    let index = this.#rulesets.get(path);
    if (index === undefined) {
      index = new RulesetIndex(this.rulesOf(path));
      this.#rulesets.set(path, index);
    }
    return index.candidates(namesOf(this.#source, place), place.direction);
  }

  /** Paths of the rulesets that an anchor rule calls, in order. */
  called({ rule: { anchor } }: SourceRule): readonly string[] {
    if (anchor === undefined) return NO_PATHS;
    return anchor.wildcard ? this.#below(anchor.path) : [anchor.path];
  }

  /** The rulesets directly below a path, in byte order of their paths. */
  #below(path: string): readonly string[] {
    let found = this.#children.get(path);
    if (found === undefined) {
      const start = path === "" ? "" : `${path}/`;
      found = [...this.#source.rulesets.keys()]
        .filter((it) => {
          return it !== "" && it.startsWith(start) && !it.slice(start.length).includes("/");
        })
        .toSorted((a, b) => (a < b ? -1 : 1));
      this.#children.set(path, found);
    }
    return found;
  }

  /** Whether a quick anchor rule calls a ruleset. */
  isQuickCalled(path: string): boolean {
    return this.#quickCalled.has(path);
  }

  /**
   * Whether later rules can see that a rule matched, or one in the rulesets that it calls: the packet
   * is translated, or something set that some rule tests.
   */
  isLoud(rule: SourceRule): boolean {
    if (this.#isLoudItself(rule)) return true;
    return this.called(rule).some((path) => this.#holdsLoud(path, new Set()));
  }

  #isLoudItself(live: SourceRule): boolean {
    const { action, quick, tag, rtable } = live.rule;
    if (quick && action !== "anchor") return false;
    if (this.testsTags && tag !== "") return true;
    if (action !== "match") return false;
    return isTranslatingMatch(live) || (this.testsRoutes && rtable >= 0);
  }

  #holdsLoud(path: string, seen: Set<string>): boolean {
    const known = this.#loud.get(path);
    if (known !== undefined) return known;
    if (seen.has(path)) return false;
    seen.add(path);
    const holds = this.rulesOf(path).some((rule) => {
      return this.#isLoudItself(rule) || this.called(rule).some((it) => this.#holdsLoud(it, seen));
    });
    // what was found in a circle is true of where the search began only
    if (holds || seen.size === 1) this.#loud.set(path, holds);
    return holds;
  }

  /** Calls inside calls from a ruleset on; endless where it comes back to itself. */
  heightOf(path: string): number {
    const known = this.#heights.get(path);
    if (known !== undefined) return known;
    // stands as long as the search is on its way: who meets it is in a circle
    this.#heights.set(path, Number.POSITIVE_INFINITY);
    let height = 0;
    for (const rule of this.rulesOf(path)) {
      for (const inside of this.called(rule)) {
        height = Math.max(height, 1 + this.heightOf(inside));
      }
    }
    this.#heights.set(path, height);
    return height;
  }
}

function isTranslatingMatch({ rule: { action, nat, rdr } }: SourceRule): boolean {
  return action === "match" && (nat !== undefined || rdr !== undefined);
}

const indexes: WeakMap<Source, SourceIndex> = new WeakMap();

export function sourceIndex(source: Source): SourceIndex {
  let index = indexes.get(source);
  if (index === undefined) {
    index = new SourceIndex(source);
    indexes.set(source, index);
  }
  return index;
}

/** What rules may call the interface (follows pfi_kif_match, OpenBSD 7.8). */
function namesOf({ surroundings }: Source, { interface: name }: Place): ReadonlySet<string> {
  const names = new Set([name]);
  const own = surroundings.interfaces.find((it) => it.name === name);
  if (own === undefined) return names;
  for (const group of own.groups) if (group !== "any") names.add(group);
  if (own.kind !== "loopback") names.add("any");
  return names;
}
