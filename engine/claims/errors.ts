import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { imitations } from "../sets/rules/icmp-errors.ts";
import { ownMessages } from "../sets/rules/state-keys.ts";

/** ICMP and ICMPv6 errors, which pf looks up by the packet that they quote. */
export function icmpErrors(sets: PacketSets): PacketSet {
  return ownMessages(sets, "errors");
}

/** The packets that ICMP errors of a set can imitate: those that answer what they quote. */
export function imitated(sets: PacketSets, errors: PacketSet): PacketSet {
  return imitations(sets, errors);
}

/** Packets that some ICMP error can imitate. */
export function imitable(sets: PacketSets): PacketSet {
  return imitations(sets, sets.all);
}
