import type { PairAnswer, Reason, Violation, ViolationClass } from "../model/answer.ts";
import type { CheckAnswer } from "../model/check-answer.ts";
import type { Waiver } from "../model/network.ts";
import type { CheckReportOptions } from "./check.ts";
import { excerpt, lineOf } from "./excerpt.ts";
import { type Paint, type Part, type Shown, shown } from "./paint.ts";
import { indented, table } from "./table.ts";
import { indentedScript, replayLines } from "./trace.ts";

/** What is wrong about the last packet of a script. */
export const CLASSES: Readonly<Record<ViolationClass, string>> = {
  direct: "passes on its own",
  punched: "passes on a state that a third zone, or the sender itself, made",
  stolen: "passes on a state that the receiver made towards somebody else",
  reply: "answers a flow that no conduit allows",
  "layer 2": "is never shown to pf",
  tunnel: "comes out of a tunnel whose outer packet is forged",
};

/** Violated pairs: class and level, the line that decides, the script and what became of it. */
export function violationLines(
  { pairs, waivers }: Pick<CheckAnswer, "pairs" | "waivers">,
  options: CheckReportOptions,
): readonly Shown[] {
  return pairs
    .flatMap((pair): readonly Shown[] => {
      const { violation } = pair;
      if (violation === undefined) return [];
      const { paint } = options;
      const what = shown`${paint.strong(violation.class)}, at level ${pair.level}`;
      const head = shown`${paint.bad("violated")}  ${pairPart(pair, paint)}  ${what}`;
      return [
        head,
        shown`  the last packet ${CLASSES[violation.class]}`,
        ...waivedLines(pair, waivers),
        ...violationBody(violation, options),
        shown``,
      ];
    })
    .slice(0, -1);
}

/** Who bears it, why and how long. */
function waivedLines({ waivedBy }: PairAnswer, waivers: readonly Waiver[]): readonly Shown[] {
  return (waivedBy ?? []).map((id) => {
    const waiver = waivers.find((it) => it.id === id);
    const until = waiver?.expires === undefined ? undefined : `until ${waiver.expires}`;
    const said = [waiver?.reason, waiver?.by, until].filter((it) => it !== undefined);
    return shown`  known, and does not count: waiver ${[id, ...said].join("; ")}`;
  });
}

/** The line that decides, the script, and what became of it. */
export function violationBody(violation: Violation, options: CheckReportOptions): readonly Shown[] {
  const { sources, paint, verbose } = options;
  const { decides, script, traces } = violation;
  const line =
    decides === undefined
      ? [shown`no rule decides: pf is not asked on this path`]
      : excerpt(decides.span, sources, paint);
  const again = verbose
    ? [shown`again: pfproof trace SITE --script FILE, with`, ...inside(replayLines(script), 2)]
    : [];
  return [...inside(line, 2), ...indentedScript(script, traces, paint, 2), ...inside(again, 2)];
}

/** Undecided pairs, then every reason once: the line, and what settles it. */
export function undecidedLines(pairs: readonly PairAnswer[], paint: Paint): readonly Shown[] {
  const undecided = pairs.filter((pair) => pair.verdict === "undecided");
  if (undecided.length === 0) return [];
  const reasons = new NumberedReasons();
  const rows = undecided.map((pair): readonly Part[] => {
    return [paint.open("undecided"), pairPart(pair, paint), reasons.because(pair.reasons)];
  });
  return [...table(rows, 0), ...reasons.lines(paint)];
}

/** Reasons of several answers, each told once. */
export class NumberedReasons {
  readonly #known = new Map<string, { readonly number: number; readonly reason: Reason }>();

  /** `because of 1, 2`. */
  because(reasons: readonly Reason[]): string {
    const numbers = reasons.map((reason) => {
      const key = JSON.stringify([reason.text, reason.span, reason.settle]);
      const known = this.#known.get(key) ?? { number: this.#known.size + 1, reason };
      this.#known.set(key, known);
      return known.number;
    });
    return numbers.length === 0 ? "not finished" : `because of ${listed(numbers)}`;
  }

  lines(paint: Paint): readonly Shown[] {
    const texts = [...this.#known.values()].flatMap(({ number, reason }) => {
      return reasonLines(number, reason, paint);
    });
    return inside(texts, 2);
  }
}

/** At most a dozen numbers, and how many more there are. */
function listed(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 12).join(", ");
  return numbers.length <= 12 ? shown : `${shown} and ${numbers.length - 12} more`;
}

/** A numbered reason and what settles it. */
export function reasonLines(number: number, reason: Reason, paint: Paint): readonly Shown[] {
  const at = reason.span === undefined ? shown`` : shown`${paint.place(lineOf(reason.span))}: `;
  const words =
    reason.unread === undefined ? shown`` : shown`: ${paint.faint(reason.unread.words)}`;
  const margin = " ".repeat(String(number).length + 2);
  return [
    shown`${paint.strong(`${number}.`)} ${at}${reason.text}${words}`,
    shown`${margin}to settle it: ${reason.settle}`,
  ];
}

/** Proved pairs, one a line. */
export function provedLines(pairs: readonly PairAnswer[], paint: Paint): readonly Shown[] {
  const proved = pairs.filter((pair) => pair.verdict === "proved");
  if (proved.length === 0) return [];
  const rows = proved.map((pair): readonly Part[] => {
    const what = pair.conduit
      ? "nothing but its conduit and replies"
      : "no packet, replies excepted";
    const needs = pair.assumptions.length === 0 ? "" : `, given ${pair.assumptions.join(", ")}`;
    return [paint.good("proved"), pairPart(pair, paint), what + needs];
  });
  return table(rows, 0);
}

export function pairPart({ from, to }: Pick<PairAnswer, "from" | "to">, paint: Paint): Shown {
  return shown`${paint.strong(from)} → ${paint.strong(to)}`;
}

export function inside(lines: readonly Shown[], indent: number): readonly Shown[] {
  return lines.map((line) => indented(line, indent));
}
