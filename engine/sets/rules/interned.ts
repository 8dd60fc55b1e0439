/** Numbers for values: equal ones get one number, whichever objects they are. */
export class Numbers {
  readonly #byObject: WeakMap<object, number> = new WeakMap();
  readonly #byText: Map<string, number> = new Map();

  /** 0: there is no value. */
  of(value: object | undefined): number {
    if (value === undefined) return 0;
    let number = this.#byObject.get(value);
    if (number === undefined) {
      const text = JSON.stringify(value, (_, it) => (typeof it === "bigint" ? `${it}n` : it));
      number = this.#byText.get(text) ?? this.#byText.size + 1;
      this.#byText.set(text, number);
      this.#byObject.set(value, number);
    }
    return number;
  }
}
