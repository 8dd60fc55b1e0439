import type { Diagnostic } from "../../model/diagnostic.ts";
import type { LineUse, LineUses } from "../line-uses.ts";
import * as complaint from "./diagnostics.ts";
import type { Token } from "./tokens.ts";

/** The tokens of one vm.conf(5), read from left to right. */
export class Words {
  readonly diagnostics: Diagnostic[];
  readonly lines: LineUses;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[], diagnostics: Diagnostic[], lines: LineUses) {
    this.#tokens = tokens;
    this.lines = lines;
    this.diagnostics = diagnostics;
  }

  next(): Token | undefined {
    const next = this.#tokens[this.#at++];
    if (next?.kind === "{" || next?.kind === "}") this.lines.mark(next.span, "no effect");
    return next;
  }

  /** Notes what is made of a word and what belongs to it on its line. */
  note({ span, text }: Token, use: LineUse): void {
    this.lines.mark(span, use, use === "no effect" ? { keyword: text } : {});
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Takes the next token if it is this bare word. */
  accept(text: string): boolean {
    const next = this.peek();
    if (next?.text !== text || next.quoted) return false;
    this.next();
    return true;
  }

  /** The word after `before`, on the same line. */
  value(before: Token): Token | undefined {
    const next = this.peek();
    if (next?.kind === "word") return this.next();
    this.diagnostics.push(complaint.needsValue(before));
    return undefined;
  }

  number(before: Token, first: number, last: number): number | undefined {
    const value = this.value(before);
    if (value === undefined) return undefined;
    const read = /^\d{1,9}$/.test(value.text) ? Number(value.text) : Number.NaN;
    if (read >= first && read <= last) return read;
    this.diagnostics.push(complaint.badNumber(before.text, value, first, last));
    return undefined;
  }

  /** The brace that opens a block, maybe on a later line. */
  open(before: Token): boolean {
    this.skipNewlines();
    if (this.accept("{")) return true;
    this.diagnostics.push(complaint.needsBlock(before));
    return false;
  }

  /** The next word of a block; none at its end. */
  inside(): Token | undefined {
    this.skipNewlines();
    const next = this.next();
    if (next === undefined || next.kind === "}") return undefined;
    return next.kind === "," || next.kind === "{" ? this.inside() : next;
  }

  unknown(word: Token, allowed: readonly string[]): void {
    this.diagnostics.push(complaint.unknownWord(word.text, word.span, allowed));
    this.skipStatement(word, "understood");
  }

  skipLine(): void {
    // no block stands on such a line
    while (this.peek() !== undefined && this.peek()?.kind !== "newline") this.#at++;
  }

  /** To the end of the line; a block that opens on it is left out whole, one around it is not. */
  skipStatement(word: Token, use: LineUse): void {
    this.note(word, use);
    let depth = 0;
    for (let next = this.peek(); next !== undefined; next = this.peek()) {
      if (depth === 0 && (next.kind === "newline" || next.kind === "}")) return;
      if (next.kind !== "newline") {
        this.lines.mark(next.span, use, use === "no effect" ? { keyword: word.text } : {});
      }
      if (next.kind === "{") depth++;
      if (next.kind === "}") depth--;
      this.#at++;
    }
  }

  /** `boot device cdrom`, `disk PATH format qcow2`: the words behind the first value. */
  skipBootOrFormat(): void {
    const format = this.accept("format");
    const device = !format && ["cdrom", "disk", "net"].includes(this.peek()?.text ?? "");
    if (format || (device && this.#tokens[this.#at - 1]?.text === "device")) this.#at++;
  }

  skipNewlines(): void {
    while (this.peek()?.kind === "newline") this.#at++;
  }
}
