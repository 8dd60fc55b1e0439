#!/usr/bin/env node
import { availableParallelism } from "node:os";
import { argv, exit, stdout } from "node:process";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { isMainThread } from "node:worker_threads";
import { supervise } from "./supervise.ts";
import { work } from "./worker.ts";

const USAGE = `usage: npm run -s fuzz -- parser [--runs N] [--seed S] [--first I] [--workers W] [--data DIR]
                              [--bombs yes|no|only]
       npm run -s fuzz -- rulesets [--packets N] [--seed S] [--first R]
       npm run -s fuzz -- diagrams [--expressions N] [--seed S] [--first E]
       npm run -s fuzz -- networks [--pairs N] [--seed S] [--first K]
       npm run -s fuzz -- index [--packets N] [--seed S] [--first R] [--data DIR]

parser: reads texts that grow out of proportion, then N mutated inputs (1,000,000), and holds each
reading against the laws. DIR holds the data of all suites (../shared/data). Input I of seed S is
always the same: --first I --runs 1 reads it again. One line per failure; the last line is
N inputs, M accepted, slowest X ms, F failed.

rulesets: draws rulesets and N packets (1,000,000) at the borders of what their rules name. What the
kernel engine, rule by rule, does with a packet must be what the function of packets that the ruleset
is compiled to says: verdict, rule, state, tag, table, translation, answer. Ruleset R of seed S is
always the same: --first R --packets 1000 asks about it again. A failure is told with the smallest
ruleset that shows it, and its packet; the last lines are what became of the packets.

diagrams: draws N questions (10,000) of a set and a function of packets each, and holds the two
implementations of sets beside each other, and each to the laws of images, pre-images and mirrors.
A failure is told with the smallest expressions that show it: --first E --expressions 1 draws them
again.

networks: draws sites of one to three hosts and scripts against them, until N pairs (100,000) of a
script and a place it may reach are held. What the simulator delivers must lie inside the closure
of all packets and states, and what the closure delivers without a state must arrive in the
simulator. A failure is told with its script, and the smallest rules that show it: --first K
--pairs 1 draws network K again. The last lines are what arrived, and how many pairs of zones are
undecided although everything is known.

index: draws rulesets and N packets (1,000,000) at the borders of what their rules name, and asks
about every recorded ruleset of DIR. A kernel that visits the rules an index finds must do what one
does that walks rule by rule, and the classifier of columns must name the rule that decides, alone
or in blocks, or leave the packet to the kernel. --first R --packets 1000 asks about ruleset R of
seed S again. A failure is told with the smallest ruleset that shows it; the last lines are how much
was left to the kernel.

The same seed draws the same. Exit status: 0 no failure, 1 failures, 2 wrong arguments.
`;

type Options = NonNullable<ParseArgsConfig["options"]>;

/** A kind of runs: the options it takes with their defaults, and what it does; undefined: refused. */
interface Kind {
  readonly options: Readonly<Record<string, string>>;
  readonly counts: readonly string[];
  run(values: Readonly<Record<string, string>>, counts: Counts): number | Promise<number>;
}

type Counts = Readonly<Record<string, number>>;

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  [
    "parser",
    {
      options: {
        runs: "1000000",
        seed: "1",
        first: "0",
        workers: String(Math.min(4, availableParallelism())),
        data: "../shared/data",
        bombs: "yes",
      },
      counts: ["runs", "seed", "first", "workers"],
      run: ({ data = "", bombs = "" }, { runs = 0, seed = 0, first = 0, workers = 1 }) => {
        if (!["yes", "no", "only"].includes(bombs)) return usage();
        return supervise({
          data,
          seed,
          first,
          runs: bombs === "only" ? 0 : runs,
          workers: Math.max(1, workers),
          bombs: bombs !== "no",
        });
      },
    },
  ],
  [
    "rulesets",
    {
      options: { packets: "1000000", seed: "1", first: "0" },
      counts: ["packets", "seed", "first"],
      run: async (_, { packets = 0, seed = 0, first = 0 }) => {
        const { runRulesets } = await import("./rulesets.ts");
        return runRulesets({ packets, seed, first });
      },
    },
  ],
  [
    "diagrams",
    {
      options: { expressions: "10000", seed: "1", first: "0" },
      counts: ["expressions", "seed", "first"],
      run: async (_, { expressions = 0, seed = 0, first = 0 }) => {
        const { runDiagrams } = await import("./diagrams.ts");
        return runDiagrams({ expressions, seed, first });
      },
    },
  ],
  [
    "networks",
    {
      options: { pairs: "100000", seed: "1", first: "0" },
      counts: ["pairs", "seed", "first"],
      run: async (_, { pairs = 0, seed = 0, first = 0 }) => {
        const { runNetworks } = await import("./networks.ts");
        return runNetworks({ pairs, seed, first });
      },
    },
  ],
  [
    "index",
    {
      options: { packets: "1000000", seed: "1", first: "0", data: "../shared/data" },
      counts: ["packets", "seed", "first"],
      run: async ({ data = "" }, { packets = 0, seed = 0, first = 0 }) => {
        const { runIndex } = await import("./index.ts");
        return runIndex({ packets, seed, first, data });
      },
    },
  ],
]);

if (!isMainThread) work();
else exit(await main());

async function main(): Promise<number> {
  const [name = "", ...args] = argv.slice(2);
  if (name === "--help" || args.includes("--help")) {
    stdout.write(USAGE);
    return 0;
  }
  const kind = KINDS.get(name);
  const values = kind && read(kind, args);
  if (kind === undefined || values === undefined) return usage();
  const counts: Counts = Object.fromEntries(
    kind.counts.map((it) => [it, Number(values[it] || Number.NaN)]),
  );
  return Object.values(counts).every(isCount) ? kind.run(values, counts) : usage();
}

function read(kind: Kind, args: string[]): Readonly<Record<string, string>> | undefined {
  const options: Options = Object.fromEntries(
    Object.entries(kind.options).map(([it, fallback]) => [
      it,
      { type: "string", default: fallback },
    ]),
  );
  try {
    const { values } = parseArgs({ args, options });
    return Object.fromEntries(Object.entries(values).map(([it, value]) => [it, String(value)]));
  } catch {
    return undefined;
  }
}

function usage(): number {
  stdout.write(USAGE);
  return 2;
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}
