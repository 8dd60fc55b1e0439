import type { LiveRule } from "../../../engine/kernel/live-rule.ts";
import { liveRule } from "../../../engine/kernel/rulesets.ts";
import { Tables } from "../../../engine/kernel/tables.ts";
import type { PfConfiguration } from "../../../model/pf-rule.ts";
import { readPf } from "../../../parser/pf/read.ts";
import { environmentOf } from "../../support/environment.ts";

/** Rules and tables of a pf that has loaded texts. */
export interface Loaded {
  readonly rules: readonly LiveRule[];
  readonly tables: Tables;
}

/** What stands after the loads of these texts into these anchors, one after the other. */
export function loadAll(...texts: readonly (readonly [anchor: string, text: string])[]): Loaded {
  const tables = new Tables();
  const rules = new Map<string, readonly LiveRule[]>();
  for (const [anchor, text] of texts) {
    const configuration = read(text, anchor);
    for (const [path, made] of configuration.rulesets) {
      rules.set(
        path,
        made.rules.map((rule, number) => liveRule(rule, path, number, 0)),
      );
    }
    tables.load(configuration, [...rules.values()].flat());
  }
  return { rules: [...rules.values()].flat(), tables };
}

function read(text: string, anchor: string): PfConfiguration {
  const input = {
    file: "pf.conf",
    text: `${text}\n`,
    anchor,
    live: true,
    optimize: "none",
  } as const;
  const { main, stderr } = readPf(input, environmentOf({ ifs: [], rtables: [] }));
  if (!main.accepted) throw new RangeError(stderr.join("\n"));
  return main;
}
