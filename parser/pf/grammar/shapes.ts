import type { IToken } from "chevrotain";
import { type Kind, kindOf, NEWLINE, NUMBER, RUN, STRING } from "../lexical/kinds.ts";
import type { Tokens } from "../lexical/tokens.ts";
import { PfGrammar, type Reduction } from "./grammar.ts";
import { type Slots, slotsOf } from "./slots.ts";
import { typeOfKind } from "./token-types.ts";

/** A shape met before: kinds of a statement, and what the grammar makes of them. */
interface Shape {
  readonly kinds: Uint8Array;
  readonly inside: boolean;
  readonly reduction: Reduction;
  readonly slots: Slots | undefined;
}

/** The reduction of one statement; `from` maps its token indices to those of the statement. */
export interface Shaped {
  readonly reduction: Reduction;
  /** Index in the statement of each token of the shape; RUN tokens stand for several. */
  readonly from: Int32Array;
  /** Tokens of the shape. */
  readonly count: number;
  /** Of a plain filter rule. */
  readonly slots: Slots | undefined;
}

/** Statements up to this many tokens are not looked at for runs. */
const SHORT = 48;
/** Where the tokens of a short statement stand in it. */
const AS_THEY_ARE: Int32Array = Int32Array.from({ length: SHORT + 1 }, (_, at) => at);
const MOST_SHAPES = 20_000;
/** Longer shapes are not kept. */
const LONGEST_SHAPE = 4096;

const [OPEN, CLOSE, COMMA, SLASH] = [kindOf("{"), kindOf("}"), kindOf(","), kindOf("/")];
const EQUAL = kindOf("=");
const [NOT, FROM, TO, TABLE] = [kindOf("!"), kindOf("from"), kindOf("to"), kindOf("table")];

let grammar: PfGrammar | undefined;

/**
 * Reductions by shape.
 *
 * The grammar decides by kinds of tokens alone, so statements of equal kinds have equal steps: a
 * file of 100,000 rules has a few dozen shapes, and chevrotain sees each of them once. Long lists
 * of plain hosts count as one token, so that a table of a million entries has the shape of a table
 * of ten.
 */
export class Shapes {
  readonly #shapes: Map<number, Shape[]> = new Map();
  #size = 0;
  /** Shapes with slots so far. */
  #slotted = 0;
  #kinds: Uint8Array = new Uint8Array(256);
  #from: Int32Array = new Int32Array(256);

  /** Reduces `tokens`; the result is valid until the next call. */
  reduce(tokens: Tokens, inside: boolean): Shaped {
    const short = tokens.count <= SHORT;
    const count = short ? tokens.count : this.#contract(tokens);
    const kinds = short ? tokens.kinds : this.#kinds;
    const from = short ? AS_THEY_ARE : this.#from;
    let hash = inside ? 17 : 3;
    for (let at = 0; at < count; at++) hash = (Math.imul(hash, 31) + (kinds[at] ?? 0)) | 0;
    const known = this.#shapes.get(hash);
    if (known !== undefined) {
      for (const shape of known) {
        if (shape.inside === inside && isEqual(shape.kinds, kinds, count)) {
          const { reduction, slots } = shape;
          return { reduction, from, count, slots };
        }
      }
    }
    const reduction = reduce(kinds, count, inside);
    const slots =
      short && reduction.wrong < 0 ? this.#slots(reduction, kinds.subarray(0, count)) : undefined;
    if (count <= LONGEST_SHAPE)
      this.#keep(hash, { kinds: kinds.slice(0, count), inside, reduction, slots });
    return { reduction, from, count, slots };
  }

  #slots({ steps }: Reduction, kinds: Uint8Array): Slots | undefined {
    const slots = slotsOf(this.#slotted, steps, kinds);
    if (slots !== undefined) this.#slotted++;
    return slots;
  }

  #keep(hash: number, shape: Shape): void {
    if (this.#size++ > MOST_SHAPES) {
      this.#shapes.clear();
      this.#size = 0;
    }
    const known = this.#shapes.get(hash);
    if (known === undefined) this.#shapes.set(hash, [shape]);
    else known.push(shape);
  }

  /** Copies the kinds, runs of list elements taken together; returns how many are left. */
  #contract(tokens: Tokens): number {
    const { count } = tokens;
    if (this.#kinds.length < count) {
      this.#kinds = new Uint8Array(count * 2);
      this.#from = new Int32Array(count * 2);
    }
    return this.#contractLong(tokens);
  }

  /** All words of a macro's value but the last count as one. */
  #contractMacro(tokens: Tokens): number {
    let made = 0;
    for (let at = 0; at < tokens.count; ) {
      const end = at < 2 ? at : wordsEnd(tokens, at);
      this.#kinds[made] = end > at ? RUN : tokens.kind(at);
      this.#from[made++] = at;
      at = Math.max(end, at + 1);
    }
    return made;
  }

  #contractLong(tokens: Tokens): number {
    if (tokens.kind(1) === EQUAL) return this.#contractMacro(tokens);
    const table = tokens.kind(0) === TABLE;
    let made = 0;
    let depth = 0;
    for (let at = 0; at < tokens.count; ) {
      const kind = tokens.kind(at);
      if (kind === OPEN) {
        const before = at === 0 ? 0 : tokens.kind(at - 1);
        if (table || depth > 0 || before === FROM || before === TO) depth++;
      } else if (kind === CLOSE && depth > 0) depth--;
      const end = depth > 0 && kind !== OPEN ? runEnd(tokens, at) : at;
      this.#kinds[made] = end > at ? RUN : kind;
      this.#from[made++] = at;
      at = Math.max(end, at + 1);
    }
    return made;
  }
}

/** Behind the last word of a macro's value that has another word behind it. */
function wordsEnd(tokens: Tokens, at: number): number {
  let end = at;
  while (isWord(tokens.kind(end)) && isWord(tokens.kind(end + 1))) end++;
  return end;
}

function isWord(kind: Kind): boolean {
  return kind === STRING || kind === NUMBER;
}

/**
 * Where a run of two or more plain elements, each with what separates it from the next, ends; `at`
 * if none begins there. The last element of a list stays outside: something may follow it.
 */
function runEnd(tokens: Tokens, at: number): number {
  let end = at;
  let elements = 0;
  for (let next = at; ; elements++) {
    const behind = elementEnd(tokens, next);
    if (behind === next) break;
    let it = behind;
    while (tokens.kind(it) === NEWLINE) it++;
    if (tokens.kind(it) === COMMA) it++;
    if (!beginsElement(tokens.kind(it))) break;
    next = it;
    end = it;
  }
  return elements >= 2 ? end : at;
}

/** Behind `!`? ( STRING | NUMBER ) ( "/" NUMBER )?, or `at`. */
function elementEnd(tokens: Tokens, at: number): number {
  const first = tokens.kind(at) === NOT ? at + 1 : at;
  const kind = tokens.kind(first);
  if (kind !== STRING && kind !== NUMBER) return at;
  const masked = tokens.kind(first + 1) === SLASH && tokens.kind(first + 2) === NUMBER;
  if (masked) return first + 3;
  return kind === STRING && first + 1 < tokens.count ? first + 1 : at;
}

function beginsElement(kind: Kind): boolean {
  return kind === STRING || kind === NUMBER || kind === NOT;
}

function isEqual(shape: Uint8Array, kinds: Uint8Array, count: number): boolean {
  if (shape.length !== count) return false;
  for (let at = 0; at < count; at++) if (shape[at] !== kinds[at]) return false;
  return true;
}

function reduce(kinds: Uint8Array, count: number, inside: boolean): Reduction {
  const tokens: IToken[] = [];
  for (let at = 0; at < count; at++) {
    const tokenType = typeOfKind(kinds[at] ?? 0);
    const tokenTypeIdx = tokenType.tokenTypeIdx ?? 0;
    tokens.push({ image: "", startOffset: at, tokenType, tokenTypeIdx });
  }
  grammar ??= new PfGrammar();
  return grammar.reduce(tokens, inside);
}
