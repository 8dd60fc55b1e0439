import { addressBits, type Family, ICMP, ICMP6 } from "../../../model/packet.ts";
import type { Box, Field, PacketSet, PacketSets } from "../packet-sets.ts";
import { ofFamily, ofProtocol, relabelled } from "../packets.ts";
import { type BitMoves, blocksOf, imageOf, type Masked, preimageOf } from "./address-bits.ts";
import { message } from "./classes.ts";

/** What `af-to` makes of a packet, ports apart (section 18). */
export interface FamilyChange {
  readonly target: Family;
  /** Packets of the target family with a source that `from` can give. */
  readonly sources: PacketSet;
  readonly destination: NewDestination;
}

/** The destination after `af-to`. */
export type NewDestination =
  /** That of one of these packets. */
  | { readonly kind: "values"; readonly values: PacketSet }
  /** An IPv4 address put into an IPv6 address, or taken out of it. */
  | { readonly kind: "moves"; readonly moves: BitMoves };

/** Forgotten together: in the other family an address that is not tested alone is 0 beyond its bits. */
const ENDS = ["family", "source", "destination"] as const;

/** Parts that sets are taken apart into; beyond, a destination may be any. */
const MOST_BOXES = 256;

/** ICMP types that have the same meaning: echoes. Others make no state that changes the family. */
const ECHOES: readonly Readonly<Record<Family, number>>[] = [
  { inet: 8, inet6: 128 },
  { inet: 0, inet6: 129 },
];

/**
 * Packets that those of a set become.
 *
 * Exact unless the set takes more than {@link MOST_BOXES} boxes: then larger.
 */
export function familyImage(sets: PacketSets, set: PacketSet, change: FamilyChange): PacketSet {
  const { target, sources, destination } = change;
  const from = other(target);
  const bare = sets.forget(set, ["source"]);
  const moved = acrossFamilies(sets, bare, target, (some) => {
    if (destination.kind === "values") {
      return sets.and(destination.values, sets.forget(some, ENDS));
    }
    const { moves } = destination;
    return withDestinations(sets, some, from, target, (it) => imageOf(it, moves));
  });
  return sets.and(moved, sources);
}

/** Packets that become one of a set; larger where {@link familyImage} is. */
export function familyPreimage(sets: PacketSets, set: PacketSet, change: FamilyChange): PacketSet {
  const { target, sources, destination } = change;
  const own = sets.forget(sets.and(set, sources), ["source"]);
  return acrossFamilies(sets, own, other(target), (some) => {
    if (destination.kind === "values") {
      return sets.forget(sets.and(some, destination.values), ENDS);
    }
    const { moves } = destination;
    return withDestinations(sets, some, target, other(target), (it) => preimageOf(it, moves));
  });
}

function other(family: Family): Family {
  return family === "inet" ? "inet6" : "inet";
}

/**
 * Packets of the other family as `to` has them; ICMP echoes change their protocol and type.
 *
 * @param move - of packets of the other family, to packets of any
 */
function acrossFamilies(
  sets: PacketSets,
  set: PacketSet,
  to: Family,
  move: (set: PacketSet) => PacketSet,
): PacketSet {
  const from = other(to);
  const icmp = sets.or(ofProtocol(sets, ICMP), ofProtocol(sets, ICMP6));
  const own = sets.and(set, ofFamily(sets, from));
  let result = move(sets.diff(own, icmp));
  for (const type of ECHOES) {
    const echoes = sets.and(own, message(sets, from, type[from]));
    const moved = sets.forget(move(echoes), ["protocol"]);
    result = sets.or(result, withType(sets, moved, to, type[to]));
  }
  return sets.and(result, ofFamily(sets, to));
}

/** Any code of the type: an echo that has another one than 0 keeps it. */
function withType(sets: PacketSets, set: PacketSet, family: Family, type: number): PacketSet {
  return sets.and(sets.blur(set, "destinationPort", 0xff00n), message(sets, family, type));
}

function withDestinations(
  sets: PacketSets,
  set: PacketSet,
  from: Family,
  to: Family,
  move: (block: Masked) => Masked | undefined,
): PacketSet {
  const { boxes, complete } = sets.boxes(set, MOST_BOXES);
  if (!complete) return sets.forget(set, ENDS);
  return boxes.reduce((all, box) => {
    const moved = movedBox(sets, box, from, to, move);
    return sets.or(all, sets.and(moved, relabelled(sets, within(sets, set, box))));
  }, sets.empty);
}

/** Boxes say nothing of labels: what becomes of one keeps those that stand within it. */
function within(sets: PacketSets, set: PacketSet, box: Box): PacketSet {
  return Object.entries(box).reduce(
    (some, [field, [low, high]]) => sets.and(some, sets.range(field as Field, low, high)),
    set,
  );
}

function movedBox(
  sets: PacketSets,
  { destination: range, family: _, ...others }: Box,
  from: Family,
  to: Family,
  move: (block: Masked) => Masked | undefined,
): PacketSet {
  const bits = addressBits(from);
  const [unused, shift] = [BigInt(128 - bits), BigInt(128 - addressBits(to))];
  const [first, last] = range ?? [0n, (1n << 128n) - 1n];
  let places = sets.empty;
  for (const block of blocksOf(first >> unused, last >> unused, bits)) {
    const moved = move(block);
    if (moved === undefined) continue;
    const { value, mask } = moved;
    places = sets.or(places, sets.masked("destination", value << shift, mask << shift));
  }
  return Object.entries(others).reduce(
    (all, [field, [low, high]]) => sets.and(all, sets.range(field as Field, low, high)),
    places,
  );
}
