import type { PairAnswer, Reason, Violation } from "../../model/answer.ts";
import type { CheckAnswer, Progress, StandingAssumption } from "../../model/check-answer.ts";
import type { AdversaryLevel, Network } from "../../model/network.ts";
import { type AttackResult, attack } from "../claims/attack.ts";
import { Closure } from "../claims/closure.ts";
import { Witnesses } from "../claims/confirm.ts";
import { Doubts } from "../claims/doubts.ts";
import { frameReasons } from "../claims/frame-reasons.ts";
import { type Judgement, judge } from "../claims/judge.ts";
import { layer2Reasons } from "../claims/layer2.ts";
import { type Plan, planOf } from "../claims/plan.ts";
import { conduitsBetween } from "../claims/policy.ts";
import { Reasons } from "../claims/reasons.ts";
import { findViolation } from "../claims/violations.ts";
import { packetFunctions } from "../sets/implementations.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import { BudgetExceeded, Cancelled, type SetsName } from "../sets/packet-sets.ts";
import { interfaceDefaults } from "./defaults.ts";
import { requiredFlows } from "./required.ts";
import { surveyOf } from "./survey.ts";
import { withWaivers } from "./waived.ts";

/** How far `check` may go. */
export interface CheckOptions {
  /** Drawn scripts that attack the proofs. */
  readonly attack: number;
  readonly seed: number;
  /** Nodes of packet sets; a check that needs more answers undecided. */
  readonly budget: number;
  readonly level?: AdversaryLevel;
  /** Implementation of packet sets; `intervals` unless another opinion is wanted. */
  readonly sets?: SetsName;
  /** Hosts' own processes send nothing: only for networks recorded that way. */
  readonly silentHosts?: boolean;
  /** Called often; throws {@link Cancelled} to stop. */
  readonly poll?: () => void;
  readonly progress?: (progress: Progress) => void;
}

/**
 * Answers for every ordered pair of zones whether the first is isolated from the second.
 *
 * `proved` iff no delivery of the may-closure is left once conduits and replies are taken away;
 * `violated` iff a script was found and the simulator confirms it; else `undecided`, with reasons.
 * Drawn scripts attack every proof; one that got through would make its pair violated and be told.
 */
export function check(network: Network, options: CheckOptions): CheckAnswer {
  const plan = planOf(network, options);
  const sets = setsFor(options);
  const run = new Check(plan, sets, options);
  const { pairs: judged, stopped: ended } = run.pairs();
  const attacked = ended === undefined ? run.attack(judged) : { scripts: 0 };
  const { required, wayPoints, stopped } =
    ended === undefined
      ? requiredFlows(plan, sets, options)
      : { required: [], wayPoints: [], stopped: ended };
  const { refuted } = attacked;
  const found = refuted === undefined ? judged : judged.map((pair) => corrected(pair, refuted));
  const pairs = stopped === undefined ? waived(network, found, sets, options) : found;
  return {
    level: plan.level,
    zones: plan.zones.map((zone) => zone.name),
    pairs,
    required,
    wayPoints,
    assumptions: assumptionsOf(pairs),
    assumed: network.assumptions,
    waivers: network.waivers,
    attack: { scripts: attacked.scripts, seed: options.seed },
    findings: [],
    brackets: plan.unread,
    defaults: pairs.length === 0 ? interfaceDefaults(plan, options.budget) : [],
    survey: surveyOf(plan),
    ...(refuted === undefined ? {} : { refuted: { from: refuted.from, to: refuted.to } }),
    ...(stopped === undefined ? {} : { stopped }),
  };
}

function waived(
  network: Network,
  pairs: readonly PairAnswer[],
  sets: PacketFunctions,
  options: CheckOptions,
): readonly PairAnswer[] {
  const judgeOf = (other: Network): ((from: string, to: string) => PairAnswer) => {
    const plan = planOf(other, options);
    const run = new Check(plan, sets, options);
    const may = run.close("may");
    const index = (name: string): number => plan.zones.findIndex((zone) => zone.name === name);
    const doubts = new Doubts(may);
    return (from, to) => {
      const [source, target] = [index(from), index(to)];
      return run.answer(may, source, target, doubts.judge(source, target));
    };
  };
  try {
    return withWaivers(network, pairs, judgeOf);
  } catch (error) {
    // what is not shown to be known counts
    stopOf(error);
    return pairs;
  }
}

/** The pair that an attack refuted is violated, whatever the sets said. */
function corrected(pair: PairAnswer, refuted: NonNullable<AttackResult["refuted"]>): PairAnswer {
  if (pair.from !== refuted.from || pair.to !== refuted.to) return pair;
  return { ...pair, verdict: "violated", violation: refuted.violation };
}

/** The pairs of one plan, judged one at a time. */
export class Check {
  readonly #plan: Plan;
  readonly #sets: PacketFunctions;
  readonly #options: CheckOptions;
  readonly #witnesses: Witnesses;
  readonly #reasons: Reasons;
  #certain: Closure | undefined;

  constructor(plan: Plan, sets: PacketFunctions, options: CheckOptions) {
    this.#plan = plan;
    this.#sets = sets;
    this.#options = options;
    this.#witnesses = new Witnesses(plan, sets);
    this.#reasons = new Reasons(plan, sets, options.poll);
  }

  pairs(): { readonly pairs: PairAnswer[]; readonly stopped?: "budget" | "cancelled" } {
    const pairs: PairAnswer[] = [];
    const wanted = orderedPairs(this.#plan);
    try {
      if (wanted.length === 0) return { pairs };
      this.#options.progress?.({ phase: "closing", done: 0, total: 0 });
      const may = this.close("may");
      const doubts = new Doubts(may);
      for (const [from, to] of wanted) {
        this.#options.progress?.({ phase: "judging", done: pairs.length, total: wanted.length });
        this.#options.poll?.();
        pairs.push(this.answer(may, from, to, doubts.judge(from, to)));
      }
      return { pairs };
    } catch (error) {
      const stopped = stopOf(error);
      const rest = wanted
        .slice(pairs.length)
        .map(([from, to]) => this.unfinished(from, to, stopped));
      return { pairs: [...pairs, ...rest], stopped };
    }
  }

  attack(pairs: readonly PairAnswer[]): AttackResult {
    const { attack: scripts, seed, progress, poll } = this.#options;
    const proved = pairs.filter((pair) => pair.verdict === "proved");
    if (scripts === 0 || proved.length === 0) return { scripts: 0 };
    return attack(this.#plan, this.#witnesses, proved, {
      scripts,
      seed,
      ...(poll === undefined ? {} : { poll }),
      ...(progress === undefined ? {} : { progress }),
    });
  }

  close(reading: "may" | "must"): Closure {
    const { poll } = this.#options;
    const closed = new Set<string>();
    const options = poll === undefined ? { reading, closed } : { reading, closed, poll };
    return new Closure(this.#plan, this.#sets, options).run();
  }

  /**
   * @param may - the closure in reading `may`
   * @param judgement - what it says of the pair
   */
  answer(may: Closure, from: number, to: number, judgement: Judgement): PairAnswer {
    const base = this.#base(from, to, judgement);
    const pending = [
      ...this.#pendingFor(base.from, base.to),
      ...layer2Reasons(this.#plan, from, to),
      ...frameReasons(this.#plan, from, to),
    ];
    if (judgement.suspects.length === 0 && may.limits.size === 0) {
      if (pending.length > 0) return { ...base, verdict: "undecided", reasons: pending };
      return { ...base, verdict: "proved", reasons: [] };
    }
    const violation = this.#violation(may, judgement, from, to);
    if (violation !== undefined) return { ...base, verdict: "violated", reasons: [], violation };
    const limits = [...may.limits].map(
      (text): Reason => ({ text, settle: "no setting helps yet" }),
    );
    const reasons = this.#reasons.for(from, to);
    return { ...base, verdict: "undecided", reasons: [...limits, ...pending, ...reasons] };
  }

  /** Where brackets are open, only what is certain can be a violation. */
  #violation(may: Closure, judgement: Judgement, from: number, to: number): Violation | undefined {
    const exact = this.exact(may);
    const { suspects } = exact === may ? judgement : judge(exact, from, to);
    return findViolation(exact, suspects, this.#witnesses, from, to);
  }

  /** What holds whatever the open brackets are; `may` itself if there are none. */
  exact(may: Closure): Closure {
    if (this.#plan.brackets.length === 0) return may;
    this.#certain ??= this.close("must");
    return this.#certain;
  }

  #base(
    from: number,
    to: number,
    judgement: Judgement | undefined,
  ): Omit<PairAnswer, "verdict" | "reasons"> {
    const { zones, network, level } = this.#plan;
    const [source, target] = [zones[from]?.name ?? "", zones[to]?.name ?? ""];
    const conduit = conduitsBetween(network.conduits, source, target).length > 0;
    const assumptions =
      judgement?.stealable === true && level !== "states" ? (["S5"] as const) : [];
    return { from: source, to: target, level, conduit, assumptions };
  }

  unfinished(from: number, to: number, stopped: "budget" | "cancelled"): PairAnswer {
    const reason: Reason =
      stopped === "budget"
        ? { text: "the node budget was used up", settle: "give a larger --budget, or fewer zones" }
        : { text: "the check was interrupted", settle: "let it run to its end" };
    return { ...this.#base(from, to, undefined), verdict: "undecided", reasons: [reason] };
  }

  #pendingFor(from: string, to: string): readonly Reason[] {
    return this.#plan.network.pending
      .filter((it) => it.pairs === undefined || it.pairs.some(([a, b]) => a === from && b === to))
      .map((it) => ({
        text: `\`${it.key}\`: ${it.reason}`,
        span: it.span,
        settle: "leave the key out until it is read",
      }));
  }
}

/** Packet sets with the budget and the patience that a question has. */
export function setsFor({ sets = "intervals", budget, poll }: CheckOptions): PacketFunctions {
  return packetFunctions(sets, { budget, ...(poll === undefined ? {} : { poll }) });
}

function orderedPairs(plan: Plan): readonly (readonly [from: number, to: number])[] {
  // implicit zones alone were asked for by nobody: nothing is proved about them
  if (plan.zones.every((zone) => zone.implicit)) return [];
  return plan.zones.flatMap((from) =>
    plan.zones
      .filter((to) => to !== from)
      .map((to): readonly [number, number] => [from.index, to.index]),
  );
}

export function stopOf(error: unknown): "budget" | "cancelled" {
  if (error instanceof BudgetExceeded) return "budget";
  if (error instanceof Cancelled) return "cancelled";
  throw error;
}

export function assumptionsOf(pairs: readonly PairAnswer[]): readonly StandingAssumption[] {
  const stealable = pairs.some((pair) => pair.assumptions.includes("S5"));
  return ["S1", "S2", "S3", "S4", ...(stealable ? (["S5"] as const) : []), "S6", "S7", "S8"];
}
