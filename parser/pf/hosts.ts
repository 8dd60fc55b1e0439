import { parseAddress, parsePrefix, prefixOf } from "../../model/address-text.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { AddressTest } from "../../model/rule.ts";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import {
  addressesOf,
  type InterfaceExpression,
  interfaceExpression,
  isLinkLocal,
  membersOf,
} from "./interface-addresses.ts";
import type { HostSyntax } from "./syntax.ts";

/** One host of a list after look-up. */
export interface ResolvedHost {
  readonly test: AddressTest;
  readonly negated: boolean;
  /** Absent for what has none: any, tables, dynamic addresses. */
  readonly family?: Family;
  /** Interface that a link-local address belongs to. */
  readonly scope?: string;
  /** A name that only the running system can look up; `test` is then `any`. */
  readonly unknown?: string;
}

export const ANY_HOST: ResolvedHost = { test: { kind: "any" }, negated: false };

/** Looks a list of hosts up; undefined if pfctl would reject it. An `any` makes the list `any`. */
export function resolveHosts(
  context: Context,
  hosts: readonly HostSyntax[],
): readonly ResolvedHost[] | undefined {
  if (hosts.length === 0 || hosts.some((it) => it.kind === "any")) return [ANY_HOST];
  const resolved: ResolvedHost[] = [];
  for (const host of hosts) {
    const found = resolveHost(context, host);
    if (found === undefined) return undefined;
    for (const it of found) resolved.push(it);
  }
  return resolved;
}

function resolveHost(context: Context, host: HostSyntax): readonly ResolvedHost[] | undefined {
  const { negated, token } = host;
  switch (host.kind) {
    case "any":
      return [ANY_HOST];
    case "name":
      return resolveName(context, host)?.map((it) =>
        it.unknown === undefined ? { ...it, negated } : it,
      );
    case "range":
      return rangeOf(context, host);
    case "dynamic":
      return dynamicOf(context, host);
    case "table":
      if (token.image.length > 31) {
        return complain(context, complaint.tableNameTooLong(token.image, spanIn(context, token)));
      }
      return [{ test: { kind: "table", name: token.image }, negated }];
    case "route":
      if (token.image.length > 31) {
        return complain(context, complaint.routeLabelTooLong(spanIn(context, token)));
      }
      return [{ test: { kind: "route-label", label: token.image }, negated }];
    case "no-route":
    case "urpf-failed":
      return [{ test: { kind: host.kind }, negated }];
  }
}

/** Interface, numeric address or host name, in the order pfctl tries them. */
export function resolveName(
  context: Context,
  host: Pick<HostSyntax, "token" | "mask">,
): readonly ResolvedHost[] | undefined {
  const text = host.token.image + (host.mask === undefined ? "" : `/${host.mask.image}`);
  const slash = text.indexOf("/");
  const name = slash < 0 ? text : text.slice(0, slash);
  const mask = slash < 0 ? undefined : text.slice(slash + 1);
  const span = spanIn(context, host.token, host.mask);
  if (mask !== undefined && (!/^\d+$/.test(mask) || Number(mask) > 128)) {
    return complain(context, complaint.badNetmask(mask, span));
  }
  const length = mask === undefined ? undefined : Number(mask);
  const found =
    fromInterface(context, name, length) ??
    fromNumber(context, name, length) ??
    fromHostName(context, name, length);
  if (found === undefined) return complain(context, complaint.unknownHost(text, span));
  const wide = found.find((it) => it.family === "inet" && (length ?? 0) > 32);
  if (wide !== undefined) {
    return complain(context, complaint.netmaskTooLong(length ?? 0, span));
  }
  return found;
}

function fromInterface(
  context: Context,
  text: string,
  length: number | undefined,
): readonly ResolvedHost[] | undefined {
  const expression = interfaceExpression(text);
  if (typeof expression === "string") return undefined;
  const netted = expression.part === "network" || expression.part === "broadcast";
  if (netted && length !== undefined) return undefined;
  const members = membersOf(context.environment, expression.name);
  if (members.length === 0) {
    const bare = context.environment.interfaces.every((it) => it.kind === "loopback");
    return bare && text !== expression.name ? [unknownHost(text)] : undefined;
  }
  if (members.some((it) => it.automatic.length > 0)) return [unknownHost(text)];
  const found = addressesOf(members, expression, length);
  if (found.length === 0) return undefined;
  return found.map(({ prefix, scope }) => ({
    test: { kind: "prefix", prefix },
    negated: false,
    family: prefix.family,
    ...(scope === undefined ? {} : { scope }),
  }));
}

function fromNumber(
  context: Context,
  text: string,
  length: number | undefined,
): readonly ResolvedHost[] | undefined {
  const [name = "", zone] = text.split("%");
  const address = parseAddress(name) ?? abbreviated(name, length);
  if (address === undefined) return undefined;
  const full = addressBits(address.family);
  const test = {
    kind: "prefix",
    prefix: prefixOf(address, Math.min(length ?? full, full)),
  } as const;
  const { family } = address;
  if (zone === undefined) return [{ test, negated: false, family }];
  const known = context.environment.interfaces.some((it) => it.name === zone);
  if (!isLinkLocal(address) || !(known || /^\d+$/.test(zone))) return undefined;
  return [{ test, negated: false, family, ...(known ? { scope: zone } : {}) }];
}

/** `10/8`, `10.1/16`, `0x0a/8`: missing parts are 0; only with a mask. */
function abbreviated(
  text: string,
  length: number | undefined,
): { family: "inet"; value: bigint } | undefined {
  if (length === undefined) return undefined;
  const hex = /^0x([0-9a-f]{1,8})$/i.exec(text)?.[1];
  if (hex !== undefined) return { family: "inet", value: BigInt(`0x${hex.padEnd(8, "0")}`) };
  if (!/^\d+(\.\d+){0,2}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((it) => it > 255)) return undefined;
  const value = [0, 1, 2, 3].reduce((sum, at) => sum * 256 + (parts[at] ?? 0), 0);
  return { family: "inet", value: BigInt(value) };
}

/** Names are looked up by the running system; what hosts(5) does not say is unknown. */
function fromHostName(
  context: Context,
  text: string,
  length: number | undefined,
): readonly ResolvedHost[] | undefined {
  const first = text.endsWith(":0");
  const name = first ? text.slice(0, -2) : text;
  if (!/^\w[\w.-]*$/.test(name) || !/[a-z]/i.test(name) || /^0x/i.test(name)) {
    return undefined;
  }
  const known = context.input.resolve?.(name);
  const texts = known ?? (name === "localhost" ? ["127.0.0.1", "::1"] : undefined);
  if (texts === undefined) return [unknownHost(text)];
  const suffix = length === undefined ? "" : `/${length}`;
  const found = texts.flatMap((it) => {
    const prefix = parsePrefix(it + suffix);
    return prefix === undefined ? [] : [prefix];
  });
  const kept = first
    ? found.filter((it, at) => found.findIndex(({ family }) => family === it.family) === at)
    : found;
  return kept.map((prefix) => ({
    test: { kind: "prefix", prefix },
    negated: false,
    family: prefix.family,
  }));
}

function unknownHost(text: string): ResolvedHost {
  return { ...ANY_HOST, unknown: text };
}

function rangeOf(context: Context, host: HostSyntax): readonly ResolvedHost[] | undefined {
  const { token, last = token, negated } = host;
  const span = spanIn(context, token, last);
  const ends = [token, last].map((it) => resolveName(context, { token: it }));
  const [first, second] = ends.map((it) => (it?.length === 1 ? it[0] : undefined));
  if (ends.includes(undefined)) return undefined;
  const unknown = first?.unknown ?? second?.unknown;
  if (unknown !== undefined) return [unknownHost(unknown)];
  if (first?.test.kind !== "prefix" || second?.test.kind !== "prefix") {
    return complain(context, complaint.badRange(span));
  }
  const [low, high] = [first.test.prefix, second.test.prefix];
  const full = addressBits(low.family);
  if (low.family !== high.family || low.length < full || high.length < full) {
    return complain(context, complaint.badRange(span));
  }
  const { family } = low;
  return [
    {
      test: { kind: "range", range: { family, first: low.value, last: high.value } },
      negated,
      family,
    },
  ];
}

/** `(em0:network)/24`: looked up again whenever the addresses of the interface change. */
function dynamicOf(context: Context, host: HostSyntax): readonly ResolvedHost[] | undefined {
  const { token, mask, negated } = host;
  const span = spanIn(context, token, mask);
  if (!/^[a-z]/i.test(token.image)) {
    return complain(context, complaint.badInterfaceName(token.image, span));
  }
  const expression = interfaceExpression(token.image);
  if (expression === "unknown modifier") {
    return complain(context, complaint.badModifier(token.image, span));
  }
  if (expression === "illegal combination") {
    return complain(context, complaint.badModifierPair(span));
  }
  if (expression.name.length > 15) {
    return complain(context, complaint.interfaceNameTooLong(expression.name, span));
  }
  const length = mask === undefined ? undefined : Number(mask.image);
  if (length !== undefined && (length < 0 || length > 128)) {
    return complain(context, complaint.bitNumberTooBig(span));
  }
  return [{ test: dynamicTest(expression, length), negated }];
}

export function dynamicTest(
  expression: InterfaceExpression,
  length?: number,
): Extract<AddressTest, { kind: "dynamic" }> {
  const test = { kind: "dynamic", ...expression } as const;
  return length === undefined ? test : { ...test, length };
}
