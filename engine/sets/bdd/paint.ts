import { type Cubes, SCATTERED } from "../cubes.ts";
import { DIGITS, digitsOf, LARGEST, readDigits } from "../digits.ts";
import type { Field } from "../packet-sets.ts";
import type { ValueSet } from "../value-set.ts";
import type { Bdd } from "./bdd.ts";
import { combine } from "./combine.ts";
import { PLACES, placeOf } from "./levels.ts";
import { OPERATION } from "./memo.ts";
import { ALL, EMPTY } from "./node-table.ts";
import { overlay, type Partition } from "./partition.ts";
import { rangeDiagram } from "./range.ts";

/**
 * Lays boxes over a partition, in order: the last box that holds a packet gives its leaf.
 *
 * Half by half, so that the many small boxes meet each other before they meet what is large.
 *
 * @param order - indexes of boxes
 */
export function paintBoxes(bdd: Bdd, below: Partition, cubes: Cubes, order: Int32Array): Partition {
  if (order.length === 0) return below;
  if (order.length === 1) {
    const index = order[0]!;
    const box = { leaf: cubes.leaves[index]!, set: boxDiagram(bdd, cubes, index) };
    return overlay(bdd, [box], below);
  }
  return overlay(bdd, paintHalves(bdd, cubes, order), below);
}

function paintHalves(bdd: Bdd, cubes: Cubes, order: Int32Array): Partition {
  const middle = order.length >> 1;
  const first = paintBoxes(bdd, [], cubes, order.subarray(0, middle));
  return paintBoxes(bdd, first, cubes, order.subarray(middle));
}

/** Packets of one box; from the lowest levels up. */
function boxDiagram(bdd: Bdd, cubes: Cubes, index: number): number {
  const { lows, highs } = cubes;
  const from = index * DIGITS;
  const low = lows.subarray(from, from + DIGITS);
  const high = highs.subarray(from, from + DIGITS);
  let box = ALL;
  for (const place of PLACES.toReversed()) {
    const { first, length } = digitsOf(place.field);
    let isFull = true;
    for (let digit = first; digit < first + length; digit++) {
      isFull &&= low[digit] === 0 && high[digit] === LARGEST[digit];
    }
    if (isFull) continue;
    const bounds = [readDigits(low, place.field), readDigits(high, place.field)] as const;
    box = combine(bdd, OPERATION.and, rangeDiagram(bdd, place, ...bounds), box);
  }
  for (const [scattered, field] of SCATTERED.entries()) {
    const values = cubes.valuesOf(index, scattered);
    if (values !== undefined) {
      box = combine(bdd, OPERATION.and, scatteredDiagram(bdd, field, values), box);
    }
  }
  return box;
}

/** Packets whose first digit of a field is one of some values. */
function scatteredDiagram(bdd: Bdd, field: Field, values: ValueSet): number {
  const place = placeOf(field);
  const digit = place.width - 8;
  let diagram = EMPTY;
  for (let value = values.first; value <= values.last; value = values.runEnd[value]! + 1) {
    if (values.has[value] === 0) continue;
    const first = BigInt(value) << BigInt(digit);
    const last = (BigInt(values.runEnd[value]! + 1) << BigInt(digit)) - 1n;
    diagram = combine(bdd, OPERATION.or, diagram, rangeDiagram(bdd, place, first, last));
  }
  return diagram;
}
