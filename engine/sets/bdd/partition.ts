import type { LeafOperation, PacketFunction } from "../packet-functions.ts";
import type { Bdd } from "./bdd.ts";
import { combine, union } from "./combine.ts";
import { OPERATION } from "./memo.ts";
import { ALL, EMPTY } from "./node-table.ts";

const { and, diff } = OPERATION;

/** Packets that share a leaf; `set` is a diagram. */
export interface Part {
  readonly leaf: number;
  readonly set: number;
}

/**
 * Some packets by leaf: no part is empty, no packet is in two, no leaf in two; ascending leaves.
 *
 * A partition that covers all packets is a function; {@link PartitionTable} holds those.
 */
export type Partition = readonly Part[];

/** Functions, each stored once; their handles are negative, and so never those of sets. */
export class PartitionTable {
  readonly #handles = new Map<string, number>();
  readonly #partitions: Partition[] = [];

  /** The one handle of a partition that covers all packets. */
  handleOf(partition: Partition): PacketFunction {
    const key = partition.map(({ leaf, set }) => `${leaf} ${set}`).join();
    let handle = this.#handles.get(key);
    if (handle === undefined) {
      handle = ~this.#partitions.length;
      this.#partitions.push(partition);
      this.#handles.set(key, handle);
    }
    return handle as PacketFunction;
  }

  /** @throws RangeError if the handle is not of this table */
  partitionOf(handle: number): Partition {
    const found = this.#partitions[~handle];
    if (found === undefined) throw new RangeError(`no such function: ${handle}`);
    return found;
  }
}

/** The partition of disjoint pieces, which may be empty and have leaves in common. */
export function gather(bdd: Bdd, pieces: readonly Part[]): Partition {
  const setsOf = new Map<number, number[]>();
  for (const { leaf, set } of pieces) {
    if (set === EMPTY) continue;
    const sets = setsOf.get(leaf);
    if (sets === undefined) setsOf.set(leaf, [set]);
    else sets.push(set);
  }
  return [...setsOf]
    .sort(([leaf], [other]) => leaf - other)
    .map(([leaf, sets]) => ({ leaf, set: union(bdd, sets) }));
}

export function covered(bdd: Bdd, partition: Partition): number {
  return union(
    bdd,
    partition.map(({ set }) => set),
  );
}

/** Packets of `above` have its leaf, the others that of `below`. */
export function overlay(bdd: Bdd, above: Partition, below: Partition): Partition {
  const hidden = covered(bdd, above);
  const seen = below.map(({ leaf, set }) => ({ leaf, set: combine(bdd, diff, set, hidden) }));
  return gather(bdd, [...above, ...seen]);
}

/** The packets of both, with the leaves that `operation` makes; asked only of leaves that meet. */
export function combineLeaves(
  bdd: Bdd,
  operation: LeafOperation,
  left: Partition,
  right: Partition,
): Partition {
  const pieces: Part[] = [];
  for (const one of left) {
    for (const other of right) {
      const set = combine(bdd, and, one.set, other.set);
      if (set !== EMPTY) pieces.push({ leaf: operation.apply(one.leaf, other.leaf), set });
    }
  }
  return gather(bdd, pieces);
}

/**
 * Every packet with the join of the leaves of all `layers` that hold it, or else with `none`.
 *
 * @param layers - sets that may overlap, one leaf each
 */
export function joinLayers(
  bdd: Bdd,
  join: LeafOperation,
  layers: readonly Part[],
  none: number,
): Partition {
  let joined: Partition = [];
  for (const layer of layers) {
    const fresh = combine(bdd, diff, layer.set, covered(bdd, joined));
    const untouched = joined.map(({ leaf, set }) => {
      return { leaf, set: combine(bdd, diff, set, layer.set) };
    });
    const met = combineLeaves(bdd, join, joined, [layer]);
    joined = gather(bdd, [...met, ...untouched, { leaf: layer.leaf, set: fresh }]);
  }
  const rest = combine(bdd, diff, ALL, covered(bdd, joined));
  return gather(bdd, [...joined, { leaf: none, set: rest }]);
}

/** `inside` for packets of the set, `outside` for others. */
export function chooseBetween(
  bdd: Bdd,
  set: number,
  inside: Partition,
  outside: Partition,
): Partition {
  const within = inside.map((part) => ({ ...part, set: combine(bdd, and, part.set, set) }));
  const without = outside.map((part) => ({ ...part, set: combine(bdd, diff, part.set, set) }));
  return gather(bdd, [...within, ...without]);
}
