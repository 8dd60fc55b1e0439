import type { Interface } from "../../../model/host.ts";
import { testsReturn, testsRoutes, testsSockets } from "./criteria.ts";
import type { Place, Source, SourceRule } from "./situation.ts";

const NO_PATHS: readonly string[] = [];
const NO_POSITIONS: Int32Array = new Int32Array(0);

/** Positions of rules, ascending, by the path of their ruleset. */
type Positions = ReadonlyMap<string, Int32Array>;

/**
 * What sets a place apart from one whose interface no rule names: only a few rules of a ruleset for
 * many interfaces can hold otherwise there. Places with equal {@link key} are one to all rules.
 */
export class Particulars {
  readonly key: string;
  readonly names: ReadonlySet<string>;
  readonly received: ReadonlySet<string>;
  readonly #positions: Positions;

  /** @param positions - of rules that can hold otherwise, and of those that call their rulesets */
  constructor(
    key: string,
    names: ReadonlySet<string>,
    received: ReadonlySet<string>,
    positions: Positions,
  ) {
    this.key = key;
    this.names = names;
    this.received = received;
    this.#positions = positions;
  }

  get isNone(): boolean {
    return this.#positions.size === 0;
  }

  /** Those from `first` on that come before `end`. */
  between(path: string, first: number, end: number): Int32Array {
    const positions = this.#positions.get(path) ?? NO_POSITIONS;
    return positions.subarray(indexIn(positions, first), indexIn(positions, end));
  }

  /** What a rule says of interfaces, taken at its word. */
  isMeant({ rule: { interface: on, interfaceNegated, receivedOn } }: SourceRule): boolean {
    if (on !== "" && this.names.has(on) === interfaceNegated) return false;
    return receivedOn === undefined || this.received.has(receivedOn.name) !== receivedOn.negated;
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** A place whose interfaces no rule names, and by whose interface no rule tests a route. */
export const NAMELESS: Particulars = new Particulars("", NO_NAMES, NO_NAMES, new Map());

/** Index of the first position that is not below `least`. */
function indexIn(positions: Int32Array, least: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? least) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rules by a word of theirs: by path, positions ascending. */
class ByWord {
  readonly #sites: Map<string, Map<string, number[]>> = new Map();

  add(word: string, path: string, position: number): void {
    let sites = this.#sites.get(word);
    if (sites === undefined) {
      sites = new Map();
      this.#sites.set(word, sites);
    }
    const positions = sites.get(path);
    if (positions === undefined) sites.set(path, [position]);
    else positions.push(position);
  }

  has(word: string): boolean {
    return this.#sites.has(word);
  }

  of(word: string): Iterable<readonly [path: string, positions: readonly number[]]> {
    return this.#sites.get(word) ?? [];
  }
}

/** What is the same for all places of a source, which must not change from then on. */
export class SourceIndex {
  /** Some rule that can be reached tests tags. */
  readonly testsTags: boolean;
  /** Some rule that can be reached looks routes up. */
  readonly testsRoutes: boolean;
  /** Some rule tests users or groups, and some other may have translated the packet before. */
  readonly asksSocketsLate: boolean;
  /** Some rule that can be reached tests the priority that packets came with. */
  readonly testsPriority: boolean;
  /** Some rule that can be reached asks what system a packet looks like. */
  readonly testsSystems: boolean;
  /** Some rule that can be reached tests users or groups. */
  readonly testsSockets: boolean;
  readonly #source: Source;
  readonly #interfaces: Map<string, Interface> = new Map();
  /** Rules that name an interface, whichever way. */
  readonly #named: ByWord = new ByWord();
  readonly #received: ByWord = new ByWord();
  /** Rules that test whether routes go back through the interface; the word is empty. */
  readonly #returning: ByWord = new ByWord();
  /** Anchor rules by the paths that they call. */
  readonly #callers: ByWord = new ByWord();
  readonly #usual: Map<string, Uint8Array> = new Map();
  readonly #loudPositions: Map<string, Int32Array> = new Map();
  readonly #heights: Map<string, number> = new Map();
  readonly #loud: Map<string, boolean> = new Map();
  readonly #children: Map<string, readonly string[]> = new Map();
  readonly #quickCalled: Set<string> = new Set();

  constructor(source: Source) {
    this.#source = source;
    for (const it of source.surroundings.interfaces) {
      if (!this.#interfaces.has(it.name)) this.#interfaces.set(it.name, it);
    }
    const paths = this.#reached();
    const rules = paths.flatMap((path) => this.rulesOf(path));
    this.testsTags = rules.some(({ rule }) => rule.tagged !== "");
    this.testsRoutes = rules.some(testsRoutes);
    this.testsPriority = rules.some(({ rule }) => rule.prio >= 0);
    this.testsSystems = rules.some(({ rule }) => rule.os !== "");
    this.testsSockets = rules.some(testsSockets);
    this.asksSocketsLate = this.testsSockets && rules.some(isTranslatingMatch);
    for (const path of paths) this.#addRules(path);
  }

  #addRules(path: string): void {
    for (const [position, live] of this.rulesOf(path).entries()) {
      const { interface: on, receivedOn, anchor, quick } = live.rule;
      if (on !== "") this.#named.add(on, path, position);
      if (receivedOn !== undefined) this.#received.add(receivedOn.name, path, position);
      if (testsReturn(live)) this.#returning.add("", path, position);
      if (anchor === undefined) continue;
      for (const called of this.called(live)) {
        this.#callers.add(called, path, position);
        if (quick) this.#quickCalled.add(called);
      }
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

  /** By position: 1 if a rule can be meant on an interface that no rule names. */
  usual(path: string): Uint8Array {
    let usual = this.#usual.get(path);
    if (usual === undefined) {
      usual = Uint8Array.from(this.rulesOf(path), (it) => (NAMELESS.isMeant(it) ? 1 : 0));
      this.#usual.set(path, usual);
    }
    return usual;
  }

  /** Positions of loud rules of a ruleset, meant or not. */
  loudOf(path: string): Int32Array {
    let loud = this.#loudPositions.get(path);
    if (loud === undefined) {
      const found: number[] = [];
      for (const [position, live] of this.rulesOf(path).entries()) {
        if (this.isLoud(live)) found.push(position);
      }
      loud = Int32Array.from(found);
      this.#loudPositions.set(path, loud);
    }
    return loud;
  }

  particularsOf({
    interface: on,
    receivedOn,
  }: Pick<Place, "interface" | "receivedOn">): Particulars {
    const names = this.#namesOf(on).filter((it) => this.#named.has(it));
    const received = this.#namesOf(receivedOn).filter((it) => this.#received.has(it));
    const route = [...this.#returning.of("")].length > 0 ? on : "";
    const key = [names, received, [route]].map((it) => it.toSorted().join(" ")).join("\n");
    const positions = new Map<string, Set<number>>();
    const add = (sites: Iterable<readonly [path: string, positions: readonly number[]]>): void => {
      for (const [path, found] of sites) {
        const known = positions.get(path) ?? new Set();
        const isNew = !positions.has(path);
        positions.set(path, known);
        for (const position of found) known.add(position);
        if (isNew) add(this.#callers.of(path));
      }
    };
    for (const name of names) add(this.#named.of(name));
    for (const name of received) add(this.#received.of(name));
    add(this.#returning.of(""));
    const sorted = [...positions].map(([path, it]) => [path, Int32Array.from(it).sort()] as const);
    return new Particulars(key, new Set(names), new Set(received), new Map(sorted));
  }

  /** What rules may call an interface (follows pfi_kif_match, OpenBSD 7.8). */
  #namesOf(name: string): string[] {
    if (name === "") return [];
    const own = this.#interfaces.get(name);
    if (own === undefined) return [name];
    const groups = own.groups.filter((it) => it !== "any" || own.kind !== "loopback");
    const names = new Set([name, ...groups]);
    if (own.kind !== "loopback") names.add("any");
    return [...names];
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
