import { type Clip, leading } from "../clip.ts";
import type { Criteria } from "./criteria.ts";
import type { Item } from "./items.ts";

/** Bounds of one rule: of its source, and of its destination. */
const BOUNDS = 4;

/**
 * Where the rules of one ruleset lie, in a column: which of them meet a clip is one walk along it.
 * Looked at are the leading digits of addresses; what is left is looked at as it is.
 */
export class RuleRanges {
  readonly #bounds: Float64Array;
  readonly #itemAt: (position: number) => Item | undefined;

  /** @param itemAt - the rule at a position; undefined: it cannot hold */
  constructor(length: number, itemAt: (position: number) => Item | undefined) {
    this.#itemAt = itemAt;
    this.#bounds = new Float64Array(length * BOUNDS);
    for (let position = 0; position < length; position++) {
      this.#bounds.set(boundsOf(itemAt(position)), position * BOUNDS);
    }
  }

  /** Positions of rules that may say something of packets of the clip, ascending. */
  meeting(clip: Clip): number[] {
    const bounds = this.#bounds;
    const [sourceFirst, sourceLast] = clip.leadingRange("source");
    const [destinationFirst, destinationLast] = clip.leadingRange("destination");
    const found: number[] = [];
    for (let at = 0; at < bounds.length; at += BOUNDS) {
      if ((bounds[at] ?? 0) > sourceLast || (bounds[at + 1] ?? 0) < sourceFirst) continue;
      if ((bounds[at + 2] ?? 0) > destinationLast) continue;
      if ((bounds[at + 3] ?? 0) < destinationFirst) continue;
      const item = this.#itemAt(at / BOUNDS);
      if (item !== undefined && mayMeet(item, clip)) found.push(at / BOUNDS);
    }
    return found;
  }
}

/** Whether a box of criteria meets the clip. */
export function meetsClip({ cubes, box, count }: Criteria, clip: Clip): boolean {
  for (let at = box; at < box + count; at++) {
    if (clip.meets(cubes, at)) return true;
  }
  return false;
}

function mayMeet({ criteria }: Item, clip: Clip): boolean {
  return criteria === undefined || meetsClip(criteria, clip);
}

const NOWHERE: readonly number[] = [Infinity, -Infinity, Infinity, -Infinity];
const ANYWHERE: readonly number[] = [-Infinity, Infinity, -Infinity, Infinity];

/** The parts of a rule's box have its addresses. */
function boundsOf(item: Item | undefined): readonly number[] {
  if (item === undefined) return NOWHERE;
  const { criteria } = item;
  if (criteria === undefined) return ANYWHERE;
  const { cubes, box } = criteria;
  return [
    leading(cubes.lows, box, "source"),
    leading(cubes.highs, box, "source"),
    leading(cubes.lows, box, "destination"),
    leading(cubes.highs, box, "destination"),
  ];
}
