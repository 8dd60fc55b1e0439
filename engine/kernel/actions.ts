import type { PfRule } from "../../model/pf-rule.ts";
import type { Actions } from "./state.ts";

/** Nothing is set. */
export function noActions(): Actions {
  return {
    tos: -1,
    minTtl: 0,
    maxMss: 0,
    noDf: false,
    randomId: false,
    reassembleTcp: false,
    prio: -1,
    lowDelayPrio: -1,
    delay: -1,
  };
}

/** What `rule` sets goes over what was set before, field by field (follows pf_rule_to_actions). */
export function mergeActions(into: Actions, { set, scrub }: PfRule): void {
  if (set !== undefined) {
    if (set.tos >= 0) into.tos = set.tos;
    if (set.delay >= 0) into.delay = set.delay;
    if (set.prio >= 0) {
      into.prio = set.prio;
      into.lowDelayPrio = set.lowDelayPrio >= 0 ? set.lowDelayPrio : set.prio;
    }
  }
  if (scrub === undefined) return;
  if (scrub.maxMss > 0) into.maxMss = scrub.maxMss;
  if (scrub.minTtl > 0) into.minTtl = scrub.minTtl;
  into.noDf ||= scrub.noDf;
  into.randomId ||= scrub.randomId;
  into.reassembleTcp ||= scrub.reassembleTcp;
}

const NOTHING: Actions = noActions();

/** Whether nothing is set. */
export function isNothing(actions: Actions): boolean {
  return areSame(actions, NOTHING);
}

export function areSame(one: Actions, other: Actions): boolean {
  return (
    one.tos === other.tos &&
    one.minTtl === other.minTtl &&
    one.maxMss === other.maxMss &&
    one.noDf === other.noDf &&
    one.randomId === other.randomId &&
    one.reassembleTcp === other.reassembleTcp &&
    one.prio === other.prio &&
    one.lowDelayPrio === other.lowDelayPrio &&
    one.delay === other.delay
  );
}
