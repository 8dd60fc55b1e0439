import fc from "fast-check";
import { expect, test } from "vitest";
import type { Outcome } from "../../../../engine/kernel/outcome.ts";
import { bddPacketFunctions } from "../../../../engine/sets/bdd/bdd-packet-functions.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import type { FieldValues } from "../../../../engine/sets/packet-sets.ts";
import type { Fate, RulesetFunction } from "../../../../engine/sets/rules/fate.ts";
import { aimedAt, drawnAim } from "../../../support/kernel-drawn.ts";
import { fieldsOf, only } from "../../../support/packet-fields.ts";
import { drawnTexts } from "./compile-drawn.ts";
import { TwoReadings, toldFate, toldOutcome } from "./compile-host.ts";

const IMPLEMENTATIONS = { bdd: bddPacketFunctions, intervals: intervalPacketFunctions };

test.each(Object.entries(IMPLEMENTATIONS))(
  "a packet has the fate that the kernel gives it (%s)",
  (_, make) => {
    let decided = 0;
    const law = fc.property(
      drawnTexts(),
      fc.array(drawnAim(), { minLength: 4, maxLength: 12 }),
      ({ texts, ruleset }, aims) => {
        const readings = new TwoReadings(texts);
        const sets = make();
        for (const aim of aims) {
          const shot = aimedAt(ruleset, aim);
          const outcome = readings.tested(shot, 1);
          if (outcome.state === "dropped") continue;
          decided++;
          const rules = readings.compiled(sets, shot, "rules");
          const fields = fieldsOf(shot.packet);
          const [fate, ...others] = fatesAt(rules, fields);
          expect(others).toEqual([]);
          expect(fate && toldFate(fate)).toBe(toldOutcome(outcome));
          if (fate) expectMade(rules, fate, fields, outcome);
          const [forgetful] = fatesAt(readings.compiled(sets, shot, "outcomes"), fields);
          expect(forgetful && withoutRules(forgetful)).toEqual(fate && withoutRules(fate));
        }
      },
    );
    fc.assert(law, { numRuns: Number(process.env.RUNS ?? 60) });
    expect(decided).toBeGreaterThan(100);
  },
);

function fatesAt(compiled: RulesetFunction, fields: FieldValues): readonly Fate[] {
  const leaf = compiled.sets.at(compiled.function, fields);
  expect(compiled.isOpen(leaf)).toBe(false);
  return compiled.fatesOf(leaf);
}

/** What left the kernel is what the fate makes of the packet, and of no other packet. */
function expectMade(
  compiled: RulesetFunction,
  fate: Fate,
  fields: FieldValues,
  { verdict, packet }: Outcome,
): void {
  if (verdict === "drop") return;
  const { sets } = compiled;
  const left = fieldsOf(packet);
  const image = compiled.image(only(sets, fields), fate);
  expect(sets.has(image, left)).toBe(true);
  expect(sets.has(compiled.preimage(only(sets, left), fate), fields)).toBe(true);
}

function withoutRules({ index, rule, caller, matched, translation, ...rest }: Fate): unknown {
  const writes = translation.writes.map(({ field, within, change }) => ({ field, within, change }));
  return { ...rest, writes };
}
