import type { Clip } from "../clip.ts";
import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { Item, Items, Shared } from "./items.ts";
import type { Effects, Steps } from "./steps.ts";
import type { Translation, Translations } from "./translation.ts";

/** What rules look at besides the packet. Where no rule looks, it stays as it was at the start. */
export interface State {
  readonly tag: string;
  readonly rtable: number;
  /** The packets that matter, as they are now: functions are right within it. Undefined: all. */
  readonly clip: Clip | undefined;
}

/** Where steps that have not ended leave an evaluation. */
interface End {
  readonly key: string;
  readonly state: State;
  readonly translation: Translation;
}

/** Clips that one question is told apart by: where there are more, fields that are written are any. */
const MOST_CLIPS = 64;

/** The function of what follows in a state. */
export type Rest = (state: State) => PacketFunction;

/** How rules go on: what follows, for packets as a rule or an anchor leaves them. */
export class Following {
  readonly #shared: Shared;
  readonly #items: Items;
  readonly #sets: PacketFunctions;
  readonly #translations: Translations;
  readonly #steps: Steps;
  /** By key, each once. */
  readonly #clips: Map<string, Clip> = new Map();
  /** By translation and the clip before it. */
  readonly #behind: Map<string, Clip> = new Map();

  constructor(shared: Shared, items: Items) {
    this.#shared = shared;
    this.#items = items;
    this.#sets = shared.sets;
    this.#translations = shared.translations;
    this.#steps = shared.steps;
  }

  /** A rule that matches, and what follows. */
  after(item: Item, state: State, next: Rest): PacketFunction {
    const sets = this.#sets;
    const { either, sequence } = this.#steps;
    const parts = new Map<PacketFunction, Translation[]>();
    const { effects } = item.step;
    for (const translation of this.#translations.choicesOf(effects.translation)) {
      const end = this.#endOf({ ...effects, translation }, state, effects.translation);
      const rest = this.#seen(end, next);
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
  failing({ failing, failed, mayFail }: Item, inside: PacketFunction): PacketFunction {
    const sets = this.#sets;
    if (failing === sets.empty && !mayFail) return inside;
    const fails = sets.always(failed);
    const rest = mayFail ? sets.combine(this.#steps.perhaps, inside, fails) : inside;
    return sets.choose(failing, fails, rest);
  }

  /**
   * Steps of a ruleset as its caller sees them: of a quick one, those end that a rule of this very
   * ruleset decided, and no rule of an anchor inside it.
   */
  left({ live }: Item, path: string, inside: PacketFunction): PacketFunction {
    if (this.#items.callerIn(path) === undefined) return inside;
    const caller = this.#shared.detail === "rules" ? live : undefined;
    const change = this.#steps.each((step) => {
      if (step.caller !== "own") return step;
      return this.#steps.step({ ...step, caller, done: step.done || live.rule.quick });
    });
    return this.#sets.relabel(change, inside);
  }

  /** `first`, and what follows in the states that it leaves. */
  behind(first: PacketFunction, state: State, next: Rest): PacketFunction {
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

  /** @param whole - what {@link Effects.translation} is one choice of */
  #endOf(
    { translation, tag, rtable }: Effects,
    state: State,
    whole: Translation = translation,
  ): End {
    const { testsTags, testsRoutes } = this.#shared.index;
    const after: State = {
      tag: testsTags ? (tag ?? state.tag) : state.tag,
      rtable: testsRoutes && rtable >= 0 ? rtable : state.rtable,
      clip: state.clip && this.#clipBehind(state.clip, whole),
    };
    return { key: `${translation.index} ${after.rtable} ${after.tag}`, state: after, translation };
  }

  #clipBehind(clip: Clip, translation: Translation): Clip {
    if (translation === this.#translations.none) return clip;
    const key = `${translation.index} ${clip.key}`;
    let behind = this.#behind.get(key);
    if (behind === undefined) {
      const isWide = this.#clips.size >= MOST_CLIPS;
      const made = this.#translations.clipBehind(clip, translation, isWide);
      behind = this.#clips.get(made.key) ?? made;
      this.#clips.set(made.key, behind);
      this.#behind.set(key, behind);
    }
    return behind;
  }

  /** What follows, for packets as they were before the translation. */
  #seen({ state, translation }: End, next: Rest): PacketFunction {
    const { either, failed } = this.#steps;
    return this.#translations.before(next(state), translation, either, failed);
  }
}
