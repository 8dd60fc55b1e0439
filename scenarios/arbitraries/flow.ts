import fc from "fast-check";
import { type Boundaries, boundariesOf } from "../../engine/claims/boundaries.ts";
import { firstEntries } from "../../engine/claims/table-entries.ts";
import type { Prefix } from "../../model/address.ts";
import type { Host, Interface } from "../../model/host.ts";
import { addressBits, type Family, ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import { runsOf, tablesOf } from "../../model/pf-conf.ts";
import type { PfAddress, PfEndpoint, PfPort, PfRule } from "../../model/pf-rule.ts";

/** What packets share that can meet the same state. */
export interface Flow {
  readonly family: Family;
  readonly protocol: number;
  readonly source: bigint;
  readonly destination: bigint;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmpType: number;
}

/** Addresses that the IP stack and pf treat apart, whatever the rules say. */
const SPECIAL: Readonly<Record<Family, readonly bigint[]>> = {
  inet: [0n, 0x7f000001n, 0xe0000001n, 0xffffffffn],
  inet6: [0n, 1n, (0xfe80n << 112n) | 5n, (0xff02n << 112n) | 1n, (0xff05n << 112n) | 1n],
};

/** ICMP types besides those that rules name: queries, their replies, errors, discovery. */
const TYPES: Readonly<Record<Family, readonly number[]>> = {
  inet: [9, 10, 11, 13, 14, 17, 18],
  inet6: [2, 130, 133, 134, 137, 139, 140, 143],
};

/** A flow at the boundaries of some rules, its fields drawn one by one. */
export function flowNear(boundaries: Boundaries): fc.Arbitrary<Flow> {
  return fc.constantFrom<Family>("inet", "inet6").chain((family) => {
    const known = boundaries.addresses[family];
    const address = fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...(known.length === 0 ? [1n] : known)) },
      { weight: 1, arbitrary: fc.constantFrom(...SPECIAL[family]) },
    );
    return fc.record({
      family: fc.constant(family),
      protocol: fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(...boundaries.protocols[family]) },
        // ICMP of the other family
        { weight: 1, arbitrary: fc.constantFrom(ICMP, ICMP6) },
      ),
      source: address,
      destination: address,
      sourcePort: fc.constantFrom(...boundaries.ports),
      destinationPort: fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(...boundaries.ports) },
        { weight: 1, arbitrary: fc.constantFrom(0, 65535) },
      ),
      icmpType: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...boundaries.icmpTypes[family]) },
        { weight: 1, arbitrary: fc.constantFrom(...TYPES[family]) },
      ),
    });
  });
}

/** A flow that some pass rule of some host is for, as far as its header tests go. */
export function flowOfRules(hosts: readonly Host[]): fc.Arbitrary<Flow> {
  const near = flowNear(boundariesOf(hosts));
  const passes = hosts.flatMap((host) =>
    runsOf(host.pfConf).flatMap(({ rulesets }) =>
      [...rulesets].flatMap(([anchor, { rules }]) =>
        rules.filter(({ action }) => action === "pass").map((rule) => ({ host, anchor, rule })),
      ),
    ),
  );
  if (passes.length === 0) return near;
  return fc
    .record({ pass: fc.constantFrom(...passes), base: near, which: fc.nat(1_000_000) })
    .map(({ pass, base, which }) => flowOf(pass, base, which));
}

interface Pass {
  readonly host: Host;
  /** Path of the rule's anchor. */
  readonly anchor: string;
  readonly rule: PfRule;
}

/** `base` with what the rule names in its place; `which` chooses among several fitting values. */
function flowOf(pass: Pass, base: Flow, which: number): Flow {
  const { host, rule } = pass;
  const family = rule.family ?? base.family;
  if (family !== base.family) {
    return flowOf(pass, { ...otherFamily(host, base), family }, which);
  }
  const pick = <T>(values: readonly T[], otherwise: T): T =>
    values[which % values.length] ?? otherwise;
  const end = ({ address, negated }: PfEndpoint, otherwise: bigint): bigint =>
    negated ? otherwise : pick(addressesOf(pass, address, family), otherwise);
  const port = (test: PfPort | undefined, otherwise: number): number =>
    test === undefined ? otherwise : pick(portsOf(test), otherwise);
  const ported = rule.source.port !== undefined || rule.destination.port !== undefined;
  const protocol = rule.protocol === 0 ? undefined : rule.protocol;
  return {
    ...base,
    protocol: protocol ?? (ported ? pick([TCP, UDP], UDP) : base.protocol),
    source: end(rule.source, base.source),
    destination: end(rule.destination, base.destination),
    sourcePort: port(rule.source.port, base.sourcePort),
    destinationPort: port(rule.destination.port, base.destinationPort),
    icmpType: rule.icmpType < 0 ? base.icmpType : rule.icmpType,
  };
}

/** The flow with addresses of hosts in the other family. */
function otherFamily(host: Host, base: Flow): Flow {
  const family = base.family === "inet" ? "inet6" : "inet";
  const own = host.interfaces.flatMap((it) => it.addresses).filter((it) => it.family === family);
  const [first, last] = [own[0]?.value ?? 1n, own.at(-1)?.value ?? 1n];
  return { ...base, family, source: first + 1n, destination: last + 2n };
}

function addressesOf(
  { host, anchor }: Pass,
  address: PfAddress,
  family: Family,
): readonly bigint[] {
  switch (address.kind) {
    case "prefix":
      return insideAll([{ ...address.prefix, negated: false }], family);
    case "range":
      return address.range.family === family ? [address.range.first, address.range.last] : [];
    case "table": {
      const tables = runsOf(host.pfConf)
        .flatMap(tablesOf)
        .filter((it) => it.name === address.name && ["", anchor].includes(it.anchor));
      return tables.flatMap((it) => insideAll(firstEntries(it, MOST_ENTRIES).prefixes, family));
    }
    case "dynamic":
      return host.interfaces
        .filter((it) => isNamed(it, address.name))
        .flatMap((it) => it.addresses)
        .filter((own) => own.family === family)
        .map((own) => (address.part === "network" ? own.value + 4n : own.value));
    default:
      return [];
  }
}

/** So many entries of a table count. */
const MOST_ENTRIES = 64;

function insideAll(
  prefixes: readonly (Prefix & { readonly negated: boolean })[],
  family: Family,
): readonly bigint[] {
  return prefixes
    .filter((it) => !it.negated && it.family === family)
    .flatMap(({ value, length }) => inside(value, length, family));
}

/** Some addresses of a network: the first stations of it, or the only one. */
function inside(value: bigint, length: number, family: Family): readonly bigint[] {
  const rest = addressBits(family) - length;
  return rest === 0
    ? [value]
    : [1n, 2n, 5n, 9n].map((station) => value | (station % (1n << BigInt(rest))));
}

function isNamed(it: Interface, name: string): boolean {
  return name === "self" || it.name === name || it.groups.includes(name);
}

function portsOf({ operator, first, last }: PfPort): readonly number[] {
  switch (operator) {
    case "=":
    case "<=":
    case ">=":
      return [first];
    case "!=":
    case ">":
      return [Math.min(first + 1, 65535)];
    case "<":
      return [first - 1];
    case "range":
      return [first, last];
    case "><":
      return [first + 1];
    case "<>":
      return [Math.max(first - 1, 1)];
  }
}
