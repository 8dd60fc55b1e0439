import type { Evaluation } from "./evaluation.ts";
import type { LiveRule } from "./live-rule.ts";
import type { Machine } from "./machine.ts";
import { chooseAddress } from "./pools.ts";
import type { RouteAction } from "./state.ts";
import type { EvaluationNodes } from "./sticky.ts";

/** Picks the next hop that a state keeps; undefined: the pool has none (follows pf_set_rt_ifp). */
export function pickRoute(
  live: LiveRule,
  { packet }: Evaluation,
  machine: Machine,
  nodes: EvaluationNodes,
): RouteAction | undefined {
  const { route, routeKind } = live.rule;
  if (route === undefined || routeKind === undefined) return undefined;
  const { family, source } = packet;
  const address = chooseAddress(machine, {
    pool: route,
    use: "route",
    live,
    family,
    source,
    sourceFamily: family,
    sticky: nodes,
    random: machine.random,
  });
  return address === undefined ? undefined : { kind: routeKind, family, address };
}
