import type { Host, Interface } from "../../../model/host.ts";
import type { Family } from "../../../model/packet.ts";
import type { PacketSet, PacketSets } from "../../sets/packet-sets.ts";
import { inPrefix } from "../../sets/packets.ts";
import { bestFirst } from "../routed-parts.ts";

/** Packets that one route takes, and to whom. */
export interface NextHop {
  readonly to: Interface;
  readonly family: Family;
  /** Absent: the destination itself is on the wire. */
  readonly gateway?: bigint;
  readonly set: PacketSet;
}

/**
 * Splits packets by the route that their destination takes in table `rtable`, as `routedParts` does,
 * gateways kept apart. Packets in no part have no route, a blackhole, or are for the host itself.
 */
export function nextHops(sets: PacketSets, host: Host, rtable: number): readonly NextHop[] {
  const hops: NextHop[] = [];
  let left = sets.all;
  for (const group of bestFirst(host.routes.filter((route) => route.rtable === rtable))) {
    let covered = sets.empty;
    for (const route of group) {
      const network = inPrefix(sets, "destination", route.prefix);
      const free = host.switches.multipath[route.prefix.family] ? left : sets.diff(left, covered);
      covered = sets.or(covered, network);
      const to = host.interfaces.find((it) => it.name === route.interface);
      const set = sets.and(free, network);
      if (route.local || to === undefined || set === sets.empty) continue;
      const { gateway } = route;
      const hop = { to, family: route.prefix.family, set };
      hops.push(gateway === undefined ? hop : { ...hop, gateway });
    }
    left = sets.diff(left, covered);
  }
  return hops;
}
