import type { Reason } from "../../model/answer.ts";
import type { RequiredAnswer, ViaAnswer } from "../../model/required.ts";
import { Witnesses } from "../claims/confirm.ts";
import type { Plan } from "../claims/plan.ts";
import { RequiredFlows } from "../claims/required/required-flows.ts";
import { WayPoints } from "../claims/required/way-points.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import { BudgetExceeded, Cancelled } from "../sets/packet-sets.ts";
import type { CheckOptions } from "./check.ts";

/** What is found of the required conduits and the way points of a site. */
export interface RequiredFound {
  readonly required: readonly RequiredAnswer[];
  readonly wayPoints: readonly ViaAnswer[];
  /** Set if the search ended early: conduits that were not reached have no answer. */
  readonly stopped?: "budget" | "cancelled";
}

/** Decides every required conduit (claims.md 3) and way point of a plan, in the order of site.yaml. */
export function requiredFlows(
  plan: Plan,
  sets: PacketFunctions,
  { poll, progress }: Pick<CheckOptions, "poll" | "progress">,
): RequiredFound {
  const required: RequiredAnswer[] = [];
  const wayPoints: ViaAnswer[] = [];
  const found = { required, wayPoints };
  const wanted = plan.network.conduits.filter((it) => it.required || it.via !== undefined);
  if (wanted.length === 0) return found;
  const open = pendingEverywhere(plan);
  const ground = [plan, sets, new Witnesses(plan, sets), poll ?? (() => {})] as const;
  const flows = new RequiredFlows(...ground);
  const ways = new WayPoints(...ground);
  try {
    for (const [done, conduit] of wanted.entries()) {
      progress?.({ phase: "following required flows", done, total: wanted.length });
      const asked = conduit.required ? flows.of(conduit) : [];
      const points = ways.of(conduit);
      required.push(...(open.length === 0 ? asked : asked.map((it) => openFlow(open, it))));
      wayPoints.push(...(open.length === 0 ? points : points.map((it) => openPoint(open, it))));
    }
    return found;
  } catch (error) {
    if (error instanceof BudgetExceeded) return { ...found, stopped: "budget" };
    if (error instanceof Cancelled) return { ...found, stopped: "cancelled" };
    throw error;
  }
}

/** Keys of site.yaml that are not read yet and could change whatever is found. */
function pendingEverywhere({ network }: Plan): readonly Reason[] {
  return network.pending
    .filter(({ pairs }) => pairs === undefined)
    .map(({ key, reason, span }): Reason => {
      return { text: `\`${key}\`: ${reason}`, span, settle: "leave the key out until it is read" };
    });
}

function openFlow(
  reasons: readonly Reason[],
  { witness: _, failure: __, ...flow }: RequiredAnswer,
): RequiredAnswer {
  return { ...flow, verdict: "undecided", reasons };
}

function openPoint(reasons: readonly Reason[], { witness: _, ...point }: ViaAnswer): ViaAnswer {
  return { ...point, verdict: "undecided", reasons };
}
