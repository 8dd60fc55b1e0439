import { addressesOf } from "./keys.ts";
import type { Machine } from "./machine.ts";
import { releaseAddress } from "./pools.ts";
import type { State } from "./state.ts";
import { synproxyReset } from "./synproxy.ts";

/** Takes a state out; its keys are free at once. */
export function unlink(machine: Machine, state: State): void {
  if (state.life !== "unlinked") leave(machine, state);
  machine.states.unlink(state);
}

/**
 * What the end of a state brings with it: counts, and a word to a client of the SYN proxy (follows
 * pf_remove_state, OpenBSD 7.8).
 */
export function leave(machine: Machine, state: State): void {
  releasePools(machine, state);
  releaseNodes(machine, state);
  const reset = synproxyReset(state);
  if (reset !== undefined) machine.sent.push(reset);
}

/** Source nodes lose a state, and a connection if it was one, at once and not when it is purged. */
function releaseNodes({ nodes, now, timeouts }: Machine, state: State): void {
  const { extra, rule } = state;
  if (extra === undefined || extra.nodes.length === 0) return;
  for (const node of extra.nodes) {
    if (extra.connected) node.connections--;
    nodes.release(node, now, timeouts, rule);
  }
  state.extra = { ...extra, nodes: [] };
}

/**
 * One state less at the addresses that `least-states` has given to it: source and destination by
 * the last rules that changed them, next hop by the deciding rule (follows pf_postprocess_addr).
 */
function releasePools(machine: Machine, state: State): void {
  const { extra, rule, direction, wire, stack } = state;
  const rules = [...(extra?.matched ?? []), rule].filter((it) => it.rule.afTo === undefined);
  const nat = rules.findLast((it) => it.rule.nat !== undefined);
  const rdr = rules.findLast((it) => it.rule.rdr !== undefined);
  const { family, source, destination } = addressesOf(direction === "in" ? stack : wire, direction);
  if (nat !== undefined) releaseAddress(machine, nat, "nat", family, source);
  if (rdr !== undefined) releaseAddress(machine, rdr, "rdr", family, destination);
  const hop = extra?.route;
  if (hop !== undefined) releaseAddress(machine, rule, "route", family, hop.address);
}
