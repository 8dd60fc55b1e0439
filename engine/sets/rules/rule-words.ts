import { testsReturn, testsRoutes, testsSockets } from "./criteria.ts";
import type { SourceRule } from "./situation.ts";
import { tablesOf } from "./source-edits.ts";

/** Rules of one ruleset, by their positions, ascending. */
export type RuleSite = readonly [path: string, positions: readonly number[]];

const NO_SITES: readonly RuleSite[] = [];

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

  of(word: string): Iterable<RuleSite> {
    return this.#sites.get(word) ?? NO_SITES;
  }

  /** Whether some rule of a ruleset is remembered. */
  holds(path: string): boolean {
    return [...this.#sites.values()].some((sites) => sites.has(path));
  }
}

/** What rules name and test, of all rulesets that can be reached. */
export class RuleWords {
  /** Some rule tests tags. */
  readonly testsTags: boolean;
  /** Some rule looks routes up. */
  readonly testsRoutes: boolean;
  /** Some rule tests users or groups, and some other may have translated the packet before. */
  readonly asksSocketsLate: boolean;
  /** Some rule tests the priority that packets came with. */
  readonly testsPriority: boolean;
  /** Some rule asks what system a packet looks like. */
  readonly testsSystems: boolean;
  /** Some rule tests users or groups. */
  readonly testsSockets: boolean;
  /** Rules that name an interface, whichever way. */
  readonly named: ByWord = new ByWord();
  readonly received: ByWord = new ByWord();
  /** Rules that test whether routes go back through the interface; the word is empty. */
  readonly returning: ByWord = new ByWord();
  /** Anchor rules by the paths that they call. */
  readonly callers: ByWord = new ByWord();
  /** Rules by anchor and name of the tables that they ask. */
  readonly asking: ByWord = new ByWord();
  /** Tables that rules ask, by the same word. */
  readonly tables: Map<string, readonly [anchor: string, name: string]> = new Map();
  /** Rulesets that a quick anchor rule calls. */
  readonly quickCalled: Set<string> = new Set();

  /** @param called - paths of the rulesets that an anchor rule calls */
  constructor(
    rulesets: ReadonlyMap<string, readonly SourceRule[]>,
    called: (rule: SourceRule) => readonly string[],
  ) {
    const rules = [...rulesets.values()].flat();
    this.testsTags = rules.some(({ rule }) => rule.tagged !== "");
    this.testsRoutes = rules.some(testsRoutes);
    this.testsPriority = rules.some(({ rule }) => rule.prio >= 0);
    this.testsSystems = rules.some(({ rule }) => rule.os !== "");
    this.testsSockets = rules.some(testsSockets);
    this.asksSocketsLate = this.testsSockets && rules.some(isTranslatingMatch);
    for (const [path, inside] of rulesets) {
      for (const [position, live] of inside.entries()) {
        this.#add(live, path, position);
        if (live.rule.anchor !== undefined) this.#addCalls(live, called(live), path, position);
      }
    }
  }

  #add(live: SourceRule, path: string, position: number): void {
    const { interface: on, receivedOn } = live.rule;
    if (on !== "") this.named.add(on, path, position);
    if (receivedOn !== undefined) this.received.add(receivedOn.name, path, position);
    if (testsReturn(live)) this.returning.add("", path, position);
    for (const name of tablesOf(live.rule)) {
      const word = `${live.anchor} ${name}`;
      this.tables.set(word, [live.anchor, name]);
      this.asking.add(word, path, position);
    }
  }

  #addCalls(
    { rule: { quick } }: SourceRule,
    called: readonly string[],
    path: string,
    position: number,
  ): void {
    for (const it of called) {
      this.callers.add(it, path, position);
      if (quick) this.quickCalled.add(it);
    }
  }

  /** Whether no rule of a ruleset is remembered by where it stands. */
  isForeignTo(path: string): boolean {
    const words = [this.named, this.received, this.returning, this.callers, this.asking];
    return !words.some((it) => it.holds(path));
  }

  /** Whether rules that are in both do the same, but for tables and calls. */
  isLike(other: RuleWords): boolean {
    const { size } = this.quickCalled;
    return (
      this.testsTags === other.testsTags &&
      this.testsRoutes === other.testsRoutes &&
      this.asksSocketsLate === other.asksSocketsLate &&
      this.testsPriority === other.testsPriority &&
      this.testsSystems === other.testsSystems &&
      this.testsSockets === other.testsSockets &&
      size === other.quickCalled.size &&
      [...this.quickCalled].every((path) => other.quickCalled.has(path))
    );
  }
}

export function isTranslatingMatch({ rule: { action, nat, rdr } }: SourceRule): boolean {
  return action === "match" && (nat !== undefined || rdr !== undefined);
}
