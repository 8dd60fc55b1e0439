import type { AddressRange, Prefix } from "../../model/address.ts";
import type { Host } from "../../model/host.ts";
import { addressBits, type Family, ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import { type PfConf, runsOf, tablesOf } from "../../model/pf-conf.ts";
import type { PfAddress, PfEndpoint, PfPool, PfRule } from "../../model/pf-rule.ts";
import { firstEntries } from "./table-entries.ts";

/** Values at which the rules, routes and interfaces of hosts begin or end to hold. */
export interface Boundaries {
  readonly addresses: Readonly<Record<Family, readonly bigint[]>>;
  readonly ports: readonly number[];
  readonly protocols: Readonly<Record<Family, readonly number[]>>;
  /** ICMP types, queries and their replies included. */
  readonly icmpTypes: Readonly<Record<Family, readonly number[]>>;
}

/** So many entries of a table count. */
const MOST_ENTRIES = 64;

/**
 * Collects the boundary values of hosts: the ends of every range that a rule, table, route or
 * interface names, and one step past them.
 *
 * Independent random packets test nothing in a packet filter: almost all of them miss every rule.
 */
export function boundariesOf(hosts: readonly Host[]): Boundaries {
  const found = new Collector();
  for (const host of hosts) {
    if (host.pfConf !== undefined) found.conf(host.pfConf);
    for (const route of host.routes) found.prefix(route.prefix);
    for (const it of host.interfaces) {
      for (const { family, value } of it.addresses)
        found.range({ family, first: value, last: value });
      if (it.tunnel !== undefined) found.tunnel(it.tunnel);
    }
  }
  return found.boundaries();
}

class Collector {
  readonly #addresses = { inet: new Set<bigint>(), inet6: new Set<bigint>() };
  readonly #ports = new Set<number>([53, 443, 5000, 40000]);
  readonly #protocols = { inet: new Set([UDP, TCP, ICMP]), inet6: new Set([UDP, TCP, ICMP6]) };
  readonly #types = { inet: new Set([8, 0, 3]), inet6: new Set([128, 129, 1, 135, 136]) };

  boundaries(): Boundaries {
    return {
      addresses: sorted(this.#addresses, (a, b) => (a < b ? -1 : 1)),
      ports: [...this.#ports].toSorted((a, b) => a - b),
      protocols: sorted(this.#protocols, (a, b) => a - b),
      icmpTypes: sorted(this.#types, (a, b) => a - b),
    };
  }

  conf(conf: PfConf): void {
    for (const run of runsOf(conf)) {
      for (const rule of [...run.rulesets.values()].flatMap(({ rules }) => rules)) this.#rule(rule);
      for (const table of tablesOf(run)) {
        const { prefixes, ranges } = firstEntries(table, MOST_ENTRIES);
        for (const prefix of prefixes) this.prefix(prefix);
        for (const range of ranges) this.range(range);
      }
    }
  }

  #rule(rule: PfRule): void {
    for (const endpoint of [rule.source, rule.destination]) this.#endpoint(endpoint);
    for (const pool of [rule.nat, rule.rdr, rule.route]) if (pool !== undefined) this.#pool(pool);
    const families = rule.family === undefined ? (["inet", "inet6"] as const) : [rule.family];
    for (const family of families) {
      if (rule.protocol !== 0) this.#protocols[family].add(rule.protocol);
      if (rule.icmpType >= 0) this.#types[family].add(rule.icmpType);
    }
  }

  #pool({ address, low }: PfPool): void {
    this.#address(address);
    this.#port(low);
  }

  #endpoint({ address, port }: PfEndpoint): void {
    this.#address(address);
    if (port === undefined) return;
    this.#port(port.first);
    if (["range", "><", "<>"].includes(port.operator)) this.#port(port.last);
  }

  #address(address: PfAddress): void {
    if (address.kind === "prefix") this.prefix(address.prefix);
    if (address.kind === "range") this.range(address.range);
  }

  prefix(prefix: Prefix): void {
    const rest = (1n << BigInt(addressBits(prefix.family) - prefix.length)) - 1n;
    this.range({ family: prefix.family, first: prefix.value & ~rest, last: prefix.value | rest });
  }

  range({ family, first, last }: AddressRange): void {
    const top = (1n << BigInt(addressBits(family))) - 1n;
    for (const value of [first, first + 1n, last - 1n, last, first - 1n, last + 1n]) {
      if (value > 0n && value <= top) this.#addresses[family].add(value);
    }
  }

  tunnel(tunnel: {
    readonly family: Family;
    readonly source: bigint;
    readonly destination?: bigint;
    readonly port: number;
  }): void {
    const { family, source, destination, port } = tunnel;
    this.range({ family, first: source, last: source });
    if (destination !== undefined) this.range({ family, first: destination, last: destination });
    this.#port(port);
  }

  #port(port: number): void {
    for (const value of [port - 1, port, port + 1]) {
      if (value > 0 && value <= 65535) this.#ports.add(value);
    }
  }
}

function sorted<T>(
  sets: Record<Family, Set<T>>,
  order: (a: T, b: T) => number,
): Record<Family, readonly T[]> {
  return { inet: [...sets.inet].toSorted(order), inet6: [...sets.inet6].toSorted(order) };
}
