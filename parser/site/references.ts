import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Host, Interface } from "../../model/host.ts";
import type { InterfaceReference, PlaceReference } from "../../model/network.ts";
import type { Span } from "../../model/source.ts";
import * as complaint from "./diagnostics.ts";
import { globOf } from "./glob.ts";
import { parsePlace } from "./place.ts";

/** What references can name. */
export interface SiteNames {
  readonly hosts: readonly Host[];
  /** Clouds, devices and wires of site.yaml. */
  readonly named: ReadonlySet<string>;
  /** Dates before this one are over; empty: none is. */
  readonly today: string;
  /** Names under `zones:` that no zone came of, for reasons that are told where they stand. */
  readonly placeless: Set<string>;
  readonly diagnostics: Diagnostic[];
}

/** A place and what the last `*` of its reference stood for. */
export interface MatchedPlace {
  readonly place: PlaceReference;
  readonly capture: string;
}

/** All places that a reference stands for, in the order of hosts; names nobody has are complaints. */
export function matchPlaces(text: string, span: Span, names: SiteNames): readonly MatchedPlace[] {
  const read = parsePlace(text, span, names.named);
  if ("diagnostic" in read) {
    names.diagnostics.push(read.diagnostic);
    return [];
  }
  const { place } = read;
  if (place.kind === "named") return [{ place, capture: "" }];
  if (place.kind === "host" && place.addresses !== undefined) {
    names.diagnostics.push(complaint.badReference(text, span));
    return [];
  }
  const glob = globOf(place.host);
  const hosts = names.hosts.flatMap((host) => {
    const capture = glob.match(host.name);
    return capture === undefined ? [] : [{ host, capture }];
  });
  if (hosts.length === 0) {
    const known = [...names.hosts.map((it) => it.name), ...names.named];
    const what = place.kind === "host" ? "host, cloud, device or wire" : "host";
    names.diagnostics.push(complaint.unknownName(what, place.host, partSpan(text, span, 0), known));
    return [];
  }
  const found = hosts.flatMap(({ host, capture }) => placesOn(host, place, capture));
  if (found.length === 0) names.diagnostics.push(nothingCalled(text, span, place, hosts));
  return found;
}

/** The interfaces that a reference stands for: ends of wires, clouds and `apart`. */
export function matchInterfaces(
  text: string,
  span: Span,
  names: SiteNames,
): readonly InterfaceReference[] {
  return matchPlaces(text, span, names).flatMap(({ place }): readonly InterfaceReference[] => {
    const host = "host" in place ? names.hosts.find((it) => it.name === place.host) : undefined;
    const members = host?.interfaces.filter((it) => isAt(host, it, place)) ?? [];
    if (members.length === 0) names.diagnostics.push(complaint.notAnInterface(text, span));
    return members.map((it) => ({ host: host?.name ?? "", interface: it.name, span }));
  });
}

/** Whether the wire behind an interface belongs to a place on its host. */
export function isAt(host: Host, it: Interface, place: PlaceReference): boolean {
  switch (place.kind) {
    case "interface":
      return it.name === place.interface;
    case "group":
      return it.groups.includes(place.group);
    case "rdomain":
      return it.rdomain === place.rdomain;
    case "vm":
      return host.guests.some((vm) => vm.name === place.vm && vm.taps.includes(it.name));
    case "host":
    case "named":
      return false;
  }
}

type HostPlace = Exclude<PlaceReference, { readonly kind: "named" }>;

function placesOn(host: Host, place: HostPlace, capture: string): readonly MatchedPlace[] {
  if (place.kind === "host") return [{ place: { ...place, host: host.name }, capture }];
  const wanted = partOf(place);
  const glob = globOf(wanted);
  return namesOn(host, place).flatMap((name): readonly MatchedPlace[] => {
    const own = glob.match(name);
    if (own === undefined) return [];
    const exact = withPart({ ...place, host: host.name }, name);
    return [{ place: exact, capture: wanted.includes("*") ? own : capture }];
  });
}

function partOf(place: HostPlace): string {
  switch (place.kind) {
    case "host":
      return "";
    case "interface":
      return place.interface;
    case "group":
      return place.group;
    case "rdomain":
      return String(place.rdomain);
    case "vm":
      return place.vm;
  }
}

function withPart(place: HostPlace, name: string): PlaceReference {
  switch (place.kind) {
    case "host":
    case "rdomain":
      return place;
    case "interface":
      return { ...place, interface: name };
    case "group":
      return { ...place, group: name };
    case "vm":
      return { ...place, vm: name };
  }
}

/** The names of that kind on a host, each once, in the order of its interfaces. */
function namesOn(host: Host, { kind }: HostPlace): readonly string[] {
  switch (kind) {
    case "host":
      return [];
    case "interface":
      return host.interfaces.map((it) => it.name);
    case "group":
      return [...new Set(host.interfaces.flatMap((it) => it.groups))];
    case "rdomain":
      return [...new Set(host.interfaces.map((it) => String(it.rdomain)))];
    case "vm":
      return host.guests.map((it) => it.name);
  }
}

function nothingCalled(
  text: string,
  span: Span,
  place: HostPlace,
  hosts: readonly { readonly host: Host }[],
): Diagnostic {
  const known = [...new Set(hosts.flatMap(({ host }) => namesOn(host, place)))];
  const where = partSpan(text, span, 1);
  return complaint.unknownName(`${place.kind} of ${place.host}`, partOf(place), where, known);
}

/** The host part (0) or the last part (1) of a reference `addresses@host:kind/part`. */
function partSpan(text: string, span: Span, part: 0 | 1): Span {
  const at = text.indexOf("@") + 1;
  const colon = text.indexOf(":", at);
  const end = colon < 0 ? text.length : colon;
  if (part === 0) return { ...span, column: span.column + at, length: Math.max(1, end - at) };
  const start = Math.max(text.lastIndexOf("/"), end) + 1;
  return { ...span, column: span.column + start, length: Math.max(1, text.length - start) };
}
