import { blockAnswer } from "../../engine/kernel/answers.ts";
import type { Tested } from "../../engine/kernel/evaluation.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import { copyOf, isPureSyn, type KernelPacket } from "../../engine/kernel/packet.ts";
import { scrub } from "../../engine/kernel/scrub.ts";
import { logRecord } from "../../engine/kernel/walk.ts";
import type { Fate } from "../../engine/sets/rules/fate.ts";
import type { SourceRule } from "../../engine/sets/rules/situation.ts";
import { TCP } from "../../model/packet.ts";
import { type Expectation, numberOf, type RecordedHeader } from "./kernel-differences.ts";
import type { Put } from "./kernel-run.ts";

/** What is recorded of a packet that rules decided on, and how it is to be read. */
export interface Recorded {
  readonly expected: Expectation;
  readonly put: Put;
  /** The record lists the whole packet, not what changed. */
  readonly isLeg: boolean;
}

type Compare = (what: string, theirs: unknown, ours: unknown) => void;

/** Every field in which a fate is not what pf did, the packet's addresses and ports apart. */
export function fateDifferences(recorded: Recorded, tested: Tested, fate: Fate): readonly string[] {
  const { expected } = recorded;
  const wrong: string[] = [];
  const compare = comparing(wrong);
  const verdict = verdictOf(fate, tested);
  if (!verdict.includes(expected.v)) compare("verdict", expected.v, verdict.join(" or "));
  compareDecision(expected, fate, compare);
  compareGenerated(expected, tested, fate, compare);
  if (expected.v === "pass" && fate.verdict === "pass") {
    comparePassed(recorded, tested, fate, compare);
  }
  return wrong;
}

/** As {@link fateDifferences}, of what is recorded of the rules alone. */
export function decisionDifferences(expected: Expectation, fate: Fate): readonly string[] {
  const wrong: string[] = [];
  compareDecision(expected, fate, comparing(wrong));
  return wrong;
}

function comparing(wrong: string[]): Compare {
  return (what, theirs, ours) => {
    const [one, other] = [shown(theirs), shown(ours)];
    if (one !== other) wrong.push(`${what} ${one}, here ${other}`);
  };
}

function compareDecision(expected: Expectation, fate: Fate, compare: Compare): void {
  compare("rule", expected.r, numberOf(live(fate.rule)));
  compare("anchor", expected.a ?? "", fate.rule?.anchor ?? "");
  compare("action", expected.act, fate.rule?.rule.action === "block" ? "block" : undefined);
  compare("matched", expected.m ?? [], fate.matched.map(nameOf));
  compare("state", expected.st, fate.state === undefined ? undefined : "new");
  compare("routing", expected.rt, fate.state && ROUTINGS[fate.route?.kind ?? ""]);
  compareLog(expected, fate, compare);
}

/** What pf can do with a packet of a fate: some are taken by pf itself. */
function verdictOf(fate: Fate, tested: Tested): readonly string[] {
  if (fate.verdict === "drop") return ["drop"];
  // a first packet may pass as it came
  if (fate.translation.family !== undefined) return ["gone", "pass"];
  const isRouted = fate.state !== undefined && fate.route?.kind === "route-to";
  const isTaken = isAnswered(fate, tested) || isDivertedPacket(fate) || isRouted;
  return [isTaken ? "gone" : "pass"];
}

/** By the SYN proxy. */
function isAnswered({ state }: Fate, { direction, packet }: Tested): boolean {
  return (
    state?.kind === "synproxy" && direction === "in" && packet.protocol === TCP && isPureSyn(packet)
  );
}

function isDivertedPacket({ divert }: Fate): boolean {
  return divert?.kind === "divert-packet";
}

/** The deciding rule's own record names the rule that called it. */
function compareLog({ log = [] }: Expectation, { rule, caller }: Fate, compare: Compare): void {
  if (rule?.rule.log === undefined) return;
  const { rule: outer, inner } = logRecord(live(rule), live(caller), 0);
  const isThere = log.some(([one, other]) => one === outer && other === inner);
  if (!isThere) compare("log", log, [outer, inner]);
}

/** The fate tells what kinds of packets pf makes, and what a block rule answers. */
function compareGenerated(
  { gen = [] }: Expectation,
  tested: Tested,
  fate: Fate,
  compare: Compare,
): void {
  const { rule, answer, route, translation } = fate;
  if (fate.verdict === "drop") {
    const made =
      rule && answer && blockAnswer({ ...rule.rule, answer }, tested.packet, tested.domain);
    const ours = made && made.kind === "icmp" ? ["icmp", made.type, made.code] : [made?.kind];
    const [first] = gen;
    const theirs = first?.k === "icmp" ? ["icmp", first.type, first.code] : [first?.k];
    compare("answer", theirs, ours);
    return;
  }
  const isDiverted = isDivertedPacket(fate);
  const port = fate.divert?.kind === "divert-packet" ? fate.divert.port : undefined;
  compare("divert port", gen.find(({ k }) => k === "divert")?.code, port);
  const isSent = isAnswered(fate, tested);
  if (isSent)
    compare(
      "generated",
      ["send"],
      gen.slice(0, 1).map(({ k }) => k),
    );
  // what the evaluation on the way out makes is another's
  if (route !== undefined && fate.state !== undefined && !isDiverted) return;
  const allowed = new Set([
    ...(isSent ? ["send"] : []),
    ...(isDiverted ? ["divert"] : []),
    ...(translation.family === undefined ? [] : ["affwd", "afout"]),
  ]);
  const others = gen.map(({ k }) => k).filter((it) => !allowed.has(it));
  compare("generated beyond the fate", others, []);
}

function comparePassed(
  { expected, put, isLeg }: Recorded,
  tested: Tested,
  fate: Fate,
  compare: Compare,
): void {
  const { before, wasDiverted } = put;
  const { c = {}, tag = "" } = expected;
  compare("tag", tag, fate.tag);
  compare("table", c.rtab ?? (isLeg ? 0 : before.rtable), fate.rtable);
  const isDiverted = fate.divert !== undefined && tested.direction === "in";
  compare("divert", expected.divert ?? 0, isDiverted || wasDiverted ? 1 : 0);
  compare("delay", expected.delay ?? 0, Math.max(fate.actions.delay, 0));
  compare(
    "priority",
    expected.prio ?? (isLeg ? 3 : before.priority),
    scrubbed(fate, tested).priority,
  );
  compareScrubbed(c, isLeg ? undefined : before, tested, fate, compare);
}

/** What `set` and `scrub` options change. @param before - absent: the record lists all fields */
function compareScrubbed(
  c: RecordedHeader,
  before: KernelPacket | undefined,
  tested: Tested,
  fate: Fate,
  compare: Compare,
): void {
  const packet = scrubbed(fate, tested);
  compare("ttl", c.ttl ?? before?.ttl, packet.ttl);
  compare("tos", c.tos ?? before?.tos ?? 0, packet.tos);
  if (!tested.isFragment) compare("MSS", c.mss ?? mssOf(before), mssOf(packet));
  if (before === undefined) return;
  compare("DF", c.df ?? (before.dontFragment ? 1 : 0), packet.dontFragment ? 1 : 0);
  if (fate.state?.kind === "keep") compare("sequence number", undefined, starred(c.seq));
}

function scrubbed({ actions }: Fate, { packet, tos, isFragment }: Tested): KernelPacket {
  const copy = copyOf(packet);
  scrub(copy, actions, tos, isFragment);
  return copy;
}

function mssOf(packet: KernelPacket | undefined): number | undefined {
  const mss = packet?.tcp?.mss ?? -1;
  return mss < 0 ? undefined : mss;
}

function starred(value: unknown): string | undefined {
  return value === "*" ? "*" : undefined;
}

/** Rules of these functions are those of a kernel. */
function live(rule: SourceRule | undefined): LiveRule | undefined {
  return rule as LiveRule | undefined;
}

/** As records name `match` rules. */
export function nameOf(rule: SourceRule): number | string {
  const number = numberOf(live(rule));
  return rule.anchor === "" ? number : `${rule.anchor}#${number}`;
}

const ROUTINGS: Readonly<Record<string, number>> = { "route-to": 1, "dup-to": 2, "reply-to": 3 };

function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
