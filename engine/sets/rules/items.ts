import type { Clip } from "../clip.ts";
import type { PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { addressesOf } from "./addresses.ts";
import {
  type Criteria,
  CriteriaContext,
  criteriaAnywhere,
  testsReturn,
  testsRoutes,
} from "./criteria.ts";
import { actionsOf, type Decisions } from "./decisions.ts";
import type { Detail } from "./fate.ts";
import { RuleRanges } from "./rule-ranges.ts";
import { type RuleTranslation, ruleTranslation } from "./rule-translation.ts";
import type { Place, Source, SourceRule } from "./situation.ts";
import type { SourceChange } from "./source-change.ts";
import type { SourceIndex } from "./source-index.ts";
import type { Caller, Effects, Step, Steps } from "./steps.ts";
import type { Translation, Translations } from "./translation.ts";

/** A rule that can hold in a kind of place. */
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
  /** Packets for which its translation has no address; of those it makes {@link failed}. */
  readonly failing: PacketSet;
  readonly failed: number;
  /** It may have none for others as well. */
  readonly mayFail: boolean;
}

/** Criteria by rule and by table of routes; null: none. */
interface Routed {
  readonly context: CriteriaContext;
  readonly known: Map<SourceRule, Map<number, Criteria | null>>;
}

/** What all places of a compiler share. */
export interface Shared {
  readonly sets: PacketFunctions;
  /** As it is now, as {@link index} is. */
  readonly source: Source;
  readonly detail: Detail;
  /** Ids of unread lines that are taken as written: an unread rule does nothing then. */
  readonly closed: ReadonlySet<string>;
  readonly index: SourceIndex;
  readonly steps: Steps;
  readonly translations: Translations;
  readonly decisions: Decisions;
}

/**
 * The rules of a source as they are in places that differ in their interfaces alone, each looked at
 * once. Whether a rule means the interface is not asked here.
 */
export class Items {
  readonly #shared: Shared;
  readonly #place: Place;
  readonly #steps: Steps;
  #context: CriteriaContext;
  /** By path and position; null: it cannot hold. */
  readonly #known: Map<string, (Item | null | undefined)[]> = new Map();
  readonly #ranges: Map<string, RuleRanges> = new Map();
  readonly #routed: Map<string, Routed> = new Map();

  /** @param place - its interfaces do not matter */
  constructor(shared: Shared, place: Place) {
    this.#shared = shared;
    this.#place = place;
    this.#steps = shared.steps;
    this.#context = this.#contextOn("");
  }

  /** The rule at a position of a ruleset; undefined: it cannot hold. */
  at(path: string, position: number): Item | undefined {
    const rules = this.#shared.index.rulesOf(path);
    let known = this.#known.get(path);
    if (known === undefined) {
      known = Array.from({ length: rules.length });
      this.#known.set(path, known);
    }
    const item = known[position];
    if (item !== undefined) return item ?? undefined;
    const live = rules[position];
    const made = live && this.#item(live, this.callerIn(path));
    known[position] = made ?? null;
    return made;
  }

  /** Positions of the rules of a ruleset that may say something of packets of a clip, ascending. */
  meeting(path: string, clip: Clip): readonly number[] {
    let ranges = this.#ranges.get(path);
    if (ranges === undefined) {
      const { length } = this.#shared.index.rulesOf(path);
      ranges = new RuleRanges(length, (position) => this.at(path, position));
      this.#ranges.set(path, ranges);
    }
    return ranges.meeting(clip);
  }

  /**
   * Criteria of a rule that depend on the table that routes are looked up in; undefined: it cannot
   * hold.
   *
   * @param on - the interface
   */
  routed(live: SourceRule, on: string, rtable: number): Criteria | undefined {
    const name = testsReturn(live) ? on : "";
    let routed = this.#routed.get(name);
    if (routed === undefined) {
      const context = name === "" ? this.#context : this.#contextOn(name);
      routed = { context, known: new Map() };
      this.#routed.set(name, routed);
    }
    const known = routed.known.get(live) ?? new Map<number, Criteria | null>();
    routed.known.set(live, known);
    let criteria = known.get(rtable);
    if (criteria === undefined) {
      criteria = criteriaAnywhere(routed.context, live, rtable) ?? null;
      known.set(rtable, criteria);
    }
    return criteria ?? undefined;
  }

  /** The rules of what the source has become: others, and those that ask tables, are looked at anew. */
  change({ edits, touched }: SourceChange): void {
    this.#ranges.clear();
    this.#routed.clear();
    for (const { path, first, removed, added } of edits.values()) {
      const known = this.#known.get(path);
      if (known === undefined) continue;
      splice(known, first, removed, added);
    }
    for (const [path, positions] of touched) {
      const known = this.#known.get(path);
      if (known === undefined) continue;
      for (const position of positions) known[position] = undefined;
    }
    this.#context = this.#contextOn("");
  }

  /** For criteria that depend on which interface it is. */
  #contextOn(on: string): CriteriaContext {
    return new CriteriaContext({ ...this.#shared, place: { ...this.#place, interface: on } });
  }

  /** What decisions of a ruleset have for a caller; undefined: nobody asks. */
  callerIn(path: string): Caller {
    const isAsked = this.#shared.detail === "rules" || this.#shared.index.isQuickCalled(path);
    return isAsked ? "own" : undefined;
  }

  /** Undefined: the rule cannot hold in the place. */
  #item(live: SourceRule, caller: Caller): Item | undefined {
    const chance = this.#chanceOf(live);
    if (chance === undefined) return undefined;
    const isRouted = testsRoutes(live);
    const criteria = isRouted
      ? undefined
      : criteriaAnywhere(this.#context, live, this.#place.rdomain);
    if (criteria === undefined && !isRouted) return undefined;
    const { empty } = this.#shared.sets;
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
      failing,
      failed: this.#failedBy(live, failing !== empty || isOpen, caller),
      mayFail: isOpen,
    };
  }

  /** Undefined: it can never match. */
  #chanceOf(live: SourceRule): Item["chance"] | undefined {
    const { rule, open = [], expired = false } = live;
    if (expired) return undefined;
    if (open.some(({ id }) => !this.#shared.closed.has(id))) return "open";
    // taken as written, it does nothing
    if (live.isUnread) return undefined;
    const { probability, once, packetRate } = rule;
    return probability !== 0 || once || packetRate !== undefined ? "choice" : "certain";
  }

  #translationOf({ rule, anchor }: SourceRule): RuleTranslation {
    const { sets } = this.#shared;
    return ruleTranslation(sets, this.#shared.translations, rule, (address, end) => {
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
      return this.#steps.step({
        decision: this.#shared.decisions.anything(live),
        caller,
        done: true,
      });
    }
    switch (action) {
      case "pass":
      case "block": {
        const decision = this.#shared.decisions.of(live, translation);
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
      matched: this.#shared.detail === "rules" ? [live] : [],
    });
  }

  /** The leaf of a rule whose translation has no address. */
  #failedBy(live: SourceRule, isPossible: boolean, caller: Caller): number {
    const { action, quick } = live.rule;
    if (!isPossible || action === "match") return this.#steps.failed;
    const effects = this.#tagging(live);
    const decision = this.#shared.decisions.failing(live);
    return this.#steps.only(this.#steps.step({ effects, decision, caller, done: quick }));
  }
}

/** Arguments of one call: all lie on the stack. */
const MOST_ARGUMENTS = 1 << 10;

/** As splice of an array, however many are added. */
function splice<Value>(
  values: (Value | undefined)[],
  first: number,
  removed: number,
  added: number,
): void {
  values.splice(first, removed);
  for (let left = added; left > 0; left -= MOST_ARGUMENTS) {
    values.splice(first, 0, ...Array.from<undefined>({ length: Math.min(left, MOST_ARGUMENTS) }));
  }
}
