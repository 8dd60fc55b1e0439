import type { Conduit, PortTest, Service } from "../../model/network.ts";
import { ICMP, ICMP6 } from "../../model/packet.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { icmpType, ofProtocol } from "../sets/packets.ts";

type ByName = ReadonlyMap<string, readonly Conduit[]>;

const TO: WeakMap<readonly Conduit[], ByName> = new WeakMap();
const BETWEEN: WeakMap<readonly Conduit[], ByName> = new WeakMap();

/** Conduits to a zone: of all they are looked up at once. */
export function conduitsTo(conduits: readonly Conduit[], to: string): readonly Conduit[] {
  const all = TO.get(conduits) ?? Map.groupBy(conduits, (it) => it.to);
  TO.set(conduits, all);
  return all.get(to) ?? [];
}

/** Conduits of an ordered pair of zones. */
export function conduitsBetween(
  conduits: readonly Conduit[],
  from: string,
  to: string,
): readonly Conduit[] {
  const there = conduitsTo(conduits, to);
  if (there.length === 0) return there;
  const all = BETWEEN.get(there) ?? Map.groupBy(there, (it) => it.from);
  BETWEEN.set(there, all);
  return all.get(from) ?? [];
}

/** Packets that some conduit allows from one zone to another, told by protocol and destination port. */
export function allowedPackets(
  sets: PacketSets,
  conduits: readonly Conduit[],
  from: string,
  to: string,
): PacketSet {
  return conduitsBetween(conduits, from, to)
    .flatMap((conduit) => conduit.services)
    .reduce((all, service) => sets.or(all, serviceSet(sets, service)), sets.empty);
}

/** Packets of one service, told by protocol and destination port. */
export function serviceSet(sets: PacketSets, service: Service): PacketSet {
  switch (service.kind) {
    case "any":
      return sets.all;
    case "frames":
      return sets.empty;
    case "protocol":
      return ofProtocol(sets, service.protocol);
    case "transport": {
      const protocol = ofProtocol(sets, service.protocol);
      return service.port === undefined ? protocol : sets.and(protocol, ports(sets, service.port));
    }
    case "icmp": {
      const protocol = ofProtocol(sets, service.family === "inet" ? ICMP : ICMP6);
      return service.type === undefined
        ? protocol
        : sets.and(protocol, icmpType(sets, service.type));
    }
  }
}

function ports(sets: PacketSets, test: PortTest): PacketSet {
  if (test.operator === "=") {
    return sets.range("destinationPort", BigInt(test.port), BigInt(test.port));
  }
  if (test.operator === "range") {
    return sets.range("destinationPort", BigInt(test.first), BigInt(test.last));
  }
  throw new RangeError(`a service has no port operator ${test.operator}`);
}
