import type { Host, Interface } from "../../model/host.ts";
import { Legs } from "../path/legs.ts";
import { type Exit, type Leg, stackTest } from "../path/points.ts";
import { rdomainOf } from "../path/stack.ts";
import type { Cut, Wire } from "../path/wiring.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import type { PacketSet } from "../sets/packet-sets.ts";
import { inRange } from "../sets/packets.ts";
import { bracketSteps } from "./brackets.ts";
import type { Crossings } from "./crossings.ts";
import { emissionsOf } from "./emissions.ts";
import { imitated } from "./errors.ts";
import { Gates, type Reading } from "./gates.ts";
import { type Cause, type Increment, type Point, Reached, senderName, type Wave } from "./graph.ts";
import { type Label, Labels, onWire } from "./labels.ts";
import { type Landing, landingsOf } from "./landings.ts";
import { Owners } from "./owners.ts";
import { type Onward, PfSteps } from "./pf-steps.ts";
import type { Plan } from "./plan.ts";
import { StackSets } from "./stack.ts";
import { StateHits } from "./state-hits.ts";
import { TunnelSteps } from "./tunnel-steps.ts";
import { WorkQueue } from "./work-queue.ts";

/** How a closure is computed. */
export interface ClosureOptions {
  readonly reading: Reading;
  /** Brackets that are taken as written. */
  readonly closed: ReadonlySet<string>;
  /**
   * Tests only: forget who made a state, as an engine without the creator label would; whatever a
   * state lets pass then counts as a reply.
   */
  readonly forgetCreators?: boolean;
  /** Tests only: packets are told of under every creator. */
  readonly everyCreator?: boolean;
  /** Not a closure of runs: the packets of one zone without any state, dropped ones followed too. */
  readonly crossings?: Crossings;
  /** Called often; may throw to stop. */
  readonly poll?: () => void;
}

/** A packet that leaves a stack, behind pf. */
interface Departing {
  readonly host: Host;
  readonly interface: Interface;
  readonly generated?: true;
}

/**
 * The least fixpoint of packets at points and states ever made (claims.md 2).
 *
 * Every run of the network lies inside it in reading `may`: states never expire and never refuse,
 * every choice of the network and every open bracket is taken both ways. What comes to a point while
 * it waits in the queue goes on from there together, and so do new states of one kind.
 */
export class Closure {
  readonly plan: Plan;
  readonly sets: PacketFunctions;
  readonly labels: Labels = new Labels();
  readonly owners: Owners;
  readonly reached: Reached;
  readonly stack: StackSets;
  readonly gates: Gates;
  readonly #options: ClosureOptions;
  /** Points with packets, and states with keys, that have not gone on yet. */
  readonly #queue: WorkQueue = new WorkQueue();
  readonly #pf: PfSteps;
  readonly #legs: Legs = new Legs();
  readonly #onward = new Map<string, readonly Onward[]>();
  readonly #places: ReadonlyMap<Wire, readonly Landing[]>;
  readonly #tunnels: TunnelSteps;
  /** Why the result is wider than this closure could follow. */
  readonly limits: Set<string> = new Set();

  constructor(plan: Plan, sets: PacketFunctions, options: ClosureOptions) {
    this.plan = plan;
    this.sets = sets;
    this.#options = options;
    this.owners = new Owners(sets, plan.zones.length);
    this.#places = landingsOf(plan);
    this.reached = new Reached(sets, {
      laxerThan: (label, set) => this.#laxerThan(label, set),
      wait: (gathered) => this.#queue.push(gathered),
    });
    this.stack = new StackSets(sets, options);
    this.gates = new Gates(plan, sets, options);
    this.#tunnels = new TunnelSteps({
      plan,
      sets,
      labels: this.labels,
      owners: this.owners,
      stack: this.stack,
      add: (point, label, set, cause) => this.#add(point, label, set, cause),
      legs: this.#legs,
      receivedBy: (leg, it, label) => this.#receivedBy(leg, it, label),
      routes: (host, rtable) => this.#routes(host, rtable),
      narrow: (label, guard) => this.#narrow(label, guard),
      limit: (reason) => this.limits.add(reason),
    });
    const { reached, labels, gates, owners } = this;
    this.#pf = new PfSteps({
      ...{ plan, sets, gates, closed: options.closed },
      states: new StateHits({ sets, reached, labels, gates, owners }, options),
      wait: (states) => this.#queue.push(states),
      add: (point, label, set, cause) => this.#add(point, label, set, cause),
      routes: (host, rtable) => this.#routes(host, rtable),
      narrow: (label, guard) => this.#narrow(label, guard),
      makersOf: (label, set) => this.#tunnels.makersOf(label, set),
      crossings: options.crossings,
    });
  }

  /** Computes the fixpoint from what every place may emit. */
  run(): this {
    const { crossings } = this.#options;
    for (const { point, label, set, zone } of emissionsOf(this)) {
      if (crossings?.ignores(zone, label) === true) continue;
      const emitted = this.#add(point, label, set, { kind: "emitted", zone });
      if (emitted === undefined || point.kind !== "wire") continue;
      if (this.#tunnels.isFarSegment(point.wire)) this.#tunnels.emitAfar(point.wire, emitted);
    }
    do this.#drain();
    while (crossings?.crossNext(this.reached, (...packets) => this.#add(...packets)) === true);
    return this;
  }

  #drain(): void {
    for (;;) {
      const waiting = this.#queue.take();
      if (waiting.length === 0) return;
      for (const next of waiting) {
        this.#options.poll?.();
        if ("births" in next) this.#pf.meet(next);
        else this.#follow(this.reached.take(next));
      }
    }
  }

  /** Increments of deliveries at a zone. */
  deliveries(zone: number): readonly Increment[] {
    return this.reached.deliveredTo(zone);
  }

  #add(point: Point, label: Label, set: PacketSet, cause: Cause): Increment | undefined {
    if (set === this.sets.empty) return undefined;
    const index = this.labels.indexOf(label);
    this.#options.crossings?.note(point, { label: index, set, cause });
    return this.reached.add(point, index, set, cause);
  }

  /** ICMP errors that pass on their own are excused, and an outer packet lends its creator to frames. */
  #laxerThan(index: number, set: PacketSet): PacketSet {
    const { about, journey } = this.labels.at(index);
    const isKept = about || journey >= 0 || this.#options.everyCreator === true;
    return isKept ? this.sets.empty : this.owners.laxerThan(set);
  }

  #move(from: Wave, point: Point, label: Label, guard: PacketSet = this.sets.all): void {
    const set = this.sets.and(from.set, this.#narrow(label, guard));
    this.#add(point, label, set, { kind: "moved", from });
  }

  /** The guard for packets of a label: ICMP errors meet it with the error, not with what it imitates. */
  #narrow(label: Label, guard: PacketSet): PacketSet {
    return label.about && guard !== this.sets.all ? imitated(this.sets, guard) : guard;
  }

  #follow(wave: Wave): void {
    const { point } = wave;
    const label = this.labels.at(wave.label);
    switch (point.kind) {
      case "wire":
        this.#onWire(wave, point, label);
        break;
      case "leg":
      case "stack":
      case "send":
        this.#pf.test(wave, label);
        break;
      case "lookup":
        this.#pf.lookUp(wave);
        break;
      case "sent":
        this.#depart(wave, point, label);
        break;
      case "passed":
        this.#afterTest(wave, point, label);
        break;
      case "forward":
        this.#forward(wave, point, label);
        break;
      case "socket":
        this.#atSocket(wave, point.host, point.rdomain, label);
        break;
      case "delivered":
        break;
    }
  }

  #onWire(wave: Wave, point: Point & { readonly kind: "wire" }, label: Label): void {
    const { wire, sender } = point;
    this.#deliverOn(wave, wire, label);
    for (const { host, interface: it } of wire.attachments) {
      if (this.#tunnels.isFarSegment(wire)) break;
      if (senderName(host, it) === sender) continue;
      for (const leg of this.#legs.from("in", host, it)) {
        this.#startLeg(wave, leg, this.#receivedBy(leg, it, label));
      }
    }
    for (const step of bracketSteps(this.plan, point, this.#options)) {
      const cause: Cause = { kind: "bracket", from: wave, id: step.id };
      const set = step.havoc ? this.owners.labels(wave.set) : wave.set;
      if (step.to.kind === "socket") this.#add(step.to, label, set, cause);
      else this.#add(step.to, onWire(label), set, cause);
    }
  }

  /** Hands frames on a wire to the zones that have places there. */
  #deliverOn(wave: Wave, wire: Wire, label: Label): void {
    for (const { zone, cut } of this.#places.get(wire) ?? []) {
      this.#deliver(wave, zone, label, this.#within(cut));
    }
  }

  /**
   * Hands packets to a zone; those that carry a journey are of the host that encapsulated it, or of the
   * station afar that did.
   */
  #deliver(from: Wave, zone: number, label: Label, guard: PacketSet): void {
    const point: Point = { kind: "delivered", zone };
    if (label.journey < 0) {
      this.#move(from, point, label, guard);
      return;
    }
    const outer: Label = { ...onWire(label), journey: -1, about: false };
    const set = this.sets.and(this.#tunnels.carried(label, from), this.#narrow(label, guard));
    this.#add(point, outer, set, { kind: "moved", from });
  }

  #within(cut: Cut): PacketSet {
    const { sets } = this;
    if (cut === undefined) return sets.all;
    return cut.reduce(
      (all, range) => sets.or(all, inRange(sets, "destination", range)),
      sets.empty,
    );
  }

  #startLeg(wave: Wave, leg: Leg, from: Label): void {
    const isTagged = leg.tag !== undefined && this.gates.tracked(leg.host).tags;
    const label = isTagged ? { ...from, tag: leg.tag } : from;
    if (leg.tests.length > 0) this.#move(wave, { kind: "leg", leg, at: 0 }, label);
    else this.#exit(wave, leg.host, leg.exit, label);
  }

  #exit(wave: Wave, host: Host, exit: Exit, label: Label, generated = false): void {
    const it = exit.interface;
    if (exit.kind === "stack") {
      if (generated) this.limits.add(`what pf sends to a vport of ${host.name} is not followed`);
      this.#move(wave, { kind: "stack", host, interface: it }, label, this.stack.sane(it));
    } else if (exit.kind === "wire") {
      const wire = this.plan.wiring.wireOf(host.name, it.name);
      if (wire === undefined) return;
      this.#move(wave, { kind: "wire", wire, sender: senderName(host, it) }, onWire(label));
      this.#tunnels.left(wave, label);
    } else this.#tunnels.encapsulate(wave, host, it, label, generated);
  }

  #afterTest(wave: Wave, point: Point & { readonly kind: "passed" }, label: Label): void {
    const { before, rtable, way } = point;
    if (before.kind === "leg") {
      const { leg, at } = before;
      if (at + 1 < leg.tests.length) this.#move(wave, { kind: "leg", leg, at: at + 1 }, label);
      else this.#exit(wave, leg.host, leg.exit, label);
    } else if (before.kind === "stack" || before.kind === "lookup") {
      this.#afterIn(wave, before, point, label);
    } else if (before.kind === "send" && before.ends !== true) {
      // what pf sends itself goes where it was sent, whatever this test makes of it
      if (before.generated || way !== "re-routed") this.#depart(wave, before, label);
      else this.#reroute(wave, before.host, rtable, label);
    }
  }

  /** ip_input behind pf: kept, or forwarded (stack-semantics.md 1.3). */
  #afterIn(
    wave: Wave,
    { host, interface: it }: Point & { readonly kind: "stack" | "lookup" },
    { rtable, way }: Point & { readonly kind: "passed" },
    label: Label,
  ): void {
    const rdomain = rdomainOf(host, rtable);
    const local = this.sets.or(this.stack.local(host, rtable, it), this.#linkLocal(it));
    // an address that is not in the files may be the host's own, or not
    const kept = this.sets.or(local, this.stack.learned(host, rdomain, "destination"));
    this.#move(wave, { kind: "socket", host, rdomain }, label, kept);
    const onward = this.#receivedOn(host, it, label);
    for (const ends of [false, true]) {
      if (ends && way === "untested") continue;
      const leaving = this.sets.diff(this.stack.forwardable(host, ends), local);
      const forward: Point = {
        ...{ kind: "forward", host, rtable },
        ...(ends ? { ends } : {}),
        ...(way === "untested" ? { untested: true } : {}),
      };
      this.#move(wave, forward, onward, leaving);
    }
  }

  /** Forwarded by their destination, and asked about once more (1.3). */
  #forward(wave: Wave, point: Point & { readonly kind: "forward" }, label: Label): void {
    const { host, rtable, ends, untested } = point;
    const { sets } = this;
    // pf drops them for their hop limit, if it is asked on the way out
    const refused = this.#narrow(label, this.stack.discovery());
    for (const { to, set } of this.#routes(host, rtable)) {
      const place = { host, interface: to };
      if (untested) this.#move(wave, { kind: "sent", ...place, generated: true }, label, set);
      else {
        const send: Point = { kind: "send", ...place, ...(ends ? { ends } : {}) };
        const { open } = this.gates.at(stackTest(host, "out", to), label);
        this.#move(wave, send, label, open ? set : sets.diff(set, refused));
      }
    }
  }

  /** Frames on a leg: tests on the way in and the stack know by themselves where they came in. */
  #receivedBy(leg: Leg, it: Interface, label: Label): Label {
    const isAsked = leg.tests.some(({ direction }) => direction === "out");
    return isAsked ? this.#receivedOn(leg.host, it, label) : label;
  }

  #receivedOn(host: Host, it: Interface, label: Label): Label {
    return { ...label, received: this.gates.receivedAs(host, it) };
  }

  #linkLocal(it: Interface): PacketSet {
    return this.#options.reading === "may" ? this.stack.linkLocal(it) : this.sets.empty;
  }

  #routes(host: Host, rtable: number): readonly Onward[] {
    const key = `${rtable} ${host.name}`;
    let routes = this.#onward.get(key);
    if (routes === undefined) {
      const interfaces = new Map(host.interfaces.map((it) => [it.name, it]));
      routes = this.stack.parts(host, rtable).flatMap((part) => {
        const to = part.interface === undefined ? undefined : interfaces.get(part.interface);
        return part.local || to === undefined ? [] : [{ to, set: part.set }];
      });
      this.#onward.set(key, routes);
    }
    return routes;
  }

  /** pf changed the destination or the routing domain on output: routed again, not asked again. */
  #reroute(wave: Wave, host: Host, rtable: number, label: Label): void {
    for (const { to, set } of this.#routes(host, rtable)) {
      this.#move(wave, { kind: "sent", host, interface: to }, label, set);
    }
    const rdomain = rdomainOf(host, rtable);
    const loopback = host.interfaces.find((it) => it.kind === "loopback" && it.rdomain === rdomain);
    if (loopback === undefined) return;
    // what is for the host itself comes in on the loopback, and has lost its tag
    for (const part of this.stack.parts(host, rtable)) {
      if (!part.local) continue;
      this.#move(wave, { kind: "stack", host, interface: loopback }, onWire(label), part.set);
    }
  }

  #depart(wave: Wave, { host, interface: it, generated }: Departing, label: Label): void {
    for (const leg of this.#legs.from("out", host, it)) {
      if (generated === true) this.#exit(wave, host, leg.exit, label, generated);
      else this.#startLeg(wave, leg, label);
    }
  }

  #atSocket(wave: Wave, host: Host, rdomain: number, label: Label): void {
    const zone = this.plan.zoneOf.get(host);
    if (zone !== undefined) this.#deliver(wave, zone, label, this.sets.all);
    this.#tunnels.atSocket(wave, host, rdomain, label);
  }
}
