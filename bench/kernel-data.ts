import type { KernelPacket } from "../engine/kernel/packet.ts";
import { KernelHost, packetFrom } from "../test/support/kernel-host.ts";
import { generator } from "./generator.ts";

/** What a rule names; every rule of a text names all of it. */
export interface NarrowRule {
  readonly source: number;
  readonly destination: number;
  readonly port: number;
}

/** Of `count` rules the last that matches decides, so every one of them is tested with every packet. */
export function narrowRules(count: number): readonly NarrowRule[] {
  const below = generator(20_261_124);
  return Array.from({ length: count }, () => ({
    source: (10 * 2 ** 24 + below(65_536) * 256) >>> 0,
    destination: (10 * 2 ** 24 + below(2 ** 24)) >>> 0,
    port: 1 + below(65_535),
  }));
}

export function textOf(rules: readonly NarrowRule[]): string {
  const lines = rules.map(({ source, destination, port }) => {
    const ends = `from ${dotted(source)}/24 to ${dotted(destination)} port ${port}`;
    return `pass in on em0 inet proto udp ${ends} no state`;
  });
  return ["block", ...lines, ""].join("\n");
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** Packets that are each let in by one rule of `rules`. */
export function packetsFor(rules: readonly NarrowRule[], count: number): readonly KernelPacket[] {
  const below = generator(7);
  return Array.from({ length: count }, () => {
    const { source, destination, port } = rules[below(rules.length)]!;
    return {
      ...FLOW,
      source: BigInt(source + below(256)),
      destination: BigInt(destination),
      destinationPort: port,
    };
  });
}

const FLOW = packetFrom("udp 10.0.0.5 5000 198.51.100.9 53");

/** A host that lets everything in on em0 and keeps states of it; `before` are rules in front. */
export function statefulHost(before = ""): KernelHost {
  return new KernelHost(`set limit states 2000000\nblock\n${before}pass in on em0 proto udp\n`);
}

/** The first packet of flow `index`, or the answer to it; the flows are all different. */
export function packetOfFlow(index: number, isReply: boolean): KernelPacket {
  const client = BigInt(10 * 2 ** 24 + (index >>> 4));
  const server = FLOW.destination;
  const port = 1024 + (index & 15);
  return isReply
    ? { ...FLOW, source: server, destination: client, sourcePort: 53, destinationPort: port }
    : { ...FLOW, source: client, destination: server, sourcePort: port };
}

export const IN = { direction: "in", interface: "em0", forwarded: false } as const;
export const OUT = { direction: "out", interface: "em0", forwarded: false } as const;

/** Every number below `count` once, not in their order; `count` is no multiple of 7919. */
export function shuffled(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => (index * 7919) % count);
}
