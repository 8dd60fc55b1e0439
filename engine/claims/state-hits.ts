import type { PfTest } from "../path/points.ts";
import type { Outcome } from "../sets/compile.ts";
import type { Gate } from "../sets/gate.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { type Rewrite, rewrite } from "../sets/rewrite.ts";
import { imitated, stateHits } from "../sets/states.ts";
import type { Gates } from "./gates.ts";
import {
  type Birth,
  type Cause,
  type Increment,
  type OwnedStates,
  type Point,
  pointKey,
  type Reached,
  testAt,
} from "./graph.ts";
import { ANYBODY, type Label, type Labels } from "./labels.ts";

/** Packets that a state lets pass at a point, and where they go on. */
export interface StatePass {
  readonly before: Point;
  readonly label: Label;
  readonly set: PacketSet;
  readonly rtable: number;
  readonly moved: boolean;
  readonly cause: Cause;
}

/** All states of a closure, and who passes by them. */
export class StateHits {
  readonly #sets: PacketSets;
  readonly #reached: Reached;
  readonly #labels: Labels;
  readonly #forgetCreators: boolean;
  readonly #byKey = new Map<string, OwnedStates>();
  /** States per host name. */
  readonly #byHost = new Map<string, OwnedStates[]>();
  /** Points with a pf test where packets have been, per host name. */
  readonly #points = new Map<string, Map<string, Point>>();

  constructor(
    sets: PacketSets,
    reached: Reached,
    labels: Labels,
    options: { readonly forgetCreators?: boolean },
  ) {
    this.#sets = sets;
    this.#reached = reached;
    this.#labels = labels;
    this.#forgetCreators = options.forgetCreators ?? false;
  }

  image(set: PacketSet, by: Rewrite): PacketSet {
    return rewrite(this.#sets, set, by);
  }

  /** Every class of states, in the order they were first made. */
  get all(): readonly OwnedStates[] {
    return [...this.#byKey.values()];
  }

  /** New packets at a test point against the states that exist. */
  ofPackets(increment: Increment, test: PfTest, gate: Gate): readonly StatePass[] {
    const points = this.#points.get(test.host.name) ?? new Map<string, Point>();
    this.#points.set(test.host.name, points);
    points.set(pointKey(increment.point), increment.point);
    const packets = { point: increment.point, label: increment.label, set: increment.set };
    return (this.#byHost.get(test.host.name) ?? []).flatMap((states) =>
      this.#passes(states, states.keys, packets, test, gate),
    );
  }

  /** New states against the packets that are at the test points of their host. */
  ofKeys(states: OwnedStates, fresh: PacketSet, gates: Gates): readonly StatePass[] {
    const passes: StatePass[] = [];
    for (const point of this.#points.get(states.host.name)?.values() ?? []) {
      const test = testAt(point);
      if (test === undefined) continue;
      for (const [label, set] of this.#reached.labelsAt(point)) {
        const gate = gates.at(test, this.#labels.at(label));
        passes.push(...this.#passes(states, fresh, { point, label, set }, test, gate));
      }
    }
    return passes;
  }

  /** Adds states; returns what is new of them, or nothing. */
  grow(
    test: PfTest,
    outcome: Outcome,
    birth: Birth,
    of: {
      readonly creator: number;
      readonly carried: string;
      readonly rdomain: number;
      readonly after: number;
    },
  ): { readonly states: OwnedStates; readonly fresh: PacketSet } | undefined {
    const states = this.#classOf(test, outcome, of);
    const fresh = this.#sets.diff(birth.keys, states.keys);
    if (fresh === this.#sets.empty) return undefined;
    states.keys = this.#sets.or(states.keys, fresh);
    states.births.push({ ...birth, keys: fresh });
    return { states, fresh };
  }

  #classOf(
    test: PfTest,
    outcome: Outcome,
    of: {
      readonly creator: number;
      readonly carried: string;
      readonly rdomain: number;
      readonly after: number;
    },
  ): OwnedStates {
    const bound = outcome.binding === "if-bound" ? test.interface.name : "";
    const tag = outcome.tag ?? "";
    const key = [
      test.host.name,
      test.direction,
      outcome.rewrite.key,
      outcome.allowOptions,
      bound,
      of.rdomain,
      of.after,
      outcome.rtable ?? of.rdomain,
      of.creator,
      of.carried,
      tag,
    ].join(" ");
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const made: OwnedStates = {
      key,
      host: test.host,
      direction: test.direction,
      rewrite: outcome.rewrite,
      ...(bound === "" ? {} : { boundTo: bound }),
      rdomainBefore: of.rdomain,
      rdomainAfter: of.after,
      rtable: outcome.rtable ?? of.rdomain,
      allowOptions: outcome.allowOptions,
      keys: this.#sets.empty,
      creator: of.creator,
      tag,
      carried: of.carried,
      births: [],
    };
    this.#byKey.set(key, made);
    this.#byHost.set(test.host.name, [...(this.#byHost.get(test.host.name) ?? []), made]);
    return made;
  }

  #passes(
    states: OwnedStates,
    keys: PacketSet,
    packets: { readonly point: Point; readonly label: number; readonly set: PacketSet },
    test: PfTest,
    gate: Gate,
  ): readonly StatePass[] {
    if (gate.open) return [];
    if (states.boundTo !== undefined && states.boundTo !== test.interface.name) return [];
    const same = test.direction === states.direction;
    if (test.rdomain !== (same ? states.rdomainBefore : states.rdomainAfter)) return [];
    const candidates = this.#candidates(states, packets, gate);
    if (candidates === this.#sets.empty) return [];
    const { hit, becomes } = stateHits(this.#sets, states, keys, candidates, test.direction);
    if (hit === this.#sets.empty) return [];
    return this.#passOf(states, keys, packets, test, becomes);
  }

  /** The packets of a point that need a state to pass, and that a state of this class may admit. */
  #candidates(
    states: OwnedStates,
    packets: { readonly label: number; readonly set: PacketSet },
    gate: Gate,
  ): PacketSet {
    const sets = this.#sets;
    const changes = states.rewrite.key !== "" || states.rtable !== states.rdomainBefore;
    if (this.#labels.at(packets.label).about) {
      // an error needs no state only if every error to its destination passes by the rules
      return changes ? packets.set : sets.and(packets.set, imitated(sets, sets.not(gate.alone)));
    }
    const needing = sets.and(packets.set, gate.eligible);
    // a state refuses packets with options unless its rule allows them (pf-semantics.md 24.1)
    const usable = states.allowOptions ? needing : sets.and(needing, sets.range("options", 0n, 0n));
    return changes ? usable : sets.diff(usable, gate.alone);
  }

  #passOf(
    states: OwnedStates,
    keys: PacketSet,
    packets: { readonly point: Point; readonly label: number },
    test: PfTest,
    becomes: PacketSet,
  ): readonly StatePass[] {
    const same = test.direction === states.direction;
    const rtable = same ? states.rtable : states.rdomainBefore;
    const domain = same ? states.rdomainAfter : states.rdomainBefore;
    const label = this.#labels.at(packets.label);
    const creator = this.#forgetCreators ? ANYBODY : states.creator;
    const written = same ? states.rewrite.destination : states.rewrite.source;
    const moved = written !== undefined || states.rewrite.havoc === true || domain !== test.rdomain;
    const cause: Cause = {
      kind: "state",
      before: packets.point,
      label: packets.label,
      states,
      keys,
      until: this.#reached.all.length,
    };
    // a translation to where the packet goes anyway is not routed again
    const ways = moved && domain === test.rdomain ? [true, false] : [moved];
    return tagsAfter(label.tag, states).flatMap((tag) =>
      ways.map((way) => ({
        before: packets.point,
        label: { ...label, creator, tag },
        set: becomes,
        rtable,
        moved: way,
        cause,
      })),
    );
  }
}

/** A state gives the tag that rules set; it may also have stored the one its first packet carried. */
function tagsAfter(own: string, states: OwnedStates): readonly string[] {
  if (states.tag !== "") return [states.tag];
  return states.carried === "" || states.carried === own ? [own] : [own, states.carried];
}
