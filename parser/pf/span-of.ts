import type { IToken } from "chevrotain";
import type { Span } from "../../model/source.ts";

/** The text from `first` to `last`, both included; on the first line only. */
export function spanOf(file: string, first: IToken, last: IToken = first): Span {
  const line = first.startLine ?? 1;
  const column = first.startColumn ?? 1;
  const end = last.startLine === line ? (last.endColumn ?? column) : (first.endColumn ?? column);
  return { file, line, column, length: Math.max(1, end - column + 1) };
}
