import type { PfRule, PfTable } from "../../../model/pf-rule.ts";
import { combineAddresses } from "./combine.ts";
import { breakKey, isInterfaceGroup, standsAlone } from "./keys.ts";
import { leftoverNames } from "./leftover-names.ts";
import { orderRules } from "./order.ts";
import { removeCovered } from "./subsets.ts";

export interface OptimizedRules {
  readonly rules: PfRule[];
  /** The tables made, in the order in which pfctl prints them. */
  readonly tables: readonly PfTable[];
}

/**
 * What pfctl's basic optimizer makes of the rules of one ruleset (follows pfctl_optimize_ruleset,
 * OpenBSD 7.8): rules covered by others removed, addresses of six and more combined into tables,
 * neighbours ordered for skip steps. Numbers are left as they are.
 *
 * `names.next` counts the automatic tables of the whole run, pools included; collections that
 * stay too small for a table use up a number too. Rules are compared by keys computed once a rule.
 * Time is linear in the rules but for the search for covered rules, which takes a lookup for each
 * pair of a rule and a more general pattern of criteria and prefix lengths in use in its block:
 * quadratic only where nearly every rule has a pattern of its own.
 */
export function optimizeRules(
  rules: readonly PfRule[],
  names: { next: number },
  anchor = "",
): OptimizedRules {
  const optimized: PfRule[] = [];
  const tables: PfTable[] = [];
  const leftovers = leftoverNames(rules);
  for (const block of blocksOf(rules)) {
    if (block.length === 1) {
      optimized.push(...block);
      continue;
    }
    const combined = combineAddresses(removeCovered(block, leftovers), names, anchor);
    for (const table of combined.tables) tables.push(table);
    for (const rule of orderRules(combined.rules)) optimized.push(rule);
  }
  return { rules: optimized, tables };
}

/** Splits into runs of rules that may be reordered (follows superblock_inclusive). */
function* blocksOf(rules: readonly PfRule[]): Iterable<PfRule[]> {
  let block: PfRule[] = [];
  let key = "";
  for (const rule of rules) {
    const ruleKey = breakKey(rule);
    const [first] = block;
    if (first !== undefined && ruleKey === key && joins(rule, first)) {
      block.push(rule);
      continue;
    }
    if (first !== undefined) yield block;
    block = [rule];
    key = ruleKey;
  }
  if (block.length > 0) yield block;
}

/** Groups of interfaces only go with themselves: nobody knows here what they hold. */
function joins(rule: PfRule, first: PfRule): boolean {
  if (standsAlone(rule) || standsAlone(first)) return false;
  if (!isInterfaceGroup(rule.interface) && !isInterfaceGroup(first.interface)) return true;
  return rule.interface.toLowerCase() === first.interface.toLowerCase();
}
