import { ICMP, ICMP6, TCP } from "../../model/packet.ts";
import { connectionLimit } from "./connection-limit.ts";
import type { Tested, Translated } from "./evaluation.ts";
import {
  errorLookup,
  isQuotedWrongWay,
  isUnsolicited,
  isWrongWay,
  multicastEnds,
  quotedInWindow,
} from "./icmp.ts";
import { addressesOf, keyOf } from "./keys.ts";
import type { Machine } from "./machine.ts";
import { type Generated, REASON } from "./outcome.ts";
import { rewrite } from "./rewrite.ts";
import type { State } from "./state.ts";
import { trackOther, trackTcp } from "./track.ts";

/** What the states have made of a packet. */
export type Followed =
  /** No state, or one that does not count: the rules decide. */
  | { readonly kind: "rules"; readonly reason: number }
  | {
      readonly kind: "state";
      readonly state: State;
      readonly verdict: "pass" | "drop" | "gone";
      readonly reason: number;
      readonly generated: readonly Generated[];
    };

const RULES: Followed = { kind: "rules", reason: 0 };

/**
 * Looks a packet's state up and has the packet tracked; a packet that passes is rewritten (sections
 * 7, 8, 22; follows pf_test_state and pf_test_state_icmp, OpenBSD 7.8).
 */
export function followState(machine: Machine, tested: Tested): Followed {
  const { packet } = tested;
  if (packet.protocol === ICMP || packet.protocol === ICMP6) return followIcmp(machine, tested);
  const state = find(machine, tested, tested.ends);
  if (state === undefined) return RULES;
  const fromSource = isFromSource(state, tested);
  if (packet.protocol !== TCP) {
    trackOther(state, fromSource, machine.now);
    translate(state, tested);
    return passed(state);
  }
  const tracked = trackTcp(state, packet, fromSource, machine.now, machine);
  if (tracked.result === "rules") {
    machine.states.mark(state);
    return { kind: "rules", reason: tracked.reason };
  }
  if (tracked.completed && connectionLimit(machine, state)) {
    return { kind: "state", state, verdict: "drop", reason: REASON.sourceLimit, generated: [] };
  }
  const { result: verdict, reason, generated } = tracked;
  if (verdict === "pass") translate(state, tested);
  return { kind: "state", state, verdict, reason, generated };
}

function passed(state: State): Followed {
  return { kind: "state", state, verdict: "pass", reason: 0, generated: [] };
}

/** The state that a packet would find, whatever it is. */
export function findState(machine: Machine, tested: Tested): State | undefined {
  const { packet, direction, interface: on, domain, ends } = tested;
  return machine.states.find(keyOf(ends, packet.protocol, domain, direction), direction, on);
}

/** Packets of a state that changes the family all come in: their family tells who sent them. */
function isFromSource(state: State, { packet, direction }: Tested): boolean {
  if (state.extra?.afTo === true) return packet.family === state.wire.family;
  return direction === state.direction;
}

/** The state of a packet; none if its rule has had too many packets lately. */
function find(machine: Machine, tested: Tested, at: Translated): State | undefined {
  const { packet, direction, interface: on, domain } = tested;
  const key = keyOf(at, packet.protocol, domain, direction);
  const state = machine.states.find(key, direction, on);
  if (state === undefined || state.direction !== direction) return state;
  return state.rule.packetRate?.isOverWith(machine.now) === true ? undefined : state;
}

/** Gives the packet the addresses that it has on the other side of the state (section 8.4). */
function translate(state: State, { packet, direction, isReply }: Tested): void {
  const { wire, stack } = state;
  if (wire === stack || state.extra?.afTo === true) return;
  const to = direction === "in" ? stack : wire;
  rewrite(packet, addressesOf(to, direction), !isReply);
  packet.rtable = to.rdomain;
}

function followIcmp(machine: Machine, tested: Tested): Followed {
  const { packet, direction } = tested;
  if (isUnsolicited(packet)) return { kind: "rules", reason: REASON.short };
  if (tested.isError) return followError(machine, tested);
  const first = find(machine, tested, tested.ends);
  const again = multicastEnds(packet);
  const isAnswer = first !== undefined && !isWrongWay(first, packet, direction);
  const second = isAnswer || again === undefined ? undefined : find(machine, tested, again);
  const state = second ?? first;
  if (state === undefined) return RULES;
  if (isWrongWay(state, packet, direction)) {
    return { kind: "state", state, verdict: "drop", reason: 0, generated: [] };
  }
  state.touched = machine.now;
  state.timeout = "icmp.error";
  translate(state, tested);
  return passed(state);
}

/** An error is let through where a reply to the packet it quotes would be. */
function followError(machine: Machine, tested: Tested): Followed {
  const { packet, direction, interface: on, domain } = tested;
  const look = errorLookup(packet);
  if (look.kind === "rules") return { kind: "rules", reason: look.reason };
  const lookUp = (at: Translated): State | undefined => {
    return machine.states.find(keyOf(at, look.protocol, domain, direction), direction, on);
  };
  const state =
    lookUp(look.at) ?? (look.multicast === undefined ? undefined : lookUp(look.multicast));
  if (state === undefined) return RULES;
  const quoted = packet.icmp?.quoted;
  if (quoted === undefined) return RULES;
  const sloppy = state.rule.rule.stateOptions.sloppy;
  // the quoted packet went the other way
  const fromSource = !isFromSource(state, tested);
  if (quoted.protocol === TCP && !sloppy && !quotedInWindow(state, quoted, fromSource)) {
    return { kind: "state", state, verdict: "drop", reason: REASON.badState, generated: [] };
  }
  if (!sloppy && isQuotedWrongWay(quoted, packet.family, fromSource)) {
    return { kind: "state", state, verdict: "drop", reason: 0, generated: [] };
  }
  translateError(state, tested, fromSource);
  return passed(state);
}

/** Rewrites the quoted packet, and the outer addresses where they are those of the flow. */
function translateError(state: State, { packet, direction }: Tested, fromSource: boolean): void {
  const quoted = packet.icmp?.quoted;
  const { wire, stack } = state;
  if (quoted === undefined) return;
  if (quoted.protocol === TCP) {
    const sender = fromSource ? state.source : state.destination;
    quoted.sequence = (quoted.sequence - sender.shift) >>> 0;
  }
  if (wire === stack || state.extra?.afTo === true) return;
  const to = direction === "in" ? stack : wire;
  // the key names the ends as a reply sees them
  const at = addressesOf(to, direction);
  const before = addressesOf(direction === "in" ? wire : stack, direction);
  // a router's address is replaced too, as soon as the quoted receiver is another one
  const isOther = before.source !== at.source || before.sourcePort !== at.sourcePort;
  if (isOther) packet.source = at.source;
  packet.destination = at.destination;
  quoted.source = at.destination;
  quoted.destination = at.source;
  if (quoted.protocol !== ICMP && quoted.protocol !== ICMP6) {
    quoted.sourcePort = at.destinationPort;
    quoted.destinationPort = at.sourcePort;
  } else if (ECHO_TYPES.has(quoted.icmpType)) {
    const isRequest = quoted.icmpType === 8 || quoted.icmpType === 128;
    quoted.icmpId = isRequest ? at.destinationPort : at.sourcePort;
  }
  packet.rtable = to.rdomain;
}

const ECHO_TYPES: ReadonlySet<number> = new Set([0, 8, 128, 129]);
