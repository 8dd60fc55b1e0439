import type { Emission } from "../../model/answer.ts";
import { ICMP, ICMP_REPLIES, ICMP6, type Packet, type QuotedPacket } from "../../model/packet.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import type { LabelValues, PacketSet, PacketSets } from "../sets/packet-sets.ts";
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
import { along, entry } from "./entry.ts";
import { icmpErrors } from "./errors.ts";
import {
  type Cause,
  type Increment,
  type OwnedStates,
  type Point,
  testAt,
  type Wave,
} from "./graph.ts";
import { labelsIn, type Owners } from "./owners.ts";

/** More emissions than this are no witness that a reader follows. */
const LONGEST = 12;

/** A packet with its labels. */
export interface Marked {
  readonly packet: Packet;
  readonly labels: LabelValues;
}

/** The smallest member of a set. */
export function pick(sets: PacketSets, set: PacketSet): Marked | undefined {
  const values = sets.sample(set);
  const labels = labelsIn(sets, set);
  return values && labels && { packet: packetOf(values), labels };
}

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
  packet: Marked,
  error?: Packet,
): readonly Emission[] | undefined {
  const trail = new Trail(closure, error);
  const last = trail.back(increment, packet, undefined, undefined);
  return last === undefined ? undefined : [...trail.earlier, last];
}

/** The inner frame that an outer packet is followed back for. */
interface Carried {
  readonly frame: Marked;
  readonly inner: Wave | undefined;
}

class Trail {
  readonly earlier: Emission[] = [];
  readonly #closure: Closure;
  readonly #sets: PacketFunctions;
  readonly #owners: Owners;

  /** The ICMP error that is followed back; its source is settled by the rules that it passes. */
  #error: Packet | undefined;

  constructor(closure: Closure, error: Packet | undefined) {
    this.#closure = closure;
    this.#error = error;
    this.#sets = closure.sets;
    this.#owners = closure.owners;
  }

  /** The emission that a packet of an increment comes from; `next` is the point it went to. */
  back(
    increment: Increment,
    marked: Marked,
    next: Point | undefined,
    carried: Carried | undefined,
  ): Emission | undefined {
    const { cause, point } = increment;
    switch (cause.kind) {
      case "emitted": {
        const sent = this.#sent(increment, marked.packet, cause.zone);
        return this.#emission(cause.zone, point, sent, next, carried);
      }
      case "moved":
      case "bracket":
        return this.#cameFrom(cause.from, marked, along(point, next), carried);
      case "open":
      case "crossed":
        return this.#cameFrom(cause.from, marked, point, carried);
      case "rule": {
        const before = this.#throughRule(cause, marked);
        return before && this.#cameFrom(cause.from, before, point, carried);
      }
      case "state":
        return this.#throughState(cause, marked, point, carried);
      case "wrapped":
        return this.#unwrapped(cause.inner, marked.packet, point, next, carried);
      case "unwrapped":
        return this.#wrapped(increment, cause, marked);
    }
  }

  /** A packet of a wave, by the increment of it that has it; at least by one that has its headers. */
  #cameFrom(
    { point, label, index }: Wave,
    marked: Marked,
    next: Point | undefined,
    carried: Carried | undefined,
  ): Emission | undefined {
    const increments = this.#closure.reached
      .incrementsAt(point, label)
      .filter((it) => it.index <= index);
    const exact = this.#only(marked);
    const has = (set: PacketSet) => (it: Increment) => this.#sets.meets(it.set, set);
    const found = increments.find(has(exact));
    if (found !== undefined) return this.back(found, marked, next, carried);
    const bare = only(this.#sets, marked.packet);
    const like = increments.find(has(bare)) ?? increments.at(-1);
    if (like === undefined) return undefined;
    const { packet, labels } = marked;
    const other = labelsIn(this.#sets, this.#sets.and(like.set, bare)) ?? labels;
    return this.back(like, { packet, labels: other }, next, carried);
  }

  /** A packet of a wave, of those that came first. */
  #first({ point, label, index, set }: Wave, wanted: PacketSet): Marked | undefined {
    const some = this.#sets.and(set, wanted);
    if (some === this.#sets.empty) return undefined;
    for (const increment of this.#closure.reached.incrementsAt(point, label)) {
      if (increment.index > index) break;
      const found = this.#pick(this.#sets.and(increment.set, some));
      if (found !== undefined) return found;
    }
    return this.#pick(some);
  }

  #only({ packet, labels }: Marked): PacketSet {
    const { origin, creator } = labels;
    return this.#and(only(this.#sets, packet), this.#owners.from(origin), this.#owners.by(creator));
  }

  #throughRule(cause: Cause & { readonly kind: "rule" }, marked: Marked): Marked | undefined {
    const { from, pass } = cause;
    if (!this.#isAbout(from)) {
      const set = pass.fn.preimage(this.#only(marked), pass.fate);
      return this.#first(from, this.#sets.and(set, pass.set));
    }
    const { family, destination } = marked.packet;
    const end = inRange(this.#sets, "destination", {
      family,
      first: destination,
      last: destination,
    });
    const passing = this.#and(pass.set, icmpErrors(this.#sets), end);
    const wanted = this.#pick(this.#sets.and(passing, this.#wanted())) ?? this.#pick(passing);
    this.#error = wanted?.packet;
    return marked;
  }

  /** Errors of the type that is followed back. */
  #wanted(): PacketSet {
    const error = this.#error;
    return error === undefined ? this.#sets.all : icmpType(this.#sets, error.icmpType);
  }

  #isAbout({ label }: Wave): boolean {
    return this.#closure.labels.at(label).about;
  }

  /** What a place emits: the packet, or the ICMP error that imitates it. */
  #sent(from: Wave, packet: Packet, zone: number): Packet {
    if (!this.#isAbout(from) || this.#error === undefined) return packet;
    const { destination, family } = packet;
    const error = { ...this.#error, family, destination, quoted: quotedBy(packet) };
    const { point } = from;
    if (point.kind !== "wire") return error;
    // the error has a source that its sender may use, if the rules on its way leave the choice
    const usable = sourcesOf(this.#sets, this.#closure.plan, zone, point.wire);
    if (this.#sets.has(usable, valuesOf(error))) return error;
    const own = this.#pick(this.#sets.and(usable, ofFamily(this.#sets, family)));
    return own === undefined ? error : { ...error, source: own.packet.source };
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
    return { from, at: where, local, packet: lively(carried.frame.packet), outer: packet };
  }

  /** From a frame to the outer packet that it came in. */
  #wrapped(
    increment: Increment,
    { outer, inner }: Cause & { readonly kind: "unwrapped" },
    marked: Marked,
  ): Emission | undefined {
    const { origin, creator } = marked.labels;
    const own = this.#sets.and(outer.set, this.#owners.from(origin));
    const carrier =
      this.#pick(this.#sets.and(own, this.#owners.by(creator))) ??
      this.#pick(this.#sets.and(own, this.#owners.alone));
    if (carrier === undefined) return undefined;
    const forged = inner === undefined ? this.#sent(increment, marked.packet, origin) : undefined;
    const frame = forged === undefined ? marked : { ...marked, packet: forged };
    return this.#cameFrom(outer, carrier, increment.point, { frame, inner });
  }

  /** From an outer packet to the frame in it: sent by a host, or by a station on the far segment. */
  #unwrapped(
    inner: Wave,
    outer: Packet,
    point: Point,
    next: Point | undefined,
    carried: Carried | undefined,
  ): Emission | undefined {
    const frame = carried?.frame ?? this.#pick(inner.set);
    const source = carried?.inner ?? inner;
    if (frame === undefined) return undefined;
    if (point.kind !== "wire") return this.#cameFrom(source, frame, point, undefined);
    // a station on the far segment: its VTEP sends the outer packet onto the wire of `point`
    const { origin } = frame.labels;
    const sent = { ...frame, packet: this.#sent(source, frame.packet, origin) };
    return this.#emission(origin, point, outer, next, { frame: sent, inner });
  }

  #throughState(
    cause: Cause & { readonly kind: "state" },
    marked: Marked,
    point: Point,
    carried: Carried | undefined,
  ): Emission | undefined {
    if (this.earlier.length > LONGEST) return undefined;
    const { of } = cause.states;
    const same = of.direction === testAt(cause.before)?.direction;
    const wanted = only(this.#sets, marked.packet);
    const { origin, creator } = marked.labels;
    // the last state was made by the creator, or by the sender behind one of the creator
    for (const maker of creator === origin ? [creator] : [creator, origin]) {
      const before = maker === creator ? this.#sets.all : this.#owners.by(creator);
      const came = this.#sets.and(this.#owners.from(origin), before);
      const key = this.#pickKey(cause, wanted, same, { maker, came });
      if (key === undefined || !this.#born(cause.states, key, maker, cause.until)) continue;
      const headers = same
        ? key
        : mirrored(this.#sets, translationsOf(this.#sets).image(key, of.translation));
      const rest = this.#sets.forget(wanted, [
        "source",
        "destination",
        "sourcePort",
        "destinationPort",
      ]);
      return this.#cameBy(cause, this.#and(headers, rest, came), point, carried);
    }
    return undefined;
  }

  /** One key of the states that explains `wanted` leaving the test. */
  #pickKey(
    cause: Cause & { readonly kind: "state" },
    wanted: PacketSet,
    same: boolean,
    { maker, came }: { readonly maker: number; readonly came: PacketSet },
  ): PacketSet | undefined {
    const sets = this.#sets;
    const { translation } = cause.states.of;
    const keys = this.#owners.headers(sets.and(cause.keys, this.#owners.by(maker)));
    if (keys === sets.empty) return undefined;
    const translations = translationsOf(sets);
    const possible = same
      ? translations.preimage(wanted, translation)
      : openKeys(sets, mirrored(sets, wanted));
    const reachable = this.#closure.reached
      .incrementsAt(cause.before, cause.label)
      .filter((it) => it.index < cause.until)
      .reduce((all, it) => sets.or(all, sets.and(it.set, came)), sets.empty);
    const fitting = sets.and(sets.forget(possible, NOT_IN_KEYS), keys);
    const there = this.#owners.headers(reachable);
    const hit = same
      ? fitting
      : sets.and(fitting, translations.preimage(mirrored(sets, there), translation));
    const found = this.#pick(hit);
    return found && sets.forget(only(sets, found.packet), NOT_IN_KEYS);
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
      const found = this.#pick(this.#sets.and(wanted, increment.set));
      if (found !== undefined) return this.back(increment, found, point, carried);
    }
    return undefined;
  }

  /** Adds the script that makes a state of `maker` with this key. */
  #born(states: OwnedStates, key: PacketSet, maker: number, until: number): boolean {
    const own = this.#sets.and(key, this.#owners.by(maker));
    for (const birth of states.births) {
      if (birth.from.index >= until || !this.#sets.meets(birth.keys, own)) continue;
      const making = this.#and(key, birth.pass.set);
      const found =
        this.#first(birth.from, this.#sets.and(making, this.#owners.from(maker))) ??
        this.#first(birth.from, making);
      if (found === undefined) continue;
      const error = this.#error;
      const emission = this.#cameFrom(birth.from, found, undefined, undefined);
      this.#error = error;
      if (emission === undefined) continue;
      this.earlier.push(emission);
      return true;
    }
    return false;
  }

  #pick(set: PacketSet): Marked | undefined {
    return pick(this.#sets, set);
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

/** Neighbour and listener discovery is only taken with its own hop limit (pf-semantics.md 2). */
function lively(packet: Packet): Packet {
  if (packet.family !== "inet6" || packet.protocol !== 58) return packet;
  const { icmpType } = packet;
  if (icmpType >= 133 && icmpType <= 137) return { ...packet, ttl: 255 };
  return [130, 131, 132, 143].includes(icmpType) ? { ...packet, ttl: 1 } : packet;
}
