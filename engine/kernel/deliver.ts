import { noActions } from "./actions.ts";
import { changeFamily } from "./change-family.ts";
import type { Decision } from "./decide.ts";
import type { Crossing, Tested } from "./evaluation.ts";
import type { Followed } from "./follow.ts";
import type { LiveRule } from "./live-rule.ts";
import type { Machine } from "./machine.ts";
import { type Generated, type LogRecord, type Outcome, REASON } from "./outcome.ts";
import type { KernelPacket } from "./packet.ts";
import { routePacket } from "./route-packet.ts";
import { scrub } from "./scrub.ts";
import type { State } from "./state.ts";
import { logRecord } from "./walk.ts";

/** Puts a packet to pf again: `route-to` has it evaluated on its way out. */
export type Retest = (packet: KernelPacket, crossing: Crossing) => Outcome;

type Decided =
  | { readonly kind: "rules"; readonly decision: Decision }
  | Exclude<Followed, { kind: "rules" }>;

/**
 * What is done to every packet that rules or a state have decided on (section 24; follows the end of
 * pf_test, OpenBSD 7.8).
 */
export function deliver(
  machine: Machine,
  tested: Tested,
  decided: Decided,
  retest: Retest,
): Outcome {
  return decided.kind === "rules"
    ? ofDecision(machine, tested, decided.decision, retest)
    : ofState(machine, tested, decided, retest);
}

function ofDecision(machine: Machine, tested: Tested, decision: Decision, retest: Retest): Outcome {
  const { packet, made } = decision;
  const outcome: Outcome = {
    verdict: decision.passes ? "pass" : "drop",
    decided: true,
    rule: decision.rule,
    state: made === undefined ? "none" : "new",
    entry: made,
    matched: decision.matched,
    reason: decision.reason,
    packet,
    diverted: false,
    routed: made?.extra?.route?.kind,
    second: undefined,
    delay: 0,
    logs: decision.logs,
    generated: decision.generated,
  };
  if (!decision.passes) return outcome;
  scrub(packet, decision.actions, tested.tos, tested.isFragment);
  outcome.delay = Math.max(0, decision.actions.delay);
  if (decision.swallowed) return { ...outcome, verdict: "gone" };
  const changes = made?.extra?.afTo === true && !decision.unchanged;
  return changes
    ? otherFamily(machine, tested, outcome, made)
    : end(machine, tested, outcome, made, retest);
}

function ofState(
  machine: Machine,
  tested: Tested,
  followed: Exclude<Followed, { kind: "rules" }>,
  retest: Retest,
): Outcome {
  const { state, verdict, generated } = followed;
  const { extra } = state;
  const { packet } = tested;
  const outcome: Outcome = {
    verdict,
    decided: true,
    rule: verdict === "pass" ? state.rule : undefined,
    state: "hit",
    entry: state,
    matched: extra?.matched ?? [],
    reason: followed.reason,
    packet,
    diverted: false,
    routed: extra?.route?.kind,
    second: undefined,
    delay: 0,
    logs: [],
    generated: [...generated],
  };
  if (verdict !== "pass") return outcome;
  const changes = extra?.afTo === true;
  if (tested.hasOptions && extra?.allowOptions !== true && !changes) {
    outcome.verdict = "drop";
    outcome.reason = REASON.ipOption;
    outcome.logs = stateLogs(state, REASON.ipOption);
    return outcome;
  }
  scrub(packet, extra?.actions ?? noActions(), tested.tos, tested.isFragment);
  if (extra !== undefined && extra.tag !== "") packet.tag = extra.tag;
  if (tested.direction === state.direction) {
    packet.rtable = extra?.rtable ?? domainOfOwnSide(state);
  }
  outcome.delay = Math.max(0, extra?.actions.delay ?? 0);
  outcome.logs = stateLogs(state, 0);
  return changes
    ? otherFamily(machine, tested, outcome, state)
    : end(machine, tested, outcome, state, retest);
}

/** The domain of the packets that made a state. */
function domainOfOwnSide({ direction, wire, stack }: State): number {
  return direction === "in" ? wire.rdomain : stack.rdomain;
}

/**
 * One record for the rule that made a state, if it has `log (all)` or the packet is dropped, and one
 * for each match rule with it, the last first: all of them under the anchor rule of the former.
 *
 * @param reason - of the drop; 0: the packet passes
 */
function stateLogs({ rule, extra }: State, reason: number): LogRecord[] {
  const isLogged = ({ rule: { log } }: LiveRule): boolean => log?.all === true;
  const rules = (extra?.matched ?? []).filter(isLogged).toReversed();
  if (reason !== 0 || isLogged(rule)) rules.unshift(rule);
  return rules.map((it) => logRecord(it, extra?.caller, reason));
}

/** A packet that has changed its family is neither diverted nor routed. */
function otherFamily(machine: Machine, tested: Tested, outcome: Outcome, state: State): Outcome {
  const made = changeFamily(state, tested, outcome.packet, machine);
  if (made === undefined) return { ...outcome, verdict: "drop" };
  return { ...outcome, verdict: "gone", generated: [...outcome.generated, ...made] };
}

/** Diversion and routing. */
function end(
  machine: Machine,
  tested: Tested,
  outcome: Outcome,
  state: State | undefined,
  retest: Retest,
): Outcome {
  const divert = outcome.rule?.rule.divert;
  if (divert?.kind === "divert-packet") {
    const sent: Generated = { kind: "divert", port: divert.port };
    return { ...outcome, verdict: "gone", generated: [...outcome.generated, sent] };
  }
  if (divert !== undefined && tested.direction === "in") outcome.diverted = true;
  const route = state?.extra?.route;
  if (state === undefined || route === undefined) return outcome;
  const own = tested.direction === state.direction;
  if (route.kind === "dup-to" || own === (route.kind === "route-to")) {
    return routePacket(machine, tested, outcome, route, retest);
  }
  return outcome;
}
