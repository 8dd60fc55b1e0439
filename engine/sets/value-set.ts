/** Some values of one digit; equal sets are one object. */
export class ValueSet {
  /** By value: 1 if it is in the set. */
  readonly has: Uint8Array;
  /** By value: the last of the values behind it that are all in the set, or all not. */
  readonly runEnd: Uint8Array = new Uint8Array(256);
  readonly first: number;
  readonly last: number;

  private constructor(has: Uint8Array) {
    this.has = has;
    for (let value = 255, end = 255; value >= 0; value--) {
      if (value < 255 && has[value] !== has[value + 1]) end = value;
      this.runEnd[value] = end;
    }
    this.first = has.indexOf(1);
    this.last = has.lastIndexOf(1);
  }

  static readonly #known: Map<string, ValueSet> = new Map();

  /** The set of values for whom `holds`; undefined: none of them. */
  static where(holds: (value: number) => boolean): ValueSet | undefined {
    const has = Uint8Array.from({ length: 256 }, (_, value) => (holds(value) ? 1 : 0));
    if (!has.includes(1)) return undefined;
    const key = has.join("");
    let set = ValueSet.#known.get(key);
    if (set === undefined) {
      set = new ValueSet(has);
      ValueSet.#known.set(key, set);
    }
    return set;
  }

  /** Whether the values are one range. */
  get isRange(): boolean {
    return this.runEnd[this.first] === this.last;
  }
}
