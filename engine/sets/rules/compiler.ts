import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { CriteriaContext } from "./criteria.ts";
import { Decisions } from "./decisions.ts";
import { Evaluation } from "./evaluation.ts";
import type { Detail, RulesetFunction } from "./fate.ts";
import { Fates } from "./fates.ts";
import { Numbers } from "./interned.ts";
import { Items, type Shared } from "./items.ts";
import { Grid } from "./layers.ts";
import type { Place, Source } from "./situation.ts";
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
  readonly #shared: Shared;
  readonly #grid: Grid;
  readonly #numbers: ByIdentity = new ByIdentity();
  readonly #nameless: Map<string, Evaluation> = new Map();
  readonly #fates: Map<string, Fates> = new Map();
  readonly #known: Map<string, RulesetFunction> = new Map();

  /** @param places - that will be asked for: with one, nothing is kept ready for others */
  constructor(compiled: Compiled, { places }: { readonly places: "one" | "many" }) {
    const { sets, source, detail, closed } = compiled;
    const index = sourceIndex(source);
    const translations = new Translations(sets);
    const steps = new Steps(translations, detail);
    const decisions = new Decisions(detail, steps, new Numbers());
    this.#shared = { sets, source, detail, closed, index, translations, steps, decisions };
    this.#grid = new Grid(index, places === "one" ? Number.POSITIVE_INFINITY : CHUNK);
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
      known = this.#fatesOf(seen, tag).of(this.#walked(seen, tag));
      this.#known.set(key, known);
    }
    return known;
  }

  #walked(place: Place, tag: string): PacketFunction {
    const { sets, index } = this.#shared;
    const particulars = index.particularsOf(place);
    let walked: PacketFunction | undefined;
    for (const { set, place: at } of this.#placesOf(place)) {
      const evaluation = this.#namelessOf(at).on(at.interface, particulars);
      const own = evaluation.walked({ tag, rtable: at.rdomain });
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

  #namelessOf(place: Place): Evaluation {
    const key = this.#kindKey(place);
    let nameless = this.#nameless.get(key);
    if (nameless === undefined) {
      const items = new Items(this.#shared, place);
      nameless = Evaluation.nameless({ shared: this.#shared, items, grid: this.#grid });
      this.#nameless.set(key, nameless);
    }
    return nameless;
  }

  /** Equal for places that differ in their interfaces alone. */
  #kindKey({ direction, rdomain, forwarded, priority, looksLike, socket }: Place): string {
    const whose = typeof socket === "object" ? this.#numbers.of(socket) : socket;
    return [direction, rdomain, forwarded, priority, this.#numbers.of(looksLike), whose].join(" ");
  }

  #fatesOf({ rdomain }: Place, tag: string): Fates {
    const key = `${rdomain} ${tag}`;
    let fates = this.#fates.get(key);
    if (fates === undefined) {
      const { sets, steps, translations, detail, source } = this.#shared;
      const { rtables } = source.surroundings;
      const domainOf = (rtable: number): number => rtables.get(rtable) ?? rtable;
      fates = new Fates(sets, steps, translations, { detail, tag, rtable: rdomain, domainOf });
      this.#fates.set(key, fates);
    }
    return fates;
  }
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
