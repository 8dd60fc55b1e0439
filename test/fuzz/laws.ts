import { configurationText } from "../../parser/pf/configuration-text.ts";
import { type PfInput, type PfReading, readPf } from "../../parser/pf/read.ts";
import type { Setting } from "./corpora.ts";
import { type ExceptionCounts, roundTrip } from "./round-trip.ts";
import { strayingSpan } from "./spans.ts";

/** One input and how it is read. */
export interface Trial {
  readonly text: string;
  readonly setting: Setting;
  readonly options: Pick<PfInput, "optimize" | "verbose" | "live" | "anchor" | "defines">;
  /** Read it twice. */
  readonly twice: boolean;
}

export type Law =
  | "no exception"
  | "time"
  | "spans"
  | "determinism"
  | "print and read"
  | "an answer";

export interface Outcome {
  readonly accepted: boolean;
  readonly milliseconds: number;
  readonly broken?: { readonly law: Law; readonly detail: string };
}

/** What one input may take, of the processor. */
export const SLOW_MS = 1000;
/** Products of lists end here. */
const MOST_RULES = 20_000;

/** Reads an input and holds the reading against every law. */
export function tried(trial: Trial, counts: ExceptionCounts): Outcome {
  const texts = new Map<string, string>();
  const start = process.threadCpuUsage();
  try {
    const reading = read(trial, texts);
    const milliseconds = spent(start);
    const { accepted } = reading;
    const broken = brokenLaw(trial, reading, texts, milliseconds, counts);
    return { accepted, milliseconds, ...(broken === undefined ? {} : { broken }) };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const broken = {
      law: "no exception",
      detail: detail.split("\n").slice(0, 4).join(" "),
    } as const;
    return { accepted: false, milliseconds: spent(start), broken };
  }
}

/** Milliseconds of this thread since `start`: others may work on the machine. */
export function spent(start: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

function read({ text, setting, options }: Trial, texts: Map<string, string>): PfReading {
  const { include, resolve, environment } = setting;
  texts.set("stdin", text);
  const input: PfInput = {
    file: "stdin",
    text,
    mostRules: MOST_RULES,
    ...options,
    ...(resolve === undefined ? {} : { resolve }),
    include: (name) => {
      const found = include(name);
      if (typeof found === "string") texts.set(name, found);
      return found;
    },
  };
  return readPf(input, environment);
}

function brokenLaw(
  trial: Trial,
  reading: PfReading,
  texts: ReadonlyMap<string, string>,
  milliseconds: number,
  counts: ExceptionCounts,
): Outcome["broken"] {
  if (milliseconds > SLOW_MS) return { law: "time", detail: `${milliseconds.toFixed(0)} ms` };
  if (!reading.accepted && reading.stderr.length === 0 && reading.diagnostics.length === 0) {
    if (!isSilent(trial.text)) return { law: "an answer", detail: "rejected without a word" };
  }
  const stray = strayingSpan(reading, texts);
  if (stray !== undefined) return { law: "spans", detail: stray };
  if (trial.twice) {
    const again = read(trial, new Map());
    const difference = firstDifference(reading, again);
    if (difference !== undefined) return { law: "determinism", detail: difference };
  }
  const { optimize, live, anchor } = trial.options;
  if (!reading.accepted || optimize !== "none" || live === true || anchor !== undefined) return;
  const difference = roundTrip(reading.main, trial.setting, counts);
  return difference === undefined ? undefined : { law: "print and read", detail: difference };
}

/** pfctl itself says nothing of these: percentages without `%`, a second table within braces. */
function isSilent(text: string): boolean {
  return /syncookies|table/.test(text);
}

function firstDifference(one: PfReading, other: PfReading): string | undefined {
  const [ours, theirs] = [whole(one), whole(other)];
  if (ours === theirs) return undefined;
  const lines = theirs.split("\n");
  const at = ours.split("\n").findIndex((line, index) => line !== lines[index]);
  return `${ours.split("\n")[at]} / ${lines[at]}`;
}

function whole(reading: PfReading): string {
  const lines = [reading.main, ...reading.loaded].flatMap((it) => [
    ...configurationText(it, { numbers: true }),
  ]);
  const told = [reading.accepted, reading.diagnostics, reading.unread, reading.options.skip];
  return [...lines, ...reading.stderr, ...told.map((it) => JSON.stringify(it))].join("\n");
}
