import type { Host } from "../../../model/host.ts";
import type { Family } from "../../../model/packet.ts";
import type { WayEnd } from "../../../model/reach.ts";
import type { Closure } from "../../claims/closure.ts";
import type { Place } from "../../path/places.ts";
import { bridgeOf } from "../../path/points.ts";
import { rdomainOf, rdomainsOf } from "../../path/stack.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { inRange, ofFamily, union } from "../../sets/packets.ts";

/**
 * What ends the ways of packets from one zone to addresses of another where pf is not to blame: no
 * route to its wires, a sender without a route, a host that does not forward, a wire that ends.
 */
export function waysEnds(closure: Closure, from: number, to: number): readonly WayEnd[] {
  const targets = addressesOf(closure, to);
  const met = targets === closure.sets.empty ? [] : endsOf(closure, from, targets);
  const found = [...unrouted(closure, to), ...domainsMissed(closure, from, to), ...met];
  const ends = new Map(found.map((end) => [`${end.host} ${end.reason}`, end]));
  if (ends.size > 0) return [...ends.values()];
  const [name, target] = [from, to].map((zone) => closure.plan.zones[zone]?.name ?? "");
  return [{ reason: `no wire and no route leads on from ${name} towards ${target}` }];
}

/** Interfaces on wires of the zone that no route and no bridge leads out of. */
function unrouted({ plan }: Closure, zone: number): readonly WayEnd[] {
  return (plan.zones[zone]?.places ?? []).flatMap((place) => {
    if (place.kind === "host") return [];
    return place.wire.attachments.flatMap(({ host, interface: it }): readonly WayEnd[] => {
      const isLed = host.routes.some((route) => !route.local && route.interface === it.name);
      if (isLed || bridgeOf(host, it) !== undefined) return [];
      return [{ host: host.name, reason: `no route leads out on ${it.name}` }];
    });
  });
}

/** Routing domains of the zone's wires that no packet of the other zone is in, on hosts it gets to. */
function domainsMissed(closure: Closure, from: number, to: number): readonly WayEnd[] {
  const met = new Map<Host, Set<number>>();
  const own = closure.owners.from(from);
  for (const { point, set } of closure.reached.all) {
    if (point.kind !== "passed" || !closure.sets.meets(set, own)) continue;
    const { before, rtable } = point;
    if (before.kind !== "stack") continue;
    const known = met.get(before.host) ?? new Set<number>();
    met.set(before.host, known.add(rdomainOf(before.host, rtable)));
  }
  const missed = new Map<string, { host: Host; rdomain: number; names: string[] }>();
  for (const place of closure.plan.zones[to]?.places ?? []) {
    if (place.kind === "host") continue;
    for (const { host, interface: it } of place.wire.attachments) {
      if (met.get(host)?.has(it.rdomain) !== false) continue;
      const key = `${it.rdomain} ${host.name}`;
      const known = missed.get(key) ?? { host, rdomain: it.rdomain, names: [] };
      missed.set(key, known);
      known.names.push(it.name);
    }
  }
  return [...missed.values()].map(({ host, rdomain, names }) => {
    return {
      host: host.name,
      reason: `no rule takes them to rdomain ${rdomain}: ${names.join(", ")}`,
    };
  });
}

function endsOf(closure: Closure, from: number, targets: PacketSet): readonly WayEnd[] {
  const { sets, owners, reached } = closure;
  const wanted = sets.and(targets, owners.from(from));
  const ends: WayEnd[] = [...unsent(closure, from, targets)];
  const wires = new Set<string>();
  for (const { point, set } of reached.all) {
    const some = sets.and(set, wanted);
    if (some === sets.empty) continue;
    if (point.kind === "wire" && point.sender !== undefined) wires.add(point.wire.name);
    if (point.kind !== "passed" || point.before.kind !== "stack") continue;
    const { host } = point.before;
    for (const reason of refusals(closure, host, point.rtable, some)) {
      ends.push({ host: host.name, reason });
    }
  }
  if (ends.length > 0) return ends;
  return [...wires].map((name) => ({ reason: `packets to its addresses end on the wire ${name}` }));
}

/** Hosts of the sending zone that have no route for their own packets. */
function unsent(closure: Closure, from: number, targets: PacketSet): readonly WayEnd[] {
  return (closure.plan.zones[from]?.places ?? []).flatMap((place): readonly WayEnd[] => {
    if (place.kind !== "host") return [];
    const { host } = place;
    return rdomainsOf(host).flatMap((rdomain) =>
      (["inet", "inet6"] as const)
        .filter((family) => {
          return isUnrouted(closure, host, rdomain, and(closure, targets, family));
        })
        .map((family) => ({ host: host.name, reason: routeless(host, family, rdomain) })),
    );
  });
}

function and({ sets }: Closure, set: PacketSet, family: Family): PacketSet {
  return sets.and(set, ofFamily(sets, family));
}

/** Some of the packets have no route. */
function isUnrouted({ sets, stack }: Closure, host: Host, rtable: number, set: PacketSet): boolean {
  const routes = stack.parts(host, rtable).filter((part) => part.interface !== undefined);
  return !sets.implies(
    set,
    union(
      sets,
      routes.map((part) => part.set),
    ),
  );
}

function routeless(host: Host, family: Family, rtable: number): string {
  const rdomain = rdomainOf(host, rtable);
  const where = rdomain === rtable ? `rdomain ${rdomain}` : `table ${rtable}`;
  return `it has no ${family} route there in ${where}`;
}

/** Why a stack sends packets nowhere that it has received and pf has passed. */
function refusals(closure: Closure, host: Host, rtable: number, set: PacketSet): readonly string[] {
  const { sets, stack } = closure;
  const own = stack.parts(host, rtable).flatMap((part) => (part.local ? [part.set] : []));
  const others = sets.diff(set, union(sets, own));
  return (["inet", "inet6"] as const).flatMap((family) => {
    const left = and(closure, others, family);
    if (left === sets.empty) return [];
    if (!host.forwarding[family]) return [`it does not forward ${family}`];
    const going = sets.and(left, stack.forwardable(host, false));
    return isUnrouted(closure, host, rtable, going) ? [routeless(host, family, rtable)] : [];
  });
}

/** Packets to addresses that belong to places of a zone, as far as the files tell. */
function addressesOf(closure: Closure, zone: number): PacketSet {
  const { plan, sets } = closure;
  const places = plan.zones[zone]?.places ?? [];
  return union(
    sets,
    places.flatMap((place) => addressesAt(closure, place)),
  );
}

function addressesAt({ sets, stack }: Closure, place: Place): readonly PacketSet[] {
  if (place.kind === "host") {
    return rdomainsOf(place.host)
      .flatMap((rdomain) => stack.parts(place.host, rdomain))
      .flatMap((part) => (part.local ? [part.set] : []));
  }
  const { cut, wire } = place;
  if (cut !== undefined) return cut.map((range) => inRange(sets, "destination", range));
  return wire.attachments.flatMap(({ host, interface: it }) =>
    stack
      .parts(host, it.rdomain)
      .flatMap((part) => (part.interface === it.name && !part.local ? [part.set] : [])),
  );
}
