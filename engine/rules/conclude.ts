import type { Packet } from "../../model/packet.ts";
import type { Rule } from "../../model/rule.ts";
import type { Crossing, Outcome } from "./crossing.ts";
import { domainOfTable, type Filter } from "./filter.ts";
import { isIcmpError, isNeighbourAdvertisement } from "./icmp-message.ts";
import { keyOf } from "./state-key.ts";
import type { State, StateTable } from "./state-table.ts";
import { translate } from "./translation.ts";
import type { Evaluation } from "./walk-rules.ts";

/**
 * The outcome of an evaluation (pf-semantics.md 19, 20): the deciding rule's own translation, the
 * options test, the state. Nothing is stored: the new state is in the outcome.
 *
 * Of translation nothing is left where no state is made: the packet leaves as it came.
 *
 * @param packet - as it came, sanitised
 */
export function conclude(
  filter: Filter,
  crossing: Crossing,
  packet: Packet,
  evaluation: Evaluation,
  states: StateTable,
): Outcome {
  const { decision, anything, failed } = evaluation;
  const base = baseOf(crossing, evaluation);
  if (anything !== undefined) {
    return { ...base, verdict: "unknown", unread: anything.unread, reason: anything.reason };
  }
  if (failed !== undefined) return { ...base, reason: failed };
  if (decision?.action === "block") return base;
  const passes: Outcome = { ...base, ...departureOf(crossing, evaluation), packet };
  if (decision === undefined) return optionsTested(passes, base, false);
  const changed = translate(filter, decision, evaluation.packet, crossing, states);
  if (changed.kind === "failed") return { ...base, reason: changed.reason };
  if (changed.kind === "unknown") {
    return { ...base, verdict: "unknown", unread: changed.unread, reason: changed.reason };
  }
  const tested = optionsTested(passes, base, decision.allowOptions);
  if (tested.verdict !== "pass" || !keepsState(decision, packet)) return tested;
  const made = stateOf(filter, crossing, { packet, changed: changed.packet }, evaluation, decision);
  if (states.collides(made)) {
    return { ...base, reason: "its state would collide with an existing one" };
  }
  return { ...passes, packet: changed.packet, made };
}

/** The packet dropped; what other outcomes are made from. */
function baseOf(crossing: Crossing, { decision, matched }: Evaluation): Outcome {
  const { packet, tag, rtable } = crossing;
  return {
    verdict: "block",
    by: decision === undefined ? "default" : "rule",
    ...(decision === undefined ? {} : { rule: decision }),
    matched,
    packet,
    ...(tag === undefined ? {} : { tag }),
    rtable,
    unread: [],
  };
}

/** Tag and routing table of a packet that passes: the table is overwritten in every case. */
function departureOf(
  crossing: Crossing,
  evaluation: Evaluation,
): Pick<Outcome, "verdict" | "tag" | "rtable"> {
  const tag = evaluation.tag ?? crossing.tag;
  const rtable = evaluation.decision?.rtable ?? evaluation.rtable;
  return { verdict: "pass", ...(tag === undefined ? {} : { tag }), rtable };
}

function optionsTested(passes: Outcome, drops: Outcome, allowed: boolean): Outcome {
  if (allowed || !passes.packet.options) return passes;
  return { ...drops, reason: "IP options without allow-opts" };
}

function keepsState(rule: Rule, packet: Packet): boolean {
  if (rule.state === "none" || packet.fragment !== "no") return false;
  return !isIcmpError(packet) && !isNeighbourAdvertisement(packet);
}

function stateOf(
  filter: Filter,
  crossing: Crossing,
  { packet, changed }: { readonly packet: Packet; readonly changed: Packet },
  evaluation: Evaluation,
  rule: Rule,
): State {
  const { direction, rdomain, emission } = crossing;
  const rtable = rule.rtable ?? evaluation.rtable;
  const domain = rtable === rdomain ? rdomain : domainOfTable(filter, rtable);
  const before = keyOf(packet, direction, rdomain);
  const after = keyOf(changed, direction, domain);
  const { tag, matched } = evaluation;
  return {
    ...(direction === "in" ? { wire: before, stack: after } : { wire: after, stack: before }),
    direction,
    ...(rule.binding === "if-bound" ? { boundTo: crossing.interface } : {}),
    rule,
    matched,
    ...(tag === undefined ? {} : { tag }),
    rtable,
    emission,
  };
}
