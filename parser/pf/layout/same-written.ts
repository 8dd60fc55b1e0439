import { scan } from "./scan.ts";
import { isFree } from "./spacing.ts";
import { commentText } from "./statement-layout.ts";
import { isGap, kindAt, textOf, Written, type WrittenTokens } from "./written-tokens.ts";

/**
 * Whether two texts are written with the same tokens and comments: only blanks differ where a blank
 * means nothing, how many empty lines there are, and where a backslash joins lines.
 *
 * This holds for a text and its layout ({@link formatPf}), and does not trust it: the tokens are
 * taken from the texts alone.
 */
export function sameWritten(before: string, after: string): boolean {
  const [one, other] = [new Cursor(scan(before)), new Cursor(scan(after))];
  while (one.next() && other.next()) if (!isSame(one, other)) return false;
  return one.ended && (other.ended || !other.next());
}

/** Goes through the tokens of a text that are no gaps. */
class Cursor {
  readonly #tokens: WrittenTokens;
  #at = -1;
  kind: Written = Written.newline;
  text = "";
  ended = false;
  /** Between this token and the one before it: blanks or a joined line, and newlines. */
  apart = false;
  newline = true;
  /** Whether blanks before this token change nothing. */
  free = true;

  constructor(tokens: WrittenTokens) {
    this.#tokens = tokens;
  }

  next(): boolean {
    const left = { kind: this.kind, text: this.text };
    this.newline = this.#at < 0;
    this.apart = false;
    while (isGap(kindAt(this.#tokens, ++this.#at))) this.#gap();
    const kind = kindAt(this.#tokens, this.#at);
    this.ended = kind === undefined;
    if (kind === undefined) return false;
    const text = textOf(this.#tokens, this.#at);
    this.kind = kind;
    this.text = kind === Written.comment ? commentText(text) : text;
    this.free = this.newline || isFree(left, this);
    return true;
  }

  #gap(): void {
    const kind = kindAt(this.#tokens, this.#at);
    if (kind === Written.newline) this.newline = true;
    if (kind === Written.blank) this.apart = true;
  }
}

function isSame(one: Cursor, other: Cursor): boolean {
  if (one.kind !== other.kind || one.text !== other.text) return false;
  if (one.newline !== other.newline) return false;
  return one.apart === other.apart || (one.free && other.free);
}
