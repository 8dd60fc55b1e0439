import { alg, Graph } from "@dagrejs/graphlib";
import type { AddressRange } from "../../model/address.ts";
import type { Host, Interface } from "../../model/host.ts";
import type { Network } from "../../model/network.ts";
import { hasOutside } from "./points.ts";
import { suspicionsOf } from "./suspicions.ts";
import { type Carrier, joinVlans } from "./vlan-wires.ts";

/** An interface end on a wire. */
export interface Attachment {
  readonly host: Host;
  readonly interface: Interface;
}

/** One L2 segment, or a cloud: what one end sends, every other end may receive. */
export interface Wire {
  readonly index: number;
  /** Of a cable or cloud of site.yaml, else of its first interface. */
  readonly name: string;
  /** Cables, clouds and devices of site.yaml on it. */
  readonly named: readonly string[];
  readonly attachments: readonly Attachment[];
  /** It joins two interfaces of hosts that we hold, and nothing else can be on it: pair(4), rport(4). */
  readonly internal: boolean;
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
  /**
   * The wire on the outer side of an interface; that of a port of trunk(4) or aggr(4), and of carp(4),
   * is the wire of what it belongs to. None for loopbacks and bridges.
   */
  readonly wireOf: (host: string, name: string) => Wire | undefined;
  /** The wire that carries a cable, cloud or device of site.yaml. */
  readonly wireNamed: (name: string) => Wire | undefined;
}

/**
 * Joins interfaces into wires: by the cables and clouds of site.yaml, patched pairs, and VLANs by tag
 * on joined parents.
 *
 * Silence is not separation (claims.md 5): pairs of interfaces that share a subnet, and that nothing
 * joins or keeps apart, come back as suspicions.
 */
export function wiringOf(network: Network): Wiring {
  const graph = new Graph({ directed: false });
  const ends = new Map<string, Attachment>();
  const owners = new Map<string, string>();
  for (const host of network.hosts) {
    for (const it of host.interfaces) {
      const owner = ownerOf(host, it);
      owners.set(endId(host.name, it.name), endId(host.name, owner.name));
      if (owner !== it || !hasOutside(it)) continue;
      graph.setNode(endId(host.name, it.name));
      ends.set(endId(host.name, it.name), { host, interface: it });
    }
  }
  const end = (host: string, name: string): string => owners.get(endId(host, name)) ?? "";
  const join = (a: string, b: string): void => {
    if (graph.hasNode(a) && graph.hasNode(b)) graph.setEdge(a, b);
  };
  for (const { name, ends: joined } of [...network.cables, ...network.clouds]) {
    graph.setNode(namedId(name));
    for (const it of joined) join(namedId(name), end(it.host, it.interface));
  }
  for (const { host, interface: it } of ends.values()) {
    if (it.peer !== undefined) join(end(host.name, it.name), end(host.name, it.peer));
  }
  for (const { name, at } of network.devices) {
    graph.setNode(namedId(name));
    if (at.kind === "interface") join(namedId(name), end(at.host, at.interface));
    if (at.kind === "named") join(namedId(name), namedId(at.name));
  }
  joinVlans(network.hosts, {
    carriers: () => carriersOf(graph),
    end,
    join,
  });
  const devices = new Set(network.devices.map(({ name }) => name));
  const wires = alg.components(graph).map((nodes, index) => wireFrom(index, nodes, ends, devices));
  const byNode = new Map(wires.flatMap((wire) => nodesOf(wire).map((node) => [node, wire])));
  return {
    wires,
    suspicions: suspicionsOf(network, wires),
    wireOf: (host, name) => byNode.get(end(host, name)),
    wireNamed: (name) => byNode.get(namedId(name)),
  };
}

/** The interface whose wire this one uses: ports belong to their trunk, carp to its carpdev. */
function ownerOf(host: Host, it: Interface): Interface {
  let owner = it;
  // a chain of carp, port and trunk is no longer than the interfaces are many
  for (let steps = 0; steps < host.interfaces.length; steps++) {
    const above = host.interfaces.find((other) => isOwner(other, owner));
    if (above === undefined) break;
    owner = above;
  }
  return owner;
}

function isOwner(other: Interface, it: Interface): boolean {
  if (it.kind === "carp") return other.name === it.parent;
  return (other.kind === "trunk" || other.kind === "aggr") && other.members.includes(it.name);
}

/** The wire that each end is on so far, as a number. */
function carriersOf(graph: Graph): ReadonlyMap<string, Carrier> {
  const found = new Map<string, Carrier>();
  for (const [index, nodes] of alg.components(graph).entries()) {
    for (const node of nodes) found.set(node, index);
  }
  return found;
}

function wireFrom(
  index: number,
  nodes: readonly string[],
  ends: ReadonlyMap<string, Attachment>,
  devices: ReadonlySet<string>,
): Wire {
  const sorted = nodes.toSorted();
  const attachments = sorted.flatMap((node) => ends.get(node) ?? []);
  const named = sorted
    .filter((node) => node.startsWith(NAMED))
    .map((node) => node.slice(NAMED.length));
  const first = attachments[0];
  // a device is on a wire, and others may be
  const own = named.find((it) => !devices.has(it));
  const name =
    own ?? (first === undefined ? (named[0] ?? "") : `${first.host.name}:${first.interface.name}`);
  const patched = attachments.every(
    ({ interface: { kind } }) => kind === "pair" || kind === "rport",
  );
  const internal = patched && attachments.length > 1 && named.length === 0;
  return { index, name, named, attachments, internal };
}

function nodesOf(wire: Wire): readonly string[] {
  return [
    ...wire.attachments.map(({ host, interface: it }) => endId(host.name, it.name)),
    ...wire.named.map(namedId),
  ];
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
