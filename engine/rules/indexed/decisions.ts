import type { Family } from "../../../model/packet.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";
import { type Conditions, Entries } from "./entries.ts";
import { backwards, type FlatRules, type Placed } from "./flat-rules.ts";
import { ASKS, LAST, NOTHING } from "./flattening.ts";
import type { Forest } from "./forest.ts";
import { ForestBuilder } from "./forest-builder.ts";
import type { InterfaceNames } from "./interface-names.ts";
import { both, conditionsOf } from "./rule-conditions.ts";

/**
 * Most slots that were added of each level: those of the first are looked at one by one, the others
 * lie in forests, each of which is made anew when the level before it is full.
 */
const LEVELS = [48, 384, Number.POSITIVE_INFINITY];
/** What a rule's conditions cost, in entries that the making of a forest looks at. */
const CONDITIONS = 8;
const STRIDE = 64;

/** Rules as two forests. */
export interface Layer {
  /** Rules of which the first that is met decides, or the kernel is asked. */
  readonly early: Forest;
  /** Those of which the last decides, last to first. */
  readonly late: Forest;
}

/** The rules that decide packets of one family: most in one layer, those that came later in others. */
export class Decisions {
  readonly family: Family;
  readonly #flat: FlatRules;
  readonly #names: InterfaceNames;
  #certain: Uint8Array;
  /** From the start; then those that were added, the last ones first. */
  readonly layers: Layer[] = [];
  readonly #calls: Map<readonly LiveRule[], Conditions | "none"> = new Map();
  /** Of slots that were added. */
  readonly #added: Map<number, Conditions | "none"> = new Map();
  /** Slots that were added, by level. */
  readonly #levels: (readonly Placed[])[] = [];

  constructor(family: Family, flat: FlatRules, names: InterfaceNames) {
    this.family = family;
    this.#flat = flat;
    this.#names = names;
    this.#certain = new Uint8Array(flat.rules.length);
  }

  /** Makes the layers; breaks now and then, telling how many entries were looked at. */
  *made(): Generator<number> {
    const { base } = this.#flat;
    const [forward, backward] = [
      placed(this.#flat, 0, base, 1),
      placed(this.#flat, base - 1, -1, -1),
    ];
    for (const step of this.#layer(forward, backward, undefined)) {
      if (typeof step === "number") yield step;
      else this.layers.push(step);
    }
    if (this.#flat.isEdited) this.add(this.#flat.added);
  }

  /** Takes over slots that have been added to the rules since. */
  add(slots: readonly Placed[]): void {
    if (this.#certain.length < this.#flat.rules.length) this.#grow();
    if (this.layers.length === 0) return;
    let moved = slots;
    for (const [level, most] of LEVELS.entries()) {
      const all = [...(this.#levels[level] ?? []), ...moved].filter(([order, slot]) => {
        return this.#flat.slotOf(order) === slot;
      });
      const isFull = all.length > most;
      moved = all;
      this.#levels[level] = isFull ? [] : all;
      // those of a level that is full move on
      this.#relayer(level, most);
      if (!isFull) return;
    }
  }

  /** Makes the layer of a level; that of level 0 comes last. */
  #relayer(level: number, most: number): void {
    const slots = (this.#levels[level] ?? []).toSorted(([a], [b]) => a - b);
    for (const layer of this.#layer(slots, slots.toReversed(), level === 0 ? most : undefined)) {
      if (typeof layer !== "number") this.layers[1 + level] = layer;
    }
  }

  /** By slot: 1 if it is known from columns that the rule matches, and it decides then. */
  get certain(): Uint8Array {
    return this.#certain;
  }

  get bytes(): number {
    const forests = this.layers.flatMap(({ early, late }) => [early, late]);
    return forests.reduce((sum, { nodes, records, highs }) => {
      return sum + nodes.byteLength + records.byteLength + highs.byteLength;
    }, this.#certain.byteLength);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#flat.rules.length + 1024);
    larger.set(this.#certain);
    this.#certain = larger;
  }

  /**
   * @param backward - the same slots from the last one on
   * @param leaf - slots that need no tree
   */
  *#layer(
    slots: Iterable<Placed>,
    backward: Iterable<Placed>,
    leaf: number | undefined,
  ): Generator<number | Layer> {
    const [early, late] = [new Entries(this.family), new Entries(this.family)];
    const { roles } = this.#flat;
    let made = 0;
    for (const [order, slot] of slots) {
      const role = roles[slot];
      if (role === NOTHING || role === LAST) continue;
      const conditions = this.#conditions(slot);
      if (conditions !== undefined) early.add(order, conditions);
      if (++made % STRIDE === 0) yield STRIDE * CONDITIONS;
    }
    for (const [order, slot] of backward) {
      if (roles[slot] !== LAST) continue;
      const conditions = this.#conditions(slot);
      if (conditions !== undefined) late.add(backwards(order), conditions);
      if (++made % STRIDE === 0) yield STRIDE * CONDITIONS;
    }
    yield { early: yield* forestOf(early, leaf), late: yield* forestOf(late, leaf) };
  }

  #conditions(slot: number): Conditions | undefined {
    if (slot < this.#flat.base) return this.#read(slot);
    const known = this.#added.get(slot);
    if (known !== undefined) return known === "none" ? undefined : known;
    const made = this.#read(slot);
    this.#added.set(slot, made ?? "none");
    return made;
  }

  #read(slot: number): Conditions | undefined {
    const { rules, callers, roles } = this.#flat;
    const own = conditionsOf(rules[slot]!, this.family, this.#names);
    if (own === undefined) return undefined;
    const chain = callers[slot]!;
    const calls = chain.length === 0 ? undefined : this.#callsOf(chain);
    if (calls === "none") return undefined;
    const made = calls === undefined ? own : both(own, calls);
    if (made !== undefined) this.#certain[slot] = made.known && roles[slot] !== ASKS ? 1 : 0;
    return made;
  }

  #callsOf(callers: readonly LiveRule[]): Conditions | "none" {
    const known = this.#calls.get(callers);
    if (known !== undefined) return known;
    let all: Conditions | undefined;
    for (const caller of callers) {
      const own = conditionsOf(caller, this.family, this.#names);
      all = all === undefined || own === undefined ? own : both(all, own);
      if (all === undefined) break;
    }
    const made = all ?? "none";
    this.#calls.set(callers, made);
    return made;
  }
}

function* placed(flat: FlatRules, from: number, to: number, step: number): Iterable<Placed> {
  for (let slot = from; slot !== to; slot += step) yield [flat.orderOf(slot), slot];
}

function* forestOf(entries: Entries, leaf: number | undefined): Generator<number, Forest> {
  const builder = new ForestBuilder(entries, leaf);
  for (let before = 0; !builder.run(() => true); before = builder.work) {
    yield builder.work - before;
  }
  return builder.forest;
}
