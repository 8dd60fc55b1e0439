/** Numbers and dotted quads; most are read straight from bytes, without making strings. */

/** Behind the digits that begin at `from`, at most at `to`. */
export function digitsEnd(codes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const code = codes[at] ?? 0;
    if (code < 48 || code > 57) break;
    at++;
  }
  return at;
}

/** The value of the digits `from` … `to`, of which there are at most fifteen. */
export function digitsValue(codes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (codes[at] ?? 48) - 48;
  return value;
}

/** Behind the four parts of a dotted quad that begins at `from`; -1: there is none. */
export function quadEnd(codes: Uint8Array, from: number, to: number): number {
  let at = from;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && codes[at++] !== 46) return -1;
    const end = digitsEnd(codes, at, to);
    if (end === at || end - at > 3 || digitsValue(codes, at, end) > 255) return -1;
    at = end;
  }
  return at;
}

/** The value of the dotted quad `from` … `to`. */
export function quadValue(codes: Uint8Array, from: number, to: number): number {
  let value = 0;
  let part = 0;
  for (let at = from; at < to; at++) {
    const code = codes[at] ?? 0;
    if (code === 46) {
      value = value * 256 + part;
      part = 0;
    } else part = part * 10 + code - 48;
  }
  return value * 256 + part;
}

/** Why `text` is no number 0 … `most`, in the words of strtonum(3). */
export function wrongNumber(text: string, most: number): string | undefined {
  if (!/^[\t\n\v\f\r ]*[+-]?\d+$/.test(text)) return "invalid";
  const value = Number(text);
  if (value < 0) return "too small";
  return value > most ? "too large" : undefined;
}
