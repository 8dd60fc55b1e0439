/** Values of one digit at which a range begins, and 256. Iterated ascending. */
export class Borders {
  #w0 = 0;
  #w1 = 0;
  #w2 = 0;
  #w3 = 0;
  #w4 = 0;
  #w5 = 0;
  #w6 = 0;
  #w7 = 0;

  /** @param value - 1 … 256 */
  mark(value: number): void {
    const bit = 1 << (value & 31);
    switch (value >> 5) {
      case 0:
        this.#w0 |= bit;
        break;
      case 1:
        this.#w1 |= bit;
        break;
      case 2:
        this.#w2 |= bit;
        break;
      case 3:
        this.#w3 |= bit;
        break;
      case 4:
        this.#w4 |= bit;
        break;
      case 5:
        this.#w5 |= bit;
        break;
      case 6:
        this.#w6 |= bit;
        break;
      case 7:
        this.#w7 |= bit;
        break;
      default:
    }
  }

  /** The first border above `value`; 256 if there is none. */
  above(value: number): number {
    if (value === 255) return 256;
    let word = (value + 1) >> 5;
    let bits = this.#word(word) & (-1 << ((value + 1) & 31));
    while (bits === 0) {
      if (++word === 8) return 256;
      bits = this.#word(word);
    }
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }

  #word(index: number): number {
    switch (index) {
      case 0:
        return this.#w0;
      case 1:
        return this.#w1;
      case 2:
        return this.#w2;
      case 3:
        return this.#w3;
      case 4:
        return this.#w4;
      case 5:
        return this.#w5;
      case 6:
        return this.#w6;
      default:
        return this.#w7;
    }
  }
}
