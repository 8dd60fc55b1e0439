import { type Family, ICMP_ERRORS } from "../../../model/packet.ts";
import { classifyQuoted } from "../../kernel/icmp.ts";

const NEIGHBOR_ADVERT = 136;

/** What pf takes the ICMP messages of one family for (section 22); its own table is the source. */
export interface IcmpTypes {
  /** Types with an id in their keys. */
  readonly identified: readonly number[];
  /** Reply by its request; no reply to a neighbour solicitation is ever looked up. */
  readonly replies: ReadonlyMap<number, number>;
  /** Types that make no state and are looked up by what they quote, or not at all. */
  readonly stateless: readonly number[];
}

export const ICMP_TYPES: Readonly<Record<Family, IcmpTypes>> = {
  inet: typesOf("inet"),
  inet6: typesOf("inet6"),
};

function typesOf(family: Family): IcmpTypes {
  const identified: number[] = [];
  const replies = new Map<number, number>();
  for (let icmpType = 0; icmpType < 256; icmpType++) {
    const id = 0xabc;
    const header = { source: 0n, destination: 0n, sourcePort: 0, destinationPort: 0, sequence: 0 };
    const of = classifyQuoted({ ...header, protocol: 0, icmpType, icmpId: id }, family);
    if (of.id === id) identified.push(icmpType);
    if (of.kind === "reply" && icmpType !== NEIGHBOR_ADVERT) replies.set(of.type, icmpType);
  }
  const errors = ICMP_ERRORS[family];
  return {
    identified,
    replies,
    stateless: family === "inet6" ? [...errors, NEIGHBOR_ADVERT] : errors,
  };
}

/** ICMP replies by family as rules that keep state see them: an advertisement is none. */
export const REPLIES: Readonly<Record<Family, ReadonlySet<number>>> = {
  inet: new Set(ICMP_TYPES.inet.replies.values()),
  inet6: new Set(ICMP_TYPES.inet6.replies.values()),
};
