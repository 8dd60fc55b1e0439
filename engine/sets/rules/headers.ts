import { type Family, ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import { classifyQuoted } from "../../kernel/icmp.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { constant, ofProtocol } from "../packets.ts";

const NEIGHBOR_ADVERT = 136;

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

const QUOTED = {
  protocol: 0,
  source: 0n,
  destination: 0n,
  sourcePort: 0,
  destinationPort: 0,
  sequence: 0,
  icmpType: 0,
  icmpId: 0,
};

/** ICMP replies by family as rules that keep state see them: an advertisement is none. */
export const REPLIES: Readonly<Record<Family, ReadonlySet<number>>> = {
  inet: repliesOf("inet"),
  inet6: repliesOf("inet6"),
};

function repliesOf(family: Family): ReadonlySet<number> {
  const types = new Set<number>();
  for (let icmpType = 0; icmpType < 256; icmpType++) {
    const isAdvert = family === "inet6" && icmpType === NEIGHBOR_ADVERT;
    if (!isAdvert && classifyQuoted({ ...QUOTED, icmpType }, family).kind === "reply") {
      types.add(icmpType);
    }
  }
  return types;
}
