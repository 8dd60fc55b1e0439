/** What a piece of a pf.conf is as it stands in the file, before macros are replaced. */
export const Written = {
  /** Blanks and tabs. */
  blank: 0,
  newline: 1,
  /** A backslash and a newline between tokens: the lines are one. */
  continuation: 2,
  /** From `#` up to the newline, over every line that a backslash joins to it. */
  comment: 3,
  /** With its quotes; it may span lines. */
  string: 4,
  /** A string whose closing quote is missing: it holds the rest of the file. */
  unfinished: 5,
  word: 6,
  /** Digits that pf reads as a number because of the character behind them. */
  number: 7,
  /** One or two punctuation marks. */
  operator: 8,
  /** `$` and the name. */
  macro: 9,
  /** What is glued to a macro's use and may continue the last word of its value. */
  tail: 10,
  /** A word, number, macro or tail with a backslash in it. */
  escaped: 11,
  /** Anything else: a backslash before an ordinary character, NUL, CR, bytes outside ASCII. */
  other: 12,
} as const;

export type Written = (typeof Written)[keyof typeof Written];

/**
 * A text cut into written tokens. Token `i` reaches from `ends[i - 1]` (0 for the first) to
 * `ends[i]`; the last one ends where the text ends, so that the tokens in a row are the text.
 */
export interface WrittenTokens {
  readonly text: string;
  readonly count: number;
  /** A {@link Written} for each token. */
  readonly kinds: Uint8Array;
  readonly ends: Uint32Array;
}

/** Nothing before the first and behind the last token. */
export function kindAt({ kinds, count }: WrittenTokens, index: number): Written | undefined {
  return index >= 0 && index < count ? (kinds[index] as Written) : undefined;
}

export function startOf({ ends }: WrittenTokens, index: number): number {
  return index === 0 ? 0 : (ends[index - 1] ?? 0);
}

export function textOf(tokens: WrittenTokens, index: number): string {
  return tokens.text.slice(startOf(tokens, index), tokens.ends[index]);
}

/** Whether a token only keeps others apart: blanks, newlines and joined lines. */
export function isGap(kind: Written | undefined): boolean {
  return kind === Written.blank || kind === Written.newline || kind === Written.continuation;
}
