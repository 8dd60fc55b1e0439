import type { Host } from "../../model/host.ts";
import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { ofFamily, ofProtocol, union } from "../sets/packets.ts";

/** FIN, SYN, RST, PUSH, ACK, URG of a TCP header. */
const [FIN, SYN, RST, PUSH, ACK, URG] = [1, 2, 4, 8, 16, 32] as const;

/**
 * Packets that normalisation and sanity checks of pf leave to states and rules (pf-semantics.md 2 … 4).
 *
 * Where pf reassembles only whole packets get there; their fragments were one packet of the sender.
 */
export function eligibleFor(sets: PacketSets, host: Host): PacketSet {
  const whole = sets.range("fragment", 0n, 0n);
  // of a fragment pf reads no more than the IP header
  const foreign = union(sets, [
    sets.and(ofProtocol(sets, ICMP), ofFamily(sets, "inet6")),
    sets.and(ofProtocol(sets, ICMP6), ofFamily(sets, "inet")),
  ]);
  const ported = sets.or(ofProtocol(sets, TCP), ofProtocol(sets, UDP));
  const nowhere = sets.and(ported, sets.range("destinationPort", 0n, 0n));
  const refused = sets.and(whole, union(sets, [foreign, nowhere, badFlags(sets)]));
  const left = sets.not(refused);
  return host.pfConf?.options.reassemble === true ? sets.and(left, whole) : left;
}

/**
 * TCP segments that pf drops for their flags alone.
 *
 * SYN with FIN becomes a plain SYN in the kernel; here it is left out, as its sender can send that
 * plain SYN as well.
 */
function badFlags(sets: PacketSets): PacketSet {
  const set = (bits: number): PacketSet => sets.masked("flags", BigInt(bits), BigInt(bits));
  const without = (bits: number): PacketSet => sets.masked("flags", 0n, BigInt(bits));
  const alone = [FIN, PUSH, URG].map((flag) => sets.and(set(flag), without(ACK)));
  const bad = [set(SYN | RST), without(SYN | ACK | RST), set(SYN | FIN), ...alone];
  return sets.and(ofProtocol(sets, TCP), union(sets, bad));
}
