import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";
import * as complaint from "./diagnostics.ts";

/** What the yaml library says: a code, where, and its own words. */
export interface YamlError {
  readonly code: string;
  readonly pos: readonly [start: number, end: number];
  readonly message: string;
}

/** Where the characters from `start` to `end` stand; to the end of the first line at most. */
type SpanOf = (start: number, end: number) => Span;

/** What is wrong where a text stops being YAML, in words of site.yaml. */
export function yamlComplaint(error: YamlError, text: string, spanOf: SpanOf): Diagnostic {
  const [start, end] = error.pos;
  const row = rowAt(text, start);
  const say = (message: string, help: string, from = start, to = from + 1): Diagnostic => {
    return complaint.badYaml(message, spanOf(from, Math.max(from + 1, to)), help);
  };
  const star = /(?:^|[\s{[,])(\*\S*?):?\s*$/.exec(text.slice(row.start, start))?.[1];
  if (star !== undefined) {
    const from = text.lastIndexOf(star, start - 1);
    return say(
      "text that begins with `*` needs quotes",
      `write \`"${star}"\``,
      from,
      from + star.length,
    );
  }
  switch (error.code) {
    case "DUPLICATE_KEY": {
      const key = /^"[^"]*"|^'[^']*'|^[^:\s]*/.exec(text.slice(start))?.[0] ?? "";
      return complaint.twice(key.replace(/^["']|["']$/g, ""), spanOf(start, start + key.length));
    }
    case "TAB_AS_INDENT":
      return say("a tab does not indent in YAML", "indent with blanks");
    case "MULTILINE_IMPLICIT_KEY": {
      const rest = text.slice(start, row.end).trimEnd();
      if (/[:{}[\],]/.test(rest)) return deeper(text, start, spanOf);
      const [word = rest] = rest.split(/\s/, 1);
      const help = `write \`${word}:${rest.slice(word.length)}\``;
      return say(`a \`:\` is missing behind \`${word}\``, help, start, start + word.length);
    }
    case "BLOCK_AS_IMPLICIT_KEY":
      return error.message.startsWith("A block seq")
        ? indent(text, row.start, spanOf)
        : nested(text, start, spanOf);
    case "BAD_INDENT":
    case "MISSING_CHAR":
      return unclosed(text, start, spanOf) ?? misplaced(error, text, spanOf);
    case "UNEXPECTED_TOKEN": {
      const sign = text[start] ?? "";
      if (sign === "}" || sign === "]") return say(`\`${sign}\` closes nothing`, "take it away");
      const word = /^[^\s:,}\]]*/.exec(text.slice(start))?.[0] ?? "";
      const what = `\`,\` or a line end is missing in front of \`${word || sign}\``;
      return say(what, "separate entries in braces by commas", start, start + word.length);
    }
    case "BAD_SCALAR_START":
      return say(`text that begins with \`${text[start] ?? ""}\` needs quotes`, "quote it");
    default:
      return complaint.yaml(error.message, spanOf(start, Math.max(start + 1, end)));
  }
}

/** A mapping inside a line that is one already, or `-` without a blank. */
function nested(text: string, start: number, spanOf: SpanOf): Diagnostic {
  const row = rowAt(text, start);
  const line = text.slice(row.start, row.end);
  const dash = /^\s*-(?=[{[\w])/.exec(line)?.[0].length;
  if (dash !== undefined) {
    const from = row.start + dash - 1;
    return complaint.badYaml("a blank is missing behind `-`", spanOf(from, from + 1), "write `- `");
  }
  if (/:\s/.test(text.slice(start, row.end))) {
    const message = "there is a second `:` in one line";
    return complaint.badYaml(message, spanOf(start, row.end), "quote a text that holds `: `");
  }
  return deeper(text, start, spanOf);
}

/** The next line is deeper than the one at `start`, which has a value already. */
function deeper(text: string, start: number, spanOf: SpanOf): Diagnostic {
  const row = rowAt(text, start);
  const next = text.slice(row.end).search(/\S/);
  return indent(text, next < 0 ? row.start : rowAt(text, row.end + next).start, spanOf);
}

function misplaced(error: YamlError, text: string, spanOf: SpanOf): Diagnostic {
  const [start] = error.pos;
  if (error.code === "BAD_INDENT") return indent(text, rowAt(text, start).start, spanOf);
  if (error.message.startsWith("Missing ,")) {
    const help = "separate entries in braces by commas";
    return complaint.badYaml("a `,` is missing here", spanOf(start, start + 1), help);
  }
  return complaint.yaml(error.message, spanOf(start, start + 1));
}

function indent(text: string, from: number, spanOf: SpanOf): Diagnostic {
  const first = from + Math.max(0, text.slice(from).search(/\S/));
  const help = "begin all entries of one mapping, or of one list, at the same column";
  const message = "this line is indented otherwise than its neighbours";
  return complaint.badYaml(message, spanOf(first, rowAt(text, first).end), help);
}

const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]", '"': '"', "'": "'" };

/** Comments and quoted texts, which hold no braces; else a brace, a bracket, or a quote that opens. */
const SIGNS =
  /(?<!\S)#[^\n]*|(?<![^\s{[,])(?:"(?:[^"\\]|\\[\s\S])*"|'[^']*')|(?<![^\s{[,])["']|[{}[\]]/g;

/** The innermost brace, bracket or quote in front of `end` that is open there. */
function unclosed(text: string, end: number, spanOf: SpanOf): Diagnostic | undefined {
  const open: number[] = [];
  for (const { 0: sign, index } of text.slice(0, end).matchAll(SIGNS)) {
    if (sign === CLOSING[text[open.at(-1) ?? -1] ?? ""]) open.pop();
    else if (sign in CLOSING) open.push(index);
  }
  const last = open.at(-1);
  if (last === undefined) return undefined;
  const sign = text[last] ?? "";
  const help = `write the \`${CLOSING[sign] ?? ""}\``;
  return complaint.badYaml(`\`${sign}\` is not closed`, spanOf(last, last + 1), help);
}

function rowAt(text: string, at: number): { readonly start: number; readonly end: number } {
  const end = text.indexOf("\n", at);
  return { start: text.lastIndexOf("\n", at - 1) + 1, end: end < 0 ? text.length : end };
}
