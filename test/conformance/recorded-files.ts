import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../model/environment.ts";
import { readInterfaceTable } from "../../parser/pf/interface-table.ts";

/** A file as pfctl would find it; see PfInput.include. */
export type FileLookup = (name: string) => string | { readonly error: string } | undefined;

/**
 * The files that a recorded run saw: those of its directory, an empty /dev/null and standard input.
 *
 * @param root - files by absolute name
 */
export function recordedFiles(
  directory: string,
  root: Readonly<Record<string, string>> = {},
): FileLookup {
  return (name) => {
    if (name === "/dev/null" || name === "-") return "";
    const path = name.startsWith("/") ? root[name] : join(directory, name);
    if (path === undefined || name === "" || !existsSync(path)) return undefined;
    if (statSync(path).isDirectory()) return { error: "Is a directory" };
    return readFileSync(path, "latin1");
  };
}

/** The interface table in a file; one with a complaint is no fit record. */
export function recordedEnvironment(file: string): Environment {
  const { environment, diagnostics } = readInterfaceTable(file, readFileSync(file, "utf8"));
  const [complaint] = diagnostics;
  if (complaint === undefined) return environment;
  throw new RangeError(`${file}:${complaint.span.line}: ${complaint.message}`);
}

/**
 * The directory of a suite: `--data` names the directory of all suites, or of this one.
 *
 * @returns nothing if it is in neither place
 */
export function suiteData(data: string, suite: string, part: string): string | undefined {
  return [join(data, suite), data].find((it) => existsSync(join(it, part)));
}

/** As {@link suiteData}, of a suite of sets of recorded lines and perhaps of named cases. */
export function recordedData(data: string, suite: string): string | undefined {
  return [join(data, suite), data].find((it) => {
    return setsIn(it).length > 0 || existsSync(join(it, "cases"));
  });
}

/** Names of the sets of recorded lines in a directory, without `.jsonl.gz`, sorted. */
export function setsIn(directory: string): readonly string[] {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  return files
    .filter((it) => it.endsWith(SET))
    .map((it) => it.slice(0, -SET.length))
    .toSorted();
}

const SET = ".jsonl.gz";
