import type { Span } from "../../../model/source.ts";
import {
  classOf,
  DIGIT,
  ENDS_NUMBER,
  IN_WORD,
  isUnescaped,
  NAME,
  pairKind,
  SINGLE,
  STARTS_WORD,
} from "./classes.ts";
import { Characters, CODE, EOF, EXPANDED, Frame, MADE_UP } from "./frame.ts";
import {
  END,
  ERROR,
  INCLUDE,
  isBrace,
  type Kind,
  kindOf,
  NEWLINE,
  NUMBER,
  STRAY,
  STRING,
  wordKind,
} from "./kinds.ts";
import type { LexicalComplaint, Macro } from "./macro.ts";
import { blanksEnd, plainEnd, plainKind } from "./plain.ts";
import type { Tokens } from "./tokens.ts";

const MINUS = kindOf("-");
/** Tokens of a line that are read in one go. */
const MOST_AT_ONCE = 64;
const LONGEST_WORD = 8095;
const LONGEST_QUOTED = 8094;
/** Characters that macros may put in over one whole reading, and for each of its own text. */
const MOST_EXPANDED = 1 << 24;
const MOST_EXPANDED_EACH = 16;

/** Text of a line end that no file has. */
const MADE_UP_TEXT = "made up";
/** Text of a line end behind which `$` is not special, as pfctl has it after some errors. */
const EXPANDING_TEXT = "expanding";
const BOTH_TEXT = "made up, expanding";

/**
 * Tokens of pf.conf, appended one at a time to a {@link Tokens}.
 *
 * Written by hand because pfctl's lexer is not a list of patterns: the value of a macro is put back
 * into the input and read again together with what follows (`$net.5`, `$port:90`), a definition
 * holds from the next line on, and whether digits are a number depends on the character behind
 * them. Plain text takes a fast path over the string; backslashes, macros and marks take the slow
 * one, which follows igetc, lgetc, lungetc and yylex of OpenBSD 7.8 character by character.
 */
export class Lexer {
  readonly macros: Map<string, Macro> = new Map();
  /** Why the last token is an ERROR, in order. */
  readonly complaints: LexicalComplaint[] = [];
  readonly #tokens: Tokens;
  readonly #characters: Characters;
  #use = 0;
  #useStart = 0;
  #expanded = 0;
  #start = 0;
  #startLine = 0;
  #startTextLine = 0;
  #startUse = 0;

  constructor(tokens: Tokens, file: string, text: string) {
    this.#tokens = tokens;
    this.#characters = new Characters(new Frame(file, text));
  }

  /** The file being read. */
  get frame(): Frame {
    return this.#characters.frame;
  }

  /** Whether `file` is being read already. */
  isOpen(file: string): boolean {
    let frame: Frame | undefined = this.frame;
    while (frame !== undefined && frame.file !== file) frame = frame.parent;
    return frame !== undefined;
  }

  /** Goes on in `text`; its first token is a line end, as pfctl begins included files. */
  open(file: string, text: string, statement: Span): void {
    this.#characters.frame = new Frame(file, text, this.frame, statement);
  }

  /** Goes back to the beginning of the line behind NEWLINE token `at`. */
  resumeBehind(at: number): void {
    const tokens = this.#tokens;
    const frame = tokens.frame(at);
    if (frame === undefined) return;
    const text = tokens.text(at);
    const madeUp = text === MADE_UP_TEXT || text === BOTH_TEXT;
    const next = madeUp ? frame.text.length : (tokens.ends[at] ?? 0);
    frame.goTo(next, tokens.line(at) + 1, madeUp);
    this.#characters.frame = frame;
    this.#characters.expanding = text === EXPANDING_TEXT || text === BOTH_TEXT;
    this.complaints.length = 0;
  }

  /** Passes over line ends with nothing but a comment in front of them; returns how many. */
  skipEmptyLines(): number {
    return this.#characters.expanding ? 0 : this.frame.skipEmptyLines();
  }

  /** Appends the next token and returns its kind. */
  next(): Kind {
    return this.#plain(1) > 0 ? this.#tokens.kind(this.#tokens.count - 1) : this.#slow();
  }

  /**
   * Appends the tokens up to the next line end, that included, as far as they are plain text.
   *
   * @returns whether the line is all read and has no braces
   */
  line(): boolean {
    const first = this.#tokens.count;
    this.#plain(MOST_AT_ONCE);
    const { kinds, count } = this.#tokens;
    if (count === first || kinds[count - 1] !== NEWLINE) return false;
    for (let at = first; at < count; at++) if (isBrace[kinds[at] ?? 0] === 1) return false;
    return true;
  }

  /** Appends up to `most` tokens of one line that are plain text; returns how many. */
  #plain(most: number): number {
    const { frame } = this.#characters;
    if (frame.back.length > 0 || this.#characters.expanding) return 0;
    const { codes } = frame;
    const tokens = this.#tokens;
    const from = tokens.roomFor(most);
    const { kinds, starts, ends } = tokens;
    let at = frame.at;
    let count = 0;
    while (count < most) {
      at = blanksEnd(codes, at);
      if (codes[at] === 35) {
        const end = frame.commentEnd(at);
        if (end < 0) break;
        at = end;
      }
      const end = plainEnd(codes, at);
      const kind = plainKind(codes, at, end);
      if (kind < 0) break;
      kinds[from + count] = kind;
      starts[from + count] = at;
      ends[from + count++] = end;
      at = end;
      // the rest of the line of an `include` is read behind the file it names
      if (kind === NEWLINE || kind === INCLUDE) break;
    }
    frame.at = at;
    if (count > 0) this.#keepPlain(from, count, frame);
    return count;
  }

  #keepPlain(from: number, count: number, frame: Frame): void {
    this.#tokens.addPlain(count, frame);
    if (this.#tokens.kinds[from + count - 1] !== NEWLINE) return;
    frame.line++;
    frame.lineStartBefore = frame.lineStart;
    frame.lineStart = frame.at;
  }

  // The slow path ------------------------------------------------------------------------------

  #slow(): Kind {
    for (;;) {
      let code = this.#characters.next();
      while ((code & CODE) === 32 || (code & CODE) === 9) code = this.#characters.next();
      this.#begin(code);
      if ((code & CODE) === 35) {
        do code = this.#characters.next();
        while ((code & CODE) !== 10);
        if (code !== EOF) this.#begin(code, this.#characters.tokenLine);
      }
      if ((code & CODE) !== 36 || code === EOF || this.#characters.expanding)
        return this.#slowToken(code);
      const kind = this.#expand();
      if (kind !== undefined) return kind;
    }
  }

  /** Notes where the token that begins with `code` stands. */
  #begin(code: number, line: number = this.frame.line): void {
    const frame = this.frame;
    this.#characters.tokenLine = line;
    this.#startTextLine = line;
    if (code !== EOF && (code & EXPANDED) !== 0) {
      this.#start = this.#useStart;
      this.#startUse = this.#use;
    } else {
      const made = code === EOF || (code & MADE_UP) !== 0;
      this.#start = Math.max(0, frame.at - (made ? 0 : 1) - this.#characters.putBackCount);
      this.#startUse = 0;
    }
    this.#startLine = this.#start < frame.lineStart ? frame.lineStartBefore : frame.lineStart;
  }

  #slowToken(code: number): Kind {
    if (code === EOF) return this.#add(END, "");
    const plain = code & CODE;
    if (plain === 34 || plain === 39) return this.#quoted(plain);
    if (plain === 33 || plain === 60 || plain === 62) return this.#operator(plain);
    const mark = classOf(plain);
    if (plain === 45 || (mark & DIGIT) !== 0) {
      const kind = this.#number(code);
      if (kind !== undefined) return kind;
    }
    if ((mark & STARTS_WORD) !== 0) return this.#word(code);
    if (plain === 0) return this.#add(END, "");
    if (plain !== 10) return this.#add(SINGLE[plain] ?? STRAY, String.fromCharCode(plain));
    const { expanding } = this.#characters;
    const text = (code & MADE_UP) === 0 ? undefined : MADE_UP_TEXT;
    const kind = this.#add(
      NEWLINE,
      expanding ? (text === undefined ? EXPANDING_TEXT : BOTH_TEXT) : text,
      this.frame.line,
    );
    this.frame.line++;
    return kind;
  }

  /** `!`, `<`, `>`, alone or with the character behind. */
  #operator(first: number): Kind {
    const second = this.#characters.next();
    const pair = pairKind(first, second & CODE);
    if (pair === undefined) this.#characters.putBack(second);
    return this.#add(pair ?? SINGLE[first] ?? STRAY, undefined);
  }

  /** Reads digits; undefined if they begin a word instead. */
  #number(first: number): Kind | undefined {
    const codes: number[] = [];
    let code = first;
    do {
      codes.push(code);
      if (codes.length > LONGEST_WORD) return this.#fail("string too long");
      code = this.#characters.next();
    } while (code !== EOF && (classOf(code & CODE) & DIGIT) !== 0);
    this.#characters.putBack(code);
    const digits = codes.length > 1 || (first & CODE) !== 45;
    if (digits && (code === EOF || (classOf(code & CODE) & ENDS_NUMBER) !== 0)) {
      const text = String.fromCharCode(...codes.map((it) => it & CODE));
      const value = BigInt(text);
      if (value >= 1n << 63n) return this.#fail(`"${text}" invalid number: too large`);
      if (value < -(1n << 63n)) return this.#fail(`"${text}" invalid number: too small`);
      return this.#add(NUMBER, String(value));
    }
    while (codes.length > 1) this.#characters.putBack(codes.pop() ?? EOF);
    return (first & CODE) === 45 ? this.#add(MINUS, undefined) : undefined;
  }

  #word(first: number): Kind {
    let text = "";
    let code = first;
    do {
      text += String.fromCharCode(code & CODE);
      if (text.length > LONGEST_WORD) return this.#fail("string too long");
      code = this.#characters.next();
    } while (code !== EOF && (classOf(code & CODE) & IN_WORD) !== 0);
    this.#characters.putBack(code);
    return this.#add(wordKind(text), text);
  }

  #quoted(quote: number): Kind {
    let text = "";
    for (;;) {
      let code = this.#quotedCode(quote);
      if ((code & CODE) === 92) {
        const next = this.#quotedCode(quote);
        if (next === EOF || isUnescaped(next & CODE, quote)) code = next;
        else this.#characters.putBack(next);
        if ((code & CODE) === quote || (code & CODE) === 32 || (code & CODE) === 9) {
          if (text.length >= LONGEST_QUOTED) return this.#fail("string too long");
          text += String.fromCharCode(code & CODE);
          continue;
        }
      } else if ((code & CODE) === quote) return this.#add(STRING, text);
      if (code === EOF) return this.#add(END, "");
      if ((code & CODE) === 10) {
        this.frame.line++;
        continue;
      }
      if ((code & CODE) === 0) return this.#fail("syntax error");
      if (text.length >= LONGEST_QUOTED) return this.#fail("string too long");
      text += String.fromCharCode(code & CODE);
    }
  }

  /** The next character of a quoted string; its end where an included file ends within it. */
  #quotedCode(quote: number): number {
    const code = this.#characters.raw();
    if (code !== EOF) return code;
    this.#complain("reached end of file while parsing quoted string");
    return this.#characters.close() ? quote : EOF;
  }

  /** Replaces `$name` by the value it stands for, which is read next. */
  #expand(): Kind | undefined {
    const start = this.#start;
    let name = "";
    for (;;) {
      const code = this.#characters.next();
      if (code === EOF) return this.#add(END, "");
      if (name.length >= LONGEST_QUOTED) return this.#fail("string too long");
      if ((classOf(code & CODE) & NAME) === 0) {
        this.#characters.putBack(code);
        break;
      }
      name += String.fromCharCode(code & CODE);
    }
    const macro = this.macros.get(name);
    if (macro === undefined) return this.#fail(`macro '${name}' not defined`);
    macro.used = true;
    this.#expanded += macro.value.length;
    const most = Math.max(MOST_EXPANDED, this.frame.text.length * MOST_EXPANDED_EACH);
    if (this.#expanded > most) return this.#fail("macros expand to too much text");
    const frame = this.frame;
    this.#tokens.macros.push({ name, span: this.#spanFrom(start, name.length + 1) });
    this.#use = this.#tokens.macros.length;
    this.#useStart = start;
    frame.back.push(2 | EXPANDED);
    const { value } = macro;
    for (let at = value.length - 1; at >= 0; at--) frame.back.push(value.charCodeAt(at) | EXPANDED);
    frame.back.push(1 | EXPANDED);
    return undefined;
  }

  /** From `start`, on the line of the token being read. */
  #spanFrom(start: number, length: number): Span {
    const column = Math.max(1, start - this.#startLine + 1);
    return { file: this.frame.file, line: this.#characters.tokenLine, column, length };
  }

  #add(kind: Kind, text: string | undefined, line: number = this.#characters.tokenLine): Kind {
    const frame = this.frame;
    const end = Math.max(this.#start + 1, frame.at - this.#characters.putBackCount);
    const start = Math.min(this.#start, frame.text.length);
    const textLine = kind === NEWLINE ? line : this.#startTextLine;
    this.#tokens.add(
      kind,
      frame,
      start,
      end,
      this.#startLine,
      line,
      textLine,
      text,
      this.#startUse,
    );
    return kind;
  }

  #complain(message: string): void {
    const span = this.#spanFrom(this.#start, Math.max(1, this.#lengthOnLine(this.frame)));
    this.complaints.push({ message, span, line: span.line, file: span.file });
  }

  #lengthOnLine(frame: Frame): number {
    let at = this.#start;
    const end = Math.min(frame.at - this.#characters.putBackCount, frame.text.length, at + 4096);
    while (at < end && frame.text.charCodeAt(at) !== 10) at++;
    return at - this.#start;
  }

  /** Complains, drops the rest of the line and its end, and gives ERROR (follows findeol). */
  #fail(message: string): Kind {
    this.#complain(message);
    const kind = this.#add(ERROR, "");
    for (;;) {
      const frame = this.frame;
      const code = frame.back.length > 0 ? (frame.back.pop() ?? EOF) : this.#characters.next();
      if ((code & CODE) === 10) {
        this.frame.line++;
        break;
      }
      if (code === EOF) break;
    }
    return kind;
  }
}
