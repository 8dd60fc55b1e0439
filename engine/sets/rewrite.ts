import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import type { Field, PacketSet, PacketSets } from "./packet-sets.ts";
import { ofProtocol } from "./packets.ts";

/**
 * A translation of headers: each field named takes any value that its set admits, the others stay.
 *
 * A set with one value is a constant; one with more is the network's own choice (a pool, a port).
 */
export interface Rewrite {
  /** Same translation, same key. */
  readonly key: string;
  readonly source?: PacketSet;
  readonly destination?: PacketSet;
  /** TCP and UDP only. */
  readonly sourcePort?: PacketSet;
  readonly destinationPort?: PacketSet;
  /** ICMP queries get another id (pf-semantics.md 17). */
  readonly icmpId: boolean;
  /** Every header field may become anything: what an unread line could do. */
  readonly havoc?: true;
}

type Part = Partial<Omit<Rewrite, "key">>;

export const IDENTITY: Rewrite = { key: "", icmpId: false };

export const HAVOC: Rewrite = { key: "havoc", icmpId: true, havoc: true };

/** The translation that does `first` and then `second`; fields that both name end as `second` says. */
export function compose(first: Rewrite, second: Part): Rewrite {
  const merged = { ...first, ...second, icmpId: first.icmpId || second.icmpId === true };
  return { ...merged, key: keyOf(merged) };
}

/** Image of a set under a translation. */
export function rewrite(sets: PacketSets, set: PacketSet, by: Rewrite): PacketSet {
  if (by.key === "") return set;
  if (by.havoc) return set === sets.empty ? sets.empty : sets.all;
  let result = set;
  for (const field of ["source", "destination"] as const) {
    const value = by[field];
    if (value !== undefined) result = sets.and(sets.forget(result, [field]), value);
  }
  for (const field of ["sourcePort", "destinationPort"] as const) {
    const value = by[field];
    if (value !== undefined) {
      result = onPorted(sets, result, (some) => sets.and(sets.forget(some, [field]), value));
    }
  }
  return by.icmpId ? onIcmp(sets, result, (some) => sets.forget(some, ["sourcePort"])) : result;
}

/** Pre-image: packets that the translation can turn into a member of `set`. */
export function unrewrite(sets: PacketSets, set: PacketSet, by: Rewrite): PacketSet {
  if (by.key === "") return set;
  if (by.havoc) return set === sets.empty ? sets.empty : sets.all;
  let result = set;
  for (const field of ["source", "destination"] as const) {
    const value = by[field];
    if (value !== undefined) result = sets.forget(sets.and(result, value), [field]);
  }
  for (const field of ["sourcePort", "destinationPort"] as const) {
    const value = by[field];
    if (value !== undefined) {
      result = onPorted(sets, result, (some) => sets.forget(sets.and(some, value), [field]));
    }
  }
  return by.icmpId ? onIcmp(sets, result, (some) => sets.forget(some, ["sourcePort"])) : result;
}

function onPorted(
  sets: PacketSets,
  set: PacketSet,
  change: (some: PacketSet) => PacketSet,
): PacketSet {
  const ported = sets.or(ofProtocol(sets, TCP), ofProtocol(sets, UDP));
  return sets.or(change(sets.and(set, ported)), sets.diff(set, ported));
}

function onIcmp(
  sets: PacketSets,
  set: PacketSet,
  change: (some: PacketSet) => PacketSet,
): PacketSet {
  const icmp = sets.or(ofProtocol(sets, ICMP), ofProtocol(sets, ICMP6));
  return sets.or(change(sets.and(set, icmp)), sets.diff(set, icmp));
}

function keyOf(by: Part): string {
  if (by.havoc) return HAVOC.key;
  const fields: readonly Field[] = ["source", "destination", "sourcePort", "destinationPort"];
  const named = fields.map((field) => by[field as keyof Part] ?? "");
  const text = [...named, by.icmpId ? "id" : ""].join(",");
  return text === ",,,," ? "" : text;
}
