import type { Field, FieldValues } from "../packet-sets.ts";
import type { Bdd } from "./bdd.ts";
import { bitsOf, LEVELS, levelOf, PLACES } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

/**
 * Holds iff the packet is a member of the diagram.
 *
 * @throws RangeError if a value does not fit its field
 */
export function isMember(bdd: Bdd, root: number, packet: FieldValues): boolean {
  const { level, low, high } = bdd.nodes;
  const bits = new Uint8Array(LEVELS);
  for (const place of PLACES) {
    const values = bitsOf(place, packet[place.field]);
    for (let bit = 0; bit < place.width; bit++) bits[levelOf(place, bit)] = values[bit]!;
  }
  let node = root;
  while (level[node] !== LEVELS) node = bits[level[node]!] === 0 ? low[node]! : high[node]!;
  return node === ALL;
}

/** The member with the smallest bits in the order of the levels, or nothing if there is none. */
export function smallestMember(bdd: Bdd, root: number): FieldValues | undefined {
  if (root === EMPTY) return undefined;
  const { level, low, high } = bdd.nodes;
  const bits = new Uint8Array(LEVELS);
  let node = root;
  while (node !== ALL) {
    // every diagram but EMPTY has a member
    const bit = low[node] === EMPTY ? 1 : 0;
    bits[level[node]!] = bit;
    node = bit === 0 ? low[node]! : high[node]!;
  }
  return valuesOfBits(bits);
}

/** Field values of one bit a level. */
function valuesOfBits(bits: Uint8Array): FieldValues {
  const values = {} as Record<Field, bigint>;
  for (const place of PLACES) {
    let value = 0n;
    for (let bit = 0; bit < place.width; bit++) {
      value = (value << 1n) | BigInt(bits[levelOf(place, bit)]!);
    }
    values[place.field] = value;
  }
  return values;
}
