import type { Host } from "../../../model/host.ts";
import { rdomainsOf } from "../../path/stack.ts";
import type { Wire } from "../../path/wiring.ts";
import type { PacketFunctions } from "../../sets/packet-functions.ts";
import { FIELDS, type Field, type PacketSet } from "../../sets/packet-sets.ts";
import { inPrefix, inRange, NOT_IN_KEYS, union } from "../../sets/packets.ts";
import { mirrored } from "../../sets/rules/state-keys.ts";
import { Gates } from "../gates.ts";
import type { Plan } from "../plan.ts";
import { StackSets } from "../stack.ts";
import { type Carried, type CertainGround, CertainPf } from "./certain-pf.ts";
import { type Arrived, CertainWalk, type Goal, NOTHING_CARRIED } from "./certain-walk.ts";
import { Discovery, type Silence } from "./discovery.ts";
import type { End } from "./ends.ts";
import { nextHops } from "./next-hops.ts";
import { replyPackets } from "./opening.ts";
import type { Segments } from "./segments.ts";

/** Opening packets between two places, and which of them do not get through, or get no reply. */
export interface Outcome {
  /** As the sender addresses them. */
  readonly opening: PacketSet;
  /** A part of {@link opening}; empty: every one arrives and its reply comes back. */
  readonly lost: PacketSet;
}

/** What is asked: packets of a service from one place to another. */
export interface Asked {
  readonly source: End;
  readonly target: End;
  /** Of any addresses. */
  readonly service: PacketSet;
}

export interface FlowOptions {
  /** Brackets that are taken as written. */
  readonly closed: ReadonlySet<string>;
  /** Neighbours know each other without asking. */
  readonly introduced: boolean;
  readonly poll: () => void;
}

interface Run extends Asked {
  /** As they are sent. */
  readonly opening: PacketSet;
  /** What arrived where it should, and was answered. */
  delivered: PacketSet;
}

/** Decides opening packets and their replies in reading `must`, with some brackets closed. */
export class CertainFlows {
  readonly #sets: PacketFunctions;
  readonly #segments: Segments;
  readonly #walk: CertainWalk;
  readonly #discovery: Discovery;
  /** What was met and is not followed; it counts as lost. */
  readonly notes: Set<string> = new Set();

  constructor(plan: Plan, sets: PacketFunctions, segments: Segments, options: FlowOptions) {
    this.#sets = sets;
    this.#segments = segments;
    const reading = { reading: "must", closed: options.closed } as const;
    const ground: CertainGround = {
      ...{ plan, sets, ...options },
      gates: new Gates(plan, sets, reading),
      note: (sentence) => this.notes.add(sentence),
    };
    this.#discovery = new Discovery(ground, () => this.#walk);
    this.#walk = new CertainWalk(ground, {
      pf: new CertainPf(ground),
      stack: new StackSets(sets, reading),
      segments,
      unresolved: (...asked) => {
        return options.introduced ? sets.empty : this.#discovery.unresolved(...asked);
      },
    });
  }

  /** Neighbours that do not find each other, as far as flows since {@link forget} have asked. */
  get silences(): readonly Silence[] {
    return this.#discovery.silences;
  }

  /** Forgets what was met. */
  forget(): void {
    this.notes.clear();
    this.#discovery.forget();
  }

  /** Opening packets to the addresses of the target themselves. */
  direct(asked: Asked): Outcome {
    const destinations = this.#sets.swapAddresses(asked.target.addresses);
    const opening = this.#openingFrom(asked, this.#sets.and(asked.service, destinations));
    const run: Run = { ...asked, opening, delivered: this.#sets.empty };
    return { opening, lost: this.#lost(run) };
  }

  /**
   * Opening packets to other addresses, which are redirected to the target: those of `protocol` to any
   * address and port. {@link Outcome.opening} is what gets through from everywhere in the source, or,
   * if nothing does, what gets through at all.
   *
   * @param hints - packets that would be worth a word if none gets through
   * @returns also what arrives of them, as it is there
   */
  redirected(
    asked: Asked,
    protocol: PacketSet,
    hints: PacketSet,
  ): Outcome & { readonly delivered: PacketSet } {
    const sets = this.#sets;
    const others = sets.diff(protocol, sets.swapAddresses(asked.target.addresses));
    const opening = this.#openingFrom(asked, others);
    const lost = this.#lost({ ...asked, opening, delivered: sets.empty });
    const reached = sets.diff(opening, lost);
    if (reached === sets.empty) {
      const hinted = sets.and(opening, hints);
      return { opening: hinted, lost: hinted, delivered: sets.empty };
    }
    const everywhere = sets.diff(reached, sets.forget(lost, SENDERS_CHOICE));
    const chosen = everywhere === sets.empty ? reached : everywhere;
    const run: Run = { ...asked, opening: chosen, delivered: sets.empty };
    this.#lost(run);
    const open = sets.and(opening, sets.forget(chosen, SENDERS_CHOICE));
    return { opening: open, lost: sets.and(open, lost), delivered: run.delivered };
  }

  /** What the source can send of some packets; what it has no route for is in it, too. */
  #openingFrom({ source }: Asked, packets: PacketSet): PacketSet {
    const sets = this.#sets;
    const all = sets.and(packets, source.addresses);
    if (source.place.kind === "wire") return all;
    const { host } = source.place;
    const sent = rdomainsOf(host).map((rdomain) => this.#sentBy(host, rdomain, all));
    const routed = union(
      sets,
      sent.map((it) => it.routed),
    );
    const own = union(
      sets,
      sent.flatMap(({ parts }) => parts.map(({ set }) => set)),
    );
    return sets.or(own, sets.diff(all, routed));
  }

  /** A host takes an address of the interface that it sends on; others of it are not used. */
  #sentBy(
    host: Host,
    rdomain: number,
    packets: PacketSet,
  ): { readonly parts: readonly { readonly set: PacketSet }[]; readonly routed: PacketSet } {
    const sets = this.#sets;
    let routed = sets.empty;
    const parts: { set: PacketSet }[] = [];
    for (const { to, set } of nextHops(sets, host, rdomain)) {
      const own = to.addresses.map(({ family, value }) =>
        inRange(sets, "source", { family, first: value, last: value }),
      );
      const some = sets.and(packets, set);
      routed = sets.or(routed, some);
      parts.push({ set: sets.and(some, union(sets, own)) });
    }
    return { parts, routed };
  }

  #lost(run: Run): PacketSet {
    const { source, target, opening } = run;
    const goal = this.#goal(target, (set, carried, at) => this.#answered(run, set, carried, at));
    if (source.place.kind === "wire") return this.#fromWire(source.place.wire, opening, goal);
    const { host } = source.place;
    return rdomainsOf(host).reduce<PacketSet>(
      (lost, rdomain) => this.#sets.and(lost, this.#fromHost(host, rdomain, opening, goal)),
      opening,
    );
  }

  /** Lost are packets to where some packet of the routing domain is, whatever their source. */
  #fromHost(host: Host, rdomain: number, opening: PacketSet, goal: Goal): PacketSet {
    const sets = this.#sets;
    const { parts, routed } = this.#sentBy(host, rdomain, opening);
    const sent = union(
      sets,
      parts.map(({ set }) => set),
    );
    const lost = this.#walk.fromHost(host, rdomain, sent, NOTHING_CARRIED, goal);
    const unrouted = sets.diff(opening, routed);
    return sets.or(sets.and(opening, sets.forget(lost, ["source"])), unrouted);
  }

  /** A station knows what is on its segment, and who routes there: any router that works will do. */
  #fromWire(wire: Wire, opening: PacketSet, goal: Goal): PacketSet {
    const sets = this.#sets;
    const near = sets.and(opening, this.#nearTo(wire));
    const far = sets.diff(opening, near);
    let lost = far;
    for (const router of this.#segments.stacksOn(wire)) {
      if (lost === sets.empty || router.interface.addresses.length === 0) continue;
      const by = this.#walk.toRouter(wire, router, lost, NOTHING_CARRIED, goal);
      lost = sets.and(lost, by);
    }
    if (near === sets.empty) return lost;
    return sets.or(lost, this.#walk.toNeighbour(wire, near, NOTHING_CARRIED, goal));
  }

  /** Packets to networks that the stacks on a segment have there. */
  #nearTo(wire: Wire): PacketSet {
    const networks = this.#segments
      .stacksOn(wire)
      .flatMap(({ interface: it }) => it.addresses)
      .map((own) => inPrefix(this.#sets, "destination", own));
    return union(this.#sets, networks);
  }

  #goal({ place, addresses }: End, arrived: Goal["arrived"]): Goal {
    const there = this.#sets.swapAddresses(addresses);
    return {
      wires: new Map(place.kind === "wire" ? [[place.wire, there]] : []),
      hosts: new Set(place.kind === "host" ? [place.host] : []),
      arrived,
    };
  }

  /** What arrived: lost is what was not meant, and what gets no reply. */
  #answered(run: Run, set: PacketSet, carried: Carried, at: Arrived): PacketSet {
    const sets = this.#sets;
    const { source, target, service, opening } = run;
    const there = sets.and(service, sets.swapAddresses(target.addresses));
    const meant = sets.and(set, sets.forget(there, ["sourcePort"]));
    const expected = replyPackets(sets, opening);
    const goal = this.#goal(source, (replies) => sets.diff(replies, expected));
    const replies = replyPackets(sets, meant);
    const unanswered = this.#replied(replies, { ...carried, tag: "", received: "" }, at, goal);
    const about = mirrored(sets, sets.forget(unanswered, NOT_IN_KEYS));
    const lost = sets.and(meant, sets.forget(about, NOT_IN_KEYS));
    run.delivered = sets.or(run.delivered, sets.diff(meant, lost));
    return sets.or(lost, sets.diff(set, meant));
  }

  #replied(set: PacketSet, carried: Carried, at: Arrived, goal: Goal): PacketSet {
    const sets = this.#sets;
    if (set === sets.empty) return set;
    if (at.kind === "host") return this.#walk.fromHost(at.host, at.rdomain, set, carried, goal);
    const { wire, last } = at;
    if (last === undefined) return this.#walk.toNeighbour(wire, set, carried, goal);
    const near = sets.and(set, this.#nearTo(wire));
    const far = sets.diff(set, near);
    return sets.or(
      near === sets.empty ? near : this.#walk.toNeighbour(wire, near, carried, goal),
      // by the router that brought what is answered
      far === sets.empty ? far : this.#walk.toRouter(wire, last, far, carried, goal),
    );
  }
}

/** Fields that are not up to who has published an address and a port. */
export const SENDERS_CHOICE: readonly Field[] = (Object.keys(FIELDS) as Field[]).filter(
  (it) => !["family", "protocol", "destination", "destinationPort"].includes(it),
);
