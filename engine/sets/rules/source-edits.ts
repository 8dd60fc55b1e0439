import type { PfRule } from "../../../model/pf-rule.ts";
import { testsRoutes, testsSockets } from "./criteria.ts";
import type { SourceRule } from "./situation.ts";

/** Rules of one ruleset that others have taken the place of. */
export interface Edit {
  readonly path: string;
  /** Position of the first of them. */
  readonly first: number;
  /** How many there were. */
  readonly removed: number;
  /** How many there are now. */
  readonly added: number;
}

/** What makes other rules of these; undefined: all are the same objects. */
export function editOf(
  path: string,
  before: readonly SourceRule[],
  after: readonly SourceRule[],
): Edit | undefined {
  const shorter = Math.min(before.length, after.length);
  let first = 0;
  // unlike ===, it does not look into objects that are the same
  while (first < shorter && Object.is(before[first], after[first])) first++;
  if (first === before.length && first === after.length) return undefined;
  const [end, endAfter] = [before.length - 1, after.length - 1];
  let last = 0;
  while (last < shorter - first && Object.is(before[end - last], after[endAfter - last])) last++;
  return {
    path,
    first,
    removed: before.length - first - last,
    added: after.length - first - last,
  };
}

/** Names of tables that a rule asks: in its addresses, and in its pools. */
export function tablesOf({ source, destination, nat, rdr }: PfRule): readonly string[] {
  const found: string[] = [];
  for (const named of [source, destination, nat, rdr]) {
    if (named?.address.kind === "table") found.push(named.address.name);
  }
  return found;
}

/** Whether no other rule, and no place, is another for this one: it decides by headers. */
export function isOrdinary(live: SourceRule): boolean {
  const { action, tag, tagged, prio, os } = live.rule;
  const decides = action === "pass" || action === "block";
  const asksMore = testsRoutes(live) || testsSockets(live) || prio >= 0 || os !== "";
  return decides && tag === "" && tagged === "" && !asksMore && tablesOf(live.rule).length === 0;
}

export function namesInterfaces({ rule }: SourceRule): boolean {
  return rule.interface !== "" || rule.receivedOn !== undefined;
}

/** Whether two rules mean the same interfaces, by their words. */
export function sameInterfaces({ rule: a }: SourceRule, { rule: b }: SourceRule): boolean {
  return (
    a.interface === b.interface &&
    a.interfaceNegated === b.interfaceNegated &&
    a.receivedOn?.name === b.receivedOn?.name &&
    a.receivedOn?.negated === b.receivedOn?.negated
  );
}
