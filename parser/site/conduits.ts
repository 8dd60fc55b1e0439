import type { Conduit, Pending, Service, WayPoint, Zone } from "../../model/network.ts";
import * as complaint from "./diagnostics.ts";
import type { YamlDocument } from "./document.ts";
import { isOver } from "./expiry.ts";
import { matchPlaces, type SiteNames } from "./references.ts";
import { readService } from "./services.ts";
import { type ConduitEntry, itemsOf, type SiteFile, type Some } from "./site-file.ts";
import { isPlaceless, valueSpan, zonesNamed } from "./zones.ts";

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
  const named = namedServices(site);
  checkServices(site, document, named, names);
  const read = (site.conduits ?? []).map((entry, index): ConduitsReading => {
    const path = ["conduits", index];
    if (isOver(entry.expires, "the conduit", [...path, "expires"], document, names)) {
      return { conduits: [], pending: [] };
    }
    const services = servicesOf(entry.services, [...path, "services"], document, named, names);
    const pairs = pairsOf(entry, path, document, zones, names);
    const via = wayPointsOf(entry, path, document, names);
    const common = {
      services,
      ...requirementOf(entry),
      ...idOf(entry),
      ...via.found,
      span: document.at(path),
    };
    return {
      conduits: pairs.map(([from, to]): Conduit => ({ from, to, ...common })),
      pending: [
        ...via.pending.map((it) => ({ ...it, pairs })),
        ...pendingOf(entry, path, document, pairs, zones),
      ],
    };
  });
  return {
    conduits: read.flatMap((it) => it.conduits),
    pending: read.flatMap((it) => it.pending),
  };
}

/** `required: true` is about the families that both ends have, a list about those it names. */
function requirementOf({ required }: ConduitEntry): Pick<Conduit, "required" | "families"> {
  if (required === undefined || typeof required === "boolean") {
    return { required: required === true };
  }
  return { required: required.length > 0, families: required };
}

/** Hosts that the flows of an entry are to pass; other places are pending. */
function wayPointsOf(
  { via }: ConduitEntry,
  path: readonly (string | number)[],
  document: YamlDocument,
  names: SiteNames,
): { readonly found: Pick<Conduit, "via">; readonly pending: readonly Pending[] } {
  const hosts: WayPoint[] = [];
  const pending: Pending[] = [];
  for (const { item, path: at } of itemsOf(via, [...path, "via"])) {
    const span = document.at(at);
    for (const { place } of matchPlaces(item, valueSpan(span, item), names)) {
      if (place.kind === "host") hosts.push({ host: place.host, span });
      else pending.push({ key: `via ${item}`, span, reason: REASONS.via });
    }
  }
  return { found: hosts.length === 0 ? {} : { via: hosts }, pending };
}

function idOf({ id }: ConduitEntry): { readonly id?: string } {
  return id === undefined ? {} : { id };
}

/** `services:` of a site.yaml. */
export function namedServices(site: SiteFile): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(site.services ?? {}).map(([name, it]) => {
      return [name, itemsOf(it, []).map(({ item }) => item)] as const;
    }),
  );
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

export function servicesOf(
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

export function pairsOf(
  entry: Pick<ConduitEntry, "from" | "to">,
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
    if (named.length === 0 && !isPlaceless(item, names)) {
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
  via: "of way points only whole hosts are asked about yet",
  pivot: "chains of allowed flows are not asked yet",
} as const;

function pendingOf(
  entry: ConduitEntry,
  path: readonly (string | number)[],
  document: YamlDocument,
  pairs: Pairs,
  zones: readonly Zone[],
): readonly Pending[] {
  const keys = (["pivot"] as const).filter(
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
