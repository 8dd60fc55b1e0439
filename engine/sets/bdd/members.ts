import type { Field, FieldValues, LabelValues } from "../packet-sets.ts";
import type { Bdd } from "./bdd.ts";
import { bitsOf, HEADER_PLACES, LEVELS, levelOf, type Place, placeOf } from "./levels.ts";
import { ALL, EMPTY } from "./node-table.ts";

/**
 * Holds iff the packet, with labels 0, is a member of the diagram.
 *
 * @throws RangeError if a value does not fit its field
 */
export function isMember(bdd: Bdd, root: number, packet: FieldValues): boolean {
  const { level, low, high } = bdd.nodes;
  const bits = new Uint8Array(LEVELS);
  for (const place of HEADER_PLACES) {
    const values = bitsOf(place, packet[place.field]);
    for (let bit = 0; bit < place.width; bit++) bits[levelOf(place, bit)] = values[bit]!;
  }
  let node = root;
  while (level[node] !== LEVELS) node = bits[level[node]!] === 0 ? low[node]! : high[node]!;
  return node === ALL;
}

/** The member with the smallest bits in the order of the levels, or nothing if there is none. */
export function smallestMember(bdd: Bdd, root: number): FieldValues | undefined {
  const bits = smallestBits(bdd, root);
  if (bits === undefined) return undefined;
  const values = {} as Record<Field, bigint>;
  for (const place of HEADER_PLACES) values[place.field] = numberOf(place, bits);
  return values;
}

/** Labels of {@link smallestMember}. */
export function smallestLabels(bdd: Bdd, root: number): LabelValues | undefined {
  const bits = smallestBits(bdd, root);
  if (bits === undefined) return undefined;
  const [origin, creator] = [placeOf("origin"), placeOf("creator")];
  return { origin: Number(numberOf(origin, bits)), creator: Number(numberOf(creator, bits)) };
}

/** One bit a level. */
function smallestBits(bdd: Bdd, root: number): Uint8Array | undefined {
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
  return bits;
}

function numberOf(place: Place, bits: Uint8Array): bigint {
  let value = 0n;
  for (let bit = 0; bit < place.width; bit++) {
    value = (value << 1n) | BigInt(bits[levelOf(place, bit)]!);
  }
  return value;
}
