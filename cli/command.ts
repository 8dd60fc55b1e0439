import type { Exit, Io } from "./io.ts";

/** One subcommand: what it is called, what it takes, what it does. */
export interface Command {
  readonly name: string;
  /** One line for `pfproof --help`, starting with a verb. */
  readonly summary: string;
  /** Arguments as shown after the name in the usage lines, one string a form. */
  readonly usage: readonly string[];
  /** What the arguments mean, and what the exit code says; wrapped by hand. */
  readonly about: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly Example[];
  readonly run: (given: Given, io: Io) => Promise<Exit>;
}

export interface Option {
  readonly type: "string" | "boolean";
  /** One letter, for `-o`. */
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Word for the value in help texts. */
  readonly value?: string;
  readonly help: string;
}

export interface Example {
  readonly command: string;
  readonly says: string;
}

/** A command line after parsing. */
export interface Given {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, Value | readonly Value[] | undefined>>;
}

type Value = string | boolean;

/** Thrown by commands for a command line that makes no sense; ends in exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Options that every command has. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: "boolean", help: "answer as JSON (one object, format version 1)" },
  color: { type: "boolean", help: "colour even if the output is no terminal" },
  "no-color": { type: "boolean", help: "no colour; NO_COLOR in the environment does the same" },
  help: { type: "boolean", short: "h", help: "this text" },
};

/** A whole number among the options, at least `least`. */
export function numberOption(
  { values }: Given,
  name: string,
  fallback: number,
  least: number,
): number {
  const text = values[name];
  if (text === undefined) return fallback;
  const number = typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  throw new UsageError(`--${name} takes a whole number from ${least}, not \`${text}\``);
}

/** How often an option without a value was given. */
export function countOption({ values }: Given, name: string): number {
  const given = values[name];
  return Array.isArray(given) ? given.length : given === true ? 1 : 0;
}

/** The values of an option that may be given several times, in order. */
export function listOption({ values }: Given, name: string): readonly string[] {
  return [values[name] ?? []].flat().filter((it) => typeof it === "string");
}
