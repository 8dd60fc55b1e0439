import type { Host, Interface, Route } from "../../model/host.ts";
import { addressBits, type Family, type Packet } from "../../model/packet.ts";

/** Whether ip_input or ip6_input gives the packet to pf at all (stack-semantics.md 1.3b, 1.5). */
export function isSane(it: Interface, packet: Packet): boolean {
  if (it.kind === "loopback") return true;
  const { family, source, destination } = packet;
  if (family === "inet") return source >> 24n !== 127n && destination >> 24n !== 127n;
  if (source >> 120n === 0xffn || destination === 0n) return false;
  return ![source, destination].some((address) => {
    const mapped = address >> 32n === 0xffffn;
    const compatible = address >> 32n === 0n && address !== 0n;
    return mapped || compatible;
  });
}

/** The route of an address: longest prefix; the host's own addresses win over equal ones. */
export function routeTo(
  host: Host,
  rtable: number,
  family: Family,
  address: bigint,
): Route | undefined {
  let best: Route | undefined;
  for (const route of host.routes) {
    if (route.rtable !== rtable || route.prefix.family !== family) continue;
    const rest = BigInt(addressBits(family) - route.prefix.length);
    if (address >> rest !== route.prefix.value >> rest) continue;
    const longer = best === undefined || route.prefix.length > best.prefix.length;
    const own = best?.prefix.length === route.prefix.length && route.local && !best.local;
    if (longer || own) best = route;
  }
  return best;
}

/** Routing domains that interfaces of the host are in. */
export function rdomainsOf(host: Host): readonly number[] {
  return [...new Set(host.interfaces.map(({ rdomain }) => rdomain))];
}

/** The interface that a packet for somebody else leaves on. */
export function lookup(host: Host, rtable: number, packet: Packet): Interface | undefined {
  const route = routeTo(host, rtable, packet.family, packet.destination);
  if (route === undefined || route.local) return undefined;
  return host.interfaces.find((it) => it.name === route.interface);
}

/**
 * The interface that ip_output takes: a packet for the host itself goes out on the loopback of its
 * routing domain (1.6).
 */
export function outputTo(host: Host, rtable: number, packet: Packet): Interface | undefined {
  const route = routeTo(host, rtable, packet.family, packet.destination);
  if (route?.local !== true) return lookup(host, rtable, packet);
  const rdomain = rdomainOf(host, rtable);
  return host.interfaces.find((it) => it.kind === "loopback" && it.rdomain === rdomain);
}

/** Whether the host keeps the packet (stack-semantics.md 1.4): weak model, strong if not forwarding. */
export function isLocal(host: Host, rtable: number, it: Interface, packet: Packet): boolean {
  const { family, destination } = packet;
  const top = destination >> BigInt(addressBits(family) - 8);
  if (
    family === "inet" &&
    (top >> 4n === 0xen || destination === 0xffffffffn || destination === 0n)
  ) {
    return true;
  }
  if (family === "inet6" && top === 0xffn) return true;
  const broadcast = host.interfaces.some(
    (other) =>
      other.rdomain === it.rdomain &&
      other.addresses.some((own) => own.family === family && own.broadcast === destination),
  );
  if (broadcast) return true;
  const route = routeTo(host, rtable, family, destination);
  if (route?.local !== true) return false;
  return host.forwarding[family] || it.kind === "loopback" || route.interface === it.name;
}

/**
 * Whether the stack forwards the packet at all (1.3 j, l; 1.5). Neighbour discovery it does forward;
 * pf is who drops it then, for its hop limit.
 */
export function forwards(host: Host, packet: Packet): boolean {
  const { family, source, destination } = packet;
  if (!host.forwarding[family]) return false;
  if (family === "inet") {
    const first = destination >> 24n;
    return first !== 0n && first !== 127n && first >> 4n !== 0xen;
  }
  const linkLocal = source >> 118n === 0x3fan || destination >> 118n === 0x3fan;
  return source !== 0n && !linkLocal && destination >> 120n !== 0xffn;
}

/** The routing domain that a table belongs to: its own if some interface is in it, else 0. */
export function rdomainOf(host: Host, rtable: number): number {
  return host.interfaces.some((it) => it.rdomain === rtable) ? rtable : 0;
}
