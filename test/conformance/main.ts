#!/usr/bin/env node
import { join } from "node:path";
import { argv, exit, stderr, stdout } from "node:process";
import { parseArgs } from "node:util";
import { ruleIndex } from "../../engine/rules/indexed/candidates.ts";
import { conformClaims } from "./claims.ts";
import { conformClaimScripts } from "./claims-scripts.ts";
import { conformCorpus } from "./corpus.ts";
import { conformHosts } from "./hosts.ts";
import { replayKernel } from "./kernel-replay.ts";
import { conformKernelRules } from "./kernel-rules.ts";
import { conformKernelSets } from "./kernel-sets.ts";
import { conformPfctl } from "./pfctl.ts";
import { recordedData, suiteData } from "./recorded-files.ts";

/** What a suite found. */
interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly disagreements: readonly string[];
  /** Figures of its own, a line each. */
  readonly notes?: readonly string[];
}

const USAGE = `usage: npm run -s conformance -- SUITE [--data DIR] [--only NAME] [--verbose]

  pfctl         whole output against recorded runs of pfctl and its regress suite, data/pfctl
  corpus        whole output for the real files of data/corpus/golden
  hosts         what the readers make of each line of the host sets of data/corpus/hosts, then init
                and check on each set  [--sample N] [--seed S]; --verbose lists the unread lines
  kernel-rules  expanded rules of every record of data/kernel
  kernel        packet by packet in every field, and the named cases of data/kernel
                [--engine linear|indexed|sets] [--sample N] [--seed S]
  claims        every recorded script through the walk of the small networks of data/claims, test by
                test, and the verdicts on their pairs  [--level LEVEL] [--sample N] [--seed S]

DIR holds the data of all suites (../shared/data if absent) or of this one; what is not there is
skipped. One line per disagreement, with --verbose a diff under it; the last line is
N passed, N failed. The engine is linear if none is named; indexed visits the rules that an index
finds, in rulesets of every length; sets asks the function that the rules are in the place of each
packet, and the state classes.
`;

/** Engines that the packets can be put to. */
const ENGINES: Readonly<Record<string, (directory: string, sample: Sample) => Result>> = {
  linear: (directory, sample) => replayKernel(directory, { ...sample, cases: true }),
  indexed: (directory, sample) => {
    return replayKernel(directory, { ...sample, cases: true, index: () => ruleIndex(0) });
  },
  sets: conformKernelSets,
};

interface Sample {
  readonly only?: string;
  readonly sample?: number;
  readonly seed?: number;
}

/** Of a suite whose data are not there. */
const NOTHING: Result = { passed: 0, failed: 0, disagreements: [] };

/** Holds the readers and engines against recorded truth. */
const { positionals, values } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: {
    data: { type: "string" },
    only: { type: "string" },
    engine: { type: "string", default: "linear" },
    level: { type: "string" },
    sample: { type: "string" },
    seed: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});

const data = values.data ?? "../shared/data";
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
  const { verbose } = values;
  const seed = values.seed === undefined ? {} : { seed: Number(values.seed) };
  switch (suite) {
    case "claims":
      return claims(only, { ...sample, ...seed });
    case "pfctl":
      return conformPfctl(data, { ...only, verbose });
    case "corpus":
      return conformCorpus(data, { ...only, verbose });
    case "hosts":
      return hosts({ ...only, ...sample, ...seed, verbose });
    case "kernel-rules":
      return conformKernelRules("kernel", data, { ...only, verbose });
    case "kernel":
      return kernel({ ...only, ...sample, ...seed });
    default:
      return undefined;
  }
}

function kernel(sample: Sample): Result {
  const engine = ENGINES[values.engine];
  if (engine === undefined) {
    stderr.write(`there is no engine ${values.engine} yet: ${Object.keys(ENGINES).join(", ")}\n`);
    exit(2);
  }
  const directory = recordedData(data, "kernel");
  return directory === undefined ? NOTHING : engine(directory, sample);
}

function hosts(options: Sample & { readonly verbose: boolean }): Result {
  const directory = suiteData(data, "corpus", "hosts");
  return directory === undefined
    ? NOTHING
    : conformHosts(join(directory, "hosts"), { ...options, sites: true });
}

function claims(
  only: { readonly only?: string },
  sample: { readonly sample?: number; readonly seed?: number },
): Result {
  const levels = (["assigned", "spoof", "states"] as const).filter(
    (level) => values.level === undefined || values.level === level,
  );
  const directory = suiteData(data, "claims", "claims.jsonl.gz");
  if (directory === undefined) return NOTHING;
  const scripts = conformClaimScripts(directory, { ...only, ...sample });
  const pairs = conformClaims(directory, { levels, ...only, ...sample });
  const counts = [...pairs.counts].toSorted().map(([what, count]) => `${what}: ${count}`);
  return {
    passed: scripts.passed + pairs.passed,
    failed: scripts.failed + pairs.failed,
    disagreements: [...scripts.disagreements, ...pairs.disagreements],
    notes: [`scripts replayed as recorded: ${scripts.passed}`, ...scripts.explained, ...counts],
  };
}
