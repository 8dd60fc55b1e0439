import type { Span } from "../../model/source.ts";

/** A token of relayd.conf(5); `quoted` words are never keywords. */
export interface Token {
  readonly kind: "word" | "{" | "}" | "," | "<" | ">" | "=" | "newline";
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

/** Tokens that all uses of macros together stand for; a value is not expanded again. */
const MOST_EXPANDED = 1_000_000;

const PIECE = /#|"(?:[^"\\]|\\.)*"?|'[^']*'?|[{},<>=]|[^\s"'{},<>=#]+/g;

/**
 * Splits relayd.conf(5) text into tokens, `\` at the end of a line joins it with the next; macros are
 * left to {@link expanded}, since they hold from their definition on.
 */
export function relaydTokens(file: string, text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.replace(/\\?\r?$/, "");
    for (const { 0: raw, index: at } of line.matchAll(PIECE)) {
      if (raw === "#") break;
      const span = { file, line: index + 1, column: at + 1, length: raw.length };
      tokens.push(tokenOf(raw, span));
    }
    if (/\\\r?$/.test(whole)) continue;
    const end = { file, line: index + 1, column: Math.max(1, line.length), length: 1 };
    tokens.push({ kind: "newline", text: "\n", quoted: false, span: end });
  }
  return tokens;
}

function tokenOf(raw: string, span: Span): Token {
  switch (raw) {
    case "{":
    case "}":
    case ",":
    case "<":
    case ">":
    case "=":
      return { kind: raw, text: raw, quoted: false, span };
    default: {
      const quote = raw[0] === '"' || raw[0] === "'" ? raw[0] : undefined;
      if (quote === undefined) return { kind: "word", text: raw, quoted: false, span };
      const closed = raw.length > 1 && raw.endsWith(quote);
      const text = raw.slice(1, closed ? -1 : undefined);
      return { kind: "word", text, quoted: true, span };
    }
  }
}

/** Macros of one relayd.conf(5) and the files that it includes. */
export class Macros {
  readonly #values: Map<string, readonly Token[]> = new Map();
  #left = MOST_EXPANDED;

  set(name: string, value: string): void {
    const tokens = relaydTokens("", value);
    this.#values.set(
      name,
      tokens.filter(({ kind }) => kind !== "newline"),
    );
  }

  /** The tokens that stand for one: those of the value if it is `$name` and there is such a macro. */
  expanded(token: Token): readonly Token[] {
    const [, name = ""] = /^\$([a-z_][a-z0-9_]*)$/i.exec(token.quoted ? "" : token.text) ?? [];
    const value = this.#values.get(name);
    if (value === undefined || value.length > this.#left) return [token];
    this.#left -= value.length;
    return value.map((it) => ({ ...it, span: token.span }));
  }
}
