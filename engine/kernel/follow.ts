import { ICMP, ICMP6, TCP } from "../../model/packet.ts";
import { connectionLimit } from "./connection-limit.ts";
import type { Tested, Translated } from "./evaluation.ts";
import {
  errorLookup,
  isAdvert,
  isQuotedWrongWay,
  isWrongWay,
  multicastEnds,
  quotedInWindow,
} from "./icmp.ts";
import { changesFamily, ECHOES } from "./icmp-families.ts";
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
  const state = find(machine, tested, tested.ends, packet.protocol);
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
function find(
  machine: Machine,
  { direction, interface: on, domain }: Tested,
  at: Translated,
  protocol: number,
): State | undefined {
  const key = keyOf(at, protocol, domain, direction);
  const state = machine.states.find(key, direction, on);
  if (state === undefined || state.direction !== direction) return state;
  return state.rule.packetRate?.isOverWith(machine.now) === true ? undefined : state;
}

/** Gives the packet the addresses that it has on the other side of the state (section 8.4). */
function translate(state: State, { packet, direction, isReply }: Tested): void {
  const { wire, stack } = state;
  if (wire === stack || state.extra?.afTo === true) return;
  const to = direction === "in" ? stack : wire;
  rewrite(packet, addressesOf(to, direction), !isReply, true);
  packet.rtable = to.rdomain;
}

function followIcmp(machine: Machine, tested: Tested): Followed {
  const { packet, direction } = tested;
  if (isAdvert(packet)) return { kind: "rules", reason: REASON.short };
  if (tested.isError) return followError(machine, tested);
  const wrong = (it: State): boolean => isWrongWay(it, packet, direction);
  const ends = [tested.ends, multicastEnds(packet)];
  const state = findAnswered(machine, tested, ends, packet.protocol, wrong);
  if (state === undefined) return RULES;
  if (wrong(state)) return droppedBy(state, 0);
  state.touched = machine.now;
  state.timeout = "icmp.error";
  if (state.extra?.afTo === true && !changesFamily(packet)) return droppedBy(state, 0);
  translate(state, tested);
  return passed(state);
}

/** The state of the first ends; if that is none, or goes the wrong way, that of the second. */
function findAnswered(
  machine: Machine,
  tested: Tested,
  [at, again]: readonly (Translated | undefined)[],
  protocol: number,
  isWrong: (state: State) => boolean,
): State | undefined {
  const first = at && find(machine, tested, at, protocol);
  if (again === undefined || (first !== undefined && !isWrong(first))) return first;
  return find(machine, tested, again, protocol) ?? first;
}

function droppedBy(state: State, reason: number): Followed {
  return { kind: "state", state, verdict: "drop", reason, generated: [] };
}

/** An error is let through where a reply to the packet it quotes would be. */
function followError(machine: Machine, tested: Tested): Followed {
  const { packet } = tested;
  const look = errorLookup(packet);
  if (look.kind === "rules") return { kind: "rules", reason: look.reason };
  const quoted = packet.icmp?.quoted;
  if (quoted === undefined) return RULES;
  // the quoted packet went the other way
  const fromSource = (it: State): boolean => !isFromSource(it, tested);
  const wrong = (it: State): boolean => {
    return !isSloppy(it) && isQuotedWrongWay(quoted, packet.family, fromSource(it));
  };
  const state = findAnswered(machine, tested, [look.at, look.multicast], look.protocol, wrong);
  if (state === undefined) return RULES;
  const isTcp = quoted.protocol === TCP;
  if (isTcp && !isSloppy(state) && !quotedInWindow(state, quoted, fromSource(state))) {
    return droppedBy(state, REASON.badState);
  }
  if (wrong(state)) return droppedBy(state, 0);
  if (state.extra?.afTo === true && !changesFamily(packet)) return droppedBy(state, 0);
  translateError(state, tested, fromSource(state));
  return passed(state);
}

function isSloppy({ rule }: State): boolean {
  return rule.rule.stateOptions.sloppy;
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
  const isIcmp = quoted.protocol === ICMP || quoted.protocol === ICMP6;
  const isOtherPort = !isIcmp && quoted.destinationPort !== at.sourcePort;
  // a router's address is replaced too, as soon as the quoted receiver is another one
  if (quoted.destination !== at.source || isOtherPort) packet.source = at.source;
  packet.destination = at.destination;
  quoted.source = at.destination;
  quoted.destination = at.source;
  if (!isIcmp) {
    quoted.sourcePort = at.destinationPort;
    quoted.destinationPort = at.sourcePort;
  } else if (ECHOES.has(quoted.icmpType)) {
    const isRequest = quoted.icmpType === 8 || quoted.icmpType === 128;
    quoted.icmpId = isRequest ? at.destinationPort : at.sourcePort;
  }
  packet.rtable = to.rdomain;
}
