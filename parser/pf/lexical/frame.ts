import type { Span } from "../../../model/source.ts";

/** Added to the code of characters that come from the value of a macro. */
export const EXPANDED: number = 1 << 20;
/** Added to the code of the line end that pfctl makes up where a file ends. */
export const MADE_UP: number = 1 << 21;
/** Takes {@link EXPANDED} and {@link MADE_UP} away. */
export const CODE = 0xffff;
/** The code of the end of the outermost file. */
export const EOF = -1;

/** One file being read: where the lexer stands in it, and what it has put back. */
export class Frame {
  readonly file: string;
  readonly text: string;
  /** The characters of {@link text} as bytes, and a NUL; what is none counts as 255. */
  readonly codes: Uint8Array;
  /** The file with the `include`, and where to go on in it. */
  readonly parent: Frame | undefined;
  readonly #parentAt: number;
  readonly #parentLine: number;
  readonly #parentBack: readonly number[];
  readonly depth: number;
  /** Next character of the text. */
  at = 0;
  /** pfctl's line number. */
  line: number;
  /** Offset of the first character of the line that holds {@link at}, and of the line before. */
  lineStart = 0;
  lineStartBefore = 0;
  /** Whether the line end was made up already. */
  ended = false;
  /** The `include` statements that led here, outermost first. */
  readonly includes: readonly Span[];
  /** Characters put back, the next one last. */
  readonly back: number[] = [];

  constructor(file: string, text: string, parent?: Frame, statement?: Span) {
    this.file = file;
    this.text = text;
    this.codes = codesOf(text);
    this.parent = parent;
    this.#parentAt = parent?.at ?? 0;
    this.#parentLine = parent?.line ?? 0;
    this.#parentBack = parent === undefined ? [] : [...parent.back];
    this.depth = (parent?.depth ?? 0) + 1;
    this.includes =
      parent === undefined || statement === undefined ? [] : [...parent.includes, statement];
    // an included file begins with a line end that ends its `include` statement
    this.line = parent === undefined ? 1 : 0;
    if (parent !== undefined) this.back.push(10 | MADE_UP);
  }

  /** The file that included this one, standing behind the `include`. */
  close(): Frame | undefined {
    const { parent } = this;
    if (parent === undefined) return undefined;
    parent.goTo(this.#parentAt, this.#parentLine, false);
    parent.back.push(...this.#parentBack);
    return parent;
  }

  /** Passes over line ends with nothing but a comment in front of them; returns how many. */
  skipEmptyLines(): number {
    if (this.back.length > 0) return 0;
    const { codes, at: from } = this;
    let at = from;
    let lines = 0;
    let before = from;
    for (;;) {
      const end = codes[at] === 35 ? this.commentEnd(at) : at;
      if (end < 0 || codes[end] !== 10) break;
      lines++;
      before = at;
      at = end + 1;
    }
    if (lines === 0) return 0;
    this.at = at;
    this.line += lines;
    this.lineStartBefore = before;
    this.lineStart = at;
    return lines;
  }

  /** Offset of the line end behind the comment at `at`; -1 if a backslash or the end is in it. */
  commentEnd(at: number): number {
    const { codes } = this;
    let end = at;
    while (codes[end] !== 10 && codes[end] !== 92 && codes[end] !== 0) end++;
    return codes[end] === 10 ? end : -1;
  }

  goTo(at: number, line: number, ended: boolean): void {
    this.at = at;
    this.line = line;
    this.ended = ended;
    this.back.length = 0;
    this.lineStart = at === 0 ? 0 : this.text.lastIndexOf("\n", at - 1) + 1;
    this.lineStartBefore = this.lineStart;
  }
}

/** Typed: scanning it is several times as fast as asking a string for its characters. */
function codesOf(text: string): Uint8Array {
  // nothing reads behind the NUL at the end, so that no look ahead leaves the array
  const codes = new Uint8Array(text.length + 1);
  // a character over 255 comes out as its low byte, which may be any ASCII character
  Buffer.from(codes.buffer).write(text, "latin1");
  if (!/[^\0-\xff]/.test(text)) return codes;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 255) codes[at] = 255;
  return codes;
}

/** The characters of pf.conf as pfctl's lexer sees them (follows igetc, lgetc and lungetc). */
export class Characters {
  frame: Frame;
  /** Characters of a macro's value are being read: `$` is not special in them. */
  expanding = false;
  /** The line that pfctl reports for the token being read. */
  tokenLine = 1;

  constructor(frame: Frame) {
    this.frame = frame;
  }

  /** The next character as written; the marks around macro values are taken out. */
  raw(): number {
    const { frame } = this;
    for (;;) {
      const code = frame.back.length > 0 ? (frame.back.pop() ?? EOF) : this.#ofText(frame);
      if ((code & CODE) === 1) this.expanding = true;
      else if ((code & CODE) === 2) this.expanding = false;
      else return code;
    }
  }

  /** The next character, backslashes taken away and files followed to their ends. */
  next(): number {
    let code = this.raw();
    while ((code & CODE) === 92) {
      code = this.raw();
      if ((code & CODE) !== 10) break;
      this.tokenLine = this.frame.line++;
      code = this.raw();
    }
    if (code !== EOF) return code;
    if (!this.frame.ended) {
      this.frame.ended = true;
      return 10 | MADE_UP;
    }
    while (code === EOF) {
      if (!this.close()) return EOF;
      code = this.raw();
    }
    return code;
  }

  putBack(code: number): void {
    if (code !== EOF) this.frame.back.push(code);
  }

  /** Goes back to the file that included this one; false if this was the outermost. */
  close(): boolean {
    const parent = this.frame.close();
    if (parent === undefined) return false;
    this.frame = parent;
    return true;
  }

  /** Characters of the text itself that were put back, at most a few. */
  get putBackCount(): number {
    const { back } = this.frame;
    let count = 0;
    for (let at = back.length - 1; at >= 0 && at >= back.length - 64; at--) {
      if (((back[at] ?? 0) & (EXPANDED | MADE_UP)) === 0) count++;
    }
    return count;
  }

  #ofText(frame: Frame): number {
    if (frame.at >= frame.text.length) return EOF;
    const code = frame.text.charCodeAt(frame.at++);
    if (code === 10) {
      frame.lineStartBefore = frame.lineStart;
      frame.lineStart = frame.at;
    }
    return code;
  }
}
