/** One file being read: where the reader stands in it. */
interface Frame {
  readonly file: string;
  readonly text: string;
  at: number;
  line: number;
  /** Offset of the first character of `line`. */
  lineStart: number;
}

/** A place in the text of the present file, to come back to. */
export interface Mark {
  readonly at: number;
  readonly line: number;
  readonly lineStart: number;
  readonly expansion: string;
  readonly expanded: number;
  readonly literal: boolean;
}

/** Code of the end of a file. */
export const END = -1;

const NEWLINE = 10;
const BACKSLASH = 92;

/**
 * The characters of pf.conf as pfctl's lexer sees them: lines joined at backslashes, macro values
 * in place of their use, included files in place of their statement.
 */
export class Characters {
  readonly #frames: Frame[] = [];
  #top: Frame = { file: "", text: "", at: 0, line: 1, lineStart: 0 };
  #expansion = "";
  #expanded = 0;
  /** The next character stood behind a backslash: a backslash there is not looked at again. */
  #literal = false;

  /** Goes on in `text`, until its end. */
  open(file: string, text: string): void {
    this.#frames.push(this.#top);
    this.#top = { file, text, at: 0, line: 1, lineStart: 0 };
  }

  /** Goes back to the file that included this one; false if this was the outermost. */
  close(): boolean {
    const below = this.#frames.pop();
    if (below !== undefined) this.#top = below;
    return this.#frames.length > 0;
  }

  /** Ends every file here: what a NUL does. */
  truncate(): void {
    for (const frame of [...this.#frames, this.#top]) frame.at = frame.text.length;
    this.#expansion = "";
  }

  get file(): string {
    return this.#top.file;
  }

  get line(): number {
    return this.#top.line;
  }

  get column(): number {
    return this.#top.at - this.#top.lineStart + 1;
  }

  get offset(): number {
    return this.#top.at;
  }

  /** Files that are open, outermost first. */
  get files(): readonly string[] {
    return [...this.#frames.slice(1), this.#top].map((it) => it.file);
  }

  get depth(): number {
    return this.#frames.length;
  }

  get inExpansion(): boolean {
    return this.#expanded < this.#expansion.length;
  }

  /** Puts the value of a macro in front of what follows. */
  expand(value: string): void {
    this.#expansion = value;
    this.#expanded = 0;
  }

  mark(): Mark {
    const { at, line, lineStart } = this.#top;
    const literal = this.#literal;
    return { at, line, lineStart, expansion: this.#expansion, expanded: this.#expanded, literal };
  }

  reset(mark: Mark): void {
    this.#top.at = mark.at;
    this.#top.line = mark.line;
    this.#top.lineStart = mark.lineStart;
    this.#expansion = mark.expansion;
    this.#expanded = mark.expanded;
    this.#literal = mark.literal;
  }

  /** Goes to the beginning of a line of the present file. */
  goTo(at: number, line: number): void {
    this.reset({ at, line, lineStart: at, expansion: "", expanded: 0, literal: false });
  }

  /** The next character, backslashes taken away. */
  peek(): number {
    while (!this.#literal) {
      const code = this.peekRaw();
      if (code !== BACKSLASH) return code;
      this.takeRaw();
      if (this.peekRaw() === NEWLINE) this.takeRaw();
      else this.#literal = true;
    }
    return this.peekRaw();
  }

  /** Moves past the character that {@link peek} gave. */
  take(): void {
    this.#literal = false;
    this.takeRaw();
  }

  /** The next character as it is written, for quoted strings. */
  peekRaw(): number {
    for (;;) {
      const code = this.inExpansion
        ? this.#expansion.charCodeAt(this.#expanded)
        : this.#top.at < this.#top.text.length
          ? this.#top.text.charCodeAt(this.#top.at)
          : END;
      if (code !== 1 && code !== 2) return code;
      this.takeRaw();
    }
  }

  takeRaw(): void {
    if (this.inExpansion) {
      this.#expanded++;
      return;
    }
    if (this.#top.text.charCodeAt(this.#top.at) === NEWLINE) {
      this.#top.line++;
      this.#top.lineStart = this.#top.at + 1;
    }
    this.#top.at++;
  }

  /** Takes what `pattern` (sticky) matches here; the text must hold no newline and no backslash. */
  takeRun(pattern: RegExp): string {
    if (this.#literal) return "";
    if (this.inExpansion) {
      pattern.lastIndex = this.#expanded;
      const run = pattern.exec(this.#expansion)?.[0] ?? "";
      this.#expanded += run.length;
      return run;
    }
    pattern.lastIndex = this.#top.at;
    const run = pattern.exec(this.#top.text)?.[0] ?? "";
    this.#top.at += run.length;
    return run;
  }
}
