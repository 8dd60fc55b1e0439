import type { PacketFunction } from "../packet-functions.ts";
import type { Edit } from "./source-edits.ts";
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

/** An index of the source as it is now. */
interface Indexed {
  readonly index: SourceIndex;
}

/** A chunk that edits have made so many times as long as it should be: all are made anew. */
const UNEVEN = 4;

/**
 * Rulesets as trees of neighbouring rules: chunks of a few, pairs of chunks, pairs of those.
 *
 * What a change of one rule touches is the chunk of it and the nodes above.
 */
export class Grid {
  readonly #of: Indexed;
  readonly #chunk: number;
  readonly #starts: Map<string, Int32Array> = new Map();

  /** @param chunk - rules in a chunk; infinite: all are in one */
  constructor(of: Indexed, chunk: number) {
    this.#of = of;
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

  /**
   * The rules of a ruleset after an edit, and what was the same rules before stays in its chunk.
   *
   * @returns chunks that are other rules now
   */
  edit({ path, first, removed, added }: Edit): "all" | readonly number[] {
    const old = this.#starts.get(path);
    this.#starts.delete(path);
    const chunks = (old?.length ?? 1) - 1;
    if (old === undefined || chunks === 0) return "all";
    const last = first + removed;
    const moved = added - removed;
    const starts = old.slice();
    const found: number[] = [];
    for (let chunk = 0; chunk <= chunks; chunk++) {
      const start = old[chunk] ?? 0;
      if (chunk === chunks || start >= Math.max(last, first + 1)) starts[chunk] = start + moved;
      else if (start > first) starts[chunk] = first + Math.min(start - first, added);
      const before = starts[chunk - 1] ?? 0;
      if (chunk > 0 && before <= first + added && (starts[chunk] ?? 0) >= first) {
        found.push(chunk - 1);
      }
    }
    if (this.#isUneven(starts)) return "all";
    this.#starts.set(path, starts);
    return found;
  }

  #isUneven(starts: Int32Array): boolean {
    for (let chunk = 1; chunk < starts.length; chunk++) {
      if ((starts[chunk] ?? 0) - (starts[chunk - 1] ?? 0) > UNEVEN * this.#chunk) return true;
    }
    return false;
  }

  /** The chunk of a rule. */
  chunkOf(path: string, position: number): number {
    const starts = this.#startsOf(path);
    let low = 0;
    let high = starts.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Where chunks begin, and where the last one ends. */
  #startsOf(path: string): Int32Array {
    let starts = this.#starts.get(path);
    if (starts === undefined) {
      const { length } = this.#of.index.rulesOf(path);
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
  readonly path: string;
  readonly #nodes: Map<number, Neighbours> = new Map();
  readonly #parts: Map<number, Map<string, Neighbours>> = new Map();

  constructor(path: string) {
    this.path = path;
  }

  /** Parts of a chunk, and the chunk as places other than the nameless one have it. */
  partsOf(chunk: number): Map<string, Neighbours> {
    let parts = this.#parts.get(chunk);
    if (parts === undefined) {
      parts = new Map();
      this.#parts.set(chunk, parts);
    }
    return parts;
  }

  /** Chunks that are other rules now, and what is above them. */
  forget(chunks: Iterable<number>, levels: number): void {
    for (const chunk of chunks) {
      this.#parts.delete(chunk);
      for (let level = 0; level <= levels; level++) {
        this.#nodes.delete(numberOf({ level, index: Math.floor(chunk / 2 ** level) }));
      }
    }
  }

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
