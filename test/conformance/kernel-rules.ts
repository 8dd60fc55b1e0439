import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type PfReading, readPf } from "../../parser/pf/read.ts";
import { ruleText } from "../../parser/pf/rule-text.ts";
import { environmentOf, type RecordedEnv } from "../support/environment.ts";
import { compareOutputs, type Tally } from "./disagreement.ts";
import { recordedData, setsIn } from "./recorded-files.ts";

/** The part of a record that a reader is held against (data/kernel/README.md). */
interface RuleRecord {
  readonly id: string;
  readonly env: RecordedEnv;
  readonly conf: string;
  readonly rules: Readonly<Record<string, readonly string[]>>;
  readonly anchors?: readonly (readonly [path: string, text: string])[];
  readonly files?: Readonly<Record<string, string>>;
}

/** Compares our rules, anchor by anchor, with those that the kernel held after pfctl loaded them. */
export function conformKernelRules(
  set: "kernel" | "claims",
  data: string,
  options: { readonly verbose: boolean; readonly only?: string },
): Tally {
  const tally: Tally = { passed: 0, failed: 0, disagreements: [] };
  const directory = recordedData(data, set);
  if (directory === undefined) return tally;
  for (const name of setsIn(directory)) {
    for (const record of recordsOf(join(directory, `${name}.jsonl.gz`))) {
      if (options.only !== undefined && !record.id.includes(options.only)) continue;
      conformRecord(record, options.verbose, tally);
    }
  }
  return tally;
}

function* recordsOf(file: string): Iterable<RuleRecord> {
  for (const line of gunzipSync(readFileSync(file)).toString("utf8").split("\n")) {
    if (line !== "") yield JSON.parse(line);
  }
}

function conformRecord(record: RuleRecord, verbose: boolean, tally: Tally): void {
  const environment = environmentOf(record.env);
  const include = (name: string): string | undefined => record.files?.[name];
  const read = (text: string, anchor?: string): PfReading => {
    // the kernel was there: without -n, several tables may stand inside braces
    const input = { file: "pf.conf", text, include, optimize: "none", live: true } as const;
    return readPf(anchor === undefined ? input : { ...input, anchor }, environment);
  };
  const readings = [read(record.conf)];
  for (const [path, text] of record.anchors ?? []) readings.push(read(text, path));
  const ours = new Map<string, readonly string[]>();
  for (const configuration of readings.flatMap(({ main, loaded }) => [main, ...loaded])) {
    for (const [path, { rules }] of configuration.rulesets) {
      ours.set(
        path,
        rules.map((rule) => ruleText(rule)),
      );
    }
  }
  const loads = new Set((record.anchors ?? []).map(([path]) => path));
  const outputs = Object.entries(record.rules).map(([path, rules]) => ({
    what: path === "" ? "rules" : `rules of ${path}`,
    ours: (ours.get(path) ?? []).join("\n"),
    theirs: asPrinted(path, rules, loads).join("\n"),
  }));
  const refused = readings.find(({ accepted }) => !accepted);
  const complaint = { what: "stderr", ours: refused?.stderr.join("\n") ?? "", theirs: "" };
  compareOutputs(`kernel-rules: ${record.id}`, [complaint, ...outputs], verbose, tally);
}

/** Kernel names made plain: tables carry a hash, anchors loaded by `-a` their path. */
function asPrinted(
  path: string,
  rules: readonly string[],
  loads: ReadonlySet<string>,
): readonly string[] {
  return rules.map((rule) => {
    const plain = rule.replace(/__automatic_[0-9a-f]+_/g, "__automatic_");
    return loads.has(path) ? plain.replace(`anchor "${path}/`, 'anchor "') : plain;
  });
}
