import { ICMP, ICMP6 } from "../../model/packet.ts";
import type { Direction } from "./criteria.ts";
import type { Translated } from "./evaluation.ts";
import type { KernelPacket } from "./packet.ts";

const ECHO: ReadonlySet<number> = new Set([0, 8, 128, 129]);

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
    if (icmp !== undefined && (everyId || ECHO.has(icmp.type))) {
      icmp.id = idIsSource ? to.sourcePort : to.destinationPort;
    }
    return;
  }
  if (packet.tcp === undefined && !hasPorts(packet)) return;
  packet.sourcePort = to.sourcePort;
  packet.destinationPort = to.destinationPort;
}

function hasPorts({ protocol }: KernelPacket): boolean {
  return protocol === 6 || protocol === 17;
}

export function opposite(direction: Direction): Direction {
  return direction === "in" ? "out" : "in";
}
