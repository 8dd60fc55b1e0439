import { expect } from "vitest";
import type { Source, SourceRule } from "../../../../engine/sets/rules/situation.ts";
import { TwoReadings } from "./compile-host.ts";

/** Rules in a chunk of a compiler: so many part others from what is made anew around them. */
export const CHUNK = 32;

/** Lines as in a diff: `-` goes, `+` comes, others stay; `…` stands for more rules than a chunk has. */
export type Diff = readonly string[];

/** By path. */
export type Diffs = Readonly<Record<string, Diff>>;

const TABLE = "table <some> { 10.10.0.0/24 }";

/** Sources before and after a diff; what is in both is the same objects. */
export function sourcesOf(diffs: Diffs): readonly [before: Source, after: Source] {
  const lines = new Map(Object.entries(diffs).map(([path, it]) => [path, written(it)]));
  const texts = [...lines].map(([path, it]) => {
    const rules = it.map((line) => line.slice(1).trim());
    return [path, [TABLE, ...rules, ""].join("\n")] as const;
  });
  const { source } = new TwoReadings(texts);
  const without = (mark: string): Source => {
    const rulesets = new Map<string, readonly SourceRule[]>();
    for (const [path, of] of lines) {
      const rules = source.rulesets.get(path) ?? [];
      expect(rules).toHaveLength(of.length);
      const kept = rules.filter((_, at) => !of[at]?.startsWith(mark));
      // a ruleset that is new, or no more, is not there at all
      if (path === "" || of.some((line) => !line.startsWith(mark))) rulesets.set(path, kept);
    }
    return { ...source, rulesets };
  };
  return [without("+"), without("-")];
}

function written(diff: Diff): Diff {
  return diff.flatMap((line, at) => {
    if (line !== "…") return [line];
    return Array.from({ length: 2 * CHUNK }, (_, rule) => {
      return ` pass in proto udp to port ${100 * at + rule + 1}`;
    });
  });
}

/** Many rules for a port each. */
export function many(mark: string, does: string, count: number): Diff {
  return Array.from({ length: count }, (_, at) => `${mark}${does} proto tcp to port ${at + 1}`);
}
