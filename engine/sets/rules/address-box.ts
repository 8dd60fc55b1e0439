import type { Family } from "../../../model/packet.ts";
import type { Cubes } from "../cubes.ts";
import { DIGITS, digitsOf } from "../digits.ts";
import type { End } from "../packets.ts";

/** Families as values of their field. */
export const FAMILY_VALUES: Readonly<Record<Family, 0 | 1>> = { inet: 0, inet6: 1 };

const PLACES: Readonly<Record<End, number>> = {
  source: digitsOf("source").first,
  destination: digitsOf("destination").first,
};

/** Sets the addresses of box `index`: both ends are included. The family is left alone. */
export function setAddress(
  cubes: Cubes,
  index: number,
  field: End,
  family: Family,
  first: bigint,
  last: bigint,
): void {
  const at = index * DIGITS + PLACES[field];
  if (family === "inet") {
    writeWord(cubes.lows, at, Number(first));
    writeWord(cubes.highs, at, Number(last));
    return;
  }
  for (let word = 0; word < 4; word++) {
    const shift = WORD_SHIFTS[word] ?? 0n;
    writeWord(cubes.lows, at + word * 4, Number(BigInt.asUintN(32, first >> shift)));
    writeWord(cubes.highs, at + word * 4, Number(BigInt.asUintN(32, last >> shift)));
  }
}

const WORD_SHIFTS = [96n, 64n, 32n, 0n] as const;

/** As {@link setAddress}, to the addresses of a network. */
export function setNetwork(
  cubes: Cubes,
  index: number,
  field: End,
  family: Family,
  value: bigint,
  length: number,
): void {
  const at = index * DIGITS + PLACES[field];
  const words = Math.ceil(length / 32);
  for (let word = 0; word < words; word++) {
    const part = family === "inet" ? value : BigInt.asUintN(32, value >> (WORD_SHIFTS[word] ?? 0n));
    const bits = Math.min(length - word * 32, 32);
    // shifts count modulo 32
    const hosts = bits === 32 ? 0 : 0xffffffff >>> bits;
    writeWord(cubes.lows, at + word * 4, Number(part) & ~hosts);
    writeWord(cubes.highs, at + word * 4, Number(part) | hosts);
  }
}

function writeWord(into: Uint8Array, at: number, word: number): void {
  into[at] = word >>> 24;
  into[at + 1] = (word >>> 16) & 255;
  into[at + 2] = (word >>> 8) & 255;
  into[at + 3] = word & 255;
}
