const FIRST_BITS = 12;
const LAST_BITS = 20;

/**
 * Results of operations on diagrams, by operation and operands. What is stored later may push out
 * what is there: results never depend on it.
 */
export class Memo {
  #bits = FIRST_BITS;
  #stores = 0;
  #operation: Int32Array = new Int32Array(1 << FIRST_BITS); // 0 = free
  #a: Int32Array = new Int32Array(1 << FIRST_BITS);
  #b: Int32Array = new Int32Array(1 << FIRST_BITS);
  #result: Int32Array = new Int32Array(1 << FIRST_BITS);
  #found = 0;
  #operations = 0;

  /** A number for an operation, never given before. */
  newOperation(): number {
    return ++this.#operations;
  }

  /** Whether the result is known; {@link found} is then it. */
  has(operation: number, a: number, b: number): boolean {
    const slot = this.#slotOf(operation, a, b);
    if (this.#operation[slot] !== operation || this.#a[slot] !== a || this.#b[slot] !== b) {
      return false;
    }
    this.#found = this.#result[slot]!;
    return true;
  }

  get found(): number {
    return this.#found;
  }

  store(operation: number, a: number, b: number, result: number): void {
    if (++this.#stores > 1 << this.#bits && this.#bits < LAST_BITS) this.#grow();
    const slot = this.#slotOf(operation, a, b);
    this.#operation[slot] = operation;
    this.#a[slot] = a;
    this.#b[slot] = b;
    this.#result[slot] = result;
  }

  #slotOf(operation: number, a: number, b: number): number {
    const mixed =
      Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(operation, 0xc2b2ae35);
    return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> (32 - this.#bits);
  }

  #grow(): void {
    const [operations, as, bs, results] = [this.#operation, this.#a, this.#b, this.#result];
    this.#bits = Math.min(this.#bits + 2, LAST_BITS);
    this.#stores = 0;
    this.#operation = new Int32Array(1 << this.#bits);
    this.#a = new Int32Array(1 << this.#bits);
    this.#b = new Int32Array(1 << this.#bits);
    this.#result = new Int32Array(1 << this.#bits);
    for (let old = 0; old < operations.length; old++) {
      if (operations[old] === 0) continue;
      const slot = this.#slotOf(operations[old]!, as[old]!, bs[old]!);
      this.#operation[slot] = operations[old]!;
      this.#a[slot] = as[old]!;
      this.#b[slot] = bs[old]!;
      this.#result[slot] = results[old]!;
    }
  }
}
