import type { Host } from "../../model/host.ts";
import type { PfTest } from "../path/points.ts";
import { rdomainOf, rdomainsOf } from "../path/stack.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import type { PacketSet } from "../sets/packet-sets.ts";
import { isSameClass, type StateClass } from "../sets/rules/state-class.ts";
import { type Crossed, type Hits, hits, imitatedHits } from "../sets/rules/state-hits.ts";
import { isRewriting } from "../sets/rules/state-sides.ts";
import { icmpErrors, imitated } from "./errors.ts";
import type { Gate, Gates } from "./gates.ts";
import {
  type Birth,
  type Cause,
  type OwnedStates,
  type Point,
  pointKey,
  type Reached,
  testAt,
  type Wave,
  type Way,
} from "./graph.ts";
import type { Label, Labels } from "./labels.ts";
import { ANYBODY, type Owners } from "./owners.ts";

/** Packets that a state lets pass at a point, and where they go on. */
export interface StatePass {
  readonly before: Point;
  readonly label: Label;
  readonly set: PacketSet;
  readonly rtable: number;
  readonly way: Way;
  readonly states: StateClass;
  /** They go the way of the packets that made the state; else they answer those. */
  readonly forward: boolean;
  readonly cause: Cause;
}

/** What is at a test point. */
interface AtTest {
  readonly point: Point;
  readonly label: number;
  readonly set: PacketSet;
}

/** All states of a closure, and who passes by them. */
export class StateHits {
  readonly #sets: PacketFunctions;
  readonly #reached: Reached;
  readonly #labels: Labels;
  readonly #gates: Gates;
  readonly #owners: Owners;
  readonly #forgetCreators: boolean;
  /** States per host name, and the interface that they are bound to: empty for floating ones. */
  readonly #byHost = new Map<string, Map<string, OwnedStates[]>>();
  /**
   * Points with a pf test where packets have been that meet states, per host name and the interface
   * that the states are bound to: empty for floating ones.
   */
  readonly #points = new Map<string, Map<string, Map<string, Point>>>();
  #count = 0;

  constructor(
    ground: {
      readonly sets: PacketFunctions;
      readonly reached: Reached;
      readonly labels: Labels;
      readonly gates: Gates;
      readonly owners: Owners;
    },
    options: { readonly forgetCreators?: boolean },
  ) {
    this.#sets = ground.sets;
    this.#reached = ground.reached;
    this.#labels = ground.labels;
    this.#gates = ground.gates;
    this.#owners = ground.owners;
    this.#forgetCreators = options.forgetCreators ?? false;
  }

  /**
   * New packets at a test point against the states that exist.
   *
   * @param boundOnly - floating states are looked for elsewhere: at a point of lookups
   */
  ofPackets(packets: Wave, test: PfTest, boundOnly = false): readonly StatePass[] {
    const { host } = test;
    const { point } = packets;
    if (!boundOnly) this.#note(host, "", point);
    if (point.kind !== "lookup") this.#note(host, test.interface.name, point);
    return this.#statesAt(test, point, boundOnly).flatMap((states) =>
      this.#passes(states, states.of, packets, test),
    );
  }

  #note(host: Host, name: string, point: Point): void {
    const own = this.#points.get(host.name) ?? new Map<string, Map<string, Point>>();
    this.#points.set(host.name, own);
    const points = own.get(name) ?? new Map<string, Point>();
    own.set(name, points);
    points.set(pointKey(point), point);
  }

  /** Adds states; returns them if they are to be met ({@link ofFresh}) and did not wait for it yet. */
  grow(test: PfTest, made: StateClass, birth: Omit<Birth, "keys">): OwnedStates | undefined {
    const sets = this.#sets;
    const states = this.#classOf(test, made);
    const { keys, full } = this.#owners.fewMakers(sets.diff(made.keys, states.full));
    states.full = sets.or(states.full, full);
    const fresh = sets.diff(keys, states.of.keys);
    if (fresh === sets.empty) return undefined;
    const isWaiting = states.fresh !== sets.empty;
    states.of = { ...states.of, keys: sets.or(states.of.keys, fresh) };
    states.fresh = sets.or(states.fresh, fresh);
    states.births.push({ ...birth, keys: fresh });
    return isWaiting ? undefined : states;
  }

  /** What is at the test points of their host against states that it has not met. */
  ofFresh(states: OwnedStates): readonly StatePass[] {
    const of = { ...states.of, keys: states.fresh };
    states.fresh = this.#sets.empty;
    const passes: StatePass[] = [];
    const { boundTo = "" } = of;
    for (const point of this.#points.get(states.host.name)?.get(boundTo)?.values() ?? []) {
      const test = testAt(point);
      if (test === undefined) continue;
      for (const { label, total: set } of this.#reached.allAt(point)) {
        passes.push(...this.#passes(states, of, { point, label, set }, test));
      }
    }
    return passes;
  }

  /** States that packets may meet at a test: floating ones, and those of its interface. */
  #statesAt(
    { host, interface: it }: PfTest,
    { kind }: Point,
    boundOnly: boolean,
  ): readonly OwnedStates[] {
    const own = this.#byHost.get(host.name);
    const floating = boundOnly ? [] : (own?.get("") ?? []);
    return kind === "lookup" ? floating : [...floating, ...(own?.get(it.name) ?? [])];
  }

  #classOf({ host }: PfTest, made: StateClass): OwnedStates {
    const own = this.#byHost.get(host.name) ?? new Map<string, OwnedStates[]>();
    this.#byHost.set(host.name, own);
    const { boundTo = "" } = made;
    const all = own.get(boundTo) ?? [];
    own.set(boundTo, all);
    const known = all.find((it) => isSameClass(it.of, made));
    if (known !== undefined) return known;
    const { empty } = this.#sets;
    const of = { ...made, keys: empty };
    const index = this.#count++;
    const states: OwnedStates = { index, host, of, fresh: empty, full: empty, births: [] };
    all.push(states);
    return states;
  }

  #passes(
    states: OwnedStates,
    of: StateClass,
    packets: AtTest,
    test: PfTest,
  ): readonly StatePass[] {
    const { point, set } = packets;
    const label = this.#labels.at(packets.label);
    const changing = isChanging(of);
    if (point.kind === "lookup" && label.about && point.changing !== changing) return [];
    const candidates = point.kind === "lookup" ? set : this.#lookingAt(packets, test, changing);
    if (candidates === this.#sets.empty) return [];
    const { direction, rdomain } = test;
    const tag = this.#gates.tracked(test.host).tags ? label.tag : "";
    const at: Crossed = {
      direction,
      interface: test.interface.name,
      rdomain,
      rtable: rdomain,
      tag,
    };
    const found = this.#owned(of, candidates, (met, some) =>
      label.about ? imitatedHits(this.#sets, met, at, some) : hits(this.#sets, met, at, some),
    );
    if (found.hit === this.#sets.empty) return [];
    return this.#passesOf(states, of, { packets, test, label, found });
  }

  /**
   * Hits of packets, with the creator that they have then: who made the states that they hit last.
   *
   * A state of the sender's own that an answer meets behind a state of somebody else changes nothing: it
   * could only be made by an earlier answer, which that other one had let in.
   */
  #owned(
    of: StateClass,
    packets: PacketSet,
    find: (of: StateClass, packets: PacketSet) => Hits,
  ): Hits {
    const sets = this.#sets;
    const owners = this.#owners;
    if (this.#forgetCreators) {
      const found = find(withKeys(of, owners.origins(of.keys)), owners.origins(packets));
      return { ...found, becomes: sets.and(found.becomes, owners.by(ANYBODY)) };
    }
    const first = sets.and(packets, owners.alone);
    const later = sets.diff(packets, owners.alone);
    const found = find(of, owners.origins(first));
    if (later === sets.empty) return found;
    const again = find(of, owners.origins(later));
    if (again.hit === sets.empty) return found;
    const kept = find(withKeys(of, owners.makers(of.keys)), later);
    const becomes = owners.byOthersOr(again.becomes, kept.becomes);
    return either(sets, found, either(sets, { ...again, becomes }, kept));
  }

  #lookingAt({ set, label: index }: AtTest, test: PfTest, changing: boolean): PacketSet {
    const label = this.#labels.at(index);
    const gate = this.#gates.at(test, label);
    return gate.open ? this.#sets.empty : this.looking(set, label, gate, changing);
  }

  /**
   * The packets at a test for which a state means something.
   *
   * @param changing - one that may change them or where they go; any other only helps who does not
   *   pass by the rules
   */
  looking(packets: PacketSet, label: Label, gate: Gate, changing: boolean): PacketSet {
    const sets = this.#sets;
    if (label.about) {
      // an error needs no state only if every error to its destination passes by the rules
      return changing ? packets : sets.and(packets, imitated(sets, sets.not(gate.alone)));
    }
    // errors are followed as the packets that they imitate
    const needing = sets.diff(sets.and(packets, gate.eligible), icmpErrors(sets));
    return changing ? needing : sets.diff(needing, gate.alone);
  }

  #passesOf(
    states: OwnedStates,
    of: StateClass,
    hit: {
      readonly packets: AtTest;
      readonly test: PfTest;
      readonly label: Label;
      readonly found: Hits;
    },
  ): readonly StatePass[] {
    const { packets, test, label, found } = hit;
    const cause: Cause = {
      kind: "state",
      before: packets.point,
      label: packets.label,
      states,
      keys: of.keys,
      until: this.#reached.all.length,
    };
    const tags = this.#gates.tracked(test.host).tags ? (found.tags ?? [label.tag, ""]) : [""];
    // an unread rule may have chosen any table: one of each routing domain stands for all
    const rtables = found.rtables ?? rdomainsOf(test.host);
    const sides = [found.forward !== this.#sets.empty, found.forward !== found.hit];
    return rtables.flatMap((rtable) =>
      this.#waysOf(of, test, rtable).flatMap((way) =>
        tags.flatMap((tag) =>
          [true, false]
            .filter((_, side) => sides[side])
            .map((forward): StatePass => {
              const { point: before } = packets;
              const passing = { ...label, tag };
              return {
                before,
                label: passing,
                set: found.becomes,
                rtable,
                way,
                states: of,
                forward,
                cause,
              };
            }),
        ),
      ),
    );
  }

  /** A translation to where the packet goes anyway is not routed again. */
  #waysOf(of: StateClass, test: PfTest, rtable: number): readonly Way[] {
    if (of.anything) return ["on", "re-routed"];
    if (of.translation.family !== undefined) return ["untested"];
    if (rdomainOf(test.host, rtable) !== test.rdomain) return ["re-routed"];
    return isRewriting(of) ? ["on", "re-routed"] : ["on"];
  }
}

function withKeys(of: StateClass, keys: PacketSet): StateClass {
  return { ...of, keys };
}

function either(sets: PacketFunctions, one: Hits, other: Hits): Hits {
  if (one.hit === sets.empty) return other;
  if (other.hit === sets.empty) return one;
  return {
    hit: sets.or(one.hit, other.hit),
    becomes: sets.or(one.becomes, other.becomes),
    rtables: one.rtables && other.rtables && [...new Set([...one.rtables, ...other.rtables])],
    tags: one.tags && other.tags && [...new Set([...one.tags, ...other.tags])],
    forward: sets.or(one.forward, other.forward),
  };
}

/** Whatever passes by a state of the class may leave otherwise than it came. */
function isChanging(of: StateClass): boolean {
  const { rtable, rdomainBefore, route, divert, tos, anything } = of;
  const isBent = rtable !== rdomainBefore || route !== undefined || divert !== undefined;
  return isRewriting(of) || isBent || tos >= 0 || anything;
}
