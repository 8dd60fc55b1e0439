import { noActions } from "../../kernel/actions.ts";
import type {
  FieldChange,
  LeafOperation,
  PacketFunction,
  PacketFunctions,
} from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { relabelled } from "../packets.ts";
import { CLASS, packetClasses } from "./classes.ts";
import type { Detail, Fate, RulesetFunction } from "./fate.ts";
import { Numbers } from "./interned.ts";
import { joinActions, type Step, type Steps } from "./steps.ts";
import { preimageOf, type Translations } from "./translation.ts";

/** What is the same for all packets in one place. */
export interface Before {
  readonly detail: Detail;
  /** As the packets came. */
  readonly tag: string;
  readonly rtable: number;
  /** The routing domain of a table. */
  readonly domainOf: (rtable: number) => number;
}

/**
 * Carries out what the rules decided (section 19; follows pf_test_rule, OpenBSD 7.8): from steps to
 * fates. Functions of one of these have equal handles iff all packets have equal fates.
 *
 * States never refuse here: limits of states, sources and connections only ever drop more.
 */
export class Fates {
  readonly sets: PacketFunctions;
  readonly translations: Translations;
  readonly #before: Before;
  readonly #steps: Steps;
  readonly #numbers: Numbers = new Numbers();
  readonly #known: Map<string, Fate> = new Map();
  readonly #leaves: { readonly fates: readonly Fate[]; readonly open: boolean }[] = [];
  readonly #leafIndexes: Map<string, number> = new Map();
  readonly #single: number[] = [];
  readonly #functions: Map<PacketFunction, RulesetFunction> = new Map();
  /** Of leaves below {@link #looked}, some translate. */
  #translating = false;
  #looked = 0;
  readonly #classes: Map<boolean, PacketFunction> = new Map();

  constructor(sets: PacketFunctions, steps: Steps, translations: Translations, before: Before) {
    this.sets = sets;
    this.#steps = steps;
    this.translations = translations;
    this.#before = before;
  }

  /** @param walked - the steps that the main ruleset makes */
  of(walked: PacketFunction): RulesetFunction {
    const made = this.#carriedOut(walked);
    let known = this.#functions.get(made);
    if (known === undefined) {
      known = new FateFunction(this, made);
      this.#functions.set(made, known);
    }
    return known;
  }

  /** As {@link of} for packets of a set; others have one leaf, without fates. */
  within(set: PacketSet, walked: PacketFunction): RulesetFunction {
    const none = this.sets.always(this.#leafOf([], false));
    return new FateFunction(this, this.sets.choose(set, this.#carriedOut(walked), none));
  }

  #carriedOut(walked: PacketFunction): PacketFunction {
    const classes = this.#classesFor(this.#someTranslate());
    return this.sets.combine(this.#finish, walked, classes);
  }

  at(leaf: number): { readonly fates: readonly Fate[]; readonly open: boolean } {
    const at = this.#leaves[leaf];
    if (at === undefined) throw new RangeError(`no leaf: ${leaf}`);
    return at;
  }

  /** Whether any steps so far translate: a walk over all leaves of one function costs more. */
  #someTranslate(): boolean {
    while (!this.#translating && this.#looked < this.#steps.leaves) {
      this.#translating = this.#translates(this.#looked++);
    }
    return this.#translating;
  }

  #classesFor(translates: boolean): PacketFunction {
    const classes = this.#classes.get(translates) ?? packetClasses(this.sets, translates);
    this.#classes.set(translates, classes);
    return classes;
  }

  #translates(leaf: number): boolean {
    const { none } = this.translations;
    return this.#steps.at(leaf).steps.some((step) => {
      const { effects, decision } = step;
      const isTranslated = effects.translation !== none || decision.own.translation !== none;
      return isTranslated || this.#crosses(step);
    });
  }

  /** The packet gets into another routing domain. */
  #crosses(step: Step): boolean {
    return this.#before.domainOf(this.#rtableOf(step)) !== this.#before.rtable;
  }

  #rtableOf({ effects, decision: { own } }: Step): number {
    const rtable = own.rtable >= 0 ? own.rtable : effects.rtable;
    return rtable >= 0 ? rtable : this.#before.rtable;
  }

  readonly #finish: LeafOperation = {
    apply: (leaf, which) => {
      const { steps, open } = this.#steps.at(leaf);
      const fates = new Set(steps.map((it) => this.#fate(it, which)));
      return this.#leafOf(
        [...fates].toSorted((a, b) => a.index - b.index),
        open,
      );
    },
  };

  #leafOf(fates: readonly Fate[], open: boolean): number {
    const [first] = fates;
    if (first !== undefined && fates.length === 1) {
      this.#single[first.index] ??= this.#leaves.push({ fates, open: false }) - 1;
      return this.#single[first.index] ?? 0;
    }
    const key = `${open ? "?" : ""}${fates.map((it) => it.index).join(",")}`;
    let leaf = this.#leafIndexes.get(key);
    if (leaf === undefined) {
      leaf = this.#leaves.push({ fates, open }) - 1;
      this.#leafIndexes.set(key, leaf);
    }
    return leaf;
  }

  #fate(step: Step, which: number): Fate {
    const { decision, failed } = step;
    if (decision.kind === "anything")
      return this.#intern({ ...this.#of(step), verdict: "pass", anything: true });
    if (failed) return this.#intern(this.#of(step));
    if (decision.kind === "block") {
      const isFragment = (which & CLASS.fragment) !== 0;
      return this.#intern({ ...this.#of(step), answer: isFragment ? undefined : decision.answer });
    }
    if ((which & CLASS.options) !== 0 && !decision.allowOptions)
      return this.#intern(this.#of(step));
    const isStateless = (which & CLASS.stateless) !== 0 || decision.state === undefined;
    return this.#intern(isStateless ? this.#stateless(step) : this.#stateful(step, which));
  }

  /** What a step says of a packet whatever becomes of it; as it stands, it is dropped. */
  #of({ decision, caller, effects }: Step): Parts {
    return {
      verdict: "drop",
      anything: false,
      rule: decision.rule,
      caller: caller === "own" || this.#before.detail === "outcomes" ? undefined : caller,
      matched: effects.matched,
      answer: undefined,
      state: undefined,
      tag: "",
      tagged: false,
      rtable: -1,
      translation: this.translations.none,
      actions: NO_ACTIONS,
      route: undefined,
      divert: undefined,
    };
  }

  #passed(step: Step): Parts {
    const { effects, decision } = step;
    return {
      ...this.#of(step),
      verdict: "pass",
      tag: effects.tag ?? this.#before.tag,
      tagged: effects.tag !== undefined,
      rtable: this.#rtableOf(step),
      divert: decision.divert,
    };
  }

  /** Only what the deciding rule itself sets counts; translations are lost. */
  #stateless(step: Step): Parts {
    return { ...this.#passed(step), actions: step.decision.own.actions };
  }

  #stateful(step: Step, which: number): Parts {
    const { effects, decision } = step;
    const { own, state, route } = decision;
    const whole = this.translations.compose(effects.translation, own.translation);
    return {
      ...this.#passed(step),
      actions: joinActions(effects.actions, own.actions),
      translation: this.translations.ofMessage(whole, which, this.#crosses(step)),
      state,
      route,
    };
  }

  #intern(parts: Parts): Fate {
    const { rule, caller, matched, answer, state, translation, actions, route, divert } = parts;
    const rules = [rule, caller, ...matched].map((it) => {
      return it === undefined ? -1 : this.#steps.idOf(it);
    });
    const values = [answer, state, route, divert].map((it) => this.#numbers.of(it));
    const key = [
      ...[parts.verdict, parts.anything, parts.tagged, parts.rtable, translation.index],
      ...values,
      ...Object.values(actions),
      ...rules,
      parts.tag,
    ].join(" ");
    let fate = this.#known.get(key);
    if (fate === undefined) {
      fate = { index: this.#known.size, ...parts };
      this.#known.set(key, fate);
    }
    return fate;
  }
}

/** A ruleset in one place: its leaves are those of all places. */
class FateFunction implements RulesetFunction {
  readonly sets: PacketFunctions;
  readonly function: PacketFunction;
  readonly #of: Fates;
  #fates: readonly Fate[] | undefined;

  constructor(of: Fates, made: PacketFunction) {
    this.sets = of.sets;
    this.function = made;
    this.#of = of;
  }

  get fates(): readonly Fate[] {
    this.#fates ??= [...new Set(this.sets.leaves(this.function).flatMap((it) => this.fatesOf(it)))];
    return this.#fates;
  }

  fatesOf(leaf: number): readonly Fate[] {
    return this.#of.at(leaf).fates;
  }

  isOpen(leaf: number): boolean {
    return this.#of.at(leaf).open;
  }

  may(fate: Fate): PacketSet {
    return this.sets.where(this.function, (leaf) => this.fatesOf(leaf).includes(fate));
  }

  must(fate: Fate): PacketSet {
    return this.sets.where(this.function, (leaf) => {
      return !this.isOpen(leaf) && this.fatesOf(leaf).includes(fate);
    });
  }

  image(set: PacketSet, { translation, anything, actions: { tos } }: Fate): PacketSet {
    if (anything) return relabelled(this.sets, set);
    const translated = this.#of.translations.image(set, translation);
    if (tos < 0) return translated;
    const changed = this.sets.after(translated, tosChange(tos));
    // what changes its family keeps the TOS that it came with
    return translation.family === undefined ? changed : this.sets.or(changed, translated);
  }

  preimage(set: PacketSet, { translation, anything, actions: { tos } }: Fate): PacketSet {
    const { translations } = this.#of;
    if (anything) return relabelled(this.sets, set);
    if (tos < 0) return translations.preimage(set, translation);
    const before = preimageOf(this.sets, set, tosChange(tos));
    const whole = translation.family === undefined ? before : this.sets.or(before, set);
    return translations.preimage(whole, translation);
  }
}

type Parts = Omit<Fate, "index">;

const NO_ACTIONS = noActions();

/** The bits of ECN stay. */
function tosChange(tos: number): FieldChange {
  return { kind: "bits", field: "tos", mask: BigInt(0xfc | tos), value: BigInt(tos) };
}
