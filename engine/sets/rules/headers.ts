import { ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { constant, ofProtocol } from "../packets.ts";

/** Packets that are no fragments. */
export function whole(sets: PacketSets): PacketSet {
  return constant(sets, "whole", () => sets.range("fragment", 0n, 0n));
}

/** Whole packets of TCP. */
export function wholeTcp(sets: PacketSets): PacketSet {
  return constant(sets, "whole tcp", () => sets.and(whole(sets), ofProtocol(sets, TCP)));
}

/** Whole packets of protocols with ports. */
export function wholePorted(sets: PacketSets): PacketSet {
  return constant(sets, "whole ported", () => {
    return sets.or(wholeTcp(sets), sets.and(whole(sets), ofProtocol(sets, UDP)));
  });
}

/** Whole packets of ICMP or ICMPv6, in either family. */
export function wholeIcmp(sets: PacketSets): PacketSet {
  return constant(sets, "whole icmp", () => {
    const icmp = sets.or(ofProtocol(sets, ICMP), ofProtocol(sets, ICMP6));
    return sets.and(whole(sets), icmp);
  });
}
