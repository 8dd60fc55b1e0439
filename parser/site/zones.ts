import type { InterfaceKind } from "../../model/host.ts";
import type { PlaceReference, Zone } from "../../model/network.ts";
import * as complaint from "./diagnostics.ts";
import type { YamlDocument } from "./document.ts";
import { globOf } from "./glob.ts";
import { isAt, matchPlaces, type SiteNames } from "./references.ts";
import { itemsOf, type SiteFile, type ZoneEntry } from "./site-file.ts";

/** Zones that everything else belongs to; nobody may take their names. */
const IMPLICIT: ReadonlySet<string> = new Set(["hosts", "unplaced"]);

/** Reads `zones:`; a zone whose name has a `*` becomes one zone for each thing that it stands for. */
export function readZones(
  site: SiteFile,
  document: YamlDocument,
  names: SiteNames,
): readonly Zone[] {
  const zones = new Map<string, Zone>();
  for (const [name, entry] of Object.entries(site.zones ?? {})) {
    const span = document.atKey(["zones", name]);
    if (IMPLICIT.has(name)) names.diagnostics.push(complaint.reservedZone(name, span));
    else {
      const made = zonesOf(name, entry, document, names);
      if (made.length === 0) names.placeless.add(name);
      for (const zone of made) {
        const known = zones.get(zone.name);
        if (known !== undefined) names.diagnostics.push(complaint.twice(zone.name, span));
        else zones.set(zone.name, zone);
      }
    }
  }
  return [...zones.values()];
}

function zonesOf(
  name: string,
  { at }: ZoneEntry,
  document: YamlDocument,
  names: SiteNames,
): readonly Zone[] {
  const span = document.atKey(["zones", name]);
  const references = itemsOf(at, ["zones", name, "at"]);
  if (references.length === 0) names.diagnostics.push(complaint.emptyZone(name, span));
  const places = new Map<string, PlaceReference[]>();
  for (const { item, path } of references) {
    const where = document.at(path);
    if (name.includes("*") && !item.includes("*")) {
      names.diagnostics.push(complaint.patternless(name, where));
      continue;
    }
    for (const { place, capture } of matchPlaces(item, valueSpan(where, item), names)) {
      if (!hasWire(place, names)) names.diagnostics.push(complaint.noWire(item, where));
      const own = name.includes("*") ? name.replaceAll(/\*+/g, () => capture) : name;
      places.set(own, [...(places.get(own) ?? []), place]);
    }
  }
  return [...places].map(([own, all]) => ({ name: own, at: all, span }));
}

/** Whether the place is a host, a named thing, or has at least one interface with a wire behind it. */
function hasWire(place: PlaceReference, { hosts }: SiteNames): boolean {
  if (place.kind === "host" || place.kind === "named") return true;
  const host = hosts.find((it) => it.name === place.host);
  return (
    host?.interfaces.some((it) => isAt(host, it, place) && !WITHOUT_WIRE.has(it.kind)) ?? false
  );
}

const WITHOUT_WIRE: ReadonlySet<InterfaceKind> = new Set<InterfaceKind>([
  "loopback",
  "bridge",
  "veb",
  "vport",
  "vether",
]);

/** The span of the text inside quotes: references are underlined by their parts. */
export function valueSpan<At extends { readonly column: number; readonly length: number }>(
  span: At,
  text: string,
): At {
  return span.length === text.length + 2
    ? { ...span, column: span.column + 1, length: Math.max(1, text.length) }
    : span;
}

/** Whether a name of a conduit stands for a zone that is named, but whose places are wrong. */
export function isPlaceless(text: string, { placeless }: SiteNames): boolean {
  const [glob, names] = [globOf(text), [...placeless]];
  return names.some((it) => glob.match(it) !== undefined || globOf(it).match(text) !== undefined);
}

/** The zones that a name of a conduit stands for: one, or all that fit its `*`. */
export function zonesNamed(text: string, zones: readonly Zone[]): readonly string[] {
  if (!text.includes("*")) return zones.some((it) => it.name === text) ? [text] : [];
  const glob = globOf(text);
  return zones.map((it) => it.name).filter((name) => glob.match(name) !== undefined);
}
