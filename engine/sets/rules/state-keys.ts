import { type Family, ICMP, ICMP_ERRORS, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { FieldChange, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { constant, icmpType, NOT_IN_KEYS, ofFamily, ofProtocol, union } from "../packets.ts";
import { message } from "./classes.ts";
import { ICMP_TYPES } from "./icmp-types.ts";

const NEIGHBOR_SOLICIT = 135;
const NEIGHBOR_ADVERT = 136;
const LISTENER_QUERY = 130;
const LISTENER_REPORT = 131;

export const FAMILIES: readonly Family[] = ["inet", "inet6"];

/** Echo requests. */
const ECHO: Readonly<Record<Family, number>> = { inet: 8, inet6: 128 };

/** Messages of a family's own ICMP. */
export function messagesOf(sets: PacketSets, family: Family): PacketSet {
  return constant(sets, `messages ${family}`, () => {
    return sets.and(ofFamily(sets, family), ofProtocol(sets, family === "inet" ? ICMP : ICMP6));
  });
}

export type Kind =
  /** Every one. */
  | "all"
  /** Errors and neighbour advertisements. */
  | "stateless"
  | "errors"
  /** With an id in their keys: that of the header. */
  | "identified"
  /** Echo requests and replies. */
  | "echoes"
  /** Identified requests that are no echoes. */
  | "other queries"
  /** Requests that a reply may be looked up for. */
  | "requests"
  | "replies"
  /** Neither asked for nor answered. */
  | "one-way";

/** Messages of both families' own ICMP. */
export function ownMessages(sets: PacketSets, kind: Kind): PacketSet {
  return constant(sets, `messages ${kind}`, () => {
    return union(
      sets,
      FAMILIES.map((family) => ofKind(sets, family, kind)),
    );
  });
}

function ofKind(sets: PacketSets, family: Family, kind: Kind): PacketSet {
  const { identified, replies, stateless } = ICMP_TYPES[family];
  const typed = (types: Iterable<number>): PacketSet => {
    return union(
      sets,
      [...types].map((type) => message(sets, family, type)),
    );
  };
  switch (kind) {
    case "all":
      return messagesOf(sets, family);
    case "stateless":
      return typed(stateless);
    case "errors":
      return typed(ICMP_ERRORS[family]);
    case "identified":
      return typed(identified);
    case "echoes":
      return typed([ECHO[family], replies.get(ECHO[family]) ?? ECHO[family]]);
    case "other queries":
      return typed(identified.filter((type) => replies.has(type) && type !== ECHO[family]));
    case "requests":
      return typed(replies.keys());
    case "replies":
      return typed(replies.values());
    case "one-way":
      return sets.diff(
        messagesOf(sets, family),
        typed([...replies.keys(), ...replies.values(), ...stateless]),
      );
  }
}

/** ICMP replies that are looked up as such. */
export function answers(sets: PacketSets): PacketSet {
  return ownMessages(sets, "replies");
}

/** Neighbour advertisements: left to the rules. */
export function advertisements(sets: PacketSets): PacketSet {
  return message(sets, "inet6", NEIGHBOR_ADVERT);
}

/**
 * The packets with the keys of `packets`, in the same direction (section 6): every field is open that
 * is not part of a key.
 *
 * ICMP keys hold the type but not the code; types that are no identified query hold no id. What
 * neighbour and listener messages are keyed by, their target, is no field of sets: any destination of
 * a solicitation stands for it. ICMP in pieces, or in the other family, has none.
 */
export function openKeys(sets: PacketSets, packets: PacketSet): PacketSet {
  const open = sets.forget(packets, NOT_IN_KEYS);
  const messages = sets.and(open, ownMessages(sets, "all"));
  const flows = sets.diff(open, ownMessages(sets, "all"));
  const ported = constant(sets, "ported", () => {
    return sets.or(ofProtocol(sets, TCP), ofProtocol(sets, UDP));
  });
  const parts = [sets.and(flows, ported)];
  parts.push(sets.forget(sets.diff(flows, ported), ["sourcePort", "destinationPort"]));
  if (messages !== sets.empty) parts.push(openMessages(sets, messages));
  return union(sets, parts);
}

function openMessages(sets: PacketSets, messages: PacketSet): PacketSet {
  const coded = sets.blur(messages, "destinationPort", 0xffn);
  const identified = sets.and(coded, ownMessages(sets, "identified"));
  let others = sets.forget(sets.diff(coded, identified), ["sourcePort"]);
  const solicitations = sets.and(others, message(sets, "inet6", NEIGHBOR_SOLICIT));
  others = sets.or(others, sets.forget(solicitations, ["destination"]));
  // queries and reports of listeners are keyed alike
  for (const [from, to] of [
    [LISTENER_QUERY, LISTENER_REPORT],
    [LISTENER_REPORT, LISTENER_QUERY],
  ] as const) {
    const some = sets.and(others, message(sets, "inet6", from));
    others = sets.or(others, retyped(sets, some, "inet6", to));
  }
  return sets.or(identified, others);
}

/** Messages of a family turned into type `type`; the code stays. */
function retyped(sets: PacketSets, messages: PacketSet, family: Family, type: number): PacketSet {
  const any = sets.blur(messages, "destinationPort", 0xff00n);
  return sets.and(any, sets.and(messagesOf(sets, family), icmpType(sets, type)));
}

/**
 * The packets that answer `packets`, and those that they answer: ends exchanged, an ICMP query turned
 * into its reply and a reply into its query; other messages keep their type. Its own inverse.
 */
export function mirrored(sets: PacketFunctions, packets: PacketSet): PacketSet {
  let result = sets.swap(sets.diff(packets, ownMessages(sets, "all")));
  for (const family of FAMILIES) {
    const messages = sets.and(packets, messagesOf(sets, family));
    if (messages === sets.empty) continue;
    result = sets.or(result, sets.swapAddresses(sets.after(messages, ANSWERED[family])));
  }
  return result;
}

const ANSWERED: Readonly<Record<Family, FieldChange>> = {
  inet: answered("inet"),
  inet6: answered("inet6"),
};

function answered(family: Family): FieldChange {
  const table = Uint16Array.from({ length: 2 ** 16 }, (_, it) => it);
  const pairs: [number, number][] = [...ICMP_TYPES[family].replies];
  if (family === "inet6") pairs.push([NEIGHBOR_SOLICIT, NEIGHBOR_ADVERT]);
  for (const [one, other] of pairs) {
    for (let code = 0; code < 256; code++) {
      table[one * 256 + code] = other * 256 + code;
      table[other * 256 + code] = one * 256 + code;
    }
  }
  return { kind: "map", field: "destinationPort", table };
}

/**
 * Messages of the other kind, in the same direction, that have the very keys of `messages`: a reply
 * whose id is the request's type and whose type asks for its id (section 37, A1). Only states of
 * sloppy rules let them pass.
 */
export function exchanged(sets: PacketSets, messages: PacketSet): PacketSet {
  let result = sets.empty;
  for (const family of FAMILIES) {
    const own = sets.and(messages, messagesOf(sets, family));
    if (own === sets.empty) continue;
    for (const { request, id, reply, replyId } of EXCHANGED[family]) {
      const asked = withId(sets, family, request, id);
      const replied = withId(sets, family, reply, replyId);
      const toReply = moved(sets, sets.and(own, asked), replied);
      const toAsked = moved(sets, sets.and(own, replied), asked);
      const both = sets.or(toReply, toAsked);
      // the key of a solicitation has another destination
      const isOpen = request === NEIGHBOR_SOLICIT;
      const open = isOpen
        ? sets.and(sets.forget(both, ["destination"]), ofFamily(sets, family))
        : both;
      result = sets.or(result, open);
    }
  }
  return result;
}

/** Types, and ids of their headers, of two messages with one key. */
interface Exchange {
  readonly request: number;
  /** Undefined: any, it is made of the target. */
  readonly id: number | undefined;
  readonly reply: number;
  readonly replyId: number;
}

const EXCHANGED: Readonly<Record<Family, readonly Exchange[]>> = {
  inet: exchangesOf("inet"),
  inet6: exchangesOf("inet6"),
};

function exchangesOf(family: Family): readonly Exchange[] {
  const { identified, replies } = ICMP_TYPES[family];
  const asking = [...replies].filter(([request]) => identified.includes(request));
  const targeted = family === "inet6" ? [LISTENER_QUERY, LISTENER_REPORT, NEIGHBOR_SOLICIT] : [];
  return [...asking.map(([request]) => request), ...targeted].flatMap((request) => {
    return asking.map(([other, reply]): Exchange => {
      const id = targeted.includes(request) ? undefined : other;
      // reports of listeners are keyed as the queries they answer
      const replyId = request === LISTENER_REPORT ? LISTENER_QUERY : request;
      return { request, id, reply, replyId };
    });
  });
}

/** @param id - undefined: any */
function withId(sets: PacketSets, family: Family, type: number, id: number | undefined): PacketSet {
  const own = message(sets, family, type);
  return id === undefined ? own : sets.and(own, sets.range("sourcePort", BigInt(id), BigInt(id)));
}

/** With the type and the id of `to`; the code stays. */
function moved(sets: PacketSets, messages: PacketSet, to: PacketSet): PacketSet {
  const any = sets.blur(messages, "destinationPort", 0xff00n);
  return sets.and(sets.forget(any, ["sourcePort"]), to);
}
