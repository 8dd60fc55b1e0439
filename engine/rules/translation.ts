import { addressBits, type Family, type Packet, TCP, UDP } from "../../model/packet.ts";
import type { PortTest, Rule, Translation } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import type { Crossing } from "./crossing.ts";
import { membersOf, prefixesOf, unreadOf } from "./dynamic.ts";
import type { Filter } from "./filter.ts";
import { isEchoRequest, isIcmp } from "./icmp-message.ts";
import { keyOf } from "./state-key.ts";
import type { StateTable } from "./state-table.ts";

export type Translated =
  | { readonly kind: "done"; readonly packet: Packet }
  /** No address or no free port: the packet is dropped. */
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "unknown"; readonly unread: readonly Unread[]; readonly reason: string };

/**
 * The packet after `nat-to` and `rdr-to` of a rule, in this order (pf-semantics.md 16, 17).
 *
 * Where pf draws at random, the first value that is free is taken: the lowest address, the lowest
 * port of the range; an echo request keeps its identifier. The choice is the network's.
 */
export function translate(
  filter: Filter,
  rule: Rule,
  packet: Packet,
  crossing: Crossing,
  states: StateTable,
): Translated {
  const { nat, rdr } = rule;
  const source: Translated =
    nat === undefined
      ? { kind: "done", packet }
      : translateSource(filter, nat, packet, crossing, states);
  if (rdr === undefined || source.kind !== "done") return source;
  return translateDestination(filter, rdr, rule.destination.port, source.packet);
}

function translateSource(
  filter: Filter,
  nat: Translation,
  packet: Packet,
  crossing: Crossing,
  states: StateTable,
): Translated {
  const address = poolAddress(filter, nat, packet.family);
  if (address.kind !== "address") return address;
  const moved = { ...packet, source: address.value };
  // the type and identifier of other messages stay, and nobody looks whether they are taken
  if (isIcmp(packet) && !isEchoRequest(packet)) return { kind: "done", packet: moved };
  const farther = crossing.direction === "in" ? "out" : "in";
  for (const candidate of candidates(moved, nat.ports)) {
    const key = keyOf(candidate, crossing.direction, crossing.rdomain);
    if (!states.admits(key, farther)) return { kind: "done", packet: candidate };
  }
  return { kind: "failed", reason: "nat-to finds no free port" };
}

/** The packet with each port or identifier that nat-to may give it, in the order they are tried. */
function* candidates(packet: Packet, ports: Translation["ports"]): Generator<Packet> {
  if (isIcmp(packet)) {
    if (packet.icmpId !== 0) yield packet;
    for (let icmpId = 1; icmpId <= 65535; icmpId++) yield { ...packet, icmpId };
    return;
  }
  if (!hasPorts(packet) || ports === undefined) {
    yield packet;
    return;
  }
  const unfit = ports.first === ports.last ? [] : (UNFIT_PORTS[packet.protocol] ?? []);
  for (let port = ports.first; port <= ports.last; port++) {
    if (!unfit.includes(port)) yield { ...packet, sourcePort: port };
  }
}

function translateDestination(
  filter: Filter,
  rdr: Translation,
  asked: PortTest | undefined,
  packet: Packet,
): Translated {
  const address = poolAddress(filter, rdr, packet.family);
  if (address.kind !== "address") return address;
  const moved = { ...packet, destination: address.value };
  if (rdr.ports === undefined || !hasPorts(packet)) return { kind: "done", packet: moved };
  const port = redirectedPort(rdr.ports, asked, packet.destinationPort);
  return { kind: "done", packet: port === 0 ? moved : { ...moved, destinationPort: port } };
}

/** 16-bit arithmetic of `pf_get_transaddr`, oddities included (pf-semantics.md 37 A10); 0 = keep. */
function redirectedPort(
  { first, last }: { readonly first: number; readonly last: number },
  asked: PortTest | undefined,
  port: number,
): number {
  if (first === last) return first;
  const span = (last - first + 1) & 0xffff || 1;
  const moved = (((port - firstPort(asked)) % span) + first) >>> 0;
  return (moved > 65535 ? moved - 65535 : moved) & 0xffff;
}

/** The first port that a test names, whatever its operator. */
function firstPort(test: PortTest | undefined): number {
  if (test === undefined) return 0;
  return "port" in test ? test.port : test.first;
}

type PoolAddress =
  | { readonly kind: "address"; readonly value: bigint }
  | Exclude<Translated, { kind: "done" }>;

function poolAddress(filter: Filter, { address }: Translation, family: Family): PoolAddress {
  if (address.kind === "fixed") {
    return address.family === family
      ? { kind: "address", value: address.value }
      : { kind: "failed", reason: "the translation address is of the other family" };
  }
  const members = membersOf(filter, address);
  const own = members
    .flatMap((it) => prefixesOf(it, address))
    .filter((prefix) => prefix.family === family)
    .map(({ value, length }) => value & -(1n << BigInt(addressBits(family) - length)));
  const [lowest] = own.toSorted((a, b) => (a < b ? -1 : 1));
  if (lowest !== undefined) return { kind: "address", value: lowest };
  const open = members.filter((it) => it.automatic.includes(family));
  const names = open.map(({ name }) => name).join(", ");
  return open.length === 0
    ? { kind: "failed", reason: `(${address.name}) has no address to translate to` }
    : {
        kind: "unknown",
        unread: open.flatMap((it) => unreadOf(filter, it)),
        reason: `the translation address of ${names} is not in the files`,
      };
}

function hasPorts({ protocol }: Packet): boolean {
  return protocol === TCP || protocol === UDP;
}

/** Never drawn from a range (net.inet.tcp.baddynamic, net.inet.udp.baddynamic). */
const UNFIT_PORTS: Readonly<Record<number, readonly number[]>> = {
  [TCP]: [587, 749, 750, 751, 853, 871, 2049, ...Array.from({ length: 11 }, (_, i) => 6000 + i)],
  [UDP]: [623, 664, 749, 750, 751, 2049, 3784, 3785, 7784],
};
