import { ICMP, ICMP6, TCP } from "../../model/packet.ts";
import type { PfRule } from "../../model/pf-rule.ts";
import type { Generated } from "./outcome.ts";
import { ACK, type KernelPacket, RST } from "./packet.ts";
import { endOf, tcpPacket } from "./tcp-packets.ts";

/** ICMP types that unreachables answer: queries, their replies, router discovery. */
const ANSWERED: ReadonlySet<number> = new Set([0, 8, 9, 10, 13, 14, 15, 16, 17, 18]);
const FIRST_INFORMATIONAL = 128;
const REDIRECT_6 = 137;

/**
 * What a block rule sends back (section 23; follows pf_test_rule, OpenBSD 7.8).
 *
 * @param packet - as it arrived
 */
export function blockAnswer(
  { answer, set }: PfRule,
  packet: KernelPacket,
  domain: number,
): Generated | undefined {
  if (answer === undefined || answer.kind === "drop") return undefined;
  const isReset = ((packet.tcp?.flags ?? 0) & RST) !== 0;
  if (packet.protocol === TCP && answer.kind !== "return-icmp" && !isReset) {
    if (!packet.goodChecksum) return undefined;
    const ttl = answer.kind === "return-rst" ? answer.ttl : 0;
    return reset(packet, ttl, domain, set?.prio ?? -1);
  }
  if (answer.kind === "return-rst" || !isAnswered(packet)) return undefined;
  const { code, code6 } = answer.kind === "return-icmp" ? answer : UNREACHABLE;
  if (packet.family === "inet") return { kind: "icmp", type: 3, code };
  return { kind: "icmp", type: code6 >> 8 === 3 ? 3 : 1, code: code6 & 0xff };
}

/** Port unreachable. */
const UNREACHABLE = { code: 3, code6: 4 };

/** Whether ICMP answers a packet: not if it is an error, a redirect or unknown ICMP itself. */
function isAnswered({ family, protocol, icmp }: KernelPacket): boolean {
  const type = icmp?.type ?? 0;
  if (family === "inet") return protocol !== ICMP || ANSWERED.has(type);
  return protocol !== ICMP6 || (type >= FIRST_INFORMATIONAL && type !== REDIRECT_6);
}

/** RST and ACK from the packet's destination, whatever its flags were. */
function reset(packet: KernelPacket, ttl: number, domain: number, priority: number): Generated {
  const { tcp } = packet;
  return {
    kind: "send",
    packet: tcpPacket({
      family: packet.family,
      source: packet.destination,
      destination: packet.source,
      sourcePort: packet.destinationPort,
      destinationPort: packet.sourcePort,
      sequence: tcp?.acknowledgment ?? 0,
      acknowledgment: ((tcp?.sequence ?? 0) + endOf(packet)) >>> 0,
      flags: RST | ACK,
      window: 0,
      mss: -1,
      ttl: packet.family === "inet" ? ttl : 0,
      rtable: domain,
      tag: "",
      ...(priority < 0 ? {} : { priority }),
    }),
  };
}
