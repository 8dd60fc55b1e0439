import type { Span } from "../../../model/source.ts";

/** A macro: its value, and whether any line used it. */
export interface Macro {
  readonly value: string;
  /** Set with `-D`: a definition in the file does not change it. */
  readonly permanent: boolean;
  used: boolean;
}

/** Said by the lexer about the ERROR token it gives next. */
export interface LexicalComplaint {
  readonly message: string;
  readonly span: Span;
  /** pfctl's line. */
  readonly line: number;
  readonly file: string;
}
