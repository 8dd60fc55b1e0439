import { ICMP, ICMP6, type Packet, type QuotedPacket, TCP, UDP } from "../../model/packet.ts";
import type { RecordedEnv } from "../support/environment.ts";
import { addressOf, flagsOf, protocolOf } from "./kernel-packets.ts";

/** One line of the recorded sets: a ruleset and what OpenBSD's pf did with packets (data/kernel/README.md). */
export interface KernelRecord {
  readonly id: string;
  /** `routes`: table, prefix, interface, gateway; there are no others. */
  readonly env: RecordedEnv & {
    readonly routes: readonly (readonly [number, string, string, string | null])[];
  };
  readonly conf: string;
  readonly anchors?: readonly (readonly [path: string, text: string])[];
  readonly files?: Readonly<Record<string, string>>;
  readonly pk: readonly KernelStep[];
  readonly ex: readonly (Expectation | null)[];
}

/** A packet, a forwarded leg (`f`), or an operation (`op`). */
export interface KernelStep {
  readonly op?: string;
  readonly rc?: number;
  readonly a?: string;
  /** Destination address of a packet, table of an operation, text of a load. */
  readonly t?: string;
  readonly ads?: readonly string[];
  readonly f?: string;
  readonly re?: number;
  readonly d?: "in" | "out" | "fwd";
  readonly i?: string;
  readonly pr?: string | number;
  readonly s?: string;
  readonly sp?: number;
  readonly dp?: number;
  readonly fl?: string;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  readonly in?: readonly (string | number)[];
  readonly ttl?: number;
  readonly tos?: number;
  readonly opts?: number;
  readonly df?: number;
  readonly frag?: number;
  /** A real fragment: offset, more fragments. */
  readonly off?: number;
  readonly mf?: number;
  /** Type of an IPv6 routing header: 1 stands for type 0. */
  readonly rthdr?: number;
  /** Arguments of `pfctl` that kill states. */
  readonly ar?: readonly string[];
  readonly rt?: number;
  readonly tag?: string;
  readonly rcv?: string;
}

export interface Expectation {
  readonly v: "pass" | "drop" | "gone" | "none";
  readonly r?: number;
  readonly a?: string;
  readonly st?: "new" | "hit" | "-";
  readonly m?: readonly (number | string)[];
  readonly rec?: number;
  readonly why?: number;
  readonly rt?: number;
  readonly tag?: string;
  readonly c?: Changes;
}

export interface Changes {
  readonly s?: string;
  readonly d?: string;
  readonly sp?: number | "*";
  readonly dp?: number | "*";
  readonly id?: number | "*";
  readonly fl?: string;
  readonly rtab?: number;
  readonly in?: readonly (string | number | null)[];
}

/** The packet of a step; the values that were drawn for the packet it answers go into it. */
export function packetOf(step: KernelStep, drawn?: Packet): Packet {
  const source = addressOf(step.s);
  const { family } = source;
  const protocol = protocolOf(step.pr);
  const later = step.frag === 1;
  return {
    family,
    protocol: later && family === "inet6" ? IPV6_FRAGMENT : protocol,
    source: source.value,
    destination: addressOf(step.t).value,
    ...transportOf(step, protocol, drawn),
    ...messageOf(step, protocol, drawn),
    tos: step.tos ?? 0,
    ttl: step.ttl ?? 64,
    fragment: later ? "later" : step.frag === 2 ? "first" : "no",
    options: hasOptions(step, protocol),
    ...(step.in === undefined ? {} : { quoted: quotedOf(step.in, drawn) }),
  };
}

/** A packet that answers a drawn port is sent to it. */
function transportOf(
  { sp = 0, dp = 0, fl = "S" }: KernelStep,
  protocol: number,
  drawn?: Packet,
): Pick<Packet, "sourcePort" | "destinationPort" | "flags"> {
  if (protocol !== TCP && protocol !== UDP) return { sourcePort: 0, destinationPort: 0, flags: 0 };
  return {
    sourcePort: sp,
    destinationPort: drawn?.sourcePort ?? dp,
    flags: protocol === TCP ? flagsOf(fl) : 0,
  };
}

function messageOf(
  { type, code = 0, id = 119 }: KernelStep,
  protocol: number,
  drawn?: Packet,
): Pick<Packet, "icmpType" | "icmpCode" | "icmpId"> {
  if (protocol !== ICMP && protocol !== ICMP6) return { icmpType: 0, icmpCode: 0, icmpId: 0 };
  return {
    icmpType: type ?? (protocol === ICMP ? 8 : 128),
    icmpCode: code,
    icmpId: drawn?.icmpId ?? id,
  };
}

/** Router alert needs no allow-opts in the two protocols that live by it. */
function hasOptions({ opts, type, rthdr, frag }: KernelStep, protocol: number): boolean {
  if (rthdr !== undefined) return true;
  if (opts === undefined || opts === 0) return false;
  const listener = protocol === ICMP6 && frag !== 1 && [130, 131, 132, 143].includes(type ?? 0);
  return !(opts === 1 && (protocol === IGMP || listener));
}

function quotedOf(parts: readonly (string | number)[], drawn?: Packet): QuotedPacket {
  const [protocolName, source, sourcePort, destination, destinationPort, ...more] = parts;
  const protocol = protocolOf(protocolName);
  const from = addressOf(source);
  const named = new Map(more.map((it) => String(it).split(":") as [string, string]));
  const icmp = protocol === ICMP || protocol === ICMP6;
  return {
    protocol,
    source: from.value,
    destination: addressOf(destination).value,
    sourcePort: icmp ? 0 : (drawn?.sourcePort ?? Number(sourcePort)),
    destinationPort: icmp ? 0 : Number(destinationPort),
    icmpType: icmp ? Number(named.get("type") ?? (from.family === "inet" ? 8 : 128)) : 0,
    icmpCode: 0,
    icmpId: icmp ? (drawn?.icmpId ?? Number(named.get("id") ?? 119)) : 0,
  };
}
const IGMP = 2;
const IPV6_FRAGMENT = 44;
