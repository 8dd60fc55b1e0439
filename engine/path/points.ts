import type { BridgePort, BridgeRule, Host, Interface } from "../../model/host.ts";

/** One call of pf: which interface name it is given, and in which routing domain. */
export interface PfTest {
  readonly host: Host;
  readonly direction: "in" | "out";
  readonly interface: Interface;
  readonly rdomain: number;
}

/**
 * A stretch of a frame's way inside one host on which nothing is routed: pf tests in order, then an exit.
 *
 * Which interface name pf sees, and whether it is asked at all, is decided here and nowhere else
 * (stack-semantics.md 0.4); the walk of packets and the closure of sets both follow these legs.
 */
export interface Leg {
  readonly host: Host;
  /** The bridge, veb or tpmr that switches the frame. */
  readonly bridge?: Interface;
  readonly from: Interface;
  /** Tag that a layer 2 rule gives to the frame before the tests; absent: it keeps its own. */
  readonly tag?: string;
  readonly tests: readonly PfTest[];
  readonly exit: Exit;
  /** The frame is flooded (broadcast, multicast, unknown destination) rather than switched. */
  readonly flooded: boolean;
}

export interface Exit {
  /** `stack`: received by the IP stack on `interface`; `wire`: sent; `tunnel`: encapsulated. */
  readonly kind: "stack" | "wire" | "tunnel";
  readonly interface: Interface;
}

/** Where an untagged frame can go that host `host` receives on `it` (table 0.4, rows 1–10, 12–15, 17, 20, 26–28). */
export function arrivals(host: Host, it: Interface): readonly Leg[] {
  if (!it.up || it.monitor) return [];
  const bridge = bridgeOf(host, it);
  if (bridge === undefined) return upTheStack(host, it, it);
  const others = membersOf(host, bridge).filter((member) => member.name !== it.name);
  switch (bridge.kind) {
    case "veb":
      return vebLegs(host, bridge, it, others);
    case "tpmr":
      return tpmrLegs(host, bridge, it, others);
    default:
      return bridgeLegs(host, bridge, it, others);
  }
}

/**
 * Where a packet can go that the stack of `host` sends on `it`, after pf's OUT test on `it`
 * (table 0.4, rows 1, 3, 11, 16, 19, 26, 27).
 */
export function departures(host: Host, it: Interface): readonly Leg[] {
  const own = pfInterface(host, it);
  const plain = { host, from: own, flooded: false };
  const bridge = bridgeOf(host, own);
  if (bridge === undefined) {
    return hasOutside(own) ? [{ ...plain, tests: [], exit: exitOf(own) }] : [];
  }
  const others = membersOf(host, bridge).filter((member) => member.name !== own.name);
  if (bridge.kind === "tpmr") return [];
  if (bridge.kind === "veb") return own.kind === "vport" ? vebLegs(host, bridge, own, others) : [];
  return [own, ...others]
    .filter(hasOutside)
    .map((member): Leg => ({ ...plain, bridge, tests: [], exit: exitOf(member) }));
}

/** The interface that pf is told of when the stack sends or receives on `it`: carp(4) has no name there. */
export function pfInterface(host: Host, it: Interface): Interface {
  if (it.kind !== "carp") return it;
  return host.interfaces.find((other) => other.name === it.parent) ?? it;
}

/** pf's test when the IP stack receives a packet on `it`, or sends one. */
export function stackTest(
  host: Host,
  direction: "in" | "out",
  it: Interface,
  rdomain: number = it.rdomain,
): PfTest {
  return pfTest(host, direction, pfInterface(host, it), rdomain);
}

/** Received by the stack on `it`, or on a carp interface above it whose address the frame has. */
function upTheStack(host: Host, from: Interface, it: Interface): readonly Leg[] {
  return stacksAt(host, it).map((exit): Leg => ({ host, from, flooded: false, tests: [], exit }));
}

function stacksAt(host: Host, it: Interface): readonly Exit[] {
  const carps = host.interfaces.filter((other) => isCarpOn(other, it));
  return [it, ...carps].map((on) => ({ kind: "stack", interface: on }));
}

function isCarpOn(carp: Interface, it: Interface): boolean {
  return carp.kind === "carp" && carp.parent === it.name && carp.up;
}

/** bridge(4): pf is asked on both members, in the routing domain of the first (stack-semantics.md 3.2). */
function bridgeLegs(
  host: Host,
  bridge: Interface,
  it: Interface,
  others: readonly Interface[],
): readonly Leg[] {
  const port = portOf(bridge, it);
  const ingress = pfTest(host, "in", it, it.rdomain);
  return fatesAt(port, "in").flatMap((entering): readonly Leg[] => {
    // a frame to the MAC of any member goes up the stack as received there, before the bridge asks pf
    const up = [it, ...others].flatMap((member) => upTheStack(host, it, member));
    const across = others.filter(hasOutside).flatMap((member): readonly Leg[] => {
      if (areProtected(port, portOf(bridge, member))) return [];
      return fatesAt(portOf(bridge, member), "out").map((leaving): Leg => {
        const tests = [ingress, pfTest(host, "out", member, it.rdomain)];
        const tag = leaving.tag ?? entering.tag;
        return {
          host,
          bridge,
          from: it,
          ...tagged(tag),
          tests,
          exit: exitOf(member),
          flooded: false,
        };
      });
    });
    return [...up.map((leg) => ({ ...leg, bridge, ...tagged(entering.tag) })), ...across];
  });
}

/** tpmr(4): what comes in on one port goes out on the other; pf is asked unless link1 (table 0.4, row 17). */
function tpmrLegs(
  host: Host,
  tpmr: Interface,
  it: Interface,
  others: readonly Interface[],
): readonly Leg[] {
  return others.filter(hasOutside).map((member): Leg => {
    const tests = tpmr.link1
      ? []
      : [pfTest(host, "in", it, it.rdomain), pfTest(host, "out", member, it.rdomain)];
    return { host, bridge: tpmr, from: it, tests, exit: exitOf(member), flooded: false };
  });
}

/** veb(4): pf is asked only with link1, in the veb's own routing domain; vports are exempt (3.3). */
function vebLegs(
  host: Host,
  veb: Interface,
  from: Interface,
  others: readonly Interface[],
): readonly Leg[] {
  const asked = veb.link1 && from.kind !== "vport";
  const ingress = asked ? [pfTest(host, "in", from, veb.rdomain)] : [];
  const port = portOf(veb, from);
  const ways = others.filter((member) => !areProtected(port, portOf(veb, member)));
  return fatesAt(port, "in").flatMap((entering) =>
    ways.flatMap((member) =>
      fatesAt(portOf(veb, member), "out").flatMap((leaving): readonly Leg[] => {
        const tag = tagged(leaving.tag ?? entering.tag);
        const leg = { host, bridge: veb, from, ...tag, flooded: false };
        if (member.kind === "vport") {
          return stacksAt(host, member).map((exit) => ({ ...leg, tests: ingress, exit }));
        }
        const exit = exitOf(member);
        if (!veb.link1) return [{ ...leg, tests: ingress, exit }];
        const known = [...ingress, pfTest(host, "out", member, veb.rdomain)];
        const flood = [...ingress, pfTest(host, "out", veb, veb.rdomain)];
        return [
          { ...leg, tests: known, exit },
          { ...leg, tests: flood, exit, flooded: true },
        ];
      }),
    ),
  );
}

/** The bridge, veb or tpmr that `it` is a member of; a bridge(4) that is down leaves its members alone. */
export function bridgeOf(host: Host, it: Interface): Interface | undefined {
  return host.interfaces.find((other) => {
    if (!other.members.includes(it.name)) return false;
    return other.kind === "veb" || other.kind === "tpmr" || (other.kind === "bridge" && other.up);
  });
}

/** Whether frames leave the host, or the bridge it is in, through this interface. */
export function hasOutside(it: Interface): boolean {
  return !INSIDE.has(it.kind);
}

const INSIDE: ReadonlySet<Interface["kind"]> = new Set<Interface["kind"]>([
  "vport",
  "vether",
  "loopback",
  "bridge",
  "veb",
  "tpmr",
  "carp",
]);

function membersOf(host: Host, bridge: Interface): readonly Interface[] {
  return bridge.members.flatMap(
    (name) => host.interfaces.find((other) => other.name === name) ?? [],
  );
}

function portOf(bridge: Interface, member: Interface): BridgePort | undefined {
  return bridge.ports.find((port) => port.name === member.name);
}

/** Ports that share a `protected` domain exchange no frames. */
function areProtected(one: BridgePort | undefined, other: BridgePort | undefined): boolean {
  const domains = one?.protectedDomains ?? [];
  return domains.some((domain) => other?.protectedDomains.includes(domain) === true);
}

interface RuleFate {
  readonly tag: string | undefined;
}

/**
 * The ways in which IP frames pass the layer 2 rules of a port: the first match decides, and no match
 * passes. MAC addresses are not modelled: a rule that tests them may match and need not.
 */
function fatesAt(port: BridgePort | undefined, direction: "in" | "out"): readonly RuleFate[] {
  const fates: RuleFate[] = [];
  const add = (tag: string | undefined): void => {
    if (!fates.some((it) => it.tag === tag)) fates.push({ tag });
  };
  for (const rule of port?.rules ?? []) {
    if (!isForPackets(rule, direction)) continue;
    if (rule.action === "pass") add(rule.tag);
    if (rule.source === undefined && rule.destination === undefined) return fates;
  }
  add(undefined);
  return fates;
}

function isForPackets(rule: BridgeRule, direction: "in" | "out"): boolean {
  return rule.arp === undefined && (rule.direction ?? direction) === direction;
}

function tagged(tag: string | undefined): { readonly tag?: string } {
  return tag === undefined ? {} : { tag };
}

function exitOf(it: Interface): Exit {
  return { kind: it.kind === "vxlan" ? "tunnel" : "wire", interface: it };
}

function pfTest(host: Host, direction: "in" | "out", it: Interface, rdomain: number): PfTest {
  return { host, direction, interface: it, rdomain };
}
