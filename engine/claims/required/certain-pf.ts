import type { Host } from "../../../model/host.ts";
import type { PfTest } from "../../path/points.ts";
import { rdomainOf } from "../../path/stack.ts";
import type { PacketFunctions } from "../../sets/packet-functions.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { NOT_IN_KEYS, union } from "../../sets/packets.ts";
import { type StateClass, statesLeft, translationsOf } from "../../sets/rules/state-class.ts";
import { type Hits, hits } from "../../sets/rules/state-hits.ts";
import { mirrored, openKeys } from "../../sets/rules/state-keys.ts";
import type { Translation } from "../../sets/rules/translation.ts";
import type { Gate, Gates, Pass } from "../gates.ts";
import type { Label } from "../labels.ts";
import type { Plan } from "../plan.ts";

/** What packets of a flow carry beside their headers, and the states that the flow has made. */
export interface Carried {
  readonly tag: string;
  /** Interface that received them on this host; empty: not tracked, or sent by the host. */
  readonly received: string;
  readonly made: readonly MadeState[];
  /** To a group: switches flood it. Of others they know the port, by the neighbour discovery before. */
  readonly flooded: boolean;
  readonly hops: number;
}

export interface MadeState {
  readonly host: Host;
  readonly of: StateClass;
}

/** Packets behind a test: what they are now, and the table that routes them. */
export interface Behind {
  readonly set: PacketSet;
  readonly carried: Carried;
  readonly rtable: number;
  /** Another routing domain or destination: routed again, and not asked again. */
  readonly turned: boolean;
}

/** The packets, of those handed over, that do not arrive in every case. */
export type Then = (behind: Behind) => PacketSet;

export interface CertainGround {
  readonly plan: Plan;
  readonly sets: PacketFunctions;
  readonly gates: Gates;
  /** Brackets that are taken as written. */
  readonly closed: ReadonlySet<string>;
  /** Something that is not followed here: packets that meet it count as lost. */
  readonly note: (sentence: string) => void;
  readonly poll: () => void;
}

/** pf tests of the packets of one flow, where nothing is left to chance (claims.md 4, `must`). */
export class CertainPf {
  readonly #ground: CertainGround;

  constructor(ground: CertainGround) {
    this.#ground = ground;
  }

  /**
   * Puts packets to pf and those that pass to `then`, once for each way they may pass.
   *
   * @returns packets of `set` that some choice of the network, or some open bracket, may drop here or
   * behind; never too few
   */
  test(test: PfTest, set: PacketSet, carried: Carried, then: Then): PacketSet {
    const { sets, gates, poll } = this.#ground;
    if (set === sets.empty) return set;
    poll();
    if (this.#isOpen(test)) return set;
    const { tag, received } = carried;
    const gate = gates.at(test, labelOf(tag, received));
    if (gate.open) return then({ set, carried, rtable: test.rdomain, turned: false });
    let lost = sets.diff(set, gate.eligible);
    let left = sets.and(set, gate.eligible);
    for (const { host, of } of carried.made) {
      if (host !== test.host) continue;
      const crossed = {
        ...{ direction: test.direction, interface: test.interface.name, tag },
        ...{ rdomain: test.rdomain, rtable: test.rdomain },
      };
      const found = hits(sets, of, crossed, left);
      if (found.hit === sets.empty) continue;
      lost = sets.or(lost, this.#byState(test, of, found, carried, then));
      left = sets.diff(left, found.hit);
    }
    return sets.or(lost, this.#byRules(test, gate, left, carried, then));
  }

  #byRules(test: PfTest, gate: Gate, set: PacketSet, carried: Carried, then: Then): PacketSet {
    const { sets } = this.#ground;
    const passing = union(
      sets,
      gate.passes.map((pass) => pass.set),
    );
    let lost = sets.or(sets.and(set, gate.blocked), sets.diff(set, passing));
    for (const pass of gate.passes) {
      const some = sets.diff(sets.and(set, pass.set), lost);
      if (some !== sets.empty) lost = sets.or(lost, this.#byRule(test, pass, some, carried, then));
    }
    return lost;
  }

  #byRule(test: PfTest, pass: Pass, set: PacketSet, carried: Carried, then: Then): PacketSet {
    const { plan, sets, gates } = this.#ground;
    const { fn, fate } = pass;
    const { host } = test;
    if (this.#isBent(test, fate)) return set;
    const of = statesLeft(fn, pass.place, fate, set, plan.pfOf(host).surroundings);
    const made = of === undefined ? carried.made : [...carried.made, { host, of }];
    const tag = gates.tracked(host).tags ? fate.tag : "";
    const lost = then({
      set: fn.image(set, fate),
      carried: { ...carried, tag, made },
      rtable: fate.rtable,
      turned: isTurned(test, fate.translation, "destination", fate.rtable),
    });
    return lost === sets.empty ? lost : sets.and(set, fn.preimage(lost, fate));
  }

  #byState(test: PfTest, of: StateClass, found: Hits, carried: Carried, then: Then): PacketSet {
    const { sets, gates } = this.#ground;
    const isForward = found.forward === found.hit;
    const isReply = found.forward === sets.empty;
    const { rtables } = found;
    if (rtables === undefined || (!isForward && !isReply)) return found.hit;
    if (this.#isBent(test, isForward ? of : { ...of, divert: undefined })) return found.hit;
    const tags = gates.tracked(test.host).tags ? (found.tags ?? []) : [""];
    if (tags.length === 0) return found.hit;
    let lost = sets.empty;
    for (const rtable of rtables) {
      const turned = isTurned(test, of.translation, isForward ? "destination" : "source", rtable);
      for (const tag of tags) {
        const behind = { set: found.becomes, carried: { ...carried, tag }, rtable, turned };
        lost = sets.or(lost, then(behind));
      }
    }
    return lost === sets.empty ? lost : sets.and(found.hit, this.#before(of, lost, isForward));
  }

  /** Packets that a state may have turned into those of a set. */
  #before({ translation }: StateClass, set: PacketSet, isForward: boolean): PacketSet {
    const { sets } = this.#ground;
    const translations = translationsOf(sets);
    const open = sets.forget(set, NOT_IN_KEYS);
    if (isForward) return translations.preimage(open, translation);
    const keys = openKeys(sets, mirrored(sets, open));
    const before = mirrored(sets, translations.image(keys, translation));
    return sets.forget(before, NOT_IN_KEYS);
  }

  /** Sent elsewhere than routes say, in another family, or by a rule that nobody knows. */
  #isBent(
    { host, direction, interface: it }: PfTest,
    { anything, route, divert, translation, state }: Bending,
  ): boolean {
    const { note } = this.#ground;
    const where = `${direction} on ${it.name} of ${host.name}`;
    if (route !== undefined) note(`${route.kind} (${where}) is not followed for required flows`);
    if (divert !== undefined)
      note(`what a process does with packets diverted ${where} is not known`);
    if (translation.family !== undefined)
      note(`af-to (${where}) is not followed for required flows`);
    const isProxy = state?.kind === "synproxy";
    if (isProxy) note(`synproxy (${where}) is not followed for required flows`);
    const isElsewhere = route !== undefined || divert !== undefined;
    return anything || isElsewhere || translation.family !== undefined || isProxy;
  }

  /** A line that nobody understands may do anything to what crosses here. */
  #isOpen({ host, interface: it }: PfTest): boolean {
    const { plan, closed } = this.#ground;
    return plan.brackets.some((bracket) => {
      if (bracket.kind !== "unread" || closed.has(bracket.id)) return false;
      const { scope } = bracket.unread;
      if (scope.kind === "host") return scope.host === host.name;
      return scope.kind === "interface" && scope.host === host.name && scope.interface === it.name;
    });
  }
}

interface Bending {
  readonly anything: boolean;
  readonly route: StateClass["route"];
  readonly divert: StateClass["divert"];
  readonly translation: Translation;
  readonly state?: { readonly kind: string } | undefined;
}

function labelOf(tag: string, received: string): Label {
  return { journey: -1, about: false, tag, received };
}

function isTurned(
  { host, rdomain }: PfTest,
  { writes }: Translation,
  towards: "source" | "destination",
  rtable: number,
): boolean {
  return rdomainOf(host, rtable) !== rdomain || writes.some(({ field }) => field === towards);
}
