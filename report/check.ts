import type { CheckAnswer, InterfaceDefault } from "../model/check-answer.ts";
import type { Assumption } from "../model/network.ts";
import type { Sources } from "../model/source.ts";
import type { Unread } from "../model/unread.ts";
import { ASSUMPTIONS } from "./assumptions.ts";
import { diagnosticLines } from "./diagnostics.ts";
import { lineOf } from "./excerpt.ts";
import { type Paint, type Part, type Shown, shown } from "./paint.ts";
import { provedLines, undecidedLines, violationLines } from "./pairs.ts";
import { requiredCounts, requiredSections, wayPointSections } from "./required.ts";
import { fileLines, fileSummary, heading, surveyLines } from "./survey.ts";
import { count, table } from "./table.ts";
import { ruleName } from "./trace.ts";
import { type Outcome, outcomeOf } from "./verdict.ts";

export interface CheckReportOptions {
  readonly sources: Sources;
  readonly paint: Paint;
  /** Say everything: every file, every proved pair's footing, scripts for replay. */
  readonly verbose: boolean;
}

/**
 * The report of `pfproof check`: summary, then pairs (violated, undecided, proved), then what the
 * verdicts rest on.
 *
 * A site without zones asks nothing: the report then says what is there and what is let in.
 */
export function checkLines(answer: CheckAnswer, options: CheckReportOptions): readonly Shown[] {
  const asked = answer.pairs.length > 0;
  const sections = [
    summaryLines(answer, options.paint),
    ...(asked ? pairSections(answer, options) : surveySections(answer, options.paint)),
    findingLines(answer, options),
    unreadLines(answer, options),
    filesSection(answer, options, !asked),
    asked ? assumptionLines(answer, options.paint) : [],
  ];
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, index) => (index === 0 ? section : [shown``, ...section]));
}

function pairSections(
  answer: CheckAnswer,
  options: CheckReportOptions,
): readonly (readonly Shown[])[] {
  return [
    violationLines(answer, options),
    undecidedLines(answer.pairs, options.paint),
    provedLines(answer.pairs, options.paint),
    ...requiredSections(answer.required, options),
    ...wayPointSections(answer.wayPoints, options),
  ];
}

function surveySections(answer: CheckAnswer, paint: Paint): readonly (readonly Shown[])[] {
  return [
    surveyLines(answer.survey, "places", paint),
    defaultLines(answer.defaults, paint),
    surveyLines(answer.survey, "wires", paint),
  ];
}

function summaryLines(answer: CheckAnswer, paint: Paint): readonly Shown[] {
  const outcome = outcomeOf(answer);
  const lines = [summaryLine(answer, outcome, paint)];
  if (answer.required.length > 0) lines.push(requiredCounts(answer.required));
  if (answer.stopped === "cancelled") {
    lines.push(shown`${paint.open("stopped")} on request: what was not finished is undecided`);
  }
  if (answer.stopped === "budget") {
    lines.push(
      shown`${paint.open("stopped")} at the node budget: what was not finished is undecided`,
    );
  }
  return lines;
}

function summaryLine(answer: CheckAnswer, outcome: Outcome, paint: Paint): Shown {
  if (outcome === "nothing asked") {
    const why = "the site names no zones, so no claim was checked";
    return shown`${paint.open("nothing proved")}: ${why}; \`zones:\` in site.yaml names them`;
  }
  const paints = { violated: paint.bad, undecided: paint.open, proved: paint.good };
  const of = count(answer.pairs.length, "ordered pair");
  const zones = count(answer.zones.length, "zone");
  const counts = (["violated", "undecided", "proved"] as const).map((verdict) => {
    const those = answer.pairs.filter((pair) => pair.verdict === verdict);
    const waived = those.filter(({ waivedBy }) => waivedBy !== undefined).length;
    return `${those.length} ${verdict}${waived === 0 ? "" : ` (${waived} waived)`}`;
  });
  return shown`${paints[outcome](outcome)}: ${of} of ${zones} at adversary level ${answer.level}: ${counts.join(", ")}`;
}

function defaultLines(defaults: readonly InterfaceDefault[], paint: Paint): readonly Shown[] {
  const words = {
    pass: paint.bad("lets everything in"),
    block: paint.good("lets nothing in"),
    depends: shown`depends on the packet`,
    unknown: paint.open("an unread line decides"),
  };
  // interfaces of a host that fare the same share a line
  const groups = Map.groupBy(defaults, ({ host, family, verdict, rule }) => {
    return JSON.stringify([host, family, verdict, rule?.anchor, rule?.number]);
  });
  const rows = [...groups.values()].flatMap((group): readonly (readonly Part[])[] => {
    const [it] = group;
    if (it === undefined) return [];
    const rule = it.rule === undefined ? shown`` : ruleName(it.rule);
    const names = group.map((other) => other.interface).join(" ");
    return [[paint.strong(it.host), it.family, words[it.verdict], rule, names]];
  });
  if (rows.length === 0) return [];
  return [heading("what each interface lets in", paint), ...table(rows)];
}

function findingLines(answer: CheckAnswer, options: CheckReportOptions): readonly Shown[] {
  if (answer.findings.length === 0) return [];
  const boxes = diagnosticLines(answer.findings, options.sources, options.paint);
  return [heading(count(answer.findings.length, "finding"), options.paint), ...boxes];
}

function unreadLines(
  { brackets }: CheckAnswer,
  { paint, verbose }: CheckReportOptions,
): readonly Shown[] {
  const open = brackets.filter((unread) => verbose || unread.scope.kind !== "nothing");
  const idle = brackets.length - open.length;
  if (brackets.length === 0) return [];
  const rows = open.map((unread): readonly Part[] => [
    paint.place(lineOf(unread.span)),
    scopeText(unread),
    unread.effect,
    paint.faint(shortened(unread.words)),
  ]);
  const rest = idle === 0 ? "" : ` and ${count(idle, "line")} that no claim depends on`;
  return [heading(`${count(open.length, "unread line")}${rest}`, paint), ...table(rows)];
}

function shortened(words: string): string {
  return words.length <= 60 ? words : `${words.slice(0, 59)}…`;
}

function scopeText({ scope }: Unread): string {
  switch (scope.kind) {
    case "nothing":
      return "changes nothing";
    case "rule":
      return scope.anchor === "" ? "one rule" : `one rule of ${scope.anchor}`;
    case "table":
      return `table <${scope.table}>`;
    case "interface":
      return `interface ${scope.interface}`;
    case "address":
      return `the address of ${scope.interface}`;
    case "pf":
      return "its whole pf";
    case "routes":
      return `routes of ${scope.host}`;
    case "host":
      return `all of ${scope.host}`;
  }
}

function filesSection(
  { survey }: CheckAnswer,
  { paint, verbose }: CheckReportOptions,
  all: boolean,
): readonly Shown[] {
  if (all || verbose) return survey.files.flatMap((host) => fileLines(host, paint));
  return [fileSummary(survey.files)];
}

/** `fw/etc/hostname.em3:4: `…` changes nothing (starts openvpn; jd; until 2027-01-31; site.yaml:20)`. */
function assumedText({ text, reason, by, expires, span }: Assumption): string {
  const until = expires === undefined ? undefined : `until ${expires}`;
  const said = [reason, by, until, `${span.file}:${span.line}`].filter((it) => it !== undefined);
  return `${text} (${said.join("; ")})`;
}

/** Scripts that attacked the proofs, and what these rest on. */
export function assumptionLines(
  answer: Pick<CheckAnswer, "attack" | "assumptions" | "assumed">,
  paint: Paint,
): readonly Shown[] {
  const { scripts, seed } = answer.attack;
  const tried =
    scripts === 0
      ? []
      : [
          shown`attacked with ${count(scripts, "drawn script")} (seed ${seed}); none got past a proof`,
        ];
  const rows = [
    ...answer.assumptions.map((id): readonly Part[] => [id, ASSUMPTIONS[id]]),
    ...answer.assumed.map((it, index): readonly Part[] => [`A${index + 1}`, assumedText(it)]),
  ];
  return [...tried, heading("every verdict assumes that", paint), ...table(rows)];
}
