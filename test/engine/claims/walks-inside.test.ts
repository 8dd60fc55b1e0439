import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rulesetText } from "../../../scenarios/arbitraries/ruleset.ts";
import { scriptNear } from "../../../scenarios/arbitraries/script.ts";
import { drawnNetwork } from "../../support/drawn-host.ts";
import { WalksInside } from "./walks-inside.ts";

const RULESETS = 100;
const SCRIPTS = 300;

describe("a packet of the simulator", () => {
  it("arrives only where the closure has it, under its origin and creator", {
    timeout: 300_000,
  }, () => {
    fc.assert(
      fc.property(rulesetText({ tests: "few" }), fc.integer(), (text, seed) => {
        const inside = new WalksInside(drawnNetwork(text));
        const scripts = fc.sample(scriptNear(inside.plan), { numRuns: SCRIPTS, seed });
        for (const script of scripts) expect(inside.outside(script)).toEqual([]);
      }),
      { numRuns: RULESETS, seed: 20_261_124 },
    );
  });
});
