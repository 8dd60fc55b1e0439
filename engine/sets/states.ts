import { type Family, ICMP, ICMP6 } from "../../model/packet.ts";
import { ICMP_QUERIES } from "../rules/icmp-message.ts";
import { icmpErrors } from "./gate.ts";
import type { Field, PacketSet, PacketSets } from "./packet-sets.ts";
import { constant, icmpType, NOT_IN_KEYS, ofProtocol } from "./packets.ts";
import { type Rewrite, rewrite, unrewrite } from "./rewrite.ts";

/**
 * States that differ in their keys only (pf-semantics.md 6): same host, direction of creation,
 * translation, binding, routing domains and label.
 *
 * `keys` are the packets that made them, as pf was given them, with every field open that is not
 * part of a key. A state never expires and never refuses (claims.md 2).
 */
export interface StateClass {
  readonly direction: "in" | "out";
  readonly rewrite: Rewrite;
  /** If-bound states answer on this interface only. */
  readonly boundTo?: string;
  /** Routing domain of the key on the creating packet's side, and of the other one. */
  readonly rdomainBefore: number;
  readonly rdomainAfter: number;
  keys: PacketSet;
}

/** Packets of one direction that hit some state, and what leaves the test. */
export interface Hits {
  readonly hit: PacketSet;
  readonly becomes: PacketSet;
}

const NEIGHBOR_SOLICITATION = 135;

/**
 * The keys of the states that `packets` make.
 *
 * ICMP keys hold the type but not the code; types that are no query hold no id. Neighbour
 * solicitations are keyed by their target, which is no field here: any destination stands for it.
 */
export function keysOf(sets: PacketSets, packets: PacketSet): PacketSet {
  const open = sets.forget(packets, NOT_IN_KEYS);
  const icmp = icmpPackets(sets);
  const coded = sets.blur(sets.and(open, icmp), "destinationPort", 0xffn);
  const queries = sets.and(coded, queryTypes(sets));
  const others = sets.forget(sets.diff(coded, queryTypes(sets)), ["sourcePort"]);
  const discovery = sets.and(others, typed(sets, ICMP6, NEIGHBOR_SOLICITATION));
  const parts = [queries, others, sets.forget(discovery, ["destination"])];
  return parts.reduce((all, part) => sets.or(all, part), sets.diff(open, icmp));
}

/**
 * Packets of `packets` that find a state of the class although they come in direction `direction`,
 * and the packets that they become. ICMP errors hit where the packets of {@link imitated} do.
 */
export function stateHits(
  sets: PacketSets,
  states: StateClass,
  keys: PacketSet,
  packets: PacketSet,
  direction: "in" | "out",
): Hits {
  if (direction === states.direction) {
    const hit = sets.and(packets, keys);
    return { hit, becomes: rewrite(sets, hit, states.rewrite) };
  }
  const asked = sets.and(askedBy(sets, packets), rewrite(sets, keys, states.rewrite));
  if (asked === sets.empty) return { hit: sets.empty, becomes: sets.empty };
  const original = sets.and(unrewrite(sets, asked, states.rewrite), keys);
  const hit = sets.and(packets, answersTo(sets, asked));
  return { hit, becomes: answersTo(sets, original) };
}

/**
 * The packets that ICMP errors of `errors` can imitate: those with the destination of some of them.
 *
 * An error goes where its quoted source is, so destination and family are its own; everything else
 * of the imitated packet comes from the quoted one, which whoever sends the error makes up.
 */
export function imitated(sets: PacketSets, errors: PacketSet): PacketSet {
  return destinationsOf(sets, sets.and(errors, icmpErrors(sets)));
}

/** Packets that some ICMP error can imitate: errors quote no errors. */
export function imitable(sets: PacketSets): PacketSet {
  return sets.not(icmpErrors(sets));
}

/** The packets that answer `packets`: ends exchanged, an ICMP query turned into its reply. */
export function answersTo(sets: PacketSets, packets: PacketSet): PacketSet {
  return mirrored(sets, packets);
}

/** The packets that `packets` answer. */
export function askedBy(sets: PacketSets, packets: PacketSet): PacketSet {
  return mirrored(sets, packets);
}

/** Also a reply is answered, by its query: a sloppy rule lets it make a state, which admits that. */
function mirrored(sets: PacketSets, packets: PacketSet): PacketSet {
  const icmp = icmpPackets(sets);
  let result = sets.swap(sets.diff(packets, icmp));
  const messages = sets.and(packets, icmp);
  if (messages === sets.empty) return result;
  for (const [protocol, pairs] of [
    [ICMP, ICMP_QUERIES.inet],
    [ICMP6, ICMP_QUERIES.inet6],
  ] as const) {
    for (const [asked, answered] of pairs) {
      for (const [from, to] of [
        [asked, answered],
        [answered, asked],
      ] as const) {
        const some = sets.and(messages, typed(sets, protocol, from));
        if (some === sets.empty) continue;
        result = sets.or(result, sets.swapAddresses(retyped(sets, some, to)));
      }
    }
  }
  return result;
}

/** Messages turned into type `type`, any code. */
function retyped(sets: PacketSets, messages: PacketSet, type: number): PacketSet {
  return sets.and(sets.forget(messages, ["destinationPort"]), icmpType(sets, type));
}

function destinationsOf(sets: PacketSets, packets: PacketSet): PacketSet {
  const others: readonly Field[] = ["protocol", "source", "sourcePort", "destinationPort"];
  return sets.forget(packets, [...others, ...NOT_IN_KEYS]);
}

function queryTypes(sets: PacketSets): PacketSet {
  return constant(sets, "icmp queries", () => {
    const identified = (protocol: number, family: Family): readonly PacketSet[] =>
      ICMP_QUERIES[family].flatMap(([query, reply, id]) =>
        id ? [query, reply].map((type) => typed(sets, protocol, type)) : [],
      );
    const queries = [...identified(ICMP, "inet"), ...identified(ICMP6, "inet6")];
    return queries.reduce((all, some) => sets.or(all, some), sets.empty);
  });
}

function typed(sets: PacketSets, protocol: number, type: number): PacketSet {
  return sets.and(ofProtocol(sets, protocol), icmpType(sets, type));
}

function icmpPackets(sets: PacketSets): PacketSet {
  return constant(sets, "icmp", () => sets.or(ofProtocol(sets, ICMP), ofProtocol(sets, ICMP6)));
}
