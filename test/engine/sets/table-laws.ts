import fc from "fast-check";
import { expect, it } from "vitest";
import type { PacketFunctions } from "../../../engine/sets/packet-functions.ts";
import type { FieldValues, PacketSet } from "../../../engine/sets/packet-sets.ts";
import { type Entry, endsOf, isInTable, packed, tableEntries } from "./table-entries.ts";

const ZERO: FieldValues = {
  family: 0n,
  protocol: 6n,
  source: 0n,
  destination: 0n,
  sourcePort: 0n,
  destinationPort: 0n,
  flags: 0n,
  tos: 0n,
  fragment: 0n,
  options: 0n,
};

const field = fc.constantFrom("source" as const, "destination" as const);
const UNUSED = (1n << 96n) - 1n;

export function tableLaws(make: () => PacketFunctions): void {
  it("holds an address iff its most specific entry is plain", () => {
    fc.assert(
      fc.property(tableEntries(), field, (entries, of) => {
        const sets = make();
        const table = sets.tableSet(of, packed(entries));
        for (const entry of entries) {
          for (const end of endsOf(entry)) {
            const packet = { ...ZERO, family: entry.inet6 ? 1n : 0n, [of]: end };
            expect(sets.has(table, packet)).toBe(isInTable(entries, packet, of));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is the set of its entries laid over each other, the longest last", () => {
    fc.assert(
      fc.property(tableEntries(), field, (entries, of) => {
        const sets = make();
        expect(sets.tableSet(of, packed(entries))).toBe(laidOver(sets, of, entries));
      }),
      { numRuns: 300 },
    );
  });

  it("covers one family with an entry of length 0", () => {
    const sets = make();
    for (const inet6 of [false, true]) {
      const entry = { inet6, address: 0n, length: 0, negated: false };
      const family = sets.range("family", inet6 ? 1n : 0n, inet6 ? 1n : 0n);
      expect(sets.tableSet("source", packed([entry]))).toBe(family);
      const negated = [{ ...entry, negated: true }, entry];
      expect(sets.tableSet("source", packed(negated))).toBe(sets.empty);
    }
    expect(sets.tableSet("source", packed([]))).toBe(sets.empty);
  });

  it("takes a hundred thousand entries", () => {
    const sets = make();
    const entries = manyEntries(100_000);
    const table = sets.tableSet("destination", packed(entries));
    for (const entry of entries.slice(0, 12)) {
      for (const end of endsOf(entry)) {
        const packet = { ...ZERO, destination: end };
        expect(sets.has(table, packet)).toBe(isInTable(entries, packet, "destination"));
      }
    }
  });
}

function laidOver(
  sets: PacketFunctions,
  of: "source" | "destination",
  entries: readonly Entry[],
): PacketSet {
  // later ones win below, so of equal lengths the first stands last
  const shortest = entries.toReversed().sort((a, b) => a.length - b.length);
  let set = sets.empty;
  for (const entry of shortest) {
    const family = entry.inet6 ? 1n : 0n;
    const [, first = 0n, last = 0n] = endsOf(entry);
    const range = sets.range(of, first, entry.inet6 ? last : last | UNUSED);
    const covered = sets.and(sets.range("family", family, family), range);
    set = entry.negated ? sets.diff(set, covered) : sets.or(set, covered);
  }
  return set;
}

/** Inet networks and hosts by a fixed congruence, a third of them negated. */
function manyEntries(count: number): readonly Entry[] {
  let seed = 11;
  return Array.from({ length: count }, (_, index) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const length = 20 + ((seed >>> 5) % 13);
    return {
      inet6: false,
      address: BigInt(seed >>> 0) << 96n,
      length,
      negated: index % 3 === 0,
    };
  });
}
