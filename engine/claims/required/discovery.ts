import { ICMP6 } from "../../../model/packet.ts";
import { frameHops, frameWays } from "../../path/frames.ts";
import type { Attachment, Wire } from "../../path/wiring.ts";
import { FIELDS, type Field, type PacketSet } from "../../sets/packet-sets.ts";
import { inPrefix, inRange, ofFamily, ofProtocol, union } from "../../sets/packets.ts";
import type { Carried, CertainGround } from "./certain-pf.ts";
import { type CertainWalk, type Goal, NOTHING_CARRIED } from "./certain-walk.ts";
import type { Target } from "./segments.ts";

const [SOLICIT, ADVERT] = [135, 136] as const;

/** ff02::1:ff00:0/104: the group of the last 24 bits of an address. */
const SOLICITED = {
  family: "inet6",
  value: 0xff02_0000_0000_0000_0000_0001_ff00_0000n,
  length: 104,
} as const;
const LINK_LOCAL = { family: "inet6", value: 0x3fan << 118n, length: 10 } as const;

type Message = "solicitation" | "advertisement";

/** A solicitation goes to a group, and tells switches where its sender is. */
const CARRIED: Readonly<Record<Message, Carried>> = {
  solicitation: { ...NOTHING_CARRIED, flooded: true },
  advertisement: NOTHING_CARRIED,
};

/** Messages that neighbours need and that are lost. */
export interface Silence {
  readonly kind: "arp" | Message;
  readonly from: Attachment | Wire;
  /** The stack that routes to the neighbour, and where that is. */
  readonly router: Attachment;
  readonly target: Target;
  /** Empty for ARP, which is no packet. */
  readonly lost: PacketSet;
}

interface Found {
  readonly lost: PacketSet;
  readonly silences: readonly Silence[];
}

/**
 * Whether neighbours on one segment find each other, in both directions: ARP, which pf never sees but
 * bridges may keep back, and neighbour discovery, which pf takes for ICMPv6 like any other
 * (claims.md 3): solicitations may leave states, advertisements find none.
 */
export class Discovery {
  readonly #ground: CertainGround;
  readonly #walk: () => CertainWalk;
  readonly #known = new Map<string, Found>();
  readonly #met = new Set<Silence>();

  constructor(ground: CertainGround, walk: () => CertainWalk) {
    this.#ground = ground;
    this.#walk = walk;
  }

  /** What was met since {@link forget}. */
  get silences(): readonly Silence[] {
    return [...this.#met];
  }

  forget(): void {
    this.#met.clear();
  }

  /** Packets whose destination, a neighbour on the segment of `target`, is not found, or finds not back. */
  unresolved(from: Attachment, target: Target, neighbours: PacketSet): PacketSet {
    const { sets } = this.#ground;
    const wanted = sets.forget(neighbours, NOT_DESTINATION);
    const end = target.kind === "wire" ? target.wire.index : nameOf(target);
    const key = `${nameOf(from)} ${end} ${wanted}`;
    const found = this.#known.get(key) ?? this.#ask(from, target, wanted);
    this.#known.set(key, found);
    for (const silence of found.silences) this.#met.add(silence);
    return found.lost;
  }

  #ask(from: Attachment, target: Target, wanted: PacketSet): Found {
    const { sets } = this.#ground;
    const inet = sets.and(wanted, ofFamily(sets, "inet"));
    const inet6 = sets.and(wanted, ofFamily(sets, "inet6"));
    const silences: Silence[] = [];
    const isSeen = inet === sets.empty || this.#isAsked(from, target);
    if (!isSeen) silences.push({ kind: "arp", from, router: from, target, lost: sets.empty });
    const unseen = isSeen ? sets.empty : inet;
    const silent = inet6 === sets.empty ? inet6 : this.#undiscovered(from, target, inet6, silences);
    return { lost: sets.or(unseen, silent), silences };
  }

  #undiscovered(
    from: Attachment,
    target: Target,
    neighbours: PacketSet,
    silences: Silence[],
  ): PacketSet {
    const { sets } = this.#ground;
    const own = this.#ownOf(from);
    const ownThere = sets.swapAddresses(own);
    const theirs = sets.swapAddresses(neighbours);
    const group = inPrefix(sets, "destination", SOLICITED);
    const asking = this.#message(SOLICIT, own, group);
    const asked = this.#message(SOLICIT, theirs, group);
    const answer = this.#message(ADVERT, own, neighbours);
    const answered = this.#message(ADVERT, theirs, ownThere);
    const there = (kind: Message, set: PacketSet): PacketSet => {
      const lost = this.#there(from, target, set, kind);
      if (lost !== sets.empty) silences.push({ kind, from, router: from, target, lost });
      return lost;
    };
    const back = (kind: Message, set: PacketSet): PacketSet => {
      const lost = this.#back(from, target, set, kind);
      const there = target.kind === "wire" ? target.wire : target;
      if (lost !== sets.empty) silences.push({ kind, from: there, router: from, target, lost });
      return sets.swapAddresses(lost);
    };
    if (there("solicitation", asking) !== sets.empty) return neighbours;
    // the answer goes out to them, what they ask and answer comes in from them
    const missing = [
      there("advertisement", answer),
      back("solicitation", asked),
      back("advertisement", answered),
    ].map((lost) => sets.forget(lost, NOT_DESTINATION));
    return sets.and(neighbours, union(sets, missing));
  }

  #there(from: Attachment, target: Target, set: PacketSet, kind: Message): PacketSet {
    return this.#walk().fromStack(from, target, set, CARRIED[kind], this.#goalAt(target));
  }

  #back(from: Attachment, target: Target, set: PacketSet, kind: Message): PacketSet {
    const home = { kind: "stack", ...from } as const;
    const goal = this.#goalAt(home);
    const carried = CARRIED[kind];
    if (target.kind === "stack") {
      return this.#walk().fromStack(target, home, set, carried, goal);
    }
    return this.#walk().toRouter(target.wire, from, set, carried, goal);
  }

  #goalAt(target: Target): Goal {
    const { sets } = this.#ground;
    const wires = new Map(target.kind === "wire" ? [[target.wire, sets.all]] : []);
    const hosts = new Set(target.kind === "stack" ? [target.host] : []);
    return { wires, hosts, isNear: true, arrived: () => sets.empty };
  }

  #message(type: number, source: PacketSet, destination: PacketSet): PacketSet {
    const { sets } = this.#ground;
    const code = BigInt(type * 256);
    return [
      ofProtocol(sets, ICMP6),
      sets.range("destinationPort", code, code),
      sets.range("sourcePort", 0n, 0n),
      sets.range("tos", 0n, 0n),
      sets.range("fragment", 0n, 0n),
      sets.range("options", 0n, 0n),
      source,
      destination,
    ].reduce((all, some) => sets.and(all, some), ofFamily(sets, "inet6"));
  }

  /** The sources that a stack asks and answers with: its addresses on the wire. */
  #ownOf({ interface: it }: Attachment): PacketSet {
    const { sets } = this.#ground;
    const own = it.addresses
      .filter(({ family, value }) => family === "inet6" && value >> 118n !== 0x3fan)
      .map(({ family, value }) => inRange(sets, "source", { family, first: value, last: value }));
    return own.length === 0 ? inPrefix(sets, "source", LINK_LOCAL) : union(sets, own);
  }

  /** Whether ARP frames get from one to the other, and back. */
  #isAsked(from: Attachment, target: Target): boolean {
    const { wiring } = this.#ground.plan;
    const starts = this.#frameWires(from);
    const ends = target.kind === "wire" ? [target.wire] : this.#frameWires(target);
    return starts.some((start) =>
      ends.some((end) => {
        if (start === end) return true;
        const there = frameWays(wiring, start, "arp").has(end);
        return there && frameWays(wiring, end, "arp").has(start);
      }),
    );
  }

  #frameWires({ host, interface: it }: Attachment): readonly Wire[] {
    const { wiring } = this.#ground.plan;
    const names = [it.name, ...frameHops(host, it, "arp").map(({ to }) => to.name)];
    return names.flatMap((name) => wiring.wireOf(host.name, name) ?? []);
  }
}

const NOT_DESTINATION = (Object.keys(FIELDS) as Field[]).filter(
  (it) => it !== "family" && it !== "destination",
);

function nameOf({ host, interface: it }: Attachment): string {
  return `${host.name}:${it.name}`;
}
