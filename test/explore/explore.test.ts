import { afterAll, describe, expect, it } from "vitest";
import { Closure } from "../../engine/claims/closure.ts";
import { judge } from "../../engine/claims/judge.ts";
import { ANYBODY } from "../../engine/claims/owners.ts";
import { type Plan, planOf } from "../../engine/claims/plan.ts";
import { check } from "../../engine/queries/check.ts";
import { packetFunctions } from "../../engine/sets/implementations.ts";
import type { PairAnswer } from "../../model/answer.ts";
import type { AdversaryLevel } from "../../model/network.ts";
import { explore, type Found } from "./explore.ts";
import { SMALL, type Small } from "./networks.ts";

const LEVELS: readonly AdversaryLevel[] = ["spoof", "states"];

const counts = { proved: 0, violated: 0, undecided: 0, scripts: 0 };

afterAll(() => {
  const { proved, violated, undecided, scripts } = counts;
  const share = ((100 * undecided) / (proved + violated + undecided)).toFixed(1);
  console.log(
    `explore: ${scripts} scripts; ${proved} pairs proved, ${violated} violated, ${undecided} undecided (${share} %)`,
  );
});

describe.each(SMALL)("$name", (small) => {
  it.each(LEVELS)("at level %s: what a script reaches is not proved", (level) => {
    const network = small.at(level);
    const { pairs } = check(network, { attack: 0, seed: 1, budget: 8_000_000 });
    const { found, scripts } = explore(planOf(network), small.universe);
    counts.scripts += scripts;
    for (const { verdict } of pairs) counts[verdict]++;
    expect(found.filter((it) => verdictOf(pairs, it) === "proved")).toEqual([]);
  });
});

describe("an engine that forgets who made a state", () => {
  it.each([
    ["punch", "one host as recorded", "internet", "b", "punched", "spoof"],
    ["punch over two hosts", "two hosts as recorded", "internet", "b", "punched", "spoof"],
    ["theft", "one host with antispoof", "a", "b", "stolen", "states"],
    ["theft over two hosts", "two hosts as recorded", "a", "b", "stolen", "states"],
    ["outer ride", "a tunnel with outer packets out", "internet", "tenant", undefined, "spoof"],
  ] as const)("proves what %s reaches", (_, name, from, to, kind, level) => {
    const small = smallNamed(name);
    const plan = planOf(small.at(level));
    expect(provedByMutant(plan, from, to)).toBe(true);
    const { found } = explore(plan, small.universe);
    const ways = found.filter((it) => it.from === from && it.to === to);
    expect(ways.map((it) => it.class)).toContain(kind ?? ways[0]?.class);
    expect(ways.length).toBeGreaterThan(0);
  });
});

/** Whether the closure without creators leaves nothing over: what passes by a state is a reply to it. */
function provedByMutant(plan: Plan, from: string, to: string): boolean {
  const options = { reading: "may", closed: new Set<string>(), forgetCreators: true } as const;
  const closure = new Closure(plan, packetFunctions("intervals", {}), options).run();
  const indexOf = (name: string): number => plan.zones.findIndex((zone) => zone.name === name);
  const { suspects } = judge(closure, indexOf(from), indexOf(to));
  const { sets, owners } = closure;
  const left = suspects.filter(({ set }) => !sets.implies(set, owners.by(ANYBODY)));
  return left.length === 0 && closure.limits.size === 0;
}

function verdictOf(pairs: readonly PairAnswer[], { from, to }: Found): PairAnswer["verdict"] {
  const pair = pairs.find((it) => it.from === from && it.to === to);
  if (pair === undefined) throw new RangeError(`no pair ${from}, ${to}`);
  return pair.verdict;
}

function smallNamed(name: string): Small {
  const small = SMALL.find((it) => it.name === name);
  if (small === undefined) throw new RangeError(`no network ${name}`);
  return small;
}
