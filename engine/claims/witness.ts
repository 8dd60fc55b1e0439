import type { Emission } from "../../model/answer.ts";
import type { Host, Interface } from "../../model/host.ts";
import { ICMP, ICMP_REPLIES, ICMP6, type Packet, type QuotedPacket } from "../../model/packet.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import type { PacketSet } from "../sets/packet-sets.ts";
import {
  icmpType,
  inRange,
  NOT_IN_KEYS,
  ofFamily,
  only,
  packetOf,
  valuesOf,
} from "../sets/packets.ts";
import { translationsOf } from "../sets/rules/state-class.ts";
import { mirrored, openKeys } from "../sets/rules/state-keys.ts";
import type { Closure } from "./closure.ts";
import { sourcesOf } from "./emissions.ts";
import { icmpErrors } from "./errors.ts";
import { type Cause, type Increment, type OwnedStates, type Point, testAt } from "./graph.ts";

/** More emissions than this are no witness that a reader follows. */
const LONGEST = 12;

/**
 * Finds a script of packets that ends with `packet` at the point of `increment`.
 *
 * Goes back along the causes of the closure: through a rule by the pre-image of its translation,
 * through a state to the packet that hit it and to the one that made it. Nothing is promised about
 * the script; the simulator says whether it works.
 *
 * @param error - the ICMP error that imitates `packet`, if the label of `increment` is about errors
 * @returns emissions in order, the last one that of `packet`; nothing if no concrete packet fits
 */
export function scriptTo(
  closure: Closure,
  increment: Increment,
  packet: Packet,
  error?: Packet,
): readonly Emission[] | undefined {
  const trail = new Trail(closure, error);
  const last = trail.back(increment, packet, undefined, undefined);
  return last === undefined ? undefined : [...trail.earlier, last];
}

/** The inner frame that an outer packet is followed back for. */
interface Carried {
  readonly packet: Packet;
  readonly inner: Increment | undefined;
}

class Trail {
  readonly earlier: Emission[] = [];
  readonly #closure: Closure;
  readonly #sets: PacketFunctions;

  /** The ICMP error that is followed back; its source is settled by the rules that it passes. */
  #error: Packet | undefined;

  constructor(closure: Closure, error: Packet | undefined) {
    this.#closure = closure;
    this.#error = error;
    this.#sets = closure.sets;
  }

  /** The emission that a packet of an increment comes from; `next` is the point it went to. */
  back(
    increment: Increment,
    packet: Packet,
    next: Point | undefined,
    carried: Carried | undefined,
  ): Emission | undefined {
    const { cause, point } = increment;
    switch (cause.kind) {
      case "emitted": {
        const sent = this.#sent(increment, packet, cause.zone);
        return this.#emission(cause.zone, point, sent, next, carried);
      }
      case "moved":
      case "bracket":
        return this.back(cause.from, packet, along(point, next), carried);
      case "open":
      case "crossed":
        return this.back(cause.from, packet, point, carried);
      case "rule": {
        const before = this.#throughRule(cause, packet);
        return before && this.back(cause.from, before, point, carried);
      }
      case "state":
        return this.#throughState(cause, packet, point, carried);
      case "wrapped":
        return this.#unwrapped(cause.inner, packet, point, next, carried);
      case "unwrapped": {
        const outer = this.#pick(cause.outer.set);
        const { origin } = this.#closure.labels.at(increment.label);
        const forged = cause.inner === undefined ? this.#sent(increment, packet, origin) : packet;
        return (
          outer && this.back(cause.outer, outer, point, { packet: forged, inner: cause.inner })
        );
      }
    }
  }

  #throughRule(cause: Cause & { readonly kind: "rule" }, packet: Packet): Packet | undefined {
    const { from, pass } = cause;
    if (!this.#isAbout(from)) {
      const set = pass.fn.preimage(only(this.#sets, packet), pass.fate);
      return this.#pick(this.#and(set, pass.set, from.set));
    }
    const { family, destination } = packet;
    const end = inRange(this.#sets, "destination", {
      family,
      first: destination,
      last: destination,
    });
    const passing = this.#and(pass.set, icmpErrors(this.#sets), end);
    this.#error = this.#pick(this.#sets.and(passing, this.#wanted())) ?? this.#pick(passing);
    return packet;
  }

  /** Errors of the type that is followed back. */
  #wanted(): PacketSet {
    const error = this.#error;
    return error === undefined ? this.#sets.all : icmpType(this.#sets, error.icmpType);
  }

  #isAbout(increment: Increment): boolean {
    return this.#closure.labels.at(increment.label).about;
  }

  /** What a place emits: the packet, or the ICMP error that imitates it. */
  #sent(increment: Increment, packet: Packet, zone: number): Packet {
    if (!this.#isAbout(increment) || this.#error === undefined) return packet;
    const { destination, family } = packet;
    const error = { ...this.#error, family, destination, quoted: quotedBy(packet) };
    const { point } = increment;
    if (point.kind !== "wire") return error;
    // the error has a source that its sender may use, if the rules on its way leave the choice
    const usable = sourcesOf(this.#sets, this.#closure.plan, zone, point.wire);
    if (this.#sets.has(usable, valuesOf(error))) return error;
    const own = this.#pick(this.#sets.and(usable, ofFamily(this.#sets, family)));
    return own === undefined ? error : { ...error, source: own.source };
  }

  #emission(
    zone: number,
    point: Point,
    packet: Packet,
    next: Point | undefined,
    carried: Carried | undefined,
  ): Emission | undefined {
    const from = this.#closure.plan.zones[zone]?.name ?? "";
    const at = entry(point, next);
    if (at === undefined) return undefined;
    const local = point.kind === "send";
    const where = { host: at.host.name, interface: at.interface.name };
    if (carried === undefined) return { from, at: where, local, packet: lively(packet) };
    return { from, at: where, local, packet: lively(carried.packet), outer: packet };
  }

  /** From an outer packet to the frame in it: sent by a host, or by a station on the far segment. */
  #unwrapped(
    inner: Increment,
    outer: Packet,
    point: Point,
    next: Point | undefined,
    carried: Carried | undefined,
  ): Emission | undefined {
    const frame = carried?.packet ?? this.#pick(inner.set);
    const source = carried?.inner ?? inner;
    if (frame === undefined) return undefined;
    if (point.kind !== "wire") return this.back(source, frame, point, undefined);
    // a station on the far segment: its VTEP sends the outer packet onto the wire of `point`
    if (source.cause.kind !== "emitted") return undefined;
    const sent = this.#sent(source, frame, source.cause.zone);
    return this.#emission(source.cause.zone, point, outer, next, { packet: sent, inner });
  }

  #throughState(
    cause: Cause & { readonly kind: "state" },
    packet: Packet,
    point: Point,
    carried: Carried | undefined,
  ): Emission | undefined {
    if (this.earlier.length > LONGEST) return undefined;
    const { of } = cause.states;
    const same = of.direction === testAt(cause.before)?.direction;
    const wanted = only(this.#sets, packet);
    const key = this.#pickKey(cause, wanted, same);
    if (key === undefined) return undefined;
    if (!this.#born(cause.states, key, cause.until)) return undefined;
    const before = same
      ? key
      : mirrored(this.#sets, translationsOf(this.#sets).image(key, of.translation));
    const rest = this.#sets.forget(wanted, [
      "source",
      "destination",
      "sourcePort",
      "destinationPort",
    ]);
    return this.#cameBy(cause, this.#and(before, rest), point, carried);
  }

  /** One key of the states that explains `wanted` leaving the test. */
  #pickKey(
    cause: Cause & { readonly kind: "state" },
    wanted: PacketSet,
    same: boolean,
  ): PacketSet | undefined {
    const sets = this.#sets;
    const { translation } = cause.states.of;
    const { keys } = cause;
    const translations = translationsOf(sets);
    const possible = same
      ? translations.preimage(wanted, translation)
      : openKeys(sets, mirrored(sets, wanted));
    const reachable = this.#closure.reached
      .incrementsAt(cause.before, cause.label)
      .filter((it) => it.index < cause.until)
      .reduce((all, it) => sets.or(all, it.set), sets.empty);
    const fitting = sets.and(sets.forget(possible, NOT_IN_KEYS), keys);
    const hit = same
      ? fitting
      : sets.and(fitting, translations.preimage(mirrored(sets, reachable), translation));
    const packet = this.#pick(hit);
    return packet && sets.forget(only(sets, packet), NOT_IN_KEYS);
  }

  /** The packet at the test point that hit the state. */
  #cameBy(
    cause: Cause & { readonly kind: "state" },
    wanted: PacketSet,
    point: Point,
    carried: Carried | undefined,
  ): Emission | undefined {
    for (const increment of this.#closure.reached.incrementsAt(cause.before, cause.label)) {
      if (increment.index >= cause.until) break;
      const packet = this.#pick(this.#sets.and(wanted, increment.set));
      if (packet !== undefined) return this.back(increment, packet, point, carried);
    }
    return undefined;
  }

  /** Adds the script that makes a state with this key. */
  #born(states: OwnedStates, key: PacketSet, until: number): boolean {
    for (const birth of states.births) {
      if (birth.from.index >= until || !this.#sets.meets(birth.keys, key)) continue;
      const packet = this.#pick(this.#and(key, birth.pass.set, birth.from.set));
      if (packet === undefined) continue;
      const error = this.#error;
      const emission = this.back(birth.from, packet, undefined, undefined);
      this.#error = error;
      if (emission === undefined) continue;
      this.earlier.push(emission);
      return true;
    }
    return false;
  }

  #pick(set: PacketSet): Packet | undefined {
    const values = this.#sets.sample(set);
    return values && packetOf(values);
  }

  #and(...parts: readonly PacketSet[]): PacketSet {
    return parts.reduce((all, part) => this.#sets.and(all, part), this.#sets.all);
  }
}

/** The header that an ICMP error quotes so that pf takes it where it would take `packet`. */
function quotedBy(packet: Packet): QuotedPacket {
  const query = packet.protocol === ICMP || packet.protocol === ICMP6;
  const pairs = query ? ICMP_REPLIES[packet.family] : [];
  const asked = pairs.find(([, answer]) => answer === packet.icmpType)?.[0];
  const answered = pairs.find(([asking]) => asking === packet.icmpType)?.[1];
  return {
    protocol: packet.protocol,
    source: packet.destination,
    destination: packet.source,
    sourcePort: packet.destinationPort,
    destinationPort: packet.sourcePort,
    icmpType: asked ?? answered ?? packet.icmpType,
    icmpCode: 0,
    icmpId: packet.icmpId,
  };
}

/** The point after `point` that tells where a frame entered a host. */
function along(point: Point, next: Point | undefined): Point | undefined {
  return point.kind === "wire" ? next : point;
}

/** The interface that an emitted frame enters, or leaves from. */
export function entry(
  point: Point,
  next: Point | undefined,
): { readonly host: Host; readonly interface: Interface } | undefined {
  if (point.kind === "send") return { host: point.host, interface: point.interface };
  if (point.kind !== "wire") return undefined;
  const { attachments } = point.wire;
  if (next?.kind === "leg") return { host: next.leg.host, interface: next.leg.from };
  const host = next?.kind === "stack" ? next.host : undefined;
  const own = attachments.filter((end) => host === undefined || end.host === host);
  const exact = own.find((end) => next?.kind === "stack" && end.interface === next.interface);
  return exact ?? own[0] ?? attachments[0];
}

/** Neighbour and listener discovery is only taken with its own hop limit (pf-semantics.md 2). */
function lively(packet: Packet): Packet {
  if (packet.family !== "inet6" || packet.protocol !== 58) return packet;
  const { icmpType } = packet;
  if (icmpType >= 133 && icmpType <= 137) return { ...packet, ttl: 255 };
  return [130, 131, 132, 143].includes(icmpType) ? { ...packet, ttl: 1 } : packet;
}
