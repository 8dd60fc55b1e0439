import type { Reason } from "../model/answer.ts";
import type { Blocked, BlockedPath, BlockedTest, ReachAnswer, ReachFlow } from "../model/reach.ts";
import { assumptionLines, type CheckReportOptions } from "./check.ts";
import { excerpt } from "./excerpt.ts";
import { packetText } from "./packet.ts";
import { type Paint, type Shown, shown } from "./paint.ts";
import { CLASSES, reasonLines, violationBody } from "./pairs.ts";
import { regionsLines } from "./region.ts";
import { heading } from "./survey.ts";
import { count, indented } from "./table.ts";
import { indentedScript, ruleName } from "./trace.ts";

const HOW: Readonly<Record<ReachFlow["by"], string>> = {
  itself: "without any state",
  state: "on states of others than the receiver, or as replies that no conduit allows",
  error: "as ICMP errors, which stand here for the packets that they imitate",
};

/**
 * The report of `pfproof reach`: the verdict; what gets in, with a script that shows it, or the ways
 * that the fewest pf tests block, with the lines that do; what the verdict rests on.
 */
export function reachLines(answer: ReachAnswer, options: CheckReportOptions): readonly Shown[] {
  const { paint } = options;
  const sections = [
    verdictLines(answer, paint),
    ...flowSections(answer.flows, paint),
    witnessLines(answer, options),
    unknownLines(answer.reasons, paint),
    ...(answer.blocked === undefined ? [] : blockedSections(answer.blocked, options)),
    assumptionLines(answer, paint),
  ];
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, index) => (index === 0 ? section : [shown``, ...section]));
}

function verdictLines(
  { verdict, from, to, level, refuted, stopped }: ReachAnswer,
  paint: Paint,
): readonly Shown[] {
  const words = {
    yes: shown`${paint.bad("yes")}: ${paint.strong(from)} reaches ${paint.strong(to)}`,
    no: shown`${paint.good("no")}: ${paint.strong(from)} does not reach ${paint.strong(to)}, replies excepted`,
    perhaps: shown`${paint.open("perhaps")}: whether ${paint.strong(from)} reaches ${paint.strong(to)} is undecided`,
  };
  const head = shown`${words[verdict]}, at adversary level ${level}`;
  const lines = [head];
  if (refuted) {
    const what = "it was proved that nothing gets in, and a drawn script does";
    lines.push(shown`${paint.bad("an error in pfproof itself")}: ${what}; please report it`);
  }
  if (stopped !== undefined) {
    const why = stopped === "budget" ? "at the node budget" : "on request";
    lines.push(shown`${paint.open("stopped")} ${why}: what is missing was not found out`);
  }
  return lines;
}

/** What gets in, then what may; each flow with what of it conduits allow. */
function flowSections(flows: readonly ReachFlow[], paint: Paint): readonly (readonly Shown[])[] {
  return [true, false].flatMap((sure) => {
    const own = flows.filter((it) => it.sure === sure);
    if (own.length === 0) return [];
    const title = sure ? "what gets in" : "what may get in";
    return [[heading(title, paint), ...own.flatMap((flow) => flowLines(flow, paint))]];
  });
}

function flowLines({ by, conduit, packets }: ReachFlow, paint: Paint): readonly Shown[] {
  const allowed = conduit ? paint.good("a conduit allows it") : paint.open("no conduit allows it");
  const lines = regionsLines(packets).map((line) => shown`    ${line}`);
  return [shown`  ${HOW[by]}; ${allowed}`, ...lines];
}

function witnessLines(answer: ReachAnswer, options: CheckReportOptions): readonly Shown[] {
  const { witness } = answer;
  if (witness === undefined) return [];
  const title = `a script that shows it: the last packet ${CLASSES[witness.class]}`;
  return [heading(title, options.paint), ...violationBody(witness, options)];
}

function unknownLines(reasons: readonly Reason[], paint: Paint): readonly Shown[] {
  if (reasons.length === 0) return [];
  const lines = reasons.flatMap((reason, index) => reasonLines(index + 1, reason, paint));
  return [heading("what is not known", paint), ...lines.map((line) => indented(line, 2))];
}

function blockedSections(
  blocked: Blocked,
  options: CheckReportOptions,
): readonly (readonly Shown[])[] {
  const { paths, ends } = blocked;
  if (ends.length > 0) return [endLines(blocked, options.paint)];
  const [head, ...more] = paths.map((path, index) => pathLines(path, index + 1, options));
  return [[summaryLine(blocked, options.paint)], ...(head === undefined ? [] : [head, ...more])];
}

function endLines({ ends }: Blocked, paint: Paint): readonly Shown[] {
  return [
    heading("there is no way, even if every pf test let everything pass unchanged", paint),
    ...ends.map(({ host, reason }) => {
      return host === undefined ? shown`  ${reason}` : shown`  ${paint.place(host)}: ${reason}`;
    }),
  ];
}

function summaryLine({ tests, paths, truncated }: Blocked, paint: Paint): Shown {
  if (tests === undefined) {
    return shown`${paint.open("no way is shown")}: there are too many with as few blocking tests`;
  }
  const ways = `${count(paths.length, "way")}${truncated ? ", and others," : ""}`;
  const least = `blocked by ${count(tests, "pf test")} at least`;
  return heading(`every way of a packet on its own is ${least}: ${ways} by no more`, paint);
}

function pathLines(
  { script, trace, packets, tests, reasons }: BlockedPath,
  number: number,
  options: CheckReportOptions,
): readonly Shown[] {
  const { paint } = options;
  const open = reasons.flatMap((reason, index) => reasonLines(index + 1, reason, paint));
  return [
    shown`${paint.strong(`way ${number}`)}, of`,
    ...regionsLines(packets).map((line) => shown`  ${line}`),
    ...indentedScript(script, [trace], paint, 2),
    ...tests.flatMap((test) => testLines(test, options)).map((line) => indented(line, 2)),
    ...(open.length === 0 ? [] : [shown`  only if what is not known allows it`]),
    ...open.map((line) => indented(line, 4)),
  ];
}

function testLines(
  { host, direction, interface: name, deciders, more }: BlockedTest,
  { sources, paint }: CheckReportOptions,
): readonly Shown[] {
  const [first, ...others] = deciders;
  const head = shown`${paint.place(host)} ${paint.bad("blocks")} it ${direction} on ${name}`;
  if (first?.rule === undefined) return [shown`${head}: no rule decides`];
  const rest = others.map(({ rule, packet }) => {
    const by = rule === undefined ? shown`no rule` : ruleName(rule);
    const text = rule === undefined ? shown`` : shown`: ${paint.faint(rule.text)}`;
    return shown`  others are blocked by ${by}${text}, as ${packetText(packet)}`;
  });
  const last = more === 0 ? [] : [shown`  … and by ${count(more, "rule")} more`];
  return [
    shown`${head} by ${ruleName(first.rule)}: ${first.rule.text}`,
    ...excerpt(first.rule.span, sources, paint),
    ...rest,
    ...last,
  ];
}
