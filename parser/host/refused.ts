import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";

/**
 * What stops a program of rc(8) from taking its file: rc goes on without it, and so does the site.
 *
 * @returns the errors as warnings, behind one that says what the host makes of the refusal
 */
export function refused(
  errors: readonly Diagnostic[],
  { code, message, help }: Pick<Diagnostic, "code" | "message"> & { readonly help: string },
): readonly Diagnostic[] {
  const span = firstError(errors);
  if (span === undefined) return errors;
  const told: Diagnostic = { code, severity: "warning", message, span, help };
  return [told, ...asWarnings(errors)];
}

/** The same, none of which stops the reading of a site. */
export function asWarnings(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.map((it) => ({ ...it, severity: "warning" }));
}

/** Where the first error stands; undefined: there is none. */
export function firstError(diagnostics: readonly Diagnostic[]): Span | undefined {
  return diagnostics.find(({ severity }) => severity === "error")?.span;
}
