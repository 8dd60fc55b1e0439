import { existsSync, readFileSync } from "node:fs";
import type { Environment } from "../../model/environment.ts";
import { type Compared, compareOutputs, type Tally } from "./disagreement.ts";
import { type PfctlRun, runPfctl } from "./pfctl-run.ts";
import { type FileLookup, recordedEnvironment, recordedFiles } from "./recorded-files.ts";

/** A row of MANIFEST.tsv: one test of OpenBSD's regress suite for pfctl. */
interface Row {
  readonly family: string;
  readonly input: string;
  /** File, or `(exit 0)`. */
  readonly expected: string;
  readonly flags: string;
  readonly interfaces: string;
  readonly note: string;
}

interface Setting {
  readonly directory: string;
  readonly files: FileLookup;
  readonly environment: Environment;
}

/** What must hold of a run of a row's family (README of the data). */
type Judge = (row: Row, setting: Setting) => readonly Compared[];

const JUDGES: Readonly<Record<string, Judge>> = {
  pf: accepted,
  selfpf: accepted,
  pfsetup: accepted,
  pfopt: accepted,
  pfail: rejected,
  pfcmdfail: rejected,
  pfsimple: exits,
  pfcmd: exits,
  pfload: ruleLines,
  pfoptimize: ruleLines,
  pfi: addressSets,
};

/** Runs every usable row of the manifest whose family speaks of pfctl alone. */
export function conformRegress(
  regress: string,
  options: { readonly verbose: boolean; readonly only?: string },
  tally: Tally,
): void {
  const etc = `${regress}/../etc`;
  const directory = `${regress}/data`;
  const files = recordedFiles(directory, { "/etc/pf.os": `${etc}/pf.os` });
  for (const row of usableRows(`${regress}/MANIFEST.tsv`)) {
    const judge = JUDGES[row.family];
    const name = `pfctl: regress ${row.family} ${row.input.replace(/\.\w+$/, "")} ${row.flags}`;
    if (judge === undefined || (options.only !== undefined && !name.includes(options.only)))
      continue;
    const environment = recordedEnvironment(`${regress}/${row.interfaces}`);
    const outputs = judge(row, { directory, files, environment });
    if (outputs.length > 0) compareOutputs(name, outputs, options.verbose, tally);
  }
}

function usableRows(manifest: string): readonly Row[] {
  if (!existsSync(manifest)) return [];
  const lines = readFileSync(manifest, "utf8").split("\n");
  return lines.slice(1).flatMap((line) => {
    const [family, input, expected, flags, interfaces, usable, note = ""] = line.split("\t");
    if (family === undefined || input === undefined || expected === undefined) return [];
    if (flags === undefined || interfaces === undefined || usable !== "yes") return [];
    return [{ family, input, expected, flags, interfaces, note }];
  });
}

function read(name: string, { directory }: Setting): string {
  return readFileSync(`${directory}/${name}`, "latin1");
}

function run(row: Row, setting: Setting): PfctlRun {
  return runPfctl(row.flags, read(row.input, setting), setting.environment, setting.files);
}

function status(ours: number, theirs: number): Compared {
  return { what: "exit status", ours: String(ours), theirs: String(theirs) };
}

/** It prints exactly the recorded text. */
function accepted(row: Row, setting: Setting): readonly Compared[] {
  const ours = run(row, setting);
  const stdout = { what: "stdout", ours: ours.stdout, theirs: read(row.expected, setting) };
  return [stdout, status(ours.status, 0)];
}

/** Standard output is a buffered pipe: what went to standard error comes first. */
function rejected(row: Row, setting: Setting): readonly Compared[] {
  const ours = run(row, setting);
  const both = ours.stderr + ours.stdout;
  const expected = row.note.startsWith("exit 0") ? 0 : 1;
  return [
    { what: "output", ours: both, theirs: read(row.expected, setting) },
    status(ours.status, expected),
  ];
}

function exits(row: Row, setting: Setting): readonly Compared[] {
  return [status(run(row, setting).status, 0)];
}

/** The rules with their numbers; counts of addresses are the kernel's. */
function ruleLines(row: Row, setting: Setting): readonly Compared[] {
  const ours = run(row, setting);
  const rules = (text: string): string => {
    return text
      .split("\n")
      .filter((line) => /^\s*@/.test(line))
      .map(withoutCounts)
      .join("\n");
  };
  const theirs = rules(read(row.expected, setting));
  return [{ what: "rules", ours: rules(ours.stdout), theirs }, status(ours.status, 0)];
}

function withoutCounts(rule: string): string {
  return rule.replace(/<([^<>:]+):[^<>]*>/g, "<$1>").replace(/\(([^()]+):(?:\d+|\*)\)/g, "($1)");
}

/** The addresses that an interface expression stands for, a line each; dynamic ones are the kernel's. */
function addressSets(row: Row, setting: Setting): readonly Compared[] {
  const expected = new Map(
    read(row.expected, setting)
      .split("\n")
      .map((line) => {
        const end = line.indexOf(": ") < 0 ? line.lastIndexOf(":") : line.indexOf(": ");
        return [line.slice(0, end), addressList(line.slice(end + 1).split(/\s+/))] as const;
      }),
  );
  return read(row.input, setting)
    .split("\n")
    .filter((word) => word !== "" && expected.has(word))
    .map((word) => {
      const { stdout } = runPfctl(
        "-o none -nvf -",
        `pass in from ${word}\n`,
        setting.environment,
        setting.files,
      );
      const found = [...stdout.matchAll(/ from (\S+)/g)].map(([, address = ""]) => address);
      return { what: word, ours: addressList(found), theirs: expected.get(word) ?? "" };
    });
}

function addressList(addresses: readonly string[]): string {
  return [...new Set(addresses.filter((it) => it !== ""))].toSorted().join("\n");
}
