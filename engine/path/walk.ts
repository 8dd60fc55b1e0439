import type { Emission, Step } from "../../model/answer.ts";
import type { Host, Interface } from "../../model/host.ts";
import type { Network } from "../../model/network.ts";
import type { Generated, Outcome } from "../kernel/outcome.ts";
import type { KernelPacket } from "../kernel/packet.ts";
import type { Maker, Walk } from "./delivery.ts";
import {
  acknowledging,
  bare,
  type Frame,
  frameOf,
  isHandshake,
  isMisquoted,
  isRetort,
  quotingSilence,
} from "./frame.ts";
import { kernelPacketOf, packetOf } from "./kernel-packet.ts";
import type { PlacedZone } from "./places.ts";
import { arrivals, departures, type Leg, type PfTest } from "./points.ts";
import { type Ruling, RunningPf, type Supposed } from "./running-pf.ts";
import { Sightings } from "./sightings.ts";
import { forwards, isLocal, isSane, outputTo, rdomainOf, routeTo } from "./stack.ts";
import { stepOf } from "./test-step.ts";
import { Trail } from "./trail.ts";
import { Visits } from "./visits.ts";
import { isOuterOf, outerOf, tunnelsIn } from "./vxlan.ts";
import type { Wire, Wiring } from "./wiring.ts";

/** How deep one packet is followed through bridges, tunnels and re-routing. */
const MAXIMUM_HOPS = 64;
/** How often an emitter answers pf: once for each SYN proxy on the way. */
const MAXIMUM_ANSWERS = 8;

/**
 * Plays emissions one after another through a network, states kept between them.
 *
 * Follows every way that the emitter can choose by the frame's destination MAC (known, flooded, up
 * the stack), and every way that pf sends a packet; choices of the network are taken at their first
 * value. Where pf answers a SYN in place of its destination (`synproxy`, SYN cookies), the emitter
 * completes the handshake if the answer reaches it. Not followed: RST, ICMP and the ACK to a SYN
 * within a connection that pf makes, and what a process does with a packet that was diverted to it.
 */
export class Walker {
  readonly #network: Network;
  readonly #wiring: Wiring;
  readonly #zones: readonly PlacedZone[];
  readonly #supposed: Supposed;
  readonly #running = new Map<Host, RunningPf>();
  readonly #sightings = new Sightings();
  #trail: Trail;
  #visits = new Visits();
  #emission = 0;

  constructor(
    network: Network,
    wiring: Wiring,
    zones: readonly PlacedZone[],
    supposed: Supposed = { chance: "open" },
  ) {
    this.#network = network;
    this.#wiring = wiring;
    this.#zones = zones;
    this.#supposed = supposed;
    this.#trail = new Trail(zones, this.#sightings, -1);
  }

  /** Forgets all states and starts the next script. */
  reset(): void {
    for (const pf of this.#running.values()) pf.reset();
    this.#sightings.forget();
    this.#emission = 0;
  }

  /** Some rule has asked for the network's dice since {@link reset}. */
  get drew(): boolean {
    return [...this.#running.values()].some((pf) => pf.drew);
  }

  /** Plays one emission; its index in the script is the number of emissions since {@link reset}. */
  walk(emission: Emission): Walk {
    const emitter = this.#zones.find(({ name }) => name === emission.from)?.index ?? -1;
    this.#trail = new Trail(this.#zones, this.#sightings, emitter);
    this.#visits = new Visits();
    const host = this.#network.hosts.find((it) => it.name === emission.at.host);
    const it = host?.interfaces.find((other) => other.name === emission.at.interface);
    if (host !== undefined && it !== undefined) this.#play(emission, host, it, emitter);
    this.#emission++;
    return this.#trail.walk();
  }

  #play(emission: Emission, host: Host, it: Interface, emitter: number): void {
    const frame = frameOf(emission, it.rdomain);
    const packet = this.#sightings.known(emitter, frame.packet);
    this.#emit(emission.local, host, it, { ...frame, packet });
    if (this.#trail.isMisquoted) {
      // an error makes no state: nothing is left of the first attempt
      this.#trail.forget();
      this.#visits = new Visits();
      this.#emit(emission.local, host, it, { ...frame, packet: quotingSilence(packet) });
    }
    for (let answered = 0; answered < MAXIMUM_ANSWERS; answered++) {
      const answer = this.#trail.nextAnswer();
      if (answer === undefined) return;
      const ack = { ...acknowledging(answer), rtable: it.rdomain };
      this.#emit(emission.local, host, it, { ...frame, packet: ack, completes: true });
    }
  }

  #emit(local: boolean, host: Host, it: Interface, frame: Frame): void {
    if (local) {
      this.#output(host, it, frame);
      return;
    }
    const wire = this.#wiring.wireOf(host.name, it.name);
    if (wire !== undefined && frame.carries === undefined) this.#trail.deliverOn(wire, frame);
    this.#receive(host, it, frame);
  }

  #receive(host: Host, it: Interface, frame: Frame): void {
    if (this.#isRepeated(host, it, frame)) return;
    const packet = { ...frame.packet, receivedOn: it.name };
    for (const leg of arrivals(host, it)) this.#travel(leg, { ...frame, packet });
  }

  /** Follows a leg: its pf tests, then its exit. */
  #travel(leg: Leg, start: Frame): void {
    if (this.#isTooFar(leg.host, start)) return;
    let frame: Frame = { ...start, hops: start.hops + 1 };
    if (leg.bridge !== undefined) {
      const to = leg.exit.interface.name;
      const [host, bridge, from] = [leg.host.name, leg.bridge.name, leg.from.name];
      frame = this.#trail.stepped(frame, { kind: "switch", host, bridge, from, to });
    }
    if (leg.tag !== undefined) frame = { ...frame, packet: { ...frame.packet, tag: leg.tag } };
    for (const test of leg.tests) {
      const packet = { ...frame.packet, rtable: test.rdomain };
      const passed = this.#test(test, { ...frame, packet });
      if (passed === undefined) return;
      frame = passed.frame;
      if (passed.diverted) {
        this.#toSocket(leg.host, test.rdomain, frame);
        return;
      }
    }
    this.#leave(leg, frame);
  }

  #isRepeated(host: Host, it: Interface, frame: Frame): boolean {
    if (!this.#visits.isKnown(it, frame)) return false;
    this.#trail.drop(host, `${it.name} has received the same packet before`);
    return true;
  }

  /** Whether a frame is followed no further; what would become of it is not known then. */
  #isTooFar(host: Host, { hops }: Frame): boolean {
    if (hops <= MAXIMUM_HOPS) return false;
    this.#trail.drop(host, `followed no further than ${MAXIMUM_HOPS} hops`);
    this.#trail.uncertain = true;
    return true;
  }

  #leave(leg: Leg, frame: Frame): void {
    const { host, exit } = leg;
    if (exit.kind === "stack") this.#input(host, exit.interface, frame);
    else if (exit.kind === "tunnel") this.#encapsulate(host, exit.interface, frame);
    else {
      const wire = this.#wiring.wireOf(host.name, exit.interface.name);
      if (wire !== undefined) this.#onto(wire, host, exit.interface, frame);
    }
  }

  /** A frame on a wire: delivered at its places, received by the other ends. */
  #onto(wire: Wire, host: Host, it: Interface, frame: Frame): void {
    const left: Frame = { ...frame, packet: bare(frame.packet), generated: false };
    this.#trail.deliverOn(wire, left);
    for (const end of wire.attachments) {
      if (end.host === host && end.interface === it) continue;
      this.#receive(end.host, end.interface, left);
    }
    if (frame.carries?.host !== host) return;
    this.#emerge(host, frame);
  }

  /** An outer packet has left its host: the inner one is on the far segment. */
  #emerge(host: Host, frame: Frame): void {
    const carried = frame.carries;
    if (carried === undefined) return;
    for (const tunnel of host.interfaces) {
      if (tunnel.kind !== "vxlan" || tunnel.vnetid !== carried.vnetid) continue;
      if (!isOuterOf(tunnel, packetOf(frame.packet, 0), "out")) continue;
      const wire = this.#wiring.wireOf(host.name, tunnel.name);
      if (wire !== undefined)
        this.#trail.deliverOn(wire, { ...frame, packet: carried.packet, carries: undefined });
    }
  }

  #encapsulate(host: Host, tunnel: Interface, frame: Frame): void {
    const outer = outerOf(tunnel);
    if (outer === undefined || frame.carries !== undefined) {
      this.#trail.drop(host, `${tunnel.name} has no peer to send to`);
      return;
    }
    const wrapped = this.#trail.stepped(frame, {
      kind: "encapsulate",
      host: host.name,
      tunnel: tunnel.name,
    });
    const carries = { packet: frame.packet, vnetid: tunnel.vnetid, host };
    const { tag } = frame.packet;
    const packet = { ...kernelPacketOf(outer, tunnel.tunnel?.rtable ?? 0), tag };
    this.#route(host, { ...wrapped, packet, carries });
  }

  /** ip_input: sanity, pf IN, local or forwarded (stack-semantics.md 1.3). */
  #input(host: Host, it: Interface, frame: Frame): void {
    const { packet } = frame;
    if (!isSane(it, packetOf(packet, 0))) {
      this.#trail.drop(host, `${it.name} refuses the addresses`);
      return;
    }
    const test: PfTest = { host, direction: "in", interface: it, rdomain: it.rdomain };
    const arrived = { ...packet, rtable: it.rdomain, receivedOn: it.name };
    const passed = this.#test(test, { ...frame, packet: arrived });
    if (passed === undefined) return;
    const { rtable } = passed.frame.packet;
    if (passed.diverted || isLocal(host, rtable, it, packetOf(passed.frame.packet, 0))) {
      this.#toSocket(host, rdomainOf(host, rtable), passed.frame);
    } else this.#forward(host, passed.frame);
  }

  #forward(host: Host, frame: Frame): void {
    const { packet } = frame;
    if (!forwards(host, packetOf(packet, 0))) this.#trail.drop(host, "not forwarded");
    else if (packet.ttl <= 1) this.#trail.drop(host, "hop limit used up");
    else this.#route(host, { ...frame, packet: { ...packet, ttl: packet.ttl - 1 } });
  }

  #route(host: Host, frame: Frame): void {
    const { packet } = frame;
    const to = outputTo(host, packet.rtable, packetOf(packet, 0));
    if (to === undefined) {
      this.#trail.drop(host, `no route in table ${packet.rtable}`);
      return;
    }
    this.#output(host, to, this.#routed(host, frame, packet.rtable, to.name));
  }

  #routed(host: Host, frame: Frame, rtable: number, to: string): Frame {
    return this.#trail.stepped(frame, { kind: "route", host: host.name, rtable, to });
  }

  #output(host: Host, it: Interface, frame: Frame): void {
    if (this.#isTooFar(host, frame)) return;
    const before = frame.packet;
    const rdomain = rdomainOf(host, before.rtable);
    const passed = this.#test({ host, direction: "out", interface: it, rdomain }, frame);
    if (passed === undefined) return;
    const { packet } = passed.frame;
    const turned =
      packet.destination !== before.destination || rdomainOf(host, packet.rtable) !== rdomain;
    const to = turned ? outputTo(host, packet.rtable, packetOf(packet, 0)) : it;
    if (to === undefined) this.#trail.drop(host, `no route in table ${packet.rtable}`);
    else if (to.kind === "loopback") this.#loop(host, to, passed.frame);
    else for (const leg of departures(host, to)) this.#travel(leg, passed.frame);
  }

  /** What the loopback takes comes in there, without anything that was kept beside it (1.7). */
  #loop(host: Host, loopback: Interface, frame: Frame): void {
    const packet = bare(frame.packet);
    const hops = frame.hops + 1;
    const looped = { ...frame, packet, generated: false, hops };
    if (!this.#isRepeated(host, loopback, looped)) this.#input(host, loopback, looped);
  }

  #toSocket(host: Host, rdomain: number, frame: Frame): void {
    const plain = packetOf(frame.packet, 0);
    const tunnel = tunnelsIn(host, rdomain).find((it) => isOuterOf(it, plain, "in"));
    const inner = frame.carries;
    const mine = inner?.vnetid === undefined || inner.vnetid === tunnel?.vnetid;
    if (tunnel !== undefined && inner !== undefined && mine) {
      const step: Step = { kind: "decapsulate", host: host.name, tunnel: tunnel.name };
      const unwrapped = this.#trail.stepped(frame, step);
      // the tag stays with the packet
      const packet = { ...bare(inner.packet), tag: frame.packet.tag };
      this.#receive(host, tunnel, { ...unwrapped, packet, carries: undefined });
      return;
    }
    this.#trail.deliverTo(host, frame);
  }

  /** Puts a frame to pf; nothing: it goes no further this way. */
  #test(test: PfTest, frame: Frame): Passed | undefined {
    if (frame.generated) return { frame, diverted: false };
    const ruling = this.#pfOf(test.host).test(test, frame.packet, this.#maker(frame));
    const ruled = this.#ruled(test, frame, ruling);
    const { outcome, open } = ruling;
    if (open) return undefined;
    if (isMisquoted(outcome)) this.#trail.isMisquoted = true;
    this.#bend(test, ruled, ruling);
    if (outcome.verdict !== "pass") return undefined;
    return { frame: { ...ruled, packet: outcome.packet }, diverted: outcome.diverted };
  }

  /** The frame with the step of a test and with what is to be remembered of it. */
  #ruled(test: PfTest, frame: Frame, ruling: Ruling): Frame {
    const step = stepOf(test, frame.packet, ruling, frame.quotedCode);
    const stepped = this.#trail.stepped(frame, step);
    if (ruling.open) this.#trail.uncertain = true;
    else if (ruling.outcome.state === "new") this.#visits.stateMade();
    const { creator } = ruling;
    if (creator === undefined || !ruling.needed || frame.completes) {
      return { ...stepped, asked: true };
    }
    const creators = [...frame.creators, creator];
    return { ...stepped, asked: true, creators, decisive: step };
  }

  /** Follows what pf sends, or hands over, itself. */
  #bend(test: PfTest, frame: Frame, ruling: Ruling): void {
    const { outcome } = ruling;
    const routed = this.#second(test, frame, ruling);
    if (routed === undefined) return;
    for (const made of outcome.generated) {
      if (made.kind === "routed") this.#sendVia(test.host, routed, made);
      else if (made.kind === "divert") this.#handOver(test, frame, outcome.packet);
      else if (made.kind === "send") this.#sendOwn(test.host, frame, made.packet);
      else if (made.kind !== "icmp") this.#changed(test.host, frame, made);
    }
  }

  /** The test on the way out that `route-to` makes, and the frame after it; nothing: it is open. */
  #second(test: PfTest, frame: Frame, { outcome, second }: Ruling): Frame | undefined {
    const on = second && this.#routedTo(test.host, outcome);
    if (second === undefined || on === undefined) return frame;
    const packet = { ...outcome.packet, ttl: outcome.packet.ttl - 1 };
    const rdomain = rdomainOf(test.host, packet.rtable);
    const place: PfTest = { host: test.host, direction: "out", interface: on, rdomain };
    const ruled = this.#ruled(place, { ...frame, packet }, second);
    return second.open ? undefined : ruled;
  }

  #routedTo(host: Host, { generated, entry, packet }: Outcome): Interface | undefined {
    const sent = generated.find((it) => it.kind === "routed");
    const route = entry?.extra?.route;
    const name =
      sent?.interface ??
      (route && routeTo(host, packet.rtable, route.family, route.address)?.interface);
    return host.interfaces.find((it) => it.name === name);
  }

  /** `route-to`, `reply-to`, `dup-to`: out of an interface without another question. */
  #sendVia(host: Host, frame: Frame, made: Extract<Generated, { kind: "routed" }>): void {
    const to = host.interfaces.find((it) => it.name === made.interface);
    if (to === undefined || this.#isTooFar(host, frame)) return;
    const sent = { ...frame, packet: made.packet, generated: true };
    const routed = this.#routed(host, sent, made.packet.rtable, to.name);
    for (const leg of departures(host, to)) this.#travel(leg, routed);
  }

  /** `divert-packet` */
  #handOver({ host, rdomain }: PfTest, frame: Frame, packet: KernelPacket): void {
    this.#toSocket(host, rdomain, { ...frame, packet });
  }

  /** A packet that pf made itself: an answer in place of the destination, or the SYN behind it. */
  #sendOwn(host: Host, frame: Frame, packet: KernelPacket): void {
    if (isRetort(packet, frame.packet)) return;
    const isAnswer = isHandshake(packet);
    this.#route(host, { ...frame, packet, generated: true, isAnswer });
  }

  /** Behind `af-to`: forwarded in the other family, and not tested on its way out. */
  #changed(host: Host, frame: Frame, made: Extract<Generated, { kind: "affwd" | "afout" }>): void {
    const changed = { ...frame, packet: made.packet, generated: true };
    if (made.kind === "affwd") this.#forward(host, changed);
    else this.#toSocket(host, rdomainOf(host, made.packet.rtable), changed);
  }

  /** Who makes the states of a frame: its emission, or the host whose outer packet it is. */
  #maker(frame: Frame): Maker {
    const host = frame.carries?.host;
    const zone = host === undefined ? undefined : this.#trail.zoneOf(host);
    const emission = this.#emission;
    return zone === undefined ? { emission } : { emission, zone };
  }

  #pfOf(host: Host): RunningPf {
    const known = this.#running.get(host);
    if (known !== undefined) return known;
    const running = new RunningPf(host, this.#supposed);
    this.#running.set(host, running);
    return running;
  }
}

interface Passed {
  readonly frame: Frame;
  /** For a process of the host, whatever its destination is. */
  readonly diverted: boolean;
}
