import fc from "fast-check";
import { expect, test } from "vitest";
import { bddPacketFunctions } from "../../../../engine/sets/bdd/bdd-packet-functions.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import { aimedAt, drawnAim, drawnRuleset } from "../../../support/kernel-drawn.ts";
import { compareAll, Following, noCounts } from "./states-following.ts";
import { drawnProbe } from "./states-probes.ts";

const RUNS = Number(process.env.RUNS ?? 40);
const IMPLEMENTATIONS = [
  ["intervals", intervalPacketFunctions, RUNS],
  ["bdd", bddPacketFunctions, Math.ceil(RUNS / 4)],
] as const;

/** States of other kinds, in the words of a text that was drawn. */
const KINDS = ["(if-bound)", "(sloppy)", "(sloppy, if-bound)"] as const;
const MORE = ["", " allow-opts", " set tos 0x10"] as const;

function drawnText(): fc.Arbitrary<(text: string) => string> {
  return fc
    .record({
      kind: fc.constantFrom(...KINDS),
      fixed: fc.boolean(),
      more: fc.constantFrom(...MORE),
      bound: fc.boolean(),
    })
    .map(({ kind, fixed, more, bound }) => (text: string) => {
      const lines = text
        .replaceAll("(if-bound)", kind)
        .split("\n")
        .map((line) => {
          const ported = fixed && / nat-to /.test(line) ? `${line} static-port` : line;
          return ported.startsWith("pass") ? `${ported}${more}` : ported;
        });
      return [...(bound ? ["set state-policy if-bound"] : []), ...lines].join("\n");
    });
}

test.each(IMPLEMENTATIONS)(
  "packets hit the class of a state where the kernel finds it, and become the same (%s)",
  (_, make, numRuns) => {
    const counts = noCounts();
    const sets = make();
    const probes = fc.array(drawnProbe(), { minLength: 16, maxLength: 24 });
    const law = fc.property(
      drawnRuleset({ actions: ["translate", "translate", "tag", "rtable", "quick"] }),
      drawnText(),
      fc.array(fc.record({ aim: drawnAim(), probes }), { minLength: 4, maxLength: 8 }),
      (ruleset, worded, flows) => {
        const following = new Following(worded(ruleset.text), sets);
        for (const { aim, probes } of flows) {
          const first = aimedAt(ruleset, { ...aim, missed: 99 });
          compareAll(following, first, probes, counts);
        }
      },
    );
    fc.assert(law, { numRuns, endOnFailure: true });
    // few rulesets need not draw every kind
    if (numRuns < 40) return;
    for (const [what, many] of Object.entries(counts)) {
      expect(many, what).toBeGreaterThan(numRuns / 4);
    }
  },
);
