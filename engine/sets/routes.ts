import type { Host, Route } from "../../model/host.ts";
import type { PacketSet, PacketSets } from "./packet-sets.ts";
import { inPrefix } from "./packets.ts";

/** Where the packets of one routing table go: disjoint sets, one entry per different outcome. */
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
 * The longest prefix wins; equal prefixes to several interfaces leave the choice to the network, so
 * their parts overlap. What has no route is in no part.
 */
export function routedParts(
  sets: PacketSets,
  host: Host,
  rtable: number,
  field: "source" | "destination",
): readonly RoutedPart[] {
  const parts = new Map<string, { route: Route; set: PacketSet }>();
  let left = sets.all;
  for (const group of byLength(host.routes.filter((route) => route.rtable === rtable))) {
    let covered = sets.empty;
    for (const route of group) {
      const network = inPrefix(sets, field, route.prefix);
      covered = sets.or(covered, network);
      const key = `${route.local ? "local" : "via"} ${route.interface ?? ""}`;
      const part = sets.and(left, network);
      const before = parts.get(key)?.set ?? sets.empty;
      parts.set(key, { route, set: sets.or(before, part) });
    }
    left = sets.diff(left, covered);
  }
  return [...parts.values()].map(({ route, set }) => ({
    ...(route.interface === undefined ? {} : { interface: route.interface }),
    local: route.local,
    set,
  }));
}

/** Packets whose `field` has a route in `rtable`, out of `through` if that is given. */
export function routedBy(
  sets: PacketSets,
  host: Host,
  rtable: number,
  field: "source" | "destination",
  through?: string,
): PacketSet {
  return routedParts(sets, host, rtable, field)
    .filter((part) => through === undefined || part.interface === through)
    .reduce((all, part) => sets.or(all, part.set), sets.empty);
}

/** Routes of equal prefix length together, longest first; local routes win over equal ones. */
function byLength(routes: readonly Route[]): readonly (readonly Route[])[] {
  const groups = new Map<number, Route[]>();
  for (const route of routes) {
    const length = route.prefix.length + (route.prefix.family === "inet" ? 96 : 0);
    const rank = length * 2 + (route.local ? 1 : 0);
    groups.set(rank, [...(groups.get(rank) ?? []), route]);
  }
  return [...groups].toSorted(([a], [b]) => b - a).map(([, group]) => group);
}
