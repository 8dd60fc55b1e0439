import type { PackedEntries } from "../../../model/pf-rule.ts";
import type { Cubes } from "../cubes.ts";
import {
  type FieldChange,
  LARGEST_LEAF,
  type LeafChange,
  type LeafOperation,
  type PacketFunction,
  type PacketFunctions,
} from "../packet-functions.ts";
import type { Field, FieldValues, PacketSet } from "../packet-sets.ts";
import { type BddOptions, makeBdd } from "./bdd.ts";
import { BddPacketSets } from "./bdd-packet-sets.ts";
import { union } from "./combine.ts";
import { placeOf } from "./levels.ts";
import { isMember } from "./members.ts";
import { ALL } from "./node-table.ts";
import { paintBoxes } from "./paint.ts";
import {
  chooseBetween,
  combineLeaves,
  gather,
  joinLayers,
  type Partition,
  PartitionTable,
} from "./partition.ts";
import { prefixDiagram } from "./prefixes.ts";
import { sizeOf } from "./size.ts";
import { image, preImage } from "./write.ts";

/**
 * Packet functions as one binary decision diagram a leaf; sets as in {@link bddPacketSets}.
 *
 * The second opinion beside the interval diagrams: every operation is said in operations on sets. It
 * takes no shortcut of a {@link LeafOperation}, asks operations only about leaves that some packet
 * has, and remembers none of their results.
 *
 * `before` writes a field as `fix` does: after a write to the family, an inet half means something
 * only when the addresses are written too.
 *
 * @throws RangeError from every operation whose value, table or leaf does not fit
 */
export function bddPacketFunctions(options: BddOptions = {}): PacketFunctions {
  return new BddPacketFunctions(makeBdd(options));
}

class BddPacketFunctions extends BddPacketSets implements PacketFunctions {
  readonly #functions: PartitionTable = new PartitionTable();

  always(leaf: number): PacketFunction {
    return this.#handle([{ leaf, set: ALL }]);
  }

  choose(set: PacketSet, inside: PacketFunction, outside: PacketFunction): PacketFunction {
    return this.#handle(chooseBetween(this.bdd, set, this.#parts(inside), this.#parts(outside)));
  }

  paint(below: PacketFunction, cubes: Cubes, order?: Int32Array): PacketFunction {
    const boxes = order ?? Int32Array.from({ length: cubes.count }, (_, index) => index);
    return this.#handle(paintBoxes(this.bdd, this.#parts(below), cubes, boxes));
  }

  combine(operation: LeafOperation, left: PacketFunction, right: PacketFunction): PacketFunction {
    const parts = combineLeaves(this.bdd, operation, this.#parts(left), this.#parts(right));
    return this.#handle(parts);
  }

  relabel(change: LeafChange, of: PacketFunction): PacketFunction {
    const pieces = this.#parts(of).map(({ leaf, set }) => ({ leaf: change.apply(leaf), set }));
    return this.#handle(gather(this.bdd, pieces));
  }

  where(of: PacketFunction, holds: (leaf: number) => boolean): PacketSet {
    const held = this.#parts(of).filter(({ leaf }) => holds(leaf));
    return union(
      this.bdd,
      held.map(({ set }) => set),
    ) as PacketSet;
  }

  at(of: PacketFunction, packet: FieldValues): number {
    const found = this.#parts(of).find(({ set }) => isMember(this.bdd, set, packet));
    if (found === undefined) throw new RangeError("a function without a leaf for some packet");
    return found.leaf;
  }

  leaves(of: PacketFunction): readonly number[] {
    return this.#parts(of).map(({ leaf }) => leaf);
  }

  before(of: PacketFunction, change: FieldChange): PacketFunction {
    const pieces = this.#parts(of).map(({ leaf, set }) => {
      return { leaf, set: preImage(this.bdd, set, change) };
    });
    return this.#handle(gather(this.bdd, pieces));
  }

  after(set: PacketSet, change: FieldChange): PacketSet {
    return image(this.bdd, set, change) as PacketSet;
  }

  among(
    of: PacketFunction,
    fields: readonly Field[],
    values: PacketSet,
    join: LeafOperation,
    none: number,
  ): PacketFunction {
    const layers = this.#parts(of).map(({ leaf, set }) => {
      return { leaf, set: this.forget(this.and(set as PacketSet, values), fields) };
    });
    return this.#handle(joinLayers(this.bdd, join, layers, none));
  }

  tableSet(field: "source" | "destination", entries: PackedEntries): PacketSet {
    return prefixDiagram(this.bdd, placeOf(field), entries) as PacketSet;
  }

  size(of: PacketSet | PacketFunction): number {
    const roots = of < 0 ? this.#parts(of).map(({ set }) => set) : [of];
    return sizeOf(this.bdd, roots);
  }

  #parts(of: number): Partition {
    return this.#functions.partitionOf(of);
  }

  /** @throws RangeError if a leaf is none */
  #handle(partition: Partition): PacketFunction {
    const wrong = partition.find(({ leaf }) => {
      return !Number.isInteger(leaf) || leaf < 0 || leaf > LARGEST_LEAF;
    });
    if (wrong !== undefined) throw new RangeError(`no leaf: ${wrong.leaf}`);
    return this.#functions.handleOf(partition);
  }
}
