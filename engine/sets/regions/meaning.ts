import { type Family, ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { Field, PacketSet, PacketSets } from "../packet-sets.ts";
import { constant, icmpType, ofFamily, ofProtocol } from "../packets.ts";
import { whole } from "../rules/headers.ts";
import { REPLIES } from "../rules/icmp-types.ts";

/** ICMP as each family has it. */
const MESSAGES: readonly (readonly [Family, protocol: number])[] = [
  ["inet", ICMP],
  ["inet6", ICMP6],
];

/** Packets of TCP or UDP. */
export function ported(sets: PacketSets): PacketSet {
  return constant(sets, "ported", () => sets.or(ofProtocol(sets, TCP), ofProtocol(sets, UDP)));
}

/** Packets of ICMP or ICMPv6, in either family. */
export function icmp(sets: PacketSets): PacketSet {
  return constant(sets, "icmp", () => sets.or(ofProtocol(sets, ICMP), ofProtocol(sets, ICMP6)));
}

/** Packets that begin with their transport header: whole ones and first fragments. */
export function headed(sets: PacketSets): PacketSet {
  return constant(sets, "headed", () => sets.range("fragment", 0n, 1n));
}

/** Whole packets that are ICMP replies to rules that keep state. */
export function replies(sets: PacketSets): PacketSet {
  return constant(sets, "replies", () => {
    let all = sets.empty;
    for (const [family, protocol] of MESSAGES) {
      const of = sets.and(ofFamily(sets, family), ofProtocol(sets, protocol));
      all = sets.or(all, sets.and(of, replyTypes(sets, family)));
    }
    return sets.and(all, whole(sets));
  });
}

/** Packets with a `destinationPort` that is a type of ICMP replies of the family. */
function replyTypes(sets: PacketSets, family: Family): PacketSet {
  let all = sets.empty;
  for (const type of REPLIES[family]) all = sets.or(all, icmpType(sets, type));
  return all;
}

/**
 * The set, and what differs from its packets only in fields that they do not have: ports of protocols
 * without, flags of other protocols than TCP, both of later fragments. The fourth value of
 * `fragment`, which no packet has, counts as later.
 */
export function meaningful(sets: PacketSets, set: PacketSet): PacketSet {
  const fourth = sets.range("fragment", 3n, 3n);
  const later = sets.and(sets.fix(set, "fragment", 2n), fourth);
  const possible = sets.or(sets.diff(set, fourth), later);

  const transport = sets.and(headed(sets), sets.or(ported(sets), icmp(sets)));
  const flagged = sets.and(transport, ofProtocol(sets, TCP));
  const bare = forgotten(sets, sets.diff(possible, transport), [
    "sourcePort",
    "destinationPort",
    "flags",
  ]);
  const unflagged = forgotten(sets, sets.diff(sets.and(possible, transport), flagged), ["flags"]);
  return sets.or(sets.or(bare, unflagged), sets.and(possible, flagged));
}

function forgotten(sets: PacketSets, set: PacketSet, fields: readonly Field[]): PacketSet {
  return set === sets.empty ? set : sets.forget(set, fields);
}
