/** Address family as pf.conf(5) writes it. */
export type Family = "inet" | "inet6";

/**
 * The header fields of one packet that pf or a router can look at.
 *
 * Fields that a protocol does not have are 0. Addresses are unsigned, in host order:
 * below 2³² for inet, below 2¹²⁸ for inet6.
 */
export interface Packet {
  readonly family: Family;
  /** IANA number, 0 … 255. */
  readonly protocol: number;
  readonly source: bigint;
  readonly destination: bigint;
  /** TCP and UDP only, else 0. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** TCP only: FIN SYN RST PSH ACK URG ECE CWR are bits 0 … 7 (pf.conf letters `FSRPAUEW`). */
  readonly flags: number;
  /** ICMP and ICMPv6 only. */
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly icmpId: number;
  /** Type of service, 0 … 255. */
  readonly tos: number;
  readonly ttl: number;
  /** A fragment that was not reassembled: `first` has the transport header, `later` has not. */
  readonly fragment: "no" | "first" | "later";
  /** IP options or IPv6 options headers that need `allow-opts`. */
  readonly options: boolean;
  /** ICMP errors only: the header of the packet that the error is about. */
  readonly quoted?: QuotedPacket;
}

/** The part of an offending packet that an ICMP error carries back. */
export type QuotedPacket = Pick<
  Packet,
  | "protocol"
  | "source"
  | "destination"
  | "sourcePort"
  | "destinationPort"
  | "icmpType"
  | "icmpCode"
  | "icmpId"
>;

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMP6 = 58;

/** Bits of {@link Packet.flags} in pf's letter order. */
export const TCP_FLAGS = "FSRPAUEW";

/** Number of bits of an address of `family`. */
export function addressBits(family: Family): 32 | 128 {
  return family === "inet" ? 32 : 128;
}

/** The reply type of each ICMP query, by family: request type → reply type (RFC 792, RFC 4443). */
export const ICMP_REPLIES: Readonly<Record<Family, readonly (readonly [number, number])[]>> = {
  inet: [
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ],
  inet6: [[128, 129]],
};

/** ICMP types that report on another packet: pf looks the quoted packet up, not the error. */
export const ICMP_ERRORS: Readonly<Record<Family, readonly number[]>> = {
  inet: [3, 4, 5, 11, 12],
  inet6: [1, 2, 3, 4],
};
