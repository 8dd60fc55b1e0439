import type { Family } from "../../../model/packet.ts";
import type { PfRule } from "../../../model/pf-rule.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";
import type { Surroundings } from "../../kernel/surroundings.ts";
import { ColumnResidue } from "./column-residue.ts";
import { ADDRESSES, Entries, FROM_PORT, KIND, TO_PORT, WHERE } from "./entries.ts";
import { END, type Forest } from "./forest.ts";
import { ForestBuilder } from "./forest-builder.ts";
import { BLOCK, ForestSearch } from "./forest-search.ts";
import { InterfaceNames } from "./interface-names.ts";
import type { PacketColumns } from "./packet-columns.ts";
import { conditionsOf } from "./rule-conditions.ts";

/** No rule of the main ruleset matches. */
export const IMPLICIT = -1;
/** Columns do not show enough: the kernel has to be asked. */
export const ASK = -2;

/** The rules that decide packets of one family. */
interface Decisions {
  /** Quick rules, and those that do more than decide, first to last. */
  readonly early: Forest;
  /** The others that pass or block, last to first. */
  readonly late: Forest;
  /** By position: whether it is known from columns that the rule matches, and it decides then. */
  readonly certain: Uint8Array;
}

/**
 * Says of many packets which rule of the main ruleset decides if no state lets them pass: the first
 * quick rule, or else the last rule that matches. Packets that may meet an anchor, a translation, a
 * tag that some rule asks for, or a criterion that columns do not show, are left to the kernel.
 */
export class Classifier {
  readonly #rules: readonly LiveRule[];
  readonly #surroundings: Surroundings;
  readonly #names: InterfaceNames;
  readonly #readsTags: boolean;
  readonly #search: ForestSearch = new ForestSearch();
  readonly #best: Int32Array = new Int32Array(BLOCK);
  readonly #early: Int32Array = new Int32Array(BLOCK);
  readonly #odd: Uint8Array = new Uint8Array(BLOCK);
  readonly #decisions: Map<Family, Decisions> = new Map();

  /** @param rulesets - by path; neither they nor the interfaces change */
  constructor(rulesets: ReadonlyMap<string, readonly LiveRule[]>, surroundings: Surroundings) {
    this.#rules = rulesets.get("") ?? [];
    this.#surroundings = surroundings;
    this.#names = new InterfaceNames(this.#rules, surroundings.interfaces);
    this.#readsTags = [...rulesets.values()].some((rules) => {
      return rules.some(({ rule }) => rule.tagged !== "");
    });
  }

  #decisionsOf(family: Family): Decisions {
    const known = this.#decisions.get(family);
    if (known !== undefined) return known;
    const [early, late] = [new Entries(family), new Entries(family)];
    const certain = new Uint8Array(this.#rules.length);
    const isLate = new Uint8Array(this.#rules.length);
    for (const [position, live] of this.#rules.entries()) {
      const conditions = conditionsOf(live, family, this.#names);
      const doesMore = this.#doesMore(live.rule);
      if (conditions === undefined || (live.rule.action === "match" && !doesMore)) continue;
      certain[position] = conditions.known && !doesMore ? 1 : 0;
      if (live.rule.quick || doesMore) early.add(position, conditions);
      else isLate[position] = 1;
    }
    const last = this.#rules.length - 1;
    // read again rather than kept: conditions of all rules at once are much for the collector
    for (let position = last; position >= 0; position--) {
      const live = isLate[position] === 1 ? this.#rules[position] : undefined;
      const conditions = live && conditionsOf(live, family, this.#names);
      if (conditions !== undefined) late.add(last - position, conditions);
    }
    const made = { early: forestOf(early), late: forestOf(late), certain };
    this.#decisions.set(family, made);
    return made;
  }

  /** Makes what {@link classify} would make when it first meets packets of a family. */
  prepare(family: Family): void {
    this.#decisionsOf(family);
  }

  /** Bytes of all forests. */
  get bytes(): number {
    return [...this.#decisions.values()].reduce((sum, { early, late, certain }) => {
      return sum + bytesOf(early) + bytesOf(late) + certain.byteLength;
    }, 0);
  }

  /**
   * Writes the position of each packet's deciding rule, {@link IMPLICIT} or {@link ASK}. Allocates
   * for a call, not for a packet.
   */
  classify(columns: PacketColumns, deciders: Int32Array): void {
    const decisions = this.#decisionsOf(columns.family);
    const residue = new ColumnResidue(this.#rules, columns, this.#surroundings, this.#odd);
    const places = Int32Array.from(columns.interfaces, (name) => this.#names.keyOf(name));
    const hasLate = decisions.late.roots.length > 0;
    const [early, best] = [this.#early, this.#best];
    best.fill(END);
    for (let first = 0; first < columns.count; first += BLOCK) {
      const count = Math.min(BLOCK, columns.count - first);
      this.#fill(columns, first, count, places);
      residue.first = first;
      residue.backwards = false;
      for (let at = 0; at < count; at++) early[at] = END;
      this.#search.search(decisions.early, count, early, residue);
      if (hasLate) {
        // whom a quick rule decides need not be looked for among the others
        for (let at = 0; at < count; at++) best[at] = early[at] === END ? END : 0;
        residue.backwards = true;
        this.#search.search(decisions.late, count, best, residue);
      }
      this.#write(decisions.certain, first, count, deciders);
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

  #write(certain: Uint8Array, first: number, count: number, deciders: Int32Array): void {
    const last = this.#rules.length - 1;
    for (let at = 0; at < count; at++) {
      const early = this.#early[at]!;
      const mark = early === END ? this.#best[at]! : early;
      let decider = IMPLICIT;
      if (mark !== END) {
        const position = early === END ? last - (mark >> 1) : mark >> 1;
        decider = certain[position] === 1 && this.#odd[at] === 0 ? position : ASK;
      }
      deciders[first + at] = decider;
    }
  }

  /** Whether a rule changes what later rules see, or leads to others. */
  #doesMore(rule: PfRule): boolean {
    if (rule.anchor !== undefined || (this.#readsTags && rule.tag !== "")) return true;
    if (rule.action !== "match") return false;
    if (rule.quick) return true;
    const translates = rule.nat !== undefined || rule.rdr !== undefined || rule.afTo !== undefined;
    return translates || rule.rtable >= 0;
  }
}

function forestOf(entries: Entries): Forest {
  const builder = new ForestBuilder(entries);
  builder.run(() => false);
  return builder.forest;
}

function bytesOf({ nodes, records }: Forest): number {
  return nodes.byteLength + records.byteLength;
}
