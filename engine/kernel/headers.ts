import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import { REASON } from "./outcome.ts";
import { ACK, FIN, type KernelPacket, PSH, RST, SYN, type TcpHeader, URG } from "./packet.ts";

export const IGMP = 2;
/** What IPv6 calls the upper layer of a later fragment. */
const FRAGMENT6 = 44;
/** 224.0.0.1 */
export const ALL_HOSTS = 0xe0000001n;
/** The first ten bits of fe80::/10. */
const LINK_LOCAL = 0x3fan;
const ROUTING_TYPE_0 = 0;

const MLD_QUERY = 130;
const MLD_REPORT = 131;
/** Multicast listener messages: query, report, done, version 2 report. */
export const MLD_TYPES: ReadonlySet<number> = new Set([MLD_QUERY, MLD_REPORT, 132, 143]);
const ROUTER_SOLICIT = 133;
const NEIGHBOR_SOLICIT = 135;
const NEIGHBOR_ADVERT = 136;
const REDIRECT6 = 137;

/** Of TCP without options. */
const TCP_HEADER = 20;
/** Of UDP and ICMP. */
const SHORT_HEADER = 8;
/** An address behind the header of a listener or neighbour message. */
const TARGET = 16;

/** What pf finds out about a packet before it does anything with it. */
export interface HeaderCheck {
  readonly drop: boolean;
  /** Of the drop; 0: none. */
  readonly reason: number;
  /** A log record is written of the drop whatever the rules say. */
  readonly logged: boolean;
  /** Passes only with `allow-opts`. */
  readonly hasOptions: boolean;
  readonly isFragment: boolean;
  /** What `proto` compares. */
  readonly protocol: number;
  /** What `tos` compares: without the bits of ECN. */
  readonly tos: number;
}

/** Why headers are refused. */
interface Refusal {
  readonly reason: number;
  readonly logged: boolean;
}

/**
 * Reads the headers of a packet as pf does first of all, and again of a packet that it has put
 * together (sections 2, 37 A8; follows pf_setup_pdesc, pf_walk_header, pf_walk_header6 and the
 * dispatch of pf_test, OpenBSD 7.8). First fragments hold their whole transport header here.
 */
export function checkHeaders(packet: KernelPacket): HeaderCheck {
  const isFragment = isInPieces(packet);
  const refusal = network(packet) ?? (isFragment ? undefined : transport(packet));
  const isLater6 = packet.family === "inet6" && isLater(packet);
  return {
    drop: refusal !== undefined,
    reason: refusal?.reason ?? 0,
    logged: refusal?.logged ?? false,
    hasOptions: needsAllowOptions(packet),
    isFragment,
    protocol: isLater6 ? FRAGMENT6 : packet.protocol,
    tos: packet.tos & 0xfc,
  };
}

/** First or later fragment; an IPv6 fragment that is the whole packet is none. */
export function isInPieces({ fragment }: KernelPacket): boolean {
  return fragment !== undefined && (fragment.offset > 0 || fragment.more);
}

function isLater({ fragment }: KernelPacket): boolean {
  return fragment !== undefined && fragment.offset > 0;
}

function refused(reason: number): Refusal {
  return { reason, logged: true };
}

function network(packet: KernelPacket): Refusal | undefined {
  const { family, protocol, destination, ttl } = packet;
  if (family === "inet") {
    const isQuery = protocol === IGMP && destination === ALL_HOSTS;
    return isQuery && ttl !== 1 ? refused(REASON.ipOption) : undefined;
  }
  if (packet.routingHeader === ROUTING_TYPE_0) return refused(REASON.ipOption);
  if (isListenerMessage(packet) && (ttl !== 1 || packet.source >> 118n !== LINK_LOCAL)) {
    return refused(REASON.ipOption);
  }
  return undefined;
}

/** Multicast listener discovery, unless a later fragment hides it. */
function isListenerMessage(packet: KernelPacket): boolean {
  const { family, protocol, icmp } = packet;
  if (family !== "inet6" || protocol !== ICMP6 || isLater(packet)) return false;
  return icmp !== undefined && MLD_TYPES.has(icmp.type);
}

function transport(packet: KernelPacket): Refusal | undefined {
  const { family, protocol } = packet;
  switch (protocol) {
    case TCP:
    case UDP:
      return packet.destinationPort === 0 ? refused(REASON.short) : undefined;
    case ICMP:
      return family === "inet6" ? { reason: REASON.normalize, logged: false } : undefined;
    case ICMP6:
      return (
        icmp6(packet) ??
        (family === "inet" ? { reason: REASON.normalize, logged: false } : undefined)
      );
    default:
      return undefined;
  }
}

function icmp6({ icmp, ttl, payload }: KernelPacket): Refusal | undefined {
  const type = icmp?.type ?? 0;
  if (type >= ROUTER_SOLICIT && type <= REDIRECT6) {
    return ttl === 255 ? undefined : refused(REASON.normalize);
  }
  const isKeyed = type === MLD_QUERY || type === MLD_REPORT;
  return isKeyed && payload < TARGET ? refused(REASON.short) : undefined;
}

/** Router alerts are free to IGMP and to multicast listener discovery. */
function needsAllowOptions(packet: KernelPacket): boolean {
  const { family, protocol, options } = packet;
  if (family === "inet6" && packet.routingHeader >= 0) return true;
  if (options !== "router-alert") return options !== "none";
  return family === "inet" ? protocol !== IGMP : !isListenerMessage(packet);
}

/**
 * Bytes of the transport header, TCP options and the target of neighbour discovery included; 0 of
 * protocols whose header is not told from their data.
 */
export function transportLength({ protocol, tcp, icmp }: KernelPacket): number {
  switch (protocol) {
    case TCP:
      return TCP_HEADER + (tcp === undefined ? 0 : tcpOptionsLength(tcp));
    case UDP:
    case ICMP:
      return SHORT_HEADER;
    case ICMP6: {
      const hasTarget = icmp?.type === NEIGHBOR_SOLICIT || icmp?.type === NEIGHBOR_ADVERT;
      return SHORT_HEADER + (hasTarget ? TARGET : 0);
    }
    default:
      return 0;
  }
}

/** Each option is filled up to a multiple of 4 bytes. */
function tcpOptionsLength({ mss, windowScale, sackPermitted, timestamp }: TcpHeader): number {
  const short = [mss >= 0, windowScale >= 0, sackPermitted].filter(Boolean).length;
  return 4 * short + (timestamp >= 0 ? 12 : 0);
}

/**
 * Sets the flags of a TCP segment right; false: it is dropped, without a reason and without a log
 * record (section 4; follows pf_normalize_tcp, OpenBSD 7.8).
 */
export function sanitizeTcp({ tcp }: KernelPacket): boolean {
  if (tcp === undefined) return false;
  if ((tcp.flags & SYN) !== 0) {
    if ((tcp.flags & RST) !== 0) return false;
    tcp.flags &= ~FIN;
  } else if ((tcp.flags & (ACK | RST)) === 0) {
    return false;
  }
  return (tcp.flags & ACK) !== 0 || (tcp.flags & (FIN | PSH | URG)) === 0;
}
