import type { Crossing, Outcome } from "./crossing.ts";
import type { Filter } from "./filter.ts";
import { sanitise } from "./sanity.ts";
import { settle } from "./settle.ts";
import { type StateHit, stateHit } from "./state-hit.ts";
import type { StateTable } from "./state-table.ts";
import type { Watch } from "./walk-rules.ts";

export type { Crossing, Outcome } from "./crossing.ts";
export { type Filter, filterOf } from "./filter.ts";
export type { Watch } from "./walk-rules.ts";

/**
 * Says what pf makes of a packet at an interface, and keeps the state it makes.
 *
 * Exact for the rules as they are read. What a line that is not understood, or a test that is not
 * modelled, could change is `unknown`, and leaves no state. Lines wider than one rule
 * (`ruleset.unread`, `host.unread`) are the caller's to weigh; `synproxy` is taken for `keep`.
 * Order of pf-semantics.md 1: skip, sanity, states, rules.
 *
 * @param watch - told of every rule that is tested and why it fails, open matches not taken
 */
export function testPacket(
  filter: Filter,
  crossing: Crossing,
  states: StateTable,
  watch?: Watch,
): Outcome {
  if (!filter.host.pf) return untouched(crossing, "pass", "no pf");
  if (filter.skipped.has(crossing.interface)) return untouched(crossing, "pass", "skip");
  const sane = sanitise(crossing.packet, filter.host.ruleset.reassemble);
  if (sane.packet === undefined) {
    return { ...untouched(crossing, "block", "default"), reason: sane.reason };
  }
  const hit = stateHit(crossing, sane.packet, states);
  if (hit !== undefined) return byState(crossing, hit);
  const { outcome, spent } = settle(filter, crossing, sane.packet, states, watch);
  for (const { rule, how } of spent) states.expire(rule, how);
  if (outcome.made !== undefined) states.add(outcome.made);
  return outcome;
}

/** The packet as it came, before any rule. */
function untouched(
  { packet, rtable, tag }: Crossing,
  verdict: "pass" | "block",
  by: Outcome["by"],
): Outcome {
  const outcome: Outcome = { verdict, by, matched: [], packet, rtable, unread: [] };
  return tag === undefined ? outcome : { ...outcome, tag };
}

/** A state's tag replaces the packet's own; its rule must allow options (pf-semantics.md 24). */
function byState(crossing: Crossing, { state, packet, rtable, dropped }: StateHit): Outcome {
  const { rule, matched } = state;
  const drops: Outcome = { ...untouched(crossing, "block", "state"), matched, hit: state };
  if (dropped !== undefined) return { ...drops, reason: dropped };
  if (packet.options && !rule.allowOptions) {
    return { ...drops, rule, reason: "IP options without allow-opts" };
  }
  const tag = state.tag ?? crossing.tag;
  return {
    ...drops,
    verdict: "pass",
    rule,
    packet,
    rtable,
    ...(tag === undefined ? {} : { tag }),
  };
}
