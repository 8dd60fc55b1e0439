import type { AddressRange } from "../../../model/address.ts";
import type { Host, Interface } from "../../../model/host.ts";
import { addressBits, type Family } from "../../../model/packet.ts";
import { findPlaces, type Place } from "../../path/places.ts";
import type { Wire } from "../../path/wiring.ts";
import type { PacketSet, PacketSets } from "../../sets/packet-sets.ts";
import { inPrefix, inRange, ofFamily, union } from "../../sets/packets.ts";
import type { Plan } from "../plan.ts";
import { nextHops } from "./next-hops.ts";
import type { Segments } from "./segments.ts";

/** One place of a zone, and the addresses that somebody has there. */
export interface End {
  readonly place: Place;
  /** Packets by their source, of one family. */
  readonly addresses: PacketSet;
  /** Site.yaml or the files say who has them; otherwise they are all that fit the wire. */
  readonly declared: boolean;
}

/** Networks of the Internet that nobody there has: RFC 6890, and what is no unicast. */
const NOBODYS: Readonly<Record<Family, readonly (readonly [value: bigint, length: number])[]>> = {
  inet: [
    [0n, 8],
    [0x0a000000n, 8],
    [0x64400000n, 10],
    [0x7f000000n, 8],
    [0xa9fe0000n, 16],
    [0xac100000n, 12],
    [0xc0a80000n, 16],
    [0xe0000000n, 3],
  ],
  inet6: [
    [0n, 3],
    [0x4n << 124n, 2],
    [0x8n << 124n, 1],
  ],
};

/** Finds the addresses of a zone (claims.md 3: every declared address). */
export class Ends {
  readonly #plan: Plan;
  readonly #sets: PacketSets;
  readonly #segments: Segments;

  constructor(plan: Plan, sets: PacketSets, segments: Segments) {
    this.#plan = plan;
    this.#sets = sets;
    this.#segments = segments;
  }

  /**
   * The places of a zone with their addresses: a host has its own, a wire those of the devices on it or
   * those it is cut down to. Where a zone declares some, wires without any say nothing; where it
   * declares none, all that routes lead there count.
   */
  of(zone: number, family: Family): readonly End[] {
    const places = this.#plan.zones[zone]?.places ?? [];
    const declared = this.#declared(places, family);
    const other = family === "inet" ? "inet6" : "inet";
    if (declared.length > 0 || this.#declared(places, other).length > 0) return declared;
    return places
      .flatMap((place): readonly End[] => {
        if (place.kind === "host" || place.cut !== undefined) return [];
        return [{ place, addresses: this.#fitting(place.wire, family), declared: false }];
      })
      .filter(({ addresses }) => addresses !== this.#sets.empty);
  }

  #declared(places: readonly Place[], family: Family): readonly End[] {
    return places
      .map((place): End => {
        return { place, addresses: this.#declaredAt(place, family), declared: true };
      })
      .filter(({ addresses }) => addresses !== this.#sets.empty);
  }

  #declaredAt(place: Place, family: Family): PacketSet {
    const sets = this.#sets;
    if (place.kind === "host") return this.#ranges(ownRanges(place.host, family));
    const cut = place.cut?.filter((range) => range.family === family);
    const within = cut === undefined ? sets.all : this.#ranges(cut);
    const devices = sets.and(within, this.#ranges(this.#devicesOn(place.wire, family)));
    if (devices !== sets.empty || cut === undefined) return devices;
    return sets.diff(within, this.#taken(family));
  }

  #devicesOn(wire: Wire, family: Family): readonly AddressRange[] {
    const { network, wiring } = this.#plan;
    return network.devices
      .filter(({ at }) =>
        findPlaces(network, wiring, at).some((it) => it.kind === "wire" && it.wire === wire),
      )
      .flatMap(({ addresses }) => addresses.filter((range) => range.family === family));
  }

  /** What stations on a wire can have: its networks, and what lies behind their routers. */
  #fitting(wire: Wire, family: Family): PacketSet {
    const sets = this.#sets;
    const nobodys = union(
      sets,
      NOBODYS[family].map(([value, length]) => inPrefix(sets, "source", { family, value, length })),
    );
    const site = this.#connected(this.#interfaces(), family);
    const stacks = this.#segments.stacksOn(wire);
    const own = stacks.flatMap(({ interface: it }) => it.addresses.map(({ value }) => value));
    const parts = stacks.map(({ host, interface: it }) => {
      const near = this.#connected([it], family);
      // behind another host of the site nobody is on this wire
      const routed = nextHops(sets, host, it.rdomain)
        .filter(({ to, gateway }) => to === it && (gateway === undefined || !own.includes(gateway)))
        .map(({ set }) => sets.swapAddresses(set));
      const beyond = sets.diff(union(sets, routed), sets.or(nobodys, site));
      return sets.or(near, sets.and(beyond, ofFamily(sets, family)));
    });
    return sets.diff(union(sets, parts), this.#taken(family));
  }

  /** Addresses of hosts, and network and broadcast addresses. */
  #taken(family: Family): PacketSet {
    const hosts = this.#plan.network.hosts.flatMap((host) => ownRanges(host, family));
    const ends = this.#interfaces().flatMap(({ addresses }) =>
      addresses
        .filter((own) => own.family === family && family === "inet" && own.length < 31)
        .flatMap(({ value, length }) => {
          const rest = (1n << BigInt(32 - length)) - 1n;
          return [value & ~rest, value | rest].map((it) => ({ family, first: it, last: it }));
        }),
    );
    return this.#ranges([...hosts, ...ends]);
  }

  #interfaces(): readonly Interface[] {
    return this.#plan.network.hosts.flatMap((host) => host.interfaces);
  }

  #connected(interfaces: readonly Interface[], family: Family): PacketSet {
    const sets = this.#sets;
    const networks = interfaces.flatMap(({ kind, addresses }) =>
      kind === "loopback" ? [] : addresses.filter((own) => own.family === family),
    );
    return union(
      sets,
      networks
        .filter(({ value, length }) => length < addressBits(family) && !isLinkLocal(family, value))
        .map(({ value, length }) => inPrefix(sets, "source", { family, value, length })),
    );
  }

  #ranges(ranges: readonly AddressRange[]): PacketSet {
    return union(
      this.#sets,
      ranges.map((range) => inRange(this.#sets, "source", range)),
    );
  }
}

/** The addresses of a host that others reach it by. */
function ownRanges(host: Host, family: Family): readonly AddressRange[] {
  return host.interfaces.flatMap(({ kind, addresses }) =>
    kind === "loopback"
      ? []
      : addresses
          .filter((own) => own.family === family && !isLinkLocal(family, own.value))
          .map(({ value }) => ({ family, first: value, last: value })),
  );
}

function isLinkLocal(family: Family, value: bigint): boolean {
  return family === "inet6" && value >> 118n === 0x3fan;
}
