import type { Diagnostic } from "../../model/diagnostic.ts";

/** Nobody reads more. */
const MOST = 2000;

/** Diagnostics of one reading, in the order they were found. */
export class Report {
  readonly diagnostics: Diagnostic[] = [];

  /** Errors so far: whoever compares it before and after knows whether a step went wrong. */
  errors = 0;

  diagnostic(it: Diagnostic): void {
    if (it.severity === "error") this.errors++;
    if (this.diagnostics.length < MOST) this.diagnostics.push(it);
  }
}
