import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { type Criteria, CriteriaContext } from "./criteria.ts";
import type { Detail, RulesetFunction } from "./fate.ts";
import { Fates } from "./fates.ts";
import { type Item, Items } from "./items.ts";
import { boxSet, inSequence, Run } from "./runs.ts";
import type { Place, Source } from "./situation.ts";
import { sourceIndex } from "./source-index.ts";
import { type Effects, Steps } from "./steps.ts";
import { type Translation, Translations } from "./translation.ts";

/** What {@link compileRuleset} is asked. */
export interface Asked {
  readonly sets: PacketFunctions;
  readonly source: Source;
  readonly place: Place;
  /** Tag that the packets carry; empty: none. */
  readonly tag: string;
  readonly detail: Detail;
  /** Ids of unread lines that are taken as written: an unread rule does nothing then. */
  readonly closed: ReadonlySet<string>;
}

/**
 * The main ruleset of a source, evaluated in one place for all packets at once (section 34).
 *
 * @throws BudgetExceeded of the sets
 */
export function compileRuleset(asked: Asked): RulesetFunction {
  const { sets, tag, detail, place } = asked;
  const translations = new Translations(sets);
  const steps = new Steps(translations, detail);
  let walked: PacketFunction | undefined;
  for (const { set, place: at } of placesOf(asked)) {
    const own = new Compilation({ ...asked, place: at }, steps, translations).walked();
    walked = walked === undefined ? own : sets.choose(set, own, walked);
  }
  const { rtables } = asked.source.surroundings;
  const domainOf = (rtable: number): number => rtables.get(rtable) ?? rtable;
  const before = { detail, tag, rtable: place.rdomain, domainOf };
  return new Fates(sets, steps, translations, walked ?? sets.always(steps.kept), before);
}

/**
 * The place, or that of the packets of each socket: users and groups are those of the packet as it
 * came, whatever rules have made of it.
 */
function placesOf(asked: Asked): readonly { readonly set: PacketSet; readonly place: Place }[] {
  const { sets, source, place } = asked;
  const isLookedUp = !place.forwarded && place.socket === undefined && source.knowsSockets;
  if (!isLookedUp || !sourceIndex(source).asksSocketsLate) return [{ set: sets.all, place }];
  return new CriteriaContext(asked).socketClasses().map(({ set, socket }) => {
    return { set, place: { ...place, socket } };
  });
}

/** Anchors in anchors that pf follows: of its 64 frames the first stays empty. */
const DEEPEST = 63;
/** Depth of a ruleset below which no call can be too deep. */
const NEVER_TOO_DEEP = Number.NEGATIVE_INFINITY;

/** What rules look at besides the packet. Where no rule looks, it stays as it was at the start. */
interface State {
  readonly tag: string;
  readonly rtable: number;
}

/** Where steps that have not ended leave an evaluation. */
interface End {
  readonly key: string;
  readonly state: State;
  readonly translation: Translation;
}

/** The function of what follows in a state. */
type Rest = (state: State) => PacketFunction;

/**
 * A ruleset is compiled from its last rule to its first, once for each state that it is entered in.
 *
 * Rules that later ones cannot tell (most of them) are put together as they stand; only behind a
 * *loud* one, which translates or sets what some rule tests, the rest is asked for anew.
 */
class Compilation {
  readonly #asked: Asked;
  readonly #sets: PacketFunctions;
  readonly #translations: Translations;
  readonly #steps: Steps;
  readonly #items: Items;
  readonly #rests: Map<string, PacketFunction> = new Map();
  readonly #boxes: WeakMap<Criteria, PacketSet> = new WeakMap();

  constructor(asked: Asked, steps: Steps, translations: Translations) {
    this.#asked = asked;
    this.#sets = asked.sets;
    this.#translations = translations;
    this.#steps = steps;
    this.#items = new Items(asked, steps, translations);
  }

  /** The steps of the main ruleset. */
  walked(): PacketFunction {
    const { tag, place } = this.#asked;
    return this.#ruleset("", 0, { tag, rtable: place.rdomain }, 0);
  }

  /** The steps of a ruleset from behind its loud item `from - 1` on; from 0: of all of it. */
  #ruleset(path: string, depth: number, state: State, from: number): PacketFunction {
    const { items, loud } = this.#items.of(path);
    const at = depth + this.#items.heightOf(path) <= DEEPEST ? NEVER_TOO_DEEP : depth;
    const key = (part: number): string => `${part} ${at} ${state.rtable} ${state.tag}\n${path}`;
    let result: PacketFunction | undefined;
    for (let part = loud.length; part >= from; part--) {
      const known = this.#rests.get(key(part));
      if (known !== undefined) {
        result = known;
        continue;
      }
      const first = (loud[part - 1] ?? -1) + 1;
      const quiet = this.#quiet(items.slice(first, loud[part]), state, at);
      const item = items[loud[part] ?? items.length];
      const rest = result;
      if (item === undefined || rest === undefined) result = quiet;
      else {
        const next: Rest = (after) => {
          return isSame(after, state) ? rest : this.#ruleset(path, depth, after, part + 1);
        };
        const whole = this.#loud(item, state, at, next);
        result = this.#sets.combine(this.#steps.sequence, quiet, whole);
      }
      this.#rests.set(key(part), result);
    }
    return result ?? this.#sets.always(this.#steps.kept);
  }

  /** Items that later ones cannot tell. */
  #quiet(items: readonly Item[], state: State, depth: number): PacketFunction {
    const parts: PacketFunction[] = [];
    let run = new Run(this.#sets);
    const { kept, sequence } = this.#steps;
    const end = (): void => {
      if (run.isEmpty) return;
      parts.push(run.function(kept));
      run = new Run(this.#sets);
    };
    for (const item of items) {
      if (!holdsTag(item, state)) continue;
      if (item.isPlain && item.criteria !== undefined) {
        run.add(item.criteria, item.criteria.may, item.leaf, item.live.rule.quick);
        continue;
      }
      end();
      const outside = this.#sets.always(kept);
      parts.push(this.#chosen(item, state, this.#insideQuiet(item, state, depth), outside));
    }
    end();
    return inSequence(this.#sets, sequence, parts) ?? this.#sets.always(kept);
  }

  #insideQuiet(item: Item, state: State, depth: number): PacketFunction {
    if (item.live.rule.action === "anchor") return this.#called(item, state, depth);
    return this.#failing(item, this.#sets.always(item.leaf));
  }

  #loud(item: Item, state: State, depth: number, next: Rest): PacketFunction {
    const outside = next(state);
    if (!holdsTag(item, state)) return outside;
    const inside =
      item.live.rule.action === "anchor"
        ? this.#then(this.#called(item, state, depth), state, next)
        : this.#failing(item, this.#after(item, state, next));
    return this.#chosen(item, state, inside, outside);
  }

  /** A rule that matches, and what follows. */
  #after(item: Item, state: State, next: Rest): PacketFunction {
    const sets = this.#sets;
    const { either, sequence } = this.#steps;
    const parts = new Map<PacketFunction, Translation[]>();
    const { effects } = item.step;
    for (const translation of this.#translations.choicesOf(effects.translation)) {
      const rest = this.#seen(this.#endOf({ ...effects, translation }, state), next);
      parts.set(rest, [...(parts.get(rest) ?? []), translation]);
    }
    let result: PacketFunction | undefined;
    for (const [rest, translations] of parts) {
      const step =
        parts.size === 1 ? item.leaf : this.#leafOf(item, this.#translations.oneOf(translations));
      const part = sets.combine(sequence, sets.always(step), rest);
      result = result === undefined ? part : sets.combine(either, result, part);
    }
    return result ?? sets.always(this.#steps.failed);
  }

  #leafOf(item: Item, translation: Translation): number {
    return this.#steps.only(this.#items.stepOf(item, translation));
  }

  /** Where a pool has no address of the packet's family, or perhaps has none. */
  #failing({ failing, failed, mayFail }: Item, inside: PacketFunction): PacketFunction {
    const sets = this.#sets;
    if (failing === sets.empty && !mayFail) return inside;
    const fails = sets.always(failed);
    const rest = mayFail ? sets.combine(this.#steps.perhaps, inside, fails) : inside;
    return sets.choose(failing, fails, rest);
  }

  /** The rulesets that an anchor rule calls, one after the other. */
  #called(item: Item, state: State, depth: number): PacketFunction {
    const sets = this.#sets;
    let result = sets.always(item.leaf);
    for (const path of this.#items.called(item)) {
      if (depth >= DEEPEST) {
        return sets.combine(this.#steps.sequence, result, sets.always(this.#steps.failed));
      }
      result = this.#then(result, state, (inside) => {
        return this.#left(item, path, this.#ruleset(path, depth + 1, inside, 0));
      });
    }
    return result;
  }

  /**
   * Steps of a ruleset as its caller sees them: of a quick one, those end that a rule of this very
   * ruleset decided, and no rule of an anchor inside it.
   */
  #left({ live }: Item, path: string, inside: PacketFunction): PacketFunction {
    if (this.#items.callerIn(path) === undefined) return inside;
    const caller = this.#asked.detail === "rules" ? live : undefined;
    const change = this.#steps.each((step) => {
      if (step.caller !== "own") return step;
      return this.#steps.step({ ...step, caller, done: step.done || live.rule.quick });
    });
    return this.#sets.relabel(change, inside);
  }

  /** `first`, and what follows in the states that it leaves. */
  #then(first: PacketFunction, state: State, next: Rest): PacketFunction {
    const sets = this.#sets;
    const ends = this.#endsOf(first, state);
    const [only] = ends;
    if (only === undefined) return first;
    if (ends.length === 1) {
      return sets.combine(this.#steps.sequence, first, this.#seen(only, next));
    }
    const whole = ends
      .map((end) => {
        const isTaken = (effects: Effects): boolean => this.#endOf(effects, state).key === end.key;
        const operation = this.#steps.partOf(isTaken, end === only);
        return sets.combine(operation, first, this.#seen(end, next));
      })
      .reduce((all, some) => sets.combine(this.#steps.parts, all, some));
    return sets.relabel(this.#steps.settle, whole);
  }

  #endsOf(of: PacketFunction, state: State): readonly End[] {
    const ends = new Map<string, End>();
    for (const leaf of this.#sets.leaves(of)) {
      for (const { done, effects } of this.#steps.at(leaf).steps) {
        if (done) continue;
        const end = this.#endOf(effects, state);
        ends.set(end.key, end);
      }
    }
    return [...ends.values()];
  }

  #endOf({ translation, tag, rtable }: Effects, state: State): End {
    const { testsTags, testsRoutes } = this.#items;
    const after: State = {
      tag: testsTags ? (tag ?? state.tag) : state.tag,
      rtable: testsRoutes && rtable >= 0 ? rtable : state.rtable,
    };
    return { key: `${translation.index} ${after.rtable} ${after.tag}`, state: after, translation };
  }

  /** What follows, for packets as they were before the translation. */
  #seen({ state, translation }: End, next: Rest): PacketFunction {
    const { either, failed } = this.#steps;
    return this.#translations.before(next(state), translation, either, failed);
  }

  /**
   * `inside` for packets that meet the criteria, `outside` for others: both where the network has
   * a choice, and, marked open, where we do not know.
   */
  #chosen(
    item: Item,
    state: State,
    inside: PacketFunction,
    outside: PacketFunction,
  ): PacketFunction {
    const sets = this.#sets;
    const { either, perhaps } = this.#steps;
    const criteria = item.criteria ?? this.#items.criteriaOf(item.live, state.rtable);
    if (criteria === undefined) return outside;
    const box = this.#boxOf(criteria);
    const may = sets.and(box, criteria.may);
    const must = item.chance === "open" ? sets.empty : sets.and(box, criteria.must);
    const sure = item.chance === "certain" ? inside : sets.combine(either, inside, outside);
    const unsure = may === must ? outside : sets.combine(perhaps, inside, outside);
    return sets.choose(must, sure, sets.choose(may, unsure, outside));
  }

  #boxOf(criteria: Criteria): PacketSet {
    let box = this.#boxes.get(criteria);
    if (box === undefined) {
      box = boxSet(this.#sets, criteria);
      this.#boxes.set(criteria, box);
    }
    return box;
  }
}

function isSame(one: State, other: State): boolean {
  return one.tag === other.tag && one.rtable === other.rtable;
}

function holdsTag({ live: { rule } }: Item, { tag }: State): boolean {
  const { tagged, taggedNegated } = rule;
  return tagged === "" || (tag === tagged) !== taggedNegated;
}
