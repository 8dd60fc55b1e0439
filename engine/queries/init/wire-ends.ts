import type { Prefix } from "../../../model/address.ts";
import { prefixOf } from "../../../model/address-text.ts";
import type { Host, Interface } from "../../../model/host.ts";
import type { Network } from "../../../model/network.ts";
import { addressBits } from "../../../model/packet.ts";
import type { Wire, Wiring } from "../../path/wiring.ts";

/** An interface with a wire behind it, and what its host says of that wire. */
export interface WireEnd {
  readonly host: Host;
  readonly interface: Interface;
  readonly wire: Wire;
  /** The bridge or veb that it is a port of. */
  readonly switch: Interface | undefined;
  /** Interfaces that use the same wire: ports of a trunk, a carp. */
  readonly beside: readonly Interface[];
  /** Interfaces with the host's addresses on the wire: itself, or ports of the switch. */
  readonly speakers: readonly Interface[];
  /** Where packets from the wire are routed. */
  readonly rdomain: number;
  /** Groups that a person put it in, or its speakers. */
  readonly groups: readonly string[];
  /** It leads out of the site: a default route of table 0 that no other host of the site is the gateway of. */
  readonly isUplink: boolean;
}

/**
 * The ends of all wires on which somebody can be besides the hosts, in the order of hosts and of their
 * interfaces. Interfaces that share one, as a carp(4) does, are one end.
 */
export function wireEnds(network: Network, wiring: Wiring): readonly WireEnd[] {
  return network.hosts.flatMap((host) =>
    host.interfaces.flatMap((it): readonly WireEnd[] => {
      const wire = wiring.wireOf(host.name, it.name);
      const isEnd = wire?.attachments.some((end) => end.host === host && end.interface === it);
      if (wire === undefined || wire.internal || isEnd !== true) return [];
      const beside = host.interfaces.filter(
        (other) => other !== it && wiring.wireOf(host.name, other.name) === wire,
      );
      return [wireEnd(network, { host, interface: it, wire }, beside)];
    }),
  );
}

function wireEnd(
  network: Network,
  end: Pick<WireEnd, "host" | "interface" | "wire">,
  beside: readonly Interface[],
): WireEnd {
  const { host, interface: it } = end;
  const bridge = host.interfaces.find(
    (other) => isSwitch(other) && other.members.includes(it.name),
  );
  const speakers = [...speakersOf(host, it, bridge), ...beside.filter(hasAddress)];
  const own = ownGroups(it);
  const uplink = [it, ...speakers].some((other) => other.groups.includes("egress"));
  return {
    ...end,
    switch: bridge,
    beside,
    speakers,
    rdomain: (speakers[0] ?? it).rdomain,
    groups: own.length > 0 ? own : [...new Set(speakers.flatMap(ownGroups))],
    isUplink: uplink && !isRoutedByUs(network, host),
  };
}

function isSwitch({ kind }: Interface): boolean {
  return kind === "bridge" || kind === "veb" || kind === "tpmr";
}

/** A port of a switch without an address hands packets to the ports that have one. */
function speakersOf(
  host: Host,
  it: Interface,
  bridge: Interface | undefined,
): readonly Interface[] {
  if (bridge === undefined || hasAddress(it)) return [it];
  return host.interfaces.filter(
    (other) => bridge.members.includes(other.name) && (isInner(other) || hasAddress(other)),
  );
}

/** Whether frames through a port of a switch stay in the host. */
function isInner({ kind }: Interface): boolean {
  return kind === "vport" || kind === "vether";
}

export function hasAddress({ addresses, automatic }: Interface): boolean {
  return addresses.length > 0 || automatic.length > 0;
}

/** Groups besides those that the kernel gives: `all`, `egress` and the driver's name. */
function ownGroups({ name, groups }: Interface): readonly string[] {
  const given = new Set(["all", "egress", name.replace(/\d+$/, "")]);
  return groups.filter((group) => !given.has(group));
}

/** Whether the gateway of some default route is an address of another host of the site. */
function isRoutedByUs({ hosts }: Network, host: Host): boolean {
  const gateways = host.routes.filter((it) => it.rtable === 0 && it.prefix.length === 0);
  const others = hosts.filter((other) => other !== host).flatMap((other) => other.interfaces);
  return gateways.some(({ gateway, prefix: { family } }) =>
    others.some((it) => it.addresses.some((own) => own.family === family && own.value === gateway)),
  );
}

/** Networks of the host's addresses on the wire; without link-local ones and single addresses. */
export function networksOf({ speakers }: WireEnd): readonly Prefix[] {
  return speakers.flatMap(({ addresses }) =>
    addresses.flatMap(({ family, value, length }) => {
      const linkLocal = family === "inet6" && value >> 118n === 0x3fan;
      if (linkLocal || length === 0 || length === addressBits(family)) return [];
      return [prefixOf({ family, value }, length)];
    }),
  );
}

/** Networks that both ends have. */
export function sharedNetworks(a: WireEnd, b: WireEnd): readonly Prefix[] {
  const others = networksOf(b);
  return networksOf(a).filter((one) =>
    others.some(
      (other) =>
        other.family === one.family && other.length === one.length && other.value === one.value,
    ),
  );
}
