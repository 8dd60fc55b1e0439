import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import type { Generated, Outcome } from "../../engine/kernel/outcome.ts";
import type { KernelPacket, QuotedHeader } from "../../engine/kernel/packet.ts";
import { parseAddress, printAddress } from "../../model/address-text.ts";
import { type Family, ICMP, ICMP_ERRORS, ICMP6, TCP, TCP_FLAGS, UDP } from "../../model/packet.ts";

/** An entry of `ex`: what pf did (data/kernel/README.md). */
export interface Expectation {
  readonly v: string;
  readonly r?: number;
  readonly a?: string;
  readonly act?: string;
  readonly st?: string;
  readonly m?: readonly (number | string)[];
  readonly rec?: number;
  readonly why?: number;
  readonly c?: RecordedHeader;
  readonly tag?: string;
  readonly prio?: number;
  readonly delay?: number;
  readonly divert?: number;
  readonly rt?: number;
  readonly out2?: readonly (number | string)[];
  readonly log?: readonly (readonly number[])[];
  readonly gen?: readonly RecordedGenerated[];
}

/** Fields of a packet; `"*"`: drawn by chance, `rnd` and `rseq` are what the recorded run drew. */
export interface RecordedHeader {
  readonly s?: string;
  readonly d?: string;
  readonly sp?: number | string;
  readonly dp?: number | string;
  readonly id?: number | string;
  readonly seq?: number | string;
  readonly ack?: number | string;
  readonly fl?: string;
  readonly mss?: number;
  readonly tos?: number;
  readonly ttl?: number;
  readonly df?: number;
  readonly type?: number;
  readonly code?: number;
  readonly rtab?: number;
  readonly len?: number;
  readonly fo?: number;
  readonly in?: readonly (string | number | null)[];
  readonly rnd?: number | string;
  readonly rseq?: number;
}

export interface RecordedGenerated {
  readonly k: string;
  readonly type?: number;
  readonly code?: number;
  readonly if?: string;
  readonly gw?: string;
  readonly rtab?: number;
  readonly p?: RecordedHeader & { readonly af?: number };
}

/** How an entry is to be read. */
export interface EntryKind {
  /** A forwarded leg lists the whole packet, not what changed. */
  readonly isLeg: boolean;
  /** The entry was given with `off` or `mf`: length and fragment offset are listed. */
  readonly isFragment: boolean;
  /** It was marked for diversion where it came in. */
  readonly wasDiverted: boolean;
}

type Compare = (what: string, theirs: unknown, ours: unknown) => void;

/**
 * Every field in which an outcome is not what pf did, as `verdict pass, here drop`.
 *
 * @param before - the packet as it came, whole if it came as a fragment
 */
export function differences(
  expected: Expectation,
  before: KernelPacket,
  outcome: Outcome,
  kind: EntryKind,
): readonly string[] {
  const wrong: string[] = [];
  const compare: Compare = (what, theirs, ours) => {
    const [recorded, own] = [shown(theirs), shown(ours)];
    if (recorded !== own) wrong.push(`${what} ${recorded}, here ${own}`);
  };
  compare("verdict", expected.v, outcome.verdict);
  compare("rules or states", expected.rec ?? 1, outcome.decided ? 1 : 0);
  if (expected.rec !== 0) compareDecision(expected, outcome, compare);
  compare("reason", expected.why ?? 0, outcome.reason);
  compare("log", expected.log ?? [], logsOf(outcome));
  compareGenerated(expected.gen ?? [], outcome, compare);
  compare("routing", expected.rt, ROUTINGS[outcome.routed ?? ""]);
  compare("second", expected.out2, outcome.second && secondOf(outcome.second));
  if (expected.v === "pass" && outcome.verdict === "pass") {
    comparePassed(expected, before, outcome, kind, compare);
  }
  return wrong;
}

function comparePassed(
  expected: Expectation,
  before: KernelPacket,
  { packet, delay, diverted }: Outcome,
  { isLeg, isFragment, wasDiverted }: EntryKind,
  compare: Compare,
): void {
  compare("tag", expected.tag ?? "", packet.tag);
  compare("prio", expected.prio ?? (isLeg ? 3 : before.priority), packet.priority);
  compare("delay", expected.delay ?? 0, Math.max(delay, 0));
  compare("divert", expected.divert ?? 0, diverted || wasDiverted ? 1 : 0);
  const { c = {} } = expected;
  if (isLeg) compareLeg(c, packet, compare);
  else compareChanges(c, before, packet, compare);
  if (isFragment && !isLeg) compareLength(c, packet, compare);
}

function compareDecision(expected: Expectation, outcome: Outcome, compare: Compare): void {
  compare("rule", expected.r, numberOf(outcome.rule));
  compare("anchor", expected.a ?? "", outcome.rule?.anchor ?? "");
  compare("action", expected.act, actionOf(outcome));
  compare("state", expected.st ?? "none", outcome.state === "dropped" ? "-" : outcome.state);
  compare("matched", expected.m ?? [], matchedOf(outcome));
}

/** Fields that are not listed are as they came. */
function compareChanges(
  changes: RecordedHeader,
  before: KernelPacket,
  packet: KernelPacket,
  compare: Compare,
): void {
  const ours = headerOf(packet);
  const came = headerOf(before);
  // a later fragment has no header to show
  const isLater = packet.fragment !== undefined && packet.fragment.offset > 0;
  for (const field of isLater ? OF_FRAGMENT : ORDINARY) {
    if (changes[field] === "*") continue;
    compare(field, plain(changes[field]) ?? came[field], ours[field]);
  }
  if (isLater) return;
  const length = changes.in?.length;
  compare("in", plain(changes.in) ?? came.in, ours.in?.slice(0, length));
}

function compareLeg(listed: RecordedHeader, packet: KernelPacket, compare: Compare): void {
  const ours = headerOf(packet);
  for (const field of ["s", "d", "sp", "dp", "ttl", "id", "mss"] as const) {
    if (listed[field] !== "*") compare(field, plain(listed[field]), ours[field]);
  }
  for (const field of ["seq", "ack"] as const) {
    if (listed[field] !== undefined && listed[field] !== "*") {
      compare(field, listed[field], ours[field]);
    }
  }
  compare("tos", listed.tos ?? 0, ours.tos);
  compare("rtab", listed.rtab ?? 0, ours.rtab);
  compare("in", plain(listed.in), ours.in?.slice(0, listed.in?.length));
}

function compareLength(listed: RecordedHeader, packet: KernelPacket, compare: Compare): void {
  compare("len", listed.len, ipLength(packet));
  if (packet.family === "inet") compare("fo", listed.fo ?? 0, fragmentField(packet));
}

function compareGenerated(
  expected: readonly RecordedGenerated[],
  outcome: Outcome,
  compare: Compare,
): void {
  const ours = outcome.generated;
  compare(
    "generated",
    expected.map((it) => it.k),
    ours.map((it) => it.kind),
  );
  for (const [index, one] of expected.entries()) {
    const made = ours[index];
    if (made === undefined || made.kind !== one.k) continue;
    compareOne(one, made, outcome, (what, theirs, own) => {
      compare(`generated ${index} ${what}`, theirs, own);
    });
  }
}

function compareOne(
  expected: RecordedGenerated,
  made: Generated,
  outcome: Outcome,
  compare: Compare,
): void {
  if (made.kind === "icmp") {
    compare("type", expected.type, made.type);
    compare("code", expected.code, made.code);
    return;
  }
  if (made.kind === "divert") compare("port", expected.code, made.port);
  const packet = made.kind === "divert" ? outcome.packet : made.packet;
  if (made.kind === "routed") {
    compare("interface", expected.if, made.interface);
    compare("gateway", plain(expected.gw), gatewayOf(made));
  }
  if (made.kind !== "divert") compare("rtab", expected.rtab ?? 0, packet.rtable);
  const ours = headerOf(packet);
  const listed = expected.p ?? {};
  compare("af", listed.af, packet.family === "inet" ? 4 : 6);
  for (const field of GENERATED) {
    if (listed[field] === undefined || listed[field] === "*") continue;
    compare(field, plain(listed[field]), ours[field]);
  }
  compare("in", plain(listed.in), listed.in && ours.in?.slice(0, listed.in.length));
  if (made.kind === "affwd" || made.kind === "afout") compare("tos", listed.tos ?? 0, ours.tos);
  if (made.kind === "send" || made.kind === "affwd") compare("mss", listed.mss, ours.mss);
}

const OF_FRAGMENT = ["s", "d", "tos", "ttl", "df", "rtab"] as const;
const ORDINARY = [...OF_FRAGMENT, "sp", "dp", "id", "fl", "seq", "ack", "mss"] as const;
const GENERATED = ["s", "d", "sp", "dp", "id", "fl", "seq", "ack", "ttl", "type", "code"] as const;
const ROUTINGS: Readonly<Record<string, number>> = { "route-to": 1, "dup-to": 2, "reply-to": 3 };

/** The fields of a packet by the names of the records; those it does not have are undefined. */
export function headerOf(packet: KernelPacket): RecordedHeader {
  const { family, tcp, icmp } = packet;
  const isLater = packet.fragment !== undefined && packet.fragment.offset > 0;
  const hasPorts = !isLater && (packet.protocol === TCP || packet.protocol === UDP);
  const text = (value: bigint): string => printAddress({ family, value });
  return {
    s: text(packet.source),
    d: text(packet.destination),
    tos: packet.tos,
    ttl: packet.ttl,
    df: packet.dontFragment ? 1 : 0,
    rtab: packet.rtable,
    ...(hasPorts ? { sp: packet.sourcePort, dp: packet.destinationPort } : {}),
    ...(tcp === undefined || isLater
      ? {}
      : { fl: lettersOf(tcp.flags), seq: tcp.sequence, ack: tcp.acknowledgment }),
    ...(tcp === undefined || isLater || tcp.mss < 0 ? {} : { mss: tcp.mss }),
    ...(icmp === undefined || isLater ? {} : icmpFields(family, icmp)),
  };
}

function icmpFields(
  family: Family,
  { type, code, id, quoted }: NonNullable<KernelPacket["icmp"]>,
): RecordedHeader {
  const isError = quoted !== undefined || ICMP_ERRORS[family].includes(type);
  return {
    type,
    code,
    ...(isError ? {} : { id }),
    ...(quoted === undefined ? {} : { in: quotedFields(family, quoted) }),
  };
}

function quotedFields(family: Family, quoted: QuotedHeader): NonNullable<RecordedHeader["in"]> {
  const isIcmp = quoted.protocol === ICMP || quoted.protocol === ICMP6;
  const [source, destination] = [quoted.source, quoted.destination].map((value) => {
    return printAddress({ family, value });
  });
  return [
    source ?? "",
    isIcmp ? null : quoted.sourcePort,
    destination ?? "",
    isIcmp ? null : quoted.destinationPort,
    ...(isIcmp ? [quoted.icmpId] : []),
  ];
}

function lettersOf(flags: number): string {
  return [...TCP_FLAGS].filter((_, bit) => (flags >> bit) & 1).join("");
}

/** Bytes from the IP header on. Of options and routing headers none is recorded. */
export function ipLength(packet: KernelPacket): number {
  const { family, fragment, tcp, payload } = packet;
  const isLater = fragment !== undefined && fragment.offset > 0;
  const header = family === "inet" ? 20 : 40 + (fragment === undefined ? 0 : 8);
  if (isLater) return header + payload;
  if (packet.protocol === TCP) return header + tcpLength(tcp) + payload;
  const has8 = [UDP, ICMP, ICMP6].includes(packet.protocol);
  return header + (has8 ? 8 : 0) + payload;
}

function tcpLength(tcp: KernelPacket["tcp"]): number {
  if (tcp === undefined) return 20;
  const options = [tcp.mss >= 0, tcp.windowScale >= 0, tcp.sackPermitted];
  return 20 + 4 * options.filter(Boolean).length + (tcp.timestamp >= 0 ? 12 : 0);
}

/** Offset in bytes, and 1 for more fragments. */
function fragmentField({ fragment }: KernelPacket): number {
  return fragment === undefined ? 0 : fragment.offset + (fragment.more ? 1 : 0);
}

export function gatewayOf({
  packet,
  gateway,
}: Extract<Generated, { readonly kind: "routed" }>): string {
  return printAddress({ family: packet.family, value: gateway });
}

/** Number of a rule; -1: the implicit one, or one whose ruleset was replaced. */
export function numberOf(rule: LiveRule | undefined): number {
  return rule?.loaded === true ? rule.number : -1;
}

export function actionOf({ rule }: Outcome): string | undefined {
  return rule?.rule.action === "block" ? "block" : undefined;
}

export function matchedOf({ matched }: Outcome): readonly (number | string)[] {
  return (matched ?? []).map((it) => {
    return it.anchor === "" ? numberOf(it) : `${it.anchor}#${numberOf(it)}`;
  });
}

export function logsOf({ logs }: Outcome): readonly (readonly number[])[] {
  return logs.map(({ rule, inner, reason }) => [rule, inner, reason]);
}

export function secondOf({ rule, verdict, state }: Outcome): readonly (number | string)[] {
  return [numberOf(rule), verdict, state];
}

/** Addresses as they are printed; the rest as it is. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "string") return value;
  const address = parseAddress(value);
  return address === undefined ? value : printAddress(address);
}

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
