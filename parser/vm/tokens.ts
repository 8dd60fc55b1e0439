import type { Span } from "../../model/source.ts";
import { LineUses } from "../line-uses.ts";

/** A token of vm.conf(5); `quoted` words are never keywords. */
export interface Token {
  readonly kind: "word" | "{" | "}" | "," | "newline";
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

/** Characters that macros of one file may stand for; uses beyond them stay as they are written. */
const MOST_EXPANDED = 1_000_000;

/**
 * Splits vm.conf(5) text into tokens; macros are replaced where they stand, as vmd does.
 *
 * @param macros - definitions so far; those of this text are added
 * @param lines - takes the lines of definitions
 */
export function vmTokens(
  file: string,
  text: string,
  macros: Map<string, string>,
  lines: LineUses = new LineUses(),
): readonly Token[] {
  const tokens: Token[] = [];
  let left = MOST_EXPANDED;
  const expand = (use: string, name: string): string => {
    const value = macros.get(name);
    if (value === undefined || value.length > left) return use;
    left -= value.length;
    return value;
  };
  for (const [index, whole] of text.split("\n").entries()) {
    const number = index + 1;
    const line = whole.replace(/\\?\r?$/, "");
    const definition = /^\s*([a-z_][a-z0-9_]*)\s*=\s*(?:"([^"]*)"|([^\s#{},]+))/i.exec(line);
    const name = definition?.[1];
    if (name !== undefined) {
      macros.set(name, definition?.[2] ?? definition?.[3] ?? "");
      lines.mark({ file, line: number }, "understood");
      continue;
    }
    for (const { 0: raw, index: at } of line.matchAll(WORD)) {
      if (raw.startsWith("#")) break;
      const span = { file, line: number, column: at + 1, length: raw.length };
      if (raw.includes("$") && !raw.startsWith('"')) {
        const value = raw.replaceAll(/\$([a-z_][a-z0-9_]*)/gi, expand);
        tokens.push({ kind: "word", text: value, quoted: false, span });
      } else tokens.push(tokenOf(raw, span));
    }
    if (whole.trimEnd().endsWith("\\")) continue;
    tokens.push({ kind: "newline", text: "\n", quoted: false, span: endOf(file, number, line) });
  }
  return tokens;
}

const WORD = /#|"[^"]*"?|[{},]|[^\s"{},#]+/g;

function tokenOf(raw: string, span: Span): Token {
  if (raw === "{" || raw === "}" || raw === ",")
    return { kind: raw, text: raw, quoted: false, span };
  const quoted = raw.startsWith('"');
  const text = quoted ? raw.slice(1, raw.length > 1 && raw.endsWith('"') ? -1 : undefined) : raw;
  return { kind: "word", text, quoted, span };
}

function endOf(file: string, line: number, text: string): Span {
  return { file, line, column: Math.max(1, text.length), length: 1 };
}
