import type { Conduit, Network, Pending, PlaceReference, Zone } from "../../../model/network.ts";
import { findPlaces, type Place, placedZones } from "../../path/places.ts";
import { type Wiring, wiringOf } from "../../path/wiring.ts";

/** The names of all zones, `hosts` and `unplaced` included if they have places. */
export function zoneNames(network: Network): readonly string[] {
  return placedZones(network, wiringOf(network)).map(({ name }) => name);
}

/**
 * The network with a place as a zone of its own: zones that had it lose it, and what is said of them
 * holds for the new one, too.
 *
 * @param reference - without addresses: the rest of a wire has no reference
 * @returns nothing if no place is called so
 */
export function withZone(
  network: Network,
  name: string,
  reference: PlaceReference,
): Network | undefined {
  const wiring = wiringOf(network);
  const own = findPlaces(network, wiring, reference);
  if (own.length === 0) return undefined;
  const had = new Set<string>();
  const zones = network.zones.map((zone): Zone => {
    const at = zone.at.flatMap((it) => without(network, wiring, it, own));
    if (at.length === zone.at.length && at.every((it, index) => it === zone.at[index])) return zone;
    had.add(zone.name);
    return { ...zone, at };
  });
  const renamed = (zone: string): readonly string[] => (had.has(zone) ? [zone, name] : [zone]);
  return {
    ...network,
    zones: [...zones, { name, at: [reference], span: reference.span }],
    conduits: network.conduits.flatMap((it) => conduitsFor(it, renamed)),
    pending: network.pending.map((it) => pendingFor(it, renamed)),
  };
}

type Renamed = (zone: string) => readonly string[];

function conduitsFor(conduit: Conduit, renamed: Renamed): readonly Conduit[] {
  return renamed(conduit.from).flatMap((from) =>
    renamed(conduit.to).map((to) => ({ ...conduit, from, to })),
  );
}

function pendingFor(pending: Pending, renamed: Renamed): Pending {
  if (pending.pairs === undefined) return pending;
  const pairs = pending.pairs.flatMap(([from, to]) =>
    renamed(from).flatMap((a) => renamed(to).map((b): readonly [string, string] => [a, b])),
  );
  return { ...pending, pairs };
}

/** References to the places of one that are not among others; itself if none is. */
function without(
  network: Network,
  wiring: Wiring,
  reference: PlaceReference,
  others: readonly Place[],
): readonly PlaceReference[] {
  const places = findPlaces(network, wiring, reference);
  const rest = places.filter((place) => !others.some((other) => isOn(place, other)));
  if (rest.length === places.length) return [reference];
  const { span, addresses } = reference;
  return rest.flatMap((place): readonly PlaceReference[] => {
    const [end] = place.kind === "wire" ? place.wire.attachments : [];
    if (end === undefined) return [];
    const at = { kind: "interface", host: end.host.name, interface: end.interface.name } as const;
    return [{ ...at, span, ...(addresses === undefined ? {} : { addresses }) }];
  });
}

function isOn(a: Place, b: Place): boolean {
  if (a.kind === "host") return b.kind === "host" && a.host === b.host;
  return b.kind === "wire" && a.wire === b.wire;
}
