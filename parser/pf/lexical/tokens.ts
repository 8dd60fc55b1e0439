import type { MacroUse } from "../../../model/pf-rule.ts";
import type { Span } from "../../../model/source.ts";
import { digitsEnd, digitsValue, quadEnd, quadValue } from "./digits.ts";
import type { Frame } from "./frame.ts";
import { type Kind, kindTexts, NEWLINE, NUMBER, STRING } from "./kinds.ts";

/** Texts of up to this many characters are looked for among {@link KNOWN} others. */
const LONGEST_KNOWN = 24;
const KNOWN = 4096;

/** Written where it stands, and says what stands there. */
const PLAIN = 0;
/** As plain, of a token whose text was asked for. */
const ASKED = 1;
/** Says something else. */
const GIVEN = 2;
/** An operator that was read character by character, perhaps out of a macro. */
const UNUSUAL = 3;

interface Stretch {
  at: number;
  frame: Frame;
  line: number;
  lineStart: number;
  /** The line of the text; {@link line} is what pfctl says, which counts lines joined to a token. */
  textLine: number;
}

/**
 * The tokens of one statement, as columns: made, used and dropped statement by statement.
 *
 * Each token has two places: where its text was written, and, if it came out of a macro, the use
 * it came through.
 */
export class Tokens {
  count = 0;
  kinds: Uint8Array = new Uint8Array(64);
  /** Offsets into the text of the token's file; of a token out of a macro, those of its use. */
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  readonly macros: MacroUse[] = [];
  readonly #known: (string | undefined)[] = new Array<string | undefined>(KNOWN).fill(undefined);
  /** How a token came, see {@link PLAIN}; written from the first token on that is not plain. */
  #ways: Uint8Array = new Uint8Array(64);
  readonly #texts: (string | undefined)[] = [];
  /** 1-based index into {@link macros}, of tokens that are not plain; 0: written where it stands. */
  readonly #uses: number[] = [];
  /** First tokens of stretches that share file and line; most statements have one. */
  readonly #stretches: Stretch[] = [];
  #stretchCount = 0;
  /** All tokens so far are plain. */
  #plain = true;

  clear(): void {
    this.count = 0;
    this.#plain = true;
    this.#stretchCount = 0;
    if (this.#stretches.length > 4096) this.#stretches.length = 0;
    if (this.#texts.length > 4096) this.#texts.length = 0;
    if (this.kinds.length > 1 << 16) this.#resize(64);
    if (this.macros.length > 0) this.macros.length = 0;
  }

  /** Makes room for `more` tokens, which the lexer may write behind the {@link count} first. */
  roomFor(more: number): number {
    if (this.count + more > this.kinds.length) this.#resize((this.count + more) * 2);
    return this.count;
  }

  /** Appends `more` tokens written there, of the present line of `frame`, that say what stands. */
  addPlain(more: number, frame: Frame): void {
    const at = this.count;
    this.count += more;
    if (!this.#plain) this.#ways.fill(PLAIN, at, this.count);
    if (at === 0 || this.#isNewStretch(frame, frame.line)) {
      this.#beginStretch(at, frame, frame.line, frame.lineStart, frame.line);
    }
  }

  /**
   * Appends any token.
   *
   * @param text - what it says, where that is not the text from `start` to `end`
   * @param line - the line pfctl reports
   * @param textLine - the line it begins on
   */
  add(
    kind: Kind,
    frame: Frame,
    start: number,
    end: number,
    lineStart: number,
    line: number,
    textLine: number,
    text: string | undefined,
    use: number,
  ): void {
    const at = this.count++;
    if (at === this.kinds.length) this.#resize(at * 2);
    this.kinds[at] = kind;
    this.starts[at] = start;
    this.ends[at] = end;
    if (this.#plain) this.#ways.fill(PLAIN, 0, at);
    this.#plain = false;
    this.#ways[at] = text === undefined ? UNUSUAL : GIVEN;
    this.#texts[at] = text;
    this.#uses[at] = use;
    this.#beginStretch(at, frame, line, lineStart, textLine);
  }

  /** Every token says what stands there, all of them on one line. */
  get isPlain(): boolean {
    return this.#plain && this.#stretchCount === 1;
  }

  #way(at: number): number {
    return this.#plain ? PLAIN : (this.#ways[at] ?? PLAIN);
  }

  kind(at: number): Kind {
    return this.kinds[at] ?? 0;
  }

  /** The line pfctl reports for token `at`. */
  line(at: number): number {
    return this.#stretchOf(at)?.line ?? 1;
  }

  /** The file that token `at` was read from, and how its reader got there. */
  frame(at: number): Frame | undefined {
    return this.#stretchOf(at)?.frame;
  }

  /** The macro use that token `at` came through. */
  useOf(at: number): MacroUse | undefined {
    return this.#way(at) <= ASKED ? undefined : this.macros[(this.#uses[at] ?? 0) - 1];
  }

  #isNewStretch(frame: Frame, line: number): boolean {
    const last = this.#stretches[this.#stretchCount - 1];
    return last === undefined || last.frame !== frame || last.line !== line;
  }

  #beginStretch(at: number, frame: Frame, line: number, lineStart: number, textLine: number): void {
    const used = this.#stretches[this.#stretchCount++];
    if (used === undefined) {
      this.#stretches.push({ at, frame, line, lineStart, textLine });
      return;
    }
    used.at = at;
    used.frame = frame;
    used.line = line;
    used.lineStart = lineStart;
    used.textLine = textLine;
  }

  /** The stretch that holds token `at`, found by halving: a list may have a million lines. */
  #stretchOf(at: number): Stretch | undefined {
    const stretches = this.#stretches;
    let high = this.#stretchCount - 1;
    if (high <= 0) return stretches[0];
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((stretches[middle]?.at ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return stretches[low];
  }

  /** The value of a STRING, the digits of a NUMBER. */
  text(at: number): string {
    const way = this.#way(at);
    if (way === ASKED || way === GIVEN) return this.#texts[at] ?? "";
    const kind = this.kinds[at] ?? 0;
    if (kind !== STRING && kind !== NUMBER) return kindTexts[kind] ?? "";
    const from = this.starts[at] ?? 0;
    const frame = this.frame(at);
    const made = frame === undefined ? "" : this.#interned(frame, from, this.ends[at] ?? from);
    if (this.#plain) return made;
    this.#texts[at] = made;
    if (way === PLAIN) this.#ways[at] = ASKED;
    return made;
  }

  /** Of a NUMBER; exact below 2^53. */
  number(at: number): number {
    const small = this.small(at);
    return small >= 0 ? small : Number(this.text(at));
  }

  /** The value of a token of at most nine digits and nothing else; -1: something else. */
  small(at: number): number {
    const codes = this.#codesOf(at);
    const from = this.starts[at] ?? 0;
    const to = this.ends[at] ?? 0;
    if (codes === undefined || to - from > 9 || digitsEnd(codes, from, to) !== to) return -1;
    return digitsValue(codes, from, to);
  }

  /** The value of a token that is a dotted quad, each part decimal; -1: something else. */
  quad(at: number): number {
    const codes = this.#codesOf(at);
    const from = this.starts[at] ?? 0;
    const to = this.ends[at] ?? 0;
    if (codes === undefined || to - from > 15 || quadEnd(codes, from, to) !== to) return -1;
    return quadValue(codes, from, to);
  }

  /** The bytes of the file that says what token `at` says. */
  #codesOf(at: number): Uint8Array | undefined {
    return this.#way(at) > ASKED ? undefined : this.frame(at)?.codes;
  }

  /** A piece of `text`; equal short pieces are mostly the same string, and keep no file alive. */
  #interned({ text, codes }: Frame, from: number, to: number): string {
    const length = to - from;
    if (length > LONGEST_KNOWN) return text.slice(from, to);
    let hash = length;
    for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + (codes[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (KNOWN - 1);
    const known = this.#known[slot];
    if (known !== undefined && known.length === length && text.startsWith(known, from)) {
      return known;
    }
    const made = text.slice(from, to);
    this.#known[slot] = made;
    return made;
  }

  /** The file that token `at` was read from. */
  file(at: number): string {
    return this.frame(at)?.file ?? "";
  }

  /** From the beginning of token `from` to the end of `to`, cut at the end of its first line. */
  span(from: number, to: number = from): Span {
    const first = Math.max(0, Math.min(from, this.count - 1));
    const last = Math.max(first, Math.min(to, this.count - 1));
    const stretch = this.#stretchOf(first);
    if (stretch === undefined) return { file: "", line: 1, column: 1, length: 1 };
    const { frame, lineStart } = stretch;
    const start = Math.min(this.starts[first] ?? 0, frame.text.length);
    const column = Math.max(1, start - lineStart + 1);
    if (this.#isPlain(first, last)) {
      const { file } = frame;
      return { file, line: stretch.line, column, length: (this.ends[last] ?? 0) - start };
    }
    const use = this.useOf(first)?.span;
    let end = start + 1;
    for (let at = first; at <= last; at++) {
      const own = this.#stretchOf(at);
      if (own?.frame !== frame || own.lineStart !== lineStart) break;
      end = Math.max(end, this.ends[at] ?? 0);
    }
    return {
      file: frame.file,
      line: use?.line ?? this.#textLine(frame.text, start, stretch.textLine),
      column: use?.column ?? column,
      length: this.#lengthOnLine(frame.codes, start, end),
    };
  }

  /** Behind a line end that pfctl made up, its line is one that the text has not. */
  #textLine(text: string, start: number, line: number): number {
    if (start < text.length) return line;
    let lines = 1;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
    return Math.min(line, lines);
  }

  /** Both stand as written on one line of one file. */
  #isPlain(first: number, last: number): boolean {
    return (
      this.#way(first) <= ASKED &&
      this.#way(last) <= ASKED &&
      this.kinds[last] !== NEWLINE &&
      this.#stretchOf(first) === this.#stretchOf(last)
    );
  }

  #lengthOnLine(codes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && at < codes.length && codes[at] !== 10) at++;
    return Math.max(1, at - start);
  }

  #resize(size: number): void {
    const count = Math.min(this.count, size);
    const kinds = new Uint8Array(size);
    kinds.set(this.kinds.subarray(0, count));
    this.kinds = kinds;
    const ways = new Uint8Array(size);
    ways.set(this.#ways.subarray(0, count));
    this.#ways = ways;
    this.starts = resized(this.starts, size, count);
    this.ends = resized(this.ends, size, count);
  }
}

function resized(from: Int32Array, size: number, count: number): Int32Array {
  const made = new Int32Array(size);
  made.set(from.subarray(0, count));
  return made;
}
