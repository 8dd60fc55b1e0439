import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import { isNothing } from "./actions.ts";
import type { Evaluation } from "./evaluation.ts";
import { isSolicitation } from "./icmp.ts";
import { isSameKey, keyOf } from "./keys.ts";
import type { LiveRule } from "./live-rule.ts";
import type { Machine } from "./machine.ts";
import { opposite } from "./rewrite.ts";
import type {
  Peer,
  RouteAction,
  SourceNode,
  State,
  StateExtra,
  StateKey,
  TimeoutKind,
} from "./state.ts";
import { openingPeers } from "./track.ts";

/** The two keys that a state of this evaluation has (follows pf_state_key_setup, OpenBSD 7.8). */
export function keysOf(it: Evaluation, machine: Machine): { wire: StateKey; stack: StateKey } {
  const { packet, direction, domain, now, ends } = it;
  const { family } = packet;
  const before = keyOf(ends, packet.protocol, domain, direction);
  const changesFamily = now.family !== family;
  const protocol = changesFamily ? otherIcmp(packet.protocol) : packet.protocol;
  const behind = machine.routes.domainOf(it.rtable);
  // the key of a neighbour message names its target, whatever its addresses become
  const { destination } = isSolicitation(packet) && !changesFamily ? ends : now;
  const left = { ...now, destination };
  const made = keyOf(left, protocol, behind, changesFamily ? opposite(direction) : direction);
  const after = isSameKey(before, made) ? before : made;
  return direction === "in" ? { wire: before, stack: after } : { wire: after, stack: before };
}

function otherIcmp(protocol: number): number {
  if (protocol === ICMP) return ICMP6;
  return protocol === ICMP6 ? ICMP : protocol;
}

/** What a state is made with besides its keys. */
interface Parts {
  readonly rule: LiveRule;
  readonly nodes: readonly SourceNode[];
  readonly route: RouteAction | undefined;
}

/** Makes the state of an evaluation; undefined: no room, or its keys are taken. */
export function makeState(it: Evaluation, machine: Machine, parts: Parts): State | undefined {
  const { packet } = it;
  const { wire, stack } = keysOf(it, machine);
  const made = machine.states.insert({
    direction: it.direction,
    interface: it.interface,
    ifBound: parts.rule.rule.stateOptions.ifBound,
    wire,
    stack,
    rule: parts.rule,
    timeout: firstTimeout(packet.protocol),
    now: machine.now,
    extra: extraOf(it, parts),
    ...peersOf(it),
  });
  if (typeof made === "string") return undefined;
  for (const node of parts.nodes) node.states++;
  return made;
}

function firstTimeout(protocol: number): TimeoutKind {
  switch (protocol) {
    case TCP:
      return "tcp.first";
    case UDP:
      return "udp.first";
    case ICMP:
    case ICMP6:
      return "icmp.first";
    default:
      return "other.first";
  }
}

function peersOf({ packet }: Evaluation): { source: Peer; destination: Peer } {
  if (packet.protocol === TCP) return openingPeers(packet);
  const none: Peer = { level: 0, low: 0, high: 0, window: 0, scale: -1, shift: 0 };
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMP6;
  return { source: { ...none, level: isIcmp ? 0 : 1 }, destination: none };
}

/** Undefined if all of it is as usual. */
function extraOf(it: Evaluation, { rule, nodes, route }: Parts): StateExtra | undefined {
  const { actions, matched, callers, bestCaller, rtable, domain } = it;
  const tag = it.tag ?? "";
  const afTo = it.now.family !== it.packet.family;
  const { allowOptions } = rule.rule;
  const special = rule.rule.state === "modulate" || rule.rule.state === "synproxy";
  const usual =
    tag === "" &&
    rtable === domain &&
    matched.length === 0 &&
    nodes.length === 0 &&
    bestCaller === undefined &&
    isNothing(actions);
  if (usual && route === undefined && !afTo && !allowOptions && !special) return undefined;
  return {
    tag,
    rtable,
    matched: [...matched],
    callers: [...callers],
    caller: bestCaller,
    actions: { ...actions },
    nodes,
    route,
    afTo,
    allowOptions,
    synproxy: undefined,
    tcpMemory: undefined,
    connected: false,
  };
}
