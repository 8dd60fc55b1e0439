import type { Host, Interface } from "../../model/host.ts";
import { UDP } from "../../model/packet.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { inRange, ofProtocol } from "../sets/packets.ts";

/** An inner frame on its way through a tunnel. */
export interface Journey {
  readonly index: number;
  readonly host: Host;
  readonly tunnel: Interface;
  /** `out`: the host encapsulates it; `in`: a station on the far segment does, towards the host. */
  readonly direction: "in" | "out";
  /** The inner frames stand for ICMP errors that imitate them. */
  readonly about: boolean;
}

/** Numbers journeys and keeps the inner frames that each carries. */
export class Journeys {
  readonly #indexes = new Map<string, number>();
  readonly #journeys: Journey[] = [];

  of(journey: Omit<Journey, "index">): Journey {
    const { host, tunnel, direction, about } = journey;
    const key = [host.name, tunnel.name, direction, about].join(" ");
    const known = this.#journeys[this.#indexes.get(key) ?? -1];
    if (known !== undefined) return known;
    const made = { ...journey, index: this.#journeys.length };
    this.#indexes.set(key, made.index);
    this.#journeys.push(made);
    return made;
  }

  at(index: number): Journey {
    const journey = this.#journeys[index];
    if (journey === undefined) throw new RangeError(`no journey ${index}`);
    return journey;
  }
}

/** Outer packets that a vxlan interface sends (`out`) or takes as its own (`in`), 4.2. */
export function outerPackets(
  sets: PacketSets,
  tunnel: Interface,
  direction: "in" | "out",
): PacketSet {
  const outer = tunnel.tunnel;
  if (outer === undefined) return sets.empty;
  const { family, source, destination, port, strictPort } = outer;
  const ports = (field: "sourcePort" | "destinationPort"): PacketSet =>
    sets.range(field, BigInt(port), BigInt(port));
  const [own, far] =
    direction === "in"
      ? (["destination", "source"] as const)
      : (["source", "destination"] as const);
  let set = sets.and(
    ofProtocol(sets, UDP),
    inRange(sets, own, { family, first: source, last: source }),
  );
  if (destination !== undefined) {
    set = sets.and(set, inRange(sets, far, { family, first: destination, last: destination }));
  }
  set = sets.and(set, ports("destinationPort"));
  if (direction === "out" || strictPort) set = sets.and(set, ports("sourcePort"));
  const plain = sets.and(sets.range("fragment", 0n, 0n), sets.range("options", 0n, 0n));
  return sets.and(set, sets.and(plain, sets.range("tos", 0n, 0n)));
}
