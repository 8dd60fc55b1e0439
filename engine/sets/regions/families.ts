import type { PacketSets } from "../packet-sets.ts";
import { ofFamily } from "../packets.ts";
import { type Area, areaOf, FIELD_NAMES, type Product, simplified } from "./product.ts";

/**
 * Puts products of inet and inet6 that differ in nothing but lists of addresses together, as a rule
 * with addresses of both families is written.
 */
export function withTwinsJoined(sets: PacketSets, areas: readonly Area[]): readonly Area[] {
  const joined: Area[] = [];
  for (const area of areas) {
    const at = joined.findIndex((it) => twinOf(sets, it.product, area.product) !== undefined);
    const twin = at < 0 ? undefined : joined[at];
    const both = twin && twinOf(sets, twin.product, area.product);
    if (both === undefined) joined.push(area);
    else joined[at] = areaOf(sets, simplified(sets, both));
  }
  return joined;
}

function twinOf(sets: PacketSets, one: Product, other: Product): Product | undefined {
  const families = [ofFamily(sets, "inet"), ofFamily(sets, "inet6")];
  if (!families.includes(one.parts.family) || !families.includes(other.parts.family)) {
    return undefined;
  }
  if (one.parts.family === other.parts.family || one.replies !== other.replies) return undefined;
  for (const field of FIELD_NAMES) {
    const [a, b] = [one.parts[field], other.parts[field]];
    if (field === "family") continue;
    const isAddress = field === "source" || field === "destination";
    const isAlike = isAddress ? (a === sets.all) === (b === sets.all) : a === b;
    if (!isAlike) return undefined;
  }
  const parts = {
    ...one.parts,
    family: sets.all,
    source: sets.or(one.parts.source, other.parts.source),
    destination: sets.or(one.parts.destination, other.parts.destination),
  };
  return { parts, replies: one.replies };
}
