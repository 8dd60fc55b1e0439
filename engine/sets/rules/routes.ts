import { EntrySet } from "../../kernel/entry-set.ts";
import type { KernelRoute, Surroundings } from "../../kernel/surroundings.ts";
import type { PacketFunctions } from "../packet-functions.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { constant, type End, inPrefix, ofFamily, union } from "../packets.ts";

/**
 * Packets whose address has a route that `isMeant`: the longest prefix of the table decides, of
 * equal ones the first.
 */
export function routedSet(
  sets: PacketFunctions,
  { routes }: Surroundings,
  rtable: number,
  field: End,
  isMeant: (route: KernelRoute) => boolean,
): PacketSet {
  const entries = new EntrySet();
  for (const route of routes) {
    if (route.rtable === rtable) entries.add(route.prefix, !isMeant(route));
  }
  return sets.tableSet(field, entries.packed());
}

/** IPv6 link-local addresses, multicast of link and interface scope: no route is asked for them. */
export function scoped(sets: PacketSets, field: End): PacketSet {
  return constant(sets, `scoped ${field}`, () => {
    const groups = [0xff01n, 0xff02n].map((it) => sets.masked(field, it << 112n, 0xff0fn << 112n));
    const linkLocal = { family: "inet6", value: 0xfe80n << 112n, length: 10 } as const;
    const multicast = union(sets, groups);
    return sets.or(inPrefix(sets, field, linkLocal), sets.and(ofFamily(sets, "inet6"), multicast));
  });
}
