import type { Family } from "../../model/packet.ts";
import type { PortTest } from "../../model/rule.ts";
import type { IcmpTest } from "./filter-options.ts";
import type { ResolvedHost } from "./hosts.ts";
import type { IdentityTest } from "./tests.ts";

/** The lists of one rule statement; one that was not written holds `undefined` alone. */
export interface RuleLists {
  readonly interfaces: readonly (ListedInterface | undefined)[];
  readonly protocols: readonly (number | undefined)[];
  readonly icmp: readonly (IcmpTest | undefined)[];
  readonly sources: readonly ResolvedHost[];
  readonly destinations: readonly ResolvedHost[];
  readonly sourcePorts: readonly (PortTest | undefined)[];
  readonly destinationPorts: readonly (PortTest | undefined)[];
  readonly os: readonly (string | undefined)[];
  readonly users: readonly (IdentityTest | undefined)[];
  readonly groups: readonly (IdentityTest | undefined)[];
}

export interface ListedInterface {
  readonly kind: "name" | "any" | "rdomain";
  readonly name: string;
  readonly negated: boolean;
}

/** One element of each list. */
export interface Combination {
  readonly interface: ListedInterface | undefined;
  readonly protocol: number | undefined;
  readonly icmp: IcmpTest | undefined;
  readonly source: ResolvedHost;
  readonly destination: ResolvedHost;
  readonly sourcePort: PortTest | undefined;
  readonly destinationPort: PortTest | undefined;
  readonly os: string | undefined;
  readonly user: IdentityTest | undefined;
  readonly group: IdentityTest | undefined;
}

/** Every combination of the lists in pfctl's order: interfaces outermost, groups innermost. */
export function* combinationsOf(lists: RuleLists): Generator<Combination> {
  for (const matched of matchedBy(lists))
    for (const ports of portsOf(lists))
      for (const sender of sendersOf(lists)) yield { ...matched, ...ports, ...sender };
}

type Matched = "interface" | "protocol" | "icmp" | "source" | "destination";

function* matchedBy(lists: RuleLists): Generator<Pick<Combination, Matched>> {
  for (const on of lists.interfaces)
    for (const protocol of lists.protocols)
      for (const icmp of lists.icmp)
        for (const source of lists.sources)
          for (const destination of lists.destinations)
            yield { interface: on, protocol, icmp, source, destination };
}

function* portsOf({
  sourcePorts,
  destinationPorts,
}: RuleLists): Generator<Pick<Combination, "sourcePort" | "destinationPort">> {
  for (const sourcePort of sourcePorts)
    for (const destinationPort of destinationPorts) yield { sourcePort, destinationPort };
}

function* sendersOf(lists: RuleLists): Generator<Pick<Combination, "os" | "user" | "group">> {
  for (const os of lists.os)
    for (const user of lists.users) for (const group of lists.groups) yield { os, user, group };
}

/** What is left of each list from the elements of `at` on, ends swapped: `binat-to`'s way back. */
export function returningLists(
  lists: RuleLists,
  at: Combination,
  translated: ResolvedHost,
): RuleLists {
  const from = <T>(list: readonly T[], element: T): readonly T[] =>
    list.slice(Math.max(0, list.indexOf(element)));
  return {
    interfaces: from(lists.interfaces, at.interface),
    protocols: from(lists.protocols, at.protocol),
    icmp: from(lists.icmp, at.icmp),
    sources: from(lists.destinations, at.destination),
    destinations: [translated],
    sourcePorts: from(lists.destinationPorts, at.destinationPort),
    destinationPorts: from(lists.sourcePorts, at.sourcePort),
    os: from(lists.os, at.os),
    users: from(lists.users, at.user),
    groups: from(lists.groups, at.group),
  };
}

/** The family that all hosts have; absent if one has none. */
export function commonFamily(hosts: readonly ResolvedHost[]): Family | undefined {
  const [first] = hosts;
  return hosts.every((it) => it.family === first?.family) ? first?.family : undefined;
}

/**
 * The interface that a combination is tied to, or why there is no such combination.
 *
 * Link-local addresses belong to one interface; a rule that names another one drops out.
 */
export function scopedInterface(
  it: Combination,
): { readonly interface: ListedInterface | undefined } | undefined {
  const { source, destination } = it;
  if (source.scope !== undefined && destination.scope !== undefined) {
    if (source.scope !== destination.scope) return undefined;
  }
  const scope = source.scope ?? destination.scope;
  if (scope === undefined) return { interface: it.interface };
  if (it.interface === undefined) {
    return { interface: { kind: "name", name: scope, negated: false } };
  }
  return it.interface.kind === "name" && it.interface.name === scope
    ? { interface: it.interface }
    : undefined;
}
