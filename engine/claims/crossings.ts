import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { type Cause, type Point, pointKey, type Reached, type Wave } from "./graph.ts";
import type { Label } from "./labels.ts";
import type { Owners } from "./owners.ts";

/** Packets that came to a point, whether or not others had been there before. */
export interface Arrival {
  readonly set: PacketSet;
  readonly cause: Cause;
}

type Add = (point: Point, label: Label, set: PacketSet, cause: Cause) => void;

interface Dropped {
  readonly past: Point;
  readonly label: Label;
  readonly set: PacketSet;
  readonly from: Wave;
}

/**
 * What a closure of single packets needs to follow the packets of one zone through pf tests that drop
 * them, until some are in another zone.
 *
 * It is a search by cost: what the rules drop waits until nothing else moves, and then is taken
 * through that one test, unchanged. So the *level* of an increment is the least number of dropping
 * tests that its packets have behind them. Tunnels are an exception: the level of a frame that leaves
 * one is that of its outer packet or its own, whichever is more.
 */
export class Crossings {
  readonly from: number;
  readonly to: number;
  readonly #sets: PacketSets;
  readonly #owners: Owners;
  readonly #arrivals = new Map<string, Arrival[]>();
  #dropped: Dropped[] = [];
  /** Index of the first increment of each level but the first. */
  readonly #starts: number[] = [];
  #isThere = false;

  constructor(
    sets: PacketSets,
    owners: Owners,
    { from, to }: { readonly from: number; readonly to: number },
  ) {
    this.#sets = sets;
    this.#owners = owners;
    this.from = from;
    this.to = to;
  }

  /** Whether some packets got to the other zone. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** ICMP errors answer packets: alone they are packets as any. */
  ignores(zone: number, { about }: Label): boolean {
    return zone !== this.from || about;
  }

  /** Tells of everything that comes to a point. */
  note(point: Point, { label, set, cause }: Arrival & { readonly label: number }): void {
    const key = keyOf(point, label);
    const known = this.#arrivals.get(key);
    if (known === undefined) this.#arrivals.set(key, [{ set, cause }]);
    else known.push({ set, cause });
    if (point.kind === "delivered" && point.zone === this.to) {
      this.#isThere ||= this.#sets.meets(set, this.#owners.from(this.from));
    }
  }

  /** Tells of packets that a test drops; `past` is behind it. */
  drop(past: Point, label: Label, set: PacketSet, from: Wave): void {
    this.#dropped.push({ past, label, set, from });
  }

  /** Takes what waits through one more test; false: some packets are there, or nothing waits. */
  crossNext({ all }: Reached, add: Add): boolean {
    if (this.#isThere || this.#dropped.length === 0) return false;
    this.#starts.push(all.length);
    const dropped = this.#dropped;
    this.#dropped = [];
    for (const { past, label, set, from } of dropped) {
      add(past, label, set, { kind: "crossed", from });
    }
    return true;
  }

  /** Tests that dropped the packets of an increment. */
  levelOf({ index }: Wave): number {
    const next = this.#starts.findIndex((start) => start > index);
    return next < 0 ? this.#starts.length : next;
  }

  /** All ways by which packets of a label came to a point, oldest first. */
  arrivalsAt(point: Point, label: number): readonly Arrival[] {
    return this.#arrivals.get(keyOf(point, label)) ?? [];
  }
}

function keyOf(point: Point, label: number): string {
  return `${label} ${pointKey(point)}`;
}
