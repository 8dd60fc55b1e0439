#!/usr/bin/env node
import { availableParallelism } from "node:os";
import { argv, exit, stdout } from "node:process";
import { parseArgs } from "node:util";
import { isMainThread } from "node:worker_threads";
import { supervise } from "./supervise.ts";
import { work } from "./worker.ts";

const USAGE = `usage: npm run -s fuzz -- parser [--runs N] [--seed S] [--first I] [--workers W] [--data DIR]
                              [--bombs yes|no|only]

Reads texts that grow out of proportion, then N mutated inputs (1,000,000), and holds each reading
against the laws. DIR holds the data of all suites (../shared/data). Input I of seed S is always
the same: --first I --runs 1 reads it again. One line per failure; the last line is
N inputs, M accepted, slowest X ms, F failed.
`;

if (!isMainThread) work();
else exit(await main());

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    args: argv.slice(2),
    allowPositionals: true,
    options: {
      runs: { type: "string", default: "1000000" },
      seed: { type: "string", default: "1" },
      first: { type: "string", default: "0" },
      workers: { type: "string", default: String(Math.min(4, availableParallelism())) },
      data: { type: "string", default: "../shared/data" },
      bombs: { type: "string", default: "yes" },
    },
  });
  const [runs, seed, first, workers] = [values.runs, values.seed, values.first, values.workers].map(
    Number,
  ) as [number, number, number, number];
  const known = ["yes", "no", "only"].includes(values.bombs);
  if (positionals[0] !== "parser" || !known || ![runs, seed, first, workers].every(isCount)) {
    stdout.write(USAGE);
    return 2;
  }
  return supervise({
    data: values.data,
    seed,
    first,
    runs: values.bombs === "only" ? 0 : runs,
    workers: Math.max(1, workers),
    bombs: values.bombs !== "no",
  });
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}
