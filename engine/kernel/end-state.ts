import type { Machine } from "./machine.ts";
import { releaseAddress } from "./pools.ts";
import type { State } from "./state.ts";
import { synproxyReset } from "./synproxy.ts";

/** Takes a state out; its keys are free at once. */
export function unlink(machine: Machine, state: State): void {
  if (state.life !== "unlinked") leave(machine, state);
  machine.states.unlink(state);
}

/** What the end of a state brings with it: counts, and a word to a client of the SYN proxy. */
export function leave(machine: Machine, state: State): void {
  releasePool(machine, state);
  const reset = synproxyReset(state);
  if (reset !== undefined) machine.sent.push(reset);
}

/** One state less at the address that `least-states` has given to it. */
function releasePool(machine: Machine, { extra, rule, direction, wire, stack }: State): void {
  const rules = [...(extra?.matched ?? []), rule];
  const last = rules.findLast((it) => it.rule.nat !== undefined || it.rule.rdr !== undefined);
  const live = last ?? rule;
  const hop = live.rule.routeKind === "route-to" ? extra?.route : undefined;
  const near = direction === "in" ? stack : wire;
  if (hop !== undefined) releaseAddress(machine, live, hop.family, hop.address);
  else releaseAddress(machine, live, near.family, near.address1);
}
