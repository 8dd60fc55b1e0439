import type { Host, Interface } from "../../model/host.ts";
import { type Family, ICMP6 } from "../../model/packet.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { icmpType, inPrefix, inRange, ofFamily, ofProtocol } from "../sets/packets.ts";
import type { Reading } from "./gates.ts";
import { learnedFamilies, undeclared } from "./learned.ts";
import { type RoutedPart, routedParts } from "./routed-parts.ts";

/** The IP stack of a host as sets: what it refuses, what it keeps, what it forwards, and where to. */
export class StackSets {
  readonly #sets: PacketSets;
  readonly #options: { readonly reading: Reading; readonly closed: ReadonlySet<string> };
  readonly #parts = new Map<string, readonly RoutedPart[]>();
  readonly #known = new Map<string, PacketSet>();

  constructor(
    sets: PacketSets,
    options: { readonly reading: Reading; readonly closed: ReadonlySet<string> },
  ) {
    this.#sets = sets;
    this.#options = options;
  }

  /** Packets that ip_input and ip6_input give to pf (stack-semantics.md 1.3b, 1.5). */
  sane(it: Interface): PacketSet {
    return it.kind === "loopback"
      ? this.#sets.all
      : this.#once("sane", () => this.#saneOffLoopback());
  }

  #saneOffLoopback(): PacketSet {
    const sets = this.#sets;
    let bad = this.#both("inet", 127n << 24n, 8);
    bad = sets.or(
      bad,
      inPrefix(sets, "source", { family: "inet6", value: 0xffn << 120n, length: 8 }),
    );
    bad = sets.or(bad, inPrefix(sets, "destination", { family: "inet6", value: 0n, length: 128 }));
    bad = sets.or(bad, this.#both("inet6", 1n, 128));
    bad = sets.or(bad, this.#both("inet6", 0xffffn << 32n, 96));
    // v4-compatible addresses; the unspecified source is allowed
    const compatible = this.#both("inet6", 0n, 96);
    const unspecified = inPrefix(sets, "source", { family: "inet6", value: 0n, length: 128 });
    return sets.not(sets.or(bad, sets.diff(compatible, unspecified)));
  }

  /** Packets of table `rtable` that the host keeps for itself, come in on `it` (1.4). */
  local(host: Host, rtable: number, it: Interface): PacketSet {
    const name = `local ${host.name} ${rtable} ${keeperOf(host, it)}`;
    return this.#once(name, () => this.#localTo(host, rtable, it));
  }

  #localTo(host: Host, rtable: number, it: Interface): PacketSet {
    const sets = this.#sets;
    let set = sets.empty;
    for (const part of this.parts(host, rtable)) {
      if (!part.local) continue;
      // forwarding off: strong host model, only the addresses of the receiving interface
      const weak = (["inet", "inet6"] as const).filter((family) => host.forwarding[family]);
      const open = weak.reduce((all, family) => sets.or(all, ofFamily(sets, family)), sets.empty);
      const own = part.interface === it.name ? part.set : sets.and(part.set, open);
      set = sets.or(set, own);
    }
    return sets.or(set, this.#everyones(host, it));
  }

  /** Packets to or from addresses that interfaces of a routing domain may have learned. */
  learned(host: Host, rdomain: number, field: "source" | "destination"): PacketSet {
    const { reading, closed } = this.#options;
    if (reading === "must") return this.#sets.empty;
    return this.#once(`learned ${field} ${host.name} ${rdomain}`, () =>
      host.interfaces
        .filter((it) => it.rdomain === rdomain)
        .flatMap((it) => learnedFamilies(it, closed).map((family) => ({ it, family })))
        .map(({ it, family }) => undeclared(this.#sets, host, it, family, field))
        .reduce((all, set) => this.#sets.or(all, set), this.#sets.empty),
    );
  }

  /** Broadcast and multicast, which every host takes, and the link-local addresses of `it`. */
  #everyones(host: Host, it: Interface): PacketSet {
    const sets = this.#sets;
    let set = sets.or(
      this.#to("inet", 0xe0000000n, 4),
      sets.or(this.#to("inet", 0xffffffffn, 32), this.#to("inet", 0n, 32)),
    );
    set = sets.or(set, this.#to("inet6", 0xffn << 120n, 8));
    for (const other of host.interfaces) {
      if (other.rdomain !== it.rdomain) continue;
      for (const { family, broadcast } of other.addresses) {
        if (family === "inet" && broadcast !== undefined) {
          set = sets.or(set, this.#to("inet", broadcast, 32));
        }
      }
    }
    return set;
  }

  /** Link-local destinations: an interface with inet6 answers to one that is in no file. */
  linkLocal(it: Interface): PacketSet {
    return hasInet6(it) ? this.#to("inet6", 0x3fan << 118n, 10) : this.#sets.empty;
  }

  /**
   * Packets that the stack forwards once pf has passed them in (1.3, 1.5).
   *
   * @param ends - those that it drops once pf has passed them out: forwarding is for IPsec only
   */
  forwardable(host: Host, ends: boolean): PacketSet {
    return this.#once(`forwardable ${host.name} ${ends}`, () => this.#forwardableBy(host, ends));
  }

  #forwardableBy({ forwarding, switches }: Host, ends: boolean): PacketSet {
    const sets = this.#sets;
    let set = sets.empty;
    for (const family of ["inet", "inet6"] as const) {
      if (!forwarding[family] || switches.forwardsOnlyIpsec[family] !== ends) continue;
      set = sets.or(set, ofFamily(sets, family));
    }
    const refused = [
      this.#to("inet", 0xe0000000n, 4),
      this.#to("inet", 0n, 8),
      this.#to("inet", 127n << 24n, 8),
      this.#to("inet", 0xffffffffn, 32),
      this.#to("inet6", 0xffn << 120n, 8),
      this.#both("inet6", 0x3fan << 118n, 10),
      inPrefix(sets, "source", { family: "inet6", value: 0n, length: 128 }),
    ];
    return refused.reduce((left, some) => sets.diff(left, some), set);
  }

  /** Neighbour and listener discovery: pf drops it once a router has counted its hop limit down. */
  discovery(): PacketSet {
    return this.#once("discovery", () => {
      const sets = this.#sets;
      let types = sets.empty;
      for (const type of [130, 131, 132, 133, 134, 135, 136, 137, 143]) {
        types = sets.or(types, icmpType(sets, type));
      }
      const messages = sets.and(types, sets.and(ofProtocol(sets, ICMP6), ofFamily(sets, "inet6")));
      // a fragment is not looked into
      return sets.and(messages, sets.range("fragment", 0n, 0n));
    });
  }

  /** Where table `rtable` sends packets by their destination. */
  parts(host: Host, rtable: number): readonly RoutedPart[] {
    const key = `${host.name} ${rtable}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const parts = routedParts(this.#sets, host, rtable, "destination");
    this.#parts.set(key, parts);
    return parts;
  }

  /** Sources that the host itself uses in a routing domain: its own addresses there. */
  ownSources(host: Host, rdomain: number): PacketSet {
    const sets = this.#sets;
    let set = sets.empty;
    for (const it of host.interfaces) {
      if (it.rdomain !== rdomain) continue;
      for (const { family, value } of it.addresses) {
        set = sets.or(set, inRange(sets, "source", { family, first: value, last: value }));
      }
    }
    return sets.or(set, this.learned(host, rdomain, "source"));
  }

  #once(name: string, make: () => PacketSet): PacketSet {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const set = make();
    this.#known.set(name, set);
    return set;
  }

  #to(family: Family, value: bigint, length: number): PacketSet {
    return inPrefix(this.#sets, "destination", { family, value, length });
  }

  #both(family: Family, value: bigint, length: number): PacketSet {
    const prefix = { family, value, length };
    const sets = this.#sets;
    return sets.or(inPrefix(sets, "source", prefix), inPrefix(sets, "destination", prefix));
  }
}

/**
 * Interfaces of a host with the same name here keep the same packets for it ({@link StackSets.local}):
 * where both families are forwarded, the receiving interface means nothing but its routing domain.
 */
export function keeperOf({ forwarding }: Host, { name, rdomain }: Interface): string {
  return forwarding.inet && forwarding.inet6 ? `rdomain ${rdomain}` : name;
}

export function hasInet6({ automatic, addresses }: Interface): boolean {
  return automatic.includes("inet6") || addresses.some(({ family }) => family === "inet6");
}
