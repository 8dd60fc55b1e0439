import { type Family, ICMP, ICMP_ERRORS, ICMP6 } from "../../model/packet.ts";
import type { Direction } from "./criteria.ts";
import type { Translated } from "./evaluation.ts";
import { ALL_HOSTS, IGMP, isInPieces, MLD_TYPES } from "./headers.ts";
import { REASON } from "./outcome.ts";
import { hasPorts, type KernelPacket, type QuotedHeader } from "./packet.ts";
import type { State } from "./state.ts";

const NEIGHBOR_SOLICIT = 135;
const NEIGHBOR_ADVERT = 136;
/** ff02::1 */
const ALL_NODES = 0xff02_0000_0000_0000_0000_0000_0000_0001n;

/** How pf sees an ICMP message (section 22; follows pf_icmp_mapping, OpenBSD 7.8). */
export interface IcmpClass {
  /** One-way messages are requests that nothing replies to. */
  readonly kind: "request" | "reply" | "one-way" | "error";
  /** The two artificial ports: that of the asking side … */
  readonly id: number;
  /** … and that of the answering side: the type of the request. */
  readonly type: number;
}

interface Query {
  readonly kind: "request" | "reply";
  readonly type: number;
  readonly id: "id" | "target" | "none";
}

type Exchange = readonly [request: number, reply: number, id: Query["id"]];

/** Echo, timestamp, information, mask, where-are-you, mobile registration, router discovery. */
const EXCHANGES4: readonly Exchange[] = [
  [8, 0, "id"],
  [13, 14, "id"],
  [15, 16, "id"],
  [17, 18, "id"],
  [33, 34, "none"],
  [35, 36, "none"],
  [10, 9, "none"],
];

/** Echo, who-are-you, multicast traceroute, neighbour discovery. */
const EXCHANGES6: readonly Exchange[] = [
  [128, 129, "id"],
  [139, 140, "none"],
  [201, 200, "none"],
  [NEIGHBOR_SOLICIT, NEIGHBOR_ADVERT, "target"],
];

const QUERIES: Readonly<Record<Family, ReadonlyMap<number, Query>>> = {
  inet: queries(EXCHANGES4),
  // a listener's report comes unasked, or from another address than was asked
  inet6: new Map([
    ...queries(EXCHANGES6),
    [130, { kind: "request", type: 130, id: "target" }],
    [131, { kind: "request", type: 130, id: "target" }],
  ]),
};

function queries(exchanges: readonly Exchange[]): ReadonlyMap<number, Query> {
  return new Map(
    exchanges.flatMap(([request, reply, id]): (readonly [number, Query])[] => [
      [request, { kind: "request", type: request, id }],
      [reply, { kind: "reply", type: request, id }],
    ]),
  );
}

/** The class of a packet's ICMP header; undefined: it shows none. */
export function classify(packet: KernelPacket): IcmpClass | undefined {
  const { family, icmp } = packet;
  if (icmp === undefined || !isWholeIcmp(packet)) return undefined;
  return classOf(family, icmp.type, icmp.id, icmp.target);
}

/** The same of the ICMP header inside an error, whose target is cut away. */
export function classifyQuoted({ icmpType, icmpId }: QuotedHeader, family: Family): IcmpClass {
  return classOf(family, icmpType, icmpId, 0n);
}

function classOf(family: Family, type: number, id: number, target: bigint): IcmpClass {
  if (ICMP_ERRORS[family].includes(type)) return { kind: "error", id: 0, type };
  const query = QUERIES[family].get(type);
  if (query === undefined) return { kind: "one-way", id: 0, type };
  return { kind: query.kind, id: idOf(query, id, target), type: query.type };
}

function idOf(query: Query, id: number, target: bigint): number {
  switch (query.id) {
    case "id":
      return id;
    case "target":
      return folded(target);
    case "none":
      return 0;
  }
}

/** The eight groups of an IPv6 address, combined by exclusive or. */
function folded(address: bigint): number {
  let id = 0n;
  for (let rest = address; rest > 0n; rest >>= 16n) id ^= rest & 0xffffn;
  return Number(id);
}

function isWholeIcmp(packet: KernelPacket): boolean {
  return packet.protocol === icmpOf(packet.family) && !isInPieces(packet);
}

function icmpOf(family: Family): number {
  return family === "inet" ? ICMP : ICMP6;
}

/** What of a packet's ICMP header matters to rules and states. */
export interface KeyPorts {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** An error, or a neighbour advertisement: it has, and makes, no state of its own. */
  readonly isError: boolean;
  readonly isReply: boolean;
}

/**
 * The ports of a packet's state key: those of TCP and UDP, of ICMP queries the id on the asking
 * side and the type on the other; else 0.
 */
export function stateKeyPorts(packet: KernelPacket): KeyPorts {
  const found = classify(packet);
  if (found === undefined) return shownPorts(packet);
  const { id, type } = found;
  const isReply = found.kind === "reply";
  return {
    sourcePort: isReply ? type : id,
    destinationPort: isReply ? id : type,
    isError: found.kind === "error" || isAdvert(packet),
    isReply,
  };
}

function shownPorts(packet: KernelPacket): KeyPorts {
  const has = hasPorts(packet.protocol) && !isInPieces(packet);
  return {
    sourcePort: has ? packet.sourcePort : 0,
    destinationPort: has ? packet.destinationPort : 0,
    isError: false,
    isReply: false,
  };
}

export function isSolicitation({ family, protocol, icmp }: KernelPacket): boolean {
  return family === "inet6" && protocol === ICMP6 && icmp?.type === NEIGHBOR_SOLICIT;
}

/** A neighbour advertisement: pf takes it for an error, asked for or not. */
export function isAdvert({ family, protocol, icmp }: KernelPacket): boolean {
  return family === "inet6" && protocol === ICMP6 && icmp?.type === NEIGHBOR_ADVERT;
}

/**
 * The ends of a packet as its state key has them: in neighbour discovery the target stands for the
 * host that is asked for (section 22; follows pf_state_key_addr_setup, OpenBSD 7.8).
 */
export function stateKeyEnds(packet: KernelPacket): Translated {
  const { family, source, destination, icmp } = packet;
  const { sourcePort, destinationPort } = stateKeyPorts(packet);
  const ends = { family, source, destination, sourcePort, destinationPort };
  if (family !== "inet6" || icmp === undefined || !isWholeIcmp(packet)) return ends;
  if (icmp.type === NEIGHBOR_SOLICIT) return { ...ends, destination: icmp.target };
  if (icmp.type !== NEIGHBOR_ADVERT) return ends;
  const isMulticast = destination >> 120n === 0xffn;
  return { ...ends, source: icmp.target, destination: isMulticast ? 0n : destination };
}

/**
 * Where an IPv6 reply is looked up when its own key gives nothing: as if all nodes had been asked.
 * Undefined: nowhere.
 */
export function multicastEnds(packet: KernelPacket): Translated | undefined {
  const { family, icmp } = packet;
  if (family !== "inet6" || icmp === undefined || icmp.type === NEIGHBOR_ADVERT) return undefined;
  if (classify(packet)?.kind !== "reply") return undefined;
  return { ...stateKeyEnds(packet), source: ALL_NODES };
}

/** Where an error is looked up. */
export type ErrorLookup =
  /** No flow: the rules decide; the reason stands beside their verdict, even a pass. */
  | { readonly kind: "rules"; readonly reason: number }
  | {
      readonly kind: "look";
      readonly protocol: number;
      /** Of a reply to the quoted packet: this is what crosses in the error's direction. */
      readonly at: Translated;
      /** The second attempt, if an IPv6 reply is quoted. */
      readonly multicast: Translated | undefined;
    };

/**
 * The flow that an ICMP error is about; or why it is left to the rules (sections 22, 37 A8;
 * follows pf_test_state_icmp, OpenBSD 7.8).
 */
export function errorLookup({ family, destination, icmp }: KernelPacket): ErrorLookup {
  const quoted = icmp?.quoted;
  if (quoted === undefined) return { kind: "rules", reason: REASON.short };
  if (isQuotedMembership(quoted, family)) return { kind: "rules", reason: REASON.ipOption };
  if (quoted.source !== destination) return { kind: "rules", reason: REASON.badState };
  const { protocol } = quoted;
  if (protocol === (family === "inet" ? ICMP6 : ICMP)) {
    return { kind: "rules", reason: REASON.normalize };
  }
  if (protocol === ICMP || protocol === ICMP6) return quotedQuery(quoted, family);
  const has = hasPorts(protocol);
  const at = {
    family,
    source: quoted.destination,
    sourcePort: has ? quoted.destinationPort : 0,
    destination: quoted.source,
    destinationPort: has ? quoted.sourcePort : 0,
  };
  return { kind: "look", protocol, at, multicast: undefined };
}

/**
 * A message about group membership is well-formed with one hop left only, as it is sent; what an
 * error quotes of it has the hops of the packets we know.
 */
function isQuotedMembership(quoted: QuotedHeader, family: Family): boolean {
  if (family === "inet") return quoted.protocol === IGMP && quoted.destination === ALL_HOSTS;
  return quoted.protocol === ICMP6 && MLD_TYPES.has(quoted.icmpType);
}

function quotedQuery(quoted: QuotedHeader, family: Family): ErrorLookup {
  const { protocol, icmpType } = quoted;
  const { kind, id, type } = classifyQuoted(quoted, family);
  const isReply = kind === "reply";
  const isSix = family === "inet6";
  // the target is cut away: it reads as ::
  const isAdvert = isSix && icmpType === NEIGHBOR_ADVERT;
  const at = {
    family,
    source: isSix && icmpType === NEIGHBOR_SOLICIT ? 0n : quoted.destination,
    sourcePort: isReply ? id : type,
    destination: isAdvert ? 0n : quoted.source,
    destinationPort: isReply ? type : id,
  };
  const again = isSix && isReply && !isAdvert;
  const multicast = again ? { ...at, destination: ALL_NODES } : undefined;
  return { kind: "look", protocol, at, multicast };
}

/**
 * The direction of a state as a packet of this family sees it: one that changes the family is
 * `in` to the family of its wire key and `out` to the other.
 */
function directionOf({ direction, wire, stack }: State, family: Family): Direction {
  if (wire.family === stack.family) return direction;
  return family === wire.family ? "in" : "out";
}

/** An ICMP message that found this state goes against it: it is dropped (section 37, A1). */
export function isWrongWay(state: State, packet: KernelPacket, direction: Direction): boolean {
  if (state.rule.rule.stateOptions.sloppy) return false;
  const isForward = directionOf(state, packet.family) === direction;
  return isForward === (classify(packet)?.kind === "reply");
}

/**
 * The quoted ICMP query or reply cannot have been sent that way; others can.
 *
 * @param fromSource - its sender is the state's source
 */
export function isQuotedWrongWay(
  quoted: QuotedHeader,
  family: Family,
  fromSource: boolean,
): boolean {
  if (quoted.protocol !== icmpOf(family)) return false;
  return fromSource === (classifyQuoted(quoted, family).kind === "reply");
}

/**
 * The quoted segment may be one that its sender has sent (section 22, step 4).
 *
 * @param fromSource - its sender is the state's source
 */
export function quotedInWindow(state: State, quoted: QuotedHeader, fromSource: boolean): boolean {
  const [sender, receiver] = fromSource
    ? [state.source, state.destination]
    : [state.destination, state.source];
  const scale = sender.scale >= 0 && receiver.scale >= 0 ? receiver.scale : 0;
  const sequence = quoted.sequence - sender.shift;
  const oldest = sender.low - receiver.window * 2 ** scale;
  return isAtLeast(sender.high, sequence) && isAtLeast(sequence, oldest);
}

/** Sequence numbers wrap at 2³². */
function isAtLeast(one: number, other: number): boolean {
  return ((one - other) | 0) >= 0;
}
