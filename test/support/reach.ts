import { zoneNames } from "../../engine/queries/reach/asked-zone.ts";
import { reach } from "../../engine/queries/reach.ts";
import type { Step } from "../../model/answer.ts";
import type { Network } from "../../model/network.ts";
import type { ReachAnswer } from "../../model/reach.ts";
import { readSite } from "../../site/read-site.ts";
import { CASES, scenarioFiles, temporarySite } from "./scenario-site.ts";

export const OPTIONS = { attack: 0, seed: 1, budget: 8_000_000 };

/** Files of a site by their paths. */
export type Files = ReadonlyMap<string, string>;

/** Files of a scenario by its title, `SCENARIO with VARIANT` included. */
export function filesOf(title: string): Files {
  return scenarioFiles(CASES.find((it) => it.title === title)!);
}

export function networkAt(files: Files): Network {
  return readSite(temporarySite(files)).network!;
}

export function between(network: Network, from: string, to: string): ReachAnswer {
  return reach(network, { from, to }, OPTIONS);
}

/** Every ordered pair of zones. */
export function pairsOf(network: Network): readonly (readonly [from: string, to: string])[] {
  const zones = zoneNames(network);
  return zones.flatMap((from) => {
    return zones.filter((to) => to !== from).map((to) => [from, to] as const);
  });
}

/** Where a packet is delivered last. */
export function lastPlace(steps: readonly Step[]): string | undefined {
  const last = steps.at(-1);
  return last?.kind === "delivered" ? last.place : undefined;
}
