import type { BridgePort, BridgeRule, Host, Interface } from "../../model/host.ts";
import type { FrameKind } from "../../model/network.ts";
import { bridgeOf, hasOutside } from "./points.ts";
import type { Wire, Wiring } from "./wiring.ts";

/** One frame from port to port of a bridge, which asks pf nothing. */
export interface FrameHop {
  readonly host: Host;
  readonly bridge: Interface;
  readonly from: Interface;
  readonly to: Interface;
}

/**
 * Where untagged frames without IP go that are received on `it`: the other ports of a bridge, veb or
 * tpmr, less what their options keep back (stack-semantics.md 3.1 … 3.3). Those for the host itself end
 * there.
 *
 * Layer 2 rules with MAC or ARP addresses may match and need not.
 */
export function frameHops(host: Host, it: Interface, kind: FrameKind): readonly FrameHop[] {
  if (!it.up || it.monitor) return [];
  const bridge = bridgeOf(host, it);
  if (bridge === undefined) return [];
  const port = portOf(bridge, it.name);
  // of the receiving port alone: a frame to a known address meets no blocknonip on its way out
  if (kind === "non-ip" && port?.blockNonIp === true) return [];
  if (!mayPass(port, "in", kind)) return [];
  return bridge.members.flatMap((name): readonly FrameHop[] => {
    const to = host.interfaces.find((other) => other.name === name);
    if (to === undefined || to === it || !to.up || !hasOutside(to)) return [];
    const other = portOf(bridge, name);
    const kept = port?.protectedDomains.some((id) => other?.protectedDomains.includes(id)) === true;
    return kept || !mayPass(other, "out", kind) ? [] : [{ host, bridge, from: it, to }];
  });
}

/** The ways with the fewest bridges that frames of a kind can take from one wire to others. */
export function frameWays(
  wiring: Wiring,
  from: Wire,
  kind: FrameKind,
): ReadonlyMap<Wire, readonly FrameHop[]> {
  const ways = new Map<Wire, readonly FrameHop[]>([[from, []]]);
  // a map is walked with what is added on the way
  for (const [wire, way] of ways) {
    for (const { host, interface: it } of wire.attachments) {
      for (const hop of frameHops(host, it, kind)) {
        const next = wiring.wireOf(host.name, hop.to.name);
        if (next !== undefined && !ways.has(next)) ways.set(next, [...way, hop]);
      }
    }
  }
  return ways;
}

function portOf(bridge: Interface, name: string): BridgePort | undefined {
  return bridge.ports.find((port) => port.name === name);
}

/** The first rule that surely matches decides, unless one before it may let frames pass. */
function mayPass(port: BridgePort | undefined, direction: "in" | "out", kind: FrameKind): boolean {
  for (const rule of port?.rules ?? []) {
    if ((rule.direction ?? direction) !== direction || !mayMatch(rule, kind)) continue;
    if (rule.action === "pass") return true;
    if (matchesAll(rule)) return false;
  }
  return true;
}

function mayMatch({ arp }: BridgeRule, kind: FrameKind): boolean {
  return arp === undefined || kind === "arp";
}

/** Of ARP rules none matches all frames of its kind: each is for ARP or for RARP. */
function matchesAll({ arp, source, destination }: BridgeRule): boolean {
  return arp === undefined && source === undefined && destination === undefined;
}
