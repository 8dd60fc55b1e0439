import { isGap, kindAt, startOf, textOf, Written, type WrittenTokens } from "./written-tokens.ts";

/** One part of a file: a statement over all its lines, a comment line, or an empty line. */
export interface Part {
  readonly kind: "statement" | "comment" | "empty";
  /** Tokens, the newline at the end included. */
  readonly from: number;
  readonly to: number;
  /** The first token that is no blank or joined line. */
  readonly first: number;
  /** Whether its blanks may be touched: nothing in it is unknown. */
  readonly plain: boolean;
  /** Its last token is the `{` of an inline anchor. */
  readonly opens: boolean;
  /** It is the `}` of an inline anchor. */
  readonly closes: boolean;
}

const STATEMENTS = new Set(
  "pass block match anchor antispoof include load queue set table".split(" "),
);

/** Words and marks after which a `{` begins a list and not the body of an anchor. */
const BEFORE_LISTS = new Set(
  "on proto from to port os user group icmp-type icmp6-type received-on { ,".split(" "),
);

/** Lists and parentheses in each other; more is not written by people. */
const DEEPEST = 8;

/**
 * The part that begins at the token `from`, the first of its line, and ends before `limit`.
 *
 * A statement goes on while a list of it is open, but not into a line that begins with a word that
 * only a statement begins with: there pf gives up the list, and so a forgotten brace spoils no more
 * than its own statement.
 */
export function partAt(tokens: WrittenTokens, from: number, limit: number): Part {
  const first = pastGap(tokens, from, limit);
  const kind = first < limit ? kindAt(tokens, first) : Written.newline;
  if (kind === Written.newline || kind === Written.comment) {
    const to = Math.min(limit, lineEnd(tokens, first));
    const what = kind === Written.newline ? "empty" : "comment";
    return { kind: what, from, to, first, plain: true, opens: false, closes: false };
  }
  const walk = new Walk(tokens, first, limit);
  while (!walk.done) walk.step();
  const { at: to, plain, opens, closes } = walk;
  return { kind: "statement", from, to, first, plain, opens, closes };
}

/** Goes through a statement up to its end. */
class Walk {
  readonly #tokens: WrittenTokens;
  readonly #limit: number;
  readonly #first: number;
  readonly #open: ("{" | "(")[] = [];
  #parentheses = 0;
  /** The two last tokens that were no gap or comment. */
  #last = "";
  #beforeLast = "";
  at: number;
  plain: boolean;
  done = false;
  opens = false;
  readonly closes: boolean;

  constructor(tokens: WrittenTokens, first: number, limit: number) {
    this.#tokens = tokens;
    this.#first = first;
    this.#limit = limit;
    this.at = first;
    this.closes = textOf(tokens, first) === "}";
    this.plain = this.closes || isStatement(tokens, first, limit);
  }

  step(): void {
    if (this.at >= this.#limit) {
      this.done = true;
      if (this.#open.length > 0) this.plain = false;
      return;
    }
    const kind = kindAt(this.#tokens, this.at) ?? Written.other;
    if (kind === Written.newline) this.#newline();
    else if (!isGap(kind) && kind !== Written.comment) this.#token(kind);
    this.at++;
  }

  #token(kind: Written): void {
    const text = textOf(this.#tokens, this.at);
    if (kind >= Written.escaped || kind === Written.unfinished) this.plain = false;
    if (this.closes && this.at > this.#first) this.plain = false;
    if (kind === Written.operator) this.#bracket(text);
    this.#beforeLast = this.#last;
    this.#last = text;
  }

  #bracket(text: string): void {
    if (text === "{" || text === "(") {
      this.#open.push(text);
      if (text === "(") this.#parentheses++;
      if (this.#open.length > DEEPEST) this.plain = false;
    } else if (text === "}" || text === ")") {
      if (this.#open.at(-1) === (text === "}" ? "{" : "(")) this.#open.pop();
      else if (this.at > this.#first) this.plain = false;
      if (text === ")") this.#parentheses--;
    }
  }

  #newline(): void {
    const lists = this.#open.length > 0 && this.#parentheses === 0;
    this.opens = this.#opensBody();
    const goesOn = lists && !this.opens && !isStart(this.#tokens, this.at + 1, this.#limit);
    if (goesOn) return;
    this.done = true;
    if (this.#open.length > 0 && !this.opens) this.plain = false;
  }

  #opensBody(): boolean {
    if (this.#open.length !== 1 || this.#last !== "{") return false;
    return textOf(this.#tokens, this.#first) === "anchor" && !BEFORE_LISTS.has(this.#beforeLast);
  }
}

/** Whether a line begins with what only a statement can begin with. */
function isStart(tokens: WrittenTokens, from: number, limit: number): boolean {
  const first = pastGap(tokens, from, limit);
  return kindAt(tokens, first) === Written.word && isStatement(tokens, first, limit);
}

/** Whether the statement at the token `first` is one of pf's, as far as its beginning shows. */
function isStatement(tokens: WrittenTokens, first: number, limit: number): boolean {
  if (first >= limit) return false;
  const kind = kindAt(tokens, first);
  if (kind === Written.macro) return true;
  if (kind !== Written.word && kind !== Written.string) return false;
  if (kind === Written.word && STATEMENTS.has(textOf(tokens, first))) return true;
  const next = pastGap(tokens, first + 1, limit);
  return next < limit && textOf(tokens, next) === "=";
}

/** The next token that is no blank or joined line. */
function pastGap(tokens: WrittenTokens, from: number, limit: number): number {
  let at = from;
  while (at < limit && isGap(kindAt(tokens, at)) && kindAt(tokens, at) !== Written.newline) at++;
  return at;
}

function lineEnd(tokens: WrittenTokens, from: number): number {
  let at = from;
  while (at < tokens.count && kindAt(tokens, at) !== Written.newline) at++;
  return at + 1;
}

/** The text of a part as it is written. */
export function writtenText(tokens: WrittenTokens, { from, to }: Part): string {
  return tokens.text.slice(startOf(tokens, from), tokens.ends[to - 1]);
}
