import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress, PfEndpoint, PfPool, PfPort, PfRule } from "../../model/pf-rule.ts";
import type { AddressTest, Endpoint, PortTest, Rule, Translation } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import type { HostLookup } from "./expansion/host-lookup.ts";
import { ruleText } from "./rule-text.ts";

/** Makes the unread line of a rule and an effect; the same for all rules of one statement. */
export type Bracket = (rule: PfRule, anchor: string, effect: string) => Unread;

const MOST_PROBABLE = 4294967295;

/**
 * A rule as the engines take it.
 *
 * What they do not model yet opens a bracket here, in one place: tests make a match uncertain,
 * actions make the rule unread.
 */
export function engineRule(
  rule: PfRule,
  anchor: string,
  number: number,
  hosts: HostLookup,
  bracket: Bracket,
): Rule {
  const reasons = unmodelledActions(rule, hosts);
  const uncertain = [...unmodelledTests(rule), ...reasons].map((it) => bracket(rule, anchor, it));
  const unread = reasons.length > 0;
  const { direction, family, protocol, tos, receivedOn, label, tag, tagged, rtable } = rule;
  const nat = unread ? undefined : translationOf(rule.nat, rule, hosts, "nat");
  const rdr = unread ? undefined : translationOf(rule.rdr, rule, hosts, "rdr");
  return {
    action: unread ? "unread" : rule.action,
    number,
    anchor,
    ...(direction === undefined ? {} : { direction }),
    quick: rule.quick,
    log: rule.log !== undefined,
    ...interfaceOf(rule),
    ...(family === undefined ? {} : { family }),
    ...(protocol === 0 ? {} : { protocol }),
    source: endpointOf(rule.source),
    destination: endpointOf(rule.destination),
    ...(rule.flagMask === 0 ? {} : { flags: { set: rule.flags, mask: rule.flagMask } }),
    ...icmpOf(rule),
    ...(tos === 0 ? {} : { tos }),
    fragment: rule.fragment,
    allowOptions: rule.allowOptions,
    ...(receivedOn === undefined ? {} : { receivedOn }),
    ...(rule.probability === 0 ? {} : { probability: rule.probability / MOST_PROBABLE }),
    once: rule.once,
    state: rule.state,
    binding: rule.stateOptions.ifBound && rule.state !== "none" ? "if-bound" : "floating",
    sloppy: rule.stateOptions.sloppy,
    answer: rule.answer?.kind ?? "drop",
    ...(rtable < 0 ? {} : { rtable }),
    ...(rule.anchor === undefined ? {} : { calls: callOf(rule.anchor) }),
    ...(label === "" ? {} : { label }),
    ...(tag === "" ? {} : { tag }),
    ...(tagged === "" ? {} : { tagged: { tag: tagged, negated: rule.taggedNegated } }),
    ...(nat === undefined ? {} : { nat }),
    ...(rdr === undefined ? {} : { rdr }),
    uncertain,
    text: ruleText(rule),
    span: rule.origin.span,
  };
}

function callOf({
  path,
  wildcard,
  inline,
}: NonNullable<PfRule["anchor"]>): NonNullable<Rule["calls"]> {
  return inline ? { path, wildcard, inline } : { path, wildcard };
}

function interfaceOf(rule: PfRule): Pick<Rule, "interface" | "rdomain"> {
  const negated = rule.interfaceNegated;
  if (rule.rdomain >= 0) return { rdomain: { id: rule.rdomain, negated } };
  return rule.interface === "" ? {} : { interface: { name: rule.interface, negated } };
}

function icmpOf({ icmpType: type, icmpCode: code }: PfRule): Pick<Rule, "icmp"> {
  if (type < 0) return {};
  return { icmp: code < 0 ? { type } : { type, code } };
}

function endpointOf({ address, negated, port }: PfEndpoint): Endpoint {
  if (address.kind === "unknown")
    return { address: { kind: "any" }, negated: false, ...portOf(port) };
  return { address: testOf(address), negated, ...portOf(port) };
}

function testOf(address: Exclude<PfAddress, { kind: "unknown" }>): AddressTest {
  switch (address.kind) {
    case "route":
      return { kind: "route-label", label: address.label };
    case "dynamic": {
      const { name, part, first, length } = address;
      const test = { kind: "dynamic", name, part, first } as const;
      return length === 32 || length === 128 ? test : { ...test, length };
    }
    default:
      return address;
  }
}

function portOf(port: PfPort | undefined): { readonly port?: PortTest } {
  if (port === undefined) return {};
  const { operator, first, last } = port;
  switch (operator) {
    case "range":
      return { port: { operator, first, last } };
    case "><":
      return { port: { operator: "inside", first, last } };
    case "<>":
      return { port: { operator: "outside", first, last } };
    default:
      return { port: { operator, port: first } };
  }
}

/** Tests that are not modelled: the rule may match and need not. */
function unmodelledTests(rule: PfRule): readonly string[] {
  const ends = [rule.source.address, rule.destination.address];
  const open = ends.find((it) => it.kind === "unknown");
  const label = ends.some((it) => it.kind === "route");
  const effects = [
    open?.kind === "unknown" ? `matches only addresses of \`${open.text}\`, known at run time` : "",
    rule.os === "" ? "" : "matches only some operating systems",
    rule.user === undefined && rule.group === undefined ? "" : "matches only sockets of some users",
    label ? "matches only addresses with a route label" : "",
    rule.prio < 0 ? "" : "matches only packets of one queueing priority",
    rule.packetRate === undefined ? "" : "matches only below a packet rate",
  ];
  return effects.filter((it) => it !== "");
}

/** Actions that are not modelled: what becomes of a packet is open. */
function unmodelledActions(rule: PfRule, hosts: HostLookup): readonly string[] {
  if (rule.action === "anchor") return [];
  const pools = [rule.nat, rule.rdr].filter((it) => it !== undefined);
  const several =
    rule.afTo === undefined &&
    pools.some((it) => translationOf(it, rule, hosts, "nat") === undefined);
  const effects = [
    several ? "translates to one of several addresses" : "",
    rule.route === undefined ? "" : "sends packets another way than the routing tables",
    rule.afTo === undefined ? "" : "translates to the other address family",
    rule.divert === undefined ? "" : "hands packets to a process of the host",
  ];
  return effects.filter((it) => it !== "");
}

/** One fixed address, or the one address that a dynamic test can mean; undefined: several. */
function translationOf(
  pool: PfPool | undefined,
  rule: PfRule,
  hosts: HostLookup,
  use: "nat" | "rdr",
): Translation | undefined {
  if (pool === undefined) return undefined;
  const { address, low, high } = pool;
  const last = high === 0 ? low : high;
  const ports = low === 0 ? {} : { ports: { first: low, last: use === "nat" ? high : last } };
  if (address.kind === "any") {
    // the way back of `binat-to` from any source: pf puts the zero address in
    const family = rule.family ?? "inet";
    return { address: { kind: "fixed", family, value: 0n }, ...ports };
  }
  if (address.kind === "prefix") {
    const { family, value, length } = address.prefix;
    if (length < addressBits(family)) return undefined;
    return { address: { kind: "fixed", family, value }, ...ports };
  }
  if (address.kind !== "dynamic" || pool.type === "bitmask") return undefined;
  const test = testOf(address);
  if (test.kind !== "dynamic" || test.length !== undefined) return undefined;
  return isOneAddress(test, rule.family, hosts) ? { address: test, ...ports } : undefined;
}

/** No family of the rule has more than one address on the interfaces that the test names. */
function isOneAddress(
  test: Extract<AddressTest, { kind: "dynamic" }>,
  family: Family | undefined,
  hosts: HostLookup,
): boolean {
  if (test.part !== "address") return false;
  const members = hosts.members(test.name);
  return (["inet", "inet6"] as const)
    .filter((it) => family === undefined || it === family)
    .every((it) => {
      const counts = members.map((member) => {
        const count = member.addresses.filter((address) => address.family === it).length;
        return test.first ? Math.min(count, 1) : count;
      });
      return counts.reduce((sum, count) => sum + count, 0) <= 1;
    });
}
