import * as written from "./written-characters.ts";
import { Written, type WrittenTokens } from "./written-tokens.ts";

const { BACKSLASH, NEWLINE } = written;

/**
 * Cuts a pf.conf into the tokens that are written in it; nothing is left out, whatever the text.
 *
 * Macros are not replaced. Everything else is lexed as pfctl does it, so that quotes, comments and
 * numbers begin and end where pfctl says, as long as no macro's value changes that.
 */
export function scan(text: string): WrittenTokens {
  const scanner = new Scanner(text);
  while (scanner.at < text.length) scanner.next();
  return scanner.tokens();
}

class Scanner {
  readonly #text: string;
  #count = 0;
  #kinds: Uint8Array = new Uint8Array(1024);
  #ends: Uint32Array = new Uint32Array(1024);
  #end = 0;
  at = 0;
  /** The last token is a macro's use: what follows at once may belong to its last word. */
  #afterMacro = false;

  constructor(text: string) {
    this.#text = text;
  }

  tokens(): WrittenTokens {
    const [kinds, ends] = [this.#kinds, this.#ends];
    return { text: this.#text, count: this.#count, kinds, ends };
  }

  next(): void {
    const kind = this.#lex();
    if (this.#count === this.#kinds.length) this.#grow();
    this.#kinds[this.#count] = kind;
    this.#ends[this.#count] = this.#end;
    this.#count++;
    this.at = this.#end;
  }

  /** The kind of the token here; where it ends goes to `#end`. */
  #lex(): Written {
    const tail = this.#afterMacro ? this.#runEnd(this.at, written.isWordPart) : this.at;
    this.#afterMacro = false;
    if (tail > this.at) return this.#run(Written.tail, tail);
    this.#end = this.at + 1;
    const code = this.#text.charCodeAt(this.at);
    switch (code) {
      case written.BLANK:
      case written.TAB:
        this.#end = this.#blanksEnd();
        return Written.blank;
      case NEWLINE:
        return Written.newline;
      case BACKSLASH:
        return this.#backslash();
      case written.HASH:
        this.#end = this.#commentEnd();
        return Written.comment;
      case written.QUOTE:
      case written.APOSTROPHE:
        return this.#string(code);
      case written.DOLLAR:
        this.#afterMacro = true;
        return this.#run(Written.macro, this.#runEnd(this.at + 1, written.isNamePart));
    }
    return this.#wordOrOperator(code);
  }

  #backslash(): Written {
    const code = this.#text.charCodeAt(this.at + 1);
    // of two backslashes the second is an ordinary character
    if (code === NEWLINE || code === BACKSLASH) this.#end++;
    return code === NEWLINE ? Written.continuation : Written.other;
  }

  #string(quote: number): Written {
    const end = this.#stringEnd(quote);
    this.#end = end ?? this.#text.length;
    return end === undefined ? Written.unfinished : Written.string;
  }

  #wordOrOperator(code: number): Written {
    const number = this.#numberEnd(code);
    if (number !== undefined) return this.#run(Written.number, number);
    if (written.isWordStart(code)) {
      return this.#run(Written.word, this.#runEnd(this.at, written.isWordPart));
    }
    if (!written.isOperator(code)) return Written.other;
    if (written.isPair(code, this.#text.charCodeAt(this.at + 1))) this.#end++;
    return Written.operator;
  }

  #run(kind: Written, end: number): Written {
    this.#end = end;
    for (let at = this.at; at < end; at++) {
      if (this.#text.charCodeAt(at) === BACKSLASH) return Written.escaped;
    }
    return kind;
  }

  #grow(): void {
    const kinds = new Uint8Array(this.#count * 2);
    const ends = new Uint32Array(this.#count * 2);
    kinds.set(this.#kinds);
    ends.set(this.#ends);
    this.#kinds = kinds;
    this.#ends = ends;
  }

  #blanksEnd(): number {
    let at = this.at;
    while (written.isBlank(this.#text.charCodeAt(at))) at++;
    return at;
  }

  /** Up to the newline that ends a comment: one that no backslash takes away. */
  #commentEnd(): number {
    const { length } = this.#text;
    let at = this.at;
    while (at < length) {
      const code = this.#text.charCodeAt(at);
      if (code === NEWLINE) return at;
      if (code === BACKSLASH && at + 1 === length) return at;
      at += code === BACKSLASH ? 2 : 1;
    }
    return length;
  }

  /** Behind the closing quote; nothing if there is none. */
  #stringEnd(quote: number): number | undefined {
    const { length } = this.#text;
    let at = this.at + 1;
    while (at < length) {
      const code = this.#text.charCodeAt(at);
      if (code === quote) return at + 1;
      const takes = code === BACKSLASH && written.isTaken(this.#text.charCodeAt(at + 1), quote);
      at += takes ? 2 : 1;
    }
    return undefined;
  }

  /**
   * The end of the characters from `from` that `belongs` takes. Backslashes are seen through: they
   * are part of the run if what they stand before is.
   */
  #runEnd(from: number, belongs: (code: number) => boolean): number {
    let end = from;
    for (;;) {
      const at = this.#characterAt(end);
      if (!belongs(this.#text.charCodeAt(at))) return end;
      end = at + 1;
    }
  }

  /** The end of a number from here, with its sign; nothing if pf would not read one. */
  #numberEnd(code: number): number | undefined {
    if (code !== written.MINUS && !written.isDigit(code)) return undefined;
    const end = this.#runEnd(this.at + 1, written.isDigit);
    if (code === written.MINUS && end === this.at + 1) return undefined;
    const next = this.#characterAt(end);
    const ends = next >= this.#text.length || written.endsNumber(this.#text.charCodeAt(next));
    return ends ? end : undefined;
  }

  /** Where the next character stands that pfctl sees from `from` on. */
  #characterAt(from: number): number {
    let at = from;
    while (this.#text.charCodeAt(at) === BACKSLASH) {
      if (this.#text.charCodeAt(at + 1) !== NEWLINE) return Math.min(at + 1, this.#text.length);
      at += 2;
    }
    return at;
  }
}
