import type { Address } from "../../model/address.ts";
import type { Script, Violation } from "../../model/answer.ts";
import type { Network } from "../../model/network.ts";
import { addressBits, type Packet, TCP, UDP } from "../../model/packet.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { constant, inRange, ofFamily, ofProtocol, packetOf } from "../sets/packets.ts";
import type { Closure } from "./closure.ts";
import type { Witnesses } from "./confirm.ts";
import { icmpErrors } from "./errors.ts";
import type { Suspect } from "./judge.ts";
import { labelsIn } from "./owners.ts";
import { pick, scriptTo } from "./witness.ts";

/** A script with more packets than this is not shown (claims.md 9). */
const LONGEST_SCRIPT = 4;

/** How many packets are tried for one suspect before another one is taken. */
const TRIES = 14;

/**
 * A confirmed script for one of the suspects, the shortest found; nothing if none can be confirmed.
 *
 * Packets that a reader knows are tried first: UDP, TCP, then the rest; ICMP errors last.
 */
export function findViolation(
  closure: Closure,
  suspects: readonly Suspect[],
  witnesses: Witnesses,
  from: number,
  to: number,
): Violation | undefined {
  let best: Violation | undefined;
  for (const { increment, set } of byLikelihood(closure, suspects)) {
    for (const packets of slices(closure, set)) {
      const found = confirmed(closure, witnesses, { increment, set: packets }, from, to);
      if (found === undefined) continue;
      const short = witnesses.shrink(found, from, to);
      if (short.script.length === 1) return short;
      if (best === undefined || short.script.length < best.script.length) best = short;
      break;
    }
  }
  return best !== undefined && best.script.length <= LONGEST_SCRIPT ? best : undefined;
}

/** The violation that the smallest packet of a suspect shows, or nothing. */
function confirmed(
  closure: Closure,
  witnesses: Witnesses,
  { increment, set }: Omit<Suspect, "alone">,
  from: number,
  to: number,
): Violation | undefined {
  const marked = pick(closure.sets, set);
  if (marked === undefined) return undefined;
  const about = closure.labels.at(increment.label).about;
  const error = about ? errorTo(closure, marked.packet) : undefined;
  const script = scriptTo(closure, increment, marked, error);
  if (script === undefined) return undefined;
  for (const variant of lifetimes(script)) {
    const found = witnesses.confirm(variant, from, to);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An ICMP error that travels to where `packet` goes. */
function errorTo({ sets }: Closure, packet: Packet): Packet | undefined {
  const { family, destination } = packet;
  const end = inRange(sets, "destination", { family, first: destination, last: destination });
  const errors = sets.and(icmpErrors(sets), end);
  const values = sets.sample(sets.and(errors, telling(sets, family))) ?? sets.sample(errors);
  return values && packetOf(values);
}

/**
 * The script with a hop limit of one in some of its packets: such a packet makes its first state and
 * goes no further, so that a later one finds none where this one would have made it.
 */
function* lifetimes(script: Script): Generator<Script> {
  const earlier = Math.min(script.length - 1, LONGEST_SCRIPT - 1);
  for (let choice = 0; choice < 1 << earlier; choice++) {
    yield script.map((emission, at) => {
      const kept = (choice & (1 << at)) === 0 || at >= earlier || emission.local;
      if (kept || emission.outer !== undefined) return emission;
      return { ...emission, packet: { ...emission.packet, ttl: 1 } };
    });
  }
}

/**
 * Packets that pass on their own first: their scripts are the shortest; ICMP errors last. Those that
 * owe themselves to states of different zones come apart: their scripts differ.
 */
function byLikelihood(closure: Closure, suspects: readonly Suspect[]): readonly Suspect[] {
  const rank = ({ alone, increment }: Suspect): number => {
    if (closure.labels.at(increment.label).about) return 2;
    return alone ? 0 : 1;
  };
  return suspects
    .toSorted((a, b) => rank(a) - rank(b) || a.increment.index - b.increment.index)
    .flatMap((it) => (it.alone ? [it] : byCreator(closure, it)));
}

function byCreator({ sets, owners }: Closure, suspect: Suspect): readonly Suspect[] {
  const parts: Suspect[] = [];
  let left = suspect.set;
  for (let labels = labelsIn(sets, left); labels !== undefined; labels = labelsIn(sets, left)) {
    const own = owners.by(labels.creator);
    parts.push({ ...suspect, set: sets.and(left, own) });
    left = sets.diff(left, own);
  }
  return parts;
}

/** Parts of a set worth trying one packet of, most telling first. */
export function slices({ sets, plan }: Closure, set: PacketSet): readonly PacketSet[] {
  const plain = sets.diff(set, icmpErrors(sets));
  const stations = sets.and(plain, betweenStations(sets, plan.network));
  const slices: PacketSet[] = [];
  for (const family of ["inet", "inet6"] as const) {
    const unicast = sets.and(sets.and(plain, ofFamily(sets, family)), telling(sets, family));
    const known = sets.and(stations, ofFamily(sets, family));
    for (const protocol of [UDP, TCP]) {
      const some = sets.and(unicast, ofProtocol(sets, protocol));
      slices.push(
        sets.and(known, usualPorts(sets, protocol)),
        sets.and(some, highPorts(sets)),
        some,
      );
    }
    slices.push(known, unicast);
  }
  return [...slices, plain, set].filter((it) => it !== sets.empty).slice(0, TRIES);
}

/** From an ephemeral port to one that a reader knows. */
function usualPorts(sets: PacketSets, protocol: number): PacketSet {
  const services = [53n, 443n, 5000n]
    .map((port) => sets.range("destinationPort", port, port))
    .reduce((all, port) => sets.or(all, port), sets.empty);
  const ports = sets.and(sets.range("sourcePort", 40_000n, 40_999n), services);
  return sets.and(ofProtocol(sets, protocol), ports);
}

function highPorts(sets: PacketSets): PacketSet {
  return sets.and(
    sets.range("sourcePort", 1024n, 65535n),
    sets.range("destinationPort", 1n, 65535n),
  );
}

/** Packets between addresses that a reader takes for stations: the fifth of each network, or a host's. */
function betweenStations(sets: PacketSets, network: Network): PacketSet {
  return constant(sets, "between stations", () => {
    const between = (field: "source" | "destination"): PacketSet =>
      stationsOf(network)
        .map(({ family, value }) => inRange(sets, field, { family, first: value, last: value }))
        .reduce((all, one) => sets.or(all, one), sets.empty);
    return sets.and(between("source"), between("destination"));
  });
}

/** RFC 5737 and RFC 3849 keep these networks for examples: an address of each stands for elsewhere. */
const ELSEWHERE: readonly Address[] = [
  { family: "inet", value: 0xc6336409n },
  { family: "inet6", value: (0x20010db8n << 96n) | 0xffff_0000_0000_0009n },
];

function stationsOf(network: Network): readonly Address[] {
  const own = network.hosts.flatMap((host) => host.interfaces.flatMap((it) => it.addresses));
  const fifth = own.map(({ family, value, length }) => {
    const rest = (1n << BigInt(addressBits(family) - length)) - 1n;
    return { family, value: (value & ~rest) | (5n & rest) };
  });
  return [...ELSEWHERE, ...fifth, ...own];
}

/** Addresses of real stations: not zero, not multicast, not link-local. */
function telling(sets: PacketSets, family: "inet" | "inet6"): PacketSet {
  const [first, last] =
    family === "inet"
      ? [1n << 120n, (224n << 120n) - 1n]
      : [0x2000n << 112n, (0x4000n << 112n) - 1n];
  return sets.and(sets.range("source", first, last), sets.range("destination", first, last));
}
