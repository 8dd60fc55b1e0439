import { areSame } from "./actions.ts";
import type { LiveRule } from "./live-rule.ts";
import type { RouteAction, StateExtra } from "./state.ts";

/** Extras of a rule that are looked through. */
const RECENT = 8;

/**
 * Extras that states of a rule have alike: a million states behind one `match` rule hold one of
 * them. Those that change while their state lives are left alone.
 */
export class EqualExtras {
  readonly #recent: WeakMap<LiveRule, StateExtra[]> = new WeakMap();

  /** `extra`, or one with the same content. */
  of(rule: LiveRule, extra: StateExtra): StateExtra {
    if (changesLater(rule, extra)) return extra;
    let recent = this.#recent.get(rule);
    if (recent === undefined) {
      recent = [];
      this.#recent.set(rule, recent);
    }
    const known = recent.find((it) => isEqual(it, extra));
    if (known !== undefined) return known;
    if (recent.length >= RECENT) recent.shift();
    recent.push(extra);
    return extra;
  }
}

function changesLater({ rule }: LiveRule, { nodes, actions }: StateExtra): boolean {
  return nodes.length > 0 || actions.reassembleTcp || rule.state === "synproxy";
}

function isEqual(one: StateExtra, other: StateExtra): boolean {
  return (
    one.tag === other.tag &&
    one.rtable === other.rtable &&
    one.caller === other.caller &&
    one.afTo === other.afTo &&
    one.allowOptions === other.allowOptions &&
    isSameList(one.matched, other.matched) &&
    isSameList(one.callers, other.callers) &&
    isSameRoute(one.route, other.route) &&
    areSame(one.actions, other.actions)
  );
}

function isSameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((it, at) => it === other[at]);
}

function isSameRoute(one: RouteAction | undefined, other: RouteAction | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.kind === other.kind && one.family === other.family && one.address === other.address;
}
