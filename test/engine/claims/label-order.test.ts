import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Closure } from "../../../engine/claims/closure.ts";
import { judge } from "../../../engine/claims/judge.ts";
import { planOf } from "../../../engine/claims/plan.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import type { PacketSet } from "../../../engine/sets/packet-sets.ts";
import { union } from "../../../engine/sets/packets.ts";
import { drawnSite, networkOfSite } from "../../../scenarios/arbitraries/network.ts";
import { readSite } from "../../../site/read-site.ts";
import { CASES, scenarioFiles, temporarySite } from "../../support/scenario-site.ts";

/** Larger closures say no more of the law. */
const MOST_INCREMENTS = 3000;

describe("creators that others make needless", () => {
  it("change no verdict", { timeout: 300_000 }, () => {
    let compared = 0;
    const property = fc.property(drawnSite(), (site) => {
      const plan = planOf(networkOfSite(site));
      const sets = packetFunctions("intervals", {});
      const closed = new Set(plan.brackets.map(({ id }) => id));
      const close = (everyCreator: boolean): Closure => {
        let left = MOST_INCREMENTS;
        const poll = (): void => fc.pre(left-- > 0);
        return new Closure(plan, sets, { reading: "may", closed, everyCreator, poll }).run();
      };
      const [all, fewer] = [close(true), close(false)];
      expect(fewer.reached.all.length).toBeLessThanOrEqual(all.reached.all.length);
      for (const { index: from } of plan.zones) {
        for (const { index: to } of plan.zones) {
          if (from === to) continue;
          const isBad = judge(all, from, to).suspects.length > 0;
          expect([from, to, judge(fewer, from, to).suspects.length > 0]).toEqual([from, to, isBad]);
          compared++;
        }
      }
    });
    fc.assert(property, { numRuns: 12, seed: 3 });
    expect(compared).toBeGreaterThan(300);
  });

  it.each(CASES.filter(({ variant }) => variant === undefined))(
    "are told of all the same where they are those of ICMP errors: $title",
    (each) => {
      const { network } = readSite(temporarySite(scenarioFiles(each)));
      if (network === undefined) throw new Error("the scenario is not read");
      const plan = planOf(network);
      const sets = packetFunctions("intervals", {});
      const errorsBy = (everyCreator: boolean): readonly PacketSet[] => {
        const options = { reading: "may", closed: new Set<string>(), everyCreator } as const;
        const closure = new Closure(plan, sets, options).run();
        return plan.zones.map(({ index }) => {
          const about = closure
            .deliveries(index)
            .filter(({ label }) => closure.labels.at(label).about);
          return union(
            sets,
            about.map(({ set }) => set),
          );
        });
      };
      expect(errorsBy(false)).toEqual(errorsBy(true));
    },
  );
});
