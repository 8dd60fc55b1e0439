import { Clip } from "../clip.ts";
import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { Box, PacketSet } from "../packet-sets.ts";
import { clipSet } from "./clip-set.ts";
import { CriteriaContext } from "./criteria.ts";
import { Decisions } from "./decisions.ts";
import { type Chunks, Evaluation } from "./evaluation.ts";
import type { Detail, RulesetFunction } from "./fate.ts";
import { Fates } from "./fates.ts";
import { Numbers } from "./interned.ts";
import { Items, type Shared } from "./items.ts";
import { Grid } from "./layers.ts";
import type { Particulars } from "./particulars.ts";
import type { Place, Source } from "./situation.ts";
import { changeOf, editsOf, type SourceChange } from "./source-change.ts";
import { sourceIndex } from "./source-index.ts";
import { Steps } from "./steps.ts";
import { Translations } from "./translation.ts";

/** What a {@link RulesetCompiler} is about. */
export interface Compiled {
  readonly sets: PacketFunctions;
  readonly source: Source;
  readonly detail: Detail;
  /** Ids of unread lines that are taken as written: an unread rule does nothing then. */
  readonly closed: ReadonlySet<string>;
}

export interface Manner {
  /** That will be asked for: with one, nothing is kept ready for others. */
  readonly places: "one" | "many";
  /** Its functions and those of this one are comparable: equal fates have equal leaves. */
  readonly like?: RulesetCompiler;
}

/** Rules that are painted together where many places share what is around them. */
const CHUNK = 32;

/**
 * The main ruleset of a source, evaluated in many places.
 *
 * What does not depend on the place is made once: one more interface costs what the rules that name
 * it cost, and what follows from them. Functions of two places have equal handles iff every packet
 * has equal fates in both, as long as tag and routing domain are equal.
 */
export class RulesetCompiler {
  readonly #shared: { -readonly [Part in keyof Shared]: Shared[Part] };
  readonly #chunk: number;
  #grid: Grid;
  readonly #numbers: ByIdentity = new ByIdentity();
  readonly #kinds: Map<string, KindMade> = new Map();
  /** By kind of place and what is particular to it. */
  readonly #particular: Map<string, Evaluation> = new Map();
  readonly #fates: Map<string, Fates>;
  readonly #known: Map<string, RulesetFunction> = new Map();
  /** Which domain each routing table is of. */
  #domains: string;

  constructor(compiled: Compiled, { places, like }: Manner) {
    const { sets, source, detail, closed } = compiled;
    if (like !== undefined && (like.#shared.sets !== sets || like.#shared.detail !== detail)) {
      throw new RangeError("alike in sets and detail only");
    }
    const index = sourceIndex(source);
    const meanings = like === undefined ? newMeanings(sets, detail) : like.#shared;
    const { translations, steps, decisions } = meanings;
    this.#shared = { sets, source, detail, closed, index, translations, steps, decisions };
    this.#fates = like === undefined ? new Map() : like.#fates;
    this.#domains = domainsOf(source);
    this.#chunk = places === "one" ? Number.POSITIVE_INFINITY : CHUNK;
    this.#grid = new Grid(this.#shared, this.#chunk);
  }

  /**
   * From now on it is about what the source has become. Only what other rules, tables or rulesets
   * can have changed is made anew: of a ruleset in chunks, those of the rules and what is above them.
   * Whether any packet has another fate is whether the function of a place is another one; but where
   * something is open, only which leaves are may be told otherwise after other edits.
   *
   * Rules and surroundings are the same iff they are the same objects; with other surroundings
   * everything is made anew, and functions from before are comparable only if their routing tables
   * are of the same domains.
   */
  change(source: Source): void {
    const before = this.#shared.index;
    const edits = editsOf(this.#shared.source, source);
    const after = before.after(source, edits);
    this.#shared.source = source;
    this.#shared.index = after;
    this.#domains = domainsOf(source);
    this.#known.clear();
    const change = changeOf(before, after, edits);
    if (change === undefined) {
      this.#kinds.clear();
      this.#particular.clear();
      this.#grid = new Grid(this.#shared, this.#chunk);
      return;
    }
    const chunksOf = this.#chunksOf(change);
    for (const { items, nameless } of this.#kinds.values()) {
      items.change(change);
      nameless.forget(chunksOf);
    }
    for (const evaluation of this.#particular.values()) evaluation.forget(chunksOf);
  }

  /** By path: chunks of rules that say something else now. */
  #chunksOf({ edits, touched }: SourceChange): ReadonlyMap<string, Chunks> {
    const chunks = new Map<string, Chunks>();
    for (const edit of edits.values()) chunks.set(edit.path, this.#grid.edit(edit));
    for (const [path, positions] of touched) {
      const known = chunks.get(path) ?? [];
      const of = [...positions].map((it) => this.#grid.chunkOf(path, it));
      chunks.set(path, known === "all" ? known : [...known, ...of]);
    }
    return chunks;
  }

  /**
   * The ruleset in a place, for packets with a tag (empty: none). Places that no rule tells apart
   * have one object.
   *
   * @throws BudgetExceeded of the sets
   */
  in(place: Place, tag: string): RulesetFunction {
    const seen = this.#asRulesSee(place);
    const particulars = this.#shared.index.particularsOf(place);
    const key = `${this.#kindKey(seen)} ${tag}\n${particulars.key}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#fatesOf(seen, tag).of(this.#walked(seen, tag, undefined));
      this.#known.set(key, known);
    }
    return known;
  }

  /**
   * The ruleset for packets of one box alone: of these it says what {@link in} does, and of others
   * nothing; all of those have one leaf, without fates. What rules say of other packets is not even
   * looked at, and nothing is kept ready for further questions but what rules ask.
   *
   * @throws RangeError if a range does not fit its field, or ends before it begins
   */
  within(box: Box): Within {
    const clip = Clip.of(box);
    const set = clipSet(this.#shared.sets, clip);
    return {
      in: (place, tag) => {
        const seen = this.#asRulesSee(place);
        return this.#fatesOf(seen, tag).within(set, this.#walked(seen, tag, { clip, set }));
      },
    };
  }

  #walked(place: Place, tag: string, asked: Asked | undefined): PacketFunction {
    const { sets, index } = this.#shared;
    const particulars = index.particularsOf(place);
    let walked: PacketFunction | undefined;
    for (const { set, place: at } of this.#placesOf(place)) {
      if (asked !== undefined && !sets.meets(asked.set, set)) continue;
      const state = { tag, rtable: at.rdomain, clip: asked?.clip };
      const own = this.#evaluationOf(at, particulars, asked).walked(state);
      walked = walked === undefined ? own : sets.choose(set, own, walked);
    }
    return walked ?? sets.always(this.#shared.steps.kept);
  }

  /** A place with what no rule looks at as it is most often. */
  #asRulesSee(place: Place): Place {
    const { testsPriority, testsSystems, testsSockets } = this.#shared.index;
    const { socket, ...plain } = place;
    return {
      ...(testsSockets ? place : { ...plain, forwarded: true }),
      priority: testsPriority ? place.priority : undefined,
      looksLike: testsSystems ? place.looksLike : undefined,
    };
  }

  /**
   * The place, or that of the packets of each socket: users and groups are those of the packet as it
   * came, whatever rules have made of it.
   */
  #placesOf(place: Place): readonly { readonly set: PacketSet; readonly place: Place }[] {
    const { sets, source, index } = this.#shared;
    const isLookedUp = !place.forwarded && place.socket === undefined && source.knowsSockets;
    if (!isLookedUp || !index.asksSocketsLate) return [{ set: sets.all, place }];
    return new CriteriaContext({ ...this.#shared, place }).socketClasses().map((it) => {
      return { set: it.set, place: { ...place, socket: it.socket } };
    });
  }

  #evaluationOf(place: Place, particulars: Particulars, asked: Asked | undefined): Evaluation {
    const kind = this.#kindKey(place);
    const { items, nameless } = this.#kindOf(kind, place);
    if (asked !== undefined) {
      const grid = this.#grid;
      return Evaluation.once({ shared: this.#shared, items, grid }, particulars, place.interface);
    }
    if (particulars.isNone) return nameless;
    const key = `${kind}\n${particulars.key}`;
    let evaluation = this.#particular.get(key);
    if (evaluation === undefined) {
      evaluation = nameless.on(place.interface);
      this.#particular.set(key, evaluation);
    }
    evaluation.particulars = particulars;
    return evaluation;
  }

  #kindOf(key: string, place: Place): KindMade {
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      const items = new Items(this.#shared, place);
      const nameless = Evaluation.nameless({ shared: this.#shared, items, grid: this.#grid });
      kind = { items, nameless };
      this.#kinds.set(key, kind);
    }
    return kind;
  }

  /** Equal for places that differ in their interfaces alone. */
  #kindKey({ direction, rdomain, forwarded, priority, looksLike, socket }: Place): string {
    const whose = typeof socket === "object" ? this.#numbers.of(socket) : socket;
    return [direction, rdomain, forwarded, priority, this.#numbers.of(looksLike), whose].join(" ");
  }

  #fatesOf({ rdomain }: Place, tag: string): Fates {
    const { rtables } = this.#shared.source.surroundings;
    const key = `${rdomain} ${this.#domains} ${tag}`;
    let fates = this.#fates.get(key);
    if (fates === undefined) {
      const { sets, steps, translations, detail } = this.#shared;
      const domainOf = (rtable: number): number => rtables.get(rtable) ?? rtable;
      fates = new Fates(sets, steps, translations, { detail, tag, rtable: rdomain, domainOf });
      this.#fates.set(key, fates);
    }
    return fates;
  }
}

/** A ruleset that is asked about some packets. */
export interface Within {
  /** As {@link RulesetCompiler.in}. @throws BudgetExceeded of the sets */
  readonly in: (place: Place, tag: string) => RulesetFunction;
}

/** A clip and its packets. */
interface Asked {
  readonly clip: Clip;
  readonly set: PacketSet;
}

/** Places that differ in their interfaces alone. */
interface KindMade {
  readonly items: Items;
  readonly nameless: Evaluation;
}

function domainsOf({ surroundings }: Source): string {
  return [...surroundings.rtables].join(" ");
}

function newMeanings(
  sets: PacketFunctions,
  detail: Detail,
): Pick<Shared, "translations" | "steps" | "decisions"> {
  const translations = new Translations(sets);
  const steps = new Steps(translations, detail);
  return { translations, steps, decisions: new Decisions(detail, steps, new Numbers()) };
}

/** Numbers for objects, each for itself. */
class ByIdentity {
  readonly #numbers: WeakMap<object, number> = new WeakMap();
  #count = 0;

  /** 0: there is none. */
  of(object: object | undefined): number {
    if (object === undefined) return 0;
    let number = this.#numbers.get(object);
    if (number === undefined) {
      number = ++this.#count;
      this.#numbers.set(object, number);
    }
    return number;
  }
}
