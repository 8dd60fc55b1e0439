import { describe, expect, it } from "vitest";
import { Closure } from "../../../engine/claims/closure.ts";
import { Doubts } from "../../../engine/claims/doubts.ts";
import { type Judgement, judge } from "../../../engine/claims/judge.ts";
import { planOf } from "../../../engine/claims/plan.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import { readSite } from "../../../site/read-site.ts";
import { CASES, scenarioFiles, temporarySite } from "../../support/scenario-site.ts";

describe.each(CASES)("the pairs of $title", (each) => {
  it.each(["spoof", "states"] as const)(
    "are judged together as one by one, at level %s",
    (level) => {
      const { network } = readSite(temporarySite(scenarioFiles(each)));
      if (network === undefined) throw new Error("the scenario is not read");
      const plan = planOf(network, { level });
      const options = { reading: "may", closed: new Set<string>() } as const;
      const closure = new Closure(plan, packetFunctions("intervals", {}), options).run();
      const doubts = new Doubts(closure);
      const pairs = plan.zones.flatMap((from) =>
        plan.zones.filter((to) => to !== from).map((to) => [from.index, to.index] as const),
      );
      const told = pairs.map(([from, to]) => inShort(doubts.judge(from, to)));
      expect(told).toEqual(pairs.map(([from, to]) => inShort(judge(closure, from, to))));
    },
  );
});

function inShort({ suspects, stealable }: Judgement): string {
  return `${suspects.map(({ increment, set }) => `${increment.index}:${set}`)} ${stealable}`;
}
