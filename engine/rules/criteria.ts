import { ICMP, ICMP6, type Packet, TCP, UDP } from "../../model/packet.ts";
import type { Endpoint, InterfaceTest, PortTest, Rule } from "../../model/rule.ts";
import { isNamed } from "../kernel/interfaces.ts";
import { matchAddress } from "./addresses.ts";
import type { Crossing } from "./crossing.ts";
import type { Filter } from "./filter.ts";
import { icmpRole } from "./icmp-message.ts";
import { type Match, matchIf, NO, negated, type OpenMatch, perhaps, YES } from "./match.ts";

/** What the criteria of a rule are held against. */
export interface Situation {
  readonly crossing: Crossing;
  /** As translated by the `match` rules so far. */
  readonly packet: Packet;
  readonly tag: string | undefined;
  /** The evaluation's routing table: the domain's number until a `match` rule sets another. */
  readonly rtable: number;
}

/**
 * Whether a rule matches, every criterion of pf-semantics.md 10 considered.
 *
 * `maybe` iff every certain criterion holds and one is not known: a table or an address of run
 * time, a test that is not modelled, a line that was not understood, or the network's own dice.
 * Whether a `once` rule has expired is the caller's to know.
 */
export function matchRule(filter: Filter, rule: Rule, situation: Situation): Match {
  let open: OpenMatch | undefined;
  for (const { holds } of CRITERIA) {
    const match = holds(rule, situation, filter);
    if (match.answer === "no") return NO;
    if (match.answer === "maybe") open = open === undefined ? match : both(open, match);
  }
  return open ?? YES;
}

/** The first criterion, in pf's order, that the rule fails by; nothing if it matches or may. */
export function failingCriterion(
  filter: Filter,
  rule: Rule,
  situation: Situation,
): string | undefined {
  return CRITERIA.find(({ holds }) => holds(rule, situation, filter).answer === "no")?.name;
}

interface Criterion {
  readonly name: string;
  readonly holds: (rule: Rule, situation: Situation, filter: Filter) => Match;
}

/** In pf's order, so that the first to fail is the one pf stops at. */
const CRITERIA: readonly Criterion[] = [
  { name: "interface", holds: interfaceHolds },
  {
    name: "direction",
    holds: ({ direction }, { crossing }) =>
      matchIf(direction === undefined || direction === crossing.direction),
  },
  { name: "routing domain", holds: domainHolds },
  {
    name: "address family",
    holds: ({ family }, { packet }) => matchIf(family === undefined || family === packet.family),
  },
  {
    name: "protocol",
    holds: ({ protocol }, { packet }) =>
      matchIf(protocol === undefined || protocol === packet.protocol),
  },
  {
    name: "source address",
    holds: (rule, situation, filter) =>
      addressHolds(filter, rule, rule.source, situation, situation.packet.source),
  },
  {
    name: "destination address",
    holds: (rule, situation, filter) =>
      addressHolds(filter, rule, rule.destination, situation, situation.packet.destination),
  },
  { name: "TCP flags", holds: flagsHold },
  {
    name: "source port",
    holds: ({ source }, { packet }) => portHolds(source.port, packet, packet.sourcePort),
  },
  {
    name: "destination port",
    holds: ({ destination }, { packet }) =>
      portHolds(destination.port, packet, packet.destinationPort),
  },
  { name: "ICMP type", holds: icmpHolds },
  { name: "an ICMP reply makes no state", holds: replyHolds },
  {
    name: "fragment",
    holds: ({ fragment }, { packet }) => matchIf(!fragment || packet.fragment !== "no"),
  },
  {
    name: "tos",
    // the two ECN bits are not part of the packet's TOS here
    holds: ({ tos }, { packet }) => matchIf(tos === undefined || tos === (packet.tos & 0xfc)),
  },
  { name: "probability", holds: ({ probability }) => chance(probability) },
  { name: "tag", holds: tagHolds },
  { name: "receiving interface", holds: receivedHolds },
  { name: "what is not modelled", holds: ({ uncertain }) => certain(uncertain) },
];

function interfaceHolds(rule: Rule, { crossing }: Situation, filter: Filter): Match {
  // `on ! rdomain` fails here in pf: no interface counts as a match, and the negation turns it
  if (rule.rdomain?.negated === true) return NO;
  if (rule.interface === undefined) return YES;
  return matchIf(isOn(filter, crossing.interface, rule.interface));
}

function domainHolds({ rdomain }: Rule, { crossing }: Situation): Match {
  return matchIf(rdomain === undefined || rdomain.id === crossing.rdomain);
}

function receivedHolds({ receivedOn }: Rule, { crossing }: Situation, filter: Filter): Match {
  if (receivedOn === undefined) return YES;
  const arrival = crossing.direction === "in" ? crossing.interface : crossing.receivedOn;
  if (arrival === undefined) return matchIf(receivedOn.negated);
  return matchIf(isOn(filter, arrival, receivedOn));
}

function isOn(filter: Filter, name: string, test: InterfaceTest): boolean {
  const it = filter.interfaces.get(name);
  if (it === undefined) return (name === test.name || test.name === "any") !== test.negated;
  const named = test.name === "any" ? it.kind !== "loopback" : isNamed(it, test.name);
  return named !== test.negated;
}

function addressHolds(
  filter: Filter,
  rule: Rule,
  endpoint: Endpoint,
  { crossing, packet, rtable }: Situation,
  value: bigint,
): Match {
  // most endpoints are `any`, and this is the innermost loop
  if (endpoint.address.kind === "any") return matchIf(!endpoint.negated);
  const match = matchAddress(filter, endpoint.address, {
    family: packet.family,
    value,
    anchor: rule.anchor,
    rtable,
    interface: crossing.interface,
  });
  return endpoint.negated ? negated(match) : match;
}

/** Flags are tested of TCP only; a TCP fragment has none to test. */
function flagsHold({ flags }: Rule, { packet }: Situation): Match {
  if (flags === undefined || packet.protocol !== TCP) return YES;
  return matchIf(packet.fragment === "no" && (packet.flags & flags.mask) === flags.set);
}

/** Ports are tested of TCP and UDP only; a fragment has none to test. */
function portHolds(test: PortTest | undefined, packet: Packet, port: number): Match {
  if (test === undefined) return YES;
  if (packet.fragment !== "no") return NO;
  if (packet.protocol !== TCP && packet.protocol !== UDP) return YES;
  return matchIf(isPort(test, port));
}

function isPort(test: PortTest, port: number): boolean {
  switch (test.operator) {
    case "=":
      return port === test.port;
    case "!=":
      return port !== test.port;
    case "<":
      return port < test.port;
    case "<=":
      return port <= test.port;
    case ">":
      return port > test.port;
    case ">=":
      return port >= test.port;
    case "range":
      return test.first <= port && port <= test.last;
    case "inside":
      return test.first < port && port < test.last;
    case "outside":
      return port < test.first || port > test.last;
  }
}

function icmpHolds({ icmp }: Rule, { packet }: Situation): Match {
  if (icmp === undefined) return YES;
  if (packet.fragment !== "no") return NO;
  if (packet.protocol !== ICMP && packet.protocol !== ICMP6) return YES;
  if (icmp.type !== packet.icmpType) return NO;
  return matchIf(icmp.code === undefined || icmp.code === packet.icmpCode);
}

/** A rule that keeps state does not match ICMP replies, unless its states are sloppy. */
function replyHolds({ state, sloppy }: Rule, { packet }: Situation): Match {
  if (state === "none" || sloppy || packet.fragment !== "no") return YES;
  if (packet.protocol !== ICMP && packet.protocol !== ICMP6) return YES;
  return matchIf(!icmpRole(packet).reply);
}

function tagHolds({ tagged }: Rule, { tag }: Situation): Match {
  return matchIf(tagged === undefined || (tag === tagged.tag) !== tagged.negated);
}

function chance(probability: number | undefined): Match {
  if (probability === undefined || probability >= 1) return YES;
  return probability <= 0 ? NO : perhaps([], "probability is the network's choice");
}

function certain(uncertain: Rule["uncertain"]): Match {
  if (uncertain.length === 0) return YES;
  return perhaps(uncertain, "a test of the rule is not modelled");
}

function both(a: OpenMatch, b: OpenMatch): OpenMatch {
  return perhaps([...a.unread, ...b.unread], `${a.reason}; ${b.reason}`);
}
