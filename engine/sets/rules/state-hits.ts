import type { Direction } from "../../kernel/criteria.ts";
import type { PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { whole } from "./headers.ts";
import { errorsBecome, imitations } from "./icmp-errors.ts";
import type { StateClass } from "./state-class.ts";
import { advertisements, ownMessages } from "./state-keys.ts";
import { allowed, isRewriting, joined, type Passed, passedBy, type Side } from "./state-sides.ts";

/** Where packets meet the states, and what they carry. */
export interface Crossed {
  readonly direction: Direction;
  readonly interface: string;
  /** Routing domain of {@link rtable}. */
  readonly rdomain: number;
  readonly rtable: number;
  /** Empty: none. */
  readonly tag: string;
}

/** Packets that states let pass, and what leaves pf. */
export interface Hits {
  readonly hit: PacketSet;
  readonly becomes: PacketSet;
  /** One of these routes them; undefined: any. */
  readonly rtables: readonly number[] | undefined;
  /** One of these they carry; undefined: any. */
  readonly tags: readonly string[] | undefined;
  /**
   * Who sent them: of states that change the family the family tells, of others the direction. A
   * `route-to` is for packets of the state's own side, `reply-to` for the others (section 24.9).
   */
  readonly forward: PacketSet;
}

/**
 * Packets that states of a class let pass in one crossing, and what they become (sections 6 … 8, 22,
 * 24; follows pf_find_state, pf_test_state and pf_test_state_icmp, OpenBSD 7.8).
 *
 * Exact for the states of a class whose translation is a function, but larger (a state only adds
 * ways to pass, claims.md 2) in what follows:
 * - numbers, flags and timers of connections, `max-pkt-rate` and the SYN proxy refuse nothing here,
 *   and finished connections answer for ever;
 * - with a choice of addresses or ports every choice counts for every key: a reply to any of them
 *   goes to each packet that may have been given it;
 * - the target of neighbour and listener messages is no field: every message about another target
 *   hits, too;
 * - an ICMP error hits where some packet that it may quote lets it ({@link imitations});
 *   {@link imitatedHits} keeps to the quoted packet;
 * - ids of translated ICMP messages that are no identified queries become any id, as do id and type
 *   of the messages that only sloppy states let pass, and of replies that made states;
 * - one packet whose translation changes nothing counts as changed and as unchanged;
 * - states of unread rules ({@link StateClass.anything}) take anything for a reply, but send it back to
 *   who made them.
 *
 * Packets with IP options are no hits where the state drops them. TCP flags are taken as they are:
 * a SYN with FIN has lost its FIN before.
 *
 * @param packets - what gets as far as a state lookup; fragments are left out
 */
export function hits(
  sets: PacketFunctions,
  states: StateClass,
  at: Crossed,
  packets: PacketSet,
): Hits {
  const looking = sets.diff(sets.and(packets, whole(sets)), advertisements(sets));
  const errors = sets.and(looking, ownMessages(sets, "errors"));
  const flows = allowed(sets, states, sets.diff(looking, errors));
  return along(sets, states, at, (side) => {
    const own = passedBy(sets, states, side, flows, false);
    if (errors === sets.empty) return own;
    const quoted = passedBy(sets, states, side, imitations(sets, errors), true);
    const about = errorsBecome(sets, states, side, allowed(sets, states, errors), quoted);
    return joined(sets, own, about);
  });
}

/**
 * The same of ICMP errors, told by the packets that they imitate: an error is let through where a
 * packet would be that answers the one it quotes, and is translated as that would be.
 *
 * Exact where `hits` is, and for what the error quotes; but quoted sequence numbers are not tested.
 * A quoted one-way message counts as answered, which it never is itself. Headers of the error are
 * left aside: its options, TOS and type, and whether the other family has a word for it.
 */
export function imitatedHits(
  sets: PacketFunctions,
  states: StateClass,
  at: Crossed,
  imitated: PacketSet,
): Hits {
  return along(sets, states, at, (side) => passedBy(sets, states, side, imitated, true));
}

const NOTHING = { rtables: [], tags: [] };

function along(
  sets: PacketFunctions,
  states: StateClass,
  at: Crossed,
  passed: (side: Side) => Passed,
): Hits {
  const sides = sidesAt(states, at);
  let all: Passed = { hit: sets.empty, becomes: sets.empty };
  let forward = sets.empty;
  let rtables: readonly number[] = [];
  for (const side of sides) {
    const own = passed(side);
    if (own.hit === sets.empty) continue;
    if (side === "forward") forward = own.hit;
    rtables = [...rtables, ...rtablesBehind(states, at, side)];
    all = joined(sets, all, own);
  }
  if (all.hit === sets.empty) return { ...all, ...NOTHING, forward };
  if (states.anything) return { ...all, rtables: undefined, tags: undefined, forward };
  return { ...all, rtables: [...new Set(rtables)], tags: tagsBehind(states, at.tag), forward };
}

/**
 * How packets stand to a class that cross here: to if-bound states only on their interface, in the
 * routing domain of the key that is compared. The packets of states that change the family all come
 * in, from both sides.
 */
function sidesAt(states: StateClass, at: Crossed): readonly Side[] {
  const { direction, boundTo, rdomainBefore, rdomainAfter, translation, anything } = states;
  if (boundTo !== undefined && boundTo !== at.interface) return [];
  const inOwn = at.direction === direction;
  const sides: Side[] = [];
  if (inOwn && at.rdomain === rdomainBefore) sides.push("forward");
  const comesBack = translation.family !== undefined ? at.direction === "in" : !inOwn;
  const replies = anything || (comesBack && at.rdomain === rdomainAfter);
  if (replies) sides.push("reply");
  return sides;
}

function rtablesBehind(states: StateClass, at: Crossed, side: Side): readonly number[] {
  if (side === "forward" || states.translation.family !== undefined) return [states.rtable];
  const { rdomainBefore, rdomainAfter } = states;
  if (rdomainBefore !== rdomainAfter) return [rdomainBefore];
  return isRewriting(states) ? [rdomainBefore, at.rtable] : [at.rtable];
}

/** A state gives the tag that rules set; it may also have stored the one its first packet carried. */
function tagsBehind({ tag, tagged }: StateClass, own: string): readonly string[] {
  if (tagged) return [tag];
  return tag === "" || tag === own ? [own] : [own, tag];
}
