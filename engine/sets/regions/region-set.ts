import type { AddressRange } from "../../../model/address.ts";
import { TCP } from "../../../model/packet.ts";
import type { NumberRange, Region } from "../../../model/region.ts";
import type { Field, PacketSet, PacketSets } from "../packet-sets.ts";
import { inRange, ofFamily, ofProtocol } from "../packets.ts";
import { whole } from "../rules/headers.ts";
import { headed, icmp, ported, replies } from "./meaning.ts";

const FRAGMENTS = { no: [0n, 0n], first: [1n, 1n], later: [2n, 3n] } as const;

/** The packets of a region, read from its lists alone: what {@link Region} says, as a set. */
export function regionSet(sets: PacketSets, region: Region): PacketSet {
  const { fragments, messages, messageIds, sourcePorts, destinationPorts, flags } = region;
  const shown = fragments === undefined ? whole(sets) : headed(sets);
  const tests: PacketSet[] = [
    numbers(sets, "protocol", region.protocols),
    addresses(sets, "source", region.source),
    addresses(sets, "destination", region.destination),
    numbers(sets, "tos", region.tos),
  ];
  if (region.family !== undefined) tests.push(ofFamily(sets, region.family));
  if (region.options !== undefined) {
    const value = region.options ? 1n : 0n;
    tests.push(sets.range("options", value, value));
  }
  if (fragments !== undefined) {
    const each = fragments.map((it) => {
      const [first, last] = FRAGMENTS[it];
      return sets.range("fragment", first, last);
    });
    tests.push(united(sets, each));
  }
  if (sourcePorts !== undefined || destinationPorts !== undefined) {
    tests.push(shown, ported(sets));
    tests.push(numbers(sets, "sourcePort", sourcePorts));
    tests.push(numbers(sets, "destinationPort", destinationPorts));
  }
  if (messages !== undefined || messageIds !== undefined) {
    tests.push(shown, icmp(sets));
    tests.push(numbers(sets, "sourcePort", messageIds));
    tests.push(numbers(sets, "destinationPort", messages));
  }
  if (flags !== undefined) {
    const met = sets.and(shown, numbers(sets, "flags", flags));
    tests.push(sets.or(sets.not(ofProtocol(sets, TCP)), met));
  }
  const all = tests.reduce((set, test) => sets.and(set, test), sets.all);
  const kept = region.withoutReplies ? sets.diff(all, replies(sets)) : all;
  return region.except.reduce((set, hole) => sets.diff(set, regionSet(sets, hole)), kept);
}

function numbers(
  sets: PacketSets,
  field: Field,
  ranges: readonly NumberRange[] | undefined,
): PacketSet {
  if (ranges === undefined) return sets.all;
  const each = ranges.map(({ first, last }) => sets.range(field, BigInt(first), BigInt(last)));
  return united(sets, each);
}

function addresses(
  sets: PacketSets,
  field: "source" | "destination",
  ranges: readonly AddressRange[] | undefined,
): PacketSet {
  if (ranges === undefined) return sets.all;
  return united(
    sets,
    ranges.map((range) => inRange(sets, field, range)),
  );
}

/** The union, half by half: lists may be long. */
function united(sets: PacketSets, parts: readonly PacketSet[]): PacketSet {
  if (parts.length <= 1) return parts[0] ?? sets.empty;
  const half = parts.length >> 1;
  return sets.or(united(sets, parts.slice(0, half)), united(sets, parts.slice(half)));
}
