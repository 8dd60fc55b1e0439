export const TAB = 9;
export const NEWLINE = 10;
export const BLANK = 32;
export const BANG = 33;
export const QUOTE = 34;
export const HASH = 35;
export const DOLLAR = 36;
export const APOSTROPHE = 39;
export const MINUS = 45;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const BACKSLASH = 92;

const WORD_START = 1;
const WORD_PART = 2;
const NAME_PART = 4;
const DIGIT = 8;
const NUMBER_END = 16;
const OPERATOR = 32;

/** What each ASCII character can be, as bits. */
const CLASSES = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  const is = (pattern: RegExp, bit: number): number => (pattern.test(character) ? bit : 0);
  return (
    is(/[A-Za-z0-9:_]/, WORD_START) |
    is(/[!-~]/.test(character) ? /[^(){}<>!=/#,]/ : /$^/, WORD_PART) |
    is(/\w/, NAME_PART) |
    is(/\d/, DIGIT) |
    is(/[\t\n\v\f\r )/,}=]/, NUMBER_END) |
    is(/[-(){}<>!=/,]/, OPERATOR)
  );
});

function has(code: number, bit: number): boolean {
  return ((CLASSES[code] ?? 0) & bit) !== 0;
}

export function isBlank(code: number): boolean {
  return code === BLANK || code === TAB;
}

export function isDigit(code: number): boolean {
  return has(code, DIGIT);
}

/** Whether a macro's name may hold it. */
export function isNamePart(code: number): boolean {
  return has(code, NAME_PART);
}

export function isWordStart(code: number): boolean {
  return has(code, WORD_START);
}

/** Whether it may stand in a word behind the first character. */
export function isWordPart(code: number): boolean {
  return has(code, WORD_PART);
}

/** Whether it is a token of its own that the grammar knows. */
export function isOperator(code: number): boolean {
  return has(code, OPERATOR);
}

/** Whether digits before it are a number; the end of the file makes one, too. */
export function endsNumber(code: number): boolean {
  return has(code, NUMBER_END);
}

/** Whether two punctuation marks are one operator: `!=`, `<=`, `>=`, `<>`, `><`. */
export function isPair(first: number, second: number): boolean {
  if (second === EQUALS) return first === BANG || first === LESS || first === GREATER;
  return (first === LESS && second === GREATER) || (first === GREATER && second === LESS);
}

/** Whether a backslash before it disappears in a string, and with it what it would do. */
export function isTaken(code: number, quote: number): boolean {
  return code === quote || isBlank(code) || code === NEWLINE;
}
