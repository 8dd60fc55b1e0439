import type { Host, Interface, Route } from "../../model/host.ts";
import type { Rule, TableEntry } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import { isNamed } from "../kernel/interfaces.ts";
import { type PrefixMap, prefixMapOf } from "./prefix-map.ts";

/** The pf of one host, laid out for evaluating many packets. */
export interface Filter {
  readonly host: Host;
  readonly interfaces: ReadonlyMap<string, Interface>;
  /** Names of interfaces that pf is not asked on (`set skip`), groups resolved. */
  readonly skipped: ReadonlySet<string>;
  readonly anchors: ReadonlyMap<string, readonly Rule[]>;
  /** Anchors in byte order of their path, for wildcard calls. */
  readonly paths: readonly string[];
  /** By anchor path, then by name. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, TableLookup>>;
  /** By routing table; local routes included. */
  readonly routes: ReadonlyMap<number, PrefixMap<Route>>;
}

export interface TableLookup {
  readonly entries: PrefixMap<TableEntry>;
  /** Set if any address may be in the table. */
  readonly unread?: Unread;
}

/** Resolves groups and tables of a host once, so that each packet costs look-ups only. */
export function filterOf(host: Host): Filter {
  const { anchors, skip } = host.ruleset;
  return {
    host,
    interfaces: new Map(host.interfaces.map((it) => [it.name, it])),
    skipped: new Set(
      host.interfaces
        .filter((it) => skip.some((name) => isNamed(it, name)))
        .map(({ name }) => name)
        .concat(skip),
    ),
    anchors,
    paths: [...anchors.keys()].toSorted(byBytes),
    tables: tablesOf(host),
    routes: routesOf(host),
  };
}

/**
 * Routing domain that a table belongs to: its own if some interface is in it, else 0.
 *
 * Tables made with `route -T` alone belong to domain 0 (rtable(4)).
 */
export function domainOfTable({ host }: Filter, rtable: number): number {
  return host.interfaces.some((it) => it.rdomain === rtable) ? rtable : 0;
}

/** The kernel compares anchor paths with strcmp: bytes, which code units are for ASCII names. */
function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function tablesOf(host: Host): ReadonlyMap<string, ReadonlyMap<string, TableLookup>> {
  const anchors = new Map<string, Map<string, TableLookup>>();
  for (const { anchor, name, entries, unread } of host.ruleset.tables) {
    const tables = anchors.get(anchor) ?? new Map<string, TableLookup>();
    anchors.set(anchor, tables);
    const lookup = prefixMapOf(entries.map((entry) => ({ prefix: entry.prefix, value: entry })));
    tables.set(name, unread === undefined ? { entries: lookup } : { entries: lookup, unread });
  }
  return anchors;
}

function routesOf(host: Host): ReadonlyMap<number, PrefixMap<Route>> {
  const ids = new Set(host.routes.map(({ rtable }) => rtable));
  return new Map(
    [...ids].map((id) => {
      const routes = host.routes.filter(({ rtable }) => rtable === id);
      return [id, prefixMapOf(routes.map((route) => ({ prefix: route.prefix, value: route })))];
    }),
  );
}
