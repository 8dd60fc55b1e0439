import type { AddressRange, Prefix } from "../../model/address.ts";
import { parseAddress, parsePrefix } from "../../model/address-text.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { PlaceReference } from "../../model/network.ts";
import { addressBits } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import * as complaint from "./diagnostics.ts";

export type PlaceText = { readonly place: PlaceReference } | { readonly diagnostic: Diagnostic };

/**
 * Reads a reference to a place; whether anything is called so is another question.
 *
 *     place = [ addresses "@" ] ( host [ ":" part ] | name )
 *     part  = "egress" | interface | "group/" name | "rdomain/" number | "vm/" name
 *
 * `*` may stand in names.
 *
 * @param names - clouds, devices and wires of the site; every other single name is a host
 */
export function parsePlace(text: string, span: Span, names?: ReadonlySet<string>): PlaceText {
  const at = text.indexOf("@");
  const rest = text.slice(at + 1);
  const where = { ...span, column: span.column + at + 1, length: rest.length || 1 };
  const read = names?.has(rest)
    ? ({ place: { kind: "named", name: rest, span: where } } as const)
    : parsePart(rest, where);
  if (at < 0 || "diagnostic" in read) return read;
  const addresses = parseAddresses(text.slice(0, at));
  if (addresses === undefined) {
    const before = { ...span, length: Math.max(1, at) };
    return { diagnostic: complaint.badAddresses(text.slice(0, at), before) };
  }
  return { place: { ...read.place, addresses, span } };
}

/** Reads `10.20.0.5`, `10.20.0.0/24` or `10.20.0.5-10.20.0.9`. */
export function parseAddresses(text: string): AddressRange | undefined {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return rangeOf(prefix);
  const [from = "", to = ""] = text.split("-", 2).map((it) => it.trim());
  const first = parseAddress(from);
  const last = parseAddress(to);
  if (first === undefined || last?.family !== first.family) return undefined;
  if (first.value > last.value) return undefined;
  return { family: first.family, first: first.value, last: last.value };
}

function rangeOf({ family, value, length }: Prefix): AddressRange {
  const rest = BigInt(addressBits(family) - length);
  return { family, first: value, last: value | ((1n << rest) - 1n) };
}

const NAME = /^[\w.*-]+$/;

function parsePart(text: string, span: Span): PlaceText {
  const colon = text.indexOf(":");
  const host = colon < 0 ? text : text.slice(0, colon);
  if (!NAME.test(host)) return { diagnostic: complaint.badReference(text, span) };
  if (colon < 0) return { place: { kind: "host", host, span } };
  const part = text.slice(colon + 1);
  const place = placeOn(host, part, span);
  if (place !== undefined) return { place };
  const where = { ...span, column: span.column + colon + 1, length: Math.max(1, part.length) };
  if (/^jail\/./.test(part)) return { diagnostic: complaint.notModelled("jails", where) };
  if (/^\w+\/./.test(part) && !/^(?:group|rdomain|vm)\//.test(part)) {
    return { diagnostic: complaint.notModelled("peers of a tunnel interface", where) };
  }
  return { diagnostic: complaint.badReference(text, span) };
}

function placeOn(host: string, part: string, span: Span): PlaceReference | undefined {
  if (part === "egress") return { kind: "group", host, group: part, span };
  const [, kind, name = ""] = /^(group|rdomain|vm)\/(.+)$/.exec(part) ?? [];
  if (kind === undefined) {
    return NAME.test(part) ? { kind: "interface", host, interface: part, span } : undefined;
  }
  if (!NAME.test(name)) return undefined;
  if (kind === "group") return { kind, host, group: name, span };
  if (kind === "vm") return { kind, host, vm: name, span };
  return /^\d{1,3}$/.test(name)
    ? { kind: "rdomain", host, rdomain: Number(name), span }
    : undefined;
}
