import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { Environment } from "../model/environment.ts";
import { readInterfaceTable } from "../parser/pf/interface-table.ts";
import { type PfInput, type PfReading, readPf } from "../parser/pf/read.ts";
import { plainRules } from "./plain-rules.ts";

/** Something to read, and how large it is. */
export interface Subject {
  readonly name: string;
  readonly bytes: number;
  readonly environment: Environment;
  readonly read: () => PfReading;
}

const GENERATOR = fileURLToPath(new URL("../../shared/data/bench/gen.mjs", import.meta.url));

/** The folder that BENCH_DATA names, else a temporary one: making it takes 40 s and 660 MB. */
export function benchFolder(): string {
  const named = env.BENCH_DATA;
  if (named !== undefined && existsSync(join(named, "bigtable.conf"))) return named;
  const folder = named ?? mkdtempSync(join(tmpdir(), "pfproof-bench-"));
  execFileSync(execPath, [GENERATOR, folder]);
  return folder;
}

/** A generated ruleset with its interfaces. */
export function segmented(folder: string, name: string): Subject {
  const text = readFileSync(join(folder, `${name}.conf`), "latin1");
  const table = readFileSync(join(folder, `${name}.ifaces`), "utf8");
  const { environment } = readInterfaceTable(`${name}.ifaces`, table);
  return {
    name,
    bytes: text.length,
    environment,
    read: () => readPf(plain(name, text), environment),
  };
}

/** A table of a million entries and many small ones, from files. */
export function bigTable(folder: string): Subject {
  const text = readFileSync(join(folder, "bigtable.conf"), "latin1");
  const names = [...text.matchAll(/file "([^"]+)"/g)].map(([, name = ""]) => name);
  const files = new Map(names.map((it) => [it, readFileSync(join(folder, it), "latin1")]));
  const bytes = [...files.values()].reduce((sum, it) => sum + it.length, text.length);
  const input = { ...plain("bigtable", text), include: (it: string) => files.get(it) };
  return { name: "bigtable", bytes, environment: NOTHING, read: () => readPf(input, NOTHING) };
}

/** Rules without lists, a line each. */
export function plainSubject(count: number): Subject {
  return textSubject(`plain_${count}`, plainRules(count));
}

/** A text that needs no interfaces. */
export function textSubject(name: string, text: string): Subject {
  const read = (): PfReading => readPf(plain(name, text), NOTHING);
  return { name, bytes: text.length, environment: NOTHING, read };
}

const NOTHING: Environment = { host: "bench", interfaces: [], rtables: [] };

function plain(file: string, text: string): PfInput {
  return { file, text, optimize: "none" };
}

/** Rules of all anchors. */
export function rulesOf({ main }: PfReading): number {
  return [...main.rulesets.values()].reduce((sum, { rules }) => sum + rules.length, 0);
}

/** Entries of all tables. */
export function entriesOf({ main }: PfReading): number {
  const counts = main.tables.flatMap(({ contents }) => {
    return contents.map((it) => (it.kind === "addresses" ? it.addresses : it.entries));
  });
  return counts.reduce((sum, it) => sum + ("count" in it ? it.count : it.length), 0);
}
