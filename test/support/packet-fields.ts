import { checkHeaders } from "../../engine/kernel/headers.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { PacketFunctions } from "../../engine/sets/packet-functions.ts";
import type { Field, FieldValues, PacketSet } from "../../engine/sets/packet-sets.ts";
import { fieldAddress } from "../../engine/sets/packets.ts";
import { ICMP, ICMP6 } from "../../model/packet.ts";

/** The fields of a packet that sets speak of. */
export function fieldsOf(packet: KernelPacket): FieldValues {
  const { family, protocol, icmp, fragment } = packet;
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  const { hasOptions, isFragment } = checkHeaders(packet);
  return {
    family: family === "inet" ? 0n : 1n,
    protocol: BigInt(protocol),
    source: fieldAddress(family, packet.source),
    destination: fieldAddress(family, packet.destination),
    sourcePort: BigInt(isIcmp ? (icmp?.id ?? 0) : packet.sourcePort),
    destinationPort: BigInt(
      isIcmp ? (icmp?.type ?? 0) * 256 + (icmp?.code ?? 0) : packet.destinationPort,
    ),
    flags: BigInt(packet.tcp?.flags ?? 0),
    tos: BigInt(packet.tos),
    fragment: isFragment ? (fragment?.offset === 0 ? 1n : 2n) : 0n,
    options: hasOptions ? 1n : 0n,
  };
}

/** The set of one packet. */
export function only(sets: PacketFunctions, fields: FieldValues): PacketSet {
  const unused = fields.family === 0n ? (1n << 96n) - 1n : 0n;
  return Object.entries(fields).reduce((all, [field, value]) => {
    const isAddress = field === "source" || field === "destination";
    const last = isAddress ? value | unused : value;
    return sets.and(all, sets.range(field as Field, value, last));
  }, sets.all);
}
