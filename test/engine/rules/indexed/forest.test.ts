import { describe, expect, it } from "vitest";
import {
  ADDRESSES,
  type Conditions,
  Entries,
  widthOf,
} from "../../../../engine/rules/indexed/entries.ts";
import { END, type Forest, strideOf } from "../../../../engine/rules/indexed/forest.ts";
import { ForestBuilder } from "../../../../engine/rules/indexed/forest-builder.ts";
import { BLOCK, ForestSearch } from "../../../../engine/rules/indexed/forest-search.ts";
import type { Family } from "../../../../model/packet.ts";
import { Random } from "../../../fuzz/random.ts";

const SEED = 20_261_125;
const ALL = 0xffff_ffff;

/** Conditions as rules have them: nested networks, ranges of ports, few protocols and interfaces. */
function drawnConditions(random: Random, family: Family): Conditions {
  const width = widthOf(family);
  const words = ADDRESSES + 2 * width;
  const it = {
    values: new Uint32Array(words),
    masks: new Uint32Array(words),
    ports: Uint16Array.of(0, 65_535, 0, 65_535),
    enough: !random.once(10),
    known: true,
  };
  if (!random.once(3)) [it.values[0], it.masks[0]] = [random.pick([6, 17, 1]), 255];
  if (random.once(3)) [it.values[1], it.masks[1]] = [1 + random.below(40), ALL];
  for (const end of [0, 1]) {
    if (random.once(2)) drawPorts(random, it, end);
    if (!random.once(40)) drawNetwork(random, it, ADDRESSES + end * width, width);
  }
  return it;
}

function drawPorts(random: Random, it: Conditions, end: number): void {
  const low = random.pick([22, 53, 80, 443, 1024, random.below(65_536)]);
  const high = random.once(2) ? low : Math.min(65_535, low + random.below(3000));
  it.ports.set([low, high], end * 2);
  const different = 32 - Math.clz32(low ^ high);
  it.values[2 + end] = low;
  it.masks[2 + end] = different >= 16 ? 0 : ALL << different;
}

function drawNetwork(random: Random, it: Conditions, first: number, width: number): void {
  const last = first + width - 1;
  for (let word = first; word < last; word++) {
    it.values[word] = word === first ? 0xfd00_0000 + random.below(2) : 0;
    it.masks[word] = ALL;
  }
  const base = random.pick([0x0a00_0000, 0x0a00_0000, 0xac10_0000]);
  it.values[last] = base + random.below(1 << random.pick([8, 16, 20]));
  it.masks[last] = ALL << random.pick([0, 0, 4, 8, 8, 8, 12, 16]);
}

/** A key that meets conditions, or in one bit does not. */
function drawKey(random: Random, { values, masks, ports }: Conditions, key: Uint32Array): void {
  for (let word = 0; word < values.length; word++) {
    const free = random.pick([0, ALL, random.below(2 ** 31)]) & (word === 0 ? 0x1ff : ALL);
    key[word] = (values[word]! & masks[word]!) | (free & ~masks[word]!);
  }
  for (const end of [0, 1]) {
    const [low, high] = [ports[end * 2]!, ports[end * 2 + 1]!];
    key[2 + end] = random.pick([low, high, low + random.below(high - low + 1)]);
  }
  if (!random.once(3)) return;
  const word = random.below(values.length);
  key[word] = (key[word]! ^ (1 << random.below(word === 0 ? 9 : word < ADDRESSES ? 16 : 32))) >>> 0;
}

function isMet({ values, masks, ports }: Conditions, key: Uint32Array): boolean {
  const isWithin = [0, 1].every((end) => {
    return ports[end * 2]! <= key[2 + end]! && key[2 + end]! <= ports[end * 2 + 1]!;
  });
  return (
    isWithin &&
    values.every((value, word) => {
      const isPort = word === 2 || word === 3;
      return isPort || ((key[word]! ^ value) & masks[word]!) === 0;
    })
  );
}

interface Drawn {
  readonly conditions: readonly Conditions[];
  readonly forest: Forest;
  readonly slices: number;
}

/** Entries with gaps between their orders, made into a forest in slices of one step. */
function drawnForest(random: Random, family: Family, count: number): Drawn {
  const conditions = Array.from({ length: count }, () => drawnConditions(random, family));
  const entries = new Entries(family, 4);
  for (const [at, it] of conditions.entries()) entries.add(at * 3, it);
  const builder = new ForestBuilder(entries);
  let slices = 1;
  while (!builder.run(() => true)) slices++;
  return { conditions, forest: builder.forest, slices };
}

describe.each(["inet", "inet6"] as const)("a forest of %s entries", (family) => {
  const words = ADDRESSES + 2 * widthOf(family);

  it.each([0, 1, 9, 60, 700, 6000])("of %i entries finds what a look at each finds", (count) => {
    const random = new Random(SEED, count);
    const { conditions, forest, slices } = drawnForest(random, family, count);
    expect(slices).toBeGreaterThan(count > 100 ? 3 : 0);
    const search = new ForestSearch();
    const keys = Array.from({ length: BLOCK }, () => {
      const key = new Uint32Array(words);
      drawKey(random, count === 0 ? drawnConditions(random, family) : random.pick(conditions), key);
      return key;
    });
    for (const [at, key] of keys.entries()) {
      for (const [word, value] of key.entries()) search.keys[word * BLOCK + at] = value;
    }
    const best = new Int32Array(BLOCK).fill(END);
    search.search(forest, BLOCK, best, { odd: new Uint8Array(BLOCK), holds: () => true });
    const wanted = keys.map((key) => conditions.findIndex((it) => isMet(it, key)));
    expect(Array.from(best, (it) => (it === END ? -1 : (it >> 1) / 3))).toEqual(wanted);
    if (count > 50) expect(wanted.filter((it) => it < 0).length).toBeGreaterThan(3);

    for (const [at, key] of keys.slice(0, 60).entries()) {
      for (const [word, value] of key.entries()) search.keys[word * BLOCK] = value;
      const from = random.below(count + 1);
      const next = conditions.findIndex((it, index) => index >= from && isMet(it, key));
      const found = search.firstFrom(forest, from * 3 - 1);
      expect([at, found === END ? -1 : (found >> 1) / 3]).toEqual([at, next]);
    }
  });

  it("asks for the rest of entries whose conditions are not enough, and of odd packets", () => {
    const random = new Random(SEED, 5);
    const { conditions, forest } = drawnForest(random, family, 300);
    const search = new ForestSearch();
    const key = new Uint32Array(words);
    for (let round = 0; round < 200; round++) {
      drawKey(random, random.pick(conditions), key);
      for (const [word, value] of key.entries()) search.keys[word * BLOCK] = value;
      const isOdd = round % 3 === 0;
      const asked: number[] = [];
      const best = Int32Array.of(END);
      const residue = {
        odd: Uint8Array.of(isOdd ? 1 : 0),
        holds: (order: number): boolean => {
          asked.push(order);
          return false;
        },
      };
      search.search(forest, 1, best, residue);
      const met = conditions.flatMap((it, at) => (isMet(it, key) ? [{ ...it, at }] : []));
      const decided = isOdd ? undefined : met.find(({ enough }) => enough);
      expect(best[0]).toBe(decided === undefined ? END : decided.at * 6);
      const before = met.filter(({ at, enough }) => {
        return (isOdd || !enough) && at < (decided?.at ?? END);
      });
      expect(asked.toSorted((a, b) => a - b)).toEqual(
        expect.arrayContaining(before.map((it) => it.at * 3)),
      );
    }
  });

  it("holds few copies of its entries", () => {
    const { forest } = drawnForest(new Random(SEED, 6), family, 6000);
    expect(forest.records.length / strideOf(words) / 6000).toBeLessThan(4.5);
  });
});
