import type { BlockAnswer, Divert } from "../../../model/pf-rule.ts";
import { noActions } from "../../kernel/actions.ts";
import type { Actions } from "../../kernel/state.ts";
import type { LeafChange, LeafOperation } from "../packet-functions.ts";
import { BudgetExceeded } from "../packet-sets.ts";
import type { Detail, RouteMade, StateMade } from "./fate.ts";
import type { SourceRule } from "./situation.ts";
import type { Translation, Translations } from "./translation.ts";

/** What matched rules have done so far, apart from deciding. Interned. */
export interface Effects {
  readonly index: number;
  readonly translation: Translation;
  /** Undefined: none was set. */
  readonly tag: string | undefined;
  /** -1: none was set. */
  readonly rtable: number;
  readonly actions: Actions;
  /** `match` rules; none in detail `outcomes`. */
  readonly matched: readonly SourceRule[];
}

/** What the last pass or block rule that matched wants. Interned. */
export interface Decision {
  readonly index: number;
  /** `keep`: none matched, what was before stays. `anything`: an unread rule. */
  readonly kind: "keep" | "pass" | "block" | "anything";
  /** Undefined in detail `outcomes`. */
  readonly rule: SourceRule | undefined;
  readonly answer: BlockAnswer | undefined;
  /** What takes effect only if the rule decides. */
  readonly own: Effects;
  readonly state: StateMade | undefined;
  readonly allowOptions: boolean;
  readonly route: RouteMade | undefined;
  readonly divert: Divert | undefined;
}

/** The ruleset that a deciding rule stands in. */
export type Caller =
  /** Called by this anchor rule; undefined: the main one, or it does not matter any more. */
  | SourceRule
  | undefined
  /** The one that is being compiled: who calls it is not known yet. */
  | "own";

/** A part of one evaluation: what some rules, one after the other, make of a packet. Interned. */
export interface Step {
  readonly index: number;
  readonly effects: Effects;
  readonly decision: Decision;
  readonly caller: Caller;
  /** The evaluation has ended. */
  readonly done: boolean;
  /** It ended with a drop, whatever was decided. */
  readonly failed: boolean;
}

/** A leaf: the steps that are possible. */
export interface StepSet {
  readonly index: number;
  /** By index, ascending. */
  readonly steps: readonly Step[];
  /** Some of them may be impossible, for all we know. */
  readonly open: boolean;
}

/** More steps than any ruleset means to have at one packet. */
const MOST_STEPS = 4096;

const NO_RULES: readonly SourceRule[] = [];

/**
 * The steps of one compilation, their sets as leaves, and how they are put together.
 *
 * A set with one step is never open: whatever we do not know, it comes to the same.
 */
export class Steps {
  readonly nothing: Effects;
  readonly keep: Decision;
  /** Nothing matched. */
  readonly kept: number;
  /** Dropped by a translation that finds no address, or by anchors too deep. */
  readonly failed: number;
  /** `left` and then `right`. */
  readonly sequence: LeafOperation;
  /** Both are possible, by a choice of the network. */
  readonly either: LeafOperation;
  /** Both are possible, for all we know. */
  readonly perhaps: LeafOperation;
  /** Makes leaves of {@link partOf} whole again. */
  readonly settle: LeafChange;

  readonly #translations: Translations;
  readonly #detail: Detail;
  readonly #sets: StepSet[] = [];
  readonly #single: number[] = [];
  readonly #several: Map<string, number> = new Map();
  readonly #steps: Map<string, Step> = new Map();
  /** Of steps without effects, by decision. */
  readonly #plain: Step[] = [];
  readonly #effects: Map<string, Effects> = new Map();
  readonly #joined: Map<number, Effects> = new Map();
  readonly #ruleIds: Map<SourceRule, number> = new Map();
  #decisions = 0;
  #count = 0;

  constructor(translations: Translations, detail: Detail) {
    this.#translations = translations;
    this.#detail = detail;
    this.nothing = this.effects({});
    this.keep = this.decision({ kind: "keep" });
    this.kept = this.only(this.step({ decision: this.keep }));
    this.failed = this.only(this.step({ decision: this.keep, done: true, failed: true }));
    this.sequence = this.#sequence();
    this.either = { apply: (left, right) => this.#union(left, right, false) };
    this.perhaps = { apply: (left, right) => this.#union(left, right, true) };
    this.settle = {
      apply: (leaf) => {
        const { steps, open } = this.at(leaf);
        return this.leaf(steps, open);
      },
    };
  }

  /** Leaves made so far: 0 and up. */
  get leaves(): number {
    return this.#sets.length;
  }

  at(leaf: number): StepSet {
    const set = this.#sets[leaf];
    if (set === undefined) throw new RangeError(`no leaf: ${leaf}`);
    return set;
  }

  effects(parts: Partial<Omit<Effects, "index">>): Effects {
    const whole = {
      translation: parts.translation ?? this.#translations.none,
      tag: parts.tag,
      rtable: parts.rtable ?? -1,
      actions: parts.actions ?? noActions(),
      matched: parts.matched ?? NO_RULES,
    };
    const { translation, tag, rtable, actions, matched } = whole;
    const key = [
      translation.index,
      rtable,
      ...Object.values(actions),
      ...matched.map((it) => this.idOf(it)),
      tag === undefined ? "" : ` ${tag}`,
    ].join(",");
    let known = this.#effects.get(key);
    if (known === undefined) {
      known = { index: this.#effects.size, ...whole };
      this.#effects.set(key, known);
    }
    return known;
  }

  /** A new decision: the caller sees to it that equal ones are made once. */
  decision(parts: Partial<Omit<Decision, "index">> & Pick<Decision, "kind">): Decision {
    return {
      index: this.#decisions++,
      rule: undefined,
      answer: undefined,
      own: this.nothing,
      state: undefined,
      allowOptions: false,
      route: undefined,
      divert: undefined,
      ...parts,
    };
  }

  step(parts: Partial<Omit<Step, "index">> & Pick<Step, "decision">): Step {
    const { decision, effects = this.nothing, caller, done = false, failed = false } = parts;
    const isPlain = effects === this.nothing && !failed && (caller ?? "own") === "own";
    const place = decision.index * 4 + (done ? 2 : 0) + (caller === "own" ? 1 : 0);
    const plain = isPlain ? this.#plain[place] : undefined;
    if (plain !== undefined) return plain;
    const key = isPlain ? "" : this.#stepKey(effects, decision, caller, done, failed);
    let known = isPlain ? undefined : this.#steps.get(key);
    if (known === undefined) {
      known = { index: this.#count++, effects, decision, caller, done, failed };
      if (isPlain) this.#plain[place] = known;
      else this.#steps.set(key, known);
    }
    return known;
  }

  #stepKey(
    effects: Effects,
    decision: Decision,
    caller: Caller,
    done: boolean,
    failed: boolean,
  ): string {
    const by = caller === undefined || caller === "own" ? (caller ?? "") : this.idOf(caller);
    return `${effects.index},${decision.index},${by},${done ? 1 : 0}${failed ? 1 : 0}`;
  }

  /** A number for a rule. */
  idOf(rule: SourceRule): number {
    let id = this.#ruleIds.get(rule);
    if (id === undefined) {
      id = this.#ruleIds.size;
      this.#ruleIds.set(rule, id);
    }
    return id;
  }

  /** The leaf of one step. */
  only(step: Step): number {
    let leaf = this.#single[step.index];
    if (leaf === undefined) {
      leaf = this.#sets.length;
      this.#sets.push({ index: leaf, steps: [step], open: false });
      this.#single[step.index] = leaf;
    }
    return leaf;
  }

  leaf(steps: readonly Step[], open: boolean): number {
    const [first] = steps;
    const isOne = first !== undefined && steps.every((it) => it === first);
    return isOne ? this.only(first) : this.#part(steps, open);
  }

  /** As {@link leaf}, but one step, or none, may be open. */
  #part(steps: readonly Step[], open: boolean): number {
    const sorted = [...new Set(steps)].toSorted((a, b) => a.index - b.index);
    const [first] = sorted;
    if (first !== undefined && sorted.length === 1 && !open) return this.only(first);
    if (sorted.length > MOST_STEPS) throw new BudgetExceeded("too many choices at one packet");
    const key = `${open ? "?" : ""}${sorted.map((it) => it.index).join(",")}`;
    let leaf = this.#several.get(key);
    if (leaf === undefined) {
      leaf = this.#sets.length;
      this.#sets.push({ index: leaf, steps: sorted, open });
      this.#several.set(key, leaf);
    }
    return leaf;
  }

  /**
   * Of the steps on the left, those that `isTaken` and have not ended, and then the right ones; with
   * `ended` those that have ended as well. The parts together, settled, are the whole.
   */
  partOf(isTaken: (effects: Effects) => boolean, ended: boolean): LeafOperation {
    return {
      apply: (left, right) => {
        const first = this.at(left);
        const second = this.at(right);
        const going = first.steps.filter((it) => !it.done && isTaken(it.effects));
        const steps = going.flatMap((a) => second.steps.map((b) => this.#then(a, b)));
        if (ended) steps.push(...first.steps.filter((it) => it.done));
        return this.#part(steps, first.open || (going.length > 0 && second.open));
      },
    };
  }

  /** Joins parts. */
  readonly parts: LeafOperation = {
    apply: (left, right) => {
      if (left === right) return left;
      const [a, b] = [this.at(left), this.at(right)];
      return this.#part([...a.steps, ...b.steps], a.open || b.open);
    },
  };

  /** Changes every step by itself. */
  each(change: (step: Step) => Step): LeafChange {
    return {
      apply: (leaf) => {
        const { steps, open } = this.at(leaf);
        return this.leaf(steps.map(change), open);
      },
    };
  }

  #sequence(): LeafOperation {
    return {
      apply: (left, right) => {
        const first = this.at(left);
        const second = this.at(right);
        const steps = first.steps.flatMap((a) => {
          return a.done ? [a] : second.steps.map((b) => this.#then(a, b));
        });
        return this.leaf(steps, first.open || second.open);
      },
      isLeftFinal: (left) => this.at(left).steps.every((it) => it.done),
      isLeftNeutral: (left) => left === this.kept,
      isRightNeutral: (right) => right === this.kept,
    };
  }

  #union(left: number, right: number, open: boolean): number {
    if (left === right) return left;
    const [a, b] = [this.at(left), this.at(right)];
    return this.leaf([...a.steps, ...b.steps], open || a.open || b.open);
  }

  #then(a: Step, b: Step): Step {
    if (b.decision === this.keep && b.effects === this.nothing && !b.done) return a;
    if (b.decision.kind === "anything") return b;
    const { decision, caller } = b.decision === this.keep ? a : b;
    const { done, failed } = b;
    if (this.#detail === "outcomes" && done) {
      // of a drop nothing else is left
      if (failed) return b;
      if (decision.kind === "block") return this.step({ decision, done });
    }
    return this.step({ effects: this.join(a.effects, b.effects), decision, caller, done, failed });
  }

  /** The effects of `first`, then those of `second`. */
  join(first: Effects, second: Effects): Effects {
    if (second === this.nothing) return first;
    if (first === this.nothing) return second;
    const key = first.index * 2 ** 26 + second.index;
    let known = this.#joined.get(key);
    if (known === undefined) {
      known = this.effects({
        translation: this.#translations.compose(first.translation, second.translation),
        tag: second.tag ?? first.tag,
        rtable: second.rtable >= 0 ? second.rtable : first.rtable,
        actions: joinActions(first.actions, second.actions),
        matched: [...first.matched, ...second.matched],
      });
      this.#joined.set(key, known);
    }
    return known;
  }
}

/** What is set last counts, field by field. */
export function joinActions(first: Actions, second: Actions): Actions {
  const { tos, minTtl, maxMss, prio, delay } = second;
  return {
    tos: tos >= 0 ? tos : first.tos,
    minTtl: minTtl > 0 ? minTtl : first.minTtl,
    maxMss: maxMss > 0 ? maxMss : first.maxMss,
    noDf: first.noDf || second.noDf,
    randomId: first.randomId || second.randomId,
    reassembleTcp: first.reassembleTcp || second.reassembleTcp,
    prio: prio >= 0 ? prio : first.prio,
    lowDelayPrio: prio >= 0 ? second.lowDelayPrio : first.lowDelayPrio,
    delay: delay >= 0 ? delay : first.delay,
  };
}
