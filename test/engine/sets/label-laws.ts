import fc from "fast-check";
import { expect, it } from "vitest";
import {
  FIELDS,
  type Field,
  type LabelValues,
  type PacketSet,
  type PacketSets,
} from "../../../engine/sets/packet-sets.ts";
import { build, type Expression } from "./set-expressions.ts";

/** Values at the borders of a digit, and some in the middle. */
const VALUES = [0, 1, 255, 256, 40_000, 65_535] as const;

interface Part {
  readonly labels: LabelValues;
  readonly headers: Expression;
}

/** What holds of sets whose packets have labels: it is as if there were a set for each label. */
export function labelLaws(make: () => PacketSets, headers: fc.Arbitrary<Expression>): void {
  const labels = fc.record({
    origin: fc.constantFrom(...VALUES),
    creator: fc.constantFrom(...VALUES),
  });
  const parts = fc.array(fc.record({ labels, headers }), { maxLength: 4 });
  const forParts = (law: (sets: PacketSets, set: PacketSet, plain: Plain) => void): void => {
    fc.assert(
      fc.property(parts, (drawn) => {
        const sets = make();
        const plain = new Plain(sets, drawn);
        law(sets, plain.set, plain);
      }),
      { numRuns: 300 },
    );
  };

  it("has under each label the packets that it was given", () => {
    forParts((sets, set, plain) => {
      expect(sets.forget(set, ["origin", "creator"])).toBe(plain.all());
      for (const one of plain.labels) expect(slice(sets, set, one)).toBe(plain.at(one));
    });
  });

  it("exchanges labels, and back", () => {
    forParts((sets, set, plain) => {
      const turned = sets.swapLabels(set);
      for (const { origin, creator } of plain.labels) {
        const back = { origin: creator, creator: origin };
        expect(slice(sets, turned, back)).toBe(plain.at({ origin, creator }));
      }
      expect(sets.swapLabels(turned)).toBe(set);
    });
  });

  it("exchanges source and destination under each label", () => {
    forParts((sets, set, plain) => {
      for (const swap of ["swap", "swapAddresses"] as const) {
        const turned = sets[swap](set);
        for (const one of plain.labels) {
          expect(slice(sets, turned, one)).toBe(sets[swap](plain.at(one)));
        }
        expect(sets[swap](turned)).toBe(set);
      }
    });
  });

  it("forgets headers under each label", () => {
    forParts((sets, set, plain) => {
      const told = sets.forget(set, Object.keys(FIELDS) as Field[]);
      for (const one of plain.labels) {
        expect(sets.meets(told, labelled(sets, one))).toBe(plain.at(one) !== sets.empty);
      }
      expect(sets.implies(set, told)).toBe(true);
    });
  });

  it("counts, draws and samples packets whatever their labels", () => {
    forParts((sets, set, plain) => {
      const bare = plain.all();
      expect(sets.count(set)).toBe(sets.count(bare));
      expect(sets.boxes(set, 50)).toEqual(sets.boxes(bare, 50));
      const [packet, labels] = [sets.sample(set), sets.labelsOf(set)];
      expect(packet === undefined).toBe(set === sets.empty);
      if (packet === undefined || labels === undefined) return;
      expect(sets.has(slice(sets, set, labels), packet)).toBe(true);
    });
  });
}

/** Sets by label, and the one set that they make. */
class Plain {
  readonly set: PacketSet;
  readonly labels: readonly LabelValues[];
  readonly #sets: PacketSets;
  readonly #parts: readonly (readonly [labels: LabelValues, headers: PacketSet])[];

  constructor(sets: PacketSets, parts: readonly Part[]) {
    this.#sets = sets;
    this.#parts = parts.map((part) => [part.labels, build(sets, part.headers, sets.all)]);
    this.labels = parts.map((part) => part.labels);
    this.set = this.#parts.reduce((all, [labels, headers]) => {
      return sets.or(all, sets.and(headers, labelled(sets, labels)));
    }, sets.empty);
  }

  at({ origin, creator }: LabelValues): PacketSet {
    return this.#union(([own]) => own.origin === origin && own.creator === creator);
  }

  all(): PacketSet {
    return this.#union(() => true);
  }

  #union(isMeant: (part: readonly [LabelValues, PacketSet]) => boolean): PacketSet {
    const meant = this.#parts.filter(isMeant);
    return meant.reduce((all, [, headers]) => this.#sets.or(all, headers), this.#sets.empty);
  }
}

function labelled(sets: PacketSets, { origin, creator }: LabelValues): PacketSet {
  const [from, by] = [BigInt(origin), BigInt(creator)];
  return sets.and(sets.range("origin", from, from), sets.range("creator", by, by));
}

function slice(sets: PacketSets, set: PacketSet, labels: LabelValues): PacketSet {
  return sets.forget(sets.and(set, labelled(sets, labels)), ["origin", "creator"]);
}
