import { DIGITS, HEADER_PLACES, packetDigits, readDigits, writeDigits } from "../digits.ts";
import {
  type Box,
  FIELDS,
  type Field,
  type FieldValues,
  type LabelField,
  type LabelValues,
  type PacketSet,
  type PacketSets,
} from "../packet-sets.ts";
import { boxesOf } from "./boxes.ts";
import { maskedDiagram, rangeDiagram } from "./build.ts";
import { AND, Combiner, DIFF, OR } from "./combine.ts";
import { countLeaves } from "./count.ts";
import { type Diagrams, IN, OUT } from "./diagrams.ts";
import { childAt } from "./digit-node.ts";
import { type Exchange, exchange, exchangeOf } from "./exchange.ts";
import { forgetFamily, type Joining } from "./families.ts";
import { forgetBits, writeBits } from "./project.ts";
import { Selections, wholeFields } from "./selections.ts";

/** Packet sets as diagrams with the leaves 0 and 1. */
export class IntervalPacketSets implements PacketSets {
  readonly empty: PacketSet = OUT as PacketSet;
  readonly all: PacketSet = IN as PacketSet;
  protected readonly diagrams: Diagrams;
  protected readonly combiner: Combiner;
  protected readonly selections: Selections;
  /** Union and intersection. */
  protected readonly sets: Joining;
  readonly #addresses: Exchange;
  readonly #ports: Exchange;
  readonly #labels: Exchange;

  constructor(diagrams: Diagrams) {
    this.diagrams = diagrams;
    this.combiner = new Combiner(diagrams);
    this.selections = new Selections(diagrams);
    this.sets = {
      name: "forget",
      join: (a, b) => this.combiner.sets(OR, a, b),
      within: (a, b) => this.combiner.sets(AND, a, b),
    };
    this.#addresses = exchangeOf(diagrams, "source", "destination");
    this.#ports = exchangeOf(diagrams, "sourcePort", "destinationPort");
    this.#labels = exchangeOf(diagrams, "origin", "creator");
  }

  get nodes(): number {
    return this.diagrams.nodes.nodes;
  }

  range(field: Field | LabelField, first: bigint, last: bigint): PacketSet {
    return this.make(() => rangeDiagram(this.diagrams.nodes, field, first, last));
  }

  masked(field: Field, value: bigint, mask: bigint): PacketSet {
    return this.make(() => maskedDiagram(this.diagrams.nodes, field, value, mask));
  }

  and(a: PacketSet, b: PacketSet): PacketSet {
    return this.make(() => this.combiner.sets(AND, a, b));
  }

  or(a: PacketSet, b: PacketSet): PacketSet {
    return this.make(() => this.combiner.sets(OR, a, b));
  }

  diff(a: PacketSet, b: PacketSet): PacketSet {
    return this.make(() => this.combiner.sets(DIFF, a, b));
  }

  not(a: PacketSet): PacketSet {
    return this.diff(this.all, a);
  }

  implies(a: PacketSet, b: PacketSet): boolean {
    return !this.combiner.escapes(a, b);
  }

  meets(a: PacketSet, b: PacketSet): boolean {
    return this.combiner.meets(a, b);
  }

  forget(a: PacketSet, fields: readonly (Field | LabelField)[]): PacketSet {
    const others = fields.filter((field) => field !== "family");
    return this.make(() => {
      const rest = this.forgetSet(a, wholeFields(others));
      if (others.length === fields.length) return rest;
      return forgetFamily(this.diagrams, this.selections, rest, others, this.sets);
    });
  }

  protected forgetSet(of: number, masks: Uint8Array): number {
    return forgetBits(this.diagrams, of, this.selections.of("forget", masks), this.sets.join);
  }

  blur(a: PacketSet, field: Field, mask: bigint): PacketSet {
    if (field === "family") return mask === 0n ? a : this.forget(a, [field]);
    const masks = new Uint8Array(DIGITS);
    writeDigits(masks, field, mask);
    return this.make(() => this.forgetSet(a, masks));
  }

  fix(a: PacketSet, field: Field, value: bigint): PacketSet {
    const mask = (1n << BigInt(FIELDS[field])) - 1n;
    return this.make(() => this.write(a, field, mask, value));
  }

  /** Pre-image of a write of some bits. */
  protected write(of: number, field: Field, mask: bigint, value: bigint): number {
    const masks = new Uint8Array(DIGITS);
    const values = new Uint8Array(DIGITS);
    writeDigits(masks, field, mask);
    writeDigits(values, field, value);
    return writeBits(this.diagrams, of, this.selections.of("write", masks, values), values);
  }

  swap(a: PacketSet): PacketSet {
    return this.make(() => {
      const turned = exchange(this.diagrams, a, this.#addresses, this.sets);
      return exchange(this.diagrams, turned, this.#ports, this.sets);
    });
  }

  swapAddresses(a: PacketSet): PacketSet {
    return this.make(() => exchange(this.diagrams, a, this.#addresses, this.sets));
  }

  swapLabels(a: PacketSet): PacketSet {
    return this.make(() => exchange(this.diagrams, a, this.#labels, this.sets));
  }

  count(a: PacketSet): bigint {
    const bare = this.forget(a, ["origin", "creator"]);
    return countLeaves(this.diagrams.nodes, bare, (leaf) => leaf === 1);
  }

  sample(a: PacketSet): FieldValues | undefined {
    const digits = this.#smallest(a);
    if (digits === undefined) return undefined;
    const values = {} as Record<Field, bigint>;
    for (const { field } of HEADER_PLACES) values[field] = readDigits(digits, field);
    return values;
  }

  labelsOf(a: PacketSet): LabelValues | undefined {
    const digits = this.#smallest(a);
    if (digits === undefined) return undefined;
    const [origin, creator] = [readDigits(digits, "origin"), readDigits(digits, "creator")];
    return { origin: Number(origin), creator: Number(creator) };
  }

  /** Digits of the smallest member. */
  #smallest(a: PacketSet): Uint8Array | undefined {
    if (a === this.empty) return undefined;
    const { level, first, start, child } = this.diagrams.nodes;
    const digits = new Uint8Array(DIGITS);
    let node: number = a;
    while (node >= 0) {
      let edge = first[node]!;
      if (child[edge] === OUT) edge++;
      digits[level[node]!] = start[edge]!;
      node = child[edge]!;
    }
    return digits;
  }

  has(a: PacketSet, packet: FieldValues): boolean {
    return this.leafAt(a, packet) === 1;
  }

  protected leafAt(of: number, packet: FieldValues): number {
    const { nodes } = this.diagrams;
    const digits = packetDigits(packet);
    let node = of;
    while (node >= 0) node = childAt(nodes, node, digits[nodes.level[node]!]!);
    return ~node;
  }

  boxes(
    a: PacketSet,
    limit: number,
  ): { readonly boxes: readonly Box[]; readonly complete: boolean } {
    return boxesOf(this.diagrams.nodes, this.forget(a, ["origin", "creator"]), limit);
  }

  /** Runs an operation; if it throws, what it has left unfinished is dropped. */
  protected make<Handle extends number>(run: () => number): Handle {
    const { nodes } = this.diagrams;
    const { top } = nodes;
    try {
      return run() as Handle;
    } finally {
      nodes.top = top;
    }
  }
}
