import type { LiveRule } from "../../kernel/live-rule.ts";
import { isOpaque } from "./rule-conditions.ts";
import type { RuleStore } from "./rule-store.ts";

/** What a rule in its slot does. Nothing: a call of an anchor whose rules have slots of their own. */
export const NOTHING = 0;
/** Of all that are met, the first of these decides … */
export const FIRST = 1;
/** … or the kernel has to be asked … */
export const ASKS = 2;
/** … and if there is none, the last of these. */
export const LAST = 3;

/** A call of a ruleset: the same one may be called from several places. */
export interface Site {
  readonly path: string;
  /** Anchor rules on the way to it, outermost first. */
  readonly callers: readonly LiveRule[];
  /** Called by a quick anchor: the last rule that matches in it ends the evaluation. */
  readonly isFinal: boolean;
  /** Its own slot, before its rules; those of the main ruleset start at once. */
  begin: number;
  /** The slot of each rule by its number, and that behind the last one. */
  readonly starts: number[];
  /** It calls others in its turn. */
  hasCalls: boolean;
}

/** Rules of anchors among those of their callers: in the order in which they are evaluated. */
export interface Slots {
  readonly rules: LiveRule[];
  /** Anchor rules that have to be met as well. */
  readonly callers: (readonly LiveRule[])[];
  readonly roles: number[];
  readonly sites: Site[];
}

/** Anchors within anchors that get slots; those further in are left to the kernel. */
const DEEPEST = 8;
/** Slots per rule that calls of the same anchors may lead to. */
const MOST_SLOTS = 4;
const FEW_SLOTS = 4096;
/** Rules between two breaks. */
const STRIDE = 256;

/** Puts rules into slots; breaks after every {@link STRIDE} of them, telling how many. */
export class Flattening implements Slots {
  readonly rules: LiveRule[] = [];
  readonly callers: (readonly LiveRule[])[] = [];
  readonly roles: number[] = [];
  readonly sites: Site[] = [];
  readonly #store: RuleStore;
  readonly #room: number;

  constructor(store: RuleStore) {
    this.#store = store;
    this.#room = FEW_SLOTS + store.count * MOST_SLOTS;
  }

  /** All rules of a call. */
  *ruleset(path: string, callers: readonly LiveRule[], isFinal: boolean): Generator<number> {
    const [caller] = callers;
    const site: Site = {
      path,
      callers,
      isFinal,
      begin: this.rules.length,
      starts: [],
      hasCalls: false,
    };
    this.sites.push(site);
    if (caller !== undefined) this.#put(caller, callers, NOTHING);
    // what a replacement leaves half done would be no ruleset at all
    const rules = this.#store.rulesOf(path).slice();
    for (const [number, live] of rules.entries()) {
      site.starts.push(this.rules.length);
      yield* this.rule(live, callers, isFinal);
      if (number % STRIDE === STRIDE - 1) yield STRIDE;
    }
    for (const live of isFinal ? rules.toReversed() : []) {
      if (decides(live) && !live.rule.quick && !doesMore(live)) this.#put(live, callers, FIRST);
    }
    site.starts.push(this.rules.length);
    site.hasCalls = this.sites.at(-1) !== site;
  }

  /** One rule, and those of the anchor that it calls. */
  *rule(live: LiveRule, callers: readonly LiveRule[], isFinal: boolean): Generator<number> {
    const { anchor, quick } = live.rule;
    if (anchor === undefined) {
      this.#put(live, callers, this.#roleOf(live, isFinal));
      return;
    }
    const isFar = callers.length >= DEEPEST || this.rules.length > this.#room;
    if (isFinal || isFar || isOpaque(live.rule) || doesMore(live)) {
      this.#put(live, callers, ASKS);
      return;
    }
    this.#put(live, callers, NOTHING);
    const paths = anchor.wildcard ? this.#store.below(anchor.path) : [anchor.path];
    for (const path of paths) yield* this.ruleset(path, [...callers, live], quick);
  }

  #put(live: LiveRule, callers: readonly LiveRule[], role: number): void {
    this.rules.push(live);
    this.callers.push(callers);
    this.roles.push(role);
  }

  #roleOf(live: LiveRule, isFinal: boolean): number {
    if (doesMore(live)) return ASKS;
    if (!decides(live)) return NOTHING;
    if (live.rule.quick) return FIRST;
    return isFinal ? NOTHING : LAST;
  }
}

/**
 * Whether a rule changes what later rules see. A tag or an rtable is no such change: packets that
 * may meet a rule which asks for either are left to the kernel for that.
 */
function doesMore({ rule }: LiveRule): boolean {
  if (rule.action !== "match") return false;
  return rule.quick || rule.nat !== undefined || rule.rdr !== undefined || rule.afTo !== undefined;
}

function decides({ rule }: LiveRule): boolean {
  return rule.action === "pass" || rule.action === "block";
}
