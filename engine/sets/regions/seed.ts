import { TCP, UDP } from "../../../model/packet.ts";
import type { Field, FieldValues, PacketSet, PacketSets } from "../packet-sets.ts";
import { FIELD_NAMES } from "./product.ts";

/** Smallest values are taken in this order; where little is asked for is where values are small. */
const ORDER: readonly Field[] = [
  "family",
  "protocol",
  "options",
  "fragment",
  "source",
  "destination",
  "destinationPort",
  "sourcePort",
  "flags",
  "tos",
];

/** Protocols that rules part by more than the others: what holds for them holds for more. */
const FIRST_PROTOCOLS = [BigInt(TCP), BigInt(UDP)] as const;

const UNUSED = (1n << 96n) - 1n;

/**
 * A member of a set that is not empty: TCP before UDP before others, then that with the smallest
 * values. The same in every implementation.
 */
export function seedOf(sets: PacketSets, set: PacketSet): FieldValues {
  const values = {} as Record<Field, bigint>;
  let rest = set;
  for (const field of ORDER) {
    const value = chosenValue(sets, rest, field);
    const isShort = (field === "source" || field === "destination") && values.family === 0n;
    values[field] = value;
    rest = sets.and(rest, sets.range(field, value, isShort ? value | UNUSED : value));
  }
  return values;
}

function chosenValue(sets: PacketSets, set: PacketSet, field: Field): bigint {
  if (field === "protocol") {
    const first = FIRST_PROTOCOLS.find((it) => sets.meets(set, sets.range(field, it, it)));
    if (first !== undefined) return first;
  }
  const others = FIELD_NAMES.filter((it) => it !== field && it !== "family");
  return sets.sample(sets.forget(set, others))?.[field] ?? 0n;
}
