import type { PfTest } from "../path/points.ts";
import { rdomainOf } from "../path/stack.ts";
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
  type Increment,
  type OwnedStates,
  type Point,
  pointKey,
  type Reached,
  testAt,
  type Way,
} from "./graph.ts";
import { ANYBODY, type Label, type Labels } from "./labels.ts";

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
  readonly #forgetCreators: boolean;
  /** States per host name. */
  readonly #byHost = new Map<string, OwnedStates[]>();
  /** Points with a pf test where packets have been, per host name. */
  readonly #points = new Map<string, Map<string, Point>>();
  #count = 0;

  constructor(
    ground: {
      readonly sets: PacketFunctions;
      readonly reached: Reached;
      readonly labels: Labels;
      readonly gates: Gates;
    },
    options: { readonly forgetCreators?: boolean },
  ) {
    this.#sets = ground.sets;
    this.#reached = ground.reached;
    this.#labels = ground.labels;
    this.#gates = ground.gates;
    this.#forgetCreators = options.forgetCreators ?? false;
  }

  /** New packets at a test point against the states that exist. */
  ofPackets(increment: Increment, test: PfTest): readonly StatePass[] {
    const points = this.#points.get(test.host.name) ?? new Map<string, Point>();
    this.#points.set(test.host.name, points);
    points.set(pointKey(increment.point), increment.point);
    return (this.#byHost.get(test.host.name) ?? []).flatMap((states) =>
      this.#passes(states, states.of, increment, test),
    );
  }

  /** Adds states, and lets pass by them what is at the test points of their host. */
  grow(
    test: PfTest,
    made: StateClass,
    birth: Omit<Birth, "keys">,
    creator: number,
  ): readonly StatePass[] {
    const states = this.#classOf(test, made, creator);
    const fresh = this.#sets.diff(made.keys, states.of.keys);
    if (fresh === this.#sets.empty) return [];
    states.of = { ...states.of, keys: this.#sets.or(states.of.keys, fresh) };
    states.births.push({ ...birth, keys: fresh });
    return this.#ofKeys(states, { ...states.of, keys: fresh });
  }

  #ofKeys(states: OwnedStates, fresh: StateClass): readonly StatePass[] {
    const passes: StatePass[] = [];
    for (const point of this.#points.get(states.host.name)?.values() ?? []) {
      const test = testAt(point);
      if (test === undefined) continue;
      for (const [label, set] of this.#reached.labelsAt(point)) {
        passes.push(...this.#passes(states, fresh, { point, label, set }, test));
      }
    }
    return passes;
  }

  #classOf({ host }: PfTest, made: StateClass, creator: number): OwnedStates {
    const all = this.#byHost.get(host.name) ?? [];
    this.#byHost.set(host.name, all);
    const known = all.find((it) => it.creator === creator && isSameClass(it.of, made));
    if (known !== undefined) return known;
    const of = { ...made, keys: this.#sets.empty };
    const states: OwnedStates = { index: this.#count++, host, creator, of, births: [] };
    all.push(states);
    return states;
  }

  #passes(
    states: OwnedStates,
    of: StateClass,
    packets: AtTest,
    test: PfTest,
  ): readonly StatePass[] {
    const label = this.#labels.at(packets.label);
    const gate = this.#gates.at(test, label);
    if (gate.open) return [];
    const candidates = this.#candidates(of, packets.set, label, gate);
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
    const found = label.about
      ? imitatedHits(this.#sets, of, at, candidates)
      : hits(this.#sets, of, at, candidates);
    if (found.hit === this.#sets.empty) return [];
    return this.#passesOf(states, of, { packets, test, label, found });
  }

  /** The packets of a point that need a state to pass, and that a state of this class may admit. */
  #candidates(of: StateClass, packets: PacketSet, label: Label, gate: Gate): PacketSet {
    const sets = this.#sets;
    if (label.about) {
      // an error needs no state only if every error to its destination passes by the rules
      return isChanging(of) ? packets : sets.and(packets, imitated(sets, sets.not(gate.alone)));
    }
    // errors are followed as the packets that they imitate
    const needing = sets.diff(sets.and(packets, gate.eligible), icmpErrors(sets));
    return isChanging(of) ? needing : sets.diff(needing, gate.alone);
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
    const creator = this.#forgetCreators ? ANYBODY : lastCreator(label, states.creator);
    const cause: Cause = {
      kind: "state",
      before: packets.point,
      label: packets.label,
      states,
      keys: of.keys,
      until: this.#reached.all.length,
    };
    const tags = this.#gates.tracked(test.host).tags ? (found.tags ?? [label.tag, ""]) : [""];
    const rtables = found.rtables ?? this.#rtablesOf(test);
    const sides = [found.forward !== this.#sets.empty, found.forward !== found.hit];
    return rtables.flatMap((rtable) =>
      this.#waysOf(of, test, rtable).flatMap((way) =>
        tags.flatMap((tag) =>
          [true, false]
            .filter((_, side) => sides[side])
            .map((forward): StatePass => {
              const { point: before } = packets;
              const passing = { ...label, creator, tag };
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

  /** Tables that an unread rule may have chosen: one of each routing domain. */
  #rtablesOf({ host }: PfTest): readonly number[] {
    return [...new Set(host.interfaces.map(({ rdomain }) => rdomain))];
  }
}

/**
 * Who counts as the maker of the states that a packet needed: the one of the state hit last.
 *
 * A state of the sender's own that an answer meets behind a state of somebody else changes nothing: it
 * could only be made by an earlier answer, which that other one had let in.
 */
function lastCreator({ origin, creator }: Label, of: number): number {
  return of === origin && creator >= 0 ? creator : of;
}

/** Whatever passes by a state of the class may leave otherwise than it came. */
function isChanging(of: StateClass): boolean {
  const { rtable, rdomainBefore, route, divert, tos, anything } = of;
  const isBent = rtable !== rdomainBefore || route !== undefined || divert !== undefined;
  return isRewriting(of) || isBent || tos >= 0 || anything;
}
