import type { IcmpHeader, KernelPacket, TcpHeader } from "../../engine/kernel/packet.ts";
import { parseAddress } from "../../model/address-text.ts";
import { ICMP, ICMP6, TCP, TCP_FLAGS, UDP } from "../../model/packet.ts";
import type { RecordedHeader } from "./kernel-differences.ts";

/** An entry of `pk`: a packet, a forwarded leg (`f`) or an operation (`op`); data/kernel/README.md. */
export interface KernelStep {
  readonly f?: string;
  readonly op?: string;
  /** Seconds of `adv`. */
  readonly n?: number;
  readonly rc?: number;
  /** Anchor of an operation. */
  readonly a?: string;
  /** Destination address of a packet, table of an operation, text of a load. */
  readonly t?: string;
  readonly ads?: readonly string[];
  /** Arguments of pfctl. */
  readonly ar?: readonly string[];

  readonly d?: string;
  readonly i?: string;
  readonly pr?: string | number;
  readonly s?: string;
  readonly sp?: number;
  readonly dp?: number;
  readonly fl?: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly win?: number;
  readonly mss?: number;
  readonly ws?: number;
  readonly sack?: number;
  readonly ts?: number;
  readonly tsecr?: number;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  readonly mtu?: number;
  readonly in?: readonly (string | number)[];
  readonly len?: number;
  readonly ttl?: number;
  readonly tos?: number;
  readonly df?: number;
  readonly prio?: number;
  readonly opts?: number;
  readonly rthdr?: number;
  readonly frag?: number;
  readonly off?: number;
  readonly mf?: number;
  readonly ipid?: number;
  readonly badsum?: number;
  readonly tag?: string;
  readonly rcv?: string;
  readonly rt?: number;
  readonly re?: number;
  readonly rg?: readonly [entry: number, index: number];
}

/** The packet of a step. @param rdomain - of the interface that it crosses */
export function packetOf(step: KernelStep, rdomain: number): KernelPacket {
  const protocol = protocolOf(step.pr);
  const fragment = fragmentOf(step);
  const isLater = fragment !== undefined && fragment.offset > 0;
  return {
    ...ipHeaderOf(step, protocol, isLater),
    fragment,
    payload: payloadOf(step, protocol, isLater),
    ...(isLater ? NO_TRANSPORT : transportOf(step, protocol)),
    // the checksum of a recorded fragment is that of its own bytes
    goodChecksum: step.badsum !== 1 && step.off === undefined && step.mf === undefined,
    priority: step.prio ?? 3,
    tag: step.tag ?? "",
    rtable: step.rt ?? rdomain,
    receivedOn: (step.d === "in" ? step.i : step.rcv) ?? "",
  };
}

type IpHeader = "family" | "protocol" | "source" | "destination" | "tos" | "ttl";

function ipHeaderOf(
  step: KernelStep,
  protocol: number,
  isLater: boolean,
): Pick<KernelPacket, IpHeader | "dontFragment" | "options" | "routingHeader"> {
  const { family, value: source } = addressOf(step.s);
  return {
    family,
    protocol: isLater && family === "inet6" ? IPV6_FRAGMENT : protocol,
    source,
    destination: addressOf(step.t).value,
    tos: step.tos ?? 0,
    ttl: step.ttl ?? 64,
    dontFragment: family === "inet" && step.df === 1,
    options: OPTIONS[step.opts ?? 0] ?? "none",
    routingHeader: step.rthdr === undefined ? -1 : ROUTING_TYPES[step.rthdr === 2 ? 1 : 0],
  };
}

type Transport = Pick<KernelPacket, "sourcePort" | "destinationPort" | "tcp" | "icmp">;

const NO_TRANSPORT: Transport = {
  sourcePort: 0,
  destinationPort: 0,
  tcp: undefined,
  icmp: undefined,
};

function transportOf(step: KernelStep, protocol: number): Transport {
  const hasPorts = protocol === TCP || protocol === UDP;
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  return {
    sourcePort: hasPorts ? (step.sp ?? 0) : 0,
    destinationPort: hasPorts ? (step.dp ?? 0) : 0,
    tcp: protocol === TCP ? tcpOf(step) : undefined,
    icmp: isIcmp ? icmpOf(step, protocol) : undefined,
  };
}

/** The step without its fragmentation: what the fields of a reassembled packet are held against. */
export function wholeStep({ frag: _frag, off: _off, mf: _mf, ...step }: KernelStep): KernelStep {
  return step;
}

const IPV6_FRAGMENT = 44;
const OPTIONS: readonly KernelPacket["options"][] = ["none", "router-alert", "padding", "other"];
const ROUTING_TYPES = [0, 2] as const;

/** `frag` 1 is the last fragment, 800 bytes in; 2 a first one. IPv6 alone knows atomic fragments. */
function fragmentOf(step: KernelStep): KernelPacket["fragment"] {
  const id = step.ipid ?? 0;
  if (step.frag === 1) return { offset: 800, more: false, id };
  if (step.frag === 2) return { offset: 0, more: true, id };
  const [offset, more] = [step.off ?? 0, step.mf === 1];
  return offset === 0 && !more ? undefined : { offset, more, id };
}

/** A later fragment is as long as a header and `len` bytes; protocols without one here have 8 bytes. */
function payloadOf(step: KernelStep, protocol: number, isLater: boolean): number {
  const { len = 0, mss, ws } = step;
  const hasHeader = [TCP, UDP, ICMP, ICMP6].includes(protocol);
  if (!isLater) return hasHeader ? len : len + 8;
  if (protocol !== TCP) return len + 8;
  const options = step.frag === 1 ? (mss === undefined ? 0 : 4) + (ws === undefined ? 0 : 4) : 0;
  return len + 20 + options;
}

function tcpOf(step: KernelStep): TcpHeader {
  return {
    flags: flagsOf(step.fl ?? "S"),
    sequence: step.seq ?? 1000,
    acknowledgment: step.ack ?? 0,
    window: step.win ?? 65_535,
    mss: step.mss ?? -1,
    windowScale: step.ws ?? -1,
    sackPermitted: step.sack === 1,
    timestamp: step.ts ?? -1,
    timestampEcho: step.tsecr ?? (step.ts === undefined ? -1 : 0),
  };
}

function icmpOf(step: KernelStep, protocol: number): IcmpHeader {
  return {
    type: step.type ?? (protocol === ICMP ? 8 : 128),
    code: step.code ?? 0,
    id: step.id ?? 119,
    mtu: step.mtu ?? 0,
    // which address the recorded ones carry is not told, and no record depends on it
    target: addressOf(step.t).value,
    quoted: step.in === undefined ? undefined : quotedOf(step.in),
  };
}

function quotedOf(parts: readonly (string | number)[]): IcmpHeader["quoted"] {
  const [name, from, sourcePort, to, destinationPort, ...more] = parts;
  const protocol = protocolOf(name);
  const source = addressOf(from);
  const named = new Map(more.map((it) => String(it).split(":") as [string, string]));
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  const query = source.family === "inet" ? 8 : 128;
  return {
    protocol,
    source: source.value,
    destination: addressOf(to).value,
    sourcePort: isIcmp ? 0 : Number(sourcePort),
    destinationPort: isIcmp ? 0 : Number(destinationPort),
    sequence: Number(named.get("seq") ?? 0),
    icmpType: isIcmp ? Number(named.get("type") ?? query) : 0,
    icmpId: isIcmp ? Number(named.get("id") ?? 119) : 0,
  };
}

/**
 * The step with the values that the own run drew for the packet it answers, where the record has
 * those of the recorded run.
 *
 * @param stored - what is recorded of the answered packet
 * @param own - that packet in the own run
 */
export function answering(step: KernelStep, stored: RecordedHeader, own: KernelPacket): KernelStep {
  let made = step;
  if (stored.sp === "*") made = withPort(made, stored.rnd, own.sourcePort);
  if (stored.id === "*") made = withId(made, own.icmp?.id ?? 0);
  if (stored.seq === "*") {
    made = withShift(made, (own.tcp?.sequence ?? 0) - (stored.rseq ?? 0));
  }
  return made;
}

function withPort(step: KernelStep, drawn: unknown, own: number): KernelStep {
  const quoted = step.in;
  if (quoted === undefined) return { ...step, dp: own };
  const at = quoted[2] !== drawn && quoted[4] === drawn ? 4 : 2;
  return { ...step, in: quoted.with(at, own) };
}

function withId(step: KernelStep, own: number): KernelStep {
  if (step.in === undefined) return { ...step, id: own };
  return { ...step, in: step.in.map((it) => (isNamed(it, "id") ? `id:${own}` : it)) };
}

/** A packet that acknowledges nothing goes on doing so. */
function withShift(step: KernelStep, shift: number): KernelStep {
  const shifted = (value: number): number => (value === 0 ? 0 : (value + shift) >>> 0);
  if (step.in === undefined) return { ...step, ack: shifted(step.ack ?? 0) };
  const quoted = step.in.map((it) => {
    return isNamed(it, "seq") ? `seq:${shifted(Number(it.slice(4)))}` : it;
  });
  return { ...step, in: quoted };
}

function isNamed(part: string | number, name: string): part is string {
  return typeof part === "string" && part.startsWith(`${name}:`);
}

export function addressOf(text: string | number | undefined): {
  readonly family: "inet" | "inet6";
  readonly value: bigint;
} {
  const address = parseAddress(String(text));
  if (address === undefined) throw new RangeError(`no address: ${text}`);
  return address;
}

export function flagsOf(letters: string): number {
  return [...letters].reduce((bits, letter) => bits | (1 << TCP_FLAGS.indexOf(letter)), 0);
}

export function protocolOf(name: string | number | undefined): number {
  return PROTOCOLS[String(name)] ?? Number(name);
}

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: ICMP,
  igmp: 2,
  tcp: TCP,
  udp: UDP,
  gre: 47,
  esp: 50,
  icmp6: ICMP6,
  // pf sees what is behind the header: here nothing, of protocol 0
  ah: 0,
};
