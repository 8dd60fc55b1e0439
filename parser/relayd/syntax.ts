import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Span } from "../../model/source.ts";

/** An address, an interface or a name, as written. */
export interface Named {
  readonly text: string;
  readonly span: Span;
}

/** `listen on ADDRESS [PROTOCOL] port FIRST[:LAST] [interface IF]`. */
export interface Listener {
  readonly address: Named;
  /** Word of protocols(5). */
  readonly protocol: string;
  /** As written: `http`, `80`, `80:90`. */
  readonly port: string;
  readonly interface?: string;
}

/** `forward to …` or `route to …`. */
export interface Target {
  /** Addresses and names of all hosts of the table, or the one that stands there. */
  readonly hosts: readonly Named[];
  /** As written. */
  readonly port?: string;
  readonly interface?: string;
}

export interface Redirect {
  readonly name: string;
  readonly listeners: readonly Listener[];
  /** The table and its backup. */
  readonly targets: readonly Target[];
  readonly routes: boolean;
  readonly tag?: string;
  /** `match pftag`: the rule is `match` and decides nothing. */
  readonly matches: boolean;
  readonly sticky: boolean;
  readonly mode: "round-robin" | "least-states";
  readonly disabled: boolean;
  readonly span: Span;
}

export interface RelayBlock {
  readonly name: string;
  readonly listeners: readonly Listener[];
  readonly targets: readonly Target[];
  /** `forward to destination`, `nat lookup`, or `destination` by divert: wherever the client wanted to go. */
  readonly anyDestination: boolean;
  readonly transparent: boolean;
  readonly disabled: boolean;
  readonly span: Span;
}

export interface RelaydReading {
  readonly redirects: readonly Redirect[];
  readonly relays: readonly RelayBlock[];
  /** `router` blocks: relayd sets and removes their routes. */
  readonly routers: readonly Named[];
  /** False: an error, or an included file that is not here: relayd would not start, or have more. */
  readonly complete: boolean;
  /** Names that `include` asked for. */
  readonly included: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Text of an included file and the name it is shown under. */
export interface Included {
  readonly file: string;
  readonly text: string;
}
