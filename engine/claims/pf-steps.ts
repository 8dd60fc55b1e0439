import type { Host, Interface } from "../../model/host.ts";
import type { Divert } from "../../model/pf-rule.ts";
import type { PfTest } from "../path/points.ts";
import { rdomainOf, rdomainsOf } from "../path/stack.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import type { PacketSet } from "../sets/packet-sets.ts";
import { union } from "../sets/packets.ts";
import { AddressSets } from "../sets/rules/addresses.ts";
import type { Fate, RouteMade } from "../sets/rules/fate.ts";
import { statesLeft } from "../sets/rules/state-class.ts";
import type { Crossings } from "./crossings.ts";
import type { Gate, Gates, Pass } from "./gates.ts";
import { type Cause, type OwnedStates, type Point, testAt, type Wave, type Way } from "./graph.ts";
import type { Label } from "./labels.ts";
import { Lookups } from "./lookups.ts";
import type { Plan } from "./plan.ts";
import type { StateHits, StatePass } from "./state-hits.ts";

/** Where packets go that a routing table sends on. */
export interface Onward {
  readonly to: Interface;
  readonly set: PacketSet;
}

/** What pf tests need of the closure that they are part of. */
export interface PfGround {
  readonly plan: Plan;
  readonly sets: PacketFunctions;
  readonly gates: Gates;
  readonly states: StateHits;
  /** Takes states with fresh keys, to be handed to {@link PfSteps.meet}. */
  readonly wait: (states: OwnedStates) => void;
  readonly closed: ReadonlySet<string>;
  readonly add: (point: Point, label: Label, set: PacketSet, cause: Cause) => void;
  readonly routes: (host: Host, rtable: number) => readonly Onward[];
  /** A guard as packets of a label meet it. */
  readonly narrow: (label: Label, guard: PacketSet) => PacketSet;
  /** Packets of a label as the makers of states: their creator is who owns those. */
  readonly makersOf: (label: Label, set: PacketSet) => PacketSet;
  /** Takes what the rules drop; no state is made then. */
  readonly crossings: Crossings | undefined;
}

/** Packets behind a test, and what pf wants of them. */
interface Passing {
  readonly test: PfTest;
  readonly before: Point;
  readonly rtable: number;
  readonly label: Label;
  readonly set: PacketSet;
  readonly cause: Cause;
  readonly ways: readonly Way[];
  readonly route: RouteMade | undefined;
  readonly divert: Divert | undefined;
  /** They go the way of the packets that made the state, or have none. */
  readonly forward: boolean;
}

/**
 * pf tests of all packets at a point: by the rules, by states, and what becomes of packets there
 * (stack-semantics.md 1.10, 2.4).
 */
export class PfSteps {
  readonly #ground: PfGround;
  readonly #lookups: Lookups;

  constructor(ground: PfGround) {
    this.#ground = ground;
    this.#lookups = new Lookups(ground.gates);
  }

  /** Puts new packets at a test point to pf. */
  test(wave: Wave, label: Label): void {
    const test = testAt(wave.point);
    if (test === undefined) return;
    const { gates, add, crossings } = this.#ground;
    const gate = gates.at(test, label);
    if (gate.open) {
      const { point: before, set } = wave;
      const past: Point = { kind: "passed", before, rtable: test.rdomain, way: "on" };
      add(past, label, set, { kind: "open", from: wave });
      return;
    }
    for (const pass of gate.passes) this.#byRule(wave, label, test, pass);
    if (crossings === undefined) this.#meetStates(wave, label, test, gate);
    else this.#drop(wave, label, test, gate, crossings);
  }

  /** Packets that the rules of many interfaces treat differently look for floating states together. */
  #meetStates(wave: Wave, label: Label, test: PfTest, gate: Gate): void {
    const { states, add } = this.#ground;
    const { host, interface: own } = test;
    const standing = wave.point.kind === "stack" ? this.#lookups.standingFor(host, own) : undefined;
    for (const hit of states.ofPackets(wave, test, standing !== undefined))
      this.#byState(hit, test);
    if (standing === undefined) return;
    // that an error passes by the rules excuses it; what else passes may be told of under more creators
    for (const changing of label.about ? [true, false] : [true]) {
      const set = states.looking(wave.set, label, gate, changing);
      const point: Point = { kind: "lookup", host, interface: standing, changing };
      add(point, label, set, { kind: "moved", from: wave });
    }
  }

  /** Puts new packets at a point of lookups to the states that exist. */
  lookUp(wave: Wave): void {
    const test = testAt(wave.point);
    if (test === undefined) return;
    for (const hit of this.#ground.states.ofPackets(wave, test)) this.#byState(hit, test);
  }

  /** Hands over what no rule passes, whatever the open brackets are. */
  #drop(wave: Wave, label: Label, { rdomain }: PfTest, gate: Gate, crossings: Crossings): void {
    const { sets } = this.#ground;
    const passing = union(
      sets,
      gate.passes.map(({ set }) => set),
    );
    const set = sets.and(wave.set, sets.diff(gate.eligible, passing));
    const { point: before } = wave;
    const past: Point = { kind: "passed", before, rtable: rdomain, way: "on" };
    if (set !== sets.empty) crossings.drop(past, label, set, wave);
  }

  #byRule(wave: Wave, label: Label, test: PfTest, pass: Pass): void {
    const { sets, narrow } = this.#ground;
    const { fn, fate } = pass;
    const some = sets.and(wave.set, narrow(label, pass.set));
    if (some === sets.empty) return;
    const passing = {
      test,
      before: wave.point,
      // rules translate no ICMP error
      set: label.about && !fate.anything ? some : fn.image(some, fate),
      cause: { kind: "rule", from: wave, pass },
      route: fate.route,
      divert: fate.divert,
      forward: true,
    } as const;
    for (const rtable of this.#rtablesOf(test, fate)) {
      const ways = waysOf(test, fate, rtable);
      for (const tag of this.#tagsOf(test, fate)) {
        this.#onward({ ...passing, rtable, ways, label: { ...label, tag } });
      }
    }
    if (!label.about && this.#ground.crossings === undefined)
      this.#makeStates(wave, label, test, pass, some);
  }

  /** An unread rule may choose any table: one of each routing domain stands for all. */
  #rtablesOf({ host }: PfTest, fate: Fate): readonly number[] {
    if (!fate.anything) return [fate.rtable];
    return rdomainsOf(host);
  }

  #tagsOf({ host }: PfTest, fate: Fate): readonly string[] {
    const { gates } = this.#ground;
    if (!gates.tracked(host).tags) return [""];
    return fate.anything ? gates.tagsOf(host) : [fate.tag];
  }

  #makeStates(wave: Wave, label: Label, test: PfTest, pass: Pass, packets: PacketSet): void {
    const { plan, states, makersOf, wait } = this.#ground;
    const { surroundings } = plan.pfOf(test.host);
    const makers = makersOf(label, packets);
    const made = statesLeft(pass.fn, pass.place, pass.fate, makers, surroundings);
    if (made === undefined) return;
    const grown = states.grow(test, made, { from: wave, pass });
    if (grown !== undefined) wait(grown);
  }

  /** Lets pass by the fresh keys of states what is at the test points of their host. */
  meet(grown: OwnedStates): void {
    for (const hit of this.#ground.states.ofFresh(grown)) {
      const at = testAt(hit.before);
      if (at !== undefined) this.#byState(hit, at);
    }
  }

  #byState(hit: StatePass, test: PfTest): void {
    const { before, label, set, rtable, way, states, forward, cause } = hit;
    const { divert, route } = states;
    this.#onward({
      ...{ test, before, label, set, rtable, cause, forward, route },
      ways: [way],
      divert: forward ? divert : undefined,
    });
  }

  #onward(passing: Passing): void {
    const { add } = this.#ground;
    const { test, before, rtable, label, set, cause, divert, ways } = passing;
    const { host } = test;
    if (divert !== undefined && divert.kind !== "divert-reply") {
      add({ kind: "socket", host, rdomain: rdomainOf(host, rtable) }, label, set, cause);
      return;
    }
    if (this.#sentElsewhere(passing)) return;
    for (const way of ways) add({ kind: "passed", before, rtable, way }, label, set, cause);
  }

  /** `route-to`, `reply-to`, `dup-to`; false: the packets themselves go on. */
  #sentElsewhere({ test, rtable, label, set, cause, route, forward }: Passing): boolean {
    if (route === undefined) return false;
    const isCopied = route.kind === "dup-to";
    if (!isCopied && (route.kind === "reply-to") === forward) return false;
    const { host } = test;
    const kind = test.direction === "in" && !isCopied ? "send" : "sent";
    for (const to of this.#nextHops(test, route, rtable)) {
      const point: Point = { kind, host, interface: to, generated: true };
      this.#ground.add(point, label, set, cause);
    }
    return !isCopied;
  }

  /** Interfaces towards the gateways of a pool; a table that is not the main ruleset's may hold any. */
  #nextHops(test: PfTest, { pool }: RouteMade, rtable: number): readonly Interface[] {
    const { plan, sets, closed, routes } = this.#ground;
    const { direction, interface: on, rdomain } = test;
    const source = plan.pfOf(test.host).source(closed);
    const place = {
      ...{ direction, interface: on.name, rdomain, forwarded: true, receivedOn: "" },
      ...{ priority: undefined, looksLike: undefined },
    };
    const addresses = new AddressSets(sets, source, place, closed);
    const isForeign =
      pool.address.kind === "table" && source.table("", pool.address.name) === undefined;
    const gateways = isForeign
      ? sets.all
      : addresses.meeting(pool.address, false, "destination", "", rtable).may;
    return routes(test.host, rtable)
      .filter(({ set }) => sets.meets(set, gateways))
      .map(({ to }) => to);
  }
}

/** A translation to where the packet goes anyway is not routed again. */
function waysOf({ host, rdomain }: PfTest, fate: Fate, rtable: number): readonly Way[] {
  const { translation, anything } = fate;
  if (anything) return ["on", "re-routed"];
  if (translation.family !== undefined) return ["untested"];
  if (rdomainOf(host, rtable) !== rdomain) return ["re-routed"];
  const isTurned = translation.writes.some(({ field }) => field === "destination");
  return isTurned ? ["on", "re-routed"] : ["on"];
}
