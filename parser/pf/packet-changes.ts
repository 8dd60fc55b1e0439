import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { numberIn, tosValue } from "./option-values.ts";
import type { ScrubSyntax, SettingSyntax } from "./syntax.ts";

/** `set (…)`: each part as pfctl prints it. None of it decides where a packet goes. */
export interface Settings {
  readonly prio?: string;
  readonly queue?: string;
  readonly tos?: string;
  readonly delay?: string;
}

/** `scrub (…)`: each part as pfctl prints it. */
export interface ScrubOptions {
  readonly "no-df"?: string;
  readonly "random-id"?: string;
  readonly "min-ttl"?: string;
  readonly reassemble?: string;
  readonly "max-mss"?: string;
}

/** Adds settings to those that earlier words of the rule made. */
export function settings(
  context: Context,
  before: Settings,
  list: readonly SettingSyntax[],
): Settings {
  const sum: { -readonly [kind in keyof Settings]: Settings[kind] } = { ...before };
  for (const it of list) {
    const span = spanIn(context, it.token);
    if (sum[it.kind] !== undefined) {
      const marked = it.kind === "prio" || it.kind === "queue";
      complain(context, (marked ? complaint.redefined : complaint.respecified)(it.kind, span));
    }
    sum[it.kind] = settingText(context, it);
  }
  return sum;
}

export function printSettings({ prio, queue, tos, delay }: Settings): string {
  const parts = [prio, queue, tos, delay].filter((it) => it !== undefined);
  return parts.length === 0 ? "" : ` set (${parts.join(", ")})`;
}

/** A second group replaces the first, but what it reassembles adds up. */
export function scrubOptions(
  context: Context,
  before: ScrubOptions,
  items: readonly ScrubSyntax[],
): ScrubOptions {
  const { reassemble } = before;
  const group: Record<string, string> = {};
  for (const { token, value } of items) {
    const name = token.image;
    if (group[name] !== undefined) {
      const what = name === "reassemble" ? "reassemble tcp" : name;
      complain(context, complaint.respecified(what, spanIn(context, token)));
    }
    group[name] = scrubText(context, name, value);
  }
  return reassemble === undefined ? group : { reassemble, ...group };
}

const SCRUB_ORDER = ["no-df", "random-id", "min-ttl", "reassemble", "max-mss"] as const;

export function printScrub(scrub: ScrubOptions): string {
  const parts = SCRUB_ORDER.map((it) => scrub[it] ?? "").filter((it) => it !== "");
  return parts.length === 0 ? "" : ` scrub (${parts.join(" ")})`;
}

function settingText(context: Context, { kind, values }: SettingSyntax): string {
  const [first, second] = values;
  if (first === undefined) return kind;
  switch (kind) {
    case "prio": {
      for (const it of values) numberIn(context, it, 7, (_, at) => complaint.badPrio(at));
      if (second === undefined || second.image === first.image) return `prio ${first.image}`;
      return `prio(${first.image}, ${second.image})`;
    }
    case "queue": {
      const unknown = values.find((it) => !context.queues.has(it.image));
      if (unknown !== undefined) {
        complain(context, complaint.unknownQueue(unknown.image, spanIn(context, unknown)));
      }
      return second === undefined
        ? `queue ${first.image}`
        : `queue(${first.image}, ${second.image})`;
    }
    case "tos":
      return `tos 0x${(tosValue(context, first) ?? 0).toString(16).padStart(2, "0")}`;
    case "delay":
      numberIn(context, first, 65535, (text, at) => complaint.badDelay(text, at));
      return `delay ${first.image}`;
  }
}

function scrubText(context: Context, name: string, value: ScrubSyntax["value"]): string {
  if (value === undefined) return name;
  if (name === "reassemble") {
    if (value.image.toLowerCase() !== "tcp") {
      complain(context, complaint.badReassemble(value.image, spanIn(context, value)));
    }
    return "reassemble tcp";
  }
  const most = name === "min-ttl" ? 255 : 65535;
  const number = numberIn(context, value, most, (text, at) =>
    complaint.illegalValue(name, text, at),
  );
  return number === 0 ? "" : `${name} ${value.image}`;
}
