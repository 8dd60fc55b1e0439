import type { Diagnostic } from "../model/diagnostic.ts";
import type { InitAnswer } from "../model/init-answer.ts";
import { document, type Json } from "./json.ts";
import { type Paint, type Shown, shown } from "./paint.ts";
import { count } from "./table.ts";

/** What `init` says once the file is written. */
export function initLines(
  { zones, conduits, doubts, unread, pairs, stopped }: InitAnswer,
  written: { readonly file: string; readonly site: string; readonly paint: Paint },
): readonly Shown[] {
  const { file, site, paint } = written;
  const flows = `${count(conduits.length, "conduit")} to confirm`;
  const open = [
    ...(doubts.length === 0 ? [] : [`${count(doubts.length, "wire")} to decide`]),
    ...(unread.length === 0 ? [] : [`${count(unread.length, "line")} not understood`]),
  ];
  const why = stopped === "budget" ? "the node budget was used up" : "interrupted";
  return [
    shown`${paint.strong(file)}: ${count(zones.length, "zone")}, ${flows}`,
    ...(open.length === 0 ? [] : [shown`  ${paint.open(open.join(", "))}: in its comments`]),
    ...(stopped === undefined
      ? []
      : [
          shown`  ${paint.open("not complete")}: ${pairs.done} of ${pairs.total} ordered pairs, ${why}`,
        ]),
    shown`read it, then: pfproof check ${site}`,
  ];
}

/** Document of `init`. */
export function initJson(
  answer: InitAnswer,
  result: { readonly file: string; readonly written: boolean; readonly text: string },
  diagnostics: readonly Diagnostic[],
): string {
  const { zones, services, conduits, doubts, unread, pairs, stopped } = answer;
  return document("init", diagnostics, {
    file: result.file,
    written: result.written,
    stopped: stopped ?? null,
    pairs: { ...pairs },
    services: services.map((it) => ({ ...it })),
    zones: zones.map(({ name, kind, at }) => ({ name, kind, at })),
    conduits: conduits.map(({ from, to, services: own }) => {
      return { from, to, services: own.names, note: own.note ?? null };
    }),
    doubts: doubts.map(({ name, ends, reason }) => ({ name, ends, reason })),
    unread: unread as unknown as Json,
    text: result.text,
  });
}
