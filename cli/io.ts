import type { Diagnostic } from "../model/diagnostic.ts";
import type { Host } from "../model/host.ts";
import type { Network } from "../model/network.ts";
import type { Sources } from "../model/source.ts";
import type { Paint } from "../report/paint.ts";
import type { PfFile } from "../site/pf-files.ts";
import type { Ask } from "./question.ts";
import type { writeSiteFile } from "./site-file.ts";

/** What a command may touch of the outside world; tests pass their own. */
export interface Io {
  readonly version: string;
  readonly readSite: (path: string) => SiteReading;
  /** The hosts of a directory, whatever its site.yaml says: what `init` writes one for. */
  readonly readHosts: (path: string) => SiteReading;
  /** The name of the site.yaml that a directory has, if it has one. */
  readonly siteFileIn: (directory: string) => string | undefined;
  /** Writes the site.yaml of a directory, in whole or not at all. */
  readonly writeSiteFile: typeof writeSiteFile;
  /** A pf.conf that stands alone; `-` is standard input. Nothing if it is no file. */
  readonly readPfFile: (path: string) => Promise<PfFile | undefined>;
  /** The pf.conf of every host of a site, as {@link readSite} found them. */
  readonly readHostPfFiles: (path: string, hosts: readonly Host[]) => readonly PfFile[];
  /** Text of a file, or nothing if it cannot be read; `-` is standard input. */
  readonly readFile: (path: string) => Promise<string | undefined>;
  /**
   * Lines of a file without their ends, in portions as they come, or nothing if it cannot be read;
   * `-` is standard input.
   */
  readonly readLines: (path: string) => AsyncIterable<readonly string[]> | undefined;
  /** Writes a file into the current directory; returns whether that worked. */
  readonly writeFile: (name: string, text: string) => boolean;
  /** Puts a text, a character a byte, in the place of a file; returns whether that worked. */
  readonly replaceFile: (path: string, text: string) => boolean;
  /** Hands a question to the engine; throws {@link EngineStopped} if there is no answer. */
  readonly ask: Ask;
  readonly out: (text: string) => void;
  /** Writes text with a character a byte; on a terminal, what could act on it is made visible. */
  readonly outBytes: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: { readonly out: Paint; readonly err: Paint };
}

/** A site as `site/` reads it; without a network no question can be asked. */
export interface SiteReading {
  readonly network?: Network;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
}

/** Exit codes, the same for every command; documented in README.md, "Exit codes". */
export const Exit = {
  /** Proved; or the packet arrives, the rules are printed, the site is shown. */
  proved: 0,
  /** A violation was found and confirmed; or the packet does not arrive. */
  violated: 1,
  /** The question could not be asked: usage, unreadable or invalid files. */
  wrongInput: 2,
  /** An unread line matters, a limit was reached, or there was nothing to ask. */
  undecided: 3,
} as const;

export type Exit = (typeof Exit)[keyof typeof Exit];

/** Thrown by {@link Io.ask} when the engine ended without an answer. */
export class EngineStopped extends Error {
  override readonly name = "EngineStopped";
}
