import { certainTokens } from "./certain.ts";
import { piecesOf } from "./pieces.ts";
import { scan } from "./scan.ts";
import { statementLayout } from "./statement-layout.ts";
import { type Part, partAt, writtenText } from "./statements.ts";
import { TextBuilder } from "./text-builder.ts";
import { kindAt, startOf, Written, type WrittenTokens } from "./written-tokens.ts";

/**
 * A pf.conf in the canonical layout, which formatting again does not change.
 *
 * pf reads the same tokens before and after: only what lies between them changes. Every character
 * of `text` is one byte.
 *
 * - One blank between words, and around `=`, `<`, `>=` and the other comparisons. None before a
 *   comma, one behind it; `{ a, b }`, `(a, b)`, `<table>`, `10.0.0.0/8`. The author decides behind
 *   `!`, around `-`, and before the `(` of `return-rst(ttl 5)`.
 * - No comma is added or taken away, and lines break where they did: at a backslash or in a list.
 *   What follows is indented by one tab, in a list by one more than the line that opened it.
 * - The body of an inline anchor is indented by one tab.
 * - A comment keeps its text. On a line of its own it is indented like the statements around it;
 *   behind one it keeps the tabs before it, and has one blank before it if there are none.
 * - At most one empty line in a row; none at the beginning and the end of the file, of a list and of
 *   an anchor. No blanks at the end of a line, and a newline at the end of the file.
 *
 * A statement keeps its bytes if pf may not know it, if its brackets do not match, or if it holds
 * what pf has no use for, such as CR or a backslash before an ordinary character. So does the rest
 * of the file from where its tokens are not certain ({@link certainTokens}), and from an inline
 * anchor on that is not closed.
 */
export function formatPf(text: string): string {
  const tokens = scan(text);
  const limit = certainTokens(tokens);
  const layout = new Layout(tokens);
  let from = 0;
  while (from < limit) {
    const part = partAt(tokens, from, limit);
    layout.add(part);
    from = part.to;
  }
  return layout.finish(from);
}

/**
 * Whether pf surely accepts the first token of a file if it begins with this part. Where it does
 * not, pf reads no further, but after an empty line it goes on with the next.
 */
function isGood(tokens: WrittenTokens, part: Part): boolean {
  if (part.kind === "comment") return true;
  const kind = kindAt(tokens, part.first);
  return part.plain && (kind === Written.word || kind === Written.string);
}

class Layout {
  readonly #tokens: WrittenTokens;
  #text: TextBuilder = new TextBuilder();
  #depth = 0;
  #empty = false;
  #first = true;
  /** Nothing was written yet, or the last line opens a body: no empty line follows. */
  #begins = true;
  /** The text before the outermost open anchor, and the token with which that begins. */
  #outside: TextBuilder = this.#text;
  #anchor = 0;

  constructor(tokens: WrittenTokens) {
    this.#tokens = tokens;
  }

  add(part: Part): void {
    if (part.kind === "empty") {
      this.#empty = true;
      return;
    }
    const stray = part.closes && this.#depth === 0;
    if (this.#first && !isGood(this.#tokens, part)) this.#begins = false;
    this.#first = false;
    if (part.closes && !stray) this.#begins = true;
    this.#flush();
    if (part.opens && this.#depth === 0) {
      this.#outside = this.#text;
      this.#text = new TextBuilder();
      this.#anchor = part.from;
    }
    if (part.closes && !stray) this.#depth--;
    this.#text.add(this.#laidOut(stray ? { ...part, plain: false } : part));
    if (part.closes && !stray && this.#depth === 0) {
      this.#outside.add(this.#text.text());
      this.#text = this.#outside;
    }
    this.#begins = part.opens;
    if (part.opens) this.#depth++;
  }

  /** The whole text, everything from the token `rest` on as it was. */
  finish(rest: number): string {
    const { text, count } = this.#tokens;
    if (this.#depth > 0) {
      return this.#outside.text() + text.slice(startOf(this.#tokens, this.#anchor));
    }
    if (this.#first) this.#begins = false;
    if (rest < count) this.#flush();
    return this.#text.text() + text.slice(startOf(this.#tokens, rest));
  }

  #flush(): void {
    if (this.#empty && !this.#begins) this.#text.add("\n");
    this.#empty = false;
  }

  #laidOut(part: Part): string {
    if (part.plain) {
      const pieces = piecesOf(this.#tokens, part.from, part.to);
      const text = statementLayout(pieces, this.#depth);
      if (text !== undefined) return `${text}\n`;
    }
    const ended = kindAt(this.#tokens, part.to - 1) === Written.newline;
    return writtenText(this.#tokens, part) + (ended ? "" : "\n");
  }
}
