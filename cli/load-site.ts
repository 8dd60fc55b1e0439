import type { Diagnostic } from "../model/diagnostic.ts";
import type { Network } from "../model/network.ts";
import type { Sources } from "../model/source.ts";
import { diagnosticLines } from "../report/diagnostics.ts";
import { wrongInputJson } from "../report/json.ts";
import { linesOf } from "../report/paint.ts";
import type { Given } from "./command.ts";
import { Exit, type Io, type SiteReading } from "./io.ts";

/** A site that can be asked about. */
export interface LoadedSite {
  readonly network: Network;
  readonly sources: Sources;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a site and says what is wrong with it; nothing is returned if any file has an error. What
 * ifconfig, pfctl or a daemon of a host refuses is none: rc(8) goes on, and the site says what is open
 * then. A single pf.conf that pfctl refuses is one.
 */
export function loadSite(
  command: string,
  path: string,
  given: Given,
  io: Io,
): LoadedSite | undefined {
  return loaded(command, io.readSite(path), given, io);
}

/** The same of what was read already. */
export function loaded(
  command: string,
  { network, diagnostics, sources }: SiteReading,
  given: Given,
  io: Io,
): LoadedSite | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (network === undefined || errors.length > 0) {
    refuse(command, diagnostics, sources, given, io);
    return undefined;
  }
  if (given.values.json !== true) {
    io.err(linesOf(diagnosticLines(diagnostics, sources, io.paint.err)));
  }
  return { network, sources, diagnostics };
}

/** Reports a question that could not be asked. */
export function refuse(
  command: string,
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  given: Given,
  io: Io,
): Exit {
  if (given.values.json === true) io.out(wrongInputJson(command, diagnostics));
  else io.err(linesOf(diagnosticLines(diagnostics, sources, io.paint.err)));
  return Exit.wrongInput;
}
