import type { Family } from "./packet.ts";

/**
 * A packet as pf sees it, with every field that its rules and states look at.
 *
 * Numbers that are absent are -1, headers that a protocol does not have are absent or 0. The
 * simulator's own packet (engine/kernel/packet.ts) has the same fields, writable.
 */
export interface PfPacket {
  readonly family: Family;
  /** IANA number of the upper layer; 44 for a later fragment of IPv6. */
  readonly protocol: number;
  readonly source: bigint;
  readonly destination: bigint;
  readonly tos: number;
  readonly ttl: number;
  readonly dontFragment: boolean;
  readonly options: "none" | "router-alert" | "padding" | "other";
  /** Type of an IPv6 routing header; -1: none. */
  readonly routingHeader: number;
  /** Offset in bytes; absent: the packet is whole. */
  readonly fragment:
    | { readonly offset: number; readonly more: boolean; readonly id: number }
    | undefined;
  /** Bytes behind the transport header (of a later fragment: all its data). */
  readonly payload: number;
  /** TCP and UDP. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcp: PfTcpHeader | undefined;
  readonly icmp: PfIcmpHeader | undefined;
  /** False: the transport checksum is wrong. */
  readonly goodChecksum: boolean;
  /** Queueing priority 0 … 7. */
  readonly priority: number;
  /** Empty: none. */
  readonly tag: string;
  readonly rtable: number;
  /** Interface it came in on; empty: it was made here. */
  readonly receivedOn: string;
}

export interface PfTcpHeader {
  /** Bits in the order of `FSRPAUEW`. */
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly window: number;
  readonly mss: number;
  readonly windowScale: number;
  readonly sackPermitted: boolean;
  readonly timestamp: number;
  readonly timestampEcho: number;
}

export interface PfIcmpHeader {
  readonly type: number;
  readonly code: number;
  readonly id: number;
  readonly mtu: number;
  /** Of neighbour discovery. */
  readonly target: bigint;
  /** Of errors: the packet they are about. */
  readonly quoted: PfQuotedHeader | undefined;
}

/** The header of another packet inside an ICMP error. */
export interface PfQuotedHeader {
  readonly protocol: number;
  readonly source: bigint;
  readonly destination: bigint;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly icmpType: number;
  readonly icmpId: number;
}
