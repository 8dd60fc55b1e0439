import type { Clip } from "../clip.ts";
import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { clipSet } from "./clip-set.ts";
import type { Criteria } from "./criteria.ts";
import type { State } from "./following.ts";
import type { Item, Items, Shared } from "./items.ts";
import { meetsClip } from "./rule-ranges.ts";
import { boxSet, type Run } from "./runs.ts";
import type { Steps } from "./steps.ts";

/** Which packets a rule is for, and what that makes of what follows. */
export class Matching {
  readonly #sets: PacketFunctions;
  readonly #steps: Steps;
  readonly #items: Items;
  readonly #interface: string;
  readonly #boxes: WeakMap<Criteria, PacketSet> = new WeakMap();
  /** By key. */
  readonly #clips: Map<string, PacketSet> = new Map();

  constructor({ sets, steps }: Shared, items: Items, on: string) {
    this.#sets = sets;
    this.#steps = steps;
    this.#items = items;
    this.#interface = on;
  }

  /** Adds a plain rule to a run in the same clip. */
  addTo(run: Run, { criteria, leaf, live }: Item, clip: Clip | undefined): void {
    if (criteria === undefined) return;
    const set = this.#within(clip, criteria.may);
    if (set !== this.#sets.empty) run.add(criteria, set, leaf, live.rule.quick);
  }

  /**
   * `inside` for packets that meet the criteria, `outside` for others: both where the network has
   * a choice, and, marked open, where we do not know.
   */
  chosen(
    item: Item,
    state: State,
    inside: PacketFunction,
    outside: PacketFunction,
  ): PacketFunction {
    const sets = this.#sets;
    const { either, perhaps } = this.#steps;
    const { clip } = state;
    const criteria = item.criteria ?? this.#items.routed(item.live, this.#interface, state.rtable);
    if (criteria === undefined || !mayMeet(criteria, clip)) return outside;
    const box = this.#boxOf(criteria, clip);
    const may = sets.and(box, this.#within(clip, criteria.may));
    const must =
      item.chance === "open" ? sets.empty : sets.and(box, this.#within(clip, criteria.must));
    const sure = item.chance === "certain" ? inside : sets.combine(either, inside, outside);
    const unsure = may === must ? outside : sets.combine(perhaps, inside, outside);
    return sets.choose(must, sure, sets.choose(may, unsure, outside));
  }

  /** Packets of its boxes. */
  #boxOf(criteria: Criteria, clip: Clip | undefined): PacketSet {
    if (clip !== undefined) return boxSet(this.#sets, criteria, clip);
    let box = this.#boxes.get(criteria);
    if (box === undefined) {
      box = boxSet(this.#sets, criteria);
      this.#boxes.set(criteria, box);
    }
    return box;
  }

  /** What matters of a set that no boxes make. */
  #within(clip: Clip | undefined, set: PacketSet): PacketSet {
    const sets = this.#sets;
    if (clip === undefined || set === sets.all) return set;
    let within = this.#clips.get(clip.key);
    if (within === undefined) {
      within = clipSet(sets, clip);
      this.#clips.set(clip.key, within);
    }
    return sets.and(within, set);
  }
}

function mayMeet(criteria: Criteria, clip: Clip | undefined): boolean {
  return clip === undefined || meetsClip(criteria, clip);
}
