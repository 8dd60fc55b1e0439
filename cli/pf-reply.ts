import { type Family, ICMP, ICMP_REPLIES, ICMP6, TCP, UDP } from "../model/packet.ts";
import type { PfIcmpHeader, PfPacket, PfTcpHeader } from "../model/pf-packet.ts";
import { ipFrom, tcpFrom } from "../parser/pf-packet-text.ts";
import type { PfPacketWords } from "../parser/pf-packet-words.ts";

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
/** Where the answering end begins to count, unless it is told. */
const FIRST_SEQUENCE = 5000;

/**
 * What the other end sends back: addresses and ports change sides, TCP acknowledges all that came.
 *
 * A SYN is answered with a SYN and ACK, all else with an ACK; an ICMP query with its reply. Words
 * replace what would be chosen. A text says why there is no answer.
 */
export function replyTo(packet: PfPacket, words: PfPacketWords): PfPacket | string {
  if (packet.fragment !== undefined) return "nobody answers a fragment";
  const tcp = packet.protocol === TCP ? tcpReply(packet, words) : undefined;
  if (typeof tcp === "string") return tcp;
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMP6;
  const icmp = isIcmp ? icmpReply(packet, words) : undefined;
  if (typeof icmp === "string") return icmp;
  const hasPorts = packet.protocol === TCP || packet.protocol === UDP;
  return {
    family: packet.family,
    protocol: packet.protocol,
    source: packet.destination,
    destination: packet.source,
    sourcePort: hasPorts ? packet.destinationPort : 0,
    destinationPort: hasPorts ? packet.sourcePort : 0,
    ...ipFrom(words, 64),
    fragment: undefined,
    payload: words.payload ?? 0,
    tcp,
    icmp,
    receivedOn: "",
  };
}

function tcpReply({ tcp, payload }: PfPacket, words: PfPacketWords): PfTcpHeader | string {
  const { flags = 0, sequence = 0, acknowledgment = 0 } = tcp ?? {};
  if ((flags & RST) !== 0) return "nobody answers a RST";
  const opens = (flags & (SYN | ACK)) === SYN;
  const length = payload + ((flags & SYN) === 0 ? 0 : 1) + ((flags & FIN) === 0 ? 0 : 1);
  return tcpFrom({
    flags: opens ? SYN | ACK : ACK,
    sequence: (flags & ACK) === 0 ? FIRST_SEQUENCE : acknowledgment,
    acknowledgment: (sequence + length) % 2 ** 32,
    ...words,
  });
}

function icmpReply({ family, icmp }: PfPacket, words: PfPacketWords): PfIcmpHeader | string {
  const type = words.type ?? replyType(family, icmp?.type ?? 0);
  if (icmp === undefined || type === undefined) return "nobody answers an ICMP message but a query";
  return { ...icmp, type, code: words.code ?? 0, id: words.id ?? icmp.id, quoted: undefined };
}

function replyType(family: Family, type: number): number | undefined {
  return ICMP_REPLIES[family].find(([query]) => query === type)?.[1];
}
