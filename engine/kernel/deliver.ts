import { noActions } from "./actions.ts";
import { changeFamily } from "./change-family.ts";
import type { Decision } from "./decide.ts";
import type { Crossing, Tested } from "./evaluation.ts";
import type { Followed } from "./follow.ts";
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
    matched: decision.matched,
    reason: decision.reason,
    packet,
    diverted: false,
    routed: undefined,
    second: undefined,
    delay: 0,
    logs: decision.logs,
    generated: decision.generated,
  };
  if (!decision.passes) return outcome;
  if (decision.swallowed) {
    outcome.verdict = "gone";
  }
  scrub(packet, decision.actions, tested.packet.tos);
  outcome.delay = Math.max(0, decision.actions.delay);
  if (decision.swallowed) return outcome;
  return end(machine, tested, outcome, made, tested.packet, retest);
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
  if (tested.hasOptions && extra?.allowOptions !== true) {
    outcome.verdict = "drop";
    outcome.reason = REASON.ipOption;
    outcome.logs = [logRecord(state.rule, extra?.caller, REASON.ipOption)];
    return outcome;
  }
  const arrived = { tos: packet.tos, ttl: packet.ttl };
  scrub(packet, extra?.actions ?? noActions(), packet.tos);
  if (extra !== undefined && extra.tag !== "") packet.tag = extra.tag;
  if (tested.direction === state.direction) {
    packet.rtable = extra?.rtable ?? domainOfOwnSide(state);
  }
  outcome.delay = Math.max(0, extra?.actions.delay ?? 0);
  outcome.logs = stateLogs(state);
  return end(machine, tested, outcome, state, arrived, retest);
}

/** The domain of the packets that made a state. */
function domainOfOwnSide({ direction, wire, stack }: State): number {
  return direction === "in" ? wire.rdomain : stack.rdomain;
}

/** One record for each match rule with `log (all)`, then one for the rule itself. */
function stateLogs({ rule, extra }: State): LogRecord[] {
  const logs: LogRecord[] = [];
  for (const [at, matched] of (extra?.matched ?? []).entries()) {
    if (matched.rule.log?.all === true) logs.push(logRecord(matched, extra?.callers[at], 0));
  }
  if (rule.rule.log?.all === true) logs.push(logRecord(rule, extra?.caller, 0));
  return logs;
}

/** Diversion, change of family, routing. */
function end(
  machine: Machine,
  tested: Tested,
  outcome: Outcome,
  state: State | undefined,
  arrived: { readonly tos: number; readonly ttl: number },
  retest: Retest,
): Outcome {
  const { packet } = outcome;
  const divert = outcome.rule?.rule.divert;
  if (divert?.kind === "divert-packet") {
    const sent: Generated = { kind: "divert", port: divert.port };
    return { ...outcome, verdict: "gone", generated: [...outcome.generated, sent] };
  }
  if (divert !== undefined && tested.direction === "in") outcome.diverted = true;
  if (state === undefined) return outcome;
  if (state.extra?.afTo === true) {
    const made = changeFamily(state, tested, packet, arrived, machine);
    return { ...outcome, verdict: made === undefined ? "drop" : "gone", generated: made ?? [] };
  }
  const { route } = state.extra ?? {};
  if (route === undefined) return outcome;
  outcome.routed = route.kind;
  const own = tested.direction === state.direction;
  if (route.kind === "dup-to" || own === (route.kind === "route-to")) {
    return routePacket(machine, tested, outcome, route, retest);
  }
  return outcome;
}
