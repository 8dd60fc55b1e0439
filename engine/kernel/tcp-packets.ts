import { type Family, TCP } from "../../model/packet.ts";
import { FIN, type KernelPacket, SYN, type TcpHeader } from "./packet.ts";

const LOW_DELAY = 0x10;
const DEFAULT_TTL = 64;
const DEFAULT_PRIORITY = 3;

/** A segment that pf sends itself. */
export interface TcpParts {
  readonly family: Family;
  readonly source: bigint;
  readonly destination: bigint;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window: number;
  /** -1: no option. */
  readonly mss: number;
  /** Of IPv4; 0: the default. IPv6 always has the default. */
  readonly ttl: number;
  readonly tag: string;
  readonly rtable: number;
  /** Of the rule with `set prio` that it is sent for. */
  readonly priority?: number;
}

/** The packet around a segment of pf's own (follows pf_build_tcp, OpenBSD 7.8). */
export function tcpPacket(parts: TcpParts): KernelPacket {
  const isInet = parts.family === "inet";
  return {
    family: parts.family,
    protocol: TCP,
    source: parts.source,
    destination: parts.destination,
    tos: isInet ? LOW_DELAY : 0,
    ttl: isInet && parts.ttl > 0 ? parts.ttl : DEFAULT_TTL,
    dontFragment: isInet,
    options: "none",
    routingHeader: -1,
    fragment: undefined,
    payload: 0,
    sourcePort: parts.sourcePort,
    destinationPort: parts.destinationPort,
    tcp: {
      flags: parts.flags,
      sequence: parts.sequence,
      acknowledgment: parts.acknowledgment,
      window: parts.window,
      mss: parts.mss,
      windowScale: -1,
      sackPermitted: false,
      timestamp: -1,
      timestampEcho: -1,
    },
    icmp: undefined,
    goodChecksum: true,
    priority: parts.priority ?? DEFAULT_PRIORITY,
    tag: parts.tag,
    rtable: parts.rtable,
    receivedOn: "",
  };
}

/** Sequence numbers that a packet takes: its data, SYN and FIN. */
export function endOf(packet: KernelPacket): number {
  const flags = packet.tcp?.flags ?? 0;
  return packet.payload + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
}

/** The TCP header of a packet that must have one. */
export function headerOf(packet: KernelPacket): TcpHeader {
  if (packet.tcp === undefined) throw new Error("a TCP packet without its header");
  return packet.tcp;
}

/** How far `a` is ahead of `b` in sequence space: negative if it is behind. */
export function ahead(a: number, b: number): number {
  return (a - b) | 0;
}
