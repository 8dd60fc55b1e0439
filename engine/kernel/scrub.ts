import { TCP } from "../../model/packet.ts";
import { ACK, type KernelPacket } from "./packet.ts";
import type { Actions } from "./state.ts";

const LOW_DELAY = 0x10;

/**
 * Changes a packet as the options of rules ask (sections 24.2 and 24.4; follows pf_scrub).
 *
 * @param arrivedTos - TOS before anything was set
 * @param isFragment - its TCP header, if it has one, is not looked at
 */
export function scrub(
  packet: KernelPacket,
  actions: Actions,
  arrivedTos: number,
  isFragment: boolean,
): void {
  if (actions.noDf && packet.family === "inet") packet.dontFragment = false;
  if (actions.minTtl > 0 && packet.ttl < actions.minTtl) packet.ttl = actions.minTtl;
  if (actions.tos >= 0) packet.tos = (packet.tos & 3) | actions.tos;
  const tcp = isFragment ? undefined : packet.tcp;
  if (actions.maxMss > 0 && tcp !== undefined && tcp.mss > actions.maxMss) tcp.mss = actions.maxMss;
  if (actions.prio >= 0) {
    packet.priority = isLowDelay(packet, tcp, arrivedTos) ? actions.lowDelayPrio : actions.prio;
  }
}

/** TOS lowdelay as it came, or a TCP segment with ACK that carries nothing. */
function isLowDelay(packet: KernelPacket, tcp: KernelPacket["tcp"], arrivedTos: number): boolean {
  if ((arrivedTos & LOW_DELAY) !== 0) return true;
  return packet.protocol === TCP && packet.payload === 0 && ((tcp?.flags ?? 0) & ACK) !== 0;
}
