import type { Address } from "../model/address.ts";
import { parseAddress } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { type Family, ICMP, ICMP_ERRORS, ICMP6, TCP, UDP } from "../model/packet.ts";
import type { PfIcmpHeader, PfPacket, PfQuotedHeader, PfTcpHeader } from "../model/pf-packet.ts";
import type { Span } from "../model/source.ts";
import { mixedFamilies, wrongFamily } from "./packet-diagnostics.ts";
import type { Token } from "./packet-words.ts";
import { protocolNumber } from "./pf/names/protocols.ts";
import { servicePort } from "./pf/names/services.ts";
import * as complaint from "./pf-packet-diagnostics.ts";
import { type KnownNames, type PfPacketWords, readPfWords } from "./pf-packet-words.ts";

/**
 * Reads `tcp 10.0.0.5:40000 > 192.0.2.1:22 flags S`; undefined if anything is wrong.
 *
 *     packet = header { word } [ "about" header { word } ]
 *     header = [ "inet" | "inet6" ] [ "proto" ] protocol [ "from" ] end ( ">" | "->" | "to" ) end
 *     end    = address [ ( ":" | "." | " port " ) port ] | "[" address "]:" port | address "[" port "]"
 *
 * Ends are written as by pf.conf(5), tcpdump(8) or `pfctl -ss`.
 *
 * @param end - where the text ends: complaints about what is missing point there
 */
export function readPfPacket(
  tokens: readonly Token[],
  end: Span,
  known: KnownNames,
  diagnostics: Diagnostic[],
): PfPacket | undefined {
  const before = diagnostics.length;
  const split = tokens.findIndex((token) => token.text === "about");
  const own = split < 0 ? tokens : tokens.slice(0, split);
  const ownEnd = tokens[split]?.span ?? end;
  const header = readHeader(own, ownEnd, diagnostics);
  if (header === undefined) return undefined;
  const words = readPfWords(own.slice(header.length), header, "packet", known, diagnostics);
  const packet = packetFrom(header, words);
  const about = tokens[split];
  if (about === undefined) return diagnostics.length > before ? undefined : packet;
  const { icmp } = packet;
  if (icmp === undefined || !ICMP_ERRORS[header.family].includes(icmp.type)) {
    diagnostics.push(complaint.noErrorMessage(about.span));
  }
  const quoted = readQuoted(tokens.slice(split + 1), end, known, diagnostics);
  if (diagnostics.length > before || icmp === undefined || quoted === undefined) return undefined;
  return { ...packet, icmp: { ...icmp, quoted } };
}

function readQuoted(
  tokens: readonly Token[],
  end: Span,
  known: KnownNames,
  diagnostics: Diagnostic[],
): PfQuotedHeader | undefined {
  const header = readHeader(tokens, end, diagnostics);
  if (header === undefined) return undefined;
  const { protocol, family } = header;
  const words = readPfWords(tokens.slice(header.length), header, "quoted", known, diagnostics);
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  return {
    protocol,
    source: header.source.value,
    destination: header.destination.value,
    sourcePort: header.source.port,
    destinationPort: header.destination.port,
    sequence: words.sequence ?? (protocol === TCP ? FIRST_SEQUENCE : 0),
    icmpType: isIcmp ? (words.type ?? ECHO_REQUEST[family]) : 0,
    icmpId: isIcmp ? (words.id ?? 1) : 0,
  };
}

/** What stands in front of the words of a packet. */
export interface PacketHeader {
  readonly family: Family;
  readonly protocol: number;
  readonly source: End;
  readonly destination: End;
}

interface Header extends PacketHeader {
  /** Tokens. */
  readonly length: number;
}

type End = Address & { readonly port: number };

const ARROWS: readonly string[] = [">", "->", "to"];

function readHeader(
  tokens: readonly Token[],
  end: Span,
  diagnostics: Diagnostic[],
): Header | undefined {
  let at = 0;
  const family =
    tokens[at]?.text === "inet" || tokens[at]?.text === "inet6" ? tokens[at++] : undefined;
  if (tokens[at]?.text === "proto") at++;
  const name = tokens[at++];
  if (name === undefined) {
    diagnostics.push(complaint.expectedWord("a protocol", complaint.PACKET_FORM, end));
    return undefined;
  }
  const protocol = protocolOf(name);
  if (protocol === undefined) {
    diagnostics.push(complaint.unknownProtocol(name.text, name.span));
    return undefined;
  }
  const hasPorts = protocol === TCP || protocol === UDP;
  const ports = !hasPorts ? "none" : isLater(tokens) ? "optional" : "needed";
  if (tokens[at]?.text === "from") at++;
  const source = readEnd(tokens, at, "the source address", ports, end);
  if ("message" in source) {
    diagnostics.push(source);
    return undefined;
  }
  at += source.length;
  const arrow = tokens[at++];
  if (arrow === undefined || !ARROWS.includes(arrow.text)) {
    const help = "write `SOURCE > DESTINATION`";
    diagnostics.push(complaint.expectedWord("`>`", help, arrow?.span ?? end));
    return undefined;
  }
  const destination = readEnd(tokens, at, "the destination address", ports, end);
  if ("message" in destination) {
    diagnostics.push(destination);
    return undefined;
  }
  const ends = { source: source.end, destination: destination.end };
  const wrong = familyComplaint(name, family, ends, tokens[at]?.span ?? end);
  if (wrong !== undefined) {
    diagnostics.push(wrong);
    return undefined;
  }
  return { family: source.end.family, protocol, ...ends, length: at + destination.length };
}

function familyComplaint(
  protocol: Token,
  family: Token | undefined,
  ends: Pick<Header, "source" | "destination">,
  at: Span,
): Diagnostic | undefined {
  const own = ends.source.family;
  if (own !== ends.destination.family) return mixedFamilies(at);
  if (family !== undefined && family.text !== own) {
    return wrongFamily(family.text, family.text, family.span);
  }
  if (protocol.text === "icmp" && own !== "inet") {
    return wrongFamily("icmp", "inet", protocol.span);
  }
  const isIcmp6 = protocol.text === "icmp6" || protocol.text === "ipv6-icmp";
  return isIcmp6 && own !== "inet6"
    ? wrongFamily(protocol.text, "inet6", protocol.span)
    : undefined;
}

function protocolOf({ text }: Token): number | undefined {
  if (text === "icmp6") return ICMP6;
  if (/^\d{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : undefined;
  return protocolNumber(text);
}

/** Whether the words say that it is a later fragment, which has no ports. */
function isLater(tokens: readonly Token[]): boolean {
  return tokens.some((token, at) => {
    const before = tokens[at - 1]?.text;
    return (before === "frag" || before === "fragment") && /^(later|[1-9]\d*\+?)$/.test(token.text);
  });
}

interface ReadEnd {
  readonly end: End;
  /** Tokens. */
  readonly length: number;
}

function readEnd(
  tokens: readonly Token[],
  at: number,
  what: string,
  ports: "none" | "optional" | "needed",
  end: Span,
): ReadEnd | Diagnostic {
  const token = tokens[at];
  if (token === undefined) return complaint.expectedWord(what, complaint.PACKET_FORM, end);
  const { text, span } = token;
  const bare = parseAddress(text);
  const hasPort = ports !== "none" && tokens[at + 1]?.text === "port";
  if (bare !== undefined && !hasPort) {
    if (ports === "needed") return complaint.badEnd(text, true, span);
    return { end: { ...bare, port: 0 }, length: 1 };
  }
  if (ports === "none") return complaint.badEnd(text, false, span);
  if (bare !== undefined) {
    const word = tokens[at + 2];
    if (word === undefined) return complaint.badPort("", end);
    const port = portOf(word.text);
    if (port === undefined) return complaint.badPort(word.text, word.span);
    return { end: { ...bare, port }, length: 3 };
  }
  for (const form of FORMS) {
    const found = form.exec(text)?.groups;
    const address = parseAddress(found?.address ?? "");
    if (address === undefined || found?.port === undefined) continue;
    const port = portOf(found.port);
    if (port === undefined) return complaint.badPort(found.port, span);
    return { end: { ...address, port }, length: 1 };
  }
  return complaint.badEnd(text, true, span);
}

/** pf.conf's and most programs', `pfctl -ss`, tcpdump. */
const FORMS: readonly RegExp[] = [
  /^\[(?<address>[^\]]*)\]:(?<port>[^:]+)$/,
  /^(?<address>[\d.]+):(?<port>[^:]+)$/,
  /^(?<address>[^[]+)\[(?<port>[^\]]+)\]$/,
  /^(?<address>.+)\.(?<port>[^.:]+)$/,
];

export function portOf(text: string): number | undefined {
  if (/^\d{1,5}$/.test(text)) return Number(text) <= 65535 ? Number(text) : undefined;
  return servicePort(text);
}

const IPV6_FRAGMENT = 44;
const FIRST_SEQUENCE = 1000;
const SYN = 2;
const ECHO_REQUEST: Readonly<Record<Family, number>> = { inet: 8, inet6: 128 };
/** Neighbour discovery: pf refuses it if a router may have sent it on. */
const FROM_LINK: readonly number[] = [133, 134, 135, 136, 137];

/** A packet with the words of the user and defaults for what they leave out. */
export function packetFrom(header: PacketHeader, words: PfPacketWords): PfPacket {
  const { family, source, destination } = header;
  const { fragment } = words;
  const later = fragment !== undefined && fragment.offset > 0;
  const protocol = later && family === "inet6" ? IPV6_FRAGMENT : header.protocol;
  const tcp = header.protocol === TCP && !later ? tcpFrom(words) : undefined;
  const isIcmp = header.protocol === ICMP || header.protocol === ICMP6;
  const icmp = isIcmp && !later ? icmpFrom(header, words) : undefined;
  return {
    family,
    protocol,
    source: source.value,
    destination: destination.value,
    sourcePort: later ? 0 : source.port,
    destinationPort: later ? 0 : destination.port,
    ...ipFrom(words, icmp !== undefined && FROM_LINK.includes(icmp.type) ? 255 : 64),
    fragment: fragment === undefined ? undefined : { ...fragment, id: words.fragmentId ?? 1 },
    payload: words.payload ?? payloadOf(header.protocol, tcp, fragment),
    tcp,
    icmp,
    receivedOn: words.receivedOn ?? "",
  };
}

type IpFields =
  | "tos"
  | "ttl"
  | "dontFragment"
  | "options"
  | "routingHeader"
  | "goodChecksum"
  | "priority"
  | "tag"
  | "rtable";

/** What a packet has whatever its protocol. */
export function ipFrom(words: PfPacketWords, ttl: number): Pick<PfPacket, IpFields> {
  return {
    tos: words.tos ?? 0,
    ttl: words.ttl ?? ttl,
    dontFragment: words.dontFragment ?? false,
    options: words.options ?? "none",
    routingHeader: words.routingHeader ?? -1,
    goodChecksum: words.badChecksum !== true,
    priority: words.priority ?? 3,
    tag: words.tag ?? "",
    rtable: words.rtable ?? 0,
  };
}

export function tcpFrom(words: PfPacketWords): PfTcpHeader {
  const { timestamp = -1 } = words;
  return {
    flags: words.flags ?? SYN,
    sequence: words.sequence ?? FIRST_SEQUENCE,
    acknowledgment: words.acknowledgment ?? 0,
    window: words.window ?? 65535,
    mss: words.mss ?? -1,
    windowScale: words.windowScale ?? -1,
    sackPermitted: words.sackPermitted ?? false,
    timestamp,
    timestampEcho: words.timestampEcho ?? (timestamp < 0 ? -1 : 0),
  };
}

function icmpFrom({ family, destination }: PacketHeader, words: PfPacketWords): PfIcmpHeader {
  return {
    type: words.type ?? ECHO_REQUEST[family],
    code: words.code ?? 0,
    id: words.id ?? 1,
    mtu: words.mtu ?? 0,
    target: destination.value,
    quoted: undefined,
  };
}

const FRAGMENT_DATA = 1480;
const LAST_FRAGMENT_DATA = 512;

/** Fragments that others follow are full, of an Ethernet's size; others carry little or nothing. */
function payloadOf(
  protocol: number,
  tcp: PfTcpHeader | undefined,
  fragment: PfPacketWords["fragment"],
): number {
  if (fragment === undefined) return 0;
  if (!fragment.more) return LAST_FRAGMENT_DATA;
  if (fragment.offset > 0) return FRAGMENT_DATA;
  if (tcp !== undefined) return FRAGMENT_DATA - 20 - tcpOptionsLength(tcp);
  return protocol === UDP || protocol === ICMP || protocol === ICMP6
    ? FRAGMENT_DATA - 8
    : FRAGMENT_DATA;
}

/** Each option is filled up to a multiple of 4 bytes. */
function tcpOptionsLength({ mss, windowScale, sackPermitted, timestamp }: PfTcpHeader): number {
  const short = [mss >= 0, windowScale >= 0, sackPermitted].filter(Boolean).length;
  return 4 * short + (timestamp >= 0 ? 12 : 0);
}
