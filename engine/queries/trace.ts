import type { Emission, Script } from "../../model/answer.ts";
import type { TraceAnswer } from "../../model/check-answer.ts";
import type { Host } from "../../model/host.ts";
import type { Network, PlaceReference } from "../../model/network.ts";
import type { Packet } from "../../model/packet.ts";
import { planOf } from "../claims/plan.ts";
import { findPlaces } from "../path/places.ts";
import { lookup } from "../path/stack.ts";
import { Walker } from "../path/walk.ts";

/** Follows the packets of a script one after another, states kept between them. */
export function traceScript(network: Network, script: Script): TraceAnswer {
  const plan = planOf(network);
  const walker = new Walker(network, plan.wiring, plan.zones);
  return { traces: script.map((emission) => walker.walk(emission).trace) };
}

/**
 * The emission of `packet` at a place: received by the first host interface on its wire, or sent by the
 * host itself on the interface that routes it, in the routing domain of its source address.
 *
 * @returns nothing if the reference names no place, or the host has no route for the packet
 */
export function emissionAt(
  network: Network,
  reference: PlaceReference,
  name: string,
  packet: Packet,
): Emission | undefined {
  const plan = planOf(network);
  const place = findPlaces(network, plan.wiring, reference)[0];
  if (place === undefined) return undefined;
  const zone = plan.zones.find((it) => it.places.some((other) => samePlace(other, place)));
  const from = zone?.name ?? name;
  if (place.kind === "host") {
    const out = lookup(place.host, domainOf(place.host, packet), packet);
    if (out === undefined) return undefined;
    return { from, at: { host: place.host.name, interface: out.name }, local: true, packet };
  }
  const end = place.wire.attachments[0];
  if (end === undefined) return undefined;
  const at = { host: end.host.name, interface: end.interface.name };
  return { from, at, local: false, packet };
}

/** The routing domain that the host sends a packet in: that of the interface with its source. */
export function domainOf(host: Host, { family, source }: Packet): number {
  const owner = host.interfaces.find((it) =>
    it.addresses.some((own) => own.family === family && own.value === source),
  );
  return owner?.rdomain ?? 0;
}

function samePlace(
  a: ReturnType<typeof findPlaces>[number],
  b: ReturnType<typeof findPlaces>[number],
): boolean {
  if (a.kind === "host") return b.kind === "host" && a.host === b.host;
  return b.kind === "wire" && a.wire === b.wire;
}
