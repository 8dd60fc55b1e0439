import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareOutputs, type Tally } from "./disagreement.ts";
import { runPfctl } from "./pfctl-run.ts";
import { recordedEnvironment, recordedFiles, suiteData } from "./recorded-files.ts";

/** Compares our reader with `pfctl -o none -nvf pf.conf` on real rulesets, the whole output. */
export function conformCorpus(
  data: string,
  options: { readonly verbose: boolean; readonly only?: string },
): Tally {
  const tally: Tally = { passed: 0, failed: 0, disagreements: [] };
  const directory = suiteData(data, "corpus", "golden");
  if (directory === undefined) return tally;
  const golden = join(directory, "golden");
  const root = { "/etc/pf.os": join(directory, "../pfctl/etc/pf.os") };
  for (const name of readdirSync(golden).toSorted()) {
    if (options.only !== undefined && !name.includes(options.only)) continue;
    const read = (file: string): string => {
      const path = join(golden, name, file);
      return existsSync(path) ? readFileSync(path, "latin1") : "";
    };
    const ours = runPfctl(
      "-o none -nvf pf.conf",
      read("pf.conf"),
      recordedEnvironment(join(golden, name, "ifaces")),
      recordedFiles(join(golden, name), root),
    );
    compareOutputs(
      `corpus: ${name}`,
      [
        { what: "stdout", ours: ours.stdout, theirs: read("expected.txt") },
        { what: "stderr", ours: ours.stderr, theirs: read("stderr.txt") },
        { what: "exit status", ours: String(ours.status), theirs: "0" },
      ],
      options.verbose,
      tally,
    );
  }
  return tally;
}
