import type { Clip } from "../clip.ts";
import type {
  FieldChange,
  LeafOperation,
  PacketFunction,
  PacketFunctions,
} from "../packet-functions.ts";
import { FIELDS, type Field, type PacketSet, type PacketSets } from "../packet-sets.ts";
import { CLASS } from "./classes.ts";
import { clipSet } from "./clip-set.ts";
import { type FamilyChange, familyImage, familyPreimage } from "./family-change.ts";
import { Numbers } from "./interned.ts";

/**
 * One field of the packets in `within` that is overwritten; others stay.
 *
 * `values`: by any value that the set has for packets which agree in all other fields. The fields
 * that `within` tests are never overwritten themselves.
 */
export interface Write {
  readonly field: Field;
  readonly within: PacketSet;
  readonly change: Change;
}

type Change = FieldChange | { readonly kind: "values"; readonly values: PacketSet };

/** Headers overwritten, one write after the other. Interned: equal translations are one object. */
export interface Translation {
  readonly index: number;
  /** None: the packet stays as it is. */
  readonly writes: readonly Write[];
  /** What `af-to` does after the writes. */
  readonly family: FamilyChange | undefined;
}

/** All translations of one compilation, composed and applied. */
export class Translations {
  readonly none: Translation;
  readonly #sets: PacketFunctions;
  readonly #known: Map<string, Translation> = new Map();
  readonly #composed: Map<number, Translation> = new Map();
  readonly #tables: Uint16Array[] = [];
  readonly #spans: WeakMap<Translation, readonly Span[]> = new WeakMap();
  readonly #numbers: Numbers = new Numbers();

  constructor(sets: PacketFunctions) {
    this.#sets = sets;
    this.none = this.of([]);
  }

  /** The translation that does the writes in order. */
  of(writes: readonly Write[], family?: FamilyChange): Translation {
    const merged: Write[] = [];
    for (const write of writes) this.#append(merged, write);
    const key = [...merged.map((it) => this.#keyOf(it)), `af ${this.#numbers.of(family)}`].join(
      "|",
    );
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { index: this.#known.size, writes: merged, family };
      this.#known.set(key, known);
    }
    return known;
  }

  /** `first`, then `second`; a family changes last. */
  compose(first: Translation, second: Translation): Translation {
    if (second === this.none) return first;
    if (first === this.none) return second;
    const key = first.index * 2 ** 26 + second.index;
    let known = this.#composed.get(key);
    if (known === undefined) {
      known = this.of([...first.writes, ...second.writes], second.family ?? first.family);
      this.#composed.set(key, known);
    }
    return known;
  }

  /**
   * One translation for each of a few pool addresses; a pool of many stays as it is. Together they
   * are the whole.
   */
  choicesOf(translation: Translation): readonly Translation[] {
    const { writes, family } = translation;
    const drawn = writes.filter(isDrawn);
    const [first] = drawn;
    if (first === undefined || drawn.some(({ field }) => field !== first.field)) {
      return [translation];
    }
    const values = new Map(drawn.map((it) => [it, singles(this.#sets, it)]));
    const most = Math.max(...[...values.values()].map((it) => it?.length ?? 0));
    if ([...values.values()].includes(undefined)) return [translation];
    return Array.from({ length: most }, (_, at) => {
      const chosen = writes.map((it): Write => {
        const its = isDrawn(it) ? values.get(it) : undefined;
        const one = its?.[at % its.length];
        return one === undefined ? it : { ...it, change: { kind: "values", values: one } };
      });
      return this.of(chosen, family);
    });
  }

  /** The translation that does what some of {@link choicesOf} one do. */
  oneOf(choices: readonly Translation[]): Translation {
    const [first = this.none, ...others] = choices;
    const writes = first.writes.map((it, at): Write => {
      if (!isDrawn(it)) return it;
      const values = [...others, first].map(({ writes: its }) => its[at]?.change);
      const joined = values.reduce((all, change) => {
        return change?.kind === "values" ? this.#sets.or(all, change.values) : all;
      }, this.#sets.empty);
      return { ...it, change: { kind: "values", values: joined } };
    });
    return this.of(writes, first.family);
  }

  /**
   * What a translation comes to for one class of packets ({@link CLASS}).
   *
   * The state of a neighbour solicitation is about its target, which is not one of our fields: where
   * the source changes, the destination becomes that target. A message that is an echo in the other
   * family only gets the id that its state has: none, or a new one.
   *
   * @param crosses - the packet gets into another routing domain: it is written anew even if nothing
   * of it changes
   */
  ofMessage(translation: Translation, which: number, crosses: boolean): Translation {
    const { writes, family } = translation;
    if (writes.length === 0 && !crosses) return translation;
    // `af-to` lets such messages pass as they came, whatever was written before
    if (family !== undefined) return translation;
    const all = { kind: "values", values: this.#sets.all } as const;
    if ((which & CLASS.solicitation) !== 0) {
      const kept = writes.filter(({ field }) => field === "source");
      const target = { field: "destination", within: this.#sets.all, change: all } as const;
      return this.of(kept.length === 0 && !crosses ? [] : [...kept, target]);
    }
    if ((which & CLASS.falseEcho) === 0) return translation;
    return this.of([...writes, { field: "sourcePort", within: this.#sets.all, change: all }]);
  }

  /** Packets that those of a set become. */
  image(set: PacketSet, { writes, family }: Translation): PacketSet {
    const sets = this.#sets;
    let result = set;
    for (const { field, within, change } of writes) {
      const inside = sets.and(result, within);
      const changed =
        change.kind === "values"
          ? sets.and(sets.forget(inside, [field]), change.values)
          : sets.after(inside, change);
      result = sets.or(changed, sets.diff(result, within));
    }
    if (family === undefined) return result;
    // a first packet whose ports stay passes as it came
    const left = NEW_HEADER.reduce((some, it) => sets.after(some, it), result);
    return sets.or(set, familyImage(sets, left, family));
  }

  /** Packets that can become one of a set. */
  preimage(set: PacketSet, translation: Translation): PacketSet {
    const sets = this.#sets;
    const { writes, family } = translation;
    let result = set;
    if (family !== undefined) {
      const left = familyPreimage(sets, set, family);
      result = NEW_HEADER.reduce((some, it) => preimageOf(sets, some, it), left);
    }
    for (const { field, within, change } of writes.toReversed()) {
      const inside =
        change.kind === "values"
          ? sets.forget(sets.and(result, change.values), [field])
          : preimageOf(sets, result, change);
      result = sets.or(sets.and(inside, within), sets.diff(result, within));
    }
    return family === undefined ? result : sets.or(set, result);
  }

  /** Gives a packet what `of` gives to what the writes make of it; of choices all, joined. */
  before(
    of: PacketFunction,
    { writes }: Translation,
    join: LeafOperation,
    none: number,
  ): PacketFunction {
    const sets = this.#sets;
    let result = of;
    for (const { field, within, change } of writes.toReversed()) {
      const changed =
        change.kind === "values"
          ? sets.among(result, [field], change.values, join, none)
          : sets.before(result, change);
      result = sets.choose(within, changed, result);
    }
    return result;
  }

  /**
   * A clip that holds all packets that {@link before} asks about for those of a clip.
   *
   * @param isWide - of a field that is written, any value counts
   */
  clipBehind(clip: Clip, translation: Translation, isWide: boolean): Clip {
    const sets = this.#sets;
    let made = clip;
    for (const [at, { first, last }] of this.#spansOf(translation).entries()) {
      const { field, within } = translation.writes[at] ?? { field: "family", within: sets.empty };
      const asked = clipSet(sets, made);
      if (!sets.meets(asked, within)) continue;
      if (isWide) made = made.with(field, 0n, largestOf(field));
      else if (sets.implies(asked, within)) made = made.with(field, first, last);
      else {
        // whom the write is not for keep what they have
        const [low, high] = made.range(field);
        made = made.with(field, first < low ? first : low, last > high ? last : high);
      }
    }
    return made;
  }

  #spansOf(translation: Translation): readonly Span[] {
    let spans = this.#spans.get(translation);
    if (spans === undefined) {
      spans = translation.writes.map((it) => spanOf(this.#sets, it));
      this.#spans.set(translation, spans);
    }
    return spans;
  }

  /** Merges a write with an earlier one of the same field if nothing stands between them. */
  #append(writes: Write[], write: Write): void {
    const at = writes.findLastIndex((it) => it.field === write.field);
    const before = writes[at];
    if (before === undefined || before.within !== write.within) {
      if (!isIdle(write.change)) writes.push(write);
      return;
    }
    const change = this.#merged(before.change, write.change, write.field);
    if (isIdle(change)) writes.splice(at, 1);
    else writes[at] = { ...write, change };
  }

  #merged(first: Change, second: Change, field: Field): Change {
    if (second.kind === "values" || overwrites(second)) return second;
    if (first.kind === "values") {
      return { kind: "values", values: this.#sets.after(first.values, second) };
    }
    if (first.kind === "bits" && second.kind === "bits") {
      const mask = first.mask | second.mask;
      const value = (first.value & first.mask & ~second.mask) | (second.value & second.mask);
      return { kind: "bits", field, mask, value };
    }
    const outer = asTable(second);
    return { kind: "map", field, table: asTable(first).map((it) => outer[it] ?? it) };
  }

  #keyOf({ field, within, change }: Write): string {
    return `${field} ${within} ${this.#changeKey(change)}`;
  }

  #changeKey(change: Change): string {
    switch (change.kind) {
      case "bits":
        return `${change.mask} ${change.value & change.mask}`;
      case "values":
        return `in ${change.values}`;
      case "map":
        return `map ${this.#indexOf(change.table)}`;
    }
  }

  #indexOf(table: Uint16Array): number {
    const known = this.#tables.findIndex((it) => it.every((value, at) => value === table[at]));
    return known >= 0 ? known : this.#tables.push(table) - 1;
  }
}

/** The header is a new one: it has the old TOS less the bits of ECN, and no options. */
const NEW_HEADER: readonly FieldChange[] = [
  { kind: "bits", field: "tos", mask: 3n, value: 0n },
  { kind: "bits", field: "options", mask: 1n, value: 0n },
];

/** Packets that a write makes one of a set. */
export function preimageOf(sets: PacketFunctions, set: PacketSet, change: FieldChange): PacketSet {
  const isIn = sets.choose(set, sets.always(1), sets.always(0));
  return sets.where(sets.before(isIn, change), (leaf) => leaf === 1);
}

function isIdle(change: Change): boolean {
  switch (change.kind) {
    case "bits":
      return change.mask === 0n;
    case "map":
      return change.table.every((value, at) => value === at);
    case "values":
      return false;
  }
}

/** Nothing of what the field was stays, in packets that have it. */
function overwrites(change: FieldChange): boolean {
  if (change.kind === "map") return change.table.every((it) => it === change.table[0]);
  const { field, mask } = change;
  return (
    mask === largestOf(field) || ((field === "source" || field === "destination") && mask === INET)
  );
}

/** The bits of an address field that an inet address fills. */
const INET = 0xffffffffn << 96n;

function asTable(change: FieldChange): Uint16Array {
  if (change.kind === "map") return change.table;
  const [mask, value] = [Number(change.mask), Number(change.value)];
  return Uint16Array.from({ length: 2 ** 16 }, (_, it) => (it & ~mask) | (value & mask));
}

/** Values that a write gives: the first, the last, and perhaps all between them. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** Boxes of values that are looked at: of more, any value counts. */
const MOST_BOXES = 64;

function spanOf(sets: PacketSets, { field, change }: Write): Span {
  const all = { first: 0n, last: largestOf(field) };
  if (change.kind === "map") return all;
  if (change.kind === "bits") {
    const first = change.value & change.mask;
    return { first, last: first | (all.last & ~change.mask) };
  }
  const { boxes, complete } = sets.boxes(change.values, MOST_BOXES);
  const spans = boxes.map(({ [field]: range }) => range ?? ([0n, all.last] as const));
  if (!complete || spans.length === 0) return all;
  return {
    first: spans.reduce((least, [it]) => (it < least ? it : least), all.last),
    last: spans.reduce((most, [, it]) => (it > most ? it : most), 0n),
  };
}

function largestOf(field: Field): bigint {
  return (1n << BigInt(FIELDS[field])) - 1n;
}

/** Pool addresses that are told apart one by one. */
const MOST_SINGLES = 32;

interface Drawn extends Write {
  readonly change: Extract<Change, { kind: "values" }>;
}

/** Its value is drawn from a pool of addresses. */
function isDrawn(write: Write): write is Drawn {
  const { field, change } = write;
  return change.kind === "values" && (field === "source" || field === "destination");
}

/** The addresses of a pool, a set each; undefined: too many, or of both families. */
function singles(sets: PacketSets, { field, change }: Drawn): readonly PacketSet[] | undefined {
  const found: PacketSet[] = [];
  const { boxes, complete } = sets.boxes(change.values, MOST_SINGLES);
  if (!complete) return undefined;
  const family = boxes[0]?.family?.[0];
  for (const box of boxes) {
    const range = box[field as "source" | "destination"];
    if (range === undefined || box.family === undefined || box.family[0] !== family) {
      return undefined;
    }
    const width = family === 0n ? 1n << 96n : 1n;
    for (let at = range[0]; at <= range[1]; at += width) {
      if (found.push(sets.range(field, at, at + width - 1n)) > MOST_SINGLES) return undefined;
    }
  }
  return found.map((it) => sets.and(it, change.values));
}
