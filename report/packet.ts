import { printAddress } from "../model/address-text.ts";
import type { Emission } from "../model/answer.ts";
import { ICMP_WORDS } from "../model/icmp-words.ts";
import {
  type Family,
  ICMP,
  ICMP6,
  type Packet,
  type QuotedPacket,
  TCP,
  TCP_FLAGS,
  UDP,
} from "../model/packet.ts";

/**
 * A packet as tcpdump would put it and as `pfproof trace` reads it back:
 * `tcp 10.0.0.5:40000 > 192.0.2.1:443 flags S`.
 *
 * Says every field that is not its default: ttl 64, tos 0, code 0, id 0, whole, no options.
 */
export function packetText(packet: Packet): string {
  const words = [headText(packet, packet.family, hasTransport(packet))];
  if (packet.protocol === TCP && hasTransport(packet))
    words.push(`flags ${flagsText(packet.flags)}`);
  words.push(...icmpWords(packet, packet.family, hasTransport(packet)));
  if (packet.tos !== 0) words.push(`tos ${packet.tos}`);
  if (packet.ttl !== 64) words.push(`ttl ${packet.ttl}`);
  if (packet.fragment !== "no") words.push(`fragment ${packet.fragment}`);
  if (packet.options) words.push("options");
  if (packet.quoted !== undefined) words.push("about", quotedText(packet.quoted, packet.family));
  return words.join(" ");
}

/** A packet with the outer packets it travels in: `… inside udp …`. */
export function emissionText({ packet, outer }: Pick<Emission, "packet" | "outer">): string {
  return outer === undefined
    ? packetText(packet)
    : `${packetText(packet)} inside ${packetText(outer)}`;
}

/** What translation changed, end by end: `source 10.0.0.5:40000 → 192.0.2.1:50001`. */
export function changeText(before: Packet, after: Packet): string {
  const source = endChange("source", endText(before, "source"), endText(after, "source"));
  const to = endText(after, "destination");
  const destination = endChange("destination", endText(before, "destination"), to);
  const changes = [source, destination].filter((change) => change !== undefined);
  return changes.length === 0 ? packetText(after) : changes.join(", ");
}

function endChange(name: string, before: string, after: string): string | undefined {
  return before === after ? undefined : `${name} ${before} → ${after}`;
}

function endText(packet: Packet, end: "source" | "destination"): string {
  const port = end === "source" ? packet.sourcePort : packet.destinationPort;
  const shownPort = hasPorts(packet.protocol) && hasTransport(packet) ? port : undefined;
  return sideText(packet.family, packet[end], shownPort);
}

function quotedText(quoted: QuotedPacket, family: Family): string {
  return [headText(quoted, family, true), ...icmpWords(quoted, family, true)].join(" ");
}

function headText(packet: QuotedPacket, family: Family, transport: boolean): string {
  const ports = hasPorts(packet.protocol) && transport;
  const source = sideText(family, packet.source, ports ? packet.sourcePort : undefined);
  const port = ports ? packet.destinationPort : undefined;
  const destination = sideText(family, packet.destination, port);
  return `${protocolText(packet.protocol, family)} ${source} > ${destination}`;
}

function sideText(family: Family, value: bigint, port: number | undefined): string {
  const address = printAddress({ family, value });
  if (port === undefined) return address;
  return family === "inet" ? `${address}:${port}` : `[${address}]:${port}`;
}

function protocolText(protocol: number, family: Family): string {
  if (protocol === TCP) return "tcp";
  if (protocol === UDP) return "udp";
  if (isIcmp(protocol, family)) return family === "inet" ? "icmp" : "icmp6";
  return String(protocol);
}

function icmpWords(packet: QuotedPacket, family: Family, transport: boolean): readonly string[] {
  if (!isIcmp(packet.protocol, family) || !transport) return [];
  const word = Object.entries(ICMP_WORDS[family]).find(([, type]) => type === packet.icmpType);
  const words = [word?.[0] ?? `type ${packet.icmpType}`];
  if (packet.icmpCode !== 0) words.push(`code ${packet.icmpCode}`);
  if (packet.icmpId !== 0) words.push(`id ${packet.icmpId}`);
  return words;
}

function flagsText(flags: number): string {
  const letters = [...TCP_FLAGS].filter((_, bit) => (flags >> bit) & 1);
  return letters.length === 0 ? "none" : letters.join("");
}

function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP;
}

function isIcmp(protocol: number, family: Family): boolean {
  return protocol === (family === "inet" ? ICMP : ICMP6);
}

/** Whether there is a transport header to show: a later fragment has none. */
function hasTransport(packet: Packet): boolean {
  const { sourcePort, destinationPort, flags, icmpType, icmpCode, icmpId } = packet;
  const empty = !(sourcePort || destinationPort || flags || icmpType || icmpCode || icmpId);
  return packet.fragment !== "later" || !empty;
}
