import type { Prefix } from "../../../model/address.ts";
import { prefixOf } from "../../../model/address-text.ts";
import type { Interface, InterfaceAddress } from "../../../model/host.ts";
import { addressBits } from "../../../model/packet.ts";

/** `em0:network:0` taken apart. */
export interface InterfaceExpression {
  readonly name: string;
  readonly part: "address" | "network" | "broadcast" | "peer";
  readonly first: boolean;
}

/** An address that an interface name stands for; link-local ones are tied to their interface. */
export interface FoundAddress {
  readonly prefix: Prefix;
  readonly scope?: string;
}

/** Splits modifiers off; a word if one of them is unknown or two exclude each other. */
export function interfaceExpression(
  text: string,
): InterfaceExpression | "unknown modifier" | "illegal combination" {
  let name = text;
  let part: InterfaceExpression["part"] = "address";
  let first = false;
  for (let at = name.lastIndexOf(":"); at >= 0; at = name.lastIndexOf(":")) {
    const modifier = name.slice(at + 1);
    name = name.slice(0, at);
    if (modifier === "0") first = true;
    else if (modifier === "network" || modifier === "broadcast" || modifier === "peer") {
      if (part !== "address" && part !== modifier) return "illegal combination";
      part = modifier;
    } else return "unknown modifier";
  }
  return { name, part, first };
}

/**
 * The addresses that `expression` stands for when pfctl reads it, in the order of the system.
 *
 * @param length - prefix length written behind it; full if absent, that of the interface for `:network`
 */
export function addressesOf(
  members: readonly Interface[],
  expression: InterfaceExpression,
  length?: number,
): readonly FoundAddress[] {
  return members.flatMap((member) => {
    const found = member.addresses.filter((it) => isWanted(member, it, expression));
    const kept = expression.first ? firstOfEachFamily(found) : found;
    return kept.map((it) => {
      const prefix = prefixFor(it, expression, length);
      return isLinkLocal(it) ? { prefix, scope: member.name } : { prefix };
    });
  });
}

/** Link-local addresses belong to one interface (RFC 4007). */
export function isLinkLocal({
  family,
  value,
}: Pick<InterfaceAddress, "family" | "value">): boolean {
  return family === "inet6" && value >> 118n === 0x3fan;
}

function isWanted(member: Interface, it: InterfaceAddress, { part }: InterfaceExpression): boolean {
  switch (part) {
    case "address":
      return true;
    case "network":
      return !isLinkLocal(it);
    case "broadcast":
      return it.family === "inet" && it.broadcast !== undefined && it.broadcast !== 0n;
    case "peer":
      return member.addresses.some(({ peer }) => peer !== undefined) && it.peer !== undefined;
  }
}

function firstOfEachFamily(found: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  return found.filter((it, at) => found.findIndex(({ family }) => family === it.family) === at);
}

function prefixFor(
  it: InterfaceAddress,
  { part }: InterfaceExpression,
  length: number | undefined,
): Prefix {
  const { family } = it;
  const full = addressBits(family);
  if (part === "network") return prefixOf(it, it.length);
  const value =
    part === "broadcast" ? it.broadcast : part === "peer" ? (it.peer ?? it.value) : it.value;
  return prefixOf({ family, value: value ?? it.value }, Math.min(length ?? full, full));
}
