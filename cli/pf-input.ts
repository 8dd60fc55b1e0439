import type { Environment } from "../model/environment.ts";
import { readInterfaceTable } from "../parser/pf/interface-table.ts";
import { type PfInput, type PfReading, readPf } from "../parser/pf/read.ts";
import type { PfFile } from "../site/pf-files.ts";
import { type Given, listOption, type Option, UsageError } from "./command.ts";
import type { Exit, Io } from "./io.ts";
import { refuse } from "./load-site.ts";

/** Options of every command that reads one pf.conf as pfctl does. */
export const PF_OPTIONS: Readonly<Record<string, Option>> = {
  interfaces: { type: "string", value: "FILE", help: "interfaces and names of the system" },
  optimize: {
    type: "string",
    short: "o",
    value: "none|basic",
    help: "the ruleset optimizer (basic, unless the file says none)",
  },
  define: {
    type: "string",
    short: "D",
    value: "NAME=VALUE",
    multiple: true,
    help: "a macro that the file cannot change; several are allowed",
  },
};

/** What {@link PF_OPTIONS} say to the reader. */
export function pfInputOf(given: Given): Pick<PfInput, "defines" | "optimize"> {
  const { optimize } = given.values;
  const level = (["none", "basic"] as const).find((it) => it === optimize);
  if (optimize !== undefined && level === undefined) {
    throw new UsageError(`--optimize takes none or basic, not \`${optimize}\``);
  }
  const defines = listOption(given, "define").map((text) => {
    const at = text.lastIndexOf("=");
    if (at < 1) throw new UsageError(`--define takes NAME=VALUE, not \`${text}\``);
    return [bytesOf(text.slice(0, at)), bytesOf(text.slice(at + 1))] as const;
  });
  return { defines, ...(level === undefined ? {} : { optimize: level }) };
}

/** Words of the command line, a character a byte. */
export function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** The surroundings that `--interfaces` names; an exit code if they are refused. */
export async function interfaceTable(
  command: string,
  given: Given,
  io: Io,
): Promise<Environment | undefined | Exit> {
  const path = given.values.interfaces;
  if (typeof path !== "string") return undefined;
  const text = await io.readFile(path);
  if (text === undefined) throw new UsageError(`\`${path}\` cannot be read`);
  const { environment, diagnostics } = readInterfaceTable(path, text);
  if (diagnostics.length === 0) return environment;
  return refuse(command, diagnostics, new Map([[path, text]]), given, io);
}

/** Reads a pf.conf as pfctl does on the system of `table`, or of its site. */
export function readPfFile(
  file: PfFile,
  table: Environment | undefined,
  input: Pick<PfInput, "defines" | "anchor" | "optimize" | "verbose" | "live">,
): PfReading {
  const environment = table === undefined ? file.environment : { ...table, host: file.host };
  const { text, include, path } = file;
  const resolve = (name: string) => environment.hosts?.get(name) ?? file.resolve(name);
  return readPf({ file: file.file, text, include, path, resolve, ...input }, environment);
}
