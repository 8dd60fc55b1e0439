import type { Host, Route } from "../../model/host.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { inPrefix } from "../sets/packets.ts";

/** Where the packets of one routing table go: one entry per different outcome. */
export interface RoutedPart {
  /** Absent: blackhole or reject. */
  readonly interface?: string;
  /** The address is the host's own. */
  readonly local: boolean;
  readonly set: PacketSet;
}

/**
 * Splits all packets by the route that their `field` takes in table `rtable`.
 *
 * The longest prefix wins, of equal ones the host's own address, then the better priority. Parts are
 * disjoint but for equal-cost routes, which all count where the host uses them all (multipath). What
 * has no route is in no part.
 */
export function routedParts(
  sets: PacketSets,
  host: Host,
  rtable: number,
  field: "source" | "destination",
): readonly RoutedPart[] {
  const parts = new Map<string, { route: Route; set: PacketSet }>();
  let left = sets.all;
  for (const group of bestFirst(host.routes.filter((route) => route.rtable === rtable))) {
    let covered = sets.empty;
    for (const route of group) {
      const network = inPrefix(sets, field, route.prefix);
      const free = host.switches.multipath[route.prefix.family] ? left : sets.diff(left, covered);
      covered = sets.or(covered, network);
      const key = `${route.local ? "local" : "via"} ${route.interface ?? ""}`;
      const before = parts.get(key)?.set ?? sets.empty;
      parts.set(key, { route, set: sets.or(before, sets.and(free, network)) });
    }
    left = sets.diff(left, covered);
  }
  return [...parts.values()].map(({ route, set }) => ({
    ...(route.interface === undefined ? {} : { interface: route.interface }),
    local: route.local,
    set,
  }));
}

/** Routes that may share packets and are as good as each other, together; best first. */
export function bestFirst(routes: readonly Route[]): readonly (readonly Route[])[] {
  const groups = new Map<number, Route[]>();
  for (const route of routes) {
    const length = route.prefix.length + (route.prefix.family === "inet" ? 96 : 0);
    const rank = (length * 2 + (route.local ? 1 : 0)) * 64 + 63 - priorityOf(route);
    const group = groups.get(rank);
    if (group === undefined) groups.set(rank, [route]);
    else group.push(route);
  }
  return [...groups].toSorted(([a], [b]) => b - a).map(([, group]) => group);
}

/** RTP_CONNECTED and RTP_STATIC of OpenBSD. */
function priorityOf({ priority, gateway }: Route): number {
  return priority ?? (gateway === undefined ? 4 : 8);
}
