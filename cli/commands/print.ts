import type { Diagnostic } from "../../model/diagnostic.ts";
import { configurationText } from "../../parser/pf/configuration-text.ts";
import { STOCK_FINGERPRINTS } from "../../parser/pf/names/fingerprints.ts";
import type { PfInput, PfReading } from "../../parser/pf/read.ts";
import { ruleText } from "../../parser/pf/rule-text.ts";
import { diagnosticLines } from "../../report/diagnostics.ts";
import { linesOf } from "../../report/paint.ts";
import { pfRulesJson } from "../../report/pf-rules.ts";
import { readable } from "../../report/readable.ts";
import type { PfFile } from "../../site/pf-files.ts";
import { type Command, countOption, type Given, UsageError } from "../command.ts";
import { Exit, type Io } from "../io.ts";
import { loadSite } from "../load-site.ts";
import { bytesOf, interfaceTable, PF_OPTIONS, pfInputOf, readPfFile } from "../pf-input.ts";

/** `pfproof print etc/pf.conf` */
export const printCommand: Command = {
  name: "print",
  summary: "print the rules of a pf.conf expanded, as pfctl -nvf does",
  usage: ["PF.CONF", "SITE"],
  about: [
    "Macros are replaced, lists expanded and rules optimized: byte for byte what pfctl of OpenBSD 7.8",
    "prints. A SITE prints the rules of every host, with interface names resolved against its",
    "hostname.* files. A PF.CONF alone (`-` is standard input) knows of no interfaces but those of",
    "--interfaces, a file with one a line:",
    "",
    "  em0 group=egress inet 192.0.2.1/24 inet6 2001:db8::1/64",
    "  tun0 group=tun inet 10.9.9.1/32 peer 10.9.9.2",
    "  @host www.example 192.0.2.80 2001:db8::80      names that resolve; there are no others",
    "  @rtable 1 5                                    routing tables besides 0",
    "",
    "Files that it names are read below its own directory, /etc/x as x there, and nowhere else.",
    "The exit code is 2 if pfctl would not load one of the files.",
  ],
  options: {
    ...PF_OPTIONS,
    anchor: {
      type: "string",
      short: "a",
      value: "ANCHOR",
      help: "read the file as the rules of this anchor",
    },
    verbose: {
      type: "boolean",
      short: "v",
      multiple: true,
      help: "-v is what print always does, -vv adds rule numbers and warnings",
    },
    numbers: { type: "boolean", help: "the same as -vv" },
  },
  examples: [
    { command: "pfproof print fw1/etc/pf.conf", says: "rules in the order in which pf reads them" },
    {
      command: "pfproof print .",
      says: "every host of the site, each under a comment with its name",
    },
    {
      command: "pfproof print -o none -vv --interfaces ifaces pf.conf",
      says: "as pfctl -o none -nvvf on a system with these interfaces",
    },
    {
      command: "pfproof print --json pf.conf",
      says: "every field of every rule; pf-rules.schema.json describes them",
    },
  ],

  async run(given, io) {
    const [path, ...extra] = given.positionals;
    if (path === undefined || extra.length > 0)
      throw new UsageError("print takes one PF.CONF or SITE");
    const question = questionOf(given);
    const table = await interfaceTable("print", given, io);
    if (typeof table === "number") return table;

    const alone = await io.readPfFile(path);
    const site = alone === undefined ? loadSite("print", path, given, io) : undefined;
    if (alone === undefined && site === undefined) return Exit.wrongInput;
    if (site !== undefined && table !== undefined) {
      throw new UsageError("--interfaces goes with one PF.CONF: a SITE has its own");
    }
    const files =
      alone === undefined ? io.readHostPfFiles(path, site?.network.hosts ?? []) : [alone];
    // the host of a site is the system itself: what `pfctl -n` alone refuses is loaded there
    const live = alone === undefined;
    const read = files.map((file) => ({
      file,
      reading: readPfFile(file, table, { ...question.input, live }),
    }));
    if (given.values.json === true) printJson(read, site?.diagnostics ?? [], io);
    else for (const it of read) printText(it, { ...question, titled: files.length > 1 }, io);
    return read.every(({ reading }) => reading.accepted) ? Exit.proved : Exit.wrongInput;
  },
};

/** What the options ask for. */
interface Question {
  readonly input: Pick<PfInput, "defines" | "anchor" | "optimize" | "verbose">;
  /** `-vv` */
  readonly numbers: boolean;
}

function questionOf(given: Given): Question {
  const { anchor } = given.values;
  const numbers = given.values.numbers === true || countOption(given, "verbose") > 1;
  return {
    numbers,
    input: {
      ...pfInputOf(given),
      verbose: numbers,
      ...(typeof anchor === "string" ? { anchor: bytesOf(anchor) } : {}),
    },
  };
}

interface Read {
  readonly file: PfFile;
  readonly reading: PfReading;
}

const CHUNK = 4096;

/** What pfctl prints, and under it, on standard error, what is wrong. */
function printText(
  { file, reading }: Read,
  { numbers, titled }: { readonly numbers: boolean; readonly titled: boolean },
  io: Io,
): void {
  let lines: string[] = titled ? [`# ${bytesOf(file.host)}`] : [];
  // pfctl reads no fingerprints for an anchor
  if (numbers && reading.main.anchor === "")
    lines.push(`Loaded ${STOCK_FINGERPRINTS} passive OS fingerprints`);
  const flush = (): void => {
    if (lines.length > 0) io.outBytes(lines.map((line) => `${line}\n`).join(""));
    lines = [];
  };
  for (const configuration of [reading.main, ...reading.loaded]) {
    for (const line of configurationText(configuration, { numbers })) {
      lines.push(line);
      if (lines.length === CHUNK) flush();
    }
  }
  flush();
  const { diagnostic, sources } = readable(file.sources);
  const said = reading.diagnostics.map(diagnostic);
  io.err(linesOf(diagnosticLines(said, sources, io.paint.err)));
}

function printJson(read: readonly Read[], diagnostics: readonly Diagnostic[], io: Io): void {
  const hosts = read.map(({ file: { host, sources }, reading }) => ({
    host,
    sources,
    diagnostics: reading.diagnostics,
    configurations: [reading.main, ...reading.loaded],
  }));
  io.out(pfRulesJson(hosts, diagnostics, (rule) => ruleText(rule)));
}
