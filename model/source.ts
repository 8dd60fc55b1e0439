/** A stretch of text in one file: where a rule, an interface or a complaint was written. */
export interface Span {
  /** Path as the reader was given it, relative to the site directory. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** Code units to underline on `line`, at least 1; text that goes on over the line end is cut there. */
  readonly length: number;
}

/** The text of files that were read, for showing the line under a span; keyed by {@link Span.file}. */
export type Sources = ReadonlyMap<string, string>;
