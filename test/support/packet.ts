import { parseAddress } from "../../model/address-text.ts";
import { type Packet, TCP_FLAGS } from "../../model/packet.ts";

/** A UDP packet from port 5000 to port 53, unless `fields` says otherwise; flags as letters. */
export function packet(
  source: string,
  destination: string,
  fields: Partial<Omit<Packet, "flags">> & { readonly flags?: string } = {},
): Packet {
  const from = address(source);
  const { flags = "", ...rest } = fields;
  const protocol = rest.protocol ?? 17;
  const ported = protocol === 6 || protocol === 17;
  return {
    family: from.family,
    protocol,
    source: from.value,
    destination: address(destination).value,
    sourcePort: ported ? 5000 : 0,
    destinationPort: ported ? 53 : 0,
    flags: [...flags].reduce((bits, letter) => bits | (1 << TCP_FLAGS.indexOf(letter)), 0),
    icmpType: 0,
    icmpCode: 0,
    icmpId: 0,
    tos: 0,
    ttl: 64,
    fragment: "no",
    options: false,
    ...rest,
  };
}

function address(text: string): {
  readonly family: "inet" | "inet6";
  readonly value: bigint;
} {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new RangeError(`no address: ${text}`);
  return parsed;
}
