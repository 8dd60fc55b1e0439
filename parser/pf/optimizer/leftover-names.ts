import type { PfRule } from "../../../model/pf-rule.ts";

/**
 * What the field for the interface holds, of the rules where that is more than the name.
 *
 * pfctl expands a list into one rule that it changes and copies. A name is written over the one
 * before it, and what was longer stays behind its end: of `{ vlan10 em0 }` the second is not the
 * same for the optimizer as `em0` alone, because whole fields are compared there (follows
 * expand_rule and remove_identical_rules, OpenBSD 7.8).
 */
export function leftoverNames(rules: readonly PfRule[]): ReadonlyMap<PfRule, string> {
  const leftovers = new Map<PfRule, string>();
  let held = "";
  let before: PfRule["origin"] | undefined;
  for (const rule of rules) {
    const { interface: name, origin } = rule;
    const goesOn = origin === before && name !== "" && rule.elements.length > 0;
    const rest = goesOn ? held.slice(name.length + 1) : "";
    held = rest === "" ? name : `${name}\0${rest}`;
    before = origin;
    if (rest !== "") leftovers.set(rule, held);
  }
  return leftovers;
}
