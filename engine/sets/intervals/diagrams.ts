import type { LeafChange, LeafOperation } from "../packet-functions.ts";
import { Memo } from "./memo.ts";
import { NodeTable } from "./node-table.ts";

export interface DiagramOptions {
  /** Nodes that may exist at once. */
  readonly budget?: number;
  /** Called often while nodes are made; may throw to stop. */
  readonly poll?: () => void;
}

/** Handles of the leaves of sets: packets that are not in it, and those that are. */
export const OUT = -1;
export const IN = -2;

const DEFAULT_BUDGET = 64_000_000;

/** Nodes with what is remembered of operations on them. */
export class Diagrams {
  readonly nodes: NodeTable;
  readonly memo: Memo = new Memo();
  readonly #numbers: WeakMap<LeafOperation | LeafChange, number> = new WeakMap();

  constructor({ budget = DEFAULT_BUDGET, poll = () => {} }: DiagramOptions) {
    this.nodes = new NodeTable(budget, poll);
  }

  /** The number of an operation in {@link memo}; the same object has the same. */
  numberOf(operation: LeafOperation | LeafChange): number {
    let number = this.#numbers.get(operation);
    if (number === undefined) {
      number = this.memo.newOperation();
      this.#numbers.set(operation, number);
    }
    return number;
  }
}
