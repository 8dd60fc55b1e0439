import type { Host, Interface } from "../../model/host.ts";
import { type Leg, type PfTest, stackTest } from "../path/points.ts";
import type { Wire } from "../path/wiring.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import type { StateClass } from "../sets/rules/state-class.ts";
import type { Pass } from "./gates.ts";

/** A moment in a packet's life. */
export type Point =
  /** A frame on a wire; its sender, if that is an interface of a host, does not receive it. */
  | { readonly kind: "wire"; readonly wire: Wire; readonly sender?: string }
  /** In a bridge, or on its way out of a host, before pf test `at` of the leg. */
  | { readonly kind: "leg"; readonly leg: Leg; readonly at: number }
  /** Received by the IP stack on `interface`, before pf. */
  | { readonly kind: "stack"; readonly host: Host; readonly interface: Interface }
  /**
   * The same on any of the interfaces that are like `interface` (`lookups.ts`), looking for a floating
   * state. ICMP errors look apart for those that may change them or where they go, `changing`, and for
   * the others; other packets look for all of them there.
   */
  | {
      readonly kind: "lookup";
      readonly host: Host;
      readonly interface: Interface;
      readonly changing: boolean;
    }
  /**
   * Routed to leave on `interface`, before pf; `ends`: it is dropped behind pf, all the same;
   * `generated`: pf sends it there itself, and is asked this once.
   */
  | {
      readonly kind: "send";
      readonly host: Host;
      readonly interface: Interface;
      readonly ends?: true;
      readonly generated?: true;
    }
  /** Leaves on `interface` behind pf; `generated`: no bridge on the way out asks pf either. */
  | {
      readonly kind: "sent";
      readonly host: Host;
      readonly interface: Interface;
      readonly generated?: true;
    }
  /** Just past the pf test of a stack, send or leg point. */
  | {
      readonly kind: "passed";
      readonly before: Point;
      readonly rtable: number;
      readonly way: Way;
    }
  /**
   * Passed in, and to be forwarded by a table; `ends`: dropped behind the test on the way out, all the
   * same; `untested`: there is none.
   */
  | {
      readonly kind: "forward";
      readonly host: Host;
      readonly rtable: number;
      readonly ends?: true;
      readonly untested?: true;
    }
  /** At a socket of the host, in the routing domain `rdomain`. */
  | { readonly kind: "socket"; readonly host: Host; readonly rdomain: number }
  /** Delivered at a place of a zone. */
  | { readonly kind: "delivered"; readonly zone: number };

/**
 * Where a packet goes behind a pf test: on; routed once more, and not asked again; or, in another
 * family, forwarded without a test on its way out.
 */
export type Way = "on" | "re-routed" | "untested";

/** Names the end of a wire that sends a frame. */
export function senderName(host: Host, it: Interface): string {
  return `${host.name}:${it.name}`;
}

/** The pf test that stands at a point, if one does. */
export function testAt(point: Point): PfTest | undefined {
  switch (point.kind) {
    case "leg":
      return point.leg.tests[point.at];
    case "stack":
    case "lookup":
    case "send": {
      const direction = point.kind === "send" ? "out" : "in";
      const { host, interface: it } = point;
      return stackTest(host, direction, it);
    }
    case "wire":
    case "sent":
    case "passed":
    case "forward":
    case "socket":
    case "delivered":
      return undefined;
  }
}

/** A name for a point, the same for the same point. */
export function pointKey(point: Point): string {
  switch (point.kind) {
    case "wire":
      return `wire ${point.wire.index} ${point.sender ?? ""}`;
    case "leg": {
      const { leg, at } = point;
      const tests = leg.tests.map((test) => `${test.direction}:${test.interface.name}`);
      const exit = `${leg.exit.kind}:${leg.exit.interface.name}`;
      return `leg ${leg.host.name} ${leg.from.name} ${tests.join(",")} ${exit} ${at}`;
    }
    case "stack":
      return `stack ${point.host.name} ${point.interface.name}`;
    case "lookup": {
      const { host, interface: it, changing } = point;
      return `lookup ${host.name} ${it.name}${changing ? " changing" : ""}`;
    }
    case "sent":
      return `sent ${point.host.name} ${point.interface.name}${point.generated ? " generated" : ""}`;
    case "send": {
      const more = `${point.ends ? " ends" : ""}${point.generated ? " generated" : ""}`;
      return `send ${point.host.name} ${point.interface.name}${more}`;
    }
    case "passed":
      return `${point.rtable} ${point.way} past ${pointKey(point.before)}`;
    case "forward": {
      const more = `${point.ends ? " ends" : ""}${point.untested ? " untested" : ""}`;
      return `forward ${point.host.name} ${point.rtable}${more}`;
    }
    case "socket":
      return `socket ${point.host.name} ${point.rdomain}`;
    case "delivered":
      return `delivered ${point.zone}`;
  }
}

/** Packets at a point under a label that go on together. */
export interface Wave {
  /** They came in increments up to this one. */
  readonly index: number;
  readonly point: Point;
  readonly label: number;
  readonly set: PacketSet;
}

/** Packets that newly reached a point under a label, and how. */
export interface Increment extends Wave {
  readonly cause: Cause;
}

/** How packets came to a point; enough to find, for a packet there, the one it came from. */
export type Cause =
  /** A place of the zone emitted them. */
  | { readonly kind: "emitted"; readonly zone: number }
  /** They were at the point before, unchanged. */
  | { readonly kind: "moved"; readonly from: Wave }
  /** An inner frame came out of, or went into, a tunnel: the outer packet's way is `outer`. */
  | { readonly kind: "unwrapped"; readonly outer: Wave; readonly inner: Wave | undefined }
  | { readonly kind: "wrapped"; readonly inner: Wave }
  /** The rules let them pass. */
  | { readonly kind: "rule"; readonly from: Wave; readonly pass: Pass }
  /** pf was not asked, or is off. */
  | { readonly kind: "open"; readonly from: Wave }
  /** A state let them pass; they were among the packets at the test point under `label`. */
  | {
      readonly kind: "state";
      readonly before: Point;
      readonly label: number;
      readonly states: OwnedStates;
      readonly keys: PacketSet;
      /** Increments up to this index existed. */
      readonly until: number;
    }
  /** The rules drop them, and they are followed all the same (`crossings.ts`). */
  | { readonly kind: "crossed"; readonly from: Wave }
  /** An open bracket allows it. */
  | { readonly kind: "bracket"; readonly from: Wave; readonly id: string };

/** States of one host, and the record of their making; keys have their makers for creators. */
export interface OwnedStates {
  readonly index: number;
  readonly host: Host;
  /** With the keys of all that were made so far. */
  of: StateClass;
  /** Keys that no packet has met yet. */
  fresh: PacketSet;
  /** Headers of keys that need no further makers. */
  full: PacketSet;
  readonly births: Birth[];
}

/** Packets that made states: members of `from` that passed by `pass`. */
export interface Birth {
  readonly keys: PacketSet;
  readonly from: Wave;
  readonly pass: Pass;
}

/** Packets at a point under a label. */
export interface Gathered {
  readonly point: Point;
  readonly label: number;
  total: PacketSet;
  /** What says nothing new beside them. */
  laxer: PacketSet;
  /** Those that have not gone on yet. */
  fresh: PacketSet;
  /** Oldest first. */
  readonly increments: Increment[];
}

/** What {@link Reached} needs of the closure that it is part of. */
export interface ReachedGround {
  /** Packets that say nothing new at a point where a set is under a label. */
  readonly laxerThan: (label: number, set: PacketSet) => PacketSet;
  /** Takes what is to go on, once until {@link Reached.take}. */
  readonly wait: (gathered: Gathered) => void;
}

/** What is known to be at each point, per label. */
export class Reached {
  readonly #sets: PacketSets;
  readonly #ground: ReachedGround;
  readonly #at = new Map<string, Map<number, Gathered>>();
  readonly all: Increment[] = [];
  /** Increments of deliveries, per zone. */
  readonly #delivered = new Map<number, Increment[]>();

  constructor(sets: PacketSets, ground: ReachedGround) {
    this.#sets = sets;
    this.#ground = ground;
  }

  /** What is at a point, by label. */
  allAt(point: Point): Iterable<Gathered> {
    return this.#at.get(pointKey(point))?.values() ?? [];
  }

  /** Adds packets; nothing: they say nothing new there. */
  add(point: Point, label: number, set: PacketSet, cause: Cause): Increment | undefined {
    const gathered = this.#gathered(point, label);
    const { total, laxer, fresh } = gathered;
    // what is known of them is not taken out of them: often that is the larger set
    if (this.#sets.implies(set, total) || this.#sets.implies(set, laxer)) return undefined;
    gathered.total = this.#sets.or(total, set);
    gathered.laxer = this.#sets.or(laxer, this.#ground.laxerThan(label, set));
    gathered.fresh = this.#sets.or(fresh, set);
    if (fresh === this.#sets.empty) this.#ground.wait(gathered);
    const increment: Increment = { index: this.all.length, point, label, set, cause };
    this.all.push(increment);
    gathered.increments.push(increment);
    if (point.kind === "delivered") this.#noteDelivery(point.zone, increment);
    return increment;
  }

  /** Takes what has not gone on yet. */
  take(gathered: Gathered): Wave {
    const { point, label, fresh: set, increments } = gathered;
    gathered.fresh = this.#sets.empty;
    return { index: increments.at(-1)?.index ?? 0, point, label, set };
  }

  #gathered(point: Point, label: number): Gathered {
    const key = pointKey(point);
    let labels = this.#at.get(key);
    if (labels === undefined) {
      labels = new Map();
      this.#at.set(key, labels);
    }
    let gathered = labels.get(label);
    if (gathered === undefined) {
      const { empty } = this.#sets;
      gathered = { point, label, total: empty, laxer: empty, fresh: empty, increments: [] };
      labels.set(label, gathered);
    }
    return gathered;
  }

  #noteDelivery(zone: number, increment: Increment): void {
    const list = this.#delivered.get(zone);
    if (list === undefined) this.#delivered.set(zone, [increment]);
    else list.push(increment);
  }

  /** What was delivered at places of a zone, oldest first. */
  deliveredTo(zone: number): readonly Increment[] {
    return this.#delivered.get(zone) ?? [];
  }

  /** The increments at a point under a label, oldest first. */
  incrementsAt(point: Point, label: number): readonly Increment[] {
    return this.#at.get(pointKey(point))?.get(label)?.increments ?? [];
  }
}
