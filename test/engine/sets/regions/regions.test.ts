import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packetFunctions } from "../../../../engine/sets/implementations.ts";
import type { PacketSet, PacketSets } from "../../../../engine/sets/packet-sets.ts";
import { meaningful } from "../../../../engine/sets/regions/meaning.ts";
import { regionSet } from "../../../../engine/sets/regions/region-set.ts";
import { regionsOf } from "../../../../engine/sets/regions.ts";
import type { Region, Regions } from "../../../../model/region.ts";
import { CORNERS } from "../corner-packets.ts";
import { build, type Expression, expression } from "../set-expressions.ts";

const IMPLEMENTATIONS = ["intervals", "bdd"] as const;
const RUNS = Number(process.env.PFPROOF_LAW_RUNS ?? 30);
const TIMEOUT = Math.max(120_000, RUNS * 2000); // ms for a law

/** Regions and ranges of a drawn set: masks of addresses make lists without end. */
const LIMITS = { regions: 40, ranges: 300 };

function drawn(): fc.Arbitrary<Expression> {
  return expression(CORNERS, true);
}

function unionOf(sets: PacketSets, regions: readonly Region[]): PacketSet {
  return regions.reduce((all, it) => sets.or(all, regionSet(sets, it)), sets.empty);
}

/** Whether a list is as long as it may be. */
function isCut({ source = [], destination = [] }: Region): boolean {
  return Math.max(source.length, destination.length) === LIMITS.ranges;
}

describe.each(IMPLEMENTATIONS)("regions of drawn sets (%s)", (name) => {
  const forDrawn = (
    law: (sets: PacketSets, set: PacketSet, found: Regions) => void,
    limits = LIMITS,
  ): void => {
    const property = fc.property(drawn(), (tree) => {
      const sets = packetFunctions(name, {});
      const set = build(sets, tree, sets.all);
      law(sets, set, regionsOf(sets, set, limits));
    });
    fc.assert(property, { numRuns: RUNS });
  };

  it(
    "are the set, or a part of it whose share they tell",
    () => {
      let complete = 0;
      forDrawn((sets, set, found) => {
        const target = meaningful(sets, set);
        const union = unionOf(sets, found.regions);
        expect(found.total).toBe(sets.count(target));
        expect(found.covered).toBe(sets.count(union));
        expect(sets.implies(union, target)).toBe(true);
        expect(union === target).toBe(found.complete);
        if (found.complete) complete++;
      });
      expect(complete).toBeGreaterThan(RUNS / 2);
    },
    TIMEOUT,
  );

  it(
    "are no more than the limit, and each says something that the others do not",
    () => {
      forDrawn(
        (sets, _, { regions }) => {
          expect(regions.length).toBeLessThanOrEqual(3);
          if (regions.some(isCut)) return;
          for (const one of regions) {
            const others = regions.filter((it) => it !== one);
            const own = sets.diff(regionSet(sets, one), unionOf(sets, others));
            expect(own).not.toBe(sets.empty);
          }
        },
        { ...LIMITS, regions: 3 },
      );
    },
    TIMEOUT,
  );

  it(
    "do not tell apart what packets do not have",
    () => {
      const property = fc.property(drawn(), (tree) => {
        const sets = packetFunctions(name, {});
        const set = build(sets, tree, sets.all);
        const target = meaningful(sets, set);
        const withoutFlags = sets.diff(target, sets.range("protocol", 6n, 6n));
        expect(sets.forget(withoutFlags, ["flags"])).toBe(withoutFlags);
        const later = sets.and(target, sets.range("fragment", 2n, 3n));
        expect(sets.forget(later, ["sourcePort", "destinationPort", "flags"])).toBe(later);
        expect(sets.implies(sets.diff(set, target), sets.range("fragment", 3n, 3n))).toBe(true);
        expect(meaningful(sets, target)).toBe(target);
        expect(meaningful(sets, sets.not(target))).toBe(sets.not(target));
      });
      fc.assert(property, { numRuns: RUNS });
    },
    TIMEOUT,
  );
});

it(
  "regions depend on the set alone",
  () => {
    const property = fc.property(drawn(), (tree) => {
      const [one, other] = IMPLEMENTATIONS.map((name) => {
        const sets = packetFunctions(name, {});
        return regionsOf(sets, build(sets, tree, sets.all), { regions: 12, ranges: 100 });
      });
      expect(one).toEqual(other);
    });
    fc.assert(property, { numRuns: RUNS });
  },
  TIMEOUT,
);
