import { type Kind, kindOf, STRAY } from "./kinds.ts";

export const STARTS_WORD: number = 2;
export const IN_WORD: number = 4;
export const DIGIT: number = 8;
export const ENDS_NUMBER: number = 16;
/** Backslash, NUL, the marks 1 and 2: only the slow path treats them. */
export const SPECIAL: number = 32;
export const NAME: number = 64;
/** A token of its own, whatever stands behind it. */
export const ALONE: number = 128;
/** May be the first of two characters. */
export const OPERATOR: number = 256;

export const CLASS: Uint16Array = classes();

function classes(): Uint16Array {
  const table = new Uint16Array(256);
  // bytes over 127 end the fast path
  table.fill(SPECIAL, 128);
  for (let at = 33; at < 127; at++) {
    if (!"(){}<>!=/#,".includes(String.fromCharCode(at))) table[at] = IN_WORD;
  }
  const mark = (text: string, bits: number): void => {
    for (const it of text) {
      const at = it.charCodeAt(0);
      table[at] = (table[at] ?? 0) | bits;
    }
  };
  mark("0123456789", DIGIT | STARTS_WORD | NAME);
  mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", STARTS_WORD | NAME);
  mark(":_", STARTS_WORD);
  mark("_", NAME);
  mark("{}()=/,", ALONE);
  mark("!<>", OPERATOR);
  mark(" \t\n\v\f\r),/}=", ENDS_NUMBER);
  mark("\\\0\x01\x02", SPECIAL);
  return table;
}

export function classOf(code: number): number {
  return code >= 0 && code < 128 ? (CLASS[code] ?? 0) : 0;
}

const [NOT_EQUAL, LESS_EQUAL, GREATER_EQUAL] = [kindOf("!="), kindOf("<="), kindOf(">=")];
const [OUTSIDE, INSIDE] = [kindOf("<>"), kindOf("><")];

/** Kinds of the one-character operators by code; STRAY for the rest. */
export const SINGLE: Uint8Array = new Uint8Array(128).fill(STRAY);
for (const it of "{}()<>!=/,-") SINGLE[it.charCodeAt(0)] = kindOf(it);

/** The kind of a two-character operator. */
export function pairKind(first: number, second: number): Kind | undefined {
  if (first === 33) return second === 61 ? NOT_EQUAL : undefined;
  if (first === 60) return second === 61 ? LESS_EQUAL : second === 62 ? OUTSIDE : undefined;
  return second === 61 ? GREATER_EQUAL : second === 60 ? INSIDE : undefined;
}

/** What a backslash in a quoted string takes its special meaning from. */
export function isUnescaped(code: number, quote: number): boolean {
  return code === quote || code === 32 || code === 9 || code === 10;
}
