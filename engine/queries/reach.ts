import type { PairAnswer } from "../../model/answer.ts";
import type { Network } from "../../model/network.ts";
import type { Blocked, ReachAnswer, ReachFlow } from "../../model/reach.ts";
import type { Closure } from "../claims/closure.ts";
import { Witnesses } from "../claims/confirm.ts";
import { type Judgement, judge } from "../claims/judge.ts";
import { type Plan, planOf } from "../claims/plan.ts";
import { allowedPackets } from "../claims/policy.ts";
import { findViolation } from "../claims/violations.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import { assumptionsOf, Check, type CheckOptions, setsFor, stopOf } from "./check.ts";
import { blockedBetween } from "./reach/blocked.ts";
import { flowsOf } from "./reach/flows.ts";

/** An ordered pair of zones, by their names. */
export interface ReachPair {
  readonly from: string;
  readonly to: string;
}

/**
 * Whether anything gets from one zone into another that it was not asked for, and what; or what keeps
 * it out.
 *
 * `yes` iff {@link check} of the network without the conduits of this pair finds it violated, `no` iff
 * it finds it proved. What conduits of the other direction admit may be answered all the same.
 *
 * @throws RangeError if a zone is not there
 */
export function reach(network: Network, pair: ReachPair, options: CheckOptions): ReachAnswer {
  return new Reach(network, pair, options).answer();
}

class Reach {
  readonly #network: Network;
  readonly #options: CheckOptions;
  readonly #plan: Plan;
  readonly #sets: PacketFunctions;
  readonly #check: Check;
  readonly #from: number;
  readonly #to: number;
  #flows: readonly ReachFlow[] = [];
  #blocked: Blocked | undefined;
  #stopped: "budget" | "cancelled" | undefined;

  constructor(network: Network, { from, to }: ReachPair, options: CheckOptions) {
    const conduits = network.conduits.filter((it) => it.from !== from || it.to !== to);
    this.#network = network;
    this.#options = options;
    this.#plan = planOf({ ...network, conduits }, options);
    this.#sets = setsFor(options);
    this.#check = new Check(this.#plan, this.#sets, options);
    this.#from = this.#indexOf(from);
    this.#to = this.#indexOf(to);
  }

  answer(): ReachAnswer {
    const judged = this.#judged();
    const isProved = judged.verdict === "proved" && this.#stopped === undefined;
    const attacked = isProved ? this.#attacked(judged) : { scripts: 0 };
    const { refuted } = attacked;
    const found = refuted === undefined ? judged.violation : refuted.violation;
    const { from, to, level, reasons } = judged;
    return {
      from,
      to,
      level,
      verdict: found !== undefined ? "yes" : judged.verdict === "proved" ? "no" : "perhaps",
      flows: this.#flows,
      ...(found === undefined ? {} : { witness: found }),
      reasons,
      ...(this.#blocked === undefined || found !== undefined ? {} : { blocked: this.#blocked }),
      assumptions: assumptionsOf([judged]),
      assumed: this.#network.assumptions,
      attack: { scripts: attacked.scripts, seed: this.#options.seed },
      refuted: refuted !== undefined,
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
    };
  }

  /** The verdict; then, as far as the budget goes, what gets in or what keeps it out. */
  #judged(): PairAnswer {
    let judged: PairAnswer | undefined;
    try {
      this.#tell("closing");
      const may = this.#check.close("may");
      this.#tell("judging");
      const possible = judge(may, this.#from, this.#to);
      judged = this.#check.answer(may, this.#from, this.#to, possible);
      if (possible.suspects.length > 0) {
        this.#tell("listing what gets in");
        judged = this.#withFlows(may, possible, judged);
      } else if (judged.violation === undefined && may.limits.size === 0) {
        this.#tell("looking for what blocks");
        this.#blocked = this.#blockedHere();
      }
      return judged;
    } catch (error) {
      const stopped = stopOf(error);
      this.#stopped = stopped;
      return judged ?? this.#check.unfinished(this.#from, this.#to, stopped);
    }
  }

  /** Lists the flows; takes a witness that no conduit allows, if there is one. */
  #withFlows(may: Closure, possible: Judgement, judged: PairAnswer): PairAnswer {
    const exact = this.#check.exact(may);
    // what no script shows is not certain
    const certain = exact === may ? possible : judge(exact, this.#from, this.#to);
    const suspects = judged.verdict === "violated" ? certain.suspects : [];
    const allowed = this.#allowed();
    this.#flows = flowsOf(
      { closure: exact, suspects },
      { closure: may, suspects: possible.suspects },
      allowed,
    );
    if (judged.violation === undefined) return judged;
    const others = suspects.map((it) => ({ ...it, set: this.#sets.diff(it.set, allowed) }));
    const forbidden = others.filter(({ set }) => set !== this.#sets.empty);
    const witnesses = new Witnesses(this.#plan, this.#sets);
    const violation = findViolation(exact, forbidden, witnesses, this.#from, this.#to);
    return violation === undefined ? judged : { ...judged, violation };
  }

  /** What conduits of the site say of the pair. */
  #allowed(): ReturnType<typeof allowedPackets> {
    const [from, to] = [this.#from, this.#to].map((it) => this.#plan.zones[it]?.name ?? "");
    return allowedPackets(this.#sets, this.#network.conduits, from ?? "", to ?? "");
  }

  #blockedHere(): Blocked {
    const { poll } = this.#options;
    const pair = { from: this.#from, to: this.#to };
    return blockedBetween(this.#plan, this.#sets, poll === undefined ? pair : { ...pair, poll });
  }

  #attacked(proved: PairAnswer): ReturnType<Check["attack"]> {
    try {
      return this.#check.attack([proved]);
    } catch (error) {
      this.#stopped = stopOf(error);
      return { scripts: 0 };
    }
  }

  #tell(phase: string): void {
    this.#options.progress?.({ phase, done: 0, total: 0 });
  }

  #indexOf(name: string): number {
    const zone = this.#plan.zones.find((it) => it.name === name);
    if (zone === undefined) throw new RangeError(`no zone ${name}`);
    return zone.index;
  }
}
