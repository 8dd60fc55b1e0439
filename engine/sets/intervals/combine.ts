import type { LeafChange, LeafOperation } from "../packet-functions.ts";
import { type Diagrams, IN, OUT } from "./diagrams.ts";
import { changeChildren } from "./digit-node.ts";

/** Operations on sets, as opcodes. */
export const AND = 1;
export const OR = 2;
export const DIFF = 3;

/** What a walk over two diagrams needs of its operation. */
interface Walk {
  readonly diagrams: Diagrams;
  /** 0: an operation on leaves. */
  readonly opcode: number;
  /** Number in the memo. */
  readonly number: number;
  readonly operation: LeafOperation | undefined;
}

/** Combines diagrams leaf by leaf. */
export class Combiner {
  readonly #diagrams: Diagrams;
  readonly #walks: readonly Walk[];
  readonly #byOperation: WeakMap<LeafOperation, Walk> = new WeakMap();
  readonly #meets: number;
  readonly #escapes: number;

  constructor(diagrams: Diagrams) {
    this.#diagrams = diagrams;
    this.#walks = [AND, OR, DIFF].map((opcode) => ({
      diagrams,
      opcode,
      number: diagrams.memo.newOperation(),
      operation: undefined,
    }));
    this.#meets = diagrams.memo.newOperation();
    this.#escapes = diagrams.memo.newOperation();
  }

  /** Sets: one of {@link AND}, {@link OR}, {@link DIFF}. */
  sets(opcode: number, a: number, b: number): number {
    return combine(this.#walks[opcode - 1]!, a, b);
  }

  leaves(operation: LeafOperation, left: number, right: number): number {
    let walk = this.#byOperation.get(operation);
    if (walk === undefined) {
      const diagrams = this.#diagrams;
      walk = { diagrams, opcode: 0, number: diagrams.numberOf(operation), operation };
      this.#byOperation.set(operation, walk);
    }
    return combine(walk, left, right);
  }

  /** Whether two sets have a packet in common; makes no node. */
  meets(a: number, b: number): boolean {
    if (a === OUT || b === OUT) return false;
    if (a === IN || b === IN || a === b) return true;
    const [x, y] = a < b ? [a, b] : [b, a];
    return some(this.#diagrams, this.#meets, x, y, (one, other) => this.meets(one, other));
  }

  /** Whether some packet is in the first set alone; makes no node. */
  escapes(a: number, b: number): boolean {
    if (a === OUT || b === IN || a === b) return false;
    if (a === IN || b === OUT) return true;
    return some(this.#diagrams, this.#escapes, a, b, (one, other) => this.escapes(one, other));
  }

  /** What stands in `inside` for members of the set, and in `outside` for others. */
  choose(set: number, inside: number, outside: number): number {
    return choose(this.#diagrams, set, inside, outside);
  }

  relabel(change: LeafChange, of: number): number {
    return relabel(this.#diagrams, this.#diagrams.numberOf(change), change, of);
  }
}

/** A diagram walked along the ranges of one digit, which it need not test. */
class Edges {
  readonly #diagrams: Diagrams;
  readonly #of: number;
  /** -1 if the diagram does not test the digit. */
  #edge: number;
  readonly #end: number;

  constructor(diagrams: Diagrams, of: number, level: number) {
    const { nodes } = diagrams;
    this.#diagrams = diagrams;
    this.#of = of;
    const tests = of >= 0 && nodes.level[of] === level;
    this.#edge = tests ? nodes.first[of]! : -1;
    this.#end = tests ? nodes.first[of + 1]! : 0;
  }

  get child(): number {
    return this.#edge < 0 ? this.#of : this.#diagrams.nodes.child[this.#edge]!;
  }

  /** Where the next range starts; 256: there is none. */
  get following(): number {
    const next = this.#edge + 1;
    return this.#edge < 0 || next === this.#end ? 256 : this.#diagrams.nodes.start[next]!;
  }

  /** Goes on to the range that starts at `start` if there is one. */
  advance(start: number): void {
    if (this.following === start) this.#edge++;
  }
}

function levelOf({ nodes }: Diagrams, of: number): number {
  return of < 0 ? 255 : nodes.level[of]!;
}

/** Two diagrams walked side by side over the digit that the higher of them tests. */
class Pair {
  readonly level: number;
  readonly #x: Edges;
  readonly #y: Edges;

  constructor(diagrams: Diagrams, x: number, y: number) {
    this.level = Math.min(levelOf(diagrams, x), levelOf(diagrams, y));
    this.#x = new Edges(diagrams, x, this.level);
    this.#y = new Edges(diagrams, y, this.level);
  }

  get x(): number {
    return this.#x.child;
  }

  get y(): number {
    return this.#y.child;
  }

  /** Goes to the next range of the digit and returns where it starts; 256: there is none. */
  next(): number {
    const start = Math.min(this.#x.following, this.#y.following);
    if (start === 256) return 256;
    this.#x.advance(start);
    this.#y.advance(start);
    return start;
  }
}

/** Three diagrams walked side by side. */
class Triple {
  readonly level: number;
  readonly #set: Edges;
  readonly #inside: Edges;
  readonly #outside: Edges;

  constructor(diagrams: Diagrams, set: number, inside: number, outside: number) {
    this.level = Math.min(
      levelOf(diagrams, set),
      levelOf(diagrams, inside),
      levelOf(diagrams, outside),
    );
    this.#set = new Edges(diagrams, set, this.level);
    this.#inside = new Edges(diagrams, inside, this.level);
    this.#outside = new Edges(diagrams, outside, this.level);
  }

  get set(): number {
    return this.#set.child;
  }

  get inside(): number {
    return this.#inside.child;
  }

  get outside(): number {
    return this.#outside.child;
  }

  /** As {@link Pair.next}. */
  next(): number {
    const { following } = this.#set;
    const start = Math.min(following, this.#inside.following, this.#outside.following);
    if (start === 256) return 256;
    this.#set.advance(start);
    this.#inside.advance(start);
    this.#outside.advance(start);
    return start;
  }
}

function some(
  diagrams: Diagrams,
  number: number,
  x: number,
  y: number,
  holds: (x: number, y: number) => boolean,
): boolean {
  const { memo } = diagrams;
  if (memo.has(number, x, y)) return memo.found === 1;
  const pair = new Pair(diagrams, x, y);
  let result = holds(pair.x, pair.y);
  while (!result && pair.next() < 256) result = holds(pair.x, pair.y);
  memo.store(number, x, y, result ? 1 : 0);
  return result;
}

/** No handle: both operands must be walked. */
const WALK = 2 ** 31 - 1;

function combine(walk: Walk, x: number, y: number): number {
  const decided = decide(walk, x, y);
  if (decided !== WALK) return decided;
  // operations that do not mind the order have one memory for both
  return walk.opcode !== 0 && walk.opcode !== DIFF && x > y ? split(walk, y, x) : split(walk, x, y);
}

function decide({ opcode, operation }: Walk, x: number, y: number): number {
  switch (opcode) {
    case AND:
      return decideAnd(x, y);
    case OR:
      return decideOr(x, y);
    case DIFF:
      return decideDiff(x, y);
    default:
      return operation === undefined ? WALK : decideLeaves(operation, x, y);
  }
}

function decideAnd(x: number, y: number): number {
  if (x === OUT || y === OUT) return OUT;
  if (x === IN || x === y) return y;
  return y === IN ? x : WALK;
}

function decideOr(x: number, y: number): number {
  if (x === IN || y === IN) return IN;
  if (x === OUT || x === y) return y;
  return y === OUT ? x : WALK;
}

function decideDiff(x: number, y: number): number {
  if (x === OUT || y === IN || x === y) return OUT;
  return y === OUT ? x : WALK;
}

function decideLeaves(operation: LeafOperation, x: number, y: number): number {
  if (x < 0) {
    if (operation.isLeftFinal?.(~x) === true) return x;
    if (operation.isLeftNeutral?.(~x) === true) return y;
    if (y < 0) return ~operation.apply(~x, ~y);
  } else if (y < 0 && operation.isRightNeutral?.(~y) === true) return x;
  return WALK;
}

function split(walk: Walk, x: number, y: number): number {
  const { diagrams, number } = walk;
  const { nodes, memo } = diagrams;
  if (memo.has(number, x, y)) return memo.found;
  const { newStart, newChild } = nodes;
  const base = nodes.top;
  nodes.top = base + 256;
  let made = base;
  const pair = new Pair(diagrams, x, y);
  for (let start = 0; start < 256; start = pair.next()) {
    const result = combine(walk, pair.x, pair.y);
    if (made > base && newChild[made - 1] === result) continue;
    newStart[made] = start;
    newChild[made++] = result;
  }
  nodes.top = base;
  const result = nodes.make(pair.level, base, made - base);
  memo.store(number, x, y, result);
  return result;
}

function choose(diagrams: Diagrams, set: number, inside: number, outside: number): number {
  if (set === IN || inside === outside) return inside;
  if (set === OUT) return outside;
  const { nodes, memo } = diagrams;
  // numbers of operations are positive
  const number = ~set;
  if (memo.has(number, inside, outside)) return memo.found;
  const { newStart, newChild } = nodes;
  const base = nodes.top;
  nodes.top = base + 256;
  let made = base;
  const three = new Triple(diagrams, set, inside, outside);
  for (let start = 0; start < 256; start = three.next()) {
    const result = choose(diagrams, three.set, three.inside, three.outside);
    if (made > base && newChild[made - 1] === result) continue;
    newStart[made] = start;
    newChild[made++] = result;
  }
  nodes.top = base;
  const result = nodes.make(three.level, base, made - base);
  memo.store(number, inside, outside, result);
  return result;
}

function relabel(diagrams: Diagrams, number: number, change: LeafChange, of: number): number {
  if (of < 0) return ~change.apply(~of);
  const { nodes, memo } = diagrams;
  if (memo.has(number, of, 0)) return memo.found;
  const result = changeChildren(nodes, of, (child) => relabel(diagrams, number, change, child));
  memo.store(number, of, 0, result);
  return result;
}
