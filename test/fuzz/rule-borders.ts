import { dynamicEntries } from "../../engine/kernel/interfaces.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import type { Surroundings } from "../../engine/kernel/surroundings.ts";
import type { Table } from "../../engine/kernel/tables.ts";
import type { Prefix } from "../../model/address.ts";
import { parseAddress } from "../../model/address-text.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress, PfEndpoint, PfPool, PfPort, PfRule } from "../../model/pf-rule.ts";

/** Values on both sides of the borders of what a rule asks of a field. */
export interface Around<Value> {
  /** First and last of what is named, more of them where it is long. */
  readonly inside: readonly Value[];
  /** One step beyond. */
  readonly outside: readonly Value[];
}

/** The borders of a rule, field by field; undefined: it does not ask. */
export interface RuleBorders {
  readonly rule: PfRule;
  readonly family: Family | undefined;
  readonly protocol: number;
  readonly source: Readonly<Record<Family, Around<bigint> | undefined>>;
  readonly destination: Readonly<Record<Family, Around<bigint> | undefined>>;
  readonly sourcePort: Around<number> | undefined;
  readonly destinationPort: Around<number> | undefined;
  readonly flags: Around<number> | undefined;
  readonly icmp: Around<readonly [type: number, code: number]> | undefined;
  readonly tos: Around<number> | undefined;
}

/** Looks up what the addresses of rules mean. */
export interface Meaning {
  readonly surroundings: Surroundings;
  table(anchor: string, name: string): Table | undefined;
}

export function bordersOf({ rule, anchor }: LiveRule, meaning: Meaning): RuleBorders {
  const { family, protocol, source, destination, flags, flagMask, tos } = rule;
  const addresses = (end: PfEndpoint): RuleBorders["source"] => ({
    inet: addressBorders(end, "inet", anchor, meaning),
    inet6: addressBorders(end, "inet6", anchor, meaning),
  });
  return {
    rule,
    family,
    protocol,
    source: addresses(source),
    destination: addresses(destination),
    sourcePort: source.port && portBorders(source.port),
    destinationPort: destination.port && portBorders(destination.port),
    flags: flagMask === 0 ? undefined : flagBorders(flags, flagMask),
    icmp: icmpBorders(rule),
    tos: tos === 0 ? undefined : { inside: [tos, tos | 3], outside: [tos ^ 4, tos ^ 0x80] },
  };
}

/** The addresses and ports that the translations of a rule name, as borders of later rules. */
export function poolPrefixes({ rule, anchor }: LiveRule, meaning: Meaning): readonly Prefix[] {
  const pools = [rule.nat, rule.rdr].filter((it): it is PfPool => it !== undefined);
  return pools.flatMap(({ address }) => prefixesOf(address, anchor, meaning) ?? []);
}

function addressBorders(
  { address, negated }: PfEndpoint,
  family: Family,
  anchor: string,
  meaning: Meaning,
): Around<bigint> | undefined {
  const top = (1n << BigInt(addressBits(family))) - 1n;
  const ranges = rangesOf(address, family, anchor, meaning);
  if (ranges === undefined) return undefined;
  const named = ranges.flatMap(([first, last]) => [first, last, (first + last) >> 1n]);
  const beyond = ranges.flatMap(([first, last]) => [first - 1n, last + 1n]);
  const around = { inside: named, outside: beyond.filter((it) => it >= 0n && it <= top) };
  return negated ? { inside: around.outside, outside: around.inside } : around;
}

function rangesOf(
  address: PfAddress,
  family: Family,
  anchor: string,
  meaning: Meaning,
): readonly (readonly [bigint, bigint])[] | undefined {
  if (address.kind === "any") return undefined;
  if (address.kind === "range") {
    const { family: own, first, last } = address.range;
    return own === family ? [[first, last]] : [];
  }
  const prefixes = prefixesOf(address, anchor, meaning);
  return prefixes
    ?.filter((it) => it.family === family)
    .map(({ value, length }) => {
      const rest = (1n << BigInt(addressBits(family) - length)) - 1n;
      return [value & ~rest, value | rest] as const;
    });
}

function prefixesOf(
  address: PfAddress,
  anchor: string,
  { surroundings, table }: Meaning,
): readonly Prefix[] | undefined {
  switch (address.kind) {
    case "prefix":
      return [address.prefix];
    case "dynamic":
      return prefixesIn(dynamicEntries(surroundings, address).packed());
    case "table": {
      const found = table(anchor, address.name);
      return found === undefined ? [] : prefixesIn(found.entries.packed());
    }
    case "no-route":
    case "urpf-failed":
    case "route":
      return [...surroundings.routes.map(({ prefix }) => prefix), ...STRANGERS];
    default:
      return undefined;
  }
}

/** Without a route. */
const STRANGERS = ["203.0.113.9", "2001:db8:ff::1"].flatMap((text): readonly Prefix[] => {
  const address = parseAddress(text);
  return address === undefined ? [] : [{ ...address, length: addressBits(address.family) }];
});

type Packed = ReturnType<Table["entries"]["packed"]>;

/** Those with a `!` too: the borders are the same. */
function prefixesIn({ count, offsets, words, lengths, marks }: Packed): readonly Prefix[] {
  return Array.from({ length: count }, (_, at): Prefix => {
    const isSix = ((marks[at] ?? 0) & 1) !== 0;
    const from = offsets[at] ?? 0;
    const value = [...words.subarray(from, from + (isSix ? 4 : 1))].reduce(
      (all, word) => (all << 32n) | BigInt(word),
      0n,
    );
    return { family: isSix ? "inet6" : "inet", value, length: lengths[at] ?? 0 };
  });
}

function portBorders({ operator, first, last }: PfPort): Around<number> {
  const of = (inside: readonly number[], outside: readonly number[]): Around<number> => ({
    inside: inside.filter(isPort),
    outside: outside.filter(isPort),
  });
  switch (operator) {
    case "=":
      return of([first], [first - 1, first + 1]);
    case "!=":
      return of([first - 1, first + 1], [first]);
    case "<":
      return of([0, 1, first - 1], [first, first + 1]);
    case "<=":
      return of([0, 1, first], [first + 1]);
    case ">":
      return of([first + 1, 65_535], [first, first - 1]);
    case ">=":
      return of([first, 65_535], [first - 1]);
    case "range":
      return of([first, last], [first - 1, last + 1]);
    case "><":
      return of([first + 1, last - 1], [first, last]);
    case "<>":
      return of([first - 1, last + 1], [first, last, (first + last) >> 1]);
  }
}

function isPort(port: number): boolean {
  return port >= 0 && port <= 65_535;
}

function flagBorders(flags: number, mask: number): Around<number> {
  const bits = Array.from({ length: 8 }, (_, bit) => 1 << bit);
  const asked = bits.filter((bit) => (mask & bit) !== 0);
  const free = bits.filter((bit) => (mask & bit) === 0);
  return {
    inside: [flags, ...free.map((bit) => flags | bit)],
    outside: asked.map((bit) => flags ^ bit),
  };
}

function icmpBorders({ icmpType, icmpCode }: PfRule): RuleBorders["icmp"] {
  if (icmpType < 0) return undefined;
  const code = Math.max(0, icmpCode);
  const around = [
    [icmpType - 1, code],
    [icmpType + 1, code],
    ...(icmpCode < 0
      ? []
      : [
          [icmpType, code + 1],
          [icmpType, code - 1],
        ]),
  ];
  const isByte = (it: number): boolean => it >= 0 && it <= 255;
  return {
    inside:
      icmpCode < 0
        ? [
            [icmpType, 0],
            [icmpType, 255],
          ]
        : [[icmpType, code]],
    outside: around.filter((it) => it.every(isByte)) as [number, number][],
  };
}
