import { printAddress } from "../model/address-text.ts";
import { ICMP_WORDS } from "../model/icmp-words.ts";
import { type Family, ICMP, ICMP6, TCP, TCP_FLAGS, UDP } from "../model/packet.ts";
import type { PfIcmpHeader, PfPacket, PfQuotedHeader, PfTcpHeader } from "../model/pf-packet.ts";

/**
 * A packet as `pfproof trace PF.CONF` reads it back, less its direction and interface:
 * `tcp 10.0.0.5:40000 > 192.0.2.1:22 flags S`. Says what is not its default.
 */
export function pfPacketText(packet: PfPacket): string {
  const words = [headText(packet)];
  const { tcp, icmp, fragment, family } = packet;
  if (tcp !== undefined) words.push(...tcpWords(tcp));
  if (icmp !== undefined) words.push(...icmpWords(icmp, family));
  if (packet.payload > 0) words.push(`len ${packet.payload}`);
  if (packet.tos !== 0) words.push(`tos ${packet.tos}`);
  if (packet.ttl !== 64) words.push(`ttl ${packet.ttl}`);
  if (packet.dontFragment) words.push("df");
  if (packet.options !== "none") words.push(`options ${packet.options}`);
  if (packet.routingHeader >= 0) words.push(`rthdr ${packet.routingHeader}`);
  if (fragment !== undefined) {
    words.push(`frag ${fragment.offset}${fragment.more ? "+" : ""} ipid ${fragment.id}`);
  }
  if (!packet.goodChecksum) words.push("badsum");
  if (packet.priority !== 3) words.push(`prio ${packet.priority}`);
  if (packet.tag !== "") words.push(`tag ${packet.tag}`);
  if (packet.rtable !== 0) words.push(`rtable ${packet.rtable}`);
  if (icmp?.quoted !== undefined) words.push(`about ${quotedText(icmp.quoted, family)}`);
  return words.join(" ");
}

/** What pf changed, field by field: `source 10.0.0.5:40000 → 192.0.2.1:50001, ttl 64 → 10`. */
export function pfChangeText(before: PfPacket, after: PfPacket): string {
  if (before.family !== after.family) return pfPacketText(after);
  const changes = fieldsOf(before).flatMap(([name, was], at) => {
    const now = fieldsOf(after)[at]?.[1] ?? "";
    return was === now
      ? []
      : [`${name} ${was === "" ? "none" : was} → ${now === "" ? "none" : now}`];
  });
  return changes.length === 0 ? pfPacketText(after) : changes.join(", ");
}

function fieldsOf(packet: PfPacket): readonly (readonly [name: string, value: string])[] {
  const { tcp, icmp, family, fragment } = packet;
  const quoted = icmp?.quoted;
  return [
    ["source", endText(packet, packet.source, packet.sourcePort)],
    ["destination", endText(packet, packet.destination, packet.destinationPort)],
    ["flags", tcp === undefined ? "" : flagsText(tcp.flags)],
    ["seq", numberText(tcp?.sequence)],
    ["ack", numberText(tcp?.acknowledgment)],
    ["win", numberText(tcp?.window)],
    ["mss", numberText(tcp?.mss)],
    ["ts", numberText(tcp?.timestamp)],
    ["tsecr", numberText(tcp?.timestampEcho)],
    ["type", numberText(icmp?.type)],
    ["id", numberText(icmp?.id)],
    ["about", quoted === undefined ? "" : quotedText(quoted, family)],
    ["len", String(packet.payload)],
    ["frag", fragment === undefined ? "" : `${fragment.offset}${fragment.more ? "+" : ""}`],
    ["tos", String(packet.tos)],
    ["ttl", String(packet.ttl)],
    ["df", packet.dontFragment ? "set" : ""],
    ["prio", String(packet.priority)],
    ["tag", packet.tag],
    ["rtable", String(packet.rtable)],
  ];
}

function numberText(number: number | undefined): string {
  return number === undefined || number < 0 ? "" : String(number);
}

/** `unreach code 3`, to the source of `packet`. */
export function icmpText(type: number, code: number, family: Family): string {
  return [typeText(type, family), ...(code === 0 ? [] : [`code ${code}`])].join(" ");
}

function headText(packet: PfPacket): string {
  const source = endText(packet, packet.source, packet.sourcePort);
  const destination = endText(packet, packet.destination, packet.destinationPort);
  return `${protocolText(packet)} ${source} > ${destination}`;
}

type Ends = Pick<PfQuotedHeader, "protocol"> & {
  readonly family: Family;
  readonly fragment?: PfPacket["fragment"];
};

function endText({ family, protocol, fragment }: Ends, value: bigint, port: number): string {
  const address = printAddress({ family, value });
  const hasPorts = (protocol === TCP || protocol === UDP) && !((fragment?.offset ?? 0) > 0);
  if (!hasPorts) return address;
  return family === "inet" ? `${address}:${port}` : `[${address}]:${port}`;
}

function protocolText({ protocol, family }: Ends): string {
  if (protocol === TCP) return "tcp";
  if (protocol === UDP) return "udp";
  if (protocol === ICMP && family === "inet") return "icmp";
  return protocol === ICMP6 && family === "inet6" ? "icmp6" : String(protocol);
}

function tcpWords(tcp: PfTcpHeader): readonly string[] {
  const words = [`flags ${flagsText(tcp.flags)}`];
  if (tcp.sequence !== 1000) words.push(`seq ${tcp.sequence}`);
  if (tcp.acknowledgment !== 0) words.push(`ack ${tcp.acknowledgment}`);
  if (tcp.window !== 65535) words.push(`win ${tcp.window}`);
  if (tcp.mss >= 0) words.push(`mss ${tcp.mss}`);
  if (tcp.windowScale >= 0) words.push(`wscale ${tcp.windowScale}`);
  if (tcp.sackPermitted) words.push("sackOK");
  if (tcp.timestamp >= 0) words.push(`ts ${tcp.timestamp} tsecr ${tcp.timestampEcho}`);
  return words;
}

function icmpWords({ type, code, id, mtu }: PfIcmpHeader, family: Family): readonly string[] {
  const words = [icmpText(type, code, family)];
  if (id !== 1) words.push(`id ${id}`);
  if (mtu !== 0) words.push(`mtu ${mtu}`);
  return words;
}

function typeText(type: number, family: Family): string {
  const known = Object.entries(ICMP_WORDS[family]).find(([, number]) => number === type);
  return known?.[0] ?? `type ${type}`;
}

function quotedText(quoted: PfQuotedHeader, family: Family): string {
  const { protocol, source, sourcePort, destination, destinationPort } = quoted;
  const ends = { family, protocol };
  const from = endText(ends, source, sourcePort);
  const head = `${protocolText(ends)} ${from} > ${endText(ends, destination, destinationPort)}`;
  if (protocol === TCP) return `${head} seq ${quoted.sequence}`;
  if (protocol !== ICMP && protocol !== ICMP6) return head;
  return `${head} ${typeText(quoted.icmpType, family)} id ${quoted.icmpId}`;
}

function flagsText(flags: number): string {
  const letters = [...TCP_FLAGS].filter((_, bit) => ((flags >> bit) & 1) === 1);
  return letters.length === 0 ? "none" : letters.join("");
}
