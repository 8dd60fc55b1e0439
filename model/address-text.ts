import { IPv6 } from "ip-num";
import type { Address, AddressRange, Prefix } from "./address.ts";
import { addressBits } from "./packet.ts";

/**
 * Text to address and back; the only file that knows how addresses are written.
 *
 * Dotted quads and plain groups are read by hand: ip-num takes 4 µs and more for each, and a table
 * file may hold a million. It reads the rest.
 */

/** Reads `192.0.2.1` (parts are decimal, leading zeros allowed, as in pf.conf) or `2001:db8::1`. */
export function parseAddress(text: string): Address | undefined {
  const quad = parseQuad(text);
  if (quad !== undefined) return { family: "inet", value: BigInt(quad) };
  const value = parseGroups(text);
  return value === undefined ? undefined : { family: "inet6", value };
}

/** Reads `10.0.0.0/8`; an address alone is a prefix of full length. Host bits are cleared. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = addressBits(address.family);
  if (slash < 0) return { ...address, length: bits };
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  return prefixOf(address, Number(length));
}

/** The network of `length` bits that holds `address`. */
export function prefixOf(address: Address, length: number): Prefix {
  const { family } = address;
  const host = BigInt(addressBits(family) - length);
  return { family, value: host === 0n ? address.value : (address.value >> host) << host, length };
}

/** The text form of pfctl: lower case, longest run of zero groups as `::`. */
export function printAddress({ family, value }: Address): string {
  return family === "inet" ? printQuad(Number(value)) : printGroups(value);
}

/** `10.0.0.0/8`; the length is left out if it is full. */
export function printPrefix(prefix: Prefix): string {
  const text = printAddress(prefix);
  return prefix.length < addressBits(prefix.family) ? `${text}/${prefix.length}` : text;
}

/** `10.0.0.1 - 10.0.0.5`, both ends even if they are equal. */
export function printRange({ family, first, last }: AddressRange): string {
  return `${printAddress({ family, value: first })} - ${printAddress({ family, value: last })}`;
}

const DOT = 46;
const ZERO = 48;

function parseQuad(text: string): number | undefined {
  let value = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (part < 0 || ++dots > 3) return undefined;
      value = value * 256 + part;
      part = -1;
    } else {
      if (code < ZERO || code > ZERO + 9) return undefined;
      part = Math.max(part, 0) * 10 + code - ZERO;
      if (part > 255) return undefined;
    }
  }
  return dots === 3 && part >= 0 ? value * 256 + part : undefined;
}

/** Reads the eight groups; a dotted quad at the end counts for two of them (RFC 4291 2.2). */
function parseGroups(text: string): bigint | undefined {
  const colon = text.lastIndexOf(":");
  if (colon < 0 || text.length > LONGEST_GROUPS) return undefined;
  if (text.includes(".", colon)) {
    const quad = parseQuad(text.slice(colon + 1));
    if (quad === undefined) return undefined;
    const groups = `${(quad >>> 16).toString(16)}:${(quad & 0xffff).toString(16)}`;
    const whole = text.slice(0, colon + 1) + groups;
    return readGroups(whole) ? IPv6.fromString(whole).value : undefined;
  }
  if (!readGroups(text)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const high = (BigInt(a * 65536 + b) << 32n) | BigInt(c * 65536 + d);
  const low = (BigInt(e * 65536 + f) << 32n) | BigInt(g * 65536 + h);
  return (high << 64n) | low;
}

const LONGEST_GROUPS = 45;
/** What {@link readGroups} read last. */
const groups: Uint16Array = new Uint16Array(8);

/** At most one `::`, no other empty group, no group of more than four digits, eight in all. */
function readGroups(text: string): boolean {
  groups.fill(0);
  let count = 0;
  let gap = -1;
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const end = hexEnd(text, at);
    if (end === at || end - at > 4 || count === 8) return false;
    groups[count++] = Number.parseInt(text.slice(at, end), 16);
    at = end;
    if (at === text.length) break;
    if (text.charCodeAt(at++) !== COLON || at === text.length) return false;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap >= 0) return false;
    gap = count;
    at++;
  }
  if (gap < 0) return count === 8;
  if (count === 8) return false;
  groups.copyWithin(gap + 8 - count, gap, count);
  groups.fill(0, gap, gap + 8 - count);
  return true;
}

function hexEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && HEX[text.charCodeAt(at)] === 1) at++;
  return at;
}

const COLON = 58;
const HEX: Uint8Array = new Uint8Array(128);
for (const digit of "0123456789abcdefABCDEF") HEX[digit.charCodeAt(0)] = 1;

function printQuad(value: number): string {
  const quad = value >>> 0;
  return `${quad >>> 24}.${(quad >>> 16) & 255}.${(quad >>> 8) & 255}.${quad & 255}`;
}

function printGroups(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    Number((value >> BigInt(112 - 16 * at)) & 0xffffn),
  );
  const run = longestZeroRun(groups);
  const dotted =
    run.first === 0 && (run.length === 6 || (run.length === 5 && groups[5] === 0xffff));
  const tail = dotted ? printQuad(Number(value & 0xffffffffn)) : undefined;
  const words = [...groups.slice(0, tail === undefined ? 8 : 6).map((it) => it.toString(16))];
  if (tail !== undefined) words.push(tail);
  if (run.length < 2) return words.join(":");
  const before = words.slice(0, run.first).join(":");
  return `${before}::${words.slice(run.first + run.length).join(":")}`;
}

/** The first of the longest runs of zero groups. */
function longestZeroRun(groups: readonly number[]): { first: number; length: number } {
  let best = { first: 0, length: 0 };
  let first = 0;
  for (let at = 0; at <= groups.length; at++) {
    if (groups[at] === 0) continue;
    if (at - first > best.length) best = { first, length: at - first };
    first = at + 1;
  }
  return best;
}
