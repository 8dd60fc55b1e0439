import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Environment } from "../../model/environment.ts";
import { readPf } from "../../parser/pf/read.ts";
import { recordedEnvironment, recordedFiles, suiteData } from "../conformance/recorded-files.ts";
import { TwoKernels } from "../engine/rules/indexed/two-kernels.ts";

/** A recorded ruleset that pfctl accepts, in both kernels. */
export interface GoldenKernels {
  readonly name: string;
  readonly text: string;
  readonly kernels: TwoKernels;
  readonly rdomains: ReadonlyMap<string, number>;
}

/** A text, and the files and the system that it is read with. */
interface Recorded {
  readonly name: string;
  readonly text: string;
  readonly environment: Environment;
  readonly files: ReturnType<typeof recordedFiles>;
}

/**
 * Rulesets of the corpus and of pfctl's suites that are accepted and have rules.
 *
 * @param data - the directory of all suites; what is not there has none
 * @param step - every one in so many
 */
export function* goldenKernels(data: string, step: number): Iterable<GoldenKernels> {
  let at = 0;
  for (const { name, text, environment, files } of recorded(data)) {
    if (at++ % step !== 0) continue;
    const input = { file: "pf.conf", text, optimize: "none", live: true, include: files } as const;
    const reading = readPf(input, environment);
    const count = [...reading.main.rulesets.values()].reduce((sum, it) => sum + it.rules.length, 0);
    if (!reading.accepted || count === 0) continue;
    const { interfaces } = environment;
    const kernels = new TwoKernels([["", reading]], {
      interfaces,
      routes: [],
      rtables: new Map(environment.rtables.map((it) => [it, it])),
      sockets: [],
      forwarding: true,
    });
    const rdomains = new Map(interfaces.map((it) => [it.name, it.rdomain]));
    yield { name, text, kernels, rdomains };
  }
}

function* recorded(data: string): Iterable<Recorded> {
  const pfctl = suiteData(data, "pfctl", "cases");
  const fingerprints = pfctl === undefined ? {} : { "/etc/pf.os": join(pfctl, "etc", "pf.os") };
  const golden = suiteData(data, "corpus", "golden");
  if (golden !== undefined) yield* ofCorpus(join(golden, "golden"), fingerprints);
  if (pfctl === undefined) return;
  yield* ofRegress(join(pfctl, "regress"), fingerprints);
  yield* ofCases(join(pfctl, "cases"), fingerprints);
}

function* ofCorpus(golden: string, root: Readonly<Record<string, string>>): Iterable<Recorded> {
  for (const name of readdirSync(golden).toSorted()) {
    const folder = join(golden, name);
    if (!existsSync(join(folder, "pf.conf"))) continue;
    yield {
      name: `corpus: ${name}`,
      text: readFileSync(join(folder, "pf.conf"), "latin1"),
      environment: recordedEnvironment(join(folder, "ifaces")),
      files: recordedFiles(folder, root),
    };
  }
}

function* ofRegress(regress: string, root: Readonly<Record<string, string>>): Iterable<Recorded> {
  if (!existsSync(regress)) return;
  const environment = recordedEnvironment(join(regress, "ifaces"));
  const folder = join(regress, "data");
  const files = recordedFiles(folder, root);
  for (const name of readdirSync(folder).toSorted()) {
    if (!name.endsWith(".in")) continue;
    const text = readFileSync(join(folder, name), "latin1");
    yield { name: `regress: ${name}`, text, environment, files };
  }
}

function* ofCases(cases: string, root: Readonly<Record<string, string>>): Iterable<Recorded> {
  const environment = recordedEnvironment(join(cases, "ifaces"));
  const files = recordedFiles(cases, root);
  const lines = gunzipSync(readFileSync(join(cases, "cases.jsonl.gz")))
    .toString("utf8")
    .split("\n");
  const seen = new Set<string>();
  for (const [at, line] of lines.entries()) {
    if (line === "") continue;
    const { input }: { readonly input: string } = JSON.parse(line);
    if (seen.has(input)) continue;
    seen.add(input);
    yield { name: `pfctl: case ${at + 1}`, text: input, environment, files };
  }
}
