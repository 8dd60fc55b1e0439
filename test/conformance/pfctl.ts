import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { compareOutputs, type Tally } from "./disagreement.ts";
import { runPfctl } from "./pfctl-run.ts";
import { recordedEnvironment, recordedFiles, suiteData } from "./recorded-files.ts";
import { conformRegress } from "./regress.ts";

/** A line of cases.jsonl.gz: what pfctl answered. */
interface Case {
  readonly flags: string;
  readonly input: string;
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Parts of the output are drawn by chance. */
  readonly nondeterministic?: boolean;
}

export interface PfctlOptions {
  readonly verbose: boolean;
  /** Part of the name that is printed: `case 17`, `regress pfail`, `-nvv`. */
  readonly only?: string;
}

/** Compares our reader, byte for byte, with pfctl: OpenBSD's regress suite and recorded cases. */
export function conformPfctl(data: string, options: PfctlOptions): Tally {
  const tally: Tally = { passed: 0, failed: 0, disagreements: [] };
  const directory = suiteData(data, "pfctl", "regress") ?? suiteData(data, "pfctl", "cases");
  if (directory === undefined) return tally;
  conformRegress(join(directory, "regress"), options, tally);
  conformCases(join(directory, "cases"), join(directory, "etc"), options, tally);
  return tally;
}

function conformCases(cases: string, etc: string, options: PfctlOptions, tally: Tally): void {
  const file = join(cases, "cases.jsonl.gz");
  if (!existsSync(file)) return;
  const environment = recordedEnvironment(join(cases, "ifaces"));
  const files = recordedFiles(cases, { "/etc/pf.os": join(etc, "pf.os") });
  const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
  for (const [at, line] of lines.entries()) {
    if (line === "") continue;
    const recorded: Case = JSON.parse(line);
    const name = `pfctl: case ${at + 1} ${recorded.flags}`;
    if (options.only !== undefined && !`${name} `.includes(options.only)) continue;
    const ours = runPfctl(recorded.flags, recorded.input, environment, files);
    const plain = (text: string): string => {
      return recorded.nondeterministic === true ? withoutChance(text) : text;
    };
    compareOutputs(
      options.verbose ? `${name} ${JSON.stringify(recorded.input)}` : name,
      [
        { what: "stdout", ours: plain(ours.stdout), theirs: plain(recorded.stdout) },
        { what: "stderr", ours: plain(ours.stderr), theirs: plain(recorded.stderr) },
        { what: "exit status", ours: String(ours.status), theirs: String(recorded.rc) },
      ],
      options.verbose,
      tally,
    );
  }
}

/** `source-hash` without a key gets one drawn. */
function withoutChance(text: string): string {
  return text.replace(/(source-hash) 0x[0-9a-f]{32}/g, "$1 0x…");
}
