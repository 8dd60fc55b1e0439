/** A file of a host as the site found it. */
export interface HostFile {
  /** Where it lies on the host: `/etc/pf.conf`. */
  readonly path: string;
  /** Path that spans show: relative to the site. */
  readonly file: string;
  /** Undefined: it is no text that anybody could read; `reason` says why. Read when asked for. */
  readonly text: string | undefined;
  readonly reason?: string;
}

/** Everything that is known of one host. */
export interface HostInput {
  readonly name: string;
  /** Directory or file that spans point at when no line of a file is to blame. */
  readonly at: string;
  readonly files: readonly HostFile[];
  /** True: somebody asks about one pf.conf and nothing else; absent: about a running host. */
  readonly isPfConf?: boolean;
}
