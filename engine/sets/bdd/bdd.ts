import { Memo } from "./memo.ts";
import { NodeTable } from "./node-table.ts";

/** Nodes and memoised results that belong together. */
export interface Bdd {
  readonly nodes: NodeTable;
  readonly memo: Memo;
}

/** Nodes that a memo key can name: 28 bits, the sign kept free. */
const MOST_NODES = 2 ** 27;
const DEFAULT_BUDGET = 8_000_000;
const DEFAULT_MEMO = 2 ** 22;

export interface BddOptions {
  /** Nodes that may be made; 8 million unless told, 134 million at most. */
  readonly budget?: number;
  /** Called every 4096 new nodes and every 65536 new results; may throw. */
  readonly poll?: () => void;
  /** Memoised results kept at most, a power of two; 2²² unless told, and at most. Never changes a result. */
  readonly memo?: number;
}

export function makeBdd(options: BddOptions): Bdd {
  const { budget = DEFAULT_BUDGET, poll = nothing, memo = DEFAULT_MEMO } = options;
  if (!(budget >= 0 && budget <= MOST_NODES)) throw new RangeError(`budget: ${budget}`);
  if (!(memo > 0 && memo <= DEFAULT_MEMO && (memo & (memo - 1)) === 0)) {
    throw new RangeError(`memo: ${memo}`);
  }
  return { nodes: new NodeTable(Math.floor(budget), poll), memo: new Memo(memo, poll) };
}

function nothing(): void {}
