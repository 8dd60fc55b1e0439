/** A file that cannot be read, in the system's words: `Is a directory`. */
interface FileError {
  readonly error: string;
}

/** What `readPf` reads, and what it may ask for. */
export interface PfInput {
  /** The name that messages give, e.g. `stdin`. */
  readonly file: string;
  /** One character a byte where bytes matter (latin1). */
  readonly text: string;
  /** An included, table, fingerprint or anchor file; undefined if there is none of that name. */
  readonly include?: (name: string) => string | FileError | undefined;
  /** Where a file of `include` lies, for spans; its name if absent. */
  readonly path?: (name: string) => string;
  /** The addresses of a host name; absent: those of the environment. */
  readonly resolve?: (name: string) => readonly string[] | undefined;
  /** Macros of `-D`, which the file cannot change. */
  readonly defines?: readonly (readonly [name: string, value: string])[];
  /** `-a`: the anchor that the file fills. */
  readonly anchor?: string;
  /** `-o`; absent: basic unless the file says otherwise. */
  readonly optimize?: "none" | "basic";
  /** `-v -v`: warnings about unused macros and unknown fingerprints. */
  readonly verbose?: boolean;
  /**
   * True: as pfctl on the host itself, names that only it can look up stay open. Absent: as
   * `pfctl -n`, they fail, and only one table may stand inside braces.
   */
  readonly live?: boolean;
  /** Number of rules to stop at; a million if absent. */
  readonly mostRules?: number;
}
