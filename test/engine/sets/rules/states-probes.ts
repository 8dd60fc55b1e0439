import fc from "fast-check";
import type { KernelPacket, QuotedHeader } from "../../../../engine/kernel/packet.ts";
import { type Family, ICMP, ICMP6, TCP, UDP } from "../../../../model/packet.ts";
import { rdomainOf } from "../../../conformance/kernel-surroundings.ts";
import type { Shot } from "../../../support/kernel-drawn-tests.ts";
import { packetFrom, replyTo, TENANTS } from "../../../support/kernel-host.ts";

/** A packet that follows another one which has made a state. */
export interface Probe {
  readonly base: "again" | "sent" | "reply" | "reply to the first" | "wrong way";
  readonly change: string;
  /** Sent as an ICMP error that quotes the packet; from its receiver or a router. */
  readonly error: "none" | "receiver" | "router";
  readonly direction: "in" | "out";
  /** -1: that of the first packet. */
  readonly interface: number;
  /** Of the packet; -1: the domain of the interface. */
  readonly rtable: number;
  readonly tag: string;
}

const INTERFACES = ["em0", "vlan10", "vlan20", "vlan30", "vlan31"];

export function drawnProbe(): fc.Arbitrary<Probe> {
  const often = <Value>(value: Value, others: fc.Arbitrary<Value>): fc.Arbitrary<Value> => {
    return fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: others });
  };
  return fc.record({
    base: fc.constantFrom<Probe["base"]>(...BASES, "reply", "reply"),
    change: often("none", fc.constantFrom(...Object.keys(CHANGES))),
    error: often<Probe["error"]>("none", fc.constantFrom("receiver", "router", "router")),
    direction: fc.constantFrom("in" as const, "out" as const),
    interface: often(-1, fc.nat(INTERFACES.length - 1)),
    rtable: often(-1, fc.nat(2)),
    tag: often("", fc.constantFrom("T1", "T9")),
  });
}

const BASES = ["again", "sent", "reply", "reply to the first", "wrong way"] as const;

/** Every packet of a flow and every error about it, where the first one crossed. */
export const PLAIN_PROBES: readonly Probe[] = BASES.flatMap((base) => {
  return (["none", "receiver", "router"] as const).flatMap((error) => {
    return (["in", "out"] as const).flatMap((direction) => {
      return ["none", "tos"].map((change): Probe => {
        return { base, change, error, direction, interface: -1, rtable: -1, tag: "" };
      });
    });
  });
});

/**
 * @param first - the packet that made the state, and what it has become
 */
export function probeOf(
  { base, change, error, direction, interface: number, rtable, tag }: Probe,
  first: Shot,
  sent: KernelPacket,
): Shot {
  const on = INTERFACES[number] ?? first.interface;
  const packet = CHANGES[change]?.(baseOf(base, first.packet, sent)) ?? first.packet;
  const crossing = {
    tag,
    rtable: rtable < 0 ? rdomainOf(TENANTS, on) : rtable,
    receivedOn: direction === "in" ? on : "",
  };
  const made = error === "none" ? packet : errorAbout(packet, error === "router", change);
  return { direction, interface: on, packet: { ...made, ...crossing } };
}

function baseOf(base: Probe["base"], first: KernelPacket, sent: KernelPacket): KernelPacket {
  switch (base) {
    case "again":
      return first;
    case "sent":
      return sent;
    case "reply":
      return replyTo(sent);
    case "reply to the first":
      return replyTo(first);
    case "wrong way":
      return wrongWay(replyTo(sent), sent);
  }
}

/** The ICMP message of the other kind with the key of the reply, or of the packet itself. */
function wrongWay(packet: KernelPacket, { icmp: asked }: KernelPacket): KernelPacket {
  const { icmp } = packet;
  if (icmp === undefined || asked === undefined) return packet;
  return { ...packet, icmp: { ...icmp, type: asked.id & 0xff, id: asked.type } };
}

/** Small changes; ICMP headers and others have their own. */
const CHANGES: Readonly<Record<string, (packet: KernelPacket) => KernelPacket>> = {
  none: (it) => it,
  source: (it) => ({ ...it, source: it.source ^ 1n }),
  destination: (it) => ({ ...it, destination: it.destination ^ 1n }),
  sourcePort: (it) => ported(it, { sourcePort: it.sourcePort ^ 1 || 2 }),
  destinationPort: (it) => ported(it, { destinationPort: it.destinationPort ^ 1 || 2 }),
  protocol: (it) => otherProtocol(it),
  code: (it) => withIcmp(it, { code: 3 }),
  id: (it) => withIcmp(it, { id: (it.icmp?.id ?? 0) ^ 1 }),
  type: (it) => withIcmp(it, { type: (it.icmp?.type ?? 0) ^ 1 }),
  timestamp: (it) => withIcmp(it, { type: 13 }),
  "one way": (it) => withIcmp(it, { type: it.family === "inet" ? 40 : 150 }),
  "type as id": (it) => withIcmp(it, { id: it.icmp?.type ?? 0 }),
  target: (it) => withIcmp(it, { target: 7n }),
  options: (it) => ({ ...it, options: "other" }),
  tos: (it) => ({ ...it, tos: 0x2b }),
  flags: (it) => (it.tcp === undefined ? it : { ...it, tcp: { ...it.tcp, flags: 16 } }),
  "all nodes": (it) => ({ ...it, source: it.family === "inet6" ? 0xfe80n << 112n : it.source }),
  error: (it) => ({ ...it, destination: it.destination ^ 2n }),
  sequence: (it) => (it.tcp === undefined ? it : { ...it, tcp: { ...it.tcp, sequence: 9 } }),
};

function hasPorts({ protocol }: KernelPacket): boolean {
  return protocol === TCP || protocol === UDP;
}

function ported(packet: KernelPacket, ports: Partial<KernelPacket>): KernelPacket {
  return hasPorts(packet) ? { ...packet, ...ports } : packet;
}

function withIcmp(
  packet: KernelPacket,
  fields: Partial<NonNullable<KernelPacket["icmp"]>>,
): KernelPacket {
  return packet.icmp === undefined ? packet : { ...packet, icmp: { ...packet.icmp, ...fields } };
}

function otherProtocol(packet: KernelPacket): KernelPacket {
  const { family, source, destination } = packet;
  const [from, to] = STRANGERS[family];
  const name = packet.protocol === UDP ? "gre" : "udp";
  const { sourcePort, destinationPort } = packet;
  const made = packetFrom(`${name} ${from} ${sourcePort || 7} ${to} ${destinationPort || 7}`);
  return { ...made, source, destination };
}

const STRANGERS: Readonly<Record<Family, readonly [string, string]>> = {
  inet: ["198.51.100.9", "203.0.113.9"],
  inet6: ["2001:db8:fe::9", "2001:db8:ff::9"],
};

/** An error that goes to the sender of what it quotes, or with the change `error` beside it. */
function errorAbout(packet: KernelPacket, router: boolean, change: string): KernelPacket {
  const { family } = packet;
  const [, stranger] = STRANGERS[family];
  const made = packetFrom(
    family === "inet" ? `icmp ${stranger} 0 198.51.100.9 0` : `icmp6 ${stranger} 0 2001:db8::9 0`,
  );
  const error = change === "code" ? [11, 0] : [3, 1];
  const [type = 3, code = 1] = family === "inet" ? error : change === "code" ? [3, 0] : [1, 4];
  return {
    ...made,
    source: router ? made.source : packet.destination,
    destination: change === "error" ? packet.source ^ 1n : packet.source,
    options: packet.options,
    tos: packet.tos,
    icmp: { type, code, id: 5, mtu: 0, target: 0n, quoted: quotedOf(packet) },
  };
}

export function quotedOf(packet: KernelPacket): QuotedHeader {
  const { protocol, source, destination, sourcePort, destinationPort, tcp, icmp } = packet;
  return {
    protocol,
    source,
    destination,
    sourcePort,
    destinationPort,
    sequence: tcp?.sequence ?? 0,
    icmpType: icmp?.type ?? 0,
    icmpId: icmp?.id ?? 0,
  };
}

/** The packet of a quoted header. */
export function quotedPacket(family: Family, quoted: QuotedHeader): KernelPacket {
  const { protocol, source, destination, sourcePort, destinationPort, icmpType, icmpId } = quoted;
  const [from, to] = STRANGERS[family];
  const made = packetFrom(`udp ${from} 7 ${to} 7`);
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  const icmp = { type: icmpType, code: 0, id: icmpId, mtu: 0, target: 0n, quoted: undefined };
  return {
    ...made,
    protocol,
    source,
    destination,
    sourcePort,
    destinationPort,
    icmp: isIcmp ? icmp : undefined,
  };
}
