/** Small numbers for values that many rows share; a value nobody holds any more is forgotten. */
export class SharedValues<Value> {
  readonly #ids = new Map<Value, number>();
  readonly #values: (Value | undefined)[] = [];
  readonly #holders: number[] = [];
  readonly #free: number[] = [];

  /** The number of `value`, for one more holder. */
  hold(value: Value): number {
    const id = this.#ids.get(value) ?? this.#add(value);
    this.#holders[id] = (this.#holders[id] ?? 0) + 1;
    return id;
  }

  release(id: number): void {
    const holders = (this.#holders[id] ?? 0) - 1;
    this.#holders[id] = holders;
    if (holders > 0) return;
    this.#ids.delete(this.get(id));
    this.#values[id] = undefined;
    this.#free.push(id);
  }

  /** -1: nobody holds it. */
  idOf(value: Value): number {
    return this.#ids.get(value) ?? -1;
  }

  /** @throws RangeError if nobody holds `id` */
  get(id: number): Value {
    const value = this.#values[id];
    if (value === undefined) throw new RangeError(`nobody holds value ${id}`);
    return value;
  }

  #add(value: Value): number {
    const id = this.#free.pop() ?? this.#values.length;
    this.#ids.set(value, id);
    this.#values[id] = value;
    return id;
  }
}
