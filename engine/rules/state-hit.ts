import type { Packet, QuotedPacket } from "../../model/packet.ts";
import type { Crossing } from "./crossing.ts";
import { icmpRole, isIcmp, isIcmpError, isNeighbourAdvertisement } from "./icmp-message.ts";
import { answerKeyOf, keyOf, rewrittenTo, type StateKey } from "./state-key.ts";
import type { State, StateTable } from "./state-table.ts";

/** A packet that belongs to a state: what it becomes, or why it is dropped all the same. */
export interface StateHit {
  readonly state: State;
  readonly packet: Packet;
  /** Routing table after the hit. */
  readonly rtable: number;
  readonly dropped?: string;
}

/**
 * Finds the state that lets the packet pass without asking the rules (pf-semantics.md 7, 22).
 *
 * Fragments and neighbour advertisements never have one; an ICMP error has the state of the packet
 * that it quotes.
 */
export function stateHit(
  crossing: Crossing,
  packet: Packet,
  states: StateTable,
): StateHit | undefined {
  if (packet.fragment !== "no" || isNeighbourAdvertisement(packet)) return undefined;
  if (isIcmpError(packet)) return errorHit(crossing, packet, states);
  const { direction, rdomain } = crossing;
  const key = keyOf(packet, direction, rdomain);
  const state = states.find(key, direction, crossing.interface);
  if (state === undefined) return undefined;
  const dropped = flowsAgainst(packet, direction, state);
  const other = otherKey(state, direction);
  if (other.text === key.text) return hitBy(state, packet, crossing, undefined, dropped);
  return hitBy(state, rewrittenTo(packet, direction, other), crossing, other.rdomain, dropped);
}

function errorHit(crossing: Crossing, packet: Packet, states: StateTable): StateHit | undefined {
  const { quoted } = packet;
  if (quoted === undefined || quoted.source !== packet.destination) return undefined;
  const { direction, rdomain } = crossing;
  const key = answerKeyOf(quoted, packet.family, direction, rdomain);
  const state = states.find(key, direction, crossing.interface);
  if (state === undefined) return undefined;
  // a quoted packet went the other way than the error
  const dropped = flowsAgainst(
    { ...quoted, family: packet.family },
    direction === "in" ? "out" : "in",
    state,
  );
  const other = otherKey(state, direction);
  if (other.text === key.text) return hitBy(state, packet, crossing, undefined, dropped);
  const moved = errorAbout(packet, quoted, direction, other);
  return hitBy(state, moved, crossing, other.rdomain, dropped);
}

/**
 * The error with the quoted packet translated, and the outer addresses with it.
 *
 * Where the quoted destination is translated, the outer source becomes the translated one even if
 * the error comes from a router in between (recorded: rare ra275/12, against pf-semantics.md 22).
 */
function errorAbout(
  packet: Packet,
  quoted: QuotedPacket,
  direction: "in" | "out",
  key: StateKey,
): Packet {
  const backwards = direction === "in" ? "out" : "in";
  const { family } = packet;
  const { family: _, ...moved } = rewrittenTo({ ...quoted, family }, backwards, key);
  const turned =
    moved.destination !== quoted.destination || moved.destinationPort !== quoted.destinationPort;
  return {
    ...packet,
    source: turned ? moved.destination : packet.source,
    destination: moved.source,
    quoted: moved,
  };
}

/** ICMP requests must go in the direction of the state, replies against it (pf-semantics.md 37 A1). */
function flowsAgainst(
  packet: Parameters<typeof icmpRole>[0],
  direction: "in" | "out",
  state: State,
): string | undefined {
  if (!isIcmp(packet) || state.rule.sloppy) return undefined;
  const along = direction === state.direction;
  return icmpRole(packet).reply === along
    ? "ICMP query against the direction of its state"
    : undefined;
}

function otherKey(state: State, direction: "in" | "out"): StateKey {
  return direction === "in" ? state.stack : state.wire;
}

/** @param moved - domain of the key that the packet was rewritten to */
function hitBy(
  state: State,
  packet: Packet,
  crossing: Crossing,
  moved: number | undefined,
  dropped: string | undefined,
): StateHit {
  const along = state.direction === crossing.direction;
  const rtable = along ? state.rtable : (moved ?? crossing.rtable);
  return dropped === undefined ? { state, packet, rtable } : { state, packet, rtable, dropped };
}
