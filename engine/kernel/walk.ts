import { mergeActions } from "./actions.ts";
import { firstMismatch, type TestContext } from "./criteria.ts";
import type { Evaluation, Translated } from "./evaluation.ts";
import type { LiveRule } from "./live-rule.ts";
import type { LogRecord } from "./outcome.ts";
import type { Rulesets } from "./rulesets.ts";
import type { Surroundings } from "./surroundings.ts";

/** Anchors in anchors that pf follows: of its 64 frames the first stays empty. */
const DEEPEST = 63;

/** `fail`: the packet is dropped at once; `stop`: what was decided so far stands. */
type Step = "continue" | "stop" | "fail";

/** Rules of one ruleset that a packet may match, found without looking at the others. */
export interface Candidates {
  /**
   * The position, `from` or later, of the next rule that may match a packet as it is now; -1: none
   * does. The rules before it are certain to fail by a criterion that neither draws nor counts.
   */
  readonly next: (evaluation: Evaluation, from: number) => number;
}

/** Finds candidates; undefined: the ruleset is walked rule by rule. */
export type RuleIndex = (
  rules: readonly LiveRule[],
  surroundings: Surroundings,
) => Candidates | undefined;

/** What the walk needs besides the criteria. */
export interface WalkContext extends TestContext {
  readonly rulesets: Rulesets;
  /** Absent: every ruleset is walked rule by rule, as it is with {@link explain}. */
  readonly index?: RuleIndex;
  /** Applies the translation of a rule to the working copy; false: there is no address or port. */
  readonly translate: (live: LiveRule, evaluation: Evaluation) => boolean;
  /**
   * Told of every rule that was tested, with the criterion that failed and the addresses as they
   * were then; they change, and belong to the walk. `fails` says by what another rule would fail in
   * its place. Absent: nobody asks.
   */
  readonly explain?: (
    live: LiveRule,
    failed: ReturnType<typeof firstMismatch>,
    now: Readonly<Translated>,
    fails: (other: LiveRule) => ReturnType<typeof firstMismatch>,
  ) => void;
}

/**
 * Walks the main ruleset and the anchors it calls; false: the packet is dropped in the middle of it
 * (follows pf_match_rule and pf_step_into_anchor, OpenBSD 7.8).
 */
export function walkRules(evaluation: Evaluation, context: WalkContext): boolean {
  return new Walk(evaluation, context).walk("", undefined, 0) !== "fail";
}

class Walk {
  readonly #evaluation: Evaluation;
  readonly #context: WalkContext;

  constructor(evaluation: Evaluation, context: WalkContext) {
    this.#evaluation = evaluation;
    this.#context = context;
  }

  walk(path: string, caller: LiveRule | undefined, depth: number): Step {
    const { rulesets, index, surroundings, explain } = this.#context;
    const rules = rulesets.rulesOf(path);
    const candidates = explain === undefined ? index?.(rules, surroundings) : undefined;
    if (candidates !== undefined) return this.#visit(rules, candidates, caller, depth);
    for (const live of rules) {
      const step = this.#take(live, caller, depth);
      if (step !== "continue") return step;
    }
    return "continue";
  }

  #visit(
    rules: readonly LiveRule[],
    candidates: Candidates,
    caller: LiveRule | undefined,
    depth: number,
  ): Step {
    const it = this.#evaluation;
    for (let at = candidates.next(it, 0); at >= 0; at = candidates.next(it, at + 1)) {
      const live = rules[at];
      if (live === undefined) break;
      const step = this.#take(live, caller, depth);
      if (step !== "continue") return step;
    }
    return "continue";
  }

  #take(live: LiveRule, caller: LiveRule | undefined, depth: number): Step {
    const it = this.#evaluation;
    const { rule } = live;
    const failed = firstMismatch(live, it, this.#context);
    this.#context.explain?.(live, failed, it.now, (other) => this.#failsBy(other));
    if (failed !== undefined) return "continue";
    if (rule.tag !== "") it.tag = rule.tag;
    if (rule.anchor !== undefined) return this.#call(live, depth);
    if (rule.once) live.expired = true;
    if (rule.action === "match") {
      if (!this.#match(live, caller)) return "fail";
    } else {
      it.best = live;
      it.bestCaller = caller;
    }
    logMatches(it, live, caller);
    return rule.quick ? "stop" : "continue";
  }

  /** Leaves no trace: that a rule has read the tag is forgotten. */
  #failsBy(other: LiveRule): ReturnType<typeof firstMismatch> {
    const it = this.#evaluation;
    const { tag } = it;
    const failed = firstMismatch(other, it, this.#context);
    it.tag = tag;
    return failed;
  }

  #match(live: LiveRule, caller: LiveRule | undefined): boolean {
    const it = this.#evaluation;
    const { rule } = live;
    mergeActions(it.actions, rule);
    if (rule.rtable >= 0) it.rtable = rule.rtable;
    if (!this.#context.translate(live, it)) return false;
    it.matched.push(live);
    it.callers.push(caller);
    if (rule.log !== undefined) it.logs.push(logRecord(live, caller, 0));
    return true;
  }

  #call(live: LiveRule, depth: number): Step {
    const { anchor } = live.rule;
    if (anchor === undefined) return "continue";
    const { rulesets } = this.#context;
    const paths = anchor.wildcard ? rulesets.below(anchor.path) : [anchor.path];
    for (const path of paths) {
      if (depth >= DEEPEST) return "fail";
      const step = this.walk(path, live, depth + 1);
      if (step !== "continue") return step;
      // only what was decided by an immediate child of this very call counts
      if (live.rule.quick && this.#evaluation.bestCaller === live) return "stop";
    }
    return "continue";
  }
}

/** Rules that match behind one with `log (matches)` are logged as well (follows pf_log_matches). */
export function logMatches(
  it: Evaluation,
  live: LiveRule | undefined,
  caller: LiveRule | undefined,
): void {
  if (live?.rule.log?.matches === true) return;
  for (const { rule } of it.matched) {
    if (rule.log?.matches === true) it.logs.push(logRecord(live, caller, 0));
  }
}

/** The rule, or inside an anchor the anchor rule that called it and its number there. */
export function logRecord(
  live: LiveRule | undefined,
  caller: LiveRule | undefined,
  reason: number,
): LogRecord {
  const number = numberOf(live);
  if (caller === undefined) return { rule: number, inner: -1, reason };
  return { rule: numberOf(caller), inner: number, reason };
}

function numberOf(live: LiveRule | undefined): number {
  return live?.loaded === true ? live.number : -1;
}
