import type { PfConfiguration } from "../../model/pf-rule.ts";
import { configurationText } from "../../parser/pf/configuration-text.ts";
import { formatPf } from "../../parser/pf/layout/format.ts";
import { sameWritten } from "../../parser/pf/layout/same-written.ts";
import { type PfReading, readPf } from "../../parser/pf/read.ts";
import { document } from "../../report/json.ts";
import { shown } from "../../report/paint.ts";
import type { PfFile } from "../../site/pf-files.ts";
import { type Command, type Given, UsageError } from "../command.ts";
import { Exit, type Io } from "../io.ts";
import { unifiedDiff } from "../unified-diff.ts";

/** `pfproof fmt etc/pf.conf` */
export const fmtCommand: Command = {
  name: "fmt",
  summary: "lay out a pf.conf canonically, its rules unchanged",
  usage: ["FILE...", "-w FILE...", "--check FILE...", "-d FILE..."],
  about: [
    "Prints each FILE (`-` is standard input) with canonical blanks, empty lines and indentation.",
    "pf reads the same rules before and after; lines that pf may not know keep their bytes, and",
    "comments and line breaks stay. With --check the exit code 1 means that a file would change.",
  ],
  options: {
    write: { type: "boolean", short: "w", help: "rewrite the files that change, print nothing" },
    check: { type: "boolean", help: "list the files that would change, write nothing" },
    diff: { type: "boolean", short: "d", help: "print what would change as a unified diff" },
  },
  examples: [
    { command: "pfproof fmt -w etc/pf.conf", says: "the file in the canonical layout" },
    {
      command: "pfproof fmt --check -d etc/pf.conf",
      says: "for a hook: the diff, and exit code 1",
    },
  ],

  async run(given, io) {
    const paths = given.positionals;
    refuseSenseless(given);
    const results: Result[] = [];
    for (const path of paths) {
      const file = await io.readPfFile(path);
      if (file === undefined) complain(`cannot read ${path}`, io);
      else results.push(layOut(path, file));
    }
    const delivered = deliver(results, given, io);
    if (!delivered || results.length < paths.length) return Exit.wrongInput;
    const differs = results.some((it) => it.before !== it.after);
    return given.values.check === true && differs ? Exit.violated : Exit.proved;
  },
};

interface Result {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

function refuseSenseless({ positionals, values }: Given): void {
  if (positionals.length === 0) throw new UsageError("fmt takes at least one FILE");
  if (values.write !== true) return;
  if (values.check === true || values.diff === true) {
    throw new UsageError("fmt -w writes; --check and -d only look");
  }
  if (positionals.includes("-")) throw new UsageError("fmt -w cannot rewrite standard input");
}

/** The layout of one file; throws if it does not hold the tokens and rules that the file holds. */
function layOut(path: string, file: PfFile): Result {
  const before = file.text;
  const after = formatPf(before);
  if (before === after) return { path, before, after };
  if (!sameWritten(before, after)) throw new Error(`the layout of ${path} has other tokens`);
  if (!sameRules(file, after)) throw new Error(`the layout of ${path} has other rules`);
  return { path, before, after };
}

/** Whether pf gets the same from a file with other text: all lines that `pfctl -nv` would print. */
function sameRules(file: PfFile, text: string): boolean {
  const [before, after] = [read(file, file.text), read(file, text)];
  if (before.accepted !== after.accepted) return false;
  const other = printed(after);
  for (const line of printed(before)) if (other.next().value !== line) return false;
  return other.next().done === true;
}

/** Reads as the host itself does, where what only the host can look up is no error. */
function read(file: PfFile, text: string): PfReading {
  const { include, path, resolve } = file;
  const input = { file: file.file, text, include, path, resolve, live: true };
  return readPf({ ...input, optimize: "none" }, file.environment);
}

function* printed({ main, loaded }: PfReading): Generator<string, undefined> {
  for (const it of [main, ...loaded]) {
    // the rules of a file with errors are not loaded; they stay the same all the same
    const whole: PfConfiguration = { ...it, accepted: true };
    yield* configurationText(whole, { numbers: false });
  }
}

/** Writes or prints what the options ask for; whether everything could be written. */
function deliver(results: readonly Result[], given: Given, io: Io): boolean {
  const { write, check, diff, json } = given.values;
  const changed = results.filter((it) => it.before !== it.after);
  const kept = write === true ? changed.filter((it) => !io.replaceFile(it.path, it.after)) : [];
  for (const { path } of kept) complain(`cannot write ${path}`, io);
  if (json === true) {
    const files = results.map((it) => ({ file: it.path, changed: changed.includes(it) }));
    io.out(document("fmt", [], { files }));
  } else if (diff === true) {
    for (const { path, before, after } of changed) {
      io.outBytes(unifiedDiff(shown`${path}`.text, before, after));
    }
  } else if (check === true) {
    for (const { path } of changed) io.out(`${shown`${path}`.text}\n`);
  } else if (write !== true) {
    for (const { after } of results) io.outBytes(after);
  }
  return kept.length === 0;
}

function complain(message: string, io: Io): void {
  const { bad } = io.paint.err;
  io.err(`${shown`${bad("error")}: ${message}`.text}\n`);
}
