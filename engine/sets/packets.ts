import type { AddressRange, Prefix } from "../../model/address.ts";
import {
  addressBits,
  type Family,
  ICMP,
  ICMP6,
  type Packet,
  TCP,
  UDP,
} from "../../model/packet.ts";
import {
  FIELDS,
  type Field,
  type FieldValues,
  type PacketSet,
  type PacketSets,
} from "./packet-sets.ts";

/** Fields that name a flow: what a pf state remembers of a packet besides the request type. */
export const NOT_IN_KEYS = ["flags", "tos", "fragment", "options"] as const;

/** Which of a packet's addresses. */
export type End = "source" | "destination";

const FRAGMENTS = { no: 0n, first: 1n, later: 2n } as const;
const FAMILIES = { inet: 0n, inet6: 1n } as const;

/** The place of an address in the 128-bit address fields: inet fills the first 32 bits. */
export function fieldAddress(family: Family, value: bigint): bigint {
  return value << BigInt(128 - addressBits(family));
}

const CONSTANTS = new WeakMap<PacketSets, Map<string, PacketSet>>();

/** The set that `make` builds, built once per {@link PacketSets} and name. */
export function constant(sets: PacketSets, name: string, make: () => PacketSet): PacketSet {
  let known = CONSTANTS.get(sets);
  if (known === undefined) {
    known = new Map();
    CONSTANTS.set(sets, known);
  }
  let set = known.get(name);
  if (set === undefined) {
    set = make();
    known.set(name, set);
  }
  return set;
}

/** Packets of any of the sets. */
export function union(sets: PacketSets, parts: readonly PacketSet[]): PacketSet {
  return parts.reduce((all, some) => sets.or(all, some), sets.empty);
}

const HEADERS = Object.keys(FIELDS) as readonly Field[];

/** Any packets under the labels of those. */
export function relabelled(sets: PacketSets, set: PacketSet): PacketSet {
  return sets.forget(set, HEADERS);
}

/** Packets of one family. */
export function ofFamily(sets: PacketSets, family: Family): PacketSet {
  return constant(sets, family, () => sets.range("family", FAMILIES[family], FAMILIES[family]));
}

/** Packets of one IP protocol. */
export function ofProtocol(sets: PacketSets, protocol: number): PacketSet {
  return constant(sets, `protocol ${protocol}`, () => {
    return sets.range("protocol", BigInt(protocol), BigInt(protocol));
  });
}

/** Packets whose ICMP type is `type`; the protocol is not tested. */
export function icmpType(sets: PacketSets, type: number): PacketSet {
  return constant(sets, `icmp type ${type}`, () => {
    return sets.range("destinationPort", BigInt(type * 256), BigInt(type * 256 + 255));
  });
}

/** Packets whose source or destination lies in `range`; the family is tested too. */
export function inRange(
  sets: PacketSets,
  field: "source" | "destination",
  range: AddressRange,
): PacketSet {
  const low = fieldAddress(range.family, range.first);
  const unused = (1n << BigInt(128 - addressBits(range.family))) - 1n;
  const high = fieldAddress(range.family, range.last) | unused;
  return sets.and(ofFamily(sets, range.family), sets.range(field, low, high));
}

/** Packets whose source or destination lies in the network `prefix`. */
export function inPrefix(
  sets: PacketSets,
  field: "source" | "destination",
  prefix: Prefix,
): PacketSet {
  const { family, value, length } = prefix;
  const mask = ((1n << BigInt(length)) - 1n) << BigInt(128 - length);
  const bits = sets.masked(field, fieldAddress(family, value) & mask, mask);
  return sets.and(ofFamily(sets, family), bits);
}

/** The field values of one packet. */
export function valuesOf(packet: Packet): FieldValues {
  const icmp = isIcmp(packet.protocol);
  return {
    family: FAMILIES[packet.family],
    protocol: BigInt(packet.protocol),
    source: fieldAddress(packet.family, packet.source),
    destination: fieldAddress(packet.family, packet.destination),
    sourcePort: BigInt(icmp ? packet.icmpId : packet.sourcePort),
    destinationPort: BigInt(
      icmp ? packet.icmpType * 256 + packet.icmpCode : packet.destinationPort,
    ),
    flags: BigInt(packet.flags),
    tos: BigInt(packet.tos),
    fragment: FRAGMENTS[packet.fragment],
    options: packet.options ? 1n : 0n,
  };
}

/** The packet with these field values; a field its protocol does not have becomes 0. */
export function packetOf(values: FieldValues): Packet {
  const family: Family = values.family === 0n ? "inet" : "inet6";
  const protocol = Number(values.protocol);
  const icmp = isIcmp(protocol);
  const ports = protocol === TCP || protocol === UDP;
  const shift = BigInt(128 - addressBits(family));
  const port = Number(values.destinationPort);
  return {
    family,
    protocol,
    source: values.source >> shift,
    destination: values.destination >> shift,
    sourcePort: ports ? Number(values.sourcePort) : 0,
    destinationPort: ports ? port : 0,
    flags: protocol === TCP ? Number(values.flags) : 0,
    icmpType: icmp ? port >> 8 : 0,
    icmpCode: icmp ? port & 255 : 0,
    icmpId: icmp ? Number(values.sourcePort) : 0,
    tos: Number(values.tos),
    ttl: 64,
    fragment: values.fragment === 1n ? "first" : values.fragment === 2n ? "later" : "no",
    options: values.options === 1n,
  };
}

/** The set of exactly one packet, its fields without meaning left open. */
export function only(sets: PacketSets, packet: Packet): PacketSet {
  const values = valuesOf(packet);
  const address = (field: "source" | "destination"): PacketSet =>
    inRange(sets, field, { family: packet.family, first: packet[field], last: packet[field] });
  const equal = (field: keyof FieldValues): PacketSet =>
    sets.range(field, values[field], values[field]);
  let set = sets.and(address("source"), address("destination"));
  for (const field of ["protocol", "tos", "fragment", "options"] as const) {
    set = sets.and(set, equal(field));
  }
  if (hasPorts(packet.protocol)) {
    set = sets.and(set, sets.and(equal("sourcePort"), equal("destinationPort")));
  }
  return packet.protocol === TCP ? sets.and(set, equal("flags")) : set;
}

function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || isIcmp(protocol);
}

function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMP6;
}
