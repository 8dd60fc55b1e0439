import { hashOfFlow } from "./keyed-hash.ts";
import type { Random } from "./modulation.ts";
import type { Generated } from "./outcome.ts";
import { ACK, type KernelPacket, SYN } from "./packet.ts";
import type { State } from "./state.ts";
import { offeredMss, PROXY_DESTINATION } from "./synproxy.ts";
import { headerOf, tcpPacket } from "./tcp-packets.ts";

/** What a cookie can carry: 3 bits each. */
const MSS_TABLE = [216, 536, 1200, 1360, 1400, 1440, 1452, 1460];
const SCALE_TABLE = [0, 0, 1, 2, 4, 6, 7, 8];
const LEAST_MSS = 512;
/** Seconds; a cookie is good for one more life. */
const SECRET_LIFE = 15;

/**
 * The SYN cookies of a running pf: which are out, and under which secret (section 5; follows
 * pf_syncookies.c, OpenBSD 7.8). The low byte carries parity of the secret, scale and MSS; the rest
 * is a hash, which is not the kernel's.
 */
export class SyncookieKeys {
  readonly #random: Random;
  readonly #secrets: [number, number] = [0, 0];
  /** Cookies sent under each secret that have not come back. */
  readonly #inFlight: [number, number] = [0, 0];
  #parity: 0 | 1 = 0;
  /** Undefined: no secret is in use. */
  #rotateAt: number | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Cookies that may still come back. */
  get inFlight(): number {
    return this.#inFlight[0] + this.#inFlight[1];
  }

  /** The secret has lived its time: it is to be renewed, or stopped. */
  isDue(now: number): boolean {
    return this.#rotateAt !== undefined && now >= this.#rotateAt;
  }

  /** No cookie is out and none will be. */
  stop(): void {
    this.#rotateAt = undefined;
  }

  /** @param now - second of uptime */
  renew(now: number): void {
    this.#parity = this.#parity === 0 ? 1 : 0;
    this.#secrets[this.#parity] = this.#random(0x1_0000_0000);
    this.#inFlight[this.#parity] = 0;
    this.#rotateAt = now + SECRET_LIFE;
  }

  /**
   * SYN and ACK with a cookie; the SYN is dropped.
   *
   * @param domain - routing domain of the SYN
   */
  answer(syn: KernelPacket, domain: number): Generated {
    const tcp = headerOf(syn);
    const mss = Math.max(offeredMss(tcp), LEAST_MSS);
    // pf looks up the scale with its flag, which is above every entry
    const scale = tcp.windowScale < 0 ? indexIn(SCALE_TABLE, 0) : SCALE_TABLE.length - 1;
    const bits = (indexIn(MSS_TABLE, mss) << 5) | (scale << 2) | this.#parity;
    const hash = this.#hash(syn, tcp.sequence, bits);
    this.#inFlight[this.#parity]++;
    const packet = tcpPacket({
      family: syn.family,
      source: syn.destination,
      destination: syn.source,
      sourcePort: syn.destinationPort,
      destinationPort: syn.sourcePort,
      sequence: seal(hash, bits),
      acknowledgment: (tcp.sequence + 1) >>> 0,
      flags: SYN | ACK,
      window: 0,
      mss,
      ttl: 0,
      tag: "",
      rtable: domain,
    });
    return { kind: "send", packet };
  }

  /**
   * The SYN that a bare ACK with one of these cookies stands for; undefined: it has none. The cookie
   * is used up. The window of that SYN is the scale, and it has no scale option, as in pf.
   *
   * @param domain - routing domain of the ACK
   */
  recognise(packet: KernelPacket, domain: number): KernelPacket | undefined {
    const tcp = headerOf(packet);
    const cookie = (tcp.acknowledgment - 1) >>> 0;
    const sequence = (tcp.sequence - 1) >>> 0;
    const bits = (cookie ^ (cookie >>> 24)) & 0xff;
    const parity = (bits & 1) === 0 ? 0 : 1;
    if (this.#inFlight[parity] === 0) return undefined;
    if (seal(this.#hash(packet, sequence, bits), bits) !== cookie) return undefined;
    this.#inFlight[parity]--;
    return tcpPacket({
      family: packet.family,
      source: packet.source,
      destination: packet.destination,
      sourcePort: packet.sourcePort,
      destinationPort: packet.destinationPort,
      sequence,
      acknowledgment: 0,
      flags: SYN,
      window: SCALE_TABLE[(bits >> 2) & 7] ?? 0,
      mss: MSS_TABLE[bits >> 5] ?? 0,
      ttl: packet.ttl,
      tag: "",
      rtable: domain,
    });
  }

  #hash(packet: KernelPacket, sequence: number, bits: number): number {
    return hashOfFlow(this.#secrets[(bits & 1) === 0 ? 0 : 1], packet, sequence, bits);
  }
}

/**
 * Makes the state that a recreated SYN has made wait for the server, as if the proxy had seen the
 * client's ACK; the ACK is then tracked as any other.
 */
export function adoptCookie({ source, destination }: State, ack: KernelPacket): void {
  const tcp = headerOf(ack);
  source.high = (tcp.acknowledgment - 1) >>> 0;
  destination.high = source.high;
  source.low = (tcp.sequence - 1) >>> 0;
  source.level = PROXY_DESTINATION;
}

/** Index of the largest entry that is not above `value`; the first if all are. */
function indexIn(table: readonly number[], value: number): number {
  return Math.max(
    table.findLastIndex((entry) => entry <= value),
    0,
  );
}

/** The hash with its low byte replaced by `bits`, hidden by its high byte. */
function seal(hash: number, bits: number): number {
  return ((hash & 0xffffff00) | (bits ^ (hash >>> 24))) >>> 0;
}
