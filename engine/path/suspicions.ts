import type { InterfaceReference, Network } from "../../model/network.ts";
import { addressBits } from "../../model/packet.ts";
import type { Attachment, Suspicion, Wire } from "./wiring.ts";

/** First ten bits of fe80::/10. */
const LINK_LOCAL = 0x3fan;

/**
 * Pairs of wires that share a subnet, and that nothing joins or keeps apart: silence is not
 * separation (claims.md 5). One pair of ends for each pair of wires, in the order of wires.
 */
export function suspicionsOf(network: Network, wires: readonly Wire[]): readonly Suspicion[] {
  const found = new Map<string, Suspicion & { readonly order: readonly [number, number] }>();
  for (const ends of endsBySubnet(wires).values()) {
    for (const [at, first] of ends.entries()) {
      for (const second of ends.slice(at + 1)) {
        if (first.wire === second.wire || areApart(network, first.end, second.end)) continue;
        const [a, b] = first.wire.index < second.wire.index ? [first, second] : [second, first];
        const key = `${a.wire.index} ${b.wire.index}`;
        if (a.end.host === b.end.host || found.has(key)) continue;
        found.set(key, { ...suspicion(a.end, b.end), order: [a.wire.index, b.wire.index] });
      }
    }
  }
  return [...found.values()]
    .toSorted((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1])
    .map(({ id, ends, reason }) => ({ id, ends, reason }));
}

interface WireEnd {
  readonly wire: Wire;
  readonly end: Attachment;
}

/** Ends by the networks of their addresses; those of one address are in none. */
function endsBySubnet(wires: readonly Wire[]): ReadonlyMap<string, readonly WireEnd[]> {
  const found = new Map<string, WireEnd[]>();
  for (const wire of wires) {
    for (const end of wire.attachments) {
      for (const { family, value, length } of end.interface.addresses) {
        const shift = BigInt(addressBits(family) - length);
        if (shift === 0n || (family === "inet6" && value >> 118n === LINK_LOCAL)) continue;
        const key = `${family} ${value >> shift}/${length}`;
        const ends = found.get(key);
        if (ends === undefined) found.set(key, [{ wire, end }]);
        else ends.push({ wire, end });
      }
    }
  }
  return found;
}

function suspicion(a: Attachment, b: Attachment): Suspicion {
  const [left, right] = [a, b].map((end) => `${end.host.name}:${end.interface.name}`);
  return {
    id: `wire ${left} ${right}`,
    ends: [a, b],
    reason: `is ${left} the same wire as ${right}? both are in one subnet`,
  };
}

function areApart(network: Network, a: Attachment, b: Attachment): boolean {
  const listed = (group: readonly InterfaceReference[], end: Attachment): boolean =>
    group.some((it) => it.host === end.host.name && it.interface === end.interface.name);
  return network.apart.some((group) => listed(group, a) && listed(group, b));
}
