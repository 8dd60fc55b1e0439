import type { Criterion } from "../../engine/kernel/criteria.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import { parseAddress } from "../../model/address-text.ts";
import { addressBits, type Family, ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import { rdomainOf } from "../conformance/kernel-surroundings.ts";
import { packetFrom, TENANTS } from "./kernel-host.ts";

/** A packet and where it crosses pf. */
export interface Shot {
  readonly direction: "in" | "out";
  readonly interface: string;
  readonly packet: KernelPacket;
}

/**
 * One thing that a rule asks, in words, and a packet's field moved to where it is met or not: to an
 * end of what is named, or one step beyond. `low` chooses the end; undefined: it cannot be moved.
 */
export interface DrawnTest {
  readonly criterion: Criterion;
  /** Empty: pfctl asks it unasked. */
  readonly words: string;
  readonly met: (shot: Shot, low: boolean) => Shot | undefined;
  readonly missed: (shot: Shot, low: boolean) => Shot | undefined;
}

/** A packet on em0 that comes in. */
export const PLAIN_SHOT: Shot = at(
  { direction: "in", interface: "em0", packet: packetFrom("udp 198.51.100.9 7 203.0.113.9 7") },
  {},
);

/** The crossing changed; the packet belongs to the domain of its interface. */
function at(
  shot: Shot,
  to: { readonly direction?: "in" | "out"; readonly interface?: string },
): Shot {
  const moved = { ...shot, ...to };
  const receivedOn = moved.direction === "in" ? moved.interface : "";
  const rtable = rdomainOf(TENANTS, moved.interface);
  return { ...moved, packet: { ...shot.packet, rtable, receivedOn } };
}

function having(shot: Shot, fields: Partial<KernelPacket>): Shot {
  return { ...shot, packet: { ...shot.packet, ...fields } };
}

export function onTest(words: string, inside: string, outside: string): DrawnTest {
  return {
    criterion: "on",
    words: ` on ${words}`,
    met: (shot) => at(shot, { interface: inside }),
    missed: (shot) => at(shot, { interface: outside }),
  };
}

export function domainTest(rdomain: 0 | 1): DrawnTest {
  const [none, one] = ["vlan20", "vlan31"];
  return {
    criterion: "rdomain",
    words: ` on rdomain ${rdomain}`,
    met: (shot) => at(shot, { interface: rdomain === 0 ? none : one }),
    missed: (shot) => at(shot, { interface: rdomain === 0 ? one : none }),
  };
}

export function directionTest(direction: "in" | "out"): DrawnTest {
  return {
    criterion: "direction",
    words: ` ${direction}`,
    met: (shot) => at(shot, { direction }),
    missed: (shot) => at(shot, { direction: direction === "in" ? "out" : "in" }),
  };
}

export function familyTest(family: Family): DrawnTest {
  return {
    criterion: "family",
    words: ` ${family}`,
    met: (shot) => inFamily(shot, family),
    missed: (shot) => inFamily(shot, family === "inet" ? "inet6" : "inet"),
  };
}

const STRANGERS: Readonly<Record<Family, readonly [string, string]>> = {
  inet: ["198.51.100.9", "203.0.113.9"],
  inet6: ["2001:db8:fe::9", "2001:db8:ff::9"],
};

function inFamily(shot: Shot, family: Family): Shot {
  const { packet } = shot;
  if (packet.family === family) return shot;
  const [source, destination] = STRANGERS[family].map(addressValue);
  if (source === undefined || destination === undefined) return shot;
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMP6;
  const moved = having(shot, { family, source, destination });
  return isIcmp ? ofProtocol(moved, "icmp") : moved;
}

export type DrawnProtocol = "tcp" | "udp" | "icmp" | "gre";

/** Every ICMP packet is a query here; it is of the packet's family. */
export function protocolTest(protocol: DrawnProtocol, family: Family): DrawnTest {
  const icmp = family === "inet" ? "icmp" : "icmp6";
  return {
    criterion: "proto",
    words: ` proto ${protocol === "icmp" ? icmp : protocol}`,
    met: (shot) => ofProtocol(shot, protocol),
    missed: (shot) => ofProtocol(shot, protocol === "gre" ? "udp" : "gre"),
  };
}

function ofProtocol(shot: Shot, protocol: DrawnProtocol): Shot {
  const { family, source, destination, ...others } = shot.packet;
  const { tos, priority, tag, rtable, receivedOn, sourcePort, destinationPort } = others;
  const name = protocol === "icmp" && family === "inet6" ? "icmp6" : protocol;
  const [from, to] = STRANGERS[family];
  const made = packetFrom(`${name} ${from} ${sourcePort || 7} ${to} ${destinationPort || 7}`);
  const kept = { source, destination, tos, priority, tag, rtable, receivedOn };
  return { ...shot, packet: { ...made, ...kept } };
}

/** Values of a field: both ends included, and the first one that is beyond each. */
interface Ends<Value> {
  readonly first: Value;
  readonly last: Value;
  readonly below: Value | undefined;
  readonly above: Value | undefined;
}

type End = "from" | "to";

/** @param words - as a rule has it; may be negated */
export function addressTest(
  end: End,
  words: string,
  family: Family,
  [first, last]: readonly [first: string, last: string],
): DrawnTest {
  const ends = { first: addressValue(first), last: addressValue(last) };
  const top = (1n << BigInt(addressBits(family))) - 1n;
  const around = {
    ...ends,
    below: ends.first === 0n ? undefined : ends.first - 1n,
    above: ends.last === top ? undefined : ends.last + 1n,
  };
  const move = (shot: Shot, value: bigint | undefined): Shot | undefined => {
    if (value === undefined || shot.packet.family !== family) return undefined;
    return having(shot, { [end === "from" ? "source" : "destination"]: value });
  };
  return ranged(end, ` ${end} ${words}`, around, words.startsWith("!"), move);
}

export function portTest(
  end: End,
  words: string,
  [first, last]: readonly [first: number, last: number],
  negated = false,
): DrawnTest {
  const ends = {
    first,
    last,
    // port 0 is dropped before any rule
    below: first <= 1 ? undefined : first - 1,
    above: last >= 65_535 ? undefined : last + 1,
  };
  const move = (shot: Shot, value: number | undefined): Shot | undefined => {
    const { protocol } = shot.packet;
    if (value === undefined || (protocol !== TCP && protocol !== UDP)) return undefined;
    return having(shot, { [end === "from" ? "sourcePort" : "destinationPort"]: value });
  };
  return ranged(`${end} port`, ` port ${words}`, ends, negated, move);
}

function ranged<Value>(
  criterion: Criterion,
  words: string,
  { first, last, below, above }: Ends<Value>,
  negated: boolean,
  move: (shot: Shot, value: Value | undefined) => Shot | undefined,
): DrawnTest {
  const inside = (shot: Shot, low: boolean): Shot | undefined => move(shot, low ? first : last);
  const outside = (shot: Shot, low: boolean): Shot | undefined => {
    return move(shot, low ? (below ?? above) : (above ?? below));
  };
  return negated
    ? { criterion, words, met: outside, missed: inside }
    : { criterion, words, met: inside, missed: outside };
}

/** @param words - empty: what pfctl adds to a pass rule, SYN without ACK */
export function flagsTest(words: string, met: number, missed: number): DrawnTest {
  const move = (shot: Shot, flags: number): Shot | undefined => {
    const { tcp } = shot.packet;
    return tcp === undefined ? undefined : having(shot, { tcp: { ...tcp, flags } });
  };
  return {
    criterion: "flags",
    words,
    met: (shot) => move(shot, met),
    missed: (shot) => move(shot, missed),
  };
}

/** Types by family: `met` is asked for, or passes for a query. */
export function icmpTest(
  criterion: "icmp-type" | "reply",
  words: string,
  types: Readonly<Record<Family, readonly [met: number, missed: number]>>,
): DrawnTest {
  const move = (shot: Shot, which: 0 | 1): Shot | undefined => {
    const { icmp, family } = shot.packet;
    if (icmp === undefined) return undefined;
    return having(shot, { icmp: { ...icmp, type: types[family][which] } });
  };
  return { criterion, words, met: (shot) => move(shot, 0), missed: (shot) => move(shot, 1) };
}

/** A field that is compared as a whole. */
export function fieldTest<Key extends "tos" | "priority" | "tag">(
  criterion: Criterion,
  words: string,
  key: Key,
  met: readonly [low: KernelPacket[Key], high: KernelPacket[Key]],
  missed: readonly [low: KernelPacket[Key], high: KernelPacket[Key]],
): DrawnTest {
  return {
    criterion,
    words,
    met: (shot, low) => having(shot, { [key]: met[low ? 0 : 1] }),
    missed: (shot, low) => having(shot, { [key]: missed[low ? 0 : 1] }),
  };
}

/** Of packets that go out; those that come in have no choice. */
export function receivedTest(words: string, met: string, missed: string): DrawnTest {
  const move = (shot: Shot, receivedOn: string): Shot | undefined => {
    return shot.direction === "in" ? undefined : having(shot, { receivedOn });
  };
  return {
    criterion: "received-on",
    words,
    met: (shot) => move(shot, met),
    missed: (shot) => move(shot, missed),
  };
}

function addressValue(text: string): bigint {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`no address: ${text}`);
  return address.value;
}
