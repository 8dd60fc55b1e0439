import type { Prefix } from "../../model/address.ts";
import { parsePrefix } from "../../model/address-text.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress, PfConfiguration, PfRule, PfTable } from "../../model/pf-rule.ts";
import { EntrySet } from "./entry-set.ts";
import type { LiveRule } from "./live-rule.ts";

/** An active table. */
export interface Table {
  readonly name: string;
  readonly anchor: string;
  readonly constant: boolean;
  readonly persist: boolean;
  readonly entries: EntrySet;
}

export interface SignedPrefix {
  readonly prefix: Prefix;
  readonly negated: boolean;
}

/** The tables of all anchors as they are at this moment; only those that are active. */
export class Tables {
  readonly #anchors: Map<string, Map<string, Table>> = new Map();

  /** The table that a rule of `anchor` means: the anchor's own, or else that of the main ruleset. */
  find(anchor: string, name: string): Table | undefined {
    return this.own(anchor, name) ?? (anchor === "" ? undefined : this.own("", name));
  }

  own(anchor: string, name: string): Table | undefined {
    return this.#anchors.get(anchor)?.get(name);
  }

  /**
   * Takes over the tables of a run of pfctl; what then no rule asks for goes, unless it persists
   * (section 28). Tables in nested braces (section 37, A2) come under an anchor that no rule is in.
   *
   * @param rules - all that are loaded, those of this run and of its `load anchor` included
   */
  load(configuration: PfConfiguration, rules: Iterable<LiveRule>): void {
    for (const table of configuration.tables) this.define(table);
    for (const { tables } of configuration.rulesets.values()) {
      for (const table of tables) this.define(table);
    }
    this.settle(rules);
  }

  /**
   * Sets a table to what the text says; a statement without any contents leaves those it has
   * (follows pfr_ina_commit, OpenBSD 7.8).
   */
  define(table: PfTable): void {
    const { name, anchor, constant, persist, contents } = table;
    const before = isAutomatic(name) ? undefined : this.own(anchor, name)?.entries;
    let entries = before ?? new EntrySet();
    if (contents.length > 0) {
      entries = entriesOf(table);
      if (before !== undefined) entries.keepFrom(before);
    }
    this.#put({ name, anchor, constant, persist, entries });
  }

  /**
   * Lets go of tables that neither persist nor stand in a rule: they are not active any more. A
   * table of the main ruleset is kept by rules of anchors too, and by tables of its name that
   * persist in them. Tables of `overload` become active.
   */
  settle(rules: Iterable<LiveRule>): void {
    const used = new Map<string, Set<string>>([["", this.#persistingBelow()]]);
    for (const { rule, anchor } of rules) {
      const { overload } = rule.stateOptions;
      if (overload !== "" && this.own(anchor, overload) === undefined) {
        this.#put(emptyTable(anchor, overload, false));
      }
      for (const name of [...tablesOf(rule), overload]) {
        used.get("")?.add(name);
        used.set(anchor, (used.get(anchor) ?? new Set()).add(name));
      }
    }
    for (const [anchor, tables] of this.#anchors) {
      for (const { name, persist } of [...tables.values()]) {
        if (!persist && used.get(anchor)?.has(name) !== true) tables.delete(name);
      }
    }
  }

  /** Names of tables that persist in anchors; those of nested braces hold nothing. */
  #persistingBelow(): Set<string> {
    const below = [...this.#anchors].filter(([anchor]) => anchor !== "" && !anchor.endsWith("/_"));
    const tables = below.flatMap(([, its]) => [...its.values()]);
    return new Set(tables.filter(({ persist }) => persist).map(({ name }) => name));
  }

  /** `pfctl -t name -T …` with its arguments; false: refused. */
  change(
    operation: "add" | "delete" | "replace",
    anchor: string,
    name: string,
    addresses: readonly string[],
  ): boolean {
    const entries: SignedPrefix[] = [];
    for (const text of addresses) {
      const prefix = parsePrefix(text.replace(/^!\s*/, ""));
      if (prefix === undefined) return false;
      entries.push({ prefix, negated: text.startsWith("!") });
    }
    if (operation === "add") return this.add(anchor, name, entries);
    return operation === "delete"
      ? this.remove(anchor, name, entries)
      : this.replace(anchor, name, entries);
  }

  /** Adds entries; what is there, plain or negated, stays as it is (section 37, A13). */
  add(anchor: string, name: string, entries: readonly SignedPrefix[]): boolean {
    const table = this.own(anchor, name) ?? this.#put(emptyTable(anchor, name, true));
    if (table.constant) return false;
    for (const { prefix, negated } of entries) table.entries.add(prefix, negated);
    return true;
  }

  /** Removes entries of the same sign. */
  remove(anchor: string, name: string, entries: readonly SignedPrefix[]): boolean {
    const table = this.own(anchor, name);
    if (table === undefined || table.constant) return false;
    for (const { prefix, negated } of entries) table.entries.remove(prefix, negated);
    return true;
  }

  /** Makes a table hold just these entries; of two with the same address the first counts. */
  replace(anchor: string, name: string, entries: readonly SignedPrefix[]): boolean {
    const table = this.own(anchor, name) ?? emptyTable(anchor, name, true);
    if (table.constant) return false;
    const wanted = new EntrySet();
    for (const { prefix, negated } of entries) wanted.add(prefix, negated);
    wanted.keepFrom(table.entries);
    this.#put({ ...table, entries: wanted });
    return true;
  }

  /** Adds the address that `overload` has caught, to a `const` table too. */
  learn(anchor: string, name: string, family: Family, address: bigint): void {
    const table = this.own(anchor, name) ?? this.#put(emptyTable(anchor, name, false));
    table.entries.add({ family, value: address, length: addressBits(family) }, false);
  }

  /** Lets go of all tables of an anchor. */
  forget(anchor: string): void {
    this.#anchors.delete(anchor);
  }

  #put(table: Table): Table {
    const tables = this.#anchors.get(table.anchor) ?? new Map<string, Table>();
    this.#anchors.set(table.anchor, tables);
    tables.set(table.name, table);
    return table;
  }
}

/** Tables that pfctl makes for lists have new names in each run. */
export function isAutomatic(name: string): boolean {
  return name.startsWith("__automatic_");
}

function emptyTable(anchor: string, name: string, persist: boolean): Table {
  return { anchor, name, constant: false, persist, entries: new EntrySet() };
}

function entriesOf({ contents }: PfTable): EntrySet {
  const entries = new EntrySet();
  for (const content of contents) {
    if (content.kind !== "addresses") entries.addPacked(content.entries);
    else {
      for (const address of content.addresses) {
        for (const prefix of prefixesOf(address)) entries.add(prefix, false);
      }
    }
  }
  return entries;
}

/** A range counts as the networks that fill it. */
function prefixesOf(address: PfAddress): readonly Prefix[] {
  if (address.kind === "prefix") return [address.prefix];
  if (address.kind !== "range") return [];
  const { family, first, last } = address.range;
  const found: Prefix[] = [];
  for (let value = first; value <= last; ) {
    let host = 0n;
    while (host < addressBits(family)) {
      const wider = (1n << (host + 1n)) - 1n;
      if ((value & wider) !== 0n || value + wider > last) break;
      host++;
    }
    found.push({ family, value, length: addressBits(family) - Number(host) });
    value += 1n << host;
  }
  return found;
}

function tablesOf(rule: PfRule): readonly string[] {
  const { source, destination, nat, rdr, route } = rule;
  const addresses = [source, destination, nat, rdr, route].map((it) => it?.address);
  return addresses.flatMap((it) => (it?.kind === "table" ? [it.name] : []));
}
