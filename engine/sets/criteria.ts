import type { Prefix } from "../../model/address.ts";
import type { Host, Interface, InterfaceAddress } from "../../model/host.ts";
import { type Family, ICMP, ICMP6, TCP } from "../../model/packet.ts";
import type { AddressTest, Endpoint, PortTest, Rule, Table } from "../../model/rule.ts";
import { ICMP_QUERIES } from "../rules/icmp-message.ts";
import type { Field, PacketSet, PacketSets } from "./packet-sets.ts";
import { constant, icmpType, inPrefix, inRange, ofFamily, ofProtocol } from "./packets.ts";
import { routedBy } from "./routes.ts";

/** What is certain and what is possible about a set: `may ⊇ exact ⊇ must` (claims.md 4). */
export interface Bracket {
  readonly may: PacketSet;
  readonly must: PacketSet;
}

/** Where a ruleset is asked, and which lines are taken as written although they are brackets. */
export interface Asking {
  readonly sets: PacketSets;
  readonly host: Host;
  readonly interface: Interface;
  readonly direction: "in" | "out";
  readonly rdomain: number;
  /** Interface on which a forwarded packet came in. */
  readonly receivedOn?: Interface;
  /** Tag that the packet carries. */
  readonly tag?: string;
  /** Ids of unread lines that are closed: they do nothing. */
  readonly closed: ReadonlySet<string>;
}

/**
 * The packets that meet the header criteria of `rule` in the place of `asking`, as they are now.
 *
 * Follows the order of pf-semantics.md 10, points 2 … 11; tags, and whatever makes a match
 * uncertain as a whole (`uncertain`, probability, once), are the caller's.
 *
 * @param rtable - the evaluation's routing table, which `match` rules may have changed
 */
export function criteriaOf(asking: Asking, rule: Rule, rtable: number = asking.rdomain): Bracket {
  const { sets } = asking;
  if (!placeHolds(asking, rule)) return { may: sets.empty, must: sets.empty };
  let exact = headerOf(sets, rule);
  if (rule.state !== "none" && !rule.sloppy) {
    // a fragment has no type to be a reply by
    const whole = sets.range("fragment", 0n, 0n);
    exact = sets.diff(exact, sets.and(icmpReplies(sets), whole));
  }
  const source = endpointOf(asking, rule, rule.source, "source", rtable);
  const destination = endpointOf(asking, rule, rule.destination, "destination", rtable);
  return {
    may: sets.and(exact, sets.and(source.may, destination.may)),
    must: sets.and(exact, sets.and(source.must, destination.must)),
  };
}

/** Whether interface, direction, rdomain and receiving interface of the rule hold here. */
function placeHolds(asking: Asking, rule: Rule): boolean {
  if (rule.direction !== undefined && rule.direction !== asking.direction) return false;
  const { interface: test, rdomain, receivedOn } = rule;
  if (test !== undefined && names(asking.interface, test.name) === test.negated) return false;
  if (rdomain !== undefined) {
    // a negated rdomain test never matches (pf-semantics.md 10.2)
    if (rdomain.negated || rdomain.id !== asking.rdomain) return false;
  }
  if (receivedOn === undefined) return true;
  const arrival = asking.direction === "in" ? asking.interface : asking.receivedOn;
  return (arrival !== undefined && names(arrival, receivedOn.name)) !== receivedOn.negated;
}

/** Whether `name` is the interface, one of its groups, or `any` and it is not a loopback. */
export function names(it: Interface, name: string): boolean {
  if (name === "any") return it.kind !== "loopback";
  return it.name === name || it.groups.includes(name);
}

function headerOf(sets: PacketSets, rule: Rule): PacketSet {
  let set = sets.all;
  const narrow = (by: PacketSet): void => {
    set = sets.and(set, by);
  };
  if (rule.family !== undefined) narrow(ofFamily(sets, rule.family));
  if (rule.protocol !== undefined) narrow(ofProtocol(sets, rule.protocol));
  if (rule.flags !== undefined) {
    const flags = sets.masked("flags", BigInt(rule.flags.set), BigInt(rule.flags.mask));
    narrow(sets.or(flags, sets.not(ofProtocol(sets, TCP))));
  }
  if (rule.icmp !== undefined) {
    const first = BigInt(rule.icmp.type * 256 + (rule.icmp.code ?? 0));
    narrow(
      sets.range("destinationPort", first, rule.icmp.code === undefined ? first + 255n : first),
    );
  }
  if (rule.tos !== undefined) narrow(sets.masked("tos", BigInt(rule.tos), 0xfcn));
  if (rule.tos !== undefined && (rule.tos & 3) !== 0) return sets.empty;
  if (rule.fragment) narrow(sets.range("fragment", 1n, 2n));
  return withoutImpossibleFragments(sets, set, rule);
}

/** A fragment has no ports, flags or icmp type to test, so it fails rules that test them. */
function withoutImpossibleFragments(sets: PacketSets, set: PacketSet, rule: Rule): PacketSet {
  const fragments = sets.range("fragment", 1n, 2n);
  const ported = rule.source.port !== undefined || rule.destination.port !== undefined;
  if (ported || rule.icmp !== undefined) return sets.diff(set, fragments);
  if (rule.flags === undefined) return set;
  return sets.diff(set, sets.and(fragments, ofProtocol(sets, TCP)));
}

/** ICMP answers, which rules that keep state do not match (pf-semantics.md 10.9). */
export function icmpReplies(sets: PacketSets): PacketSet {
  return constant(sets, "icmp replies", () => {
    const typed = (protocol: number, type: number): PacketSet =>
      sets.and(ofProtocol(sets, protocol), icmpType(sets, type));
    const replies = [
      ...ICMP_QUERIES.inet.map(([, type]) => typed(ICMP, type)),
      ...ICMP_QUERIES.inet6.map(([, type]) => typed(ICMP6, type)),
    ];
    return replies.reduce((all, some) => sets.or(all, some), sets.empty);
  });
}

function endpointOf(
  asking: Asking,
  rule: Rule,
  endpoint: Endpoint,
  field: "source" | "destination",
  rtable: number,
): Bracket {
  const { sets } = asking;
  const address = addressOf(asking, rule, endpoint.address, field, rtable);
  const signed = endpoint.negated
    ? { may: sets.not(address.must), must: sets.not(address.may) }
    : address;
  if (endpoint.port === undefined) return signed;
  const ports = portsOf(sets, endpoint.port, field === "source" ? "sourcePort" : "destinationPort");
  return { may: sets.and(signed.may, ports), must: sets.and(signed.must, ports) };
}

function portsOf(sets: PacketSets, test: PortTest, field: Field): PacketSet {
  const range = (first: number, last: number): PacketSet =>
    first > last ? sets.empty : sets.range(field, BigInt(first), BigInt(last));
  switch (test.operator) {
    case "=":
      return range(test.port, test.port);
    case "!=":
      return sets.not(range(test.port, test.port));
    case "<":
      return range(0, test.port - 1);
    case "<=":
      return range(0, test.port);
    case ">":
      return range(test.port + 1, 65535);
    case ">=":
      return range(test.port, 65535);
    case "range":
      return range(test.first, test.last);
    case "inside":
      return range(test.first + 1, test.last - 1);
    case "outside":
      return sets.or(range(0, test.first - 1), range(test.last + 1, 65535));
  }
}

function addressOf(
  asking: Asking,
  rule: Rule,
  test: AddressTest,
  field: "source" | "destination",
  rtable: number,
): Bracket {
  const { sets, host } = asking;
  switch (test.kind) {
    case "any":
      return exactly(sets.all);
    case "prefix":
      return exactly(inPrefix(sets, field, test.prefix));
    case "range":
      return exactly(inRange(sets, field, test.range));
    case "table":
      return tableSet(asking, rule.anchor, test.name, field);
    case "dynamic":
      return dynamicSet(asking, test, field);
    case "no-route":
      return exactly(unrouted(sets, routedBy(sets, host, rtable, field), field));
    case "urpf-failed": {
      const back = routedBy(sets, host, rtable, field, asking.interface.name);
      return exactly(unrouted(sets, back, field));
    }
    case "route-label":
      return { may: sets.all, must: sets.empty };
  }
}

/** What has no route; IPv6 addresses with a scope always count as routed (pf-semantics.md 15). */
function unrouted(sets: PacketSets, routed: PacketSet, field: "source" | "destination"): PacketSet {
  const linkLocal = inPrefix(sets, field, { family: "inet6", value: 0xfe80n << 112n, length: 10 });
  const groups = [0xff01n, 0xff02n]
    .map((group) => sets.masked(field, group << 112n, 0xff0fn << 112n))
    .reduce((all, some) => sets.or(all, some), sets.empty);
  const scoped = sets.or(linkLocal, sets.and(groups, ofFamily(sets, "inet6")));
  return sets.not(sets.or(routed, scoped));
}

/** Own anchor's table, else the main ruleset's, else empty (pf-semantics.md 15). */
function tableSet(
  asking: Asking,
  anchor: string,
  name: string,
  field: "source" | "destination",
): Bracket {
  const { sets, host, closed } = asking;
  const called = host.ruleset.tables.filter((table) => table.name === name);
  const table = called.find((it) => it.anchor === anchor) ?? called.find((it) => it.anchor === "");
  if (table === undefined) return exactly(sets.empty);
  if (table.unread !== undefined && !closed.has(table.unread.id)) {
    return { may: sets.all, must: sets.empty };
  }
  const known = `table ${host.name} ${table.anchor} ${name} ${field}`;
  return exactly(constant(sets, known, () => entriesSet(sets, table, field)));
}

/** The most specific entry decides: entries are laid over each other, shortest prefix first. */
function entriesSet(sets: PacketSets, table: Table, field: "source" | "destination"): PacketSet {
  const ordered = table.entries.toSorted((a, b) => a.prefix.length - b.prefix.length);
  let set = sets.empty;
  for (const { prefix, negated } of ordered) {
    const network = inPrefix(sets, field, prefix);
    set = negated ? sets.diff(set, network) : sets.or(set, network);
  }
  return set;
}

/** Addresses that `(if)` stands for now; those of DHCP lie outside every network declared elsewhere. */
export function dynamicSet(
  asking: Pick<Asking, "sets" | "host" | "closed">,
  test: Extract<AddressTest, { kind: "dynamic" }>,
  field: "source" | "destination",
): Bracket {
  const { sets, host } = asking;
  const members = host.interfaces.filter((it) => test.name === "self" || names(it, test.name));
  let must = sets.empty;
  let unknown = sets.empty;
  for (const member of members) {
    for (const prefix of dynamicPrefixes(member, test)) {
      must = sets.or(must, inPrefix(sets, field, prefix));
    }
    for (const family of learnedFamilies(member, asking.closed)) {
      unknown = sets.or(unknown, undeclared(sets, host, member, family, field));
    }
  }
  return { may: sets.or(must, unknown), must };
}

/** Families whose addresses an interface learns at run time, unless its bracket is closed. */
export function learnedFamilies(member: Interface, closed: ReadonlySet<string>): readonly Family[] {
  const bracket = member.unread.find((unread) => unread.scope.kind === "address");
  return bracket !== undefined && closed.has(bracket.id) ? [] : member.automatic;
}

/** The prefixes that one interface contributes to `(if:part)/length`. */
export function dynamicPrefixes(
  member: Interface,
  test: Extract<AddressTest, { kind: "dynamic" }>,
): readonly Prefix[] {
  const taken = new Set<Family>();
  return member.addresses.flatMap((address) => {
    if (test.first && taken.has(address.family)) return [];
    taken.add(address.family);
    const prefix = partOf(address, test.part);
    if (prefix === undefined) return [];
    return [
      test.length === undefined
        ? prefix
        : { ...prefix, length: Math.min(prefix.length, test.length) },
    ];
  });
}

function partOf(
  address: InterfaceAddress,
  part: "address" | "network" | "broadcast" | "peer",
): Prefix | undefined {
  const { family, value, length } = address;
  const full = family === "inet" ? 32 : 128;
  const linkLocal = family === "inet6" && value >> 118n === 0x3fan;
  switch (part) {
    case "address":
      return { family, value, length: full };
    case "network":
      return linkLocal ? undefined : { family, value, length };
    case "broadcast":
      return address.broadcast === undefined
        ? undefined
        : { family, value: address.broadcast, length: full };
    case "peer":
      return address.peer === undefined ? undefined : { family, value: address.peer, length: full };
  }
}

/** Packets to or from where an automatic address can lie: in no network that the rdomain declares elsewhere. */
export function undeclared(
  sets: PacketSets,
  host: Host,
  member: Interface,
  family: Family,
  field: "source" | "destination",
): PacketSet {
  let set = ofFamily(sets, family);
  for (const other of host.interfaces) {
    if (other.rdomain !== member.rdomain || other.name === member.name) continue;
    for (const address of other.addresses) {
      if (address.family === family) set = sets.diff(set, inPrefix(sets, field, address));
    }
  }
  return set;
}

function exactly(set: PacketSet): Bracket {
  return { may: set, must: set };
}
