import { kindAt, startOf, textOf, Written, type WrittenTokens } from "./written-tokens.ts";

/** Length of a string or word from which pfctl may refuse it. */
const LONG = 8000;

/** Digits that may be more than a number can hold. */
const MANY_DIGITS = 19;

/**
 * The first token from which on quotes and comments may lie elsewhere than they seem to: the first
 * one of its line, or the number of tokens if all are certain.
 *
 * pfctl and {@link scan} disagree about what follows if a macro's value holds quotes, comments or
 * backslashes, if a quote is glued to a macro, if a string is not finished or too long, and where
 * pfctl skips the rest of a line at which it sees no string that continues on the next. NUL, 0x01
 * and 0x02 change how pfctl reads, too. Macros that the file does not define are taken to be
 * ordinary, and a file that includes others may get those from there.
 */
export function certainTokens(tokens: WrittenTokens): number {
  const search = new Search(tokens);
  const end = search.firstDoubt(oddMacros(tokens));
  let first = end;
  while (first > 0 && first < tokens.count && kindAt(tokens, first - 1) !== Written.newline) {
    first--;
  }
  return first;
}

class Search {
  readonly #tokens: WrittenTokens;
  readonly #marks: number;

  constructor(tokens: WrittenTokens) {
    this.#tokens = tokens;
    const marks = ["\x01", "\x02"].map((it) => tokens.text.indexOf(it)).filter((it) => it >= 0);
    this.#marks = Math.min(...marks, tokens.text.length);
  }

  firstDoubt(odd: OddMacros): number {
    const { count, ends } = this.#tokens;
    let skipping = false;
    for (let index = 0; index < count; index++) {
      const kind = kindAt(this.#tokens, index);
      if (index >= odd.from || (ends[index] ?? 0) > this.#marks) return index;
      if (kind === Written.newline) skipping = false;
      else if (this.#isDoubtful(index, kind, odd.names, skipping)) return index;
      skipping ||= this.#maySkip(index, kind);
    }
    return count;
  }

  #isDoubtful(
    index: number,
    kind: Written | undefined,
    odd: ReadonlySet<string>,
    skipping: boolean,
  ): boolean {
    switch (kind) {
      case Written.unfinished:
        return true;
      case Written.string: {
        const text = textOf(this.#tokens, index);
        if (text.length > LONG || text.includes("\0")) return true;
        return skipping && text.includes("\n");
      }
      case Written.macro:
        return odd.has(textOf(this.#tokens, index).slice(1));
      case Written.tail: {
        const text = textOf(this.#tokens, index);
        return /["']/.test(text) || uses(text, odd);
      }
      case Written.escaped:
        // such as the tail of a macro
        return /[$"']/.test(textOf(this.#tokens, index));
      case Written.other: {
        const text = textOf(this.#tokens, index);
        // a backslash at the end of the file would take the newline that is added there
        return text === "\0" || (text === "\\" && index === this.#tokens.count - 1);
      }
      default:
        return false;
    }
  }

  /** Whether pfctl may give up at this token without looking at the rest of the line. */
  #maySkip(index: number, kind: Written | undefined): boolean {
    if (kind === Written.macro || kind === Written.tail || kind === Written.escaped) return true;
    const length = (this.#tokens.ends[index] ?? 0) - startOf(this.#tokens, index);
    if (kind === Written.number) return length >= MANY_DIGITS;
    return kind === Written.word && length > LONG;
  }
}

interface OddMacros {
  /** Macros whose value, lexed where it is used, may change what follows. */
  readonly names: ReadonlySet<string>;
  /** From this token on any macro may be odd. */
  readonly from: number;
}

/** Looks at everything that could define a macro, in whatever place it stands. */
function oddMacros(tokens: WrittenTokens): OddMacros {
  const names = new Set<string>();
  const line = new Line();
  for (let index = 0; index < tokens.count; index++) {
    const kind = kindAt(tokens, index);
    if (kind === Written.newline) {
      line.end();
      continue;
    }
    if (isOddValue(tokens, index, kind)) {
      if (line.defines === undefined) return { names, from: index };
      if (line.defines !== "") names.add(line.defines);
    }
    line.take(tokens, index, kind);
  }
  return { names, from: tokens.count };
}

/** What the tokens of a line so far may define. */
class Line {
  /** A name; nothing defined if empty; unknown if undefined. */
  defines: string | undefined = "";
  #first = true;
  /** The name that a `=` would define here. */
  #name: string | undefined = "";

  end(): void {
    this.defines = "";
    this.#first = true;
    this.#name = "";
  }

  take(tokens: WrittenTokens, index: number, kind: Written | undefined): void {
    if (kind === Written.blank || kind === Written.continuation || kind === Written.comment) return;
    const text = kind === Written.operator || kind === Written.word ? textOf(tokens, index) : "";
    if (text === "=" && this.#name !== "" && this.defines === "") this.defines = this.#name;
    this.#name = nameOf(tokens, index, kind);
    if (this.#first && (this.#name === undefined || text === "include")) this.defines = undefined;
    this.#first = false;
  }
}

/** The macro that `token =` defines: none if empty, any if undefined. */
function nameOf(
  tokens: WrittenTokens,
  index: number,
  kind: Written | undefined,
): string | undefined {
  switch (kind) {
    case Written.word:
      return textOf(tokens, index);
    case Written.string: {
      const text = textOf(tokens, index);
      return /^.\w+.$/.test(text) ? text.slice(1, -1) : undefined;
    }
    case Written.macro:
    case Written.tail:
    case Written.escaped:
    case Written.other:
      return undefined;
    default:
      return "";
  }
}

/** Whether a token in a macro's value could open a string or a comment, or hide a character. */
function isOddValue(tokens: WrittenTokens, index: number, kind: Written | undefined): boolean {
  switch (kind) {
    case Written.string:
      return /["'#]|\\[^\n \t]|\\$/.test(textOf(tokens, index).slice(1, -1));
    case Written.word:
      return /["']/.test(textOf(tokens, index));
    case Written.escaped:
      return true;
    default:
      return false;
  }
}

function uses(text: string, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  for (const [, name = ""] of text.matchAll(/\$(\w*)/g)) if (names.has(name)) return true;
  return false;
}
