import type { IToken } from "chevrotain";

/** The key of `source-hash` as pfctl prints it; words are hashed, which changes no set of packets. */
export function sourceHashKey(words: readonly IToken[]): string {
  const key = words.map((it) => it.image).join(" ");
  return /^0x[0-9a-f]{32}$/i.test(key) ? key.toLowerCase() : key;
}
