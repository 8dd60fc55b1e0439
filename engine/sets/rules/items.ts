import type { PacketSet } from "../packet-sets.ts";
import { addressesOf } from "./addresses.ts";
import type { Asked } from "./compile.ts";
import { type Criteria, CriteriaContext, criteriaOf, testsRoutes } from "./criteria.ts";
import { actionsOf, Decisions } from "./decisions.ts";
import { Numbers } from "./interned.ts";
import { type RuleTranslation, ruleTranslation } from "./rule-translation.ts";
import type { SourceRule } from "./situation.ts";
import { type SourceIndex, sourceIndex } from "./source-index.ts";
import type { Caller, Effects, Step, Steps } from "./steps.ts";
import type { Translation, Translations } from "./translation.ts";

/** A rule that can hold in the place. */
export interface Item {
  readonly live: SourceRule;
  /** Undefined: they depend on the table that routes are looked up in. */
  readonly criteria: Criteria | undefined;
  /** What the rule does when it matches; of anchor rules, before anything inside them. */
  readonly step: Step;
  /** The leaf of {@link step}. */
  readonly leaf: number;
  /** A pass or block rule without a choice, of which later ones see nothing but the decision. */
  readonly isPlain: boolean;
  /** Whether a match is the network's choice, or not known. */
  readonly chance: "certain" | "choice" | "open";
  /** Later rules can see that it matched: the packet is translated, or something set that one tests. */
  readonly isLoud: boolean;
  /** Packets for which its translation has no address; of those it makes {@link failed}. */
  readonly failing: PacketSet;
  readonly failed: number;
  /** It may have none for others as well. */
  readonly mayFail: boolean;
}

/** The rules of one ruleset in one place. */
export interface Ruleset {
  readonly items: readonly Item[];
  /** Indexes of loud ones, ascending. */
  readonly loud: readonly number[];
}

/** The rules of a source as they are in one place, each looked at once. */
export class Items {
  readonly #asked: Asked;
  readonly #steps: Steps;
  readonly #translations: Translations;
  readonly #decisions: Decisions;
  readonly #index: SourceIndex;
  readonly #context: CriteriaContext;
  readonly #rulesets: Map<string, Ruleset> = new Map();

  constructor(asked: Asked, steps: Steps, translations: Translations) {
    this.#asked = asked;
    this.#context = new CriteriaContext(asked);
    this.#steps = steps;
    this.#translations = translations;
    this.#decisions = new Decisions(asked.detail, steps, new Numbers());
    this.#index = sourceIndex(asked.source);
  }

  get testsTags(): boolean {
    return this.#index.testsTags;
  }

  get testsRoutes(): boolean {
    return this.#index.testsRoutes;
  }

  heightOf(path: string): number {
    return this.#index.heightOf(path);
  }

  called({ live }: Item): readonly string[] {
    return this.#index.called(live);
  }

  /** What decisions of a ruleset have for a caller; undefined: nobody asks. */
  callerIn(path: string): Caller {
    const isAsked = this.#asked.detail === "rules" || this.#index.isQuickCalled(path);
    return isAsked ? "own" : undefined;
  }

  of(path: string): Ruleset {
    let ruleset = this.#rulesets.get(path);
    if (ruleset === undefined) {
      ruleset = this.#made(path);
      this.#rulesets.set(path, ruleset);
    }
    return ruleset;
  }

  #made(path: string): Ruleset {
    const rules = this.#index.rulesOf(path);
    const caller = this.callerIn(path);
    const items: Item[] = [];
    const loud: number[] = [];
    for (const position of this.#index.candidates(path, this.#asked.place)) {
      const live = rules[position];
      const item = live && this.#item(live, caller);
      if (item === undefined) continue;
      if (item.isLoud) loud.push(items.length);
      items.push(item);
    }
    return { items, loud };
  }

  /** Undefined: the rule cannot hold in the place. */
  #item(live: SourceRule, caller: Caller): Item | undefined {
    const chance = this.#chanceOf(live);
    if (chance === undefined) return undefined;
    const isRouted = testsRoutes(live);
    const criteria = isRouted ? undefined : this.criteriaOf(live, this.#asked.place.rdomain);
    if (criteria === undefined && !isRouted) return undefined;
    const { empty } = this.#asked.sets;
    const { translation, failing, isOpen } = this.#translationOf(live);
    const step = this.#step(live, translation, caller);
    const isDeciding = step.decision !== this.#steps.keep;
    const isExact = criteria !== undefined && criteria.may === criteria.must;
    const isQuiet = step.done || step.effects === this.#steps.nothing;
    const isSure = chance === "certain" && failing === empty && !isOpen;
    return {
      live,
      criteria,
      step,
      leaf: this.#steps.only(step),
      isPlain: isDeciding && isExact && isQuiet && isSure,
      chance,
      isLoud: this.#index.isLoud(live),
      failing,
      failed: this.#failedBy(live, failing !== empty || isOpen, caller),
      mayFail: isOpen,
    };
  }

  criteriaOf(live: SourceRule, rtable: number): Criteria | undefined {
    return criteriaOf(this.#context, live, rtable);
  }

  /** Undefined: it can never match. */
  #chanceOf(live: SourceRule): Item["chance"] | undefined {
    const { rule, open = [], expired = false } = live;
    if (expired) return undefined;
    if (open.some(({ id }) => !this.#asked.closed.has(id))) return "open";
    // taken as written, it does nothing
    if (live.isUnread) return undefined;
    const { probability, once, packetRate } = rule;
    return probability !== 0 || once || packetRate !== undefined ? "choice" : "certain";
  }

  #translationOf({ rule, anchor }: SourceRule): RuleTranslation {
    const { sets } = this.#asked;
    return ruleTranslation(sets, this.#translations, rule, (address, end) => {
      return addressesOf(this.#context, anchor, address, end);
    });
  }

  /** The step of a rule with another translation than its own. */
  stepOf({ live, step }: Item, translation: Translation): Step {
    return this.#step(live, translation, step.caller);
  }

  #step(live: SourceRule, translation: Translation, caller: Caller): Step {
    const { keep } = this.#steps;
    const { action, quick } = live.rule;
    if (live.isUnread) {
      return this.#steps.step({ decision: this.#decisions.anything(live), caller, done: true });
    }
    switch (action) {
      case "pass":
      case "block": {
        const decision = this.#decisions.of(live, translation);
        return this.#steps.step({ effects: this.#tagging(live), decision, caller, done: quick });
      }
      case "match": {
        const effects = this.#matching(live, translation);
        return this.#steps.step({ effects, decision: keep, done: quick });
      }
      case "anchor":
        return this.#steps.step({ effects: this.#tagging(live), decision: keep });
    }
  }

  #tagging({ rule: { tag } }: SourceRule): Effects {
    return tag === "" ? this.#steps.nothing : this.#steps.effects({ tag });
  }

  #matching(live: SourceRule, translation: Translation): Effects {
    const { tag, rtable } = live.rule;
    return this.#steps.effects({
      translation,
      tag: tag === "" ? undefined : tag,
      rtable,
      actions: actionsOf(live.rule),
      matched: this.#asked.detail === "rules" ? [live] : [],
    });
  }

  /** The leaf of a rule whose translation has no address. */
  #failedBy(live: SourceRule, isPossible: boolean, caller: Caller): number {
    const { action, quick } = live.rule;
    if (!isPossible || action === "match") return this.#steps.failed;
    const effects = this.#tagging(live);
    const decision = this.#decisions.failing(live);
    return this.#steps.only(this.#steps.step({ effects, decision, caller, done: quick }));
  }
}
