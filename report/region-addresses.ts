import type { AddressRange } from "../model/address.ts";
import { printPrefix, printRange } from "../model/address-text.ts";
import { addressBits, type Family } from "../model/packet.ts";

/** Lists of addresses by what they are called: `<vteps>`, `vlan10:network`. */
export type Names = ReadonlyMap<string, readonly AddressRange[]>;

/** The first name of each list, by what the list holds. */
export type NamedLists = ReadonlyMap<string, string>;

const FAMILIES: readonly Family[] = ["inet", "inet6"];
/** A range of more networks is written with its ends. */
const MOST_PREFIXES = 2;

/** Names by lists, and by the part of each list in one family: a region may be of one only. */
export function namedLists(names: Names): NamedLists {
  const known = new Map<string, string>();
  for (const [name, ranges] of names) {
    const all = FAMILIES.flatMap((family) => joined(ranges, family));
    for (const part of [all, ...FAMILIES.map((it) => joined(ranges, it))]) {
      if (part.length > 0 && !known.has(keyOf(part))) known.set(keyOf(part), name);
    }
  }
  return known;
}

/**
 * A list of addresses: its name, or that of all others behind `!`, or networks and ranges, whichever
 * is shorter.
 *
 * @param family - the only one that the addresses can have; undefined: both
 */
export function addressWords(
  ranges: readonly AddressRange[],
  family: Family | undefined,
  known: NamedLists,
): string {
  const name = known.get(keyOf(ranges));
  if (name !== undefined) return name;
  const outside = (family === undefined ? FAMILIES : [family]).flatMap((it) => {
    return complementOf(ranges, it);
  });
  const otherName = known.get(keyOf(outside));
  if (otherName !== undefined) return `! ${otherName}`;
  return shorterList(ranges.flatMap(rangeTexts), outside.flatMap(rangeTexts));
}

function keyOf(ranges: readonly AddressRange[]): string {
  return ranges.map(({ family, first, last }) => `${family} ${first} ${last}`).join();
}

/** A list as `{ a b }`, or all that is outside of it behind `!` if that is shorter. */
export function shorterList(inside: readonly string[], outside: readonly string[]): string {
  const isNegated = outside.length > 0 && wordsIn(outside) < wordsIn(inside);
  return isNegated ? `! ${listText(outside)}` : listText(inside);
}

/** Values to be read: a range of addresses is two. */
function wordsIn(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + (text.includes(" - ") ? 2 : 1), 0);
}

function listText(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] ?? "") : `{ ${texts.join(" ")} }`;
}

/** The ranges of a family, ascending and apart. */
function joined(ranges: readonly AddressRange[], family: Family): readonly AddressRange[] {
  const own = ranges.filter((it) => it.family === family);
  own.sort((one, other) => (one.first < other.first ? -1 : one.first > other.first ? 1 : 0));
  const apart: AddressRange[] = [];
  for (const range of own) {
    const before = apart.at(-1);
    if (before === undefined || before.last + 1n < range.first) apart.push(range);
    else if (before.last < range.last) apart[apart.length - 1] = { ...before, last: range.last };
  }
  return apart;
}

function complementOf(ranges: readonly AddressRange[], family: Family): readonly AddressRange[] {
  const holes: AddressRange[] = [];
  let next = 0n;
  for (const { first, last } of joined(ranges, family)) {
    if (first > next) holes.push({ family, first: next, last: first - 1n });
    next = last + 1n;
  }
  const largest = (1n << BigInt(addressBits(family))) - 1n;
  return next > largest ? holes : [...holes, { family, first: next, last: largest }];
}

/** The networks that a range consists of if they are few, else the range. */
function rangeTexts(range: AddressRange): readonly string[] {
  const { family, last } = range;
  const bits = addressBits(family);
  const texts: string[] = [];
  for (let first = range.first; first <= last; ) {
    if (texts.length === MOST_PREFIXES) return [printRange(range)];
    let host = 0n; // bits behind the prefix
    while (host < bits && (first >> host) % 2n === 0n && first + (2n << host) - 1n <= last) host++;
    texts.push(printPrefix({ family, value: first, length: bits - Number(host) }));
    first += 1n << host;
  }
  return texts;
}
