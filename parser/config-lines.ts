import type { Span } from "../model/source.ts";

/** A word of a configuration line as a shell would see it, quotes removed. */
export interface Word {
  readonly text: string;
  /** Has an expansion, a pipe or a list that only a shell could carry out. */
  readonly shell: boolean;
  /** As written, quotes and all. */
  readonly raw?: string;
  readonly span: Span;
}

/** A line with its backslash continuations; never without words. */
export interface Line {
  readonly words: readonly Word[];
  /** The `#` word that ended the line behind its words. */
  readonly comment?: Word;
  /** From the first word to the last one on the same physical line. */
  readonly span: Span;
}

/**
 * Splits text into lines of words: `\` at the end goes on, a word that begins with `#` ends the line.
 *
 * Blank lines and comments give no line. Quotes that are not closed end with their physical line.
 */
export function configLines(file: string, text: string): readonly Line[] {
  const lines: Line[] = [];
  let words: Word[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const physical = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const continued = trailingBackslashes(physical) % 2 === 1;
    const body = continued ? physical.slice(0, -1) : physical;
    for (const word of wordsOf(file, index + 1, body)) words.push(word);
    if (continued) continue;
    push(lines, words);
    words = [];
  }
  push(lines, words);
  return lines;
}

function trailingBackslashes(text: string): number {
  let at = text.length;
  while (text[at - 1] === "\\") at--;
  return text.length - at;
}

/**
 * The words as written, one line, at most 200 characters: see Unread.
 *
 * Words that a reader put in share the span of the word after them and are left out.
 */
export function asWritten(words: readonly Word[]): string {
  return words
    .filter((word, at) => words[at + 1]?.span !== word.span)
    .map((word) => word.text)
    .join(" ")
    .slice(0, 200);
}

function push(lines: Line[], words: readonly Word[]): void {
  const comment = words.findIndex(isComment);
  const kept = comment < 0 ? words : words.slice(0, comment);
  const first = kept[0];
  if (first === undefined) return;
  const line = { words: kept, span: spanOf(first, kept) };
  const hash = words[kept.length];
  lines.push(hash === undefined ? line : { ...line, comment: hash });
}

function isComment({ text, span }: Word): boolean {
  return text.startsWith("#") && span.length === text.length;
}

function spanOf(first: Word, words: readonly Word[]): Span {
  const last = words.findLast((word) => word.span.line === first.span.line) ?? first;
  const end = last.span.column + last.span.length;
  return { ...first.span, length: end - first.span.column };
}

const WORD = /(?:"[^"]*"?|'[^']*'?|\\.|[^\s"'\\]|\\$)+/g;

function wordsOf(file: string, line: number, text: string): readonly Word[] {
  return [...text.matchAll(WORD)].map(({ 0: raw, index }) => ({
    text: raw.replaceAll(/"([^"]*)"?|'([^']*)'?|\\(.)/g, "$1$2$3"),
    shell: needsShell(raw),
    raw,
    span: { file, line, column: index + 1, length: raw.length },
  }));
}

function needsShell(raw: string): boolean {
  const expanded = raw.replaceAll(/'[^']*'?|\\./g, "");
  return /[$`]/.test(expanded) || /[;|&<>()]/.test(expanded.replaceAll(/"[^"]*"?/g, ""));
}
