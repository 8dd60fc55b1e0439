import type { ReachFlow } from "../../../model/reach.ts";
import type { Closure } from "../../claims/closure.ts";
import type { Suspect } from "../../claims/judge.ts";
import type { PacketSet, PacketSets } from "../../sets/packet-sets.ts";
import { regionsOf } from "../../sets/regions.ts";

/** Regions for each flow. */
const MOST_REGIONS = 24;

/** What gets in, by how. */
type Parts = Readonly<Record<ReachFlow["by"], PacketSet>>;

const WAYS = ["itself", "state", "error"] as const;

/**
 * What gets into a zone, in words, apart by how it does and by whether conduits allow it.
 *
 * @param certain - what gets in whatever the open brackets are
 * @param possible - what the closure in reading `may` says
 */
export function flowsOf(certain: Found, possible: Found, allowed: PacketSet): readonly ReachFlow[] {
  const { sets } = possible.closure;
  const sure = partsOf(certain);
  const may = partsOf(possible);
  const flows: ReachFlow[] = [];
  for (const isSure of [true, false]) {
    for (const by of WAYS) {
      const set = isSure ? sure[by] : sets.diff(may[by], sure[by]);
      flows.push(
        ...flowOf(sets, { by, sure: isSure, conduit: false }, sets.diff(set, allowed)),
        ...flowOf(sets, { by, sure: isSure, conduit: true }, sets.and(set, allowed)),
      );
    }
  }
  return flows;
}

/** Deliveries that a closure tells of. */
interface Found {
  readonly closure: Closure;
  readonly suspects: readonly Suspect[];
}

function partsOf({ closure: { sets, labels, owners }, suspects }: Found): Parts {
  const parts = { itself: sets.empty, state: sets.empty, error: sets.empty };
  for (const { increment, set, alone } of suspects) {
    const { about } = labels.at(increment.label);
    const by = about ? "error" : alone ? "itself" : "state";
    parts[by] = sets.or(parts[by], owners.headers(set));
  }
  // what needs no state is not told of twice
  return { ...parts, state: sets.diff(parts.state, parts.itself) };
}

function flowOf(
  sets: PacketSets,
  flow: Omit<ReachFlow, "packets">,
  set: PacketSet,
): readonly ReachFlow[] {
  if (set === sets.empty) return [];
  return [{ ...flow, packets: regionsOf(sets, set, { regions: MOST_REGIONS }) }];
}
