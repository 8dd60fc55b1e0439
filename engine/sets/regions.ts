import type { Region, Regions } from "../../model/region.ts";
import type { PacketSet, PacketSets } from "./packet-sets.ts";
import { coverOf, needed } from "./regions/cover.ts";
import { withExceptions } from "./regions/exceptions.ts";
import { withTwinsJoined } from "./regions/families.ts";
import { meaningful } from "./regions/meaning.ts";
import { regionOf } from "./regions/region-lists.ts";
import { regionSet } from "./regions/region-set.ts";

/** How long the answer may be. */
export interface RegionLimits {
  readonly regions: number;
  /** Ranges in a list; default 4096. Longer lists are cut, and the answer is not complete then. */
  readonly ranges?: number;
}

/**
 * A set as a short list of regions that people read, which may overlap; `meaningful` is what they say
 * of it. Depends on the set alone, not on the implementation.
 *
 * Greedy: a packet that no region holds grows to regions that can take no other value in any list, and
 * the one that adds most packets is taken. Regions that the others hold go, lists lose what others say,
 * and what is one larger region less a few smaller ones becomes that, if it reads better.
 *
 * @throws BudgetExceeded of the sets
 */
export function regionsOf(
  sets: PacketSets,
  set: PacketSet,
  { regions: limit, ranges = 4096 }: RegionLimits,
): Regions {
  const target = meaningful(sets, set);
  const { areas } = coverOf(sets, target, target, limit);
  const short = withExceptions(sets, withTwinsJoined(sets, areas), target);
  const joined = withTwinsJoined(sets, needed(sets, short, target));

  const regions: Region[] = [];
  let covered = sets.empty;
  for (const area of joined) {
    const { region, isWhole } = regionOf(sets, area, ranges);
    const holds = isWhole ? area.set : regionSet(sets, region);
    if (!sets.implies(holds, target)) continue; // an exception was cut
    regions.push(region);
    covered = sets.or(covered, holds);
  }
  const [count, total] = [sets.count(covered), sets.count(target)];
  return { regions, complete: covered === target, covered: count, total };
}
