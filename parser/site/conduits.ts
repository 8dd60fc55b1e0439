import type { Conduit, Pending, Service, Zone } from "../../model/network.ts";
import * as complaint from "./diagnostics.ts";
import type { YamlDocument } from "./document.ts";
import type { SiteNames } from "./references.ts";
import { readService } from "./services.ts";
import { type ConduitEntry, itemsOf, type SiteFile, type Some } from "./site-file.ts";
import { zonesNamed } from "./zones.ts";

export interface ConduitsReading {
  readonly conduits: readonly Conduit[];
  readonly pending: readonly Pending[];
}

type Pairs = readonly (readonly [from: string, to: string])[];

/** Reads `conduits:`; with `*` on both sides each zone to each different one. */
export function readConduits(
  site: SiteFile,
  document: YamlDocument,
  zones: readonly Zone[],
  names: SiteNames,
): ConduitsReading {
  const named = new Map(
    Object.entries(site.services ?? {}).map(([name, it]) => {
      return [name, itemsOf(it, []).map(({ item }) => item)] as const;
    }),
  );
  checkServices(site, document, named, names);
  const read = (site.conduits ?? []).map((entry, index): ConduitsReading => {
    const path = ["conduits", index];
    const services = servicesOf(entry.services, [...path, "services"], document, named, names);
    const pairs = pairsOf(entry, path, document, zones, names);
    const required = entry.required !== undefined && entry.required !== false;
    const span = document.at(path);
    return {
      conduits: pairs.map(([from, to]) => ({ from, to, services, required, span })),
      pending: pendingOf(entry, path, document, pairs, zones),
    };
  });
  return {
    conduits: read.flatMap((it) => it.conduits),
    pending: read.flatMap((it) => it.pending),
  };
}

/** Entries that no conduit names are checked too. */
function checkServices(
  site: SiteFile,
  document: YamlDocument,
  named: ReadonlyMap<string, readonly string[]>,
  names: SiteNames,
): void {
  for (const [name, it] of Object.entries(site.services ?? {})) {
    servicesOf(it, ["services", name], document, named, names);
  }
}

function servicesOf(
  some: Some<string>,
  path: readonly (string | number)[],
  document: YamlDocument,
  named: ReadonlyMap<string, readonly string[]>,
  { diagnostics }: SiteNames,
): readonly Service[] {
  return itemsOf(some, path).flatMap(({ item, path: at }) =>
    readService(item, document.at(at), { named, diagnostics }),
  );
}

function pairsOf(
  entry: ConduitEntry,
  path: readonly (string | number)[],
  document: YamlDocument,
  zones: readonly Zone[],
  names: SiteNames,
): Pairs {
  const from = sideOf(entry.from, [...path, "from"], document, zones, names);
  const to = sideOf(entry.to, [...path, "to"], document, zones, names);
  const pairs = from.flatMap((a) => to.filter((b) => a !== b).map((b) => [a, b] as const));
  const [same] = from;
  if (pairs.length === 0 && same !== undefined && to.includes(same)) {
    names.diagnostics.push(complaint.sameZone(same, document.at(path)));
  }
  return pairs;
}

/** Zones of one side; people are pending. */
function sideOf(
  some: Some<string>,
  path: readonly (string | number)[],
  document: YamlDocument,
  zones: readonly Zone[],
  names: SiteNames,
): readonly string[] {
  const found = itemsOf(some, path).flatMap(({ item, path: at }) => {
    if (isPeople(item)) return [];
    const named = zonesNamed(item, zones);
    if (named.length === 0) {
      const known = zones.map((it) => it.name);
      names.diagnostics.push(complaint.unknownZone(item, document.at(at), known));
    }
    return named;
  });
  return [...new Set(found)];
}

function isPeople(text: string): boolean {
  return text.startsWith("people/");
}

const REASONS = {
  via: "the path that a flow must take is not asked yet",
  pivot: "chains of allowed flows are not asked yet",
  expires: "dates of conduits are not read yet: it counts as if it did not expire",
  required: "whether required flows arrive is not asked yet",
} as const;

function pendingOf(
  entry: ConduitEntry,
  path: readonly (string | number)[],
  document: YamlDocument,
  pairs: Pairs,
  zones: readonly Zone[],
): readonly Pending[] {
  const keys = (["via", "pivot", "expires", "required"] as const).filter(
    (key) => entry[key] !== undefined && entry[key] !== false,
  );
  const waiting = keys.map((key): Pending => {
    return { key, span: document.atKey([...path, key]), pairs, reason: REASONS[key] };
  });
  const pivot = entry.pivot === false ? [pivotPending(path, document, pairs)] : [];
  return [...waiting, ...pivot, ...peoplePending(entry, path, document, zones)];
}

/** `pivot: false` asks that nobody behind the flow gets further. */
function pivotPending(
  path: readonly (string | number)[],
  document: YamlDocument,
  pairs: Pairs,
): Pending {
  const span = document.atKey([...path, "pivot"]);
  return { key: "pivot", span, pairs, reason: REASONS.pivot };
}

function peoplePending(
  entry: ConduitEntry,
  path: readonly (string | number)[],
  document: YamlDocument,
  zones: readonly Zone[],
): readonly Pending[] {
  const people = [
    ...itemsOf(entry.from, [...path, "from"]),
    ...itemsOf(entry.to, [...path, "to"]),
  ].filter(({ item }) => isPeople(item));
  const targets = itemsOf(entry.to, []).flatMap(({ item }) => zonesNamed(item, zones));
  const pairs = zones.flatMap((from) =>
    targets.filter((to) => to !== from.name).map((to) => [from.name, to] as const),
  );
  return people.map(({ item, path: at }): Pending => {
    const reason = "flows of people are not asked yet";
    return { key: item, span: document.at(at), pairs, reason };
  });
}
