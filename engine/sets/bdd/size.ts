import type { Bdd } from "./bdd.ts";
import { LEVELS } from "./levels.ts";

/** Nodes that the roots reach, themselves and terminals included; shared ones count once. */
export function sizeOf({ nodes }: Bdd, roots: readonly number[]): number {
  const { level, low, high } = nodes;
  const reached = new Set(roots);
  // a set is walked in the order of insertion, what is added on the way too
  for (const node of reached) {
    if (level[node] !== LEVELS) reached.add(low[node]!).add(high[node]!);
  }
  return reached.size;
}
