import type { FieldChange, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { constant, NOT_IN_KEYS, ofFamily, relabelled, union } from "../packets.ts";
import { message } from "./classes.ts";
import { type StateClass, translationsOf } from "./state-class.ts";
import {
  advertisements,
  answers,
  exchanged,
  messagesOf,
  mirrored,
  openKeys,
  ownMessages,
} from "./state-keys.ts";

/** How packets that look a state up stand to it. */
export type Side = "forward" | "reply";

/** What one side of a class lets pass. */
export interface Passed {
  readonly hit: PacketSet;
  readonly becomes: PacketSet;
}

/** Both keys of a state may differ: its packets are rewritten. */
export function isRewriting({ translation, rdomainBefore, rdomainAfter }: StateClass): boolean {
  const { writes, family } = translation;
  return writes.length > 0 || family !== undefined || rdomainBefore !== rdomainAfter;
}

/**
 * What one side of a class lets pass.
 *
 * @param imitated - packets stand for the ICMP errors that imitate them: they are left as they would be
 */
export function passedBy(
  sets: PacketFunctions,
  states: StateClass,
  side: Side,
  packets: PacketSet,
  imitated: boolean,
): Passed {
  const sent = changing(sets, states, packets);
  const passed = states.anything
    ? ofAnything(sets, states, side, sent)
    : side === "forward"
      ? forwardOf(sets, states, sent, imitated)
      : repliesOf(sets, states, sent, imitated);
  // of quoted messages only echoes are given the id of their key
  if (imitated) return { ...passed, becomes: anyIds(sets, states, passed.becomes, echoes(sets)) };
  return { hit: passed.hit, becomes: finished(sets, states, passed.becomes) };
}

/** An unread rule may have translated to anything, but its packets go back to where they came from. */
function ofAnything(
  sets: PacketFunctions,
  { keys }: StateClass,
  side: Side,
  packets: PacketSet,
): Passed {
  if (side === "forward") {
    const hit = sets.and(packets, keys);
    return { hit, becomes: relabelled(sets, hit) };
  }
  if (packets === sets.empty || keys === sets.empty)
    return { hit: sets.empty, becomes: sets.empty };
  const ports = sets.forget(mirrored(sets, keys), ["sourcePort", "destinationPort"]);
  return { hit: packets, becomes: sets.and(ports, relabelled(sets, packets)) };
}

function forwardOf(
  sets: PacketFunctions,
  states: StateClass,
  packets: PacketSet,
  imitated: boolean,
): Passed {
  const { keys } = states;
  const out = against(sets, states.sloppy, imitated);
  const right = sets.diff(packets, out);
  const hit = sets.and(right, keys);
  const parts: Passed[] = [{ hit, becomes: sent(sets, states, hit) }];
  if (imitated) parts.push(toAllNodes(sets, states, (own) => sets.and(right, own), "forward"));
  if (states.sloppy) {
    const odd = sets.and(right, openKeys(sets, exchanged(sets, keys)));
    const like = sets.and(exchanged(sets, odd), keys);
    parts.push({ hit: odd, becomes: withoutPorts(sets, sent(sets, states, like)) });
  }
  return parts.reduce((all, some) => joined(sets, all, some));
}

/** Messages that no state lets pass in its own direction. */
function against(sets: PacketSets, sloppy: boolean, imitated: boolean): PacketSet {
  const replies = sloppy ? sets.empty : answers(sets);
  if (!imitated) return replies;
  // what quotes a message that nothing answers is about the other direction
  const unanswered = ownMessages(sets, "one-way");
  return sets.or(replies, sloppy ? sets.diff(unanswered, nought(sets)) : unanswered);
}

/** ICMPv6 messages of type 0: the key is that of their answer, both ports are 0. */
function nought(sets: PacketSets): PacketSet {
  return message(sets, "inet6", 0);
}

function repliesOf(
  sets: PacketFunctions,
  states: StateClass,
  packets: PacketSet,
  imitated: boolean,
): Passed {
  const { sloppy } = states;
  const asking = sets.and(packets, answering(sets, sloppy, imitated));
  if (asking === sets.empty) return { hit: sets.empty, becomes: sets.empty };
  const left = leftBy(sets, states);
  const hit = sets.and(asking, mirroredKeys(sets, left));
  const parts: Passed[] = [{ hit, becomes: answered(sets, states, hit) }];
  if (!imitated) {
    // few are looked for: they are exchanged rather than all packets
    const asked = (own: PacketSet): PacketSet =>
      mirrored(sets, sets.and(asking, mirroredKeys(sets, own)));
    parts.push(toAllNodes(sets, states, asked, "reply"));
  }
  if (sloppy) {
    const asked = mirrored(sets, asking);
    const odd = sets.and(asked, openKeys(sets, exchanged(sets, left)));
    const like = sets.and(exchanged(sets, odd), left);
    const becomes = withoutPorts(sets, mirrored(sets, originals(sets, states, like)));
    parts.push({ hit: mirrored(sets, odd), becomes });
  }
  return parts.reduce((all, some) => joined(sets, all, some));
}

/** Replies as they are on the state's own side. */
function answered(sets: PacketFunctions, states: StateClass, replies: PacketSet): PacketSet {
  return isRewriting(states) ? received(sets, states, mirrored(sets, replies)) : replies;
}

/** Keys whose answers are remembered at once: beyond, they are forgotten together. */
const MOST_KEYS = 1 << 12;
const MIRRORED_KEYS: WeakMap<PacketFunctions, Map<PacketSet, PacketSet>> = new WeakMap();

/** The packets that answer keys: many packets meet the same ones. */
function mirroredKeys(sets: PacketFunctions, keys: PacketSet): PacketSet {
  const all = MIRRORED_KEYS.get(sets) ?? new Map<PacketSet, PacketSet>();
  MIRRORED_KEYS.set(sets, all);
  let known = all.get(keys);
  if (known === undefined) {
    known = mirrored(sets, keys);
    if (all.size === MOST_KEYS) all.clear();
    all.set(keys, known);
  }
  return known;
}

/** The packets that answer others: of ICMP messages the replies, unless the state does not check. */
function answering(sets: PacketSets, sloppy: boolean, imitated: boolean): PacketSet {
  return constant(sets, `answering ${sloppy} ${imitated}`, () => {
    return answersBy(sets, sloppy, imitated);
  });
}

function answersBy(sets: PacketSets, sloppy: boolean, imitated: boolean): PacketSet {
  const flows = sets.not(ownMessages(sets, "all"));
  const replies = union(sets, [
    flows,
    answers(sets),
    ...(imitated ? [ownMessages(sets, "one-way"), advertisements(sets)] : []),
  ]);
  if (!sloppy) return replies;
  return union(sets, [replies, ownMessages(sets, "requests"), nought(sets)]);
}

/**
 * Packets of IPv6 that find a state only as if all nodes had been asked: replies, and errors that
 * quote a reply.
 *
 * @param among - the packets in a set, as the state's own side would see them
 */
function toAllNodes(
  sets: PacketFunctions,
  states: StateClass,
  among: (own: PacketSet) => PacketSet,
  side: Side,
): Passed {
  const nodes = allNodes(sets);
  const asking = sets.and(messagesOf(sets, "inet6"), ownMessages(sets, "requests"));
  const keys = side === "forward" ? states.keys : leftBy(sets, states);
  const asked = sets.and(keys, sets.and(asking, nodes));
  if (asked === sets.empty) return { hit: sets.empty, becomes: sets.empty };
  const some = among(sets.forget(asked, ["destination"]));
  if (some === sets.empty) return { hit: sets.empty, becomes: sets.empty };
  const named = sets.and(sets.forget(sets.and(some, asking), ["destination"]), nodes);
  const own = sets.and(some, asking);
  if (side === "forward") {
    const becomes = sent(sets, states, named);
    return { hit: own, becomes: isRewriting(states) ? sets.or(own, becomes) : own };
  }
  const hit = mirrored(sets, own);
  const becomes = received(sets, states, named);
  return { hit, becomes: isRewriting(states) ? sets.or(hit, becomes) : hit };
}

/** Packets to ff02::1. */
export function allNodes(sets: PacketSets): PacketSet {
  const address = 0xff02_0000_0000_0000_0000_0000_0000_0001n;
  return sets.and(ofFamily(sets, "inet6"), sets.range("destination", address, address));
}

/** What the packets that made the states have become: they are on the other side. */
function leftBy(sets: PacketFunctions, { keys, translation }: StateClass): PacketSet {
  const left = translationsOf(sets).image(keys, translation);
  // af-to loses headers that are no part of the key
  return inTarget(sets, sets.forget(left, NOT_IN_KEYS), translation.family?.target);
}

/** Packets of the state's own side on the other one. */
function sent(sets: PacketFunctions, states: StateClass, packets: PacketSet): PacketSet {
  const { translation } = states;
  const image = translationsOf(sets).image(packets, translation);
  return withoutIds(sets, states, inTarget(sets, image, translation.family?.target));
}

/** Replies to packets of the other side, on the state's own. */
function received(sets: PacketFunctions, states: StateClass, asked: PacketSet): PacketSet {
  return withoutIds(sets, states, mirrored(sets, originals(sets, states, asked)));
}

/** Keys that may have become packets of the other side; of these headers that get lost do not matter. */
function originals(sets: PacketFunctions, states: StateClass, left: PacketSet): PacketSet {
  const { translation, keys } = states;
  const bare = translation.family === undefined ? left : finished(sets, states, left);
  return sets.and(translationsOf(sets).preimage(bare, translation), keys);
}

function inTarget(
  sets: PacketSets,
  set: PacketSet,
  target: "inet" | "inet6" | undefined,
): PacketSet {
  return target === undefined ? set : sets.and(set, ofFamily(sets, target));
}

/** What hits a translated state is given the id of its key, whatever its type; that of queries is right. */
function withoutIds(sets: PacketSets, states: StateClass, packets: PacketSet): PacketSet {
  return anyIds(sets, states, packets, ownMessages(sets, "identified"));
}

/** Messages besides `known` ones with any id, if the state translates. */
function anyIds(
  sets: PacketSets,
  states: StateClass,
  packets: PacketSet,
  known: PacketSet,
): PacketSet {
  if (!isRewriting(states)) return packets;
  const others = sets.and(sets.diff(packets, known), ownMessages(sets, "all"));
  return others === sets.empty ? packets : sets.or(packets, sets.forget(others, ["sourcePort"]));
}

function withoutPorts(sets: PacketSets, packets: PacketSet): PacketSet {
  return sets.forget(packets, ["sourcePort", "destinationPort"]);
}

/** Packets that states may do something with: only echoes change their family. */
function changing(sets: PacketSets, { translation }: StateClass, packets: PacketSet): PacketSet {
  if (translation.family === undefined) return packets;
  return sets.diff(packets, sets.diff(ownMessages(sets, "all"), echoes(sets)));
}

function echoes(sets: PacketSets): PacketSet {
  return ownMessages(sets, "echoes");
}

/** Packets with IP options pass only where they may, or leave without them: in another family. */
export function allowed(sets: PacketSets, states: StateClass, packets: PacketSet): PacketSet {
  const { allowOptions, translation, anything } = states;
  if (allowOptions || anything || translation.family !== undefined) return packets;
  return sets.and(packets, sets.range("options", 0n, 0n));
}

/** What becomes of headers besides addresses and ports (section 24.2; follows pf_translate_af). */
export function finished(
  sets: PacketFunctions,
  { tos, translation }: StateClass,
  packets: PacketSet,
): PacketSet {
  if (translation.family !== undefined) {
    return NO_EXTRAS.reduce((all, change) => sets.after(all, change), packets);
  }
  if (tos < 0) return packets;
  const mask = BigInt(0xfc | tos);
  return sets.after(packets, { kind: "bits", field: "tos", mask, value: BigInt(tos) });
}

/** A packet in another family loses its options and the bits of ECN; `set tos` comes too late. */
const NO_EXTRAS: readonly FieldChange[] = [
  { kind: "bits", field: "tos", mask: 3n, value: 0n },
  { kind: "bits", field: "options", mask: 1n, value: 0n },
];

export function joined(sets: PacketSets, one: Passed, other: Passed): Passed {
  return { hit: sets.or(one.hit, other.hit), becomes: sets.or(one.becomes, other.becomes) };
}
