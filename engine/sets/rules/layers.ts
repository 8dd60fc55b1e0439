import type { PacketFunction } from "../packet-functions.ts";
import type { SourceIndex } from "./source-index.ts";

/** A pair of neighbours, or a chunk at level 0: its number among those of its level. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** Positions of rules: from `first` on, before `end`. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/**
 * Rulesets as trees of neighbouring rules: chunks of a few, pairs of chunks, pairs of those.
 *
 * What a change of one rule touches is the chunk of it and the nodes above.
 */
export class Grid {
  readonly #index: SourceIndex;
  readonly #chunk: number;
  readonly #starts: Map<string, Int32Array> = new Map();

  /** @param chunk - rules in a chunk; infinite: all are in one */
  constructor(index: SourceIndex, chunk: number) {
    this.#index = index;
    this.#chunk = chunk;
  }

  get isOneChunk(): boolean {
    return this.#chunk === Number.POSITIVE_INFINITY;
  }

  /** The node that holds all rules of a ruleset. */
  top(path: string): TreeNode {
    const chunks = this.#startsOf(path).length - 1;
    return { level: Math.ceil(Math.log2(Math.max(1, chunks))), index: 0 };
  }

  /** Positions that a node stands for; none: first and end are the same. */
  spanOf(path: string, { level, index }: TreeNode): Span {
    const starts = this.#startsOf(path);
    const chunks = starts.length - 1;
    const at = (chunk: number): number => starts[Math.min(chunk, chunks)] ?? 0;
    return { first: at(index * 2 ** level), end: at((index + 1) * 2 ** level) };
  }

  /** Where chunks begin, and where the last one ends. */
  #startsOf(path: string): Int32Array {
    let starts = this.#starts.get(path);
    if (starts === undefined) {
      const { length } = this.#index.rulesOf(path);
      const chunk = Math.min(this.#chunk, Math.max(1, length));
      const chunks = Math.ceil(length / chunk);
      starts = Int32Array.from({ length: chunks + 1 }, (_, at) => Math.min(length, at * chunk));
      this.#starts.set(path, starts);
    }
    return starts;
  }
}

/**
 * Steps of neighbouring rules: those of {@link quick}, and where it has none those of {@link rest}.
 *
 * Kept apart, quick rules meet quick ones and others meet others as long as may be: what a diagram
 * says of both multiplies.
 */
export interface Neighbours {
  /** Steps that have ended, or that nothing matched. */
  readonly quick: PacketFunction;
  readonly rest: PacketFunction;
  /** {@link rest} only decides: a quick rule behind it wins whatever it says. */
  readonly isCalm: boolean;
}

/** What is known of the rules of one ruleset in one state. */
export class Layer {
  readonly #nodes: Map<number, Neighbours> = new Map();
  /** Parts of chunks, and chunks as places other than the nameless one have them. */
  readonly parts: Map<string, Neighbours> = new Map();

  get(node: TreeNode): Neighbours | undefined {
    return this.#nodes.get(numberOf(node));
  }

  set(node: TreeNode, to: Neighbours): void {
    this.#nodes.set(numberOf(node), to);
  }
}

/** More levels than any tree has. */
const LEVELS = 64;

function numberOf({ level, index }: TreeNode): number {
  return index * LEVELS + level;
}
