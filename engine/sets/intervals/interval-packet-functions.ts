import type { PackedEntries } from "../../../model/pf-rule.ts";
import type { Cubes } from "../cubes.ts";
import { DIGITS, digitsOf, writeDigits } from "../digits.ts";
import {
  type FieldChange,
  LARGEST_LEAF,
  type LeafChange,
  type LeafOperation,
  type PacketFunction,
  type PacketFunctions,
} from "../packet-functions.ts";
import type { Field, FieldValues, PacketSet } from "../packet-sets.ts";
import { writtenDiagram } from "./build.ts";
import { type DiagramOptions, Diagrams } from "./diagrams.ts";
import { forgetFamily, type Joining, writeFamily } from "./families.ts";
import { IntervalPacketSets } from "./interval-packet-sets.ts";
import { afterMap, beforeMap, type Mapping, rowsOf } from "./map.ts";
import { Painter } from "./paint.ts";
import { partFamilies } from "./part-families.ts";
import { prefixSet } from "./prefix-set.ts";
import { forgetBits } from "./project.ts";
import { wholeFields } from "./selections.ts";

/** Edges made by painting before those that were left on the way are let go of. */
const FIRST_SWEEP = 1 << 20;
/** They are let go of again when there are so many times as many. */
const GARBAGE = 2;
/** Edges that are not worth a sweep at the end. */
const LEAST_SWEEP = 1 << 14;

/**
 * Packet sets and functions as reduced ordered decision diagrams whose nodes part the values of
 * eight header bits into ranges. The product's own.
 *
 * Results depend on the calls alone. Nodes are never freed, but for those that `paint` leaves on its
 * way. Inet halves never test the 96 unused address bits, as long as nobody writes them: see
 * `bddPacketSets`.
 *
 * @throws RangeError from every operation whose value does not fit its field
 */
export function intervalPacketFunctions(options: DiagramOptions = {}): PacketFunctions {
  return new IntervalPacketFunctions(new Diagrams(options));
}

class IntervalPacketFunctions extends IntervalPacketSets implements PacketFunctions {
  #painter: Painter | undefined;
  readonly #joinings: WeakMap<LeafOperation, Joining> = new WeakMap();
  readonly #mappings: WeakMap<Uint16Array, Map<string, Mapping>> = new WeakMap();

  always(leaf: number): PacketFunction {
    if (!Number.isInteger(leaf) || leaf < 0 || leaf > LARGEST_LEAF) {
      throw new RangeError(`no leaf: ${leaf}`);
    }
    return ~leaf as PacketFunction;
  }

  choose(set: PacketSet, inside: PacketFunction, outside: PacketFunction): PacketFunction {
    if (set === this.all || inside === outside) return inside;
    if (set === this.empty) return outside;
    return this.make(() => this.combiner.choose(set, inside, outside));
  }

  paint(below: PacketFunction, cubes: Cubes, order?: Int32Array): PacketFunction {
    const { nodes } = this.diagrams;
    const parted = partFamilies(cubes, order);
    const count = parted.order?.length ?? parted.cubes.count;
    this.#painter ??= new Painter(nodes);
    const painter = this.#painter;
    return this.make(() => {
      const begin = nodes.nodes;
      const edges = nodes.edges;
      const result = Int32Array.of(below);
      let sweep = edges + FIRST_SWEEP;
      for (let from = 0; from < count; from += Painter.block) {
        const to = Math.min(count, from + Painter.block);
        result[0] = painter.paint(result[0]!, parted.cubes, parted.order, from, to);
        if (nodes.edges < sweep && to < count) continue;
        // nothing else was made since: older diagrams do not reach what is swept
        if (nodes.edges > edges + LEAST_SWEEP) nodes.compact(begin, result);
        sweep = edges + Math.max(FIRST_SWEEP, GARBAGE * (nodes.edges - edges));
      }
      return result[0]!;
    });
  }

  combine(operation: LeafOperation, left: PacketFunction, right: PacketFunction): PacketFunction {
    return this.make(() => this.combiner.leaves(operation, left, right));
  }

  relabel(change: LeafChange, of: PacketFunction): PacketFunction {
    return this.make(() => this.combiner.relabel(change, of));
  }

  where(of: PacketFunction, holds: (leaf: number) => boolean): PacketSet {
    return this.make(() => this.combiner.relabel({ apply: (leaf) => (holds(leaf) ? 1 : 0) }, of));
  }

  at(of: PacketFunction, packet: FieldValues): number {
    return this.leafAt(of, packet);
  }

  leaves(of: PacketFunction): readonly number[] {
    const found = new Set<number>();
    this.#visit(of, (leaf) => found.add(leaf));
    return [...found].toSorted((a, b) => a - b);
  }

  before(of: PacketFunction, change: FieldChange): PacketFunction {
    return this.make(() => {
      if (change.kind === "map") {
        return beforeMap(this.diagrams, of, this.#mapping("before", change));
      }
      return this.write(of, change.field, change.mask, change.value);
    });
  }

  after(set: PacketSet, change: FieldChange): PacketSet {
    if (change.kind === "map") {
      const mapping = this.#mapping("after", change);
      return this.make(() => afterMap(this.diagrams, set, mapping, this.sets.join));
    }
    const { field, mask, value } = change;
    const masks = new Uint8Array(DIGITS);
    writeDigits(masks, field, mask);
    const written = this.make(() => writtenDiagram(this.diagrams.nodes, field, value, mask));
    if (field === "family") {
      if (mask === 0n) return set;
      return this.make(() => writeFamily(this.diagrams, this.selections, set, value, this.sets));
    }
    return this.make(() => this.sets.within(this.forgetSet(set, masks), written));
  }

  among(
    of: PacketFunction,
    fields: readonly Field[],
    values: PacketSet,
    join: LeafOperation,
    none: number,
  ): PacketFunction {
    const others = fields.filter((field) => field !== "family");
    const joining = this.#joiningOf(join);
    return this.make(() => {
      const { diagrams, selections } = this;
      const lifted = this.combiner.leaves(LIFT, values, of);
      const selection = selections.of(joining.name, wholeFields(others));
      const rest = forgetBits(diagrams, lifted, selection, joining.join);
      const joined =
        others.length === fields.length
          ? rest
          : forgetFamily(diagrams, selections, rest, others, joining);
      return this.combiner.leaves(FILL, joined, this.always(none));
    });
  }

  /** A join of leaves that are one up, 0 being neutral. */
  #joiningOf(join: LeafOperation): Joining {
    const known = this.#joinings.get(join);
    if (known !== undefined) return known;
    const lifted: LeafOperation = {
      apply: (a, b) => (a === 0 ? b : b === 0 ? a : join.apply(a - 1, b - 1) + 1),
      isLeftNeutral: (a) => a === 0,
      isRightNeutral: (b) => b === 0,
    };
    const made: Joining = {
      name: `among ${this.diagrams.numberOf(lifted)}`,
      join: (a, b) => (a === b ? a : this.combiner.leaves(lifted, a, b)),
      within: (set, of) => this.combiner.leaves(WITHIN, set, of),
    };
    this.#joinings.set(join, made);
    return made;
  }

  tableSet(field: "source" | "destination", entries: PackedEntries): PacketSet {
    return this.make(() => prefixSet(this.diagrams.nodes, field, entries));
  }

  size(of: PacketSet | PacketFunction): number {
    return this.#visit(of, () => {});
  }

  /** Tells of every leaf; returns the number of nodes, leaves included. */
  #visit(root: number, leaf: (leaf: number) => void): number {
    const { first, child } = this.diagrams.nodes;
    const seen = new Set<number>();
    const left = [root];
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (node < 0) leaf(~node);
      else for (let edge = first[node]!; edge < first[node + 1]!; edge++) left.push(child[edge]!);
    }
    return seen.size;
  }

  #mapping(name: string, { field, table }: FieldChange & { readonly kind: "map" }): Mapping {
    const known = this.#mappings.get(table) ?? new Map<string, Mapping>();
    this.#mappings.set(table, known);
    const key = `${name} ${field}`;
    let mapping = known.get(key);
    if (mapping === undefined) {
      const { first, length } = digitsOf(field);
      if (length !== 2 || table.length !== 65536) throw new RangeError(`${field} has no table`);
      const number = this.diagrams.memo.newOperation();
      mapping = { number, digit: first, table, rows: rowsOf(table) };
      known.set(key, mapping);
    }
    return mapping;
  }
}

/** The right leaf, one up, for members; 0 for others. */
const LIFT: LeafOperation = {
  apply: (member, leaf) => (member === 1 ? leaf + 1 : 0),
  isLeftFinal: (member) => member === 0,
};

/** Undoes {@link LIFT}; where nothing was kept, the right leaf. */
const FILL: LeafOperation = {
  apply: (kept, leaf) => (kept === 0 ? leaf : kept - 1),
  isLeftNeutral: (kept) => kept === 0,
};

/** The right leaf for members; 0 for others. */
const WITHIN: LeafOperation = {
  apply: (member, leaf) => (member === 1 ? leaf : 0),
  isLeftFinal: (member) => member === 0,
  isLeftNeutral: (member) => member === 1,
};
