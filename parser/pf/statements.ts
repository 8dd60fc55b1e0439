import type { IToken, TokenType } from "chevrotain";
import type { PfLexer } from "./lexer.ts";
import { Stray, word } from "./tokens.ts";

/** The tokens of one statement: a line, or several where a list goes on over the line end. */
export interface StatementTokens {
  readonly tokens: IToken[];
  /** Ends in the brace that opens the body of an inline anchor. */
  readonly opensBody: boolean;
  /** More tokens than anything sensible has; the rest of the line was thrown away. */
  readonly tooLong: boolean;
  /** Line ends inside lists: how many tokens stand before them, and where the next line begins. */
  readonly lineEnds: LineEnds;
}

const MOST_TOKENS = 4_000_000;
const DEEPEST_LIST = 64;

const [OPEN, CLOSE, COMMA] = [word("{"), word("}"), word(",")];
const [ANCHOR, TABLE] = [word("anchor"), word("table")];

/** Keywords that begin a statement: where one begins a line, no list goes on. */
const BEGINS: ReadonlySet<TokenType> = new Set(
  ["pass", "block", "match", "anchor", "antispoof", "set", "table", "queue", "include", "load"].map(
    word,
  ),
);

/** Three numbers a line end: tokens before it, offset and number of the next line. */
type LineEnds = readonly number[];

/** Whether a statement can begin with `token`; of the rest only macros do. */
export function beginsStatement(token: IToken | undefined): boolean {
  return token !== undefined && BEGINS.has(token.tokenType);
}

/** What a list may stand behind; a brace elsewhere does not hide the line end. */
const BEFORE_LIST: ReadonlySet<TokenType> = new Set(
  [
    ..."on proto from to os port user group icmp-type icmp6-type for timeout limit nat-to".split(
      " ",
    ),
    ..."rdr-to binat-to route-to reply-to dup-to".split(" "),
  ].map(word),
);

/** Cuts the stream of tokens into statements, without ever holding more than one. */
export class Statements {
  readonly #lexer: PfLexer;
  /** First token of the next statement, read too early. */
  #held: IToken | undefined;

  constructor(lexer: PfLexer) {
    this.#lexer = lexer;
  }

  /** The next statement of the present file; undefined at its end. */
  next(): StatementTokens | undefined {
    const reading = new Reading(this.#lexer, this.#first());
    if (reading.tokens.length === 0) return undefined;
    this.#held = reading.read();
    return reading;
  }

  /** Begins again with the line after the one that holds token `index` of `statement`. */
  resumeBehind(statement: StatementTokens, index: number): void {
    const { lineEnds } = statement;
    for (let it = 0; it < lineEnds.length; it += 3) {
      const [before = 0, at = 0, line = 0] = lineEnds.slice(it, it + 3);
      if (before <= index) continue;
      this.#held = undefined;
      this.#lexer.characters.goTo(at, line);
      return;
    }
  }

  #first(): IToken | undefined {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) return held;
    for (;;) {
      const next = this.#lexer.next();
      if (next.kind === "token") return next.token.image === "\0" ? undefined : next.token;
      if (next.kind === "end") return undefined;
    }
  }
}

class Reading implements StatementTokens {
  readonly tokens: IToken[] = [];
  readonly lineEnds: number[] = [];
  opensBody = false;
  tooLong = false;
  #depth = 0;
  readonly #lexer: PfLexer;

  constructor(lexer: PfLexer, first: IToken | undefined) {
    this.#lexer = lexer;
    if (first !== undefined) this.tokens.push(first);
  }

  /** Reads on to the end of the statement; returns the next one's first token if that was met. */
  read(): IToken | undefined {
    if (this.tokens[0]?.tokenType === Stray) {
      this.#lexer.skipLine();
      return undefined;
    }
    for (;;) {
      const next = this.#lexer.next();
      if (next.kind === "end") return undefined;
      if (next.kind === "newline") {
        if (this.#depth === 0 || this.tokens.at(-1)?.tokenType === COMMA) return undefined;
        const start = this.#startOfLine();
        if (start !== undefined) return start === "end" ? undefined : start;
      } else this.#add(next.token);
      if (this.#goesOn()) continue;
      this.#lexer.skipLine();
      return undefined;
    }
  }

  #goesOn(): boolean {
    this.tooLong = this.tokens.length >= MOST_TOKENS;
    return !this.tooLong && this.tokens.at(-1)?.tokenType !== Stray;
  }

  /** Steps over a line end inside a list; a token that begins a statement is given back. */
  #startOfLine(): IToken | "end" | undefined {
    const { offset, line } = this.#lexer.characters;
    this.lineEnds.push(this.tokens.length, offset, line);
    for (;;) {
      const next = this.#lexer.next();
      if (next.kind === "end") return "end";
      if (next.kind === "newline") continue;
      if (BEGINS.has(next.token.tokenType)) return next.token;
      this.#add(next.token);
      return undefined;
    }
  }

  #add(token: IToken): void {
    const before = this.tokens.at(-1)?.tokenType;
    this.tokens.push(token);
    if (token.tokenType === CLOSE && this.#depth > 0) this.#depth--;
    if (token.tokenType !== OPEN) return;
    if (this.#depth > 0 || (this.#mayHoldLists() && this.#standsBeforeList(before))) {
      if (++this.#depth > DEEPEST_LIST) this.tokens[this.tokens.length - 1] = strayOf(token);
    } else if (this.tokens[0]?.tokenType === ANCHOR) this.opensBody = true;
  }

  #mayHoldLists(): boolean {
    const first = this.tokens[0]?.tokenType;
    return first !== undefined && BEGINS.has(first);
  }

  #standsBeforeList(before: TokenType | undefined): boolean {
    if (this.tokens[0]?.tokenType === TABLE) return true;
    return before !== undefined && BEFORE_LIST.has(before);
  }
}

function strayOf(token: IToken): IToken {
  return { ...token, tokenType: Stray, tokenTypeIdx: Stray.tokenTypeIdx ?? 0 };
}
