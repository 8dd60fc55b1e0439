import {
  ALONE,
  CLASS,
  DIGIT,
  ENDS_NUMBER,
  IN_WORD,
  OPERATOR,
  pairKind,
  SINGLE,
  SPECIAL,
  STARTS_WORD,
} from "./classes.ts";
import { digitsEnd } from "./digits.ts";
import { type Kind, NEWLINE, NUMBER, STRAY, STRING, wordKindAt } from "./kinds.ts";

/** Of these only {@link IN_WORD} stands in a plain word. */
const PLAIN_WORD = IN_WORD | SPECIAL;
/** Behind a longer word pfctl may complain. */
const LONGEST_WORD = 8094;

/** Behind the blanks that begin at `from`. */
export function blanksEnd(codes: Uint8Array, from: number): number {
  let at = from;
  while (codes[at] === 32 || codes[at] === 9) at++;
  return at;
}

/** Behind the word or operator that begins at `from`. */
export function plainEnd(codes: Uint8Array, from: number): number {
  const classes = CLASS;
  const first = codes[from] ?? 0;
  const mark = classes[first] ?? 0;
  let at = from + 1;
  if ((mark & STARTS_WORD) !== 0) {
    while (((classes[codes[at] ?? 0] ?? 0) & PLAIN_WORD) === IN_WORD) at++;
  } else if ((mark & OPERATOR) !== 0 && pairKind(first, codes[at] ?? 0) !== undefined) at++;
  return at;
}

/** The kind of the token from `from` to `to`; -1: it may be another one, or none. */
export function plainKind(codes: Uint8Array, from: number, to: number): Kind {
  const first = codes[from] ?? 0;
  const mark = CLASS[first] ?? 0;
  if ((mark & ALONE) !== 0) return SINGLE[first] ?? STRAY;
  if (first === 10) return NEWLINE;
  if ((mark & (STARTS_WORD | OPERATOR)) === 0) return -1;
  const behind = CLASS[codes[to] ?? 0] ?? 0;
  if ((behind & SPECIAL) !== 0 || to - from > LONGEST_WORD) return -1;
  if ((mark & DIGIT) !== 0 && (behind & ENDS_NUMBER) !== 0) return numberKind(codes, from, to);
  // no keyword begins with a digit
  if ((mark & OPERATOR) === 0) return (mark & DIGIT) !== 0 ? STRING : wordKindAt(codes, from, to);
  return to - from > 1
    ? (pairKind(first, codes[from + 1] ?? 0) ?? STRAY)
    : (SINGLE[first] ?? STRAY);
}

/** Leading zeros are not kept, and much is too large. */
function numberKind(codes: Uint8Array, from: number, to: number): Kind {
  if (digitsEnd(codes, from, to) !== to) return STRING;
  return to - from > 15 || (codes[from] === 48 && to - from > 1) ? -1 : NUMBER;
}
