/** Pieces that are joined at a time. */
const MANY = 4096;

/** A long text in the making; its pieces, often single characters, are joined as they come. */
export class TextBuilder {
  readonly #texts: string[] = [];
  #pieces: string[] = [];

  add(piece: string): void {
    this.#pieces.push(piece);
    if (this.#pieces.length < MANY) return;
    this.#texts.push(this.#pieces.join(""));
    this.#pieces = [];
  }

  text(): string {
    return [...this.#texts, ...this.#pieces].join("");
  }
}
