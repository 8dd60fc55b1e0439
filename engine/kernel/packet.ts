import { type Family, TCP, UDP } from "../../model/packet.ts";

/**
 * A packet on its way through one kernel, as pf sees and changes it.
 *
 * Headers of protocols it does not have are 0; numbers that are absent are -1. Addresses are
 * unsigned, in host order.
 */
export interface KernelPacket {
  family: Family;
  /** IANA number of the upper layer; 44 for a later fragment of IPv6. */
  protocol: number;
  source: bigint;
  destination: bigint;
  tos: number;
  ttl: number;
  dontFragment: boolean;
  options: IpOptions;
  /** Type of an IPv6 routing header; -1: none. */
  routingHeader: number;
  /** Absent: the packet is whole. */
  fragment: Fragment | undefined;
  /** Bytes behind the transport header (of a later fragment: all its data). */
  payload: number;
  /** TCP and UDP. */
  sourcePort: number;
  destinationPort: number;
  tcp: TcpHeader | undefined;
  icmp: IcmpHeader | undefined;
  /** False: the transport checksum is wrong. */
  goodChecksum: boolean;

  // what the kernel keeps beside the packet
  /** Queueing priority 0 … 7; 3 is the usual one. */
  priority: number;
  /** Name of the pf tag; empty: none. */
  tag: string;
  rtable: number;
  /** Interface it came in on; empty: it was made here. */
  receivedOn: string;
}

/** What stands in the options of an IPv4 header, or in an IPv6 hop-by-hop header. */
export type IpOptions = "none" | "router-alert" | "padding" | "other";

export interface Fragment {
  /** Bytes. */
  readonly offset: number;
  readonly more: boolean;
  readonly id: number;
}

export interface TcpHeader {
  /** FIN SYN RST PSH ACK URG ECE CWR are bits 0 … 7. */
  flags: number;
  /** Unsigned, 32 bits. */
  sequence: number;
  acknowledgment: number;
  window: number;
  mss: number;
  windowScale: number;
  sackPermitted: boolean;
  timestamp: number;
  timestampEcho: number;
}

export interface IcmpHeader {
  type: number;
  code: number;
  id: number;
  mtu: number;
  /** Of neighbour discovery. */
  target: bigint;
  /** Of errors: the packet they are about; absent: it was cut away. */
  quoted: QuotedHeader | undefined;
}

/** The header of another packet inside an ICMP error; ICMP fields only if its protocol is ICMP. */
export interface QuotedHeader {
  protocol: number;
  source: bigint;
  destination: bigint;
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  icmpType: number;
  icmpId: number;
}

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

/** A SYN that opens a connection: it acknowledges nothing. */
export function isPureSyn({ tcp }: Pick<KernelPacket, "tcp">): boolean {
  return ((tcp?.flags ?? 0) & (SYN | ACK)) === SYN;
}

/** The upper layer has ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP;
}

/** A packet that shares nothing with `packet`. */
export function copyOf(packet: KernelPacket): KernelPacket {
  const { tcp, icmp } = packet;
  return {
    ...packet,
    tcp: tcp === undefined ? undefined : { ...tcp },
    icmp:
      icmp === undefined
        ? undefined
        : { ...icmp, quoted: icmp.quoted === undefined ? undefined : { ...icmp.quoted } },
  };
}
