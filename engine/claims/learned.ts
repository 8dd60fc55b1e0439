import type { Host, Interface } from "../../model/host.ts";
import type { Family } from "../../model/packet.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { type End, inPrefix, ofFamily } from "../sets/packets.ts";

/** Families whose addresses an interface learns at run time, unless its bracket is closed. */
export function learnedFamilies(member: Interface, closed: ReadonlySet<string>): readonly Family[] {
  const bracket = member.unread.find((unread) => unread.scope.kind === "address");
  return bracket !== undefined && closed.has(bracket.id) ? [] : member.automatic;
}

/** Packets to or from where a learned address can lie: in no network that the rdomain declares elsewhere. */
export function undeclared(
  sets: PacketSets,
  host: Host,
  member: Interface,
  family: Family,
  field: End,
): PacketSet {
  let set = ofFamily(sets, family);
  for (const other of host.interfaces) {
    if (other.rdomain !== member.rdomain || other.name === member.name) continue;
    for (const address of other.addresses) {
      if (address.family === family) set = sets.diff(set, inPrefix(sets, field, address));
    }
  }
  return set;
}
