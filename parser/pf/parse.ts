import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { Unread } from "../../model/unread.ts";
import { pfConfOf } from "./pf-conf.ts";
import { type PfInput, type PfReading, readPf } from "./read.ts";

/** What the engines take of one pf.conf and the files it names. */
export interface EngineReading {
  readonly conf: PfConf;
  readonly diagnostics: readonly Diagnostic[];
  /** Lines of all files that were read. */
  readonly lines: number;
  /** Every unread line, those of rules and tables included. */
  readonly unread: readonly Unread[];
  /** What pfctl would load and print. */
  readonly configuration: PfReading;
}

/**
 * Reads a pf.conf as the host itself loads it, for the engines: what pfctl cannot know from files
 * stays open, what it would reject stands as an unread rule in its place, and what the engines do
 * not model opens a bracket.
 *
 * Never throws, whatever the text.
 */
export function parsePf(input: PfInput, environment: Environment): EngineReading {
  let configuration = readPf({ ...input, live: true }, environment);
  if (configuration.unread.length > 0 && input.optimize === undefined) {
    // what stands between rules that are not understood must not be moved across it
    configuration = readPf({ ...input, live: true, optimize: "none" }, environment);
  }
  const conf = pfConfOf(configuration, environment.host);
  const { diagnostics, lines } = configuration;
  return { conf, diagnostics, lines, unread: conf.unread, configuration };
}
