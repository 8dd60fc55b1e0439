import type { AddressRange } from "../../model/address.ts";
import type { Host } from "../../model/host.ts";
import type { Network, PlaceReference, Zone } from "../../model/network.ts";
import type { Family } from "../../model/packet.ts";
import type { Wire, Wiring } from "./wiring.ts";

/** Where packets of a zone start and end. */
export type Place =
  | { readonly kind: "host"; readonly host: Host }
  /** `cut`: only these addresses on the wire. */
  | {
      readonly kind: "wire";
      readonly wire: Wire;
      readonly cut: readonly AddressRange[] | undefined;
    };

/** A zone with its places found on the wires. */
export interface PlacedZone {
  readonly index: number;
  readonly name: string;
  readonly places: readonly Place[];
  /** `hosts` and `unplaced`, which nobody wrote. */
  readonly implicit: boolean;
}

export const HOSTS_ZONE = "hosts";
export const UNPLACED_ZONE = "unplaced";

/**
 * Finds the places of every zone, and puts what is in no zone into `hosts` and `unplaced`.
 *
 * An implicit zone without places is left out. References that name nothing are the reader's
 * complaint; here they give no place.
 */
export function placedZones(network: Network, wiring: Wiring): readonly PlacedZone[] {
  const written = network.zones.map((zone): Omit<PlacedZone, "index"> => {
    return { name: zone.name, places: placesOf(network, wiring, zone), implicit: false };
  });
  const taken = written.flatMap((zone) => zone.places);
  const hosts = network.hosts
    .filter((host) => !taken.some((place) => place.kind === "host" && place.host === host))
    .map((host): Place => ({ kind: "host", host }));
  const wires = wiring.wires
    .filter((wire) => isOpen(wire) && !isCovered(wire, taken))
    .map((wire): Place => ({ kind: "wire", wire, cut: undefined }));
  return [
    ...written,
    { name: HOSTS_ZONE, places: hosts, implicit: true },
    { name: UNPLACED_ZONE, places: wires, implicit: true },
  ]
    .filter((zone) => !zone.implicit || zone.places.length > 0)
    .map((zone, index) => ({ ...zone, index }));
}

/** Somebody can be on it besides the hosts that we hold. */
function isOpen({ attachments, internal }: Wire): boolean {
  return attachments.length > 0 && !internal;
}

function isCovered(wire: Wire, taken: readonly Place[]): boolean {
  return taken.some((place) => place.kind === "wire" && place.wire === wire);
}

function placesOf(network: Network, wiring: Wiring, zone: Zone): readonly Place[] {
  const places: Place[] = [];
  for (const reference of zone.at) {
    for (const place of findPlaces(network, wiring, reference)) {
      const known = places.some((it) => samePlace(it, place));
      if (!known) places.push(place);
    }
  }
  return places;
}

function samePlace(a: Place, b: Place): boolean {
  if (a.kind === "host") return b.kind === "host" && a.host === b.host;
  return b.kind === "wire" && a.wire === b.wire && a.cut === undefined && b.cut === undefined;
}

/** The places that a reference stands for, in the order of the host's interfaces. */
export function findPlaces(
  network: Network,
  wiring: Wiring,
  reference: PlaceReference,
): readonly Place[] {
  if (reference.kind === "named") return namedPlaces(network, wiring, reference);
  const host = network.hosts.find((it) => it.name === reference.host);
  if (host === undefined) return [];
  if (reference.kind === "host") return [{ kind: "host", host }];
  const cut = reference.addresses === undefined ? undefined : [reference.addresses];
  return interfacesOf(host, reference).flatMap((name): readonly Place[] => {
    const wire = wiring.wireOf(host.name, name);
    return wire === undefined ? [] : [{ kind: "wire", wire, cut }];
  });
}

function namedPlaces(
  network: Network,
  wiring: Wiring,
  reference: PlaceReference & { readonly kind: "named" },
): readonly Place[] {
  const wire = wiring.wireNamed(reference.name);
  if (wire === undefined) return [];
  const device = network.devices.find((it) => it.name === reference.name);
  const own = device === undefined || device.addresses.length === 0 ? undefined : device.addresses;
  const cut = reference.addresses === undefined ? own : [reference.addresses];
  return [{ kind: "wire", wire, cut }];
}

function interfacesOf(
  host: Host,
  reference: Exclude<PlaceReference, { kind: "named" } | { kind: "host" }>,
): readonly string[] {
  switch (reference.kind) {
    case "interface":
      return [reference.interface];
    case "group":
      return host.interfaces
        .filter((it) => it.groups.includes(reference.group))
        .map((it) => it.name);
    case "rdomain":
      return host.interfaces.filter((it) => it.rdomain === reference.rdomain).map((it) => it.name);
    case "vm":
      return host.guests.find((guest) => guest.name === reference.vm)?.taps ?? [];
  }
}

/** Whether a packet on a wire is at a place: it is the wire, or the part of it with its destination. */
export function isAt(
  place: Place,
  wire: Wire,
  { family, destination }: { readonly family: Family; readonly destination: bigint },
): boolean {
  if (place.kind !== "wire" || place.wire !== wire) return false;
  if (place.cut === undefined) return true;
  return place.cut.some((range) => {
    return range.family === family && range.first <= destination && destination <= range.last;
  });
}
