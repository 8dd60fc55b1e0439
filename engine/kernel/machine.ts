import type { Syncookies } from "../../model/pf-rule.ts";
import type { InitialSequences } from "./modulation.ts";
import type { Generated } from "./outcome.ts";
import type { Routes } from "./routes.ts";
import type { Rulesets } from "./rulesets.ts";
import type { SourceNodes } from "./source-nodes.ts";
import type { StateTable } from "./state-table.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Tables } from "./tables.ts";
import type { RuleIndex } from "./walk.ts";

/** Everything that a running pf holds. */
export interface Machine {
  /** Second of uptime. */
  now: number;
  surroundings: Surroundings;
  routes: Routes;
  readonly tables: Tables;
  readonly rulesets: Rulesets;
  readonly states: StateTable;
  readonly nodes: SourceNodes;
  /** Global timeouts and limits, defaults included. */
  timeouts: ReadonlyMap<string, number>;
  syncookies: Syncookies;
  /** Of `modulate state`. */
  readonly sequences: InitialSequences;
  /** What pf has sent without being asked, since this was last looked at. */
  sent: Generated[];
  /** Absent: rulesets are walked rule by rule. */
  index: RuleIndex | undefined;
  /** Uniform below its argument. */
  readonly random: (below: number) => number;
}
