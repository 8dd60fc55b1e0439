import type { Family, QuotedPacket } from "../../model/packet.ts";
import { icmpRole, isIcmp } from "./icmp-message.ts";

/**
 * One side of a state: what a packet must be to belong to it (pf-semantics.md 6).
 *
 * Index 0 is the far end as seen through the interface, 1 the near end, whoever sent first; so a
 * request and its reply have the same key.
 */
export interface StateKey {
  readonly family: Family;
  readonly protocol: number;
  readonly rdomain: number;
  readonly addresses: readonly [far: bigint, near: bigint];
  /** Of an ICMP query: the identifier at the asking end, the request type at the asked one. */
  readonly ports: readonly [far: number, near: number];
  /** All of the above; equal iff the keys are. */
  readonly text: string;
}

/** The key of a packet that goes in direction `direction` in routing domain `rdomain`. */
export function keyOf(
  packet: QuotedPacket & { readonly family: Family },
  direction: "in" | "out",
  rdomain: number,
): StateKey {
  const { family, protocol, source, destination } = packet;
  const [from, to] = portsOf(packet);
  return direction === "in"
    ? stateKey(family, protocol, rdomain, [source, destination], [from, to])
    : stateKey(family, protocol, rdomain, [destination, source], [to, from]);
}

/** The key of the packet that a quoted one would be answered by, in the direction of the error. */
export function answerKeyOf(
  quoted: QuotedPacket,
  family: Family,
  direction: "in" | "out",
  rdomain: number,
): StateKey {
  return keyOf({ ...quoted, family }, direction === "in" ? "out" : "in", rdomain);
}

/** The packet with addresses, ports and identifier of `key`, going in direction `direction`. */
export function rewrittenTo<P extends QuotedPacket & { readonly family: Family }>(
  packet: P,
  direction: "in" | "out",
  key: StateKey,
): P {
  const [far, near] = key.addresses;
  const [farPort, nearPort] = key.ports;
  const [source, destination] = direction === "in" ? [far, near] : [near, far];
  const [from, to] = direction === "in" ? [farPort, nearPort] : [nearPort, farPort];
  if (isIcmp(packet)) {
    const { reply, identified } = icmpRole(packet);
    const icmpId = reply ? to : from;
    return { ...packet, source, destination, ...(identified ? { icmpId } : {}) };
  }
  return { ...packet, source, destination, sourcePort: from, destinationPort: to };
}

function stateKey(
  family: Family,
  protocol: number,
  rdomain: number,
  addresses: readonly [bigint, bigint],
  ports: readonly [number, number],
): StateKey {
  const text = `${family} ${protocol} ${rdomain} ${addresses.join()} ${ports.join()}`;
  return { family, protocol, rdomain, addresses, ports, text };
}

/** Source and destination port, or what stands for them in an ICMP message. */
function portsOf(packet: QuotedPacket & { readonly family: Family }): readonly [number, number] {
  if (!isIcmp(packet)) return [packet.sourcePort, packet.destinationPort];
  const { request, reply, identified } = icmpRole(packet);
  const id = identified ? packet.icmpId : 0;
  return reply ? [request, id] : [id, request];
}
