import type { Bdd } from "./bdd.ts";
import { bitsOf, FAMILY_LEVEL, INET_BITS, levelOf, type Place } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

/** Address bits that inet leaves unused; they are 0 in every inet packet. */
const UNUSED_BITS = 96n;

/**
 * Packets whose field lies in `first … last`, both included; none if `first > last`.
 *
 * The unused bits of inet addresses are decided here and never tested. O(bits) nodes.
 *
 * @throws RangeError if a bound does not fit the field
 */
export function rangeDiagram(bdd: Bdd, place: Place, first: bigint, last: bigint): number {
  const low = bitsOf(place, first);
  const high = bitsOf(place, last);
  if (first > last) return EMPTY;
  const inet6 = between(bdd, place, low, high, place.width);
  if (!isAddress(place)) return inet6;

  // the first inet address at or above `first`, the last at or below `last`
  const inetFirst = -(-first >> UNUSED_BITS);
  const inetLast = last >> UNUSED_BITS;
  if (inetFirst > inetLast) return bdd.nodes.make(FAMILY_LEVEL, EMPTY, inet6);
  const inetLow = bitsOf(place, inetFirst << UNUSED_BITS);
  const inet = between(bdd, place, inetLow, high, INET_BITS);
  return bdd.nodes.make(FAMILY_LEVEL, inet, inet6);
}

/**
 * Packets whose field has the bits of `value` wherever `mask` has a one.
 *
 * @throws RangeError if value or mask do not fit the field
 */
export function maskedDiagram(bdd: Bdd, place: Place, value: bigint, mask: bigint): number {
  const values = bitsOf(place, value);
  const tested = bitsOf(place, mask);
  const inet6 = equal(bdd, place, values, tested, place.width);
  if (!isAddress(place)) return inet6;

  const unusedOne = BigInt.asUintN(Number(UNUSED_BITS), value & mask) !== 0n;
  const inet = unusedOne ? EMPTY : equal(bdd, place, values, tested, INET_BITS);
  return bdd.nodes.make(FAMILY_LEVEL, inet, inet6);
}

function isAddress({ field }: Place): boolean {
  return field === "source" || field === "destination";
}

/** Values of the first `width` bits from `low` to `high`, `low` ≤ `high`; from the last bit up. */
function between(bdd: Bdd, place: Place, low: Uint8Array, high: Uint8Array, width: number): number {
  const { nodes } = bdd;
  let split = 0; // the first bit in which the bounds differ
  while (split < width && low[split] === high[split]) split++;

  let node = ALL;
  if (split < width) {
    let atLeast = ALL; // the bits below are at least those of `low`
    let atMost = ALL;
    for (let bit = width - 1; bit > split; bit--) {
      const level = levelOf(place, bit);
      atLeast = low[bit] ? nodes.make(level, EMPTY, atLeast) : nodes.make(level, atLeast, ALL);
      atMost = high[bit] ? nodes.make(level, ALL, atMost) : nodes.make(level, atMost, EMPTY);
    }
    node = nodes.make(levelOf(place, split), atLeast, atMost);
  }
  for (let bit = split - 1; bit >= 0; bit--) {
    const level = levelOf(place, bit);
    node = low[bit] ? nodes.make(level, EMPTY, node) : nodes.make(level, node, EMPTY);
  }
  return node;
}

/** Values whose first `width` bits are those of `values` where `tested` is 1. */
function equal(
  bdd: Bdd,
  place: Place,
  values: Uint8Array,
  tested: Uint8Array,
  width: number,
): number {
  let node = ALL;
  for (let bit = width - 1; bit >= 0; bit--) {
    if (!tested[bit]) continue;
    const level = levelOf(place, bit);
    node = values[bit] ? bdd.nodes.make(level, EMPTY, node) : bdd.nodes.make(level, node, EMPTY);
  }
  return node;
}
