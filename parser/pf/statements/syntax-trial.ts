import { nearNames } from "../../nearest-name.ts";
import { Shapes } from "../grammar/shapes.ts";
import { beginsStatement, type Kind, kindOf, kindTexts, STRING } from "../lexical/kinds.ts";
import { Tokens } from "../lexical/tokens.ts";

const RESERVED: ReadonlySet<string> = new Set(kindTexts.slice(7).filter((it) => /^[a-z]/.test(it)));

/** Keywords that a statement can begin with. */
export const BEGINNINGS: readonly string[] = [...RESERVED].filter(
  (it) => beginsStatement[kindOf(it)] === 1,
);

/** Longer statements are not tried. */
const MOST_TRIED = 256;

/** Apart from those of the reader, which are still in use. */
const SHAPES = new Shapes();

/**
 * The keyword that word `it` was meant to be: one so near that the statement can be read further with it
 * than up to token `wrong`, which fits nowhere; the furthest if there are several.
 */
export function meantWord(tokens: Tokens, it: number, wrong: number): string | undefined {
  const text = tokens.text(it);
  if (tokens.kind(it) !== STRING || text.length < 2 || tokens.count > MOST_TRIED) return undefined;
  const other = compoundOf(text);
  if (other !== undefined) return other;
  let best: string | undefined;
  let furthest = wrong;
  for (const name of nearNames(text, it === 0 ? BEGINNINGS : RESERVED)) {
    const reached = reach(kindsOf(tokens).with(it, kindOf(name)));
    if (reached > furthest) [best, furthest] = [name, reached];
  }
  return best;
}

/** `nat-to` of `nat`, `keep state` of `keep-state` and `keepstate`. */
function compoundOf(text: string): string | undefined {
  if (RESERVED.has(`${text}-to`)) return `${text}-to`;
  for (let at = 2; at < text.length - 1; at++) {
    const [one, two] = [text.slice(0, at), text.slice(at).replace(/^[-_]/, "")];
    if (RESERVED.has(one) && RESERVED.has(two)) return `${one} ${two}`;
  }
  return undefined;
}

/** Whether the whole statement can be read without token `at`. */
export function fitsWithout(tokens: Tokens, at: number): boolean {
  if (tokens.count > MOST_TRIED) return false;
  return reach(kindsOf(tokens).toSpliced(at, 1)) === Number.POSITIVE_INFINITY;
}

/** The first of `words` with which, put in front of token `at`, the whole statement can be read. */
export function missingWord(
  tokens: Tokens,
  at: number,
  words: readonly string[],
): string | undefined {
  if (tokens.count > MOST_TRIED) return undefined;
  const kinds = kindsOf(tokens);
  return words.find((it) => reach(kinds.toSpliced(at, 0, kindOf(it))) === Number.POSITIVE_INFINITY);
}

function kindsOf(tokens: Tokens): readonly Kind[] {
  return Array.from({ length: tokens.count }, (_, at) => tokens.kind(at));
}

/** The first token of a statement of these kinds that fits nowhere. */
function reach(kinds: readonly Kind[]): number {
  const tried = new Tokens();
  tried.kinds = Uint8Array.from(kinds);
  tried.count = kinds.length;
  const { reduction, from } = SHAPES.reduce(tried, false);
  if (reduction.wrong < 0) return Number.POSITIVE_INFINITY;
  return from[reduction.wrong] ?? kinds.length;
}
