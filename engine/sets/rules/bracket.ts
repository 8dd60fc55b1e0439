import type { PacketSet, PacketSets } from "../packet-sets.ts";

/** What is possible and what is certain about a set: `may ⊇ exact ⊇ must` (claims.md 4). */
export interface Bracket {
  readonly may: PacketSet;
  readonly must: PacketSet;
}

export function exactly(set: PacketSet): Bracket {
  return { may: set, must: set };
}

/** Nothing is known. */
export function anything(sets: PacketSets): Bracket {
  return { may: sets.all, must: sets.empty };
}

export function both(sets: PacketSets, a: Bracket, b: Bracket): Bracket {
  return { may: sets.and(a.may, b.may), must: sets.and(a.must, b.must) };
}

export function neither(sets: PacketSets, { may, must }: Bracket): Bracket {
  return { may: sets.not(must), must: sets.not(may) };
}

/** A test that only packets of `domain` are put to: others meet it. */
export function within(sets: PacketSets, domain: PacketSet, { may, must }: Bracket): Bracket {
  const others = sets.not(domain);
  return { may: sets.or(may, others), must: sets.or(must, others) };
}
