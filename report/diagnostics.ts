import type { Diagnostic } from "../model/diagnostic.ts";
import type { Sources } from "../model/source.ts";
import { excerpt } from "./excerpt.ts";
import { type Paint, type Shown, shown } from "./paint.ts";

/** Diagnostics as boxes with the text they are about underlined, in the order given. */
export function diagnosticLines(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  paint: Paint,
): readonly Shown[] {
  return diagnostics.flatMap((diagnostic) => box(diagnostic, sources, paint));
}

function box(diagnostic: Diagnostic, sources: Sources, paint: Paint): readonly Shown[] {
  const { severity, message, span, help } = diagnostic;
  const kind = severity === "error" ? paint.bad("error") : paint.open("warning");
  const margin = " ".repeat(String(span.line).length);
  const advice = help === undefined ? [] : [shown`${margin} ${paint.faint("=")} help: ${help}`];
  return [shown`${kind}: ${message}`, ...excerpt(span, sources, paint), ...advice];
}
