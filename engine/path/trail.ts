import type { Step } from "../../model/answer.ts";
import type { Host } from "../../model/host.ts";
import type { KernelPacket } from "../kernel/packet.ts";
import type { Delivery, Walk } from "./delivery.ts";
import type { Frame } from "./frame.ts";
import { packetOf } from "./kernel-packet.ts";
import { isAt, type PlacedZone } from "./places.ts";
import type { Sightings } from "./sightings.ts";
import type { Wire } from "./wiring.ts";

/** What is noted while one emission is played: the steps of all its ways, and where they end. */
export class Trail {
  readonly #zones: readonly PlacedZone[];
  readonly #sightings: Sightings;
  /** The zone that emits; -1: none. */
  readonly #emitter: number;
  #steps: Step[] = [];
  #deliveries: Delivery[] = [];
  #answers: KernelPacket[] = [];
  /** Something open could have changed what became of it. */
  uncertain = false;
  /** An error quotes a number that does not fit the state it is about. */
  isMisquoted = false;

  constructor(zones: readonly PlacedZone[], sightings: Sightings, emitter: number) {
    this.#zones = zones;
    this.#sightings = sightings;
    this.#emitter = emitter;
  }

  /** Begins again, as if nothing had been emitted. */
  forget(): void {
    this.#steps = [];
    this.#deliveries = [];
    this.#answers = [];
    this.isMisquoted = false;
  }

  walk(): Walk {
    const { uncertain } = this;
    return { trace: { steps: this.#steps }, deliveries: this.#deliveries, uncertain };
  }

  /** The next answer of pf that the emitter has got in place of the destination's. */
  nextAnswer(): KernelPacket | undefined {
    return this.#answers.shift();
  }

  /** Notes a step, for the whole trace and for this packet's own way. */
  stepped(frame: Frame, step: Step): Frame {
    this.#steps.push(step);
    return { ...frame, steps: [...frame.steps, step] };
  }

  drop(host: Host, reason: string): void {
    this.#steps.push({ kind: "dropped", host: host.name, reason });
  }

  /** A frame on a wire is delivered at every place there. */
  deliverOn(wire: Wire, frame: Frame): void {
    for (const zone of this.#zones) {
      const here = zone.places.some((place) => isAt(place, wire, frame.packet));
      if (here) this.#deliver(zone.index, wire.name, frame);
    }
  }

  /** A packet for the host itself is delivered if it is in a zone. */
  deliverTo(host: Host, frame: Frame): void {
    const zone = this.zoneOf(host);
    if (zone !== undefined) this.#deliver(zone, host.name, frame);
  }

  #deliver(zone: number, place: string, frame: Frame): void {
    const { creators, forged, asked, decisive, quotedCode } = frame;
    const packet = packetOf(frame.packet, quotedCode);
    const steps = this.stepped(frame, { kind: "delivered", place, packet }).steps;
    this.#sightings.see(zone, frame.packet);
    if (frame.isAnswer) {
      if (zone === this.#emitter) this.#answers.push(frame.packet);
      return;
    }
    const carrier = frame.carries?.host && this.zoneOf(frame.carries.host);
    const how = { packet, creators, forged, asked, carrier, steps, decisive };
    this.#deliveries.push({ zone, place, ...how });
  }

  zoneOf(host: Host): number | undefined {
    return this.#zones.find((zone) =>
      zone.places.some((place) => place.kind === "host" && place.host === host),
    )?.index;
  }
}
