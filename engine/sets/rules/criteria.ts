import { type Family, ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { PfEndpoint, PfPort, PfRule } from "../../../model/pf-rule.ts";
import { matchesInterface } from "../../kernel/interfaces.ts";
import { Cubes } from "../cubes.ts";
import type { PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import type { End } from "../packets.ts";
import { FAMILY_VALUES, setAddress, setNetwork } from "./address-box.ts";
import { AddressSets } from "./addresses.ts";
import { type Bracket, exactly, within } from "./bracket.ts";
import { lookingLike } from "./fingerprints.ts";
import { wholeIcmp, wholePorted } from "./headers.ts";
import { REPLIES } from "./icmp-types.ts";
import { type PortRange, portRange, portSet } from "./ports.ts";
import type { Place, Source, SourceRule } from "./situation.ts";
import { type SocketClass, Sockets } from "./sockets.ts";
import { partBox, testsFlags } from "./variants.ts";

/**
 * The packets that meet the header criteria of a rule, as they are now: a few boxes, cut down by a
 * set where boxes cannot say all.
 *
 * `may ⊇ exact ⊇ must` (claims.md 4): the two are one handle unless something is not known.
 */
export interface Criteria {
  /** Index of the first box in {@link cubes}. */
  readonly box: number;
  /** Boxes from {@link box} on that the rule is for. */
  readonly count: number;
  readonly cubes: Cubes;
  /** All packets if the box says everything. Rules that differ in their boxes alone share it. */
  readonly may: PacketSet;
  readonly must: PacketSet;
}

/** What criteria are asked of. */
export interface Asking {
  readonly sets: PacketFunctions;
  readonly source: Source;
  readonly place: Place;
  /** Ids of unread lines that are taken as written. */
  readonly closed: ReadonlySet<string>;
}

/** What the criteria of all rules in one place share. */
export class CriteriaContext {
  readonly sets: PacketFunctions;
  readonly place: Place;
  readonly cubes: Cubes = new Cubes();
  readonly addresses: AddressSets;
  readonly sockets: Sockets;
  readonly #source: Source;
  readonly #names: Map<string, boolean> = new Map();

  constructor({ sets, source, place, closed }: Asking) {
    this.sets = sets;
    this.place = place;
    this.#source = source;
    this.addresses = new AddressSets(sets, source, place, closed);
    this.sockets = new Sockets(sets, source, place);
  }

  /** Whether the interface of the place goes by this name. */
  isNamed(name: string): boolean {
    let known = this.#names.get(name);
    if (known === undefined) {
      known = matchesInterface(this.#source.surroundings, this.place.interface, name);
      this.#names.set(name, known);
    }
    return known;
  }

  cameInOn(name: string): boolean {
    const { receivedOn } = this.place;
    return receivedOn !== "" && matchesInterface(this.#source.surroundings, receivedOn, name);
  }

  /** All packets by the user and group of their socket (see {@link Place.socket}). */
  socketClasses(): readonly SocketClass[] {
    return this.sockets.classes();
  }
}

/** Whether criteria of a rule depend on the evaluation's routing table. */
export function testsRoutes({ rule: { source, destination } }: SourceRule): boolean {
  return isRouted(source) || isRouted(destination);
}

function isRouted({ address: { kind } }: PfEndpoint): boolean {
  return kind === "no-route" || kind === "urpf-failed" || kind === "route";
}

/** Whether criteria of a rule depend on which interface it is, whatever its names. */
export function testsReturn({ rule: { source, destination } }: SourceRule): boolean {
  return source.address.kind === "urpf-failed" || destination.address.kind === "urpf-failed";
}

/** Whether criteria of a rule depend on the packet's socket, which is that of the packet as it came. */
export function testsSockets({ rule }: SourceRule): boolean {
  return rule.user !== undefined || rule.group !== undefined;
}

/**
 * The packets that meet the criteria of a rule; undefined: none in this place (section 10; follows
 * pf_match_rule, OpenBSD 7.8). Left to the caller: tags, probability, once, max-pkt-rate.
 *
 * @param rtable - of the evaluation as of this moment
 */
export function criteriaOf(
  context: CriteriaContext,
  live: SourceRule,
  rtable: number,
): Criteria | undefined {
  return isNamedBy(context, live.rule) ? criteriaAnywhere(context, live, rtable) : undefined;
}

/** As {@link criteriaOf}, for an interface that is meant. */
export function criteriaAnywhere(
  context: CriteriaContext,
  { rule, anchor }: SourceRule,
  rtable: number,
): Criteria | undefined {
  if (!isMeantFor(context, rule)) return undefined;
  const made = new Narrowing(context);
  const meets =
    made.header(rule) &&
    made.address(rule.source, "source", anchor, rtable) &&
    made.address(rule.destination, "destination", anchor, rtable) &&
    made.transport(rule);
  if (!meets) return undefined;
  if (rule.prio >= 0 && context.place.priority === undefined) made.must = context.sets.empty;
  return made;
}

/** Whether the interfaces of the place are meant. */
function isNamedBy(context: CriteriaContext, rule: PfRule): boolean {
  const on = rule.interface === "" || context.isNamed(rule.interface);
  if (on === rule.interfaceNegated) return false;
  if (rule.receivedOn === undefined) return true;
  const { name, negated } = rule.receivedOn;
  return context.cameInOn(name) !== negated;
}

/** What all packets in a place have in common. */
function isMeantFor(context: CriteriaContext, rule: PfRule): boolean {
  const { direction, rdomain, priority } = context.place;
  if (rule.direction !== undefined && rule.direction !== direction) return false;
  if (rule.rdomain >= 0 && rule.rdomain !== rdomain) return false;
  return rule.prio < 0 || priority === undefined || rule.prio === priority;
}

const ANY_FAMILY = -1;

/** Criteria in the making; the methods tell whether any packet is left. */
class Narrowing implements Criteria {
  readonly box: number;
  count = 1;
  readonly cubes: Cubes;
  may: PacketSet;
  must: PacketSet;
  readonly #context: CriteriaContext;
  #family: number = ANY_FAMILY;

  constructor(context: CriteriaContext) {
    const { cubes, sets } = context;
    this.#context = context;
    this.cubes = cubes;
    this.box = cubes.add(0);
    this.may = sets.all;
    this.must = sets.all;
  }

  header({ family, protocol, tos, fragment }: PfRule): boolean {
    if (family !== undefined) this.#ofFamily(family);
    if (protocol !== 0) this.cubes.narrow(this.box, "protocol", protocol, protocol);
    if (fragment) this.cubes.narrow(this.box, "fragment", 1, 3);
    if (tos === 0) return true;
    // compared without the bits of ECN
    if ((tos & 3) !== 0) return false;
    this.cubes.narrow(this.box, "tos", tos, tos + 3);
    return true;
  }

  address({ address, negated }: PfEndpoint, field: End, anchor: string, rtable: number): boolean {
    const { cubes, box } = this;
    if (address.kind === "any") return !negated;
    if (address.kind === "prefix") {
      const { family, value, length } = address.prefix;
      if (length === 0) return !negated;
      if (!negated) {
        setNetwork(cubes, box, field, family, value, length);
        return this.#ofFamily(family);
      }
    }
    if (address.kind === "range" && !negated) {
      const { family, first, last } = address.range;
      setAddress(cubes, box, field, family, first, last);
      return first <= last && this.#ofFamily(family);
    }
    const met = this.#context.addresses.meeting(address, negated, field, anchor, rtable);
    return this.#meet(met);
  }

  /** What follows protocols: fragments are asked for what they cannot show. */
  transport(rule: PfRule): boolean {
    const { protocol, source, destination, user, group, icmpType, flagMask } = rule;
    const isPorted = source.port !== undefined || destination.port !== undefined;
    const isOwned = user !== undefined || group !== undefined;
    if (isPorted || isOwned || icmpType >= 0 || (flagMask !== 0 && protocol === TCP)) {
      if (rule.fragment) return false;
      this.cubes.narrow(this.box, "fragment", 0, 0);
    }
    if (protocol === 0 || protocol === TCP || protocol === UDP) {
      if (!this.#endpoints(rule, isPorted, isOwned)) return false;
    }
    return this.#message(rule) && this.#flagsAndReplies(rule);
  }

  #endpoints(rule: PfRule, isPorted: boolean, isOwned: boolean): boolean {
    if (isPorted && !this.#ports(rule)) return false;
    const { sets, sockets, place } = this.#context;
    if (isOwned && !this.#meet(sockets.meeting(rule.user, rule.group))) return false;
    if (rule.os === "") return true;
    return this.#meet(lookingLike(sets, place, rule.os));
  }

  #ports({ protocol, source, destination }: PfRule): boolean {
    const isAny = protocol === 0;
    return (
      this.#port(source.port, "sourcePort", isAny) &&
      this.#port(destination.port, "destinationPort", isAny)
    );
  }

  #port(
    port: PfPort | undefined,
    field: "sourcePort" | "destinationPort",
    isAny: boolean,
  ): boolean {
    if (port === undefined) return true;
    const range: PortRange = portRange(port);
    if (isAny || range.outside) {
      const { sets } = this.#context;
      return this.#meet(within(sets, wholePorted(sets), exactly(portSet(sets, field, range))));
    }
    if (range.first > range.last) return false;
    this.cubes.narrow(this.box, field, range.first, range.last);
    return true;
  }

  /** Type and code of ICMP. */
  #message({ protocol, icmpType: type, icmpCode: code }: PfRule): boolean {
    if (type < 0 && code < 0) return true;
    if (protocol !== 0 && !isIcmp(protocol)) return true;
    if (protocol !== 0 && type >= 0) {
      const first = type * 256 + Math.max(code, 0);
      this.cubes.narrow(this.box, "destinationPort", first, code < 0 ? first + 255 : first);
      return true;
    }
    const { sets } = this.#context;
    const value = (Math.max(type, 0) << 8) | Math.max(code, 0);
    const mask = (type < 0 ? 0 : 0xff00) | (code < 0 ? 0 : 0xff);
    const met = exactly(sets.masked("destinationPort", BigInt(value), BigInt(mask)));
    return this.#meet(within(sets, wholeIcmp(sets), met));
  }

  #flagsAndReplies(rule: PfRule): boolean {
    const keeps = !rule.fragment && keepsState(rule) && mayReply(rule);
    if (!keeps && !testsFlags(rule)) return true;
    this.count = partBox(this.cubes, this.box, rule, keeps);
    return this.count > 0;
  }

  #meet({ may, must }: Bracket): boolean {
    const { sets } = this.#context;
    this.may = this.may === sets.all ? may : sets.and(this.may, may);
    this.must = this.must === sets.all ? must : sets.and(this.must, must);
    return this.may !== sets.empty;
  }

  #ofFamily(family: Family): boolean {
    const value = FAMILY_VALUES[family];
    if (this.#family !== ANY_FAMILY) return this.#family === value;
    this.#family = value;
    this.cubes.narrow(this.box, "family", value, value);
    return true;
  }
}

function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMP6;
}

function keepsState({ state, stateOptions }: PfRule): boolean {
  return state !== "none" && !stateOptions.sloppy;
}

/** Whether the packets that a rule asks for can be ICMP replies. */
function mayReply({ protocol, icmpType }: PfRule): boolean {
  if (protocol === 0) return icmpType < 0 || isReplyType(icmpType);
  return isIcmp(protocol) && (icmpType < 0 || isReplyType(icmpType));
}

function isReplyType(type: number): boolean {
  return REPLIES.inet.has(type) || REPLIES.inet6.has(type);
}
