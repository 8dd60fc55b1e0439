import type { Service } from "../../../model/network.ts";
import { type Family, ICMP, ICMP_REPLIES, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { PacketFunctions } from "../../sets/packet-functions.ts";
import type { PacketSet, PacketSets } from "../../sets/packet-sets.ts";
import { icmpType, ofFamily, ofProtocol, union } from "../../sets/packets.ts";
import { mirrored } from "../../sets/rules/state-keys.ts";
import { serviceSet } from "../policy.ts";

const [SYN, SYN_ACK] = [0x02n, 0x12n] as const;
/** Ports that clients take: IPPORT_RESERVED and above. */
const CLIENT_PORTS = [1024n, 65535n] as const;
const ECHO: Readonly<Record<Family, number>> = { inet: 8, inet6: 128 };
/** Servers of DHCP and DHCPv6: who asks them has no address yet, and asks everybody. */
const BROADCAST_PORTS = [67n, 547n] as const;

/**
 * The packets that open a flow of a service: a SYN or datagram from any port from 1024 on, an ICMP
 * query, any packet of another protocol; of `any` a SYN, a datagram, and an echo request.
 *
 * Empty for what opens no flow: ICMP errors, neighbour discovery, frames without IP.
 */
export function openingPackets(sets: PacketSets, service: Service, family: Family): PacketSet {
  const plain = (["fragment", "options", "tos"] as const).reduce(
    (all, field) => sets.and(all, sets.range(field, 0n, 0n)),
    sets.and(ofFamily(sets, family), serviceSet(sets, service)),
  );
  const own = family === "inet" ? ICMP : ICMP6;
  const clients = sets.and(
    sets.range("sourcePort", ...CLIENT_PORTS),
    sets.range("destinationPort", 1n, 65535n),
  );
  const parts = [
    sets.and(clients, sets.and(ofProtocol(sets, TCP), sets.range("flags", SYN, SYN))),
    sets.and(clients, ofProtocol(sets, UDP)),
    sets.and(ofProtocol(sets, own), queries(sets, service, family)),
  ];
  if (service.kind === "protocol") {
    const known = union(
      sets,
      [TCP, UDP, ICMP, ICMP6].map((it) => ofProtocol(sets, it)),
    );
    parts.push(sets.not(known));
  }
  return sets.and(plain, union(sets, parts));
}

/** Whether opening packets of the service are broadcasts from an address that nobody has. */
export function opensByBroadcast(service: Service): boolean {
  return (
    service.kind === "transport" &&
    service.protocol === UDP &&
    service.port?.operator === "=" &&
    BROADCAST_PORTS.includes(BigInt(service.port.port) as 67n | 547n)
  );
}

/** The first packets of the other end: SYN and ACK, or the ends exchanged. */
export function replyPackets(sets: PacketFunctions, opening: PacketSet): PacketSet {
  const turned = mirrored(sets, opening);
  const tcp = sets.and(turned, ofProtocol(sets, TCP));
  if (tcp === sets.empty) return turned;
  const answered = sets.and(sets.forget(tcp, ["flags"]), sets.range("flags", SYN_ACK, SYN_ACK));
  return sets.or(sets.diff(turned, tcp), answered);
}

/** Without a type: an echo request. */
function queries(sets: PacketSets, service: Service, family: Family): PacketSet {
  const asked = service.kind === "icmp" ? (service.type ?? ECHO[family]) : ECHO[family];
  const isQuery = ICMP_REPLIES[family].some(([query]) => query === asked);
  if (!isQuery) return sets.empty;
  const code = BigInt(asked * 256);
  return sets.and(icmpType(sets, asked), sets.range("destinationPort", code, code));
}
