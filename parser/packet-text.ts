import { parseAddress } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { ICMP, ICMP6, type Packet, type QuotedPacket, TCP, UDP } from "../model/packet.ts";
import type { Span } from "../model/source.ts";
import * as complaint from "./packet-diagnostics.ts";
import { type End, type Header, readWords, type Token, type Words } from "./packet-words.ts";

/** A packet read from text, and the outer packet it travels in. */
export interface PacketText {
  /** Absent if anything is wrong. */
  readonly packet?: Packet;
  readonly outer?: Packet;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads `tcp 10.0.0.5:40000 > 192.0.2.1:443 flags S`.
 *
 *     packet = header { word } [ "about" header { word } ] [ "inside" packet ]
 *     header = ( "tcp" | "udp" | "icmp" | "icmp6" | number ) end ">" end
 *     end    = address | address ":" port | "[" address "]:" port
 *     word   = "flags" letters | "type" number | icmp-word | "code" number | "id" number |
 *              "tos" number | "ttl" number | "fragment" ( "first" | "later" ) | "options"
 *
 * Left out: `flags S`, an echo request, `code 0`, `id 0`, `tos 0`, `ttl 64`. Never throws.
 *
 * @param at - where the text begins: its diagnostics point there
 */
export function parsePacketText(text: string, at: Omit<Span, "length">): PacketText {
  const tokens = tokensOf(text, at);
  const diagnostics: Diagnostic[] = [];
  const split = tokens.findIndex((token) => token.text === "inside");
  const inner = split < 0 ? tokens : tokens.slice(0, split);
  const end = endOf(tokens, at);
  const packet = readPacket(inner, tokens[split]?.span ?? end, diagnostics);
  const outer = split < 0 ? undefined : readPacket(tokens.slice(split + 1), end, diagnostics);
  if (diagnostics.length > 0 || packet === undefined) return { diagnostics };
  return outer === undefined ? { packet, diagnostics } : { packet, outer, diagnostics };
}

/** Words separated by white space. */
export function tokensOf(text: string, at: Omit<Span, "length">): readonly Token[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => {
    const span = { ...at, column: at.column + index, length: word.length };
    return { text: word, span };
  });
}

function endOf(tokens: readonly Token[], at: Omit<Span, "length">): Span {
  const last = tokens.at(-1)?.span;
  if (last === undefined) return { ...at, length: 1 };
  return { ...last, column: last.column + last.length, length: 1 };
}

function readPacket(
  tokens: readonly Token[],
  end: Span,
  diagnostics: Diagnostic[],
): Packet | undefined {
  const split = tokens.findIndex((token) => token.text === "about");
  const own = split < 0 ? tokens : tokens.slice(0, split);
  const header = readHeader(own, tokens[split]?.span ?? end, diagnostics);
  if (header === undefined) return undefined;
  const words = readWords(own.slice(4), header, "packet", diagnostics);
  const quoted = split < 0 ? undefined : readQuoted(tokens.slice(split + 1), end, diagnostics);
  const packet = { ...transportOf(header, words), ...networkOf(header, words) };
  return quoted === undefined ? packet : { ...packet, quoted };
}

function readHeader(
  tokens: readonly Token[],
  end: Span,
  diagnostics: Diagnostic[],
): Header | undefined {
  const [name, from, arrow, to] = tokens;
  const before = diagnostics.length;
  if (name === undefined) diagnostics.push(complaint.expected("a protocol", end));
  const protocol = name === undefined ? undefined : protocolOf(name, diagnostics);
  if (protocol === undefined) return undefined;
  const later = tokens.some((it, at) => it.text === "later" && tokens[at - 1]?.text === "fragment");
  const source = readEnd(from, "the source address", protocol, later, end, diagnostics);
  if (source === undefined) return undefined;
  if (arrow?.text !== ">") {
    diagnostics.push(complaint.expected("`>`", arrow?.span ?? end));
    return undefined;
  }
  const destination = readEnd(to, "the destination address", protocol, later, end, diagnostics);
  if (destination === undefined || name === undefined || to === undefined) return undefined;
  if (source.family !== destination.family) diagnostics.push(complaint.mixedFamilies(to.span));
  if (name.text === "icmp" && source.family !== "inet") {
    diagnostics.push(complaint.wrongFamily("icmp", "inet", name.span));
  }
  if (name.text === "icmp6" && source.family !== "inet6") {
    diagnostics.push(complaint.wrongFamily("icmp6", "inet6", name.span));
  }
  return diagnostics.length > before ? undefined : { protocol, source, destination };
}

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["tcp", TCP],
  ["udp", UDP],
  ["icmp", ICMP],
  ["icmp6", ICMP6],
]);

function protocolOf({ text, span }: Token, diagnostics: Diagnostic[]): number | undefined {
  const known = PROTOCOLS.get(text);
  if (known !== undefined) return known;
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return Number(text);
  diagnostics.push(complaint.unknownProtocol(text, span));
  return undefined;
}

function readEnd(
  token: Token | undefined,
  what: string,
  protocol: number,
  later: boolean,
  end: Span,
  diagnostics: Diagnostic[],
): End | undefined {
  if (token === undefined) {
    diagnostics.push(complaint.expected(what, end));
    return undefined;
  }
  const ports = protocol === TCP || protocol === UDP;
  const bare = parseAddress(token.text);
  if (bare !== undefined && (!ports || later)) return bare;
  const parts = /^(?:\[(?<six>[^\]]*)\]|(?<four>[^:]*)):(?<port>\d{1,5})$/.exec(token.text)?.groups;
  const address = parseAddress(parts?.six ?? parts?.four ?? "");
  const port = Number(parts?.port ?? Number.NaN);
  const bracketed = parts?.six !== undefined;
  const fits = address !== undefined && (address.family === "inet6") === bracketed;
  if (ports && fits && port <= 65535) return { ...address, port };
  diagnostics.push(complaint.badEnd(token.text, ports, token.span));
  return undefined;
}

function readQuoted(
  tokens: readonly Token[],
  end: Span,
  diagnostics: Diagnostic[],
): QuotedPacket | undefined {
  const header = readHeader(tokens, end, diagnostics);
  if (header === undefined) return undefined;
  const { flags: _, ...quoted } = transportOf(
    header,
    readWords(tokens.slice(4), header, "quoted", diagnostics),
  );
  return quoted;
}

type Transport = QuotedPacket & Pick<Packet, "flags">;

function transportOf({ protocol, source, destination }: Header, words: Words): Transport {
  return {
    protocol,
    source: source.value,
    destination: destination.value,
    sourcePort: source.port ?? 0,
    destinationPort: destination.port ?? 0,
    flags: words.flags,
    icmpType: words.icmpType,
    icmpCode: words.icmpCode,
    icmpId: words.icmpId,
  };
}

type NetworkPart = Pick<Packet, "family" | "tos" | "ttl" | "fragment" | "options">;

function networkOf({ source }: Header, { tos, ttl, fragment, options }: Words): NetworkPart {
  return { family: source.family, tos, ttl, fragment, options };
}
