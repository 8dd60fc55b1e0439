import type { Host, Interface } from "../../model/host.ts";
import { type Packet, UDP } from "../../model/packet.ts";

/** The outer packet that a vxlan interface sends its frames in (4.2); none without a fixed peer. */
export function outerOf(tunnel: Interface): Packet | undefined {
  const outer = tunnel.tunnel;
  if (outer?.destination === undefined) return undefined;
  return {
    family: outer.family,
    protocol: UDP,
    source: outer.source,
    destination: outer.destination,
    sourcePort: outer.port,
    destinationPort: outer.port,
    flags: 0,
    icmpType: 0,
    icmpCode: 0,
    icmpId: 0,
    tos: 0,
    ttl: 64,
    fragment: "no",
    options: false,
  };
}

/** Whether a packet is one that the vxlan interface sends (`out`) or takes as its own (`in`). */
export function isOuterOf(tunnel: Interface, packet: Packet, direction: "in" | "out"): boolean {
  const outer = tunnel.tunnel;
  if (outer === undefined || packet.protocol !== UDP || packet.family !== outer.family)
    return false;
  if (packet.destinationPort !== outer.port) return false;
  if (outer.strictPort && packet.sourcePort !== outer.port) return false;
  const [own, far] =
    direction === "in" ? [packet.destination, packet.source] : [packet.source, packet.destination];
  return own === outer.source && (outer.destination === undefined || far === outer.destination);
}

/** Tunnels of a host whose outer packets arrive in routing domain `rdomain`. */
export function tunnelsIn(host: Host, rdomain: number): readonly Interface[] {
  return host.interfaces.filter((it) => it.kind === "vxlan" && it.tunnel?.rtable === rdomain);
}
