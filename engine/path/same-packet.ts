import type { Packet } from "../../model/packet.ts";
import type { Generated, Outcome } from "../kernel/outcome.ts";
import type { KernelPacket } from "../kernel/packet.ts";

/** Whether two packets are the same to whoever receives them: addresses, ports and ICMP id. */
export function samePacket(a: Packet, b: Packet): boolean {
  return (
    a.family === b.family &&
    a.source === b.source &&
    a.destination === b.destination &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.icmpId === b.icmpId
  );
}

/**
 * Whether two outcomes of one packet come to the same for it, where it goes next included; what a
 * second test on the way out makes of it is left out.
 *
 * @param tags - some rule asks for the packet's tag
 */
export function isSameEnd(a: Outcome, b: Outcome, tags: boolean): boolean {
  return (
    a.verdict === b.verdict &&
    a.diverted === b.diverted &&
    a.routed === b.routed &&
    isSame(a.packet, b.packet, tags) &&
    (a.second !== undefined || areSame(a.generated, b.generated, tags))
  );
}

function areSame(a: readonly Generated[], b: readonly Generated[], tags: boolean): boolean {
  return a.length === b.length && a.every((it, at) => isSameGenerated(it, b[at], tags));
}

/** Whether two packets are the same to a host, their headers alone and what it keeps beside them. */
export function isSame(a: KernelPacket, b: KernelPacket, tags: boolean): boolean {
  return (
    a.family === b.family &&
    a.source === b.source &&
    a.destination === b.destination &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.icmp?.id === b.icmp?.id &&
    a.rtable === b.rtable &&
    (!tags || a.tag === b.tag)
  );
}

function isSameGenerated(a: Generated, b: Generated | undefined, tags: boolean): boolean {
  if (b === undefined || a.kind !== b.kind) return false;
  if (a.kind === "routed" && b.kind === "routed" && a.interface !== b.interface) return false;
  return "packet" in a && "packet" in b ? isSame(a.packet, b.packet, tags) : true;
}
