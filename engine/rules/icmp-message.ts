import { type Family, ICMP, ICMP_ERRORS, ICMP6, type Packet } from "../../model/packet.ts";

/** How pf keys one type of ICMP message. */
export interface IcmpRole {
  /** Type of the request that a reply answers; the type itself if it is no reply. */
  readonly request: number;
  readonly reply: boolean;
  /** Whether the identifier is part of the key; else 0 stands for it. */
  readonly identified: boolean;
}

type MessageHeader = Pick<Packet, "protocol" | "icmpType"> & { readonly family: Family };

/**
 * The role of a message among ICMP queries (pf_icmp_mapping; pf-semantics.md 22).
 *
 * Neighbour solicitations and listener queries are keyed in pf by an id made from their target
 * address, which is no field of a packet here: their addresses alone stand for it.
 */
export function icmpRole({ family, icmpType }: MessageHeader): IcmpRole {
  for (const [request, answer, identified] of ICMP_QUERIES[family]) {
    if (icmpType === request) return { request, reply: false, identified };
    if (icmpType === answer) return { request, reply: true, identified };
  }
  return { request: icmpType, reply: false, identified: false };
}

export function isIcmp({ protocol }: Pick<Packet, "protocol">): boolean {
  return protocol === ICMP || protocol === ICMP6;
}

/** Whether the message reports on another packet, which pf then looks up instead. */
export function isIcmpError(packet: MessageHeader): boolean {
  return isIcmp(packet) && ICMP_ERRORS[packet.family].includes(packet.icmpType);
}

/** Advertisements never find or make a state (pf-semantics.md 22, 37 A8). */
export function isNeighbourAdvertisement(packet: MessageHeader): boolean {
  return packet.protocol === ICMP6 && packet.icmpType === 136;
}

/** An echo request: the only message whose identifier nat-to replaces (pf-semantics.md 17). */
export function isEchoRequest(packet: MessageHeader): boolean {
  return isIcmp(packet) && packet.icmpType === (packet.family === "inet" ? 8 : 128);
}

/** Request type, reply type, and whether they carry an identifier. */
export const ICMP_QUERIES: Readonly<
  Record<Family, readonly (readonly [number, number, boolean])[]>
> = {
  inet: [
    [8, 0, true],
    [13, 14, true],
    [15, 16, true],
    [17, 18, true],
    [33, 34, false],
    [35, 36, false],
    [10, 9, false],
  ],
  inet6: [
    [128, 129, true],
    [139, 140, false],
    [200, 201, false],
  ],
};
