import { hashOfFlow } from "./keyed-hash.ts";
import { ACK, type KernelPacket, SYN, type TcpHeader } from "./packet.ts";
import type { Peer } from "./state.ts";
import { headerOf } from "./tcp-packets.ts";

/** Uniform below its argument. */
export type Random = (below: number) => number;

/**
 * Initial sequence numbers for `modulate state`: a flow keeps its own, 4096 further with each state
 * that any flow makes (follows pf_tcp_iss, OpenBSD 7.8; the hash is not the kernel's, and nothing is
 * added with time). So a second state of the same flow, on its way out, shifts by 4096 only.
 */
export class InitialSequences {
  readonly #secret: number;
  #offset = 0;

  constructor(random: Random) {
    this.#secret = random(0x1_0000_0000);
  }

  /** @param domain - routing domain of the packet */
  next(packet: KernelPacket, domain: number): number {
    this.#offset = (this.#offset + 4096) >>> 0;
    return (hashOfFlow(this.#secret, packet, domain) + this.#offset) >>> 0;
  }
}

/**
 * Starts `modulate state` with the packet that made the state: only a pure SYN is modulated
 * (follows pf_create_state, OpenBSD 7.8).
 *
 * @param source - of the new state
 * @param packet - before it is translated
 * @param domain - routing domain of the packet
 */
export function beginModulation(
  source: Peer,
  packet: KernelPacket,
  domain: number,
  sequences: InitialSequences,
): void {
  const tcp = headerOf(packet);
  if ((tcp.flags & (SYN | ACK)) !== SYN) return;
  source.shift = (sequences.next(packet, domain) - tcp.sequence) >>> 0 || 1;
  tcp.sequence = (tcp.sequence + source.shift) >>> 0;
}

/**
 * Shifts the first packet seen of an end; the shift is drawn now if the other end has one.
 *
 * @returns the acknowledgment in the receiver's own numbers
 */
export function modulateFirst(
  sender: Peer,
  receiver: Peer,
  tcp: TcpHeader,
  random: Random,
): number {
  if (receiver.shift === 0 || sender.shift !== 0) return tcp.acknowledgment;
  sender.shift = drawShift(random);
  return rewrite(sender, receiver, tcp);
}

/**
 * Shifts a later packet, if its sender has a shift.
 *
 * @returns the acknowledgment in the receiver's own numbers
 */
export function modulateLater(sender: Peer, receiver: Peer, tcp: TcpHeader): number {
  if (sender.shift === 0) return (tcp.acknowledgment - receiver.shift) >>> 0;
  return rewrite(sender, receiver, tcp);
}

/** Rewrites the acknowledgment even of a packet without ACK, as pf does. */
function rewrite(sender: Peer, receiver: Peer, tcp: TcpHeader): number {
  tcp.sequence = (tcp.sequence + sender.shift) >>> 0;
  tcp.acknowledgment = (tcp.acknowledgment - receiver.shift) >>> 0;
  return tcp.acknowledgment;
}

/** Any but 0, which means none. */
function drawShift(random: Random): number {
  return random(0xffffffff) + 1;
}
