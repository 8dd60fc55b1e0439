import type { Span } from "../../model/source.ts";

const LONGEST = 200;

/** Finds the text under spans; each file's lines are looked for once. */
export class TextUnder {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #starts: Map<string, readonly number[]> = new Map();

  constructor(sources: ReadonlyMap<string, string>) {
    this.#sources = sources;
  }

  /** The words of a statement on one line, at most 200 characters. */
  at({ file, line, column, length }: Span): string {
    const text = this.#sources.get(file) ?? "";
    const from = (this.#startsOf(file, text)[line - 1] ?? text.length) + column - 1;
    const words = text
      .slice(from, from + length)
      .trim()
      .replace(/\s+/g, " ");
    return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
  }

  #startsOf(file: string, text: string): readonly number[] {
    const known = this.#starts.get(file);
    if (known !== undefined) return known;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#starts.set(file, starts);
    return starts;
  }
}
