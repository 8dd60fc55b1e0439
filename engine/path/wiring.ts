import { alg, Graph } from "@dagrejs/graphlib";
import type { AddressRange, Prefix } from "../../model/address.ts";
import type { Host, Interface } from "../../model/host.ts";
import type { InterfaceReference, Network } from "../../model/network.ts";

/** An interface end on a wire. */
export interface Attachment {
  readonly host: Host;
  readonly interface: Interface;
}

/** One L2 segment, or a cloud: what one end sends, every other end may receive. */
export interface Wire {
  readonly index: number;
  /** Cables, clouds and devices of site.yaml on it, else its first interface. */
  readonly name: string;
  readonly named: readonly string[];
  readonly attachments: readonly Attachment[];
}

/** Two interfaces that could be one wire, and no line of site.yaml says whether they are. */
export interface Suspicion {
  readonly id: string;
  readonly ends: readonly [Attachment, Attachment];
  readonly reason: string;
}

/** All wires of a network. */
export interface Wiring {
  readonly wires: readonly Wire[];
  readonly suspicions: readonly Suspicion[];
  /** The wire on the outer side of an interface; none for loopbacks and bridges. */
  readonly wireOf: (host: string, name: string) => Wire | undefined;
  /** The wire that carries a cable, cloud or device of site.yaml. */
  readonly wireNamed: (name: string) => Wire | undefined;
}

/**
 * Joins interfaces into wires: by the cables and clouds of site.yaml, and VLANs by tag on joined parents.
 *
 * Silence is not separation (claims.md 5): pairs of interfaces that share a subnet, and that nothing
 * joins or keeps apart, come back as suspicions.
 */
export function wiringOf(network: Network): Wiring {
  const graph = new Graph({ directed: false });
  const ends = new Map<string, Attachment>();
  for (const host of network.hosts) {
    for (const it of host.interfaces) {
      if (!hasWire(it)) continue;
      graph.setNode(endId(host.name, it.name));
      ends.set(endId(host.name, it.name), { host, interface: it });
    }
  }
  for (const joined of [...network.cables, ...network.clouds]) {
    graph.setNode(namedId(joined.name));
    for (const end of joined.ends) {
      if (ends.has(endId(end.host, end.interface))) {
        graph.setEdge(namedId(joined.name), endId(end.host, end.interface));
      }
    }
    joinTrunks(graph, ends, joined.ends);
  }
  placeDevices(graph, ends, network);
  const wires = alg.components(graph).map((nodes, index) => wireFrom(index, nodes, ends));
  const byNode = new Map(wires.flatMap((wire) => nodesOf(wire).map((node) => [node, wire])));
  return {
    wires,
    suspicions: suspicionsOf(network, wires),
    wireOf: (host, name) => byNode.get(endId(host, name)),
    wireNamed: (name) => byNode.get(namedId(name)),
  };
}

/** Whether frames leave the host, or the bridge it is in, through this interface. */
function hasWire(it: Interface): boolean {
  return !["loopback", "bridge", "veb", "vport", "vether"].includes(it.kind);
}

/** VLANs of the same tag on interfaces that one cable joins are one wire. */
function joinTrunks(
  graph: Graph,
  ends: ReadonlyMap<string, Attachment>,
  joined: readonly InterfaceReference[],
): void {
  const children = [...ends.values()].filter(({ host, interface: it }) =>
    joined.some((end) => end.host === host.name && end.interface === it.parent),
  );
  for (const first of children) {
    for (const second of children) {
      if (first.interface.kind !== "vlan" || second.interface.kind !== "vlan") continue;
      if (first.interface.vnetid !== second.interface.vnetid) continue;
      graph.setEdge(
        endId(first.host.name, first.interface.name),
        endId(second.host.name, second.interface.name),
      );
    }
  }
}

function placeDevices(graph: Graph, ends: ReadonlyMap<string, Attachment>, network: Network): void {
  for (const { name, at } of network.devices) {
    graph.setNode(namedId(name));
    if (at.kind === "interface" && ends.has(endId(at.host, at.interface))) {
      graph.setEdge(namedId(name), endId(at.host, at.interface));
    }
    if (at.kind === "named") graph.setEdge(namedId(name), namedId(at.name));
  }
}

function wireFrom(
  index: number,
  nodes: readonly string[],
  ends: ReadonlyMap<string, Attachment>,
): Wire {
  const sorted = nodes.toSorted();
  const attachments = sorted.flatMap((node) => ends.get(node) ?? []);
  const named = sorted
    .filter((node) => node.startsWith(NAMED))
    .map((node) => node.slice(NAMED.length));
  const first = attachments[0];
  const name =
    named[0] ?? (first === undefined ? "" : `${first.host.name}:${first.interface.name}`);
  return { index, name, named, attachments };
}

function nodesOf(wire: Wire): readonly string[] {
  return [
    ...wire.attachments.map(({ host, interface: it }) => endId(host.name, it.name)),
    ...wire.named.map(namedId),
  ];
}

function suspicionsOf(network: Network, wires: readonly Wire[]): readonly Suspicion[] {
  const suspicions: Suspicion[] = [];
  for (const first of wires) {
    for (const second of wires) {
      if (first.index >= second.index) continue;
      const found = sharedSubnet(first, second, network);
      if (found !== undefined) suspicions.push(found);
    }
  }
  return suspicions;
}

function sharedSubnet(first: Wire, second: Wire, network: Network): Suspicion | undefined {
  for (const a of first.attachments) {
    for (const b of second.attachments) {
      if (a.host === b.host || areApart(network, a, b)) continue;
      const subnet = commonSubnet(a.interface, b.interface);
      if (subnet === undefined) continue;
      const [left, right] = [a, b].map((end) => `${end.host.name}:${end.interface.name}`);
      return {
        id: `wire ${left} ${right}`,
        ends: [a, b],
        reason: `is ${left} the same wire as ${right}? both are in one subnet`,
      };
    }
  }
  return undefined;
}

function areApart(network: Network, a: Attachment, b: Attachment): boolean {
  const listed = (group: readonly InterfaceReference[], end: Attachment): boolean =>
    group.some((it) => it.host === end.host.name && it.interface === end.interface.name);
  return network.apart.some((group) => listed(group, a) && listed(group, b));
}

function commonSubnet(a: Interface, b: Interface): Prefix | undefined {
  return a.addresses.find((address) =>
    b.addresses.some((other) => {
      if (address.family !== other.family || address.length !== other.length) return false;
      const shift = BigInt((address.family === "inet" ? 32 : 128) - address.length);
      const linkLocal = address.family === "inet6" && address.value >> 118n === 0x3fan;
      return !linkLocal && shift > 0n && address.value >> shift === other.value >> shift;
    }),
  );
}

// graphlib keeps nodes in plain objects: a prefix keeps names like `constructor` harmless
const NAMED = "named:";

function endId(host: string, name: string): string {
  return `end:${host}:${name}`;
}

function namedId(name: string): string {
  return `${NAMED}${name}`;
}

/** Addresses that a place on a wire is cut down to; absent: the whole wire. */
export type Cut = readonly AddressRange[] | undefined;
