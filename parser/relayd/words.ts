import type { Diagnostic } from "../../model/diagnostic.ts";
import * as complaint from "./diagnostics.ts";
import type { Macros, Token } from "./tokens.ts";

/** The tokens of one relayd.conf(5), macros replaced, read from left to right. */
export class Words {
  readonly #tokens: readonly Token[];
  readonly #macros: Macros;
  readonly #diagnostics: Diagnostic[];
  /** What the last token stands for, and how much of it is taken. */
  #ahead: readonly Token[] = [];
  #taken = 0;
  #at = 0;

  constructor(tokens: readonly Token[], macros: Macros, diagnostics: Diagnostic[]) {
    this.#tokens = tokens;
    this.#macros = macros;
    this.#diagnostics = diagnostics;
  }

  peek(): Token | undefined {
    // a macro of no words stands for nothing
    while (this.#taken === this.#ahead.length) {
      const next = this.#tokens[this.#at];
      if (next === undefined) return undefined;
      this.#at++;
      this.#ahead = this.#macros.expanded(next);
      this.#taken = 0;
    }
    return this.#ahead[this.#taken];
  }

  next(): Token | undefined {
    const next = this.peek();
    if (next !== undefined) this.#taken++;
    return next;
  }

  /** Takes the next token if it is this bare word or sign. */
  accept(...texts: readonly string[]): Token | undefined {
    const next = this.peek();
    if (next === undefined || next.quoted || !texts.includes(next.text)) return undefined;
    return this.next();
  }

  /** The word after `before`, on the same line. */
  value(before: Token): Token | undefined {
    if (this.peek()?.kind === "word") return this.next();
    this.fail(complaint.needsValue(before.text, before.span));
    return undefined;
  }

  /** The name between `<` and `>`. */
  table(before: Token): Token | undefined {
    const open = this.accept("<");
    const name = open === undefined ? undefined : this.value(open);
    if (name !== undefined && this.accept(">") !== undefined) return name;
    if (open === undefined || name !== undefined) {
      this.fail(complaint.needsTable(before.text, before.span));
    }
    return undefined;
  }

  /** The brace that opens a block, maybe on a later line. */
  open(before: Token): boolean {
    this.skipNewlines();
    if (this.accept("{") !== undefined) return true;
    this.fail(complaint.needsBlock(before.text, before.span));
    return false;
  }

  /** The first word of the next option of a block; undefined at the end of the block. */
  option(): Token | undefined {
    for (let next = this.next(); next !== undefined; next = this.next()) {
      if (next.kind === "}") return undefined;
      if (next.kind !== "newline" && next.kind !== ",") return next;
    }
    return undefined;
  }

  skipNewlines(): void {
    while (this.peek()?.kind === "newline") this.next();
  }

  /** To the end of the line; a block that opens on it is left out whole, one around it is not. */
  skipStatement(): void {
    let depth = 0;
    for (let next = this.peek(); next !== undefined; next = this.peek()) {
      if (depth === 0 && (next.kind === "newline" || next.kind === "}")) return;
      if (next.kind === "{") depth++;
      if (next.kind === "}") depth--;
      this.next();
    }
  }

  fail(diagnostic: Diagnostic): void {
    this.#diagnostics.push(diagnostic);
  }
}
