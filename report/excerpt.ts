import type { Sources, Span } from "../model/source.ts";
import { type Paint, type Shown, shown } from "./paint.ts";
import { visible, widthOf } from "./visible.ts";

/** Longest stretch of a source line that is shown, in code units. */
const LONGEST = 160;

/**
 * The line under a span with the span underlined, under its `file:line:column`.
 *
 * Without the file's text only the place is shown. Long lines are cut around the span.
 */
export function excerpt(span: Span, sources: Sources, paint: Paint): readonly Shown[] {
  const number = String(span.line);
  const margin = " ".repeat(number.length);
  const head = shown`${margin} ${paint.faint("┌─")} ${paint.place(placeOf(span))}`;
  const line = sources.get(span.file)?.split(/\r\n|\n|\r/)[span.line - 1];
  if (line === undefined) return [head];
  const { before, marked, after } = cut(line, span);
  const bar = paint.faint("│");
  const under = " ".repeat(widthOf(visible(before)));
  const marks = "^".repeat(Math.max(1, widthOf(visible(marked))));
  return [
    head,
    shown`${paint.faint(number)} ${bar} ${before}${marked}${after}`,
    shown`${margin} ${bar} ${under}${paint.bad(marks)}`,
  ];
}

/** `file:line:column`. */
export function placeOf(span: Span): string {
  return `${span.file}:${span.line}:${span.column}`;
}

/** `file:line`, for running text. */
export function lineOf(span: Span): string {
  return `${span.file}:${span.line}`;
}

function cut(line: string, span: Span): { before: string; marked: string; after: string } {
  const start = Math.min(span.column - 1, line.length);
  const end = Math.min(start + span.length, line.length);
  if (line.length <= LONGEST) {
    return { before: line.slice(0, start), marked: line.slice(start, end), after: line.slice(end) };
  }
  const from = Math.max(0, start - LONGEST / 4);
  const to = Math.min(line.length, from + LONGEST);
  const last = Math.min(end, to);
  return {
    before: (from > 0 ? "…" : "") + line.slice(from, start),
    marked: line.slice(start, last),
    after: line.slice(last, to) + (to < line.length ? "…" : ""),
  };
}
