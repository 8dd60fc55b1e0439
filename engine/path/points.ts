import type { Host, Interface } from "../../model/host.ts";

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
  /** The bridge or veb that switches the frame. */
  readonly bridge?: Interface;
  readonly from: Interface;
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

/** Where an untagged frame can go that host `host` receives on `it` (table 0.4, rows 1–10, 12–15, 20). */
export function arrivals(host: Host, it: Interface): readonly Leg[] {
  if (!it.up) return [];
  const bridge = bridgeOf(host, it);
  const plain = { host, from: it, flooded: false };
  if (bridge === undefined)
    return [{ ...plain, tests: [], exit: { kind: "stack", interface: it } }];
  const others = membersOf(host, bridge).filter((member) => member.name !== it.name);
  if (bridge.kind === "veb") return vebLegs(host, bridge, it, others);
  const ingress = pfTest(host, "in", it, it.rdomain);
  // a frame to the MAC of any member goes up the stack as received there, before the bridge asks pf
  const up = [it, ...others].map((member): Leg => {
    return { ...plain, bridge, tests: [], exit: { kind: "stack", interface: member } };
  });
  const across = others.filter(hasOutside).map((member): Leg => {
    const tests = [ingress, pfTest(host, "out", member, it.rdomain)];
    return { ...plain, bridge, tests, exit: exitOf(member) };
  });
  return [...up, ...across];
}

/**
 * Where a packet can go that the stack of `host` sends on `it`, after pf's OUT test on `it`
 * (table 0.4, rows 1, 3, 11, 16, 19).
 */
export function departures(host: Host, it: Interface): readonly Leg[] {
  const plain = { host, from: it, flooded: false };
  const bridge = bridgeOf(host, it);
  if (bridge === undefined) {
    return hasOutside(it) ? [{ ...plain, tests: [], exit: exitOf(it) }] : [];
  }
  const others = membersOf(host, bridge).filter((member) => member.name !== it.name);
  if (bridge.kind === "veb") return it.kind === "vport" ? vebLegs(host, bridge, it, others) : [];
  return [it, ...others]
    .filter(hasOutside)
    .map((member): Leg => ({ ...plain, bridge, tests: [], exit: exitOf(member) }));
}

/** veb(4): pf is asked only with link1, in the veb's own routing domain; vports are exempt. */
function vebLegs(
  host: Host,
  veb: Interface,
  from: Interface,
  others: readonly Interface[],
): readonly Leg[] {
  const asked = veb.link1 && from.kind !== "vport";
  const ingress = asked ? [pfTest(host, "in", from, veb.rdomain)] : [];
  return others.flatMap((member): readonly Leg[] => {
    const leg = { host, bridge: veb, from, exit: exitOf(member) };
    if (member.kind === "vport" || !veb.link1) return [{ ...leg, tests: ingress, flooded: false }];
    const known = [...ingress, pfTest(host, "out", member, veb.rdomain)];
    const flood = [...ingress, pfTest(host, "out", veb, veb.rdomain)];
    return [
      { ...leg, tests: known, flooded: false },
      { ...leg, tests: flood, flooded: true },
    ];
  });
}

/** The bridge or veb that `it` is a member of. */
export function bridgeOf(host: Host, it: Interface): Interface | undefined {
  return host.interfaces.find((other) => isBridge(other) && other.members.includes(it.name));
}

function membersOf(host: Host, bridge: Interface): readonly Interface[] {
  return bridge.members.flatMap(
    (name) => host.interfaces.find((other) => other.name === name) ?? [],
  );
}

function isBridge(it: Interface): boolean {
  return it.kind === "bridge" || it.kind === "veb";
}

function hasOutside(it: Interface): boolean {
  return !["vport", "vether", "loopback", "bridge", "veb"].includes(it.kind);
}

function exitOf(it: Interface): Exit {
  if (it.kind === "vport") return { kind: "stack", interface: it };
  return { kind: it.kind === "vxlan" ? "tunnel" : "wire", interface: it };
}

function pfTest(host: Host, direction: "in" | "out", it: Interface, rdomain: number): PfTest {
  return { host, direction, interface: it, rdomain };
}
