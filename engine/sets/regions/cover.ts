import type { Field, PacketSet, PacketSets } from "../packet-sets.ts";
import { Growth } from "./growth.ts";
import { rangeSet, rangesOf } from "./part-ranges.ts";
import { type Area, areaOf, costOf, FIELD_NAMES, simplified } from "./product.ts";
import { seedOf } from "./seed.ts";

/** Products whose union is a set, or all that the limit allows. */
export interface Cover {
  readonly areas: readonly Area[];
  /** Packets in none of them. */
  readonly rest: PacketSet;
}

/**
 * Products within `within` that hold all packets of `target`: each is grown from a packet that none
 * before holds, to the one that holds most of what is left. None is held by the others, and lists do
 * not repeat what other products say.
 *
 * @param target - part of `within`; both are meaningful
 */
export function coverOf(
  sets: PacketSets,
  target: PacketSet,
  within: PacketSet,
  limit: number,
): Cover {
  const growth = new Growth(sets, within);
  let areas: readonly Area[] = [];
  let rest = target;
  while (rest !== sets.empty && areas.length < limit) {
    const made = [...areas];
    const before = rest;
    while (rest !== sets.empty && made.length < limit) {
      const area = growth.grow(seedOf(sets, rest), rest);
      made.push(area);
      rest = sets.diff(rest, area.set);
    }
    areas = needed(sets, made, target);
    if (areas.length === made.length || rest === before) break;
  }
  return { areas: shortened(sets, areas, target), rest };
}

/** Without those that the others hold, small ones first. */
export function needed(
  sets: PacketSets,
  areas: readonly Area[],
  target: PacketSet,
): readonly Area[] {
  const counts = new Map(areas.map((it) => [it, sets.count(it.set)]));
  const order = [...areas].sort((one, other) => {
    const difference = (counts.get(one) ?? 0n) - (counts.get(other) ?? 0n);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
  const kept = new Set(areas);
  for (const area of order) {
    kept.delete(area);
    const own = sets.diff(sets.and(area.set, target), unionOf(sets, kept));
    if (own !== sets.empty) kept.add(area);
  }
  return areas.filter((it) => kept.has(it));
}

/** Lists of fields that may be shortened, in this order. */
const SHORTENED: readonly Field[] = [
  "destinationPort",
  "source",
  "destination",
  "protocol",
  "sourcePort",
];

/** Ranges of a list that is looked at. */
const MOST_RANGES = 256;

/** Takes values out of lists that other products hold, the last products first. */
function shortened(sets: PacketSets, areas: readonly Area[], target: PacketSet): readonly Area[] {
  const short = [...areas];
  for (let at = short.length - 1; at >= 0; at--) {
    const others = unionOf(
      sets,
      short.filter((_, index) => index !== at),
    );
    for (const field of SHORTENED) {
      const area = short[at];
      if (area === undefined) continue;
      const own = sets.diff(sets.and(area.set, target), others);
      short[at] = withShorterList(sets, area, own, field);
    }
  }
  return short;
}

/** The area without ranges of a field that no packet of `own` has, if that reads better. */
function withShorterList(sets: PacketSets, area: Area, own: PacketSet, field: Field): Area {
  const part = area.product.parts[field];
  if (part === sets.all) return area;
  // names of protocols need not be next to each other
  if (field === "protocol") return withValuesOf(sets, area, own, field);
  const { ranges, complete } = rangesOf(sets, part, field, MOST_RANGES);
  if (!complete || ranges.length < 2) return area;
  const values = valuesOf(sets, own, field);
  let less = sets.empty;
  for (const it of ranges) {
    const range = rangeSet(sets, field, it);
    if (sets.meets(range, values)) less = sets.or(less, range);
  }
  const shorter = withPart(sets, area, field, less);
  return costOf(sets, shorter) < costOf(sets, area) ? shorter : area;
}

/** The area with no other values in its lists than those that packets of `own` have, if it is not longer. */
export function narrowed(sets: PacketSets, area: Area, own: PacketSet): Area {
  return SHORTENED.reduce((all, field) => withValuesOf(sets, all, own, field), area);
}

function withValuesOf(sets: PacketSets, area: Area, own: PacketSet, field: Field): Area {
  const part = area.product.parts[field];
  if (part === sets.all) return area;
  const less = withPart(sets, area, field, sets.and(part, valuesOf(sets, own, field)));
  return costOf(sets, less) <= costOf(sets, area) ? less : area;
}

function withPart(sets: PacketSets, { product }: Area, field: Field, part: PacketSet): Area {
  const parts = { ...product.parts, [field]: part };
  return areaOf(sets, simplified(sets, { ...product, parts }));
}

/** The values of a field that packets of a set have; of an address together with the family. */
function valuesOf(sets: PacketSets, set: PacketSet, field: Field): PacketSet {
  const others = FIELD_NAMES.filter((it) => it !== field && it !== "family");
  const values = sets.forget(set, others);
  const isAddress = field === "source" || field === "destination";
  return isAddress ? values : sets.forget(values, ["family", "source", "destination"]);
}

export function unionOf(sets: PacketSets, areas: Iterable<Area>): PacketSet {
  let union = sets.empty;
  for (const { set } of areas) union = sets.or(union, set);
  return union;
}
