import { TCP } from "../../../model/packet.ts";
import { FIELDS, type Field, type PacketSet, type PacketSets } from "../packet-sets.ts";
import { ofFamily, ofProtocol } from "../packets.ts";
import { whole } from "../rules/headers.ts";
import { headed, icmp, ported, replies } from "./meaning.ts";
import { type PartRange, rangesOf } from "./part-ranges.ts";

export const FIELD_NAMES: readonly Field[] = Object.keys(FIELDS) as readonly Field[];

/**
 * A region in the making: of each field the packets with one of its values.
 *
 * Addresses are tested together with their family. The fields mean what they mean in a `Region`, so
 * this is no plain product: see {@link productSet}.
 */
export interface Product {
  readonly parts: Readonly<Record<Field, PacketSet>>;
  /** False: whole packets are no ICMP replies. */
  readonly replies: boolean;
}

/** A product, what is cut out of it, and the packets that are left. */
export interface Area {
  readonly product: Product;
  readonly except: readonly Area[];
  readonly set: PacketSet;
}

/** Whether ports, or type, code and id of ICMP, are tested. */
export function testsPorts(sets: PacketSets, { parts }: Product): boolean {
  return parts.sourcePort !== sets.all || parts.destinationPort !== sets.all;
}

/** The packets of a product. */
export function productSet(sets: PacketSets, product: Product): PacketSet {
  const { parts } = product;
  let set = sets.all;
  for (const field of FIELD_NAMES) if (field !== "flags") set = sets.and(set, parts[field]);
  const shown = parts.fragment === sets.all ? whole(sets) : headed(sets);
  if (testsPorts(sets, product)) {
    set = sets.and(sets.and(set, shown), sets.or(ported(sets), icmp(sets)));
  }
  if (parts.flags !== sets.all) set = sets.and(set, flagged(sets, parts.flags, shown));
  return product.replies ? set : sets.diff(set, replies(sets));
}

/** Packets that meet a test of flags: those without flags do. */
export function flagged(sets: PacketSets, flags: PacketSet, shown: PacketSet): PacketSet {
  return sets.or(sets.not(ofProtocol(sets, TCP)), sets.and(shown, flags));
}

export function areaOf(sets: PacketSets, product: Product, except: readonly Area[] = []): Area {
  const set = productSet(sets, product);
  const left = except.reduce((all, hole) => sets.diff(all, hole.set), set);
  return { product, except, set: left };
}

/** The product of the same packets that does not ask what no packet of it could fail. */
export function simplified(sets: PacketSets, product: Product): Product {
  const set = productSet(sets, product);
  const { parts } = product;
  let simple = product;
  for (const candidate of [
    { parts: { ...parts, flags: sets.all }, replies: true },
    { ...product, parts: { ...parts, flags: sets.all } },
    { ...product, replies: true },
  ]) {
    if (productSet(sets, candidate) !== set) continue;
    simple = candidate;
    break;
  }
  return simple;
}

/** What `!` adds to the words of a list. */
const NEGATION = 4;
/** Ranges counted in a list before it is just long. */
const MOST_COUNTED = 64;

/**
 * What it takes to read an area: its words, roughly.
 *
 * What is cut out counts half as much again: it has to be kept in mind.
 */
export function costOf(sets: PacketSets, { product, except }: Area): number {
  let cost = 1;
  for (const field of FIELD_NAMES) cost += partCost(sets, product.parts, field);
  if (!product.replies) cost++;
  return except.reduce((sum, hole) => sum + 1.5 * costOf(sets, hole), cost);
}

function partCost(sets: PacketSets, parts: Product["parts"], field: Field): number {
  const part = parts[field];
  if (part === sets.all) return 0;
  if (field === "family" || field === "flags" || field === "options") return 1;
  const isAddress = field === "source" || field === "destination";
  const around = isAddress ? familyAround(sets, part) : sets.all;
  const count = (of: PacketSet): number => {
    const { ranges } = rangesOf(sets, of, field, MOST_COUNTED);
    return ranges.reduce((sum, it) => sum + (isAddress && !isNetwork(it) ? 2 : 1), 0);
  };
  return 1 + Math.min(count(part), count(sets.diff(around, part)) + NEGATION);
}

/** Whether a range of addresses is written as one network. */
function isNetwork({ first, last }: PartRange): boolean {
  const size = last - first + 1n;
  return (size & (size - 1n)) === 0n && first % size === 0n;
}

/** The family of all packets of a set if they have one. */
function familyAround(sets: PacketSets, set: PacketSet): PacketSet {
  for (const family of ["inet", "inet6"] as const) {
    const all = ofFamily(sets, family);
    if (sets.implies(set, all)) return all;
  }
  return sets.all;
}
