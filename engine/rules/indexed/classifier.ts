import type { Prefix } from "../../../model/address.ts";
import type { Family } from "../../../model/packet.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";
import type { Surroundings } from "../../kernel/surroundings.ts";
import type { Table } from "../../kernel/tables.ts";
import { ColumnResidue, type Meanings } from "./column-residue.ts";
import { Decisions } from "./decisions.ts";
import { ADDRESSES, FROM_PORT, KIND, TO_PORT, WHERE } from "./entries.ts";
import { backwards, FlatRules, type Placed } from "./flat-rules.ts";
import { Flattening } from "./flattening.ts";
import { END, type Forest } from "./forest.ts";
import { BLOCK, ForestSearch } from "./forest-search.ts";
import { InterfaceNames } from "./interface-names.ts";
import { LiveTable } from "./live-table.ts";
import type { PacketColumns } from "./packet-columns.ts";
import { RuleStore } from "./rule-store.ts";

/** No rule matches. */
export const IMPLICIT = -1;
/** Columns do not show enough: the kernel has to be asked. */
export const ASK = -2;

/** Key of an interface that has the name of a group. */
const STRANGE = 0xffff_ffff;
/** Entries that are looked at for the making of new forests, in the course of one call. */
const SHARE = 3000;
/** Slots that were added since the forests were made, from which on others are made. */
const MOST_ADDED = 1024;

/** Rules in their order, and what is made of them for packets of each family. */
interface Made {
  readonly flat: FlatRules;
  readonly families: Map<
    Family,
    { readonly decisions: Decisions; readonly residue: ColumnResidue }
  >;
}

/** A rule or a ruleset that was replaced, and whether the rule has called an anchor. */
type Change = readonly [path: string, number: number | undefined, hasCalled: boolean];

/**
 * Says of many packets which rule decides if no state lets them pass: of all rules that match, those
 * of anchors in their turn, the first quick one or else the last. Packets that may meet a
 * translation, a rule that asks for a tag, or another criterion that columns do not show, are left to
 * the kernel.
 *
 * Rules and tables may change. A change is seen by the next call; forests are made anew by and by,
 * a share with each call.
 */
export class Classifier {
  readonly #store: RuleStore;
  readonly #names: InterfaceNames;
  readonly #meanings: Meanings;
  readonly #find: (anchor: string, name: string) => Table | undefined;
  readonly #tables: Map<string, LiveTable> = new Map();
  readonly #search: ForestSearch = new ForestSearch();
  readonly #best: Int32Array = new Int32Array(BLOCK);
  readonly #early: Int32Array = new Int32Array(BLOCK);
  readonly #before: Int32Array = new Int32Array(BLOCK);
  readonly #odd: Uint8Array = new Uint8Array(BLOCK);
  #made: Made;
  /** What has changed since the making of other forests began. */
  #changes: Change[] = [];
  #making: Generator<number, Made> | undefined;
  /** What was made does not hold any more. */
  #isStale = false;

  /**
   * @param rulesets - by path; they are taken over as they are now
   * @param surroundings - do not change
   * @param table - the table that a rule of an anchor means, at any moment
   */
  constructor(
    rulesets: ReadonlyMap<string, readonly LiveRule[]>,
    surroundings: Surroundings,
    table: (anchor: string, name: string) => Table | undefined,
  ) {
    this.#store = new RuleStore(rulesets);
    this.#names = new InterfaceNames(surroundings);
    this.#find = table;
    this.#meanings = { surroundings, table: (anchor, name) => this.#table(anchor, name) };
    this.#made = drained(this.#makingOf([]));
  }

  /** The rule of a decider that {@link classify} has written since rules last changed. */
  rule(decider: number): LiveRule | undefined {
    return this.#made.flat.rules[decider];
  }

  /** Makes what {@link classify} would make when it first meets packets of a family. */
  prepare(family: Family): void {
    this.#familyOf(family);
  }

  /** Bytes of all forests and of the ranges of tables. */
  get bytes(): number {
    const forests = [...this.#made.families.values()].map(({ decisions }) => decisions.bytes);
    const tables = [...this.#tables.values()].map(({ bytes }) => bytes);
    return [...forests, ...tables].reduce((sum, it) => sum + it, 0);
  }

  /** Whether forests are being made anew; meanwhile more packets may be left to the kernel. */
  get isMaking(): boolean {
    return this.#making !== undefined;
  }

  /**
   * Puts another rule into the place of one.
   *
   * @throws RangeError if there is no rule of that number
   */
  replaceRule(path: string, number: number, live: LiveRule): void {
    const old = this.#store.replace(path, number, live);
    this.#change([[path, number, old.rule.anchor !== undefined]]);
  }

  /** Puts other rules into an anchor, the main ruleset included; it need not have been there. */
  replaceRules(path: string, rules: readonly LiveRule[]): void {
    const isNew = !this.#store.has(path);
    this.#store.replaceAll(path, rules);
    const changes: Change[] = [[path, undefined, true]];
    if (isNew) {
      for (const [caller, number] of this.#store.wildcards(path)) {
        changes.push([caller, number, true]);
      }
    }
    this.#change(changes);
  }

  /** An entry has come into a table or gone: without this the whole table counts as changed. */
  tableChanged(anchor: string, name: string, entry: Prefix): void {
    const entries = this.#find(anchor, name)?.entries;
    for (const [key, table] of this.#tables) {
      if (key.endsWith(` ${name}`) && entries !== undefined) table.changed(entries, entry);
    }
  }

  /**
   * Writes each packet's decider, for {@link rule}, {@link IMPLICIT} or {@link ASK}. Allocates for a
   * call, not for a packet.
   */
  classify(columns: PacketColumns, deciders: Int32Array): void {
    this.#work(SHARE);
    if (this.#isStale) {
      deciders.fill(ASK, 0, columns.count);
      return;
    }
    for (const table of this.#tables.values()) table.refresh();
    const { decisions, residue } = this.#familyOf(columns.family);
    residue.take(columns);
    const places = Int32Array.from(columns.interfaces, (name) => this.#keyOf(name));
    for (let first = 0; first < columns.count; first += BLOCK) {
      const count = Math.min(BLOCK, columns.count - first);
      this.#fill(columns, first, count, places);
      residue.first = first;
      this.#decide(decisions, residue, count);
      this.#write(decisions, first, count, deciders);
    }
  }

  #keyOf(name: string): number {
    return this.#names.isGroup(name) ? STRANGE : this.#names.keyOf(name);
  }

  #decide(decisions: Decisions, residue: ColumnResidue, count: number): void {
    const [early, best] = [this.#early, this.#best];
    early.fill(END);
    residue.isBackwards = false;
    for (const layer of decisions.layers) this.#lower(layer.early, count, early, residue);
    if (decisions.layers.every(({ late }) => late.roots.length === 0)) {
      best.fill(END, 0, count);
      return;
    }
    residue.isBackwards = true;
    // whom an early rule decides need not be looked for among the others
    for (let at = 0; at < count; at++) best[at] = early[at] === END ? END : 0;
    for (const layer of decisions.layers) this.#lower(layer.late, count, best, residue);
  }

  /** Searches one forest, and searches on for those who have met a rule that is gone. */
  #lower(forest: Forest, count: number, best: Int32Array, residue: ColumnResidue): void {
    if (forest.roots.length === 0) return;
    const { flat } = this.#made;
    if (!flat.isEdited) {
      this.#search.search(forest, count, best, residue);
      return;
    }
    const before = this.#before;
    before.set(best);
    this.#search.search(forest, count, best, residue);
    for (let at = 0; at < count; at++) {
      const limit = before[at]!;
      let mark = best[at]!;
      while (mark !== limit && slotOf(flat, mark, residue.isBackwards) < 0) {
        mark = this.#search.next(forest, (mark >> 1) + 1, at, limit, residue);
      }
      best[at] = mark;
    }
  }

  /** Copies the keys of a block into the search. */
  #fill(columns: PacketColumns, first: number, count: number, places: Int32Array): void {
    const { kinds, destinationPorts, sourcePorts, destinations, sources } = columns;
    const { keys } = this.#search;
    for (let at = 0; at < count; at++) {
      const row = first + at;
      keys[KIND * BLOCK + at] = kinds[row]!;
      keys[WHERE * BLOCK + at] = places[columns.places[row]!]!;
      keys[TO_PORT * BLOCK + at] = destinationPorts[row]!;
      keys[FROM_PORT * BLOCK + at] = sourcePorts[row]!;
      this.#odd[at] = columns.odd[row]!;
    }
    const width = destinations.length;
    for (let word = 0; word < width; word++) {
      const [destination, source] = [destinations[word]!, sources[word]!];
      const to = (ADDRESSES + word) * BLOCK;
      const from = (ADDRESSES + width + word) * BLOCK;
      for (let at = 0; at < count; at++) {
        keys[to + at] = destination[first + at]!;
        keys[from + at] = source[first + at]!;
      }
    }
  }

  #write(decisions: Decisions, first: number, count: number, deciders: Int32Array): void {
    const { flat } = this.#made;
    const { certain } = decisions;
    const { keys } = this.#search;
    const [early, best] = [this.#early, this.#best];
    for (let at = 0; at < count; at++) {
      const isEarly = early[at] !== END;
      const mark = isEarly ? early[at]! : best[at]!;
      let decider = IMPLICIT;
      if (mark !== END) {
        const slot = slotOf(flat, mark, !isEarly);
        decider = certain[slot] === 1 ? slot : ASK;
      }
      if (keys[WHERE * BLOCK + at] === STRANGE) decider = ASK;
      deciders[first + at] = decider;
    }
  }

  #familyOf(family: Family): NonNullable<ReturnType<Made["families"]["get"]>> {
    const known = this.#made.families.get(family);
    if (known !== undefined) return known;
    drained(this.#family(this.#made, family));
    return this.#familyOf(family);
  }

  *#family({ flat, families }: Made, family: Family): Generator<number, undefined> {
    const decisions = new Decisions(family, flat, this.#names);
    yield* decisions.made();
    const residue = new ColumnResidue(family, flat, this.#meanings, this.#odd);
    families.set(family, { decisions, residue });
    return undefined;
  }

  *#makingOf(families: Iterable<Family>): Generator<number, Made> {
    const flattening = new Flattening(this.#store);
    yield* flattening.ruleset("", [], false);
    const made: Made = { flat: new FlatRules(flattening, this.#store), families: new Map() };
    for (const family of families) yield* this.#family(made, family);
    return made;
  }

  #table(anchor: string, name: string): LiveTable {
    const key = `${anchor} ${name}`;
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const made = new LiveTable(() => this.#find(anchor, name));
    made.refresh();
    this.#tables.set(key, made);
    return made;
  }

  #change(changes: readonly Change[]): void {
    if (this.#making !== undefined) this.#changes.push(...changes);
    if (!this.#isStale) this.#apply(this.#made, changes);
    const { flat } = this.#made;
    const added = flat.rules.length - flat.base;
    if (this.#isStale || added > MOST_ADDED) this.#begin();
    this.#work(SHARE);
  }

  #apply({ flat, families }: Made, changes: readonly Change[]): void {
    const added: Placed[] = [];
    for (const [path, number, hasCalled] of changes) {
      const slots =
        number === undefined ? flat.replaceRules(path) : flat.replaceRule(path, number, hasCalled);
      if (slots === undefined || slots.length > MOST_ADDED) {
        this.#abandon();
        return;
      }
      added.push(...slots);
    }
    for (const { decisions } of families.values()) decisions.add(added);
  }

  #abandon(): void {
    this.#isStale = true;
    this.#making = undefined;
  }

  #begin(): void {
    if (this.#making !== undefined) return;
    this.#changes = [];
    this.#making = this.#makingOf(this.#made.families.keys());
  }

  /** Goes on with the making of other forests. */
  #work(share: number): void {
    let left = share;
    while (this.#making !== undefined && left > 0) {
      const step = this.#making.next();
      if (step.done !== true) {
        left -= step.value;
        continue;
      }
      this.#made = step.value;
      this.#making = undefined;
      this.#isStale = false;
      // what was replaced meanwhile may be in it already, or may have called an anchor since
      this.#apply(
        this.#made,
        this.#changes.map(([path, number]) => [path, number, true]),
      );
      if (this.#isStale) this.#begin();
    }
  }
}

function slotOf(flat: FlatRules, mark: number, isBackwards: boolean): number {
  const order = mark >> 1;
  return flat.slotOf(isBackwards ? backwards(order) : order);
}

function drained<T>(generator: Generator<number, T>): T {
  let step = generator.next();
  while (step.done !== true) step = generator.next();
  return step.value;
}
