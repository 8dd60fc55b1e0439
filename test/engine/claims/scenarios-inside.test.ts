import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scriptNear } from "../../../scenarios/arbitraries/script.ts";
import { readSite } from "../../../site/read-site.ts";
import { CASES, scenarioFiles, temporarySite } from "../../support/scenario-site.ts";
import { WalksInside } from "./walks-inside.ts";

/** Bridges, vebs, vxlans and routing domains: what drawn rulesets on one host do not have. */
describe.each(CASES)("a packet in $title", (each) => {
  it("arrives only where the closure has it, under its origin and creator", () => {
    const { network } = readSite(temporarySite(scenarioFiles(each)));
    if (network === undefined) throw new Error("the scenario is not read");
    const inside = new WalksInside(network);
    // the two sites themselves get more: they are stricter, and fewer scripts get anywhere
    const numRuns = each.variant === undefined ? 10_000 : 2_000;
    const scripts = fc.sample(scriptNear(inside.plan), { numRuns, seed: 20_261_124 });
    const outside = scripts.flatMap((script) => inside.outside(script));
    expect(outside).toEqual([]);
  });
});
