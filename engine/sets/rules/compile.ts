import type { PacketFunctions } from "../packet-functions.ts";
import { RulesetCompiler } from "./compiler.ts";
import type { Detail, RulesetFunction } from "./fate.ts";
import type { Place, Source } from "./situation.ts";

/** What {@link compileRuleset} is asked. */
export interface Asked {
  readonly sets: PacketFunctions;
  readonly source: Source;
  readonly place: Place;
  /** Tag that the packets carry; empty: none. */
  readonly tag: string;
  readonly detail: Detail;
  /** Ids of unread lines that are taken as written: an unread rule does nothing then. */
  readonly closed: ReadonlySet<string>;
}

/**
 * The main ruleset of a source, evaluated in one place for all packets at once (section 34). For many
 * places of one source see {@link RulesetCompiler}.
 *
 * @throws BudgetExceeded of the sets
 */
export function compileRuleset({ place, tag, ...asked }: Asked): RulesetFunction {
  return new RulesetCompiler(asked, { places: "one" }).in(place, tag);
}
