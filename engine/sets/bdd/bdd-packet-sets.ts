import type {
  Box,
  Field,
  FieldValues,
  LabelField,
  LabelValues,
  PacketSet,
  PacketSets,
} from "../packet-sets.ts";
import { type Bdd, type BddOptions, makeBdd } from "./bdd.ts";
import { boxesOf } from "./boxes.ts";
import { combine, some } from "./combine.ts";
import { countPackets } from "./count.ts";
import { placeOf } from "./levels.ts";
import { isMember, smallestLabels, smallestMember } from "./members.ts";
import { OPERATION } from "./memo.ts";
import { ALL, EMPTY } from "./node-table.ts";
import { fixLevels, forgetFamily, forgetLevels } from "./project.ts";
import { maskedDiagram, rangeDiagram } from "./range.ts";
import { selectBits, selectFields } from "./selection.ts";
import { exchange } from "./swap.ts";

/**
 * Packet sets as reduced ordered binary decision diagrams: one level a header bit.
 *
 * The second opinion beside the interval nodes: as plain as can be. Results depend on the calls
 * alone, not on the size of the memo. Sets are never freed; drop the whole when the question is
 * answered.
 *
 * Inet halves never test the 96 unused address bits, with one exception: `fix` writes a field as if
 * it stood alone. After a write to `family`, or of an inet6 address, an inet half means something
 * only when the other writes of the same translation have been fixed too, in any order.
 *
 * @throws RangeError from every operation whose value does not fit its field
 */
export function bddPacketSets(options: BddOptions = {}): PacketSets {
  return new BddPacketSets(makeBdd(options));
}

/** The sets of {@link bddPacketSets}, for classes that add to them. */
export class BddPacketSets implements PacketSets {
  readonly empty: PacketSet = handle(EMPTY);
  readonly all: PacketSet = handle(ALL);
  protected readonly bdd: Bdd;

  constructor(bdd: Bdd) {
    this.bdd = bdd;
  }

  get nodes(): number {
    return this.bdd.nodes.made;
  }

  range(field: Field | LabelField, first: bigint, last: bigint): PacketSet {
    return handle(rangeDiagram(this.bdd, placeOf(field), first, last));
  }

  masked(field: Field, value: bigint, mask: bigint): PacketSet {
    return handle(maskedDiagram(this.bdd, placeOf(field), value, mask));
  }

  and(a: PacketSet, b: PacketSet): PacketSet {
    return handle(combine(this.bdd, OPERATION.and, a, b));
  }

  or(a: PacketSet, b: PacketSet): PacketSet {
    return handle(combine(this.bdd, OPERATION.or, a, b));
  }

  diff(a: PacketSet, b: PacketSet): PacketSet {
    return handle(combine(this.bdd, OPERATION.diff, a, b));
  }

  not(a: PacketSet): PacketSet {
    return handle(combine(this.bdd, OPERATION.diff, ALL, a));
  }

  implies(a: PacketSet, b: PacketSet): boolean {
    return !some(this.bdd, OPERATION.escapes, a, b);
  }

  meets(a: PacketSet, b: PacketSet): boolean {
    return some(this.bdd, OPERATION.meets, a, b);
  }

  forget(a: PacketSet, fields: readonly (Field | LabelField)[]): PacketSet {
    const others = fields.filter((field) => field !== "family");
    const selection = selectFields(this.bdd, others.map(placeOf));
    const rest = forgetLevels(this.bdd, a, selection);
    return handle(others.length < fields.length ? forgetFamily(this.bdd, rest, selection) : rest);
  }

  blur(a: PacketSet, field: Field, mask: bigint): PacketSet {
    if (field === "family") return mask === 0n ? a : this.forget(a, [field]);
    return handle(forgetLevels(this.bdd, a, selectBits(this.bdd, placeOf(field), mask, mask)));
  }

  fix(a: PacketSet, field: Field, value: bigint): PacketSet {
    const place = placeOf(field);
    const all = (1n << BigInt(place.width)) - 1n;
    return handle(fixLevels(this.bdd, a, selectBits(this.bdd, place, value, all)));
  }

  swap(a: PacketSet): PacketSet {
    return handle(exchange(this.bdd, OPERATION.swap, a));
  }

  swapAddresses(a: PacketSet): PacketSet {
    return handle(exchange(this.bdd, OPERATION.swapAddresses, a));
  }

  swapLabels(a: PacketSet): PacketSet {
    return handle(exchange(this.bdd, OPERATION.swapLabels, a));
  }

  count(a: PacketSet): bigint {
    return countPackets(this.bdd, a);
  }

  sample(a: PacketSet): FieldValues | undefined {
    return smallestMember(this.bdd, a);
  }

  labelsOf(a: PacketSet): LabelValues | undefined {
    return smallestLabels(this.bdd, a);
  }

  has(a: PacketSet, packet: FieldValues): boolean {
    return isMember(this.bdd, a, packet);
  }

  boxes(
    a: PacketSet,
    limit: number,
  ): { readonly boxes: readonly Box[]; readonly complete: boolean } {
    return boxesOf(this.bdd, this.forget(a, ["origin", "creator"]), limit);
  }
}

function handle(node: number): PacketSet {
  return node as PacketSet;
}
