import { ICMP, ICMP6 } from "../../model/packet.ts";
import type { Direction } from "./criteria.ts";
import type { Translated } from "./evaluation.ts";
import { ECHOES } from "./icmp-families.ts";
import { hasPorts, type KernelPacket } from "./packet.ts";

/**
 * Gives a packet the addresses and ports of `to`; of ICMP the id is one of the two ports (follows
 * pf_translate and pf_test_state_icmp, OpenBSD 7.8).
 *
 * @param idIsSource - the packet is a request: its id stands where a source port would
 * @param everyId - it found its state: the id is set whatever its type, not of echoes only
 */
export function rewrite(
  packet: KernelPacket,
  to: Translated,
  idIsSource: boolean,
  everyId: boolean,
): void {
  packet.source = to.source;
  packet.destination = to.destination;
  if (packet.protocol === ICMP || packet.protocol === ICMP6) {
    const { icmp } = packet;
    if (icmp !== undefined && (everyId || ECHOES.has(icmp.type))) {
      icmp.id = idIsSource ? to.sourcePort : to.destinationPort;
    }
    return;
  }
  if (!hasPorts(packet.protocol)) return;
  packet.sourcePort = to.sourcePort;
  packet.destinationPort = to.destinationPort;
}

export function opposite(direction: Direction): Direction {
  return direction === "in" ? "out" : "in";
}
