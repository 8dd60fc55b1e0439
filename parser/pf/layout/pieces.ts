import { isGap, kindAt, textOf, Written, type WrittenTokens } from "./written-tokens.ts";

/** A token of a statement that is not a gap, and the gap before it. */
export interface Piece {
  readonly kind: Written;
  readonly text: string;
  /** Whether there are blanks before it. */
  readonly apart: boolean;
  /** Whether a backslash joins its line to the one before. */
  readonly joined: boolean;
  readonly newlines: number;
  /** Tabs before it on its line. */
  readonly tabs: number;
}

/** A piece among those around it, as far as they matter; statements may be too long for an array. */
export interface Neighbours {
  readonly beforeLeft: Piece | undefined;
  readonly left: Piece | undefined;
  readonly piece: Piece;
  readonly right: Piece | undefined;
}

/** What the tokens from `from` up to `to` hold besides gaps. */
export function* piecesOf(tokens: WrittenTokens, from: number, to: number): Iterable<Neighbours> {
  const reader = new Reader(tokens, from, to);
  let [beforeLeft, left]: (Piece | undefined)[] = [];
  let piece = reader.next();
  while (piece !== undefined) {
    const right = reader.next();
    yield { beforeLeft, left, piece, right };
    [beforeLeft, left, piece] = [left, piece, right];
  }
}

class Reader {
  readonly #tokens: WrittenTokens;
  readonly #to: number;
  #at: number;

  constructor(tokens: WrittenTokens, from: number, to: number) {
    this.#tokens = tokens;
    this.#at = from;
    this.#to = to;
  }

  next(): Piece | undefined {
    let [apart, joined, newlines, tabs] = [false, false, 0, 0];
    while (this.#at < this.#to) {
      const kind = kindAt(this.#tokens, this.#at) ?? Written.other;
      const text = textOf(this.#tokens, this.#at++);
      if (!isGap(kind)) return { kind, text, apart, joined, newlines, tabs };
      if (kind === Written.newline) newlines++;
      else if (kind === Written.continuation) joined = true;
      else apart = true;
      tabs = kind === Written.blank ? text.split("\t").length - 1 : 0;
    }
    return undefined;
  }
}
