import { ICMP, ICMP6, type Packet, type QuotedPacket, TCP } from "../../model/packet.ts";
import type { KernelPacket, QuotedHeader } from "../kernel/packet.ts";
import { ACK, hasPorts, SYN } from "../kernel/packet.ts";

/**
 * The first sequence number of every end, as in the recorded data: a SYN has it, everything after
 * it is one further.
 */
export const FIRST_SEQUENCE = 1000;

/** IPv6 calls the upper layer of a later fragment so. */
const FRAGMENT6 = 44;
/** Bytes of data in a first fragment, the transport header apart: with it, a multiple of 8. */
const FIRST_DATA = { tcp: 20 + 4, other: 8 + 16 } as const;
/** Where a later fragment begins: right behind a first one, so that the two make a whole packet. */
const LATER_OFFSET = 24;
/** An address behind the header of a listener message. */
const TARGET = 16;
const DEFAULT_PRIORITY = 3;
const NEIGHBOR_SOLICIT = 135;
const NEIGHBOR_ADVERT = 136;

/**
 * A packet as a host's kernel sees it when it has just arrived, or been made.
 *
 * What {@link Packet} leaves open is as it usually is: no TCP options, the largest window, good
 * checksums; the target of a neighbour solicitation
 * is its destination, that of an advertisement its source. All fragments have one
 * identification, and a first one and a later one make a whole packet.
 */
export function kernelPacketOf(packet: Packet, rtable: number): KernelPacket {
  const { family, protocol, source, destination, tos, ttl } = packet;
  const isLater = packet.fragment === "later";
  return {
    family,
    protocol: isLater && family === "inet6" ? FRAGMENT6 : protocol,
    source,
    destination,
    tos,
    ttl,
    dontFragment: false,
    options: packet.options ? "other" : "none",
    routingHeader: -1,
    fragment: fragmentOf(packet),
    payload: payloadOf(packet),
    ...(isLater ? NO_TRANSPORT : transportOf(packet)),
    goodChecksum: true,
    priority: DEFAULT_PRIORITY,
    tag: "",
    rtable,
    receivedOn: "",
  };
}

type Transport = Pick<KernelPacket, "sourcePort" | "destinationPort" | "tcp" | "icmp">;

const NO_TRANSPORT: Transport = {
  sourcePort: 0,
  destinationPort: 0,
  tcp: undefined,
  icmp: undefined,
};

function fragmentOf({ fragment }: Packet): KernelPacket["fragment"] {
  switch (fragment) {
    case "no":
      return undefined;
    case "first":
      return { offset: 0, more: true, id: 0 };
    case "later":
      return { offset: LATER_OFFSET, more: false, id: 0 };
  }
}

function payloadOf({ fragment, protocol, icmpType }: Packet): number {
  if (fragment === "later") return 8;
  if (fragment === "no") return protocol === ICMP6 && isListener(icmpType) ? TARGET : 0;
  if (protocol === TCP) return FIRST_DATA.tcp - 20;
  return hasHeader(protocol) ? FIRST_DATA.other - 8 : LATER_OFFSET;
}

function isListener(type: number): boolean {
  return type === 130 || type === 131;
}

function hasHeader(protocol: number): boolean {
  return hasPorts(protocol) || isIcmp(protocol);
}

function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMP6;
}

function transportOf(packet: Packet): Transport {
  const { protocol, icmpType, quoted } = packet;
  return {
    sourcePort: packet.sourcePort,
    destinationPort: packet.destinationPort,
    tcp: protocol === TCP ? tcpOf(packet.flags) : undefined,
    icmp: isIcmp(protocol)
      ? {
          type: icmpType,
          code: packet.icmpCode,
          id: packet.icmpId,
          mtu: 0,
          target: targetOf(packet),
          quoted: quoted === undefined ? undefined : quotedOf(quoted),
        }
      : undefined,
  };
}

function targetOf({ protocol, icmpType, source, destination }: Packet): bigint {
  if (protocol !== ICMP6) return 0n;
  if (icmpType === NEIGHBOR_SOLICIT) return destination;
  return icmpType === NEIGHBOR_ADVERT ? source : 0n;
}

function tcpOf(flags: number): NonNullable<KernelPacket["tcp"]> {
  return {
    flags,
    sequence: (flags & SYN) === 0 ? FIRST_SEQUENCE + 1 : FIRST_SEQUENCE,
    acknowledgment: (flags & (SYN | ACK)) === SYN ? 0 : FIRST_SEQUENCE + 1,
    window: 65_535,
    mss: -1,
    windowScale: -1,
    sackPermitted: false,
    timestamp: -1,
    timestampEcho: -1,
  };
}

function quotedOf(quoted: QuotedPacket): QuotedHeader {
  const { protocol, source, destination, sourcePort, destinationPort, icmpType, icmpId } = quoted;
  const sequence = protocol === TCP ? FIRST_SEQUENCE : 0;
  return { protocol, source, destination, sourcePort, destinationPort, sequence, icmpType, icmpId };
}

/**
 * The header fields of a packet on its way.
 *
 * @param quotedCode - ICMP code of the packet that an error quotes, which no kernel keeps
 */
export function packetOf(it: KernelPacket, quotedCode: number): Packet {
  const { icmp, fragment } = it;
  const quoted = icmp?.quoted;
  return {
    family: it.family,
    protocol: it.protocol,
    source: it.source,
    destination: it.destination,
    sourcePort: it.sourcePort,
    destinationPort: it.destinationPort,
    flags: it.tcp?.flags ?? 0,
    icmpType: icmp?.type ?? 0,
    icmpCode: icmp?.code ?? 0,
    icmpId: icmp?.id ?? 0,
    tos: it.tos,
    ttl: it.ttl,
    fragment: fragment === undefined ? "no" : partOf(fragment),
    options: it.options !== "none",
    ...(quoted === undefined ? {} : { quoted: plainQuoted(quoted, quotedCode) }),
  };
}

function partOf({ offset, more }: NonNullable<KernelPacket["fragment"]>): Packet["fragment"] {
  if (offset > 0) return "later";
  return more ? "first" : "no";
}

function plainQuoted(quoted: QuotedHeader, icmpCode: number): QuotedPacket {
  const { sequence: _, ...header } = quoted;
  return { ...header, icmpCode };
}
