import { addressBits, type Family } from "../../model/packet.ts";
import { sipHash24 } from "./siphash.ts";

/**
 * SipHash of a source address with the key of `source-hash`, 64 bits. Keys that were words have been
 * hashed by the reader; each 8 digits of the key are a number in the byte order of amd64.
 */
export function sourceHash(key: string, family: Family, source: bigint): bigint {
  const words = [2, 10, 18, 26].map((at) => BigInt(`0x${key.slice(at, at + 8)}`));
  const [a = 0n, b = 0n, c = 0n, d = 0n] = words;
  const octets = new Uint8Array(addressBits(family) / 8);
  for (let at = octets.length - 1, rest = source; at >= 0; at--, rest >>= 8n) {
    octets[at] = Number(rest & 0xffn);
  }
  return sipHash24({ low: (b << 32n) | a, high: (d << 32n) | c }, octets);
}

/** An address from a hash; words are stored as amd64 stores them and read in network order. */
export function hashBits(family: Family, hash: bigint): bigint {
  const low = hash & WORD;
  const high = hash >> 32n;
  if (family === "inet") return swapped(low);
  const words = [low, high, high ^ WORD, low ^ WORD];
  return words.reduce((value, word) => (value << 32n) | swapped(word), 0n);
}

const WORD = 0xffffffffn;

/** A 32-bit number with its bytes in the other order. */
function swapped(word: bigint): bigint {
  const low = ((word & 0xffn) << 24n) | ((word & 0xff00n) << 8n);
  return low | ((word >> 8n) & 0xff00n) | ((word >> 24n) & 0xffn);
}
