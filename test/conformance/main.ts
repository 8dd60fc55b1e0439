#!/usr/bin/env node
import { argv, exit, stdout } from "node:process";
import { parseArgs } from "node:util";
import { conformClaims } from "./claims.ts";
import { conformKernel } from "./kernel.ts";
import { conformPf } from "./pf-rules.ts";

/** What a suite found. */
interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly disagreements: readonly string[];
  /** Figures of its own, a line each. */
  readonly notes?: readonly string[];
}

const USAGE = `usage: npm run -s conformance -- SUITE [--data DIR] [--sample N] [--seed S] [--only ID]

  claims        verdicts on the small networks of data/claims    [--level LEVEL]
  kernel-rules  expanded rules of every record of data/kernel
  corpus        expanded rules of the real files of data/corpus/golden
  kernel        packet by packet, linear evaluation against data/kernel

One line per disagreement; the last line is N passed, N failed.
`;

/** Holds the readers and engines against recorded truth. */
const { positionals, values } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: {
    data: { type: "string" },
    only: { type: "string" },
    level: { type: "string" },
    sample: { type: "string" },
    seed: { type: "string" },
  },
});

const result = run(positionals[0]);
if (result === undefined) {
  stdout.write(USAGE);
  exit(2);
}
for (const line of result.disagreements) stdout.write(`${line}\n`);
for (const line of result.notes ?? []) stdout.write(`  ${line}\n`);
stdout.write(`${result.passed} passed, ${result.failed} failed\n`);
exit(result.failed === 0 ? 0 : 1);

function run(suite: string | undefined): Result | undefined {
  const only = values.only === undefined ? {} : { only: values.only };
  const sample = values.sample === undefined ? {} : { sample: Number(values.sample) };
  const seed = values.seed === undefined ? {} : { seed: Number(values.seed) };
  switch (suite) {
    case "claims":
      return claims(only, { ...sample, ...seed });
    case "kernel-rules":
      return skipping(conformPf("kernel", values.data ?? "../shared/data/kernel", only));
    case "corpus":
      return skipping(conformPf("corpus", values.data ?? "../shared/data/corpus", only));
    case "kernel":
      return skipping(
        conformKernel(values.data ?? "../shared/data/kernel", { ...sample, ...seed }),
      );
    default:
      return undefined;
  }
}

function claims(
  only: { readonly only?: string },
  sample: { readonly sample?: number; readonly seed?: number },
): Result {
  const levels = (["assigned", "spoof", "states"] as const).filter(
    (level) => values.level === undefined || values.level === level,
  );
  const data = values.data ?? "../shared/data/claims";
  const { counts, ...rest } = conformClaims(data, { levels, ...only, ...sample });
  return { ...rest, notes: [...counts].toSorted().map(([what, count]) => `${what}: ${count}`) };
}

function skipping(result: Result & { readonly skipped: number }): Result {
  return { ...result, notes: [`${result.skipped} skipped: outside of what is modelled`] };
}
