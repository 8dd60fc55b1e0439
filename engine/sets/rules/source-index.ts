import type { Interface } from "../../../model/host.ts";
import { NAMELESS, Particulars } from "./particulars.ts";
import { isTranslatingMatch, type RuleSite, RuleWords } from "./rule-words.ts";
import type { Place, Source, SourceRule, SourceTable } from "./situation.ts";
import { type Edit, isOrdinary, namesInterfaces, sameInterfaces } from "./source-edits.ts";

const NO_PATHS: readonly string[] = [];

/** What is the same for all places of a source, which must not change from then on. */
export class SourceIndex {
  readonly testsTags: boolean;
  readonly testsRoutes: boolean;
  readonly asksSocketsLate: boolean;
  readonly testsPriority: boolean;
  readonly testsSystems: boolean;
  readonly testsSockets: boolean;
  readonly #source: Source;
  readonly #words: RuleWords;
  readonly #interfaces: Map<string, Interface> = new Map();
  /** What the tables held when this was made, by their word. */
  readonly #tables: Map<string, TableThen> = new Map();
  readonly #usual: Map<string, Uint8Array> = new Map();
  readonly #particulars: Map<string, Particulars> = new Map();
  readonly #loudPositions: Map<string, Int32Array> = new Map();
  readonly #heights: Map<string, number> = new Map();
  readonly #loud: Map<string, boolean> = new Map();
  readonly #children: Map<string, readonly string[]> = new Map();

  /** @param like - index of a source that differs in {@link isOrdinary} rules alone */
  constructor(source: Source, like?: SourceIndex) {
    this.#source = source;
    for (const it of source.surroundings.interfaces) {
      if (!this.#interfaces.has(it.name)) this.#interfaces.set(it.name, it);
    }
    if (like !== undefined) {
      this.#loudPositions = like.#loudPositions;
      this.#heights = like.#heights;
      this.#loud = like.#loud;
      this.#children = like.#children;
    }
    const words =
      like === undefined ? new RuleWords(this.#reached(), (it) => this.called(it)) : like.#words;
    this.#words = words;
    this.testsTags = words.testsTags;
    this.testsRoutes = words.testsRoutes;
    this.testsPriority = words.testsPriority;
    this.testsSystems = words.testsSystems;
    this.testsSockets = words.testsSockets;
    this.asksSocketsLate = words.asksSocketsLate;
    for (const [word, [anchor, name]] of words.tables) {
      this.#tables.set(word, tableThen(source.table(anchor, name)));
    }
  }

  /** The index of what the source has become. */
  after(source: Source, edits: ReadonlyMap<string, Edit>): SourceIndex {
    let index = indexes.get(source);
    if (index === undefined || index === this) {
      const like = this.#isLikeBut(source, edits) ? this : undefined;
      index = new SourceIndex(source, like);
      if (like !== undefined) {
        for (const [path, usual] of like.#usual) {
          index.#usual.set(path, usualAfter(usual, edits.get(path)));
        }
      }
      indexes.set(source, index);
    }
    return index;
  }

  /** Whether nothing that is remembered of the source is otherwise in one that edits make of it. */
  #isLikeBut({ rulesets }: Source, edits: ReadonlyMap<string, Edit>): boolean {
    const { rulesets: own } = this.#source;
    if (own.size !== rulesets.size || [...own.keys()].some((it) => !rulesets.has(it))) return false;
    return [...edits.values()].every((edit) => {
      return this.#isOrdinary(edit, rulesets.get(edit.path) ?? []);
    });
  }

  #isOrdinary({ path, first, removed, added }: Edit, after: readonly SourceRule[]): boolean {
    const old = this.rulesOf(path).slice(first, first + removed);
    const made = after.slice(first, first + added);
    if (!old.every(isOrdinary) || !made.every(isOrdinary)) return false;
    if (removed === added) {
      return old.every((rule, at) => sameInterfaces(rule, made[at] ?? rule));
    }
    if (made.some(namesInterfaces)) return false;
    return this.loudOf(path).length === 0 && this.#words.isForeignTo(path);
  }

  /** Whether rules that are in both do the same, but for tables and calls. */
  isLike(other: SourceIndex): boolean {
    const [own, others] = [this.#source, other.#source];
    const isSameAround =
      own.surroundings === others.surroundings && own.knowsSockets === others.knowsSockets;
    return isSameAround && this.#words.isLike(other.#words);
  }

  /** Rules whose tables hold something else now. */
  *askingOtherTables(before: SourceIndex): Iterable<RuleSite> {
    for (const [word, table] of this.#tables) {
      const then = before.#tables.get(word);
      if (then === undefined || isOther(table, then)) yield* this.#words.asking.of(word);
    }
  }

  /** Anchor rules that call a ruleset. */
  callersOf(path: string): Iterable<RuleSite> {
    return this.#words.callers.of(path);
  }

  /** Paths of the main ruleset and of all that are called from there. */
  #reached(): ReadonlyMap<string, readonly SourceRule[]> {
    const found = new Set([""]);
    // a set is walked with what is added on the way
    for (const path of found) {
      for (const live of this.rulesOf(path)) {
        if (live.rule.anchor === undefined) continue;
        for (const inside of this.called(live)) found.add(inside);
      }
    }
    return new Map([...found].map((path) => [path, this.rulesOf(path)]));
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
    const names = this.#namesOf(on).filter((it) => this.#words.named.has(it));
    const received = this.#namesOf(receivedOn).filter((it) => this.#words.received.has(it));
    const route = [...this.#words.returning.of("")].length > 0 ? on : "";
    const key = [names, received, [route]].map((it) => it.toSorted().join(" ")).join("\n");
    let particulars = this.#particulars.get(key);
    if (particulars === undefined) {
      particulars = new Particulars(
        key,
        new Set(names),
        new Set(received),
        this.#particularPositions(names, received),
      );
      this.#particulars.set(key, particulars);
    }
    return particulars;
  }

  /** Of rules that can hold otherwise where interfaces have names, and of those that call theirs. */
  #particularPositions(
    names: readonly string[],
    received: readonly string[],
  ): ReadonlyMap<string, Int32Array> {
    const positions = new Map<string, Set<number>>();
    const add = (sites: Iterable<RuleSite>): void => {
      for (const [path, found] of sites) {
        const known = positions.get(path) ?? new Set();
        const isNew = !positions.has(path);
        positions.set(path, known);
        for (const position of found) known.add(position);
        if (isNew) add(this.callersOf(path));
      }
    };
    for (const name of names) add(this.#words.named.of(name));
    for (const name of received) add(this.#words.received.of(name));
    add(this.#words.returning.of(""));
    return new Map([...positions].map(([path, it]) => [path, Int32Array.from(it).sort()]));
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
    return this.#words.quickCalled.has(path);
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

/** What a table was when it was looked at: its entries may change. */
interface TableThen {
  readonly entries: object | undefined;
  readonly version: number;
  readonly open: boolean;
}

function tableThen(table: SourceTable | undefined): TableThen {
  const { entries, open = false } = table ?? {};
  return { entries, version: entries?.version ?? 0, open };
}

function isOther(one: TableThen, other: TableThen): boolean {
  if (one.open || other.open) return one.open !== other.open;
  return one.entries !== other.entries || one.version !== other.version;
}

/** By position; of ordinary rules that come or go, all are meant on interfaces without a name. */
function usualAfter(usual: Uint8Array, edit: Edit | undefined): Uint8Array {
  if (edit === undefined || edit.removed === edit.added) return usual;
  const { first, removed, added } = edit;
  const made = new Uint8Array(usual.length + added - removed).fill(1, first, first + added);
  made.set(usual.subarray(0, first));
  made.set(usual.subarray(first + removed), first + added);
  return made;
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
