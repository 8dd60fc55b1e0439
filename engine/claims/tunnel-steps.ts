import type { Host, Interface } from "../../model/host.ts";
import type { Legs } from "../path/legs.ts";
import type { Leg } from "../path/points.ts";
import { tunnelsIn } from "../path/vxlan.ts";
import type { Wire } from "../path/wiring.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { union } from "../sets/packets.ts";
import { imitable } from "./errors.ts";
import { type Cause, type Point, senderName, type Wave } from "./graph.ts";
import { type Label, type Labels, onWire } from "./labels.ts";
import { NOBODY, type Owners } from "./owners.ts";
import type { Plan } from "./plan.ts";
import type { StackSets } from "./stack.ts";
import { type Journey, Journeys, outerPackets } from "./tunnels.ts";

/** What the tunnel steps need of the closure that they are part of. */
export interface TunnelGround {
  readonly plan: Plan;
  readonly sets: PacketSets;
  readonly labels: Labels;
  readonly owners: Owners;
  readonly stack: StackSets;
  readonly add: (point: Point, label: Label, set: PacketSet, cause: Cause) => void;
  readonly legs: Legs;
  readonly receivedBy: (leg: Leg, it: Interface, label: Label) => Label;
  readonly routes: (
    host: Host,
    rtable: number,
  ) => readonly { readonly to: Interface; readonly set: PacketSet }[];
  /** A guard as packets of a label meet it. */
  readonly narrow: (label: Label, guard: PacketSet) => PacketSet;
  /** Reports that something is not followed, so nothing can be proved. */
  readonly limit: (reason: string) => void;
}

/**
 * Tunnels as functions from inner frames to inner frames (claims.md 8): a frame that goes in becomes
 * a journey, its outer packet travels like any other, and where that comes out the frames of the
 * journey come out. An outer packet that belongs to no journey is forged and brings any frame.
 */
export class TunnelSteps {
  readonly #ground: TunnelGround;
  readonly #journeys: Journeys = new Journeys();
  /** Frames in each journey. */
  readonly #inner = new Map<number, Wave[]>();
  /** Places where outer packets of each journey came out; `into` is the tunnel that takes them. */
  readonly #ends = new Map<
    number,
    { readonly outer: Wave; readonly into: Interface | undefined }[]
  >();

  constructor(ground: TunnelGround) {
    this.#ground = ground;
  }

  /** Zone that sends the outer packets of a journey: of the host that encapsulates, and nobody else. */
  #carrier(label: Label): number | undefined {
    const { direction, host } = this.#journeys.at(label.journey);
    return direction === "in" ? undefined : this.#ground.plan.zoneOf.get(host);
  }

  /** Outer packets as of who sends them. Nobody receives those that stations afar put on a wire. */
  carried(label: Label, { point, set }: Wave): PacketSet {
    const { sets, owners } = this.#ground;
    const { direction } = this.#journeys.at(label.journey);
    const carrier = this.#carrier(label);
    if (carrier !== undefined) return owners.as(set, carrier, NOBODY);
    if (direction === "out" || (point.kind === "wire" && point.sender === undefined)) {
      return sets.empty;
    }
    return point.kind === "socket" ? sets.diff(set, this.#taken(point)) : set;
  }

  /** Outer packets that a host's own tunnels take. */
  #taken({ host, rdomain }: Point & { readonly kind: "socket" }): PacketSet {
    const { sets } = this.#ground;
    return union(
      sets,
      tunnelsIn(host, rdomain).map((tunnel) => outerPackets(sets, tunnel, "in")),
    );
  }

  /** Packets as the makers of states: an outer packet's are of who encapsulated it. */
  makersOf(label: Label, set: PacketSet): PacketSet {
    const { sets, owners } = this.#ground;
    const carrier = label.journey < 0 ? undefined : this.#carrier(label);
    if (carrier === undefined) return owners.made(set);
    return sets.and(owners.headers(set), owners.by(carrier));
  }

  /** A VNI's far side: whoever is there reaches the host only through outer packets. */
  isFarSegment(wire: Wire): boolean {
    return wire.attachments.some(({ interface: it }) => it.kind === "vxlan");
  }

  /** A place on the far segment emits frames: their outer packets come in where the VTEP is routed. */
  emitAfar(wire: Wire, emitted: Wave): void {
    const { labels } = this.#ground;
    const label = labels.at(emitted.label);
    const { about } = label;
    for (const { host, interface: tunnel } of wire.attachments) {
      if (tunnel.tunnel === undefined) continue;
      const journey = this.#journeys.of({ host, tunnel, direction: "in", about });
      this.#carry(journey, emitted);
      const outer: Label = { ...label, journey: journey.index, about: false };
      this.#sendFromAfar(host, tunnel, outer, emitted);
    }
  }

  /**
   * The stack of a host hands frames to its tunnel interface. The tag stays with the packet (4.1), and
   * so does that pf sent it itself: `generated`.
   */
  encapsulate(wave: Wave, host: Host, tunnel: Interface, label: Label, generated: boolean): void {
    const { sets, routes, add, limit } = this.#ground;
    if (label.journey >= 0) {
      limit(`a tunnel inside a tunnel on ${host.name} is not followed`);
      return;
    }
    const { about, tag } = label;
    const journey = this.#journeys.of({ host, tunnel, direction: "out", about });
    this.#carry(journey, wave);
    const set = this.#around(wave, outerPackets(sets, tunnel, "out"));
    const outer: Label = { ...onWire(label), journey: journey.index, about: false, tag };
    for (const { to, set: routed } of routes(host, tunnel.tunnel?.rtable ?? 0)) {
      const point: Point = generated
        ? { kind: "sent", host, interface: to, generated: true }
        : { kind: "send", host, interface: to };
      add(point, outer, sets.and(set, routed), { kind: "wrapped", inner: wave });
    }
  }

  /** An outer packet has left the host that made it: its frames are on the far segment. */
  left(outer: Wave, label: Label): void {
    if (label.journey < 0) return;
    if (this.#journeys.at(label.journey).direction === "out") this.#arrive(outer, label, undefined);
  }

  /** Packets at a socket: outer packets of the host's tunnels are unwrapped. */
  atSocket(wave: Wave, host: Host, rdomain: number, label: Label): void {
    const { sets } = this.#ground;
    if (label.about) return;
    for (const tunnel of tunnelsIn(host, rdomain)) {
      const set = sets.and(wave.set, outerPackets(sets, tunnel, "in"));
      if (set === sets.empty) continue;
      const outer = { ...wave, set };
      if (label.journey < 0) {
        this.#unwrap(outer, host, tunnel, label, undefined);
        this.#unwrap(outer, host, tunnel, { ...label, about: true }, undefined);
      } else if (this.#journeys.at(label.journey).tunnel.vnetid === tunnel.vnetid) {
        this.#arrive(outer, label, tunnel);
      }
    }
  }

  /** Outer packets of those who sent the frames. */
  #around(inner: Wave, outer: PacketSet): PacketSet {
    const { sets, owners } = this.#ground;
    const senders = owners.senders(inner.set);
    return sets.and(outer, sets.and(senders, owners.alone));
  }

  #sendFromAfar(host: Host, tunnel: Interface, label: Label, inner: Wave): void {
    const { sets, plan, routes, add } = this.#ground;
    const outer = this.#around(inner, outerPackets(sets, tunnel, "in"));
    const back = sets.swap(outer);
    for (const { to, set } of routes(host, tunnel.tunnel?.rtable ?? 0)) {
      const wire = plan.wiring.wireOf(host.name, to.name);
      if (wire === undefined) continue;
      const sent = sets.and(outer, sets.swap(sets.and(back, set)));
      add({ kind: "wire", wire }, label, sent, { kind: "wrapped", inner });
    }
  }

  #carry(journey: Journey, inner: Wave): void {
    const list = this.#inner.get(journey.index) ?? [];
    this.#inner.set(journey.index, [...list, inner]);
    for (const end of this.#ends.get(journey.index) ?? []) {
      this.#emerge(journey, end.outer, inner, end.into);
    }
  }

  #arrive(outer: Wave, label: Label, into: Interface | undefined): void {
    const journey = this.#journeys.at(label.journey);
    const ends = this.#ends.get(journey.index) ?? [];
    this.#ends.set(journey.index, [...ends, { outer, into }]);
    for (const inner of this.#inner.get(journey.index) ?? [])
      this.#emerge(journey, outer, inner, into);
  }

  /** A frame leaves its tunnel: into a host that ends it, or on the far segment. */
  #emerge(journey: Journey, outer: Wave, inner: Wave, into: Interface | undefined): void {
    const { labels, plan, add } = this.#ground;
    const { about } = journey;
    const frame: Label = { ...labels.at(outer.label), journey: -1, about, received: "" };
    if (into !== undefined && outer.point.kind === "socket") {
      this.#unwrap(outer, outer.point.host, into, frame, inner);
      return;
    }
    const wire = plan.wiring.wireOf(journey.host.name, journey.tunnel.name);
    if (wire === undefined) return;
    const cause: Cause = { kind: "unwrapped", outer, inner };
    add({ kind: "wire", wire }, onWire(frame), this.#carried(outer, inner), cause);
  }

  /** Frames of those who sent outer packets; a state that one of these needed is the last that they needed. */
  #carried(outer: Wave, inner: Wave): PacketSet {
    const { sets, owners } = this.#ground;
    const carriers = owners.labels(outer.set);
    const alone = owners.origins(sets.and(carriers, owners.alone));
    const others = sets.diff(carriers, owners.alone);
    return sets.or(
      sets.and(inner.set, alone),
      others === sets.empty ? others : sets.and(owners.origins(inner.set), others),
    );
  }

  /** Frames enter a host through `tunnel`: those of a journey, or any, if the outer was forged. */
  #unwrap(outer: Wave, host: Host, tunnel: Interface, label: Label, inner: Wave | undefined): void {
    const { sets, owners, plan, stack, add, legs, limit, narrow, receivedBy } = this.#ground;
    const forged = label.about ? imitable(sets) : sets.all;
    const set =
      inner === undefined
        ? sets.and(forged, owners.labels(outer.set))
        : this.#carried(outer, inner);
    const cause: Cause = { kind: "unwrapped", outer, inner };
    for (const leg of legs.from("in", host, tunnel)) {
      const it = leg.exit.interface;
      if (leg.tests.length > 0) {
        add({ kind: "leg", leg, at: 0 }, receivedBy(leg, tunnel, label), set, cause);
      } else if (leg.exit.kind === "stack") {
        const sane = sets.and(set, narrow(label, stack.sane(it)));
        add({ kind: "stack", host, interface: it }, label, sane, cause);
      } else if (leg.exit.kind === "wire") {
        const wire = plan.wiring.wireOf(host.name, it.name);
        const sender = senderName(host, it);
        if (wire !== undefined) add({ kind: "wire", wire, sender }, onWire(label), set, cause);
      } else limit(`a tunnel switched into a tunnel on ${host.name} is not followed`);
    }
  }
}
