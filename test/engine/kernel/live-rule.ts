import type { LiveRule } from "../../../engine/kernel/live-rule.ts";
import { liveRule as loadedRule } from "../../../engine/kernel/rulesets.ts";
import { readPf } from "../../../parser/pf/read.ts";
import { environmentOf } from "../../support/environment.ts";

/** The one rule of `text`, running. */
export function liveRule(text: string): LiveRule {
  const reading = readPf(
    { file: "pf.conf", text: `${text}\n` },
    environmentOf({ ifs: [], rtables: [] }),
  );
  const rule = reading.main.rulesets.get("")?.rules[0];
  if (rule === undefined) throw new Error(reading.stderr.join("\n"));
  return loadedRule(rule, "", 0, 0);
}
