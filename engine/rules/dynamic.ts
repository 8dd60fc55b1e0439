import type { Prefix } from "../../model/address.ts";
import type { Interface, InterfaceAddress } from "../../model/host.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { AddressTest } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import { isNamed } from "../kernel/interfaces.ts";
import type { Filter } from "./filter.ts";

export type Dynamic = Extract<AddressTest, { kind: "dynamic" }>;

/** The interfaces that `(if)` names: itself, the members of a group, or all for `(self)`. */
export function membersOf(filter: Filter, { name }: Dynamic): readonly Interface[] {
  return filter.host.interfaces.filter((it) => name === "self" || isNamed(it, name));
}

/**
 * The prefixes that one interface contributes to `(if:part)/length`.
 *
 * Follows `pfi_instance_add`, OpenBSD 7.8 sys/net/pf_if.c; `:0` takes the first address that `part`
 * applies to.
 */
export function prefixesOf(it: Interface, { part, first, length }: Dynamic): readonly Prefix[] {
  const taken = new Set<Family>();
  return it.addresses.flatMap((address) => {
    const prefix = partOf(address, part);
    if (prefix === undefined || (first && taken.has(address.family))) return [];
    taken.add(address.family);
    if (length === undefined) return [prefix];
    return [{ ...prefix, length: Math.min(prefix.length, length) }];
  });
}

/**
 * Whether an address of `it` that is not in the files may be, or be next to, `address`.
 *
 * It lies in no network that another interface of the same routing domain declares.
 */
export function mayBeAutomatic(
  filter: Filter,
  it: Interface,
  family: Family,
  address: bigint,
): boolean {
  if (!it.automatic.includes(family)) return false;
  return !filter.host.interfaces.some(
    (other) =>
      other.rdomain === it.rdomain &&
      other.name !== it.name &&
      other.addresses.some((declared) => declared.family === family && covers(declared, address)),
  );
}

/** The lines that say that an interface gets its addresses at run time. */
export function unreadOf(filter: Filter, it: Interface): readonly Unread[] {
  if (it.unread.length > 0) return it.unread;
  const host = filter.host.name;
  return [
    {
      id: `${host}:${it.name} address`,
      span: it.span,
      scope: { kind: "interface", host, interface: it.name },
      words: `${it.name} gets its address at run time`,
      effect: "may change which packets a rule with its address matches",
      settle: `assume: { address: { "${host}:${it.name}": … } }`,
    },
  ];
}

export function covers({ family, value, length }: Prefix, address: bigint): boolean {
  const rest = BigInt(addressBits(family) - length);
  return address >> rest === value >> rest;
}

function partOf(address: InterfaceAddress, part: Dynamic["part"]): Prefix | undefined {
  const { family, value, length } = address;
  const full = addressBits(family);
  switch (part) {
    case "address":
      return { family, value, length: full };
    case "network":
      return family === "inet6" && value >> 118n === LINK_LOCAL
        ? undefined
        : { family, value, length };
    case "broadcast":
      return address.broadcast === undefined
        ? undefined
        : { family, value: address.broadcast, length: full };
    case "peer":
      return address.peer === undefined ? undefined : { family, value: address.peer, length: full };
  }
}

/** First ten bits of fe80::/10. */
const LINK_LOCAL = 0x3fan;
