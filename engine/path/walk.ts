import type { Emission, Step } from "../../model/answer.ts";
import type { Host, Interface } from "../../model/host.ts";
import type { Network } from "../../model/network.ts";
import type { Packet } from "../../model/packet.ts";
import {
  type Crossing,
  type Filter,
  filterOf,
  type Outcome,
  testPacket,
} from "../rules/evaluate.ts";
import { StateTable } from "../rules/state-table.ts";
import { type Delivery, emissionOf, type Maker, makerIn, makerOf, type Walk } from "./delivery.ts";
import type { PlacedZone } from "./places.ts";
import { arrivals, departures, type Leg, type PfTest } from "./points.ts";
import { forwards, isLocal, isSane, lookup, rdomainOf } from "./stack.ts";
import { samePacket, stepOf, type TestStep } from "./test-step.ts";
import { isOuterOf, outerOf, tunnelsIn } from "./vxlan.ts";
import type { Wire, Wiring } from "./wiring.ts";

/** How deep one packet is followed through bridges, tunnels and re-routing. */
const MAXIMUM_HOPS = 64;

interface Frame {
  readonly packet: Packet;
  readonly tag: string | undefined;
  readonly receivedOn: string | undefined;
  readonly creators: readonly Maker[];
  readonly forged: boolean;
  readonly asked: boolean;
  /** Inner packet that this outer packet carries, and the tunnel's VNI. */
  readonly carries:
    | {
        readonly packet: Packet;
        readonly vnetid: number | undefined;
        readonly host: Host | undefined;
      }
    | undefined;
  readonly hops: number;
  readonly steps: readonly Step[];
  readonly decisive: TestStep | undefined;
}

/**
 * Plays emissions one after another through a network, states kept between them.
 *
 * Follows every way that the emitter can choose by the frame's destination MAC (known, flooded, up
 * the stack); choices of the network are taken at their first value.
 */
export class Walker {
  readonly #network: Network;
  readonly #wiring: Wiring;
  readonly #zones: readonly PlacedZone[];
  readonly #filters = new Map<Host, Filter>();
  readonly #states = new Map<Host, StateTable>();
  #steps: Step[] = [];
  #deliveries: Delivery[] = [];
  #uncertain = false;
  #emission = 0;

  constructor(network: Network, wiring: Wiring, zones: readonly PlacedZone[]) {
    this.#network = network;
    this.#wiring = wiring;
    this.#zones = zones;
  }

  /** Forgets all states and starts the next script. */
  reset(): void {
    this.#states.clear();
    this.#emission = 0;
  }

  /** Plays one emission; its index in the script is the number of emissions since {@link reset}. */
  walk(emission: Emission): Walk {
    this.#steps = [];
    this.#deliveries = [];
    this.#uncertain = false;
    const host = this.#network.hosts.find((it) => it.name === emission.at.host);
    const it = host?.interfaces.find((other) => other.name === emission.at.interface);
    if (host !== undefined && it !== undefined) this.#emit(emission, host, it);
    this.#emission++;
    return {
      trace: { steps: this.#steps },
      deliveries: this.#deliveries,
      uncertain: this.#uncertain,
    };
  }

  #emit(emission: Emission, host: Host, it: Interface): void {
    const carries =
      emission.outer === undefined
        ? undefined
        : { packet: emission.packet, vnetid: undefined, host: undefined };
    const frame: Frame = {
      packet: emission.outer ?? emission.packet,
      tag: undefined,
      receivedOn: undefined,
      creators: [],
      forged: emission.outer !== undefined,
      asked: false,
      carries,
      hops: 0,
      steps: [],
      decisive: undefined,
    };
    if (emission.local) {
      this.#output(host, it, it.rdomain, frame);
      return;
    }
    const wire = this.#wiring.wireOf(host.name, it.name);
    if (wire !== undefined && carries === undefined) this.#deliverOn(wire, frame);
    this.#receive(host, it, frame);
  }

  #deliverOn(wire: Wire, frame: Frame): void {
    for (const zone of this.#zones) {
      const here = zone.places.some((place) => {
        if (place.kind !== "wire" || place.wire !== wire) return false;
        return place.cut === undefined || place.cut.some((range) => contains(range, frame.packet));
      });
      if (here) this.#deliver(zone.index, wire.name, frame);
    }
  }

  #deliver(zone: number, place: string, frame: Frame): void {
    const { packet, creators, forged, asked, decisive } = frame;
    const steps = this.#stepped(frame, { kind: "delivered", place, packet }).steps;
    const carrier = frame.carries?.host && this.#zoneOf(frame.carries.host);
    this.#deliveries.push({
      zone,
      place,
      packet,
      creators,
      forged,
      asked,
      carrier,
      steps,
      decisive,
    });
  }

  /** Notes a step, for the whole trace and for this packet's own way. */
  #stepped(frame: Frame, step: Step): Frame {
    this.#steps.push(step);
    return { ...frame, steps: [...frame.steps, step] };
  }

  #zoneOf(host: Host): number | undefined {
    return this.#zones.find((zone) =>
      zone.places.some((place) => place.kind === "host" && place.host === host),
    )?.index;
  }

  #receive(host: Host, it: Interface, frame: Frame): void {
    for (const leg of arrivals(host, it)) this.#travel(leg, frame);
  }

  /** Follows a leg: its pf tests, then its exit. */
  #travel(leg: Leg, start: Frame): void {
    if (start.hops > MAXIMUM_HOPS) {
      this.#drop(leg.host, "followed no further");
      return;
    }
    let frame: Frame = { ...start, hops: start.hops + 1 };
    if (leg.bridge !== undefined) {
      const to = leg.exit.interface.name;
      const { host, bridge, from } = leg;
      frame = this.#stepped(frame, {
        kind: "switch",
        host: host.name,
        bridge: bridge.name,
        from: from.name,
        to,
      });
    }
    for (const test of leg.tests) {
      const outcome = this.#test(test, frame, test.rdomain);
      if (outcome === undefined) return;
      frame = outcome.frame;
    }
    this.#leave(leg, frame);
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
    const bare: Frame = { ...frame, tag: undefined, receivedOn: undefined };
    this.#deliverOn(wire, bare);
    for (const end of wire.attachments) {
      if (end.host === host && end.interface === it) continue;
      this.#receive(end.host, end.interface, bare);
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
      if (!isOuterOf(tunnel, frame.packet, "out")) continue;
      const wire = this.#wiring.wireOf(host.name, tunnel.name);
      if (wire !== undefined)
        this.#deliverOn(wire, { ...frame, packet: carried.packet, carries: undefined });
    }
  }

  #encapsulate(host: Host, tunnel: Interface, frame: Frame): void {
    const outer = outerOf(tunnel);
    if (outer === undefined || frame.carries !== undefined) {
      this.#drop(host, `${tunnel.name} has no peer to send to`);
      return;
    }
    const wrapped = this.#stepped(frame, {
      kind: "encapsulate",
      host: host.name,
      tunnel: tunnel.name,
    });
    const carries = { packet: frame.packet, vnetid: tunnel.vnetid, host };
    const rtable = tunnel.tunnel?.rtable ?? 0;
    this.#route(host, rtable, { ...wrapped, packet: outer, receivedOn: undefined, carries });
  }

  /** ip_input: sanity, pf IN, local or forwarded (stack-semantics.md 1.3). */
  #input(host: Host, it: Interface, frame: Frame): void {
    if (!isSane(it, frame.packet)) {
      this.#drop(host, `${it.name} refuses the addresses`);
      return;
    }
    const test: PfTest = { host, direction: "in", interface: it, rdomain: it.rdomain };
    const passed = this.#test(test, { ...frame, receivedOn: it.name }, it.rdomain);
    if (passed === undefined) return;
    const { rtable } = passed;
    if (isLocal(host, rtable, it, passed.frame.packet)) {
      this.#toSocket(host, rdomainOf(host, rtable), passed.frame);
    } else if (!forwards(host, passed.frame.packet)) this.#drop(host, "not forwarded");
    else this.#forward(host, rtable, passed.frame);
  }

  #forward(host: Host, rtable: number, frame: Frame): void {
    if (frame.packet.ttl <= 1) this.#drop(host, "hop limit used up");
    else {
      const packet = { ...frame.packet, ttl: frame.packet.ttl - 1 };
      this.#route(host, rtable, { ...frame, packet });
    }
  }

  #route(host: Host, rtable: number, frame: Frame): void {
    const to = lookup(host, rtable, frame.packet);
    if (to === undefined) {
      this.#drop(host, `no route in table ${rtable}`);
      return;
    }
    const routed = this.#stepped(frame, { kind: "route", host: host.name, rtable, to: to.name });
    this.#output(host, to, rdomainOf(host, rtable), routed);
  }

  #output(host: Host, it: Interface, rdomain: number, frame: Frame): void {
    if (frame.hops > MAXIMUM_HOPS) return;
    const test: PfTest = { host, direction: "out", interface: it, rdomain };
    const passed = this.#test(test, frame, rdomain);
    if (passed === undefined) return;
    const turned =
      passed.frame.packet.destination !== frame.packet.destination ||
      rdomainOf(host, passed.rtable) !== rdomain;
    const to = turned ? lookup(host, passed.rtable, passed.frame.packet) : it;
    if (to === undefined) this.#drop(host, `no route in table ${passed.rtable}`);
    else for (const leg of departures(host, to)) this.#travel(leg, passed.frame);
  }

  #toSocket(host: Host, rdomain: number, frame: Frame): void {
    const tunnel = tunnelsIn(host, rdomain).find((it) => isOuterOf(it, frame.packet, "in"));
    const inner = frame.carries;
    const mine = inner?.vnetid === undefined || inner.vnetid === tunnel?.vnetid;
    if (tunnel !== undefined && inner !== undefined && mine) {
      const step: Step = { kind: "decapsulate", host: host.name, tunnel: tunnel.name };
      const unwrapped = this.#stepped(frame, step);
      this.#receive(host, tunnel, { ...unwrapped, packet: inner.packet, carries: undefined });
      return;
    }
    const zone = this.#zoneOf(host);
    if (zone !== undefined) this.#deliver(zone, host.name, frame);
  }

  #drop(host: Host, reason: string): void {
    this.#steps.push({ kind: "dropped", host: host.name, reason });
  }

  #test(
    test: PfTest,
    frame: Frame,
    rtable: number,
  ): { readonly frame: Frame; readonly rtable: number } | undefined {
    const { host, direction, interface: it, rdomain } = test;
    const crossing: Crossing = {
      direction,
      interface: it.name,
      packet: frame.packet,
      rtable,
      rdomain,
      emission: this.#maker(frame),
      ...(frame.receivedOn === undefined ? {} : { receivedOn: frame.receivedOn }),
      ...(frame.tag === undefined ? {} : { tag: frame.tag }),
    };
    const outcome = testPacket(this.#filterOf(host), crossing, this.#statesOf(host));
    const step = stepOf(test, frame.packet, outcome, emissionOf(outcome.hit));
    const stepped = this.#stepped(frame, step);
    if (outcome.verdict === "unknown") this.#uncertain = true;
    if (outcome.verdict !== "pass") return undefined;
    const needed = outcome.hit !== undefined && !this.#passesAlone(host, crossing, outcome);
    const creators =
      needed && outcome.hit !== undefined
        ? [...frame.creators, makerOf(outcome.hit)]
        : frame.creators;
    const next: Frame = {
      ...stepped,
      packet: outcome.packet,
      tag: outcome.tag,
      creators,
      asked: true,
      decisive: needed ? step : frame.decisive,
    };
    return { frame: next, rtable: outcome.rtable };
  }

  /** Who makes the states of a frame: its emission, or the host whose outer packet it is. */
  #maker(frame: Frame): number {
    const host = frame.carries?.host;
    const zone = host === undefined ? undefined : this.#zoneOf(host);
    return makerIn(this.#emission, zone);
  }

  /** Whether the rules alone would let the packet pass as the state did. */
  #passesAlone(host: Host, crossing: Crossing, byState: Outcome): boolean {
    const alone = testPacket(this.#filterOf(host), crossing, new StateTable());
    return (
      alone.verdict === "pass" &&
      alone.rtable === byState.rtable &&
      (alone.tag === byState.tag || !testsTags(host)) &&
      samePacket(alone.packet, byState.packet)
    );
  }

  #filterOf(host: Host): Filter {
    const known = this.#filters.get(host);
    if (known !== undefined) return known;
    const filter = filterOf(host);
    this.#filters.set(host, filter);
    return filter;
  }

  #statesOf(host: Host): StateTable {
    const known = this.#states.get(host);
    if (known !== undefined) return known;
    const table = new StateTable();
    this.#states.set(host, table);
    return table;
  }
}

function testsTags({ ruleset }: Host): boolean {
  return [...ruleset.anchors.values()].flat().some((rule) => rule.tagged !== undefined);
}

function contains(
  range: { readonly family: string; readonly first: bigint; readonly last: bigint },
  packet: Packet,
): boolean {
  return (
    range.family === packet.family &&
    range.first <= packet.destination &&
    packet.destination <= range.last
  );
}
