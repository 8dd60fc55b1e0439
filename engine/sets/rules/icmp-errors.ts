import { type Family, ICMP, ICMP_ERRORS, ICMP6 } from "../../../model/packet.ts";
import { IGMP, MLD_TYPES } from "../../kernel/headers.ts";
import { icmpIn4, icmpIn6 } from "../../kernel/icmp-families.ts";
import type { FieldChange, PacketFunctions } from "../packet-functions.ts";
import { FIELDS, type Field, type PacketSet, type PacketSets } from "../packet-sets.ts";
import { constant, NOT_IN_KEYS, ofFamily, ofProtocol, union } from "../packets.ts";
import { message } from "./classes.ts";
import type { StateClass } from "./state-class.ts";
import { messagesOf, ownMessages } from "./state-keys.ts";
import { allNodes, finished, isRewriting, type Passed, type Side } from "./state-sides.ts";

/**
 * The packets that ICMP errors can imitate: those that answer a packet they may quote (section 22).
 *
 * An error goes where its quoted source is, so destination and family are its own; everything else
 * comes from the quoted packet, which whoever sends the error makes up. Errors that quote messages of
 * groups, or ICMP of the other family, are left to the rules.
 */
export function imitations(sets: PacketSets, errors: PacketSet): PacketSet {
  const own = sets.and(errors, ownMessages(sets, "errors"));
  const others = ["protocol", "source", "sourcePort", "destinationPort"] as const;
  return sets.diff(sets.forget(own, [...others, ...NOT_IN_KEYS]), neverQuoted(sets));
}

function neverQuoted(sets: PacketSets): PacketSet {
  return constant(sets, "never imitated", () => {
    const all = sets.masked("source", 0xe000_0001n << 96n, 0xffff_ffffn << 96n);
    const groups = sets.and(ofFamily(sets, "inet"), sets.and(ofProtocol(sets, IGMP), all));
    return union(sets, [
      groups,
      ...[...MLD_TYPES].map((type) => message(sets, "inet6", type)),
      sets.and(ofFamily(sets, "inet"), ofProtocol(sets, ICMP6)),
      sets.and(ofFamily(sets, "inet6"), ofProtocol(sets, ICMP)),
      ownMessages(sets, "errors"),
    ]);
  });
}

/**
 * ICMP errors that states let pass, and what they become; follows the end of pf_test_state_icmp,
 * OpenBSD 7.8.
 *
 * The destination becomes that of the imitated packet. The source stays, be it a router's, or becomes
 * that of the imitated packet, as soon as that has another source or port. Larger than exact: any
 * error of the set goes to any destination that some imitated packet gets; but it keeps its own where
 * nothing changes destinations.
 *
 * @param quoted - hits of the packets that the errors imitate
 */
export function errorsBecome(
  sets: PacketFunctions,
  states: StateClass,
  side: Side,
  errors: PacketSet,
  quoted: Passed,
): Passed {
  const { translation, anything } = states;
  const hit = sets.and(errors, projected(sets, quoted.hit));
  if (hit === sets.empty) return { hit, becomes: sets.empty };
  if (translation.family !== undefined || anything) {
    return anything
      ? ofAnything(sets, hit, quoted.becomes)
      : acrossFamilies(sets, states, hit, quoted.becomes);
  }
  if (!isRewriting(states)) return { hit, becomes: finished(sets, states, hit) };
  const written = side === "forward" ? "destination" : "source";
  const changes = translation.writes.some(({ field }) => field === written);
  const towards = sets.and(sets.forget(hit, ["destination"]), projected(sets, quoted.becomes));
  const asFlow = sets.and(sets.forget(hit, ["source", "destination"]), ends(sets, quoted.becomes));
  const routed = changes ? towards : sets.or(hit, sets.and(towards, allNodes(sets)));
  return { hit, becomes: finished(sets, states, sets.or(routed, asFlow)) };
}

/** An unread rule: any error goes back to those whose packets made the states. */
function ofAnything(sets: PacketSets, hit: PacketSet, imitated: PacketSet): Passed {
  const there = projected(sets, imitated);
  return { hit, becomes: sets.and(ownMessages(sets, "errors"), there) };
}

/**
 * Errors in the other family, where that has a word for them. In IPv6 the source is that of the
 * imitated packet with the router's address in its low bits.
 */
function acrossFamilies(
  sets: PacketFunctions,
  states: StateClass,
  errors: PacketSet,
  imitated: PacketSet,
): Passed {
  let all: Passed = { hit: sets.empty, becomes: sets.empty };
  for (const to of ["inet", "inet6"] as const) {
    const own = sets.and(errors, messagesOf(sets, to === "inet" ? "inet6" : "inet"));
    const hit = sets.diff(own, wordless(sets, to));
    if (hit === sets.empty) continue;
    const bare = sets.forget(hit, ["family", "protocol", "source", "destination"]);
    const said = sets.and(sets.after(bare, WORDS[to]), messagesOf(sets, to));
    const exact = ends(sets, sets.and(imitated, ofFamily(sets, to)));
    const there = to === "inet" ? exact : sets.blur(exact, "source", 0xffff_ffffn);
    const becomes = finished(sets, states, sets.and(said, there));
    all = { hit: sets.or(all.hit, hit), becomes: sets.or(all.becomes, becomes) };
  }
  return all;
}

type Words = Extract<FieldChange, { kind: "map" }>;

/** Type and code as the other family says them. */
const WORDS: Readonly<Record<Family, Words>> = { inet: wordsIn("inet"), inet6: wordsIn("inet6") };

function wordsIn(to: Family): Words {
  const table = Uint16Array.from({ length: 2 ** 16 }, (_, it) => translated(to, it) ?? it);
  return { kind: "map", field: "destinationPort", table };
}

/** Undefined: there is no word for it. */
function translated(to: Family, value: number): number | undefined {
  const header = { id: 0, mtu: 0, target: 0n, quoted: undefined };
  const icmp = { ...header, type: value >> 8, code: value & 0xff };
  const made = to === "inet" ? icmpIn4(icmp) : icmpIn6(icmp);
  return made && made.type * 256 + made.code;
}

/** Errors of the other family that `to` has no word for. */
function wordless(sets: PacketSets, to: Family): PacketSet {
  return constant(sets, `wordless in ${to}`, () => {
    const errors = sets.and(
      ownMessages(sets, "errors"),
      messagesOf(sets, to === "inet" ? "inet6" : "inet"),
    );
    let without = sets.empty;
    for (const type of ICMP_ERRORS[to === "inet" ? "inet6" : "inet"]) {
      for (let code = 0; code < 256; code++) {
        const value = type * 256 + code;
        if (translated(to, value) !== undefined) continue;
        const one = sets.range("destinationPort", BigInt(value), BigInt(value));
        without = sets.or(without, one);
      }
    }
    return sets.and(errors, without);
  });
}

/** Packets of the family and the address of some of the set. */
function projected(sets: PacketSets, set: PacketSet): PacketSet {
  return only(sets, set, ["family", "destination"]);
}

/** Packets of the family and the addresses of some of the set. */
function ends(sets: PacketSets, set: PacketSet): PacketSet {
  return only(sets, set, ["family", "source", "destination"]);
}

function only(sets: PacketSets, set: PacketSet, fields: readonly Field[]): PacketSet {
  const others = (Object.keys(FIELDS) as Field[]).filter((it) => !fields.includes(it));
  return sets.forget(set, others);
}
