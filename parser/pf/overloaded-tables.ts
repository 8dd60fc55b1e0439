import type { PfConfiguration } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";

/** A table that rules fill at run time. */
export interface OverloadedTable {
  /** The one that pf adds to: that of the rule's own anchor, or else of the main ruleset. */
  readonly anchor: string;
  readonly name: string;
  /** The statement of the first such rule. */
  readonly span: Span;
}

/** Tables that `overload` fills, each once. */
export function overloadedTables(runs: readonly PfConfiguration[]): readonly OverloadedTable[] {
  const declared = new Set(
    runs.flatMap(({ tables }) => tables.map(({ anchor, name }) => `${anchor}\0${name}`)),
  );
  const found = new Map<string, OverloadedTable>();
  for (const [path, { rules }] of runs.flatMap(({ rulesets }) => [...rulesets])) {
    for (const { stateOptions, origin } of rules) {
      const name = stateOptions.overload;
      if (name === "") continue;
      const anchor = declared.has(`${path}\0${name}`) ? path : "";
      const key = `${anchor}\0${name}`;
      if (!found.has(key)) found.set(key, { anchor, name, span: origin.span });
    }
  }
  return [...found.values()];
}
