import { TCP } from "../../model/packet.ts";
import type { TestContext } from "./criteria.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Socket } from "./surroundings.ts";

/**
 * The local socket of a packet as it came: a connected one, else one that listens on the address,
 * else one that listens on any (follows pf_socket_lookup, OpenBSD 7.8).
 */
export function socketOf(evaluation: Evaluation, context: TestContext): Socket | undefined {
  const { packet, direction, forwarded, domain } = evaluation;
  if (forwarded) return undefined;
  const { family, protocol, source, destination, sourcePort, destinationPort } = packet;
  const [local, localPort, foreign, foreignPort] =
    direction === "in"
      ? [destination, destinationPort, source, sourcePort]
      : [source, sourcePort, destination, destinationPort];
  const candidates = context.surroundings.sockets.filter((it) => {
    return (
      it.family === family &&
      it.protocol === protocol &&
      it.localPort === localPort &&
      it.rdomain === domain
    );
  });
  return (
    candidates.find((it) => {
      return it.local === local && it.foreign === foreign && it.foreignPort === foreignPort;
    }) ??
    candidates.find((it) => it.local === local && isOpen(it)) ??
    candidates.find((it) => it.local === 0n && isOpen(it))
  );
}

/** A listening socket of TCP, or one of UDP that is not connected. */
function isOpen({ foreign, protocol }: Socket): boolean {
  return foreign === undefined || (protocol !== TCP && foreign === 0n);
}
