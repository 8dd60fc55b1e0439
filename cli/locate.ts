import type { Emission } from "../model/answer.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Host } from "../model/host.ts";
import type { InterfaceReference, Network, PlaceReference } from "../model/network.ts";
import type { Span } from "../model/source.ts";

/** Where a packet of the user is emitted: at one interface, or by a host itself. */
export type Located =
  | { readonly at: Emission["at"]; readonly local: boolean }
  | { readonly diagnostic: Diagnostic };

/**
 * Finds the one interface that receives what a place emits.
 *
 * A packet of a host itself needs no interface: routing chooses it, and `at` names the first. A
 * place with several interfaces is refused with their names, since the user must choose.
 */
export function locate(network: Network, place: PlaceReference): Located {
  if (place.kind === "named") return oneOf(endsOf(network, place.name), place.name, place.span);
  const host = network.hosts.find((it) => it.name === place.host);
  if (host === undefined) {
    const names = network.hosts.map((it) => `\`${it.name}\``).join(", ");
    return unknown(`no host \`${place.host}\``, `hosts of the site: ${names}`, place.span);
  }
  if (place.kind === "host") {
    return { at: { host: host.name, interface: host.interfaces[0]?.name ?? "" }, local: true };
  }
  const names = interfacesOf(host, place);
  const ends = names.map((name) => ({ host: host.name, interface: name }));
  return oneOf(ends, textOf(place), place.span);
}

type HostPart = Exclude<PlaceReference, { kind: "named" } | { kind: "host" }>;

function interfacesOf(host: Host, place: HostPart): readonly string[] {
  switch (place.kind) {
    case "interface":
      return host.interfaces.map((it) => it.name).filter((name) => name === place.interface);
    case "group":
      return host.interfaces.filter((it) => it.groups.includes(place.group)).map((it) => it.name);
    case "rdomain":
      return host.interfaces.filter((it) => it.rdomain === place.rdomain).map((it) => it.name);
    case "vm":
      return host.guests.find((guest) => guest.name === place.vm)?.taps ?? [];
  }
}

function textOf(place: HostPart): string {
  switch (place.kind) {
    case "interface":
      return `${place.host}:${place.interface}`;
    case "group":
      return `${place.host}:group/${place.group}`;
    case "rdomain":
      return `${place.host}:rdomain/${place.rdomain}`;
    case "vm":
      return `${place.host}:vm/${place.vm}`;
  }
}

/** Interfaces of our hosts on the wire of a cable, a cloud or a device. */
function endsOf(network: Network, name: string): readonly Emission["at"][] {
  const joined = [...network.cables, ...network.clouds].find((it) => it.name === name);
  if (joined !== undefined) return joined.ends.map(endOf);
  const device = network.devices.find((it) => it.name === name);
  if (device === undefined) return [];
  const { at } = device;
  if (at.kind === "interface") return [{ host: at.host, interface: at.interface }];
  return at.kind === "named" && at.name !== name ? endsOf(network, at.name) : [];
}

function endOf({ host, interface: name }: InterfaceReference): Emission["at"] {
  return { host, interface: name };
}

function oneOf(ends: readonly Emission["at"][], text: string, span: Span): Located {
  const [only, ...others] = ends;
  if (only === undefined) {
    const help = "`pfproof show SITE places` lists the places";
    return unknown(`\`${text}\` is no place of the site`, help, span);
  }
  if (others.length === 0) return { at: only, local: false };
  const names = ends.map((end) => `\`${end.host}:${end.interface}\``).join(", ");
  return unknown(`\`${text}\` is behind several interfaces`, `write one of ${names}`, span);
}

function unknown(message: string, help: string, span: Span): Located {
  return { diagnostic: { code: "trace-place", severity: "error", message, span, help } };
}
