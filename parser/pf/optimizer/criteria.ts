import type { PfRule } from "../../../model/pf-rule.ts";
import { addressKey, optionalKeys, strictKey } from "./keys.ts";

/** A rule with what the steps of the optimizer compare of it. */
export interface ComparedRule {
  readonly rule: PfRule;
  readonly criteria: Criteria;
  /** As by {@link addressKey}. */
  readonly source: string;
  readonly destination: string;
}

/** Everything but the addresses that must agree for rules to be combined. */
export interface Criteria {
  /** Equal iff all of it is equal. */
  readonly id: number;
  /** What no wider rule can stand in for. */
  readonly strict: string;
  /** Empty: no such criterion. */
  readonly optional: readonly string[];
  /** Bits of the optional criteria that are there; of them {@link FAMILY} is the family. */
  readonly present: number;
  /** Ids of the same without some optional criteria, by those that are left. */
  readonly cut: Map<number, number>;
}

export const FAMILY = 1;

/** Numbers the criteria of the rules of one block. */
export class CriteriaTable {
  readonly #known = new Map<string, Criteria>();

  /** @param held - what the field for the interface holds */
  compared(rule: PfRule, held: string): ComparedRule {
    return {
      rule,
      criteria: this.#intern(strictKey(rule), optionalKeys(rule, held)),
      source: addressKey(rule.source.address),
      destination: addressKey(rule.destination.address),
    };
  }

  /** The id of `criteria` without the optional ones outside of `present`. */
  cutId(criteria: Criteria, present: number): number {
    if (criteria.present === present) return criteria.id;
    const known = criteria.cut.get(present);
    if (known !== undefined) return known;
    const optional = criteria.optional.map((text, at) => ((present >> at) & 1 ? text : ""));
    const { id } = this.#intern(criteria.strict, optional);
    criteria.cut.set(present, id);
    return id;
  }

  #intern(strict: string, optional: readonly string[]): Criteria {
    let key = strict;
    for (const text of optional) key += `\0${text}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const present = optional.reduce((bits, text, at) => bits | (text === "" ? 0 : 1 << at), 0);
    const criteria = { id: this.#known.size, strict, optional, present, cut: new Map() };
    this.#known.set(key, criteria);
    return criteria;
  }
}
