/** Numbers drawn from a seed: the same seed, the same numbers (xoshiro128**, seeded by splitmix32). */
export class Random {
  readonly #state: Uint32Array = new Uint32Array(4);

  /** @param stream - numbers of another stream have nothing to do with those of this one */
  constructor(seed: number, stream: number) {
    let mixed = (Math.imul(seed, 0x9e3779b9) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0;
    for (let at = 0; at < 4; at++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed ^ (mixed >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      this.#state[at] = word ^ (word >>> 15);
    }
  }

  /** 0 … `limit` - 1 */
  below(limit: number): number {
    const state = this.#state;
    const [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const turned = Math.imul(b, 5);
    const drawn = Math.imul((turned << 7) | (turned >>> 25), 9) >>> 0;
    const third = c ^ a;
    const fourth = d ^ b;
    state[0] = a ^ fourth;
    state[1] = b ^ third;
    state[2] = third ^ (b << 9);
    state[3] = (fourth << 11) | (fourth >>> 21);
    return drawn % limit;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
