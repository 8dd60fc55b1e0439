import type { RequiredAnswer, ViaAnswer } from "../model/required.ts";
import type { CheckReportOptions } from "./check.ts";
import { excerpt } from "./excerpt.ts";
import { type Paint, type Part, type Shown, shown } from "./paint.ts";
import { inside, NumberedReasons, pairPart } from "./pairs.ts";
import { serviceText } from "./service.ts";
import { table } from "./table.ts";
import { indentedScript, replayLines } from "./trace.ts";

/** `required flows: 1 fails, 0 undecided, 12 work`. */
export function requiredCounts(required: readonly RequiredAnswer[]): Shown {
  const number = (wanted: RequiredAnswer["verdict"]): number =>
    required.filter(({ verdict }) => verdict === wanted).length;
  const [fails, works] = [number("fails"), number("works")];
  const words = [
    `${fails} ${fails === 1 ? "fails" : "fail"}`,
    `${number("undecided")} undecided`,
    `${works} ${works === 1 ? "works" : "work"}`,
  ];
  return shown`required flows: ${words.join(", ")}`;
}

/** Required flows: those that fail with where they end and what mends it, undecided ones, the rest. */
export function requiredSections(
  required: readonly RequiredAnswer[],
  options: CheckReportOptions,
): readonly (readonly Shown[])[] {
  const failing = required.filter(({ verdict }) => verdict === "fails");
  return [
    ...failing.map((flow) => failureLines(flow, options)),
    undecidedFlows(required, options.paint),
    workingFlows(required, options),
  ];
}

function failureLines(flow: RequiredAnswer, options: CheckReportOptions): readonly Shown[] {
  const { paint, sources, verbose } = options;
  const { failure, witness } = flow;
  const head = shown`${paint.bad("fails")}  ${pairPart(flow, paint)}  ${flowPart(flow, paint)}`;
  if (failure === undefined || witness === undefined) return [head];
  const { script, traces } = witness;
  const line = failure.decides === undefined ? [] : excerpt(failure.decides.span, sources, paint);
  return [
    head,
    shown`  ${failure.text}`,
    ...inside(line, 2),
    ...indentedScript(script, traces, paint, 2),
    shown`  to mend it: ${failure.mend}`,
    ...(verbose ? inside(again(flow), 2) : []),
  ];
}

function undecidedFlows(required: readonly RequiredAnswer[], paint: Paint): readonly Shown[] {
  const undecided = required.filter(({ verdict }) => verdict === "undecided");
  const reasons = new NumberedReasons();
  const rows = undecided.map((flow): readonly Part[] => [
    paint.open("undecided"),
    pairPart(flow, paint),
    flowPart(flow, paint),
    reasons.because(flow.reasons),
  ]);
  return rows.length === 0 ? [] : [...table(rows, 0), ...reasons.lines(paint)];
}

function workingFlows(
  required: readonly RequiredAnswer[],
  { paint, verbose }: CheckReportOptions,
): readonly Shown[] {
  const working = required.filter(({ verdict }) => verdict === "works");
  const rows = working.map((flow): readonly Part[] => [
    paint.good("works"),
    pairPart(flow, paint),
    flowPart(flow, paint),
  ]);
  if (rows.length === 0) return [];
  return [...table(rows, 0), ...(verbose ? inside(working.flatMap(again), 2) : [])];
}

/** Way points: what gets past them, what is undecided, and what passes. */
export function wayPointSections(
  wayPoints: readonly ViaAnswer[],
  options: CheckReportOptions,
): readonly (readonly Shown[])[] {
  const { paint, verbose } = options;
  const past = wayPoints.filter(({ verdict }) => verdict === "violated");
  const reasons = new NumberedReasons();
  const rows = wayPoints
    .filter(({ verdict }) => verdict !== "violated")
    .map((it): readonly Part[] =>
      it.verdict === "proved"
        ? [paint.good("proved"), pairPart(it, paint), viaPart(it, paint)]
        : [
            paint.open("undecided"),
            pairPart(it, paint),
            shown`${viaPart(it, paint)}  ${reasons.because(it.reasons)}`,
          ],
    );
  return [
    ...past.map((it): readonly Shown[] => {
      const { script = [], traces = [] } = it.witness ?? {};
      return [
        shown`${paint.bad("violated")}  ${pairPart(it, paint)}  ${viaPart(it, paint)}`,
        shown`  the last packet gets there past ${it.via}`,
        ...indentedScript(script, traces, paint, 2),
        ...(verbose ? inside(again(it), 2) : []),
      ];
    }),
    rows.length === 0 ? [] : [...table(rows, 0), ...reasons.lines(paint)],
  ];
}

function viaPart({ via, id }: ViaAnswer, paint: Paint): Shown {
  const name = id === undefined ? "" : ` (${id})`;
  return shown`only by ${paint.strong(via)}${name}`;
}

/** The script, to be played again. */
function again({ witness }: Pick<RequiredAnswer, "witness">): readonly Shown[] {
  if (witness === undefined) return [];
  return [
    shown`again: pfproof trace SITE --script FILE, with`,
    ...inside(replayLines(witness.script), 2),
  ];
}

/** `tcp/443 over inet6 (C1)`. */
function flowPart({ service, family, id }: RequiredAnswer, paint: Paint): Shown {
  const name = id === undefined ? "" : ` (${id})`;
  return shown`${paint.strong(serviceText(service))} over ${family}${name}`;
}
