import type { AddressRange } from "../../model/address.ts";
import type { Host, InterfaceAddress } from "../../model/host.ts";
import type { Place, PlacedZone } from "../path/places.ts";
import { rdomainsOf } from "../path/stack.ts";
import type { Wire } from "../path/wiring.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { inRange } from "../sets/packets.ts";
import { imitable } from "./errors.ts";
import type { Point } from "./graph.ts";
import type { Label } from "./labels.ts";
import type { Owners } from "./owners.ts";
import type { Plan } from "./plan.ts";
import { routedParts } from "./routed-parts.ts";
import type { StackSets } from "./stack.ts";

/** Packets that a zone's place may emit of its own. */
export interface Emitted {
  readonly zone: number;
  readonly point: Point;
  readonly label: Label;
  readonly set: PacketSet;
}

/**
 * What every place of every zone may emit at the plan's adversary level (claims.md 6).
 *
 * A host's own processes use the host's addresses at every level: a host is not taken over (S6).
 */
export function emissionsOf(of: {
  readonly plan: Plan;
  readonly sets: PacketSets;
  readonly stack: StackSets;
  readonly owners: Owners;
}): readonly Emitted[] {
  const { plan } = of;
  return plan.zones.flatMap((zone) =>
    zone.places.flatMap((place): readonly Emitted[] => {
      if (place.kind === "host") return plan.silentHosts ? [] : fromHost(of, zone, place.host);
      const set = sourcesOn(of.sets, plan, place);
      const point: Point = { kind: "wire", wire: place.wire };
      return both(of, zone, point, set, of.sets.all);
    }),
  );
}

const FRESH: Label = { journey: -1, about: false, tag: "", received: "" };

/** The packets of a place, and the ICMP errors that it may make up about others. */
function both(
  { sets, owners }: { readonly sets: PacketSets; readonly owners: Owners },
  { index: zone }: PlacedZone,
  point: Point,
  packets: PacketSet,
  errors: PacketSet,
): readonly Emitted[] {
  const own = sets.and(owners.from(zone), owners.alone);
  const about = sets.and(imitable(sets), errors);
  return [
    { zone, point, label: FRESH, set: sets.and(packets, own) },
    { zone, point, label: { ...FRESH, about: true }, set: sets.and(about, own) },
  ];
}

function sourcesOn(
  sets: PacketSets,
  plan: Plan,
  place: Place & { readonly kind: "wire" },
): PacketSet {
  if (plan.level !== "assigned") return sets.all;
  if (place.cut !== undefined) return anyOf(sets, place.cut);
  return assignedOn(sets, place.wire);
}

function anyOf(sets: PacketSets, ranges: readonly AddressRange[]): PacketSet {
  return ranges.reduce((all, range) => sets.or(all, inRange(sets, "source", range)), sets.empty);
}

/** Packets that a zone may emit on a wire by their source address, at the plan's adversary level. */
export function sourcesOf(sets: PacketSets, plan: Plan, zone: number, wire: Wire): PacketSet {
  return (plan.zones[zone]?.places ?? [])
    .flatMap((place) => (place.kind === "wire" && place.wire === wire ? [place] : []))
    .reduce((all, place) => sets.or(all, sourcesOn(sets, plan, place)), sets.empty);
}

/**
 * Addresses that belong on a wire: those that its hosts route there, their own excepted, and no
 * network or broadcast address, which no station has.
 */
function assignedOn(sets: PacketSets, wire: Wire): PacketSet {
  let set = sets.empty;
  for (const { host, interface: it } of wire.attachments) {
    for (const part of routedParts(sets, host, it.rdomain, "source")) {
      if (!part.local && part.interface === it.name) set = sets.or(set, part.set);
    }
  }
  for (const { interface: it } of wire.attachments) {
    for (const value of it.addresses.flatMap(nobodys)) {
      set = sets.diff(set, inRange(sets, "source", { family: "inet", first: value, last: value }));
    }
  }
  return set;
}

function nobodys({ family, value, length }: InterfaceAddress): readonly bigint[] {
  if (family !== "inet" || length >= 31) return [];
  const rest = (1n << BigInt(32 - length)) - 1n;
  return [value & ~rest, value | rest];
}

function fromHost(
  of: { readonly sets: PacketSets; readonly stack: StackSets; readonly owners: Owners },
  zone: PlacedZone,
  host: Host,
): readonly Emitted[] {
  return rdomainsOf(host).flatMap((rdomain) => {
    const own = of.stack.ownSources(host, rdomain);
    return of.stack.parts(host, rdomain).flatMap((part): readonly Emitted[] => {
      const it = host.interfaces.find((other) => other.name === part.interface);
      if (part.local || it === undefined) return [];
      const point: Point = { kind: "send", host, interface: it };
      return both(of, zone, point, of.sets.and(own, part.set), part.set);
    });
  });
}
