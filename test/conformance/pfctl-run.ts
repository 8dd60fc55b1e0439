import type { Environment } from "../../model/environment.ts";
import { configurationText } from "../../parser/pf/configuration-text.ts";
import { STOCK_FINGERPRINTS } from "../../parser/pf/names/fingerprints.ts";
import { type PfInput, readPf } from "../../parser/pf/read.ts";

/** What the command line of a `pfctl -n` asks for. */
export interface PfctlFlags {
  /** Of `-f`; `-` is standard input. */
  readonly file: string;
  readonly defines: readonly (readonly [name: string, value: string])[];
  readonly anchor?: string;
  readonly optimize?: "none" | "basic";
  /** How often `-v` was given. */
  readonly verbose: number;
  /** `-N`: host names do not resolve. */
  readonly numeric: boolean;
}

/** Options of pfctl(8) that take an argument. */
const WITH_ARGUMENT = "aDFfiKkLopSsTtVx";

/** Reads the words behind `pfctl` as getopt(3) does; redirections are left out. */
export function pfctlFlags(commandLine: string): PfctlFlags {
  const words = commandLine.split(/\s+/).filter((word) => word !== "" && word !== "2>&1");
  let flags: PfctlFlags = { file: "-", defines: [], verbose: 0, numeric: false };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-") || word === "-") continue;
    for (let letter = 1; letter < word.length; letter++) {
      const option = word.charAt(letter);
      if (!WITH_ARGUMENT.includes(option)) {
        flags = withLetter(flags, option);
        continue;
      }
      const rest = word.slice(letter + 1);
      flags = withArgument(flags, option, rest === "" ? (words[++at] ?? "") : rest);
      break;
    }
  }
  return flags;
}

function withLetter(flags: PfctlFlags, option: string): PfctlFlags {
  if (option === "v") return { ...flags, verbose: flags.verbose + 1 };
  return option === "N" ? { ...flags, numeric: true } : flags;
}

function withArgument(flags: PfctlFlags, option: string, value: string): PfctlFlags {
  switch (option) {
    case "a":
      return { ...flags, anchor: value };
    case "D": {
      const at = value.lastIndexOf("=");
      const define = [value.slice(0, at), value.slice(at + 1)] as const;
      return { ...flags, defines: [...flags.defines, define] };
    }
    case "f":
      return { ...flags, file: value };
    case "o":
      return { ...flags, optimize: value === "none" ? "none" : "basic" };
    default:
      return flags;
  }
}

/** What the reader is asked when pfctl is called with `flags` and finds `text` in the file. */
export function pfctlInput(flags: PfctlFlags, text: string, include?: PfInput["include"]): PfInput {
  const { anchor, optimize, defines, verbose } = flags;
  return {
    file: flags.file === "-" ? "stdin" : flags.file,
    text,
    defines,
    verbose: verbose > 1,
    ...(include === undefined ? {} : { include }),
    ...(anchor === undefined ? {} : { anchor }),
    ...(optimize === undefined ? {} : { optimize }),
  };
}

/** What a run of pfctl leaves: the exit status and both outputs, a character a byte. */
export interface PfctlRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs our reader as pfctl; an exception, which no text may cause, is told as its own status. */
export function runPfctl(
  commandLine: string,
  text: string,
  environment: Environment,
  include?: PfInput["include"],
): PfctlRun {
  const flags = pfctlFlags(commandLine);
  try {
    return answerTo(flags, pfctlInput(flags, text, include), environment);
  } catch (error) {
    const told = error instanceof Error ? error.stack : String(error);
    return { status: 70, stdout: "", stderr: `exception: ${told}\n` };
  }
}

function answerTo(flags: PfctlFlags, input: PfInput, environment: Environment): PfctlRun {
  const { hosts = new Map(), ...nameless } = environment;
  const reading = readPf(input, flags.numeric ? nameless : { ...nameless, hosts });
  const numbers = flags.verbose > 1;
  const lines = [reading.main, ...reading.loaded].flatMap((it) => {
    return flags.verbose > 0 ? [...configurationText(it, { numbers })] : [];
  });
  // the rules of an anchor come without fingerprints
  if (numbers && flags.anchor === undefined)
    lines.unshift(`Loaded ${STOCK_FINGERPRINTS} passive OS fingerprints`);
  return {
    status: reading.accepted ? 0 : 1,
    stdout: textOf(lines),
    stderr: textOf(reading.stderr),
  };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
