import type { IToken, TokenType } from "chevrotain";
import type { Span } from "../../model/source.ts";
import { Characters, END, type Mark } from "./characters.ts";
import * as complaint from "./diagnostics.ts";
import type { Report } from "./report.ts";
import { Numeral, Stray, WORDS, Word } from "./tokens.ts";

/** A token, a line end, or the end of the present file. */
export type Lexeme =
  | { readonly kind: "token"; readonly token: IToken }
  | { readonly kind: "newline" }
  | { readonly kind: "end" };

const NEWLINE: Lexeme = { kind: "newline" };
const FILE_END: Lexeme = { kind: "end" };
const LONGEST_WORD = 8095;
const LONGEST_QUOTED = 8094;
/** What all uses of macros in one reading may add up to. */
const MOST_EXPANDED = 1 << 25;

const code = (text: string): number => text.charCodeAt(0);
const isBlank = (it: number): boolean => it === 32 || it === 9;
const isDigit = (it: number): boolean => it >= 48 && it <= 57;
const isLetter = (it: number): boolean => (it >= 65 && it <= 90) || (it >= 97 && it <= 122);
const isName = (it: number): boolean => isLetter(it) || isDigit(it) || it === code("_");
const startsWord = (it: number): boolean => isName(it) || it === code(":");
/** Printable ASCII but blanks and `( ) { } < > ! = / # ,`. */
const WORD_CHARACTERS: ReadonlySet<number> = new Set(
  Array.from({ length: 94 }, (_, at) => at + 33).filter(
    (it) => !"(){}<>!=/#,".includes(String.fromCharCode(it)),
  ),
);
/** What may stand behind a number, besides the end. */
const ENDS_NUMBER: ReadonlySet<number> = new Set([..." \t\n\r\v\f),/}="].map(code));
const WORD_RUN = /[\w"$%&'*+\-.:;?@[\]^`|~]+/y;
const COMMENT_RUN = /[^\n\\]+/y;
const LARGEST = 2n ** 63n;

/**
 * Tokens of pf.conf, one at a time.
 *
 * Written by hand because pfctl's lexer is not a list of patterns: the value of a macro is lexed
 * again together with the characters behind its use (`$net.5`, `$port:90`), a definition takes
 * effect on the next line, and whether digits are a number depends on the character after them.
 * Tokens of a macro's value keep the span of its use.
 */
export class PfLexer {
  readonly characters: Characters = new Characters();
  readonly #macros: ReadonlyMap<string, string>;
  readonly #report: Report;
  #start: Mark = this.characters.mark();
  /** Characters that macros put in so far. */
  #expanded = 0;

  constructor(macros: ReadonlyMap<string, string>, report: Report) {
    this.#macros = macros;
    this.#report = report;
  }

  next(): Lexeme {
    for (;;) {
      const fresh = !this.characters.inExpansion;
      if (fresh) this.#skipBlanks();
      else this.#skipExpandedBlanks();
      if (fresh || !this.characters.inExpansion) this.#start = this.characters.mark();
      const next = this.characters.peek();
      if (next === code("$") && !this.characters.inExpansion) {
        if (this.#expandMacro()) continue;
        return this.#token(Stray, "$");
      }
      if (next === END) return FILE_END;
      if (next === 10) {
        this.characters.take();
        return NEWLINE;
      }
      return this.#tokenFrom(next);
    }
  }

  /** Goes to the next line; for what is left of a statement that is given up. */
  skipLine(): void {
    for (;;) {
      this.characters.takeRun(COMMENT_RUN);
      const next = this.characters.peek();
      if (next === 10) this.characters.take();
      if (next === 10 || next === END) return;
      this.characters.take();
    }
  }

  /** Where the last token began, up to here. */
  #span(): Span {
    const { line, at, lineStart } = this.#start;
    const end = this.characters.line === line ? this.characters.offset : at + 1;
    const column = at - lineStart + 1;
    return { file: this.characters.file, line, column, length: Math.max(1, end - at) };
  }

  #tokenFrom(next: number): Lexeme {
    if (next === 0) {
      this.characters.truncate();
      return this.#token(Stray, "\0");
    }
    if (next === code('"') || next === code("'")) return this.#quoted(next);
    if (startsWord(next)) return this.#word();
    this.characters.take();
    if (next === code("-") && isDigit(this.characters.peek())) return this.#negative();
    const one = String.fromCharCode(next);
    const second = this.characters.peek();
    const two = second === END ? one : one + String.fromCharCode(second);
    const pair = two.length === 2 ? WORDS.get(two) : undefined;
    if (pair !== undefined && "!<>".includes(one)) {
      this.characters.take();
      return this.#token(pair, two);
    }
    return this.#token(WORDS.get(one) ?? Stray, one);
  }

  #word(): Lexeme {
    let text = this.characters.takeRun(WORD_RUN);
    for (let next = this.characters.peek(); WORD_CHARACTERS.has(next); ) {
      text += String.fromCharCode(next);
      this.characters.take();
      text += this.characters.takeRun(WORD_RUN);
      next = this.characters.peek();
    }
    if (text.length > LONGEST_WORD) return this.#tooLong();
    const next = this.characters.peek();
    if (isDigits(text) && (next === END || ENDS_NUMBER.has(next))) return this.#number(text);
    return this.#token(WORDS.get(text) ?? Word, text);
  }

  #negative(): Lexeme {
    const mark = this.characters.mark();
    let text = "-";
    for (let next = this.characters.peek(); isDigit(next); next = this.characters.peek()) {
      text += String.fromCharCode(next);
      this.characters.take();
      if (text.length > LONGEST_WORD) return this.#tooLong();
    }
    const next = this.characters.peek();
    if (next === END || ENDS_NUMBER.has(next)) return this.#number(text);
    this.characters.reset(mark);
    return this.#token(WORDS.get("-") ?? Stray, "-");
  }

  /** Numbers are decimal and kept without leading zeros, as pfctl prints them in macro values. */
  #number(text: string): Lexeme {
    if (text.length > 18) {
      const value = BigInt(text);
      if (value >= LARGEST || value < -LARGEST) {
        this.#report.diagnostic(complaint.numberOutOfRange(text, this.#span()));
        return this.#token(Stray, text);
      }
      return this.#token(Numeral, String(value));
    }
    return this.#token(Numeral, String(Number(text)));
  }

  #quoted(quote: number): Lexeme {
    const { characters } = this;
    characters.take();
    const parts: string[] = [];
    for (let length = 0; ; length++) {
      let next = characters.peekRaw();
      if (next === END || next === 0) {
        this.#report.diagnostic(complaint.unfinishedString(this.#span()));
        return this.#token(Stray, "");
      }
      characters.takeRaw();
      if (next === quote) return this.#token(Word, parts.join(""));
      if (next === code("\\")) {
        const after = characters.peekRaw();
        if (after === quote || isBlank(after)) {
          characters.takeRaw();
          next = after;
        } else if (after === 10) {
          characters.takeRaw();
          continue;
        }
      }
      if (next === 10) continue;
      if (length > LONGEST_QUOTED) return this.#tooLong();
      parts.push(String.fromCharCode(next));
    }
  }

  #tooLong(): Lexeme {
    this.#report.diagnostic(complaint.stringTooLong(this.#span()));
    return this.#token(Stray, "");
  }

  /** Replaces `$name`; false if no line defines it. */
  #expandMacro(): boolean {
    this.characters.take();
    let name = "";
    for (let next = this.characters.peek(); isName(next); next = this.characters.peek()) {
      name += String.fromCharCode(next);
      this.characters.take();
    }
    const value = this.#macros.get(name);
    if (value === undefined) {
      this.#report.diagnostic(complaint.undefinedMacro(name, this.#span()));
      return false;
    }
    this.#expanded += value.length;
    if (this.#expanded > MOST_EXPANDED) {
      this.#report.diagnostic(complaint.macroTooLong(this.#span()));
      return false;
    }
    this.characters.expand(value);
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const next = this.characters.peek();
      if (next === code("#")) {
        for (let it = next; it !== 10 && it !== END; it = this.characters.peek()) {
          this.characters.take();
          this.characters.takeRun(COMMENT_RUN);
        }
        return;
      }
      if (!isBlank(next)) return;
      this.characters.take();
    }
  }

  /** As {@link #skipBlanks}, up to the end of the macro's value. */
  #skipExpandedBlanks(): void {
    while (this.characters.inExpansion && isBlank(this.characters.peek())) this.characters.take();
    const next = this.characters.peek();
    if (next === code("#") || (isBlank(next) && !this.characters.inExpansion)) this.#skipBlanks();
  }

  #token(tokenType: TokenType, image: string): Lexeme {
    const { line, at, lineStart } = this.#start;
    const column = at - lineStart + 1;
    const sameLine = this.characters.line === line;
    const token: IToken = {
      image,
      startOffset: at,
      startLine: line,
      startColumn: column,
      endLine: line,
      endColumn: sameLine ? Math.max(column, this.characters.column - 1) : column,
      tokenType,
      tokenTypeIdx: tokenType.tokenTypeIdx ?? 0,
    };
    return { kind: "token", token };
  }
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return true;
}
