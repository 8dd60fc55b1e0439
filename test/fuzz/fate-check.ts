import { blockAnswer } from "../../engine/kernel/answers.ts";
import type { Tested } from "../../engine/kernel/evaluation.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import type { Outcome } from "../../engine/kernel/outcome.ts";
import { copyOf, isPureSyn, type KernelPacket } from "../../engine/kernel/packet.ts";
import { scrub } from "../../engine/kernel/scrub.ts";
import { logRecord } from "../../engine/kernel/walk.ts";
import type { FieldValues, PacketSet } from "../../engine/sets/packet-sets.ts";
import type { Fate, RulesetFunction } from "../../engine/sets/rules/fate.ts";
import type { SourceRule } from "../../engine/sets/rules/situation.ts";
import { TCP } from "../../model/packet.ts";
import { fieldsOf, only } from "../support/packet-fields.ts";
import { ruleName } from "./ruleset-trial.ts";

/** What is wrong: the law that is broken, and how. */
export interface Complaint {
  readonly law: string;
  readonly detail: string;
}

/** What left the kernel, as far as rules decided it. */
export interface Asked {
  readonly compiled: RulesetFunction;
  readonly tested: Tested;
  readonly fields: FieldValues;
  readonly outcome: Outcome;
}

/** Why an outcome is not what a fate says; undefined: it is. */
export function fateComplaint(asked: Asked, fate: Fate): Complaint | undefined {
  if (fate.anything) return undefined;
  const { outcome, tested } = asked;
  const told = [outcomeText(outcome), fateText(fate)] as const;
  if (told[0] !== told[1]) return { law: "fate", detail: `${told[0]}, the function: ${told[1]}` };
  const wrong =
    answerComplaint(outcome, tested, fate) ??
    logComplaint(outcome, fate) ??
    (outcome.verdict === "drop" ? undefined : passedComplaint(outcome, tested, fate));
  if (wrong !== undefined) return { law: "what is done", detail: wrong };
  const left = leftOf(asked, fate);
  return left && imageComplaint(asked, fate, left);
}

export function outcomeText({ verdict, rule, matched, state, packet }: Outcome): string {
  const head = `${verdict === "drop" ? "drop" : "pass"} ${named(rule)}`;
  const names = (matched ?? []).map(named).join(" ");
  if (verdict === "drop") return `${head} [${names}]`;
  return `${head} [${names}] state ${state} tag ${packet.tag} rtable ${packet.rtable}`;
}

export function fateText({ verdict, anything, rule, matched, state, tag, rtable }: Fate): string {
  if (anything) return "anything";
  const head = `${verdict} ${named(rule)}`;
  const names = matched.map(named).join(" ");
  if (verdict === "drop") return `${head} [${names}]`;
  return `${head} [${names}] state ${state ? "new" : "none"} tag ${tag} rtable ${rtable}`;
}

function named(rule: SourceRule | undefined): string {
  return rule === undefined ? "-" : ruleName(rule);
}

function answerComplaint({ generated }: Outcome, tested: Tested, fate: Fate): string | undefined {
  if (fate.verdict !== "drop") return undefined;
  const { rule, answer } = fate;
  const ours =
    rule && answer && blockAnswer({ ...rule.rule, answer }, tested.packet, tested.domain);
  const text = (it: Outcome["generated"][number] | undefined): string => {
    return it?.kind === "icmp" ? `icmp ${it.type} ${it.code}` : `${it?.kind}`;
  };
  const [one, other] = [text(generated[0]), text(ours)];
  return one === other ? undefined : `answer ${one}, the function: ${other}`;
}

function logComplaint({ logs }: Outcome, fate: Fate): string | undefined {
  const { verdict, rule, caller, answer } = fate;
  // a translation without an address drops before the deciding rule is logged
  const hasFailed = verdict === "drop" && answer === undefined;
  if (rule?.rule.log === undefined || hasFailed) return undefined;
  const { rule: outer, inner } = logRecord(live(rule), live(caller), 0);
  const isThere = logs.some((it) => it.rule === outer && it.inner === inner);
  return isThere ? undefined : `no log record of ${outer} ${inner}`;
}

/** Log records ask for no more of a rule than its number. */
function live(rule: SourceRule | undefined): LiveRule | undefined {
  return rule && ({ ...rule, loaded: true } as LiveRule);
}

/** Verdict, diversion and the header fields that sets do not speak of. */
function passedComplaint(outcome: Outcome, tested: Tested, fate: Fate): string | undefined {
  const verdict = verdictOf(fate, tested);
  if (!verdict.includes(outcome.verdict)) return `${outcome.verdict}, the function: ${verdict}`;
  if (outcome.verdict !== "pass") return undefined;
  const isDiverted = fate.divert !== undefined && tested.direction === "in";
  const made = copyOf(tested.packet);
  scrub(made, fate.actions, tested.tos, tested.isFragment);
  const ours = [isDiverted, Math.max(fate.actions.delay, 0), ...shown(made)].join(" ");
  const theirs = [outcome.diverted, outcome.delay, ...shown(outcome.packet)].join(" ");
  return ours === theirs ? undefined : `header ${theirs}, the function: ${ours}`;
}

function shown({ ttl, dontFragment, priority, tos, tcp }: KernelPacket): readonly unknown[] {
  return [ttl, dontFragment, priority, tos, tcp?.mss];
}

function verdictOf({ translation, state, divert }: Fate, tested: Tested): readonly string[] {
  // a first packet may pass as it came
  if (translation.family !== undefined) return ["gone", "pass"];
  const isAnswered = state?.kind === "synproxy" && isAnsweredSyn(tested);
  return [isAnswered || divert?.kind === "divert-packet" ? "gone" : "pass"];
}

function isAnsweredSyn({ direction, packet }: Tested): boolean {
  return direction === "in" && packet.protocol === TCP && isPureSyn(packet);
}

/** The packet that left; undefined: none did. */
function leftOf({ outcome }: Asked, { translation }: Fate): KernelPacket | undefined {
  if (outcome.verdict === "pass") return outcome.packet;
  if (outcome.verdict !== "gone" || translation.family === undefined) return undefined;
  for (const it of outcome.generated) {
    if (it.kind === "affwd" || it.kind === "afout") return it.packet;
  }
  return undefined;
}

function imageComplaint(asked: Asked, fate: Fate, left: KernelPacket): Complaint | undefined {
  const { compiled, fields } = asked;
  const { translation, actions } = fate;
  const after = fieldsOf(left);
  if (translation.writes.length === 0 && translation.family === undefined && actions.tos < 0) {
    const changed = Object.keys(fields).find((it) => after[it as Name] !== fields[it as Name]);
    return changed === undefined ? undefined : { law: "image", detail: `${changed} has changed` };
  }
  const { sets } = compiled;
  const point = (at: FieldValues): PacketSet => only(sets, at);
  if (!sets.has(compiled.image(point(fields), fate), after)) {
    return { law: "image", detail: `${fieldsText(after)} is not made` };
  }
  if (!sets.has(compiled.preimage(point(after), fate), fields)) {
    return { law: "preimage", detail: `${fieldsText(after)} is not made of it` };
  }
  return undefined;
}

type Name = keyof FieldValues;

export function fieldsText(fields: FieldValues): string {
  return Object.entries(fields)
    .map(([field, value]) => `${field} ${value.toString(16)}`)
    .join(" ");
}
