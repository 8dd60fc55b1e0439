import { type Family, ICMP, ICMP6 } from "../../../model/packet.ts";
import type { Field, FieldValues, PacketSet, PacketSets } from "../packet-sets.ts";
import { ofFamily, ofProtocol } from "../packets.ts";
import { whole } from "../rules/headers.ts";
import { headed, ported, replies } from "./meaning.ts";
import {
  type Area,
  areaOf,
  costOf,
  FIELD_NAMES,
  flagged,
  type Product,
  productSet,
  simplified,
} from "./product.ts";

/** Fields that are grown first: few rules part them. */
const FIRST: readonly Field[] = ["tos", "options", "sourcePort", "flags"];

/** Fields that are grown in every order, the protocol behind the ports. */
type Step = "destinationPort" | "protocol" | "source" | "destination";
const STEPS: readonly Step[] = ["destinationPort", "source", "destination", "protocol"];

const ADDRESSES: readonly Field[] = ["source", "destination"];

/** How far a product has grown: the other fields have the values of the seed. */
interface Grown {
  readonly parts: Partial<Readonly<Record<Field, PacketSet>>>;
  /**
   * Packets that must not be in the product, if the values of the grown fields are left open: some of
   * those that the product has are wrong.
   */
  readonly wrong: PacketSet;
}

/** Grows packets to products within a set that is {@link meaningful}. */
export class Growth {
  readonly #sets: PacketSets;
  readonly #within: PacketSet;
  readonly #outside: PacketSet;

  constructor(sets: PacketSets, within: PacketSet) {
    this.#sets = sets;
    this.#within = within;
    this.#outside = sets.not(within);
  }

  /**
   * The largest product that one of the orders of growing gives: it holds the seed, lies within the
   * set, and no list of it can take another value unless others lose some.
   *
   * @param counted - packets that count
   */
  grow(seed: FieldValues, counted: PacketSet): Area {
    const seeds = new SeedGrowth(this.#sets, this.#outside, seed);
    let best: Area | undefined;
    let most = -1n;
    const known = new Set<PacketSet>();
    for (const product of seeds.products()) {
      const area = areaOf(this.#sets, widened(this.#sets, product, this.#within));
      if (known.has(area.set)) continue;
      known.add(area.set);
      const count = this.#sets.count(this.#sets.and(area.set, counted));
      const isCheaper = best !== undefined && costOf(this.#sets, area) < costOf(this.#sets, best);
      if (count > most || (count === most && isCheaper)) {
        best = area;
        most = count;
      }
    }
    if (best === undefined) throw new RangeError("a seed outside of the set");
    return best;
  }
}

/** The product with replies, and of both families, if that lies within a set. */
export function widened(sets: PacketSets, product: Product, within: PacketSet): Product {
  const { parts } = product;
  const isAnywhere = parts.source === sets.all && parts.destination === sets.all;
  const families = isAnywhere ? { ...parts, family: sets.all } : parts;
  const wider = [
    { parts: families, replies: true },
    { parts: families, replies: product.replies },
    { parts, replies: true },
  ];
  const fitting = wider.find((it) => sets.implies(productSet(sets, it), within));
  return simplified(sets, fitting ?? product);
}

/** The products that one packet grows to. */
class SeedGrowth {
  readonly #sets: PacketSets;
  readonly #seed: FieldValues;
  readonly #family: PacketSet;
  readonly #isReply: boolean;
  /** Packets that show what the seed shows of its transport. */
  readonly #shown: PacketSet;
  /** Protocols whose ports mean the same as those of the seed. */
  readonly #alike: PacketSet;
  readonly #outside: PacketSet;

  constructor(sets: PacketSets, outside: PacketSet, seed: FieldValues) {
    this.#sets = sets;
    this.#seed = seed;
    const family: Family = seed.family === 0n ? "inet" : "inet6";
    this.#family = ofFamily(sets, family);
    this.#isReply = sets.has(replies(sets), seed);
    this.#shown = seed.fragment === 0n ? whole(sets) : headed(sets);
    const isIcmp = seed.protocol === BigInt(ICMP) || seed.protocol === BigInt(ICMP6);
    this.#alike = isIcmp ? ofProtocol(sets, Number(seed.protocol)) : ported(sets);
    const wrong = sets.and(outside, this.#family);
    this.#outside = this.#isReply ? wrong : sets.diff(wrong, replies(sets));
  }

  products(): readonly Product[] {
    let grown: Grown = { parts: { family: this.#family }, wrong: this.#outside };
    for (const field of FIRST) grown = this.#grow(grown, field);
    return this.#inAllOrders(grown, STEPS).map(({ parts }) => {
      return { parts: parts as Product["parts"], replies: this.#isReply };
    });
  }

  #inAllOrders(grown: Grown, steps: readonly Step[]): readonly Grown[] {
    if (steps.length === 0) return [grown];
    const next = steps.filter((it) => it !== "protocol" || !steps.includes("destinationPort"));
    return next.flatMap((step) => {
      const fragment = step === "protocol" ? this.#grow(grown, "fragment") : grown;
      const wider = this.#grow(fragment, step);
      return this.#inAllOrders(
        wider,
        steps.filter((it) => it !== step),
      );
    });
  }

  /** Gives a field every value that keeps the product within the set. */
  #grow({ parts, wrong }: Grown, field: Field): Grown {
    const sets = this.#sets;
    let beside = wrong;
    for (const other of FIELD_NAMES) {
      if (other === field || other === "family" || parts[other] !== undefined) continue;
      if (beside === sets.empty) break;
      beside = sets.fix(beside, other, this.#seed[other]);
    }
    const free = beside === sets.empty ? sets.all : this.#valuesBut(beside, field);
    const part = this.#clipped(parts, field, free);
    const left = part === sets.all ? wrong : sets.and(wrong, this.#met(field, part));
    return {
      parts: { ...parts, [field]: part },
      wrong: left === sets.empty ? left : sets.forget(left, [field]),
    };
  }

  /** Packets with other values of a field than those of a set. */
  #valuesBut(set: PacketSet, field: Field): PacketSet {
    const sets = this.#sets;
    if (ADDRESSES.includes(field)) return sets.diff(this.#family, set);
    return sets.not(sets.forget(set, ["family", ...ADDRESSES]));
  }

  /** Without the values that only packets have of which the product holds none. */
  #clipped(parts: Grown["parts"], field: Field, part: PacketSet): PacketSet {
    const sets = this.#sets;
    const isOpen = (it: Field): boolean => parts[it] === undefined || parts[it] === sets.all;
    const tests = !(isOpen("sourcePort") && isOpen("destinationPort"));
    if (field === "fragment") {
      if (!tests && isOpen("flags")) return part;
      if (this.#seed.fragment === 0n) return part === sets.all ? part : whole(sets);
      return sets.and(part, headed(sets));
    }
    if (field === "protocol" && tests) return sets.and(part, this.#alike);
    if (field !== "destinationPort" || this.#isReply) return part;
    // no type of replies: the product has none of them
    const point = sets.and(this.#family, ofProtocol(sets, Number(this.#seed.protocol)));
    const types = sets.and(sets.and(replies(sets), point), whole(sets));
    if (types === sets.empty || this.#seed.fragment !== 0n) return part;
    const others = FIELD_NAMES.filter((it) => it !== field && it !== "family");
    const values = sets.forget(sets.forget(types, others), ["family", ...ADDRESSES]);
    return sets.diff(part, values);
  }

  /** Packets that meet the test of a field; `part` is not everything. */
  #met(field: Field, part: PacketSet): PacketSet {
    const sets = this.#sets;
    if (field === "flags") return flagged(sets, part, this.#shown);
    if (field !== "sourcePort" && field !== "destinationPort") return part;
    return sets.and(sets.and(part, this.#shown), this.#alike);
  }
}
