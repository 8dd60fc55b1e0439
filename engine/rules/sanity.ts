import { ICMP, ICMP6, type Packet, TCP, UDP } from "../../model/packet.ts";

/** What is left of a packet before any state or rule is asked, or why nothing is. */
export type Sanitised =
  | { readonly packet: Packet }
  | { readonly packet?: undefined; readonly reason: string };

/**
 * Drops what pf drops for its headers alone, and cleans TCP flags (pf-semantics.md 2 … 5).
 *
 * @param reassemble - `set reassemble`: fragments are held until they are whole
 */
export function sanitise(packet: Packet, reassemble: boolean): Sanitised {
  if (packet.fragment !== "no") {
    if (reassemble) return { reason: "fragment waits for reassembly" };
    const reason = listenerFault(packet);
    return reason === undefined ? { packet } : { reason };
  }
  const reason = headerFault(packet);
  if (reason !== undefined) return { reason };
  return packet.protocol === TCP ? sanitiseFlags(packet) : { packet };
}

function headerFault(packet: Packet): string | undefined {
  const { protocol, family } = packet;
  if ((protocol === TCP || protocol === UDP) && packet.destinationPort === 0) {
    return "destination port 0";
  }
  if (protocol === (family === "inet" ? ICMP6 : ICMP)) return "ICMP of the other address family";
  if (protocol === ICMP6) return discoveryFault(packet);
  if (protocol === IGMP && packet.destination === ALL_HOSTS && packet.ttl !== 1) {
    return "IGMP to all hosts that was forwarded";
  }
  return undefined;
}

/** Neighbour discovery must not have been forwarded. */
function discoveryFault(packet: Packet): string | undefined {
  const { icmpType, ttl } = packet;
  if (icmpType >= 133 && icmpType <= 137 && ttl !== 255) {
    return "neighbour discovery with a hop limit other than 255";
  }
  return listenerFault(packet);
}

/** Listener discovery must not leave its link, first fragments of it included (rare ra573/13). */
function listenerFault({ protocol, icmpType, ttl, source }: Packet): string | undefined {
  if (protocol !== ICMP6 || !LISTENER_DISCOVERY.includes(icmpType)) return undefined;
  if (ttl === 1 && source >> 118n === LINK_LOCAL) return undefined;
  return "listener discovery from off the link";
}

/** SYN+FIN becomes SYN; combinations that no TCP sends are dropped. */
function sanitiseFlags(packet: Packet): Sanitised {
  let { flags } = packet;
  if ((flags & SYN) !== 0) {
    if ((flags & RST) !== 0) return { reason: "TCP flags SYN and RST together" };
    flags &= ~FIN;
  } else if ((flags & (ACK | RST)) === 0) return { reason: "TCP flags without SYN, ACK or RST" };
  if ((flags & ACK) === 0 && (flags & (FIN | PUSH | URGENT)) !== 0) {
    return { reason: "TCP flags FIN, PSH or URG without ACK" };
  }
  return { packet: flags === packet.flags ? packet : { ...packet, flags } };
}

const [FIN, SYN, RST, PUSH, ACK, URGENT] = [1, 2, 4, 8, 16, 32] as const;
const IGMP = 2;
/** 224.0.0.1 */
const ALL_HOSTS = 0xe0000001n;
/** First ten bits of fe80::/10. */
const LINK_LOCAL = 0x3fan;
const LISTENER_DISCOVERY: readonly number[] = [130, 131, 132, 143];
