import type { Step } from "../../../model/answer.ts";
import type { Host } from "../../../model/host.ts";
import type { Packet } from "../../../model/packet.ts";
import type { Closure } from "../../claims/closure.ts";
import { type Point, testAt } from "../../claims/graph.ts";
import { arrivals, departures, type Leg } from "../../path/points.ts";
import { samePacket } from "../../path/same-packet.ts";
import type { Ruled, Rulings } from "./rulings.ts";
import type { WayNode } from "./ways.ts";

/** One point of a way with the packet that is followed, before and behind it. */
export interface Hop {
  readonly node: WayNode;
  readonly next: WayNode;
  readonly packet: Packet;
  readonly becomes: Packet;
}

/** What a reader is told of a hop, in the words of a trace. */
export function stepsOf(closure: Closure, rulings: Rulings, hop: Hop): readonly Step[] {
  const { node, next } = hop;
  const { point } = node;
  const [cause] = node.by;
  if (next.point.kind === "delivered") {
    const place = placeOf(point);
    return [{ kind: "delivered", place, packet: hop.becomes }];
  }
  if (cause?.kind === "wrapped") return wrapped(point, next.point);
  if (cause?.kind === "unwrapped") return [...unwrapped(next.point), ...entering(next.point)];
  const tested = testAt(point) === undefined ? [] : [testStep(closure, rulings, hop)];
  return [...tested, ...routed(point, next.point), ...switched(point, next.point)];
}

function placeOf(point: Point): string {
  if (point.kind === "wire") return point.wire.name;
  return point.kind === "socket" ? point.host.name : "";
}

function testStep(
  closure: Closure,
  rulings: Rulings,
  { node, packet, becomes }: Hop,
): Step & { readonly kind: "test" } {
  const test = testAt(node.point);
  if (test === undefined) throw new RangeError("no test stands at this point");
  const { host, interface: it, direction, rdomain } = test;
  const place = { host: host.name, interface: it.name, direction, rdomain } as const;
  const base = { kind: "test", ...place, packet } as const;
  const [cause] = node.by;
  if (cause?.kind === "open") {
    const by = host.pfConf === undefined ? "no pf" : "skip";
    return { ...base, verdict: "skip", by, made: false };
  }
  const label = closure.labels.at(node.label);
  const verdict = cause?.kind === "crossed" ? "drop" : "pass";
  const ruled = rulings.of(test, label, packet, verdict);
  const isChanged = !samePacket(packet, becomes);
  return {
    ...base,
    verdict: verdict === "drop" ? "block" : ruled?.open === true ? "unknown" : "pass",
    by: ruled?.rule === undefined ? "default" : "rule",
    made: makesState(ruled),
    ...(ruled?.rule === undefined ? {} : { rule: ruled.rule }),
    ...(isChanged ? { becomes } : {}),
  };
}

function makesState(ruled: Ruled | undefined): boolean {
  return ruled !== undefined && !ruled.open && ruled.fate.state !== undefined;
}

/** A routing table chose the way out. */
function routed(point: Point, next: Point): readonly Step[] {
  if (next.kind !== "send" && next.kind !== "sent") return [];
  const rtable = point.kind === "passed" ? point.rtable : next.interface.rdomain;
  return [{ kind: "route", host: next.host.name, rtable, to: next.interface.name }];
}

/** A bridge or veb takes the frame from one interface to another, with pf tests or without. */
function switched(point: Point, next: Point): readonly Step[] {
  if (next.kind === "leg") return entering(next);
  if (point.kind === "wire" && next.kind === "stack") {
    return switchStep(legInto(point, next.host, next.interface.name));
  }
  if (point.kind === "wire" && next.kind === "wire") {
    const [host, name] = (next.sender ?? "").split(":");
    const found = point.wire.attachments.find((end) => end.host.name === host);
    return found === undefined ? [] : switchStep(legInto(point, found.host, name ?? ""));
  }
  const from = departing(point);
  if (from === undefined) return [];
  const wire = next.kind === "wire" ? next.sender : undefined;
  const legs = departures(from.host, from.interface).filter((it) => it.tests.length === 0);
  return switchStep(
    legs.find(({ host, exit }) => {
      return wire === undefined
        ? next.kind === "stack" && exit.interface === next.interface
        : `${host.name}:${exit.interface.name}` === wire;
    }),
  );
}

function entering(point: Point): readonly Step[] {
  return point.kind === "leg" && point.at === 0 ? switchStep(point.leg) : [];
}

function switchStep(leg: Leg | undefined): readonly Step[] {
  if (leg?.bridge === undefined) return [];
  const { host, bridge, from, exit } = leg;
  const to = exit.interface.name;
  return [{ kind: "switch", host: host.name, bridge: bridge.name, from: from.name, to }];
}

/** The leg without pf tests that takes a frame from a wire to an interface of a host. */
function legInto(
  { wire, sender }: Point & { readonly kind: "wire" },
  host: Host,
  to: string,
): Leg | undefined {
  return wire.attachments
    .filter((end) => end.host === host && `${host.name}:${end.interface.name}` !== sender)
    .flatMap((end) => arrivals(host, end.interface))
    .find((leg) => leg.tests.length === 0 && leg.exit.interface.name === to);
}

/** The interface that a packet leaves a stack on, behind pf. */
function departing(point: Point): (Point & { readonly kind: "send" | "sent" }) | undefined {
  if (point.kind === "sent") return point;
  if (point.kind !== "passed") return undefined;
  return point.before.kind === "send" ? point.before : undefined;
}

function wrapped(point: Point, outer: Point): readonly Step[] {
  if (outer.kind !== "send" && outer.kind !== "sent") return [];
  const { host } = outer;
  const leg = legInTunnel(point);
  const tunnel = leg?.exit.interface.name ?? "";
  const step: Step = { kind: "encapsulate", host: host.name, tunnel };
  const isOwn = leg !== undefined && departing(point) !== undefined;
  return [...(isOwn ? switchStep(leg) : []), step, ...routed(point, outer)];
}

/** The leg that ends in the tunnel which the frame goes into. */
function legInTunnel(point: Point): Leg | undefined {
  if (point.kind === "passed" && point.before.kind === "leg") return point.before.leg;
  const from = departing(point);
  const legs =
    from !== undefined
      ? departures(from.host, from.interface)
      : point.kind === "wire"
        ? point.wire.attachments.flatMap((end) => arrivals(end.host, end.interface))
        : [];
  return legs.find((leg) => leg.exit.kind === "tunnel");
}

function unwrapped(next: Point): readonly Step[] {
  if (next.kind === "leg") {
    const { host, from } = next.leg;
    return [{ kind: "decapsulate", host: host.name, tunnel: from.name }];
  }
  if (next.kind !== "stack") return [];
  const { host, interface: it } = next;
  const tunnel = host.interfaces.find((other) => {
    return other.kind === "vxlan" && arrivals(host, other).some((leg) => leg.exit.interface === it);
  });
  return [{ kind: "decapsulate", host: host.name, tunnel: tunnel?.name ?? it.name }];
}
