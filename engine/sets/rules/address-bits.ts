/** Addresses that have the bits of `value` where `mask` has ones. */
export interface Masked {
  readonly value: bigint;
  readonly mask: bigint;
}

/**
 * A function of addresses that moves single bits: bit `i` of its argument becomes `places[i]`, a
 * single bit, or none if that is 0; all others are those of `constant`.
 */
export interface BitMoves {
  readonly constant: bigint;
  readonly places: readonly bigint[];
  /** Of the result. */
  readonly bits: number;
}

/** The moves that a function of this kind makes. */
export function movesOf(of: (address: bigint) => bigint, from: number, bits: number): BitMoves {
  const constant = of(0n);
  const places = Array.from({ length: from }, (_, it) => of(1n << BigInt(it)) ^ constant);
  return { constant, places, bits };
}

/** What addresses of a block become. */
export function imageOf({ value, mask }: Masked, { constant, places, bits }: BitMoves): Masked {
  let made = constant;
  let free = 0n;
  for (const [at, place] of places.entries()) {
    const bit = 1n << BigInt(at);
    if ((mask & bit) === 0n) free |= place;
    else if ((value & bit) !== 0n) made ^= place;
  }
  return { value: made & ~free, mask: ((1n << BigInt(bits)) - 1n) & ~free };
}

/** The addresses that become those of a block; undefined: none. */
export function preimageOf(block: Masked, { constant, places }: BitMoves): Masked | undefined {
  let value = 0n;
  let mask = 0n;
  let fixed = block.mask;
  for (const [at, place] of places.entries()) {
    const bit = 1n << BigInt(at);
    fixed &= ~place;
    if ((block.mask & place) === 0n) continue;
    mask |= bit;
    if (((block.value ^ constant) & place) !== 0n) value |= bit;
  }
  return ((block.value ^ constant) & fixed) === 0n ? { value, mask } : undefined;
}

/** Networks that make up a range of addresses of `bits` bits. */
export function blocksOf(first: bigint, last: bigint, bits: number): readonly Masked[] {
  const found: Masked[] = [];
  const all = (1n << BigInt(bits)) - 1n;
  for (let value = first; value <= last; ) {
    let hosts = 0n;
    for (let wider = 1n; (value & wider) === 0n && value + wider <= last; ) {
      hosts = wider;
      wider = (wider << 1n) | 1n;
    }
    found.push({ value, mask: all & ~hosts });
    value += hosts + 1n;
  }
  return found;
}
