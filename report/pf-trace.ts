import type { PfPacket } from "../model/pf-packet.ts";
import type {
  FailedCriterion,
  PfPacketStep,
  PfSent,
  PfStep,
  PfTest,
  PfTrace,
  TestedRule,
  TracedRule,
} from "../model/pf-trace.ts";
import { lineOf } from "./excerpt.ts";
import { type Paint, type Part, type Shown, shown } from "./paint.ts";
import { icmpText, pfChangeText, pfPacketText } from "./pf-packet.ts";
import { count, table } from "./table.ts";
import { ruleName } from "./trace.ts";

/** Rules of a run that do not match: more are cut down to those at its ends. */
const LONGEST_RUN = 12;
const RUN_END = 4;

/**
 * What one pf did with a script: a line a packet, and under it what else happened to it; with the
 * rules that were tested, if they were asked for.
 *
 * @param all - long runs of rules that do not match are not cut
 */
export function pfTraceLines(
  { steps, states }: PfTrace,
  all: boolean,
  paint: Paint,
): readonly Shown[] {
  return [
    ...steps.flatMap((step) => stepLines(step, all, paint)),
    shown`${count(states, "state")}`,
  ];
}

function stepLines(step: PfStep, all: boolean, paint: Paint): readonly Shown[] {
  switch (step.kind) {
    case "command":
      return [shown`- ${step.line}${step.refused ? paint.bad(": refused") : ""}`];
    case "nothing": {
      const number = paint.strong(`${step.number}`);
      return [shown`${number} ${paint.open("nothing")} ${step.line}: ${step.reason}`];
    }
    case "packet": {
      const facts = factRows(step, step.test, paint);
      const tested = testedRows(step.test.tested ?? [], all, paint);
      return [headLine(step, paint), ...table(facts, 2), ...table(tested, 2)];
    }
  }
}

function headLine(step: PfPacketStep, paint: Paint): Shown {
  const { number, direction, interface: on, forwarded, packet, test } = step;
  const where = paint.place(`${direction} on ${on}`);
  const way = forwarded ? " forwarded" : "";
  const verdict = shown`${paint.strong(`${number}`)} ${verdictPart(test, paint)}`;
  return shown`${verdict} ${where}${way} ${pfPacketText(packet)} ${reasonPart(test, packet)}`;
}

/** `gone` by what pf did with the packet instead. */
function verdictPart(test: PfTest, paint: Paint): Shown {
  if (test.verdict === "pass") return paint.good("pass");
  if (test.verdict === "drop") return paint.bad("block");
  return paint.open(goneWord(test));
}

const GONE: Readonly<Record<PfSent["kind"], string>> = {
  routed: "route",
  translated: "translate",
  divert: "divert",
  icmp: "refuse",
  packet: "answer",
};

function goneWord({ by, sent }: PfTest): string {
  if (by === "fragment") return "hold";
  const last = sent.at(-1);
  return last === undefined ? "keep" : GONE[last.kind];
}

function reasonPart(test: PfTest, packet: PfPacket): Shown {
  const { by, rule, reason } = test;
  const why = reason === "" ? "" : `: ${reason}`;
  switch (by) {
    case "skip":
      return shown`because of set skip`;
    case "fragment":
      return shown`until its other fragments come`;
    case "headers":
      return shown`before any rule: ${reason === "" ? "TCP flags that cannot be" : reason}`;
    case "cookie":
      return shown`with a syncookie`;
    case "own":
      return shown`because pf made it`;
    case "default":
      if (test.verdict === "drop") return shown`because ${failureOf(test, packet)}`;
      return shown`because no rule matches`;
    case "state":
      return rule === undefined
        ? shown`by its state${why}`
        : shown`by the state that ${ruleName(rule)} made${why}`;
    case "rule":
      return byRule(test, rule, packet);
  }
}

function byRule(test: PfTest, rule: TracedRule | undefined, packet: PfPacket): Shown {
  if (rule === undefined) return shown``;
  if (rule.action !== "block" && test.verdict === "drop") {
    return shown`though ${ruleName(rule)} passes: ${failureOf(test, packet)}`;
  }
  return shown`by ${ruleName(rule)}${test.state === "made" ? ", keeps state" : ""}`;
}

/** Why a packet that no rule blocks is dropped; limits have no reason of their own in pf. */
function failureOf({ reason }: PfTest, packet: PfPacket): string {
  if (reason !== "") return reason;
  if (packet.options !== "none" || packet.routingHeader >= 0) return "IP options need allow-opts";
  return "a limit is reached, or no address, port or state is free";
}

function factRows(
  { packet, answers, continues }: Pick<PfPacketStep, "packet" | "answers" | "continues">,
  test: PfTest,
  paint: Paint,
): readonly (readonly Part[])[] {
  const rows: (readonly Part[])[] = [];
  if (answers !== undefined) rows.push(["answers", `packet ${answers}`]);
  if (continues !== undefined) rows.push(["was", `packet ${continues}`]);
  for (const rule of test.matched) rows.push(["match", ruleName(rule)]);
  if (test.becomes !== undefined) rows.push(["becomes", pfChangeText(packet, test.becomes)]);
  if (test.diverted) rows.push(["divert", "to a socket of this host"]);
  if (test.delay > 0) rows.push(["delay", `${test.delay} ms`]);
  for (const sent of test.sent) rows.push(sentRow(sent, packet));
  for (const { rule, inner, reason } of test.logs) {
    const number = rule < 0 ? "def" : inner < 0 ? `${rule}` : `${rule}.${inner}`;
    rows.push(["log", `rule ${number}/(${reason})`]);
  }
  if (test.second !== undefined) {
    const { second } = test;
    rows.push(["then", shown`${verdictPart(second, paint)} ${reasonPart(second, packet)}`]);
    rows.push(...factRows({ packet, answers: undefined, continues: undefined }, second, paint));
  }
  if (test.drawn) rows.push(["random", "values drawn from --seed"]);
  for (const { question, help, rule } of test.open) {
    const asker = rule === undefined ? shown`` : shown`${ruleName(rule)} asks: `;
    rows.push([paint.open("open"), shown`${asker}${question} (${help})`]);
  }
  return rows;
}

function sentRow(sent: PfSent, packet: PfPacket): readonly Part[] {
  switch (sent.kind) {
    case "packet":
      return ["sends", pfPacketText(sent.packet)];
    case "icmp":
      return ["sends", `${icmpText(sent.type, sent.code, packet.family)} to the source`];
    case "routed":
      return [
        "routes",
        `out on ${sent.interface} via ${sent.gateway}: ${pfPacketText(sent.packet)}`,
      ];
    case "translated":
      return ["becomes", `${pfPacketText(sent.packet)}${sent.local ? ", for this host" : ""}`];
    case "divert":
      return ["divert", `to port ${sent.port}`];
  }
}

function testedRows(
  tested: readonly TestedRule[],
  all: boolean,
  paint: Paint,
): readonly (readonly Part[])[] {
  const rows: (readonly Part[])[] = [];
  for (let at = 0; at < tested.length; ) {
    const end = endOfRun(tested, at);
    const run = tested.slice(at, end).map((it) => testedRow(it, paint));
    if (all || run.length <= LONGEST_RUN) rows.push(...run);
    else {
      const cut = run.length - 2 * RUN_END;
      rows.push(...run.slice(0, RUN_END));
      rows.push(["…", "", `${cut} more that do not match (--all)`]);
      rows.push(...run.slice(-RUN_END));
    }
    at = end;
  }
  return rows;
}

/** Behind the rules from `from` on that do not match, at least behind one rule. */
function endOfRun(tested: readonly TestedRule[], from: number): number {
  let end = from;
  while (end < tested.length && tested[end]?.failed !== undefined) end++;
  return Math.max(end, from + 1);
}

function testedRow({ rule, failed, decides }: TestedRule, paint: Paint): readonly Part[] {
  const number = shown`@${rule.number}${rule.anchor === "" ? "" : ` ${rule.anchor}`}`;
  const effect = failed === undefined ? effectPart(rule, decides, paint) : failedText(failed);
  return [number, paint.faint(lineOf(rule.span)), effect, paint.faint(rule.text)];
}

function effectPart(rule: TracedRule, decides: boolean, paint: Paint): Part {
  if (decides) return paint.strong("decides");
  if (rule.action === "anchor") return "enters the anchor";
  return rule.action === "match" ? "matches" : "matches, a later rule decides";
}

/** `to port: 22 is not 80`. */
function failedText({ criterion, wanted, given }: FailedCriterion): string {
  if (criterion === "once") return "once: it has matched before";
  if (criterion === "probability") return `probability: not among ${wanted}`;
  if (criterion === "max-pkt-rate") return `max-pkt-rate: over ${wanted}`;
  return `${criterion}: ${given ?? "none"} is not ${wanted}`;
}
