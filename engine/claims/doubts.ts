import type { PacketSet } from "../sets/packet-sets.ts";
import { union } from "../sets/packets.ts";
import type { Closure } from "./closure.ts";
import { type Judgement, judge, speaksForOthers } from "./judge.ts";
import { allowedPackets, conduitsBetween, conduitsTo } from "./policy.ts";

/** What reaches one zone and is not excused at once, by who sent it. Packets do not matter any more. */
interface Doubt {
  /** Not by states of the zone, and in no conduit. */
  readonly suspect: PacketSet;
  /** Of {@link suspect} what is no ICMP error. */
  readonly flows: PacketSet;
  /** By states of the zone, and in no conduit. */
  readonly onOwnStates: PacketSet;
}

/**
 * Judges all pairs of a closure: first all senders to a zone at once, so that only pairs which may have
 * something against them are looked at one by one.
 */
export class Doubts {
  readonly #closure: Closure;
  readonly #known = new Map<number, Doubt>();
  /** Packets of hosts and clouds. */
  readonly #speakers: PacketSet;

  constructor(closure: Closure) {
    const { sets, owners, plan } = closure;
    this.#closure = closure;
    const speakers = plan.zones.filter(({ index }) => speaksForOthers(closure, index));
    this.#speakers = union(
      sets,
      speakers.map(({ index }) => owners.from(index)),
    );
  }

  /** What {@link judge} says. */
  judge(from: number, to: number): Judgement {
    const { sets, owners, plan } = this.#closure;
    const sent = owners.from(from);
    const { suspect, onOwnStates } = this.#about(to);
    if (sets.meets(suspect, sent)) return judge(this.#closure, from, to);
    if (!sets.meets(onOwnStates, sent)) return { suspects: [], stealable: false };
    const isAsked =
      this.#isAllowed(from, to) ||
      this.#isAllowed(to, from) ||
      sets.meets(this.#about(from).flows, owners.from(to));
    if (isAsked || plan.level === "states") return judge(this.#closure, from, to);
    return { suspects: [], stealable: true };
  }

  /** Zones that {@link judge} has something to say of as senders to `to`: many pairs at once. */
  sendersIn(to: number): readonly number[] {
    const { sets, owners, plan } = this.#closure;
    const { suspect } = this.#about(to);
    if (suspect === sets.empty) return [];
    return plan.zones
      .map(({ index }) => index)
      .filter((from) => from !== to && sets.meets(suspect, owners.from(from)));
  }

  #isAllowed(from: number, to: number): boolean {
    const { zones, network } = this.#closure.plan;
    const [source, target] = [zones[from]?.name ?? "", zones[to]?.name ?? ""];
    return conduitsBetween(network.conduits, source, target).length > 0;
  }

  #about(zone: number): Doubt {
    const known = this.#known.get(zone);
    if (known !== undefined) return known;
    const doubt = this.#doubt(zone);
    this.#known.set(zone, doubt);
    return doubt;
  }

  #doubt(to: number): Doubt {
    const { sets, owners, labels } = this.#closure;
    const allowed = this.#allowedTo(to);
    const own = owners.statesOf(to);
    let [flows, errors] = [sets.empty, sets.empty];
    for (const { label, set } of this.#closure.deliveries(to)) {
      if (labels.at(label).about) errors = sets.or(errors, set);
      else flows = sets.or(flows, sets.diff(set, allowed));
    }
    // as judge.ts excuses errors, without a look at conduits for errors themselves
    errors = sets.diff(errors, sets.or(owners.alone, sets.and(own, this.#speakers)));
    errors = sets.diff(errors, sets.diff(allowed, owners.byOthers(allowed)));
    const all = sets.or(flows, errors);
    return {
      suspect: owners.senders(sets.diff(all, own)),
      flows: owners.senders(sets.diff(flows, own)),
      onOwnStates: owners.senders(sets.and(all, own)),
    };
  }

  #allowedTo(to: number): PacketSet {
    const { sets, owners, plan } = this.#closure;
    const { zones, network } = plan;
    const target = zones[to]?.name ?? "";
    const senders = new Set(conduitsTo(network.conduits, target).map((it) => it.from));
    const parts = zones.flatMap(({ index, name }) => {
      if (!senders.has(name)) return [];
      return [sets.and(allowedPackets(sets, network.conduits, name, target), owners.from(index))];
    });
    return union(sets, parts);
  }
}
