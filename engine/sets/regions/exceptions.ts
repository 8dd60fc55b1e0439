import { TCP } from "../../../model/packet.ts";
import type { Field, PacketSet, PacketSets } from "../packet-sets.ts";
import { ofProtocol } from "../packets.ts";
import { coverOf, narrowed, needed, unionOf } from "./cover.ts";
import { withTwinsJoined } from "./families.ts";
import { widened } from "./growth.ts";
import { icmp } from "./meaning.ts";
import {
  type Area,
  areaOf,
  costOf,
  FIELD_NAMES,
  type Product,
  productSet,
  testsPorts,
} from "./product.ts";

/** What is cut out of one region at most. */
const MOST_EXCEPTIONS = 3;
/** What is cut out is less than one in so many packets. */
const SMALL_PART = 4n;
/** Regions among which exceptions are looked for: each pair is asked. */
const MOST_ASKED = 24;

/**
 * Puts areas together where all of them are one larger product less a few smaller ones, if that is
 * shorter: `all except from A to B` for `from ! A` and `to ! B`.
 *
 * What is cut out is a small part of the product.
 */
export function withExceptions(
  sets: PacketSets,
  areas: readonly Area[],
  within: PacketSet,
): readonly Area[] {
  let found = areas;
  for (let better = joinOf(sets, found, within); better; better = joinOf(sets, found, within)) {
    found = better;
  }
  return found;
}

/** The areas with some of them joined, in the way that saves most; undefined: none saves. */
function joinOf(
  sets: PacketSets,
  areas: readonly Area[],
  within: PacketSet,
): readonly Area[] | undefined {
  if (areas.length > MOST_ASKED) return undefined;
  const costs = new Map(areas.map((it) => [it, costOf(sets, it)]));
  const asked = new Set<PacketSet>();
  let best: readonly Area[] | undefined;
  let most = 0;
  for (const [at, one] of areas.entries()) {
    for (const other of areas.slice(at + 1)) {
      const hull = hullOf(sets, one.product, other.product);
      if (hull === undefined) continue;
      const set = productSet(sets, hull);
      if (asked.has(set)) continue;
      asked.add(set);
      const others = areas.filter((it) => it !== one && it !== other);
      const joined = areaWithHoles(sets, hull, within, unionOf(sets, others));
      if (joined === undefined) continue;
      // what is cut out of the two is in others, which stay for that
      const replaced = areas.filter((it) => {
        return it === one || it === other || sets.implies(it.set, joined.set);
      });
      const before = replaced.reduce((sum, it) => sum + (costs.get(it) ?? 0), 0);
      const saved = before - costOf(sets, joined);
      if (saved <= most) continue;
      most = saved;
      best = areas.flatMap((it) => {
        if (it === replaced[0]) return [joined];
        return replaced.includes(it) ? [] : [it];
      });
    }
  }
  return best;
}

/**
 * The product with the list of one of the two in every field, or any value, that holds both;
 * undefined: there is none. Ports of one must not be what ICMP has in their place.
 */
function hullOf(sets: PacketSets, one: Product, other: Product): Product | undefined {
  const [a, b] = [one.parts, other.parts];
  if (a.fragment !== b.fragment) return undefined;
  const hasPorts = testsPorts(sets, one) && testsPorts(sets, other);
  if (hasPorts && sets.meets(a.protocol, icmp(sets)) !== sets.meets(b.protocol, icmp(sets))) {
    return undefined;
  }
  const parts: Record<Field, PacketSet> = { ...a };
  for (const field of FIELD_NAMES) {
    parts[field] = sets.or(a[field], b[field]);
    if (![a[field], b[field], sets.all].includes(parts[field])) return undefined;
  }
  const tcp = ofProtocol(sets, TCP);
  if (!sets.meets(a.protocol, tcp)) parts.flags = b.flags;
  else if (!sets.meets(b.protocol, tcp)) parts.flags = a.flags;
  return { parts, replies: repliesOf(sets, one, other) };
}

/** Whether the hull has replies: a product without ICMP says nothing of them. */
function repliesOf(sets: PacketSets, one: Product, other: Product): boolean {
  if (!sets.meets(one.parts.protocol, icmp(sets))) return other.replies;
  if (!sets.meets(other.parts.protocol, icmp(sets))) return one.replies;
  return one.replies || other.replies;
}

/**
 * The product less what is not within the set: a few products, which may hold of the set what others
 * have.
 */
function areaWithHoles(
  sets: PacketSets,
  product: Product,
  within: PacketSet,
  others: PacketSet,
): Area | undefined {
  const set = productSet(sets, product);
  const hole = sets.diff(set, within);
  if (sets.count(hole) * SMALL_PART >= sets.count(set)) return undefined;
  const own = sets.diff(sets.and(set, within), others);
  const harmless = sets.not(own);
  const { areas, rest } = coverOf(sets, hole, harmless, 2 * MOST_EXCEPTIONS);
  if (rest !== sets.empty) return undefined;
  const wide = areas.map((it) => {
    const narrow = narrowed(sets, it, sets.and(it.set, hole)).product;
    return areaOf(sets, widened(sets, narrow, harmless));
  });
  const except = withTwinsJoined(sets, needed(sets, wide, hole));
  return except.length <= MOST_EXCEPTIONS ? areaOf(sets, product, except) : undefined;
}
