import type { Bdd } from "./bdd.ts";
import { combine, union } from "./combine.ts";
import { levelOf, type Place } from "./levels.ts";
import { OPERATION } from "./memo.ts";
import { ALL, EMPTY } from "./node-table.ts";
import { fixLevels } from "./project.ts";
import { type Selection, selectBits } from "./selection.ts";

/**
 * By value of a field of up to 16 bits: the packets that are in `node` once the field has it.
 *
 * Values part where the diagrams at the first level of the field part; only one value of each kind
 * is looked up in the whole diagram.
 */
export function cofactorsOf(bdd: Bdd, place: Place, node: number): Int32Array {
  const cofactors = new Int32Array(2 ** place.width);
  const bits = Array.from({ length: place.width }, (_, bit) => bitChoices(bdd, place, bit));
  const all = (1n << BigInt(place.width)) - 1n;
  const known = new Map<string, number>();
  const fill = (rests: readonly number[], bit: number, first: number): void => {
    const choices = bits[bit];
    if (choices !== undefined && rests.some((rest) => tests(bdd, rest, choices.fromHere))) {
      const fixed = (to: Selection): number[] => rests.map((rest) => fixLevels(bdd, rest, to));
      fill(fixed(choices.zero), bit + 1, first);
      fill(fixed(choices.one), bit + 1, first + 2 ** (place.width - bit - 1));
      return;
    }
    const key = rests.join();
    const found = known.get(key);
    const cofactor = found ?? fixLevels(bdd, node, selectBits(bdd, place, BigInt(first), all));
    known.set(key, cofactor);
    cofactors.fill(cofactor, first, first + 2 ** (place.width - bit));
  };
  fill(rootsAt(bdd, node, place.first), 0, 0);
  return cofactors;
}

/**
 * Packets with value `v` of a field that are in the set `setOf(keys[v])`, which tests no bit of the
 * field.
 *
 * @param keys - by value of the field; values with the same set stand together for the work of one
 */
export function diagramOf(
  bdd: Bdd,
  place: Place,
  keys: Uint16Array | Int32Array,
  setOf: (key: number) => number,
): number {
  const valuesOf = new Map<number, number[]>();
  let lastSet = EMPTY;
  let values: number[] = [];
  for (let value = 0; value < keys.length; value++) {
    const set = setOf(keys[value]!);
    if (set === EMPTY) continue;
    if (set !== lastSet) {
      lastSet = set;
      values = valuesOf.get(set) ?? [];
      valuesOf.set(set, values);
    }
    values.push(value);
  }
  const parts = [...valuesOf].map(([set, some]) => {
    return combine(bdd, OPERATION.and, valuesDiagram(bdd, place, some, 0), set);
  });
  return union(bdd, parts);
}

/** Packets whose field has one of the values, which ascend and agree in the bits before `bit`. */
function valuesDiagram(bdd: Bdd, place: Place, values: readonly number[], bit: number): number {
  if (values.length === 0) return EMPTY;
  if (values.length === 2 ** (place.width - bit)) return ALL;
  const mask = 1 << (place.width - bit - 1);
  const middle = values.findIndex((value) => (value & mask) !== 0);
  const end = middle < 0 ? values.length : middle;
  const lower = valuesDiagram(bdd, place, values.slice(0, end), bit + 1);
  const upper = valuesDiagram(bdd, place, values.slice(end), bit + 1);
  return bdd.nodes.make(levelOf(place, bit), lower, upper);
}

/** The first nodes on all paths of a diagram whose level is at least `first`. */
function rootsAt({ nodes }: Bdd, node: number, first: number): readonly number[] {
  const { level, low, high } = nodes;
  const reached = new Set([node]);
  // grows while it is walked
  for (const above of reached) {
    if (level[above]! < first) reached.add(low[above]!).add(high[above]!);
  }
  return [...reached].filter((it) => level[it]! >= first);
}

/** Holds iff the set depends on one of the selected levels. */
function tests(bdd: Bdd, set: number, levels: Selection): boolean {
  const { choice, last } = levels;
  const { level, low, high } = bdd.nodes;
  const at = level[set]!;
  if (at > last) return false;
  if (choice[at] !== 0) return true;
  return tests(bdd, low[set]!, levels) || tests(bdd, high[set]!, levels);
}

/** One bit of a field as 0, as 1, and with all the bits behind it. */
interface BitChoices {
  readonly zero: Selection;
  readonly one: Selection;
  readonly fromHere: Selection;
}

function bitChoices(bdd: Bdd, place: Place, bit: number): BitChoices {
  const mask = 1n << BigInt(place.width - bit - 1);
  return {
    zero: selectBits(bdd, place, 0n, mask),
    one: selectBits(bdd, place, mask, mask),
    fromHere: selectBits(bdd, place, 0n, mask | (mask - 1n)),
  };
}
