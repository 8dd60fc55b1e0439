import type { KernelPacket } from "./packet.ts";

/** 32 bits that depend on a secret, on both ends of a packet and on further words. */
export function hashOfFlow(secret: number, packet: KernelPacket, ...words: number[]): number {
  let hash = secret;
  for (const address of [packet.source, packet.destination]) {
    for (let shift = 0n; shift < 128n; shift += 32n) {
      hash = mix(hash, Number((address >> shift) & 0xffffffffn));
    }
  }
  hash = mix(hash, packet.sourcePort * 0x1_0000 + packet.destinationPort);
  return words.reduce(mix, hash);
}

/** One step of the hash: multiply and fold, so that every bit of both reaches all. */
function mix(hash: number, word: number): number {
  let value = Math.imul((hash ^ word) >>> 0, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca77);
  return (value ^ (value >>> 13)) >>> 0;
}
