import type { LabelField, LabelValues, PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { constant, relabelled } from "../sets/packets.ts";

/** Creator of packets that passed on their own; of a set's members those are the smallest. */
export const NOBODY = -1;

/** Creator of every state in an engine that lacks the creator label (tests only). */
export const ANYBODY = 0xfffe;

/**
 * How many makers of a state are told apart. Three would do for verdicts; more give more scripts to
 * choose from.
 */
const MOST_MAKERS = 8;

/** Labels of the smallest member of a set. */
export function labelsIn(sets: PacketSets, set: PacketSet): LabelValues | undefined {
  const stored = sets.labelsOf(set);
  return stored && { origin: stored.origin + NOBODY, creator: stored.creator + NOBODY };
}

/**
 * Sets of packets by their labels (claims.md 2).
 *
 * *Origin* is the zone whose place emitted a packet. *Creator* is the zone whose packet made the state
 * without which it had not passed, the last one that is not the origin itself if there are several;
 * {@link NOBODY}: it passed on its own. Keys of states have a creator only.
 */
export class Owners {
  readonly #sets: PacketSets;
  readonly #zones: number;
  /** Packets whose creator is their origin. */
  readonly #own: PacketSet;
  readonly #known = new Map<number, PacketSet>();

  /** @param zones - they have the numbers below */
  constructor(sets: PacketSets, zones: number) {
    if (zones >= ANYBODY) throw new RangeError(`more than ${ANYBODY} zones`);
    this.#sets = sets;
    this.#zones = zones;
    this.#own = constant(sets, `own of ${zones}`, () => this.#diagonal(0, zones));
  }

  #diagonal(first: number, end: number): PacketSet {
    if (end - first <= 0) return this.#sets.empty;
    if (end - first === 1) return this.#sets.and(this.from(first), this.by(first));
    const middle = (first + end) >> 1;
    return this.#sets.or(this.#diagonal(first, middle), this.#diagonal(middle, end));
  }

  /** Packets of a zone. */
  from(zone: number): PacketSet {
    return this.#equal("origin", zone);
  }

  /** Packets, or keys, that owe themselves to a zone. */
  by(creator: number): PacketSet {
    return this.#equal("creator", creator);
  }

  /** Packets that passed by states of a zone. */
  statesOf(zone: number): PacketSet {
    return this.#sets.or(this.by(zone), this.by(ANYBODY));
  }

  /** Packets that passed on their own. */
  get alone(): PacketSet {
    return this.by(NOBODY);
  }

  #equal(field: LabelField, value: number): PacketSet {
    const key = field === "origin" ? value : value + 0x10000;
    let set = this.#known.get(key);
    if (set === undefined) {
      const stored = BigInt(value - NOBODY);
      set = this.#sets.range(field, stored, stored);
      this.#known.set(key, set);
    }
    return set;
  }

  /** The packets as of a zone and a creator, whoever's they were. */
  as(set: PacketSet, zone: number, creator: number): PacketSet {
    const labels = this.#sets.and(this.from(zone), this.by(creator));
    return this.#sets.and(this.headers(set), labels);
  }

  /** The packets under every label. */
  headers(set: PacketSet): PacketSet {
    return this.#sets.forget(set, ["origin", "creator"]);
  }

  /** The packets under every creator. */
  origins(set: PacketSet): PacketSet {
    return this.#sets.forget(set, ["creator"]);
  }

  /** Any packets under the labels of those. */
  labels(set: PacketSet): PacketSet {
    return relabelled(this.#sets, set);
  }

  /** Any packets of those who sent some. */
  senders(set: PacketSet): PacketSet {
    return this.origins(this.labels(set));
  }

  /** What packets of a set make: keys by their origin. */
  made(set: PacketSet): PacketSet {
    return this.#sets.swapLabels(this.origins(set));
  }

  /**
   * Keys of states without most of the makers of those that many zones made.
   *
   * Of two makers at least one is neither the sender of a packet nor where it goes, so that further
   * ones do not change what is said of the pair (judge.ts).
   *
   * @returns the keys that are left, and headers of those that have as many makers as matter
   */
  fewMakers(keys: PacketSet): { readonly keys: PacketSet; readonly full: PacketSet } {
    const sets = this.#sets;
    let rest = keys;
    for (let maker = 0; maker < MOST_MAKERS && rest !== sets.empty; maker++) {
      rest = sets.diff(rest, this.#ofFirst(rest, NOBODY, this.#zones - 1));
    }
    if (rest === sets.empty) return { keys, full: sets.empty };
    return { keys: sets.diff(keys, rest), full: this.headers(rest) };
  }

  /** Each key by the first of its makers alone, of makers from `low` to `high`. */
  #ofFirst(keys: PacketSet, low: number, high: number): PacketSet {
    const sets = this.#sets;
    if (keys === sets.empty || low >= high) return keys;
    const middle = low + ((high - low) >> 1);
    const range = sets.range("creator", BigInt(low - NOBODY), BigInt(middle - NOBODY));
    const one = sets.and(keys, range);
    if (one === keys) return this.#ofFirst(keys, low, middle);
    if (one === sets.empty) return this.#ofFirst(keys, middle + 1, high);
    const other = sets.diff(sets.diff(keys, one), this.headers(one));
    return sets.or(this.#ofFirst(one, low, middle), this.#ofFirst(other, middle + 1, high));
  }

  /** Keys of states as packets of those who made them. */
  makers(keys: PacketSet): PacketSet {
    return this.#sets.swapLabels(keys);
  }

  /**
   * What packets that passed on their own are by other creators, too, which are judged less strictly,
   * wherever they go from here (judge.ts).
   */
  laxerThan(set: PacketSet): PacketSet {
    const strict = this.#sets.and(set, this.alone);
    return this.#sets.diff(this.origins(strict), this.alone);
  }

  /** The union of packets whose creator is another zone than their origin, and of others. */
  byOthersOr(set: PacketSet, others: PacketSet): PacketSet {
    // to take the diagonal of two labels out of a set costs a node for each origin: not if it comes back
    const own = this.#sets.and(set, this.#ownOf(set));
    const rest = this.#sets.implies(own, others) ? set : this.#sets.diff(set, own);
    return this.#sets.or(rest, others);
  }

  /** Packets whose creator is another zone than their origin. */
  byOthers(set: PacketSet): PacketSet {
    return this.#sets.diff(set, this.#ownOf(set));
  }

  /** Any packets whose creator is their origin, of creators in the set alone: often these are few. */
  #ownOf(set: PacketSet): PacketSet {
    const creators = this.#sets.forget(this.labels(set), ["origin"]);
    return this.#sets.and(this.#own, this.#sets.swapLabels(creators));
  }
}
