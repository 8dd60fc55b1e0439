import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress } from "../../model/pf-rule.ts";

const INET = 0xffffffffn;

/**
 * Puts an IPv4 address into an IPv6 prefix (RFC 6052; follows inet_nat64, OpenBSD 7.8).
 *
 * @param prefix - 128 bits; what the address does not cover stays
 * @param length - 32, 40, 48, 56, 64 or 96; from 97 on the prefix also covers that many bits less 96
 *   of the address; of other lengths only the prefix comes back
 */
export function embed4in6(prefix: bigint, length: number, address: bigint): bigint {
  if (length > 96) return (prefix & ~INET) | masked(address, prefix & INET, length - 96);
  if (!LENGTHS.has(length)) return prefix;
  let result = withOctet(prefix, RESERVED, 0n);
  for (const [at, octet] of placesOf(length).entries()) {
    result = withOctet(result, octet, (address >> BigInt(24 - at * 8)) & 0xffn);
  }
  return result;
}

/** The IPv4 address in an IPv6 address: inverse of {@link embed4in6}; 0 of other lengths. */
export function extract4from6(address: bigint, length: number): bigint {
  if (length > 96) return address & INET;
  if (!LENGTHS.has(length)) return 0n;
  return placesOf(length).reduce(
    (value, octet) => (value << 8n) | ((address >> BigInt(120 - octet * 8)) & 0xffn),
    0n,
  );
}

/** What `af-to` makes a destination from. */
export interface NewDestination {
  /** Family after the translation. */
  readonly target: Family;
  /** Of the packet, in its own family. */
  readonly destination: bigint;
  /** That `from` gave. */
  readonly newSource: bigint;
  readonly from: PfAddress;
  /** Of `to`: the pool's address and what it gave; absent: the address is embedded. */
  readonly to: { readonly pool: PfAddress; readonly address: bigint } | undefined;
  /** Of the rule. */
  readonly rule: PfAddress;
}

/** The destination after `af-to` (section 18; follows pf_get_transaddr_af, OpenBSD 7.8). */
export function afDestination(it: NewDestination): bigint {
  const { target, destination, to } = it;
  if (to !== undefined) {
    const length = maskLength(to.pool, target);
    return target === "inet"
      ? masked(destination & INET, to.address, length)
      : embed4in6(to.address, length, destination);
  }
  if (target === "inet6") {
    return embed4in6(it.newSource, Math.min(maskLength(it.from, target), 96), destination);
  }
  const length = maskLength(it.rule, "inet6");
  if (length <= 96) return extract4from6(destination, length < 32 ? 96 : length);
  return masked(extract4from6(destination, length), destination & INET, length - 96);
}

/** The length pf sees: none of a table, whose name lies where the mask would be. */
function maskLength(address: PfAddress, family: Family): number {
  if (address.kind === "prefix") return address.prefix.length;
  return address.kind === "dynamic" ? Math.min(address.length, addressBits(family)) : 0;
}

const LENGTHS: ReadonlySet<number> = new Set([32, 40, 48, 56, 64, 96]);
/** Octet that is always zero. */
const RESERVED = 8;

/** The octets of the IPv6 address that hold the IPv4 address. */
function placesOf(length: number): readonly number[] {
  const start = length / 8;
  const places = [0, 1, 2, 3, 4].map((it) => start + it).filter((it) => it !== RESERVED);
  return places.slice(0, 4);
}

function withOctet(address: bigint, octet: number, value: bigint): bigint {
  const shift = BigInt(120 - octet * 8);
  return (address & ~(0xffn << shift)) | (value << shift);
}

/** The first `length` bits of one IPv4 address, the others of another. */
function masked(host: bigint, network: bigint, length: number): bigint {
  const hosts = (1n << BigInt(32 - length)) - 1n;
  return (network & ~hosts & INET) | (host & hosts);
}
