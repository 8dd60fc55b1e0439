import type { Span } from "./source.ts";

/**
 * Configuration text that is not modelled, as data: it opens a bracket and is never skipped.
 *
 * `may` takes anything within the scope, `must` takes nothing (claims.md 4).
 */
export interface Unread {
  /** Stable within one reading of a site, e.g. `fw1/etc/pf.conf:12`. */
  readonly id: string;
  readonly span: Span;
  readonly scope: Scope;
  /** The words as written, one line, at most 200 characters. */
  readonly words: string;
  /** One clause: what the line could change, e.g. `may pass or block packets at this place`. */
  readonly effect: string;
  /** The line of `assume:` (or the edit) that settles it. */
  readonly settle: string;
}

/** How far an unread line can reach. */
export type Scope =
  /** Read, and proved to change nothing that a claim speaks of; reported only. */
  | { readonly kind: "nothing" }
  /** One position in one anchor of one host's ruleset. */
  | { readonly kind: "rule"; readonly host: string; readonly anchor: string }
  /** Every test of one host's pf. */
  | { readonly kind: "pf"; readonly host: string }
  /** A table whose contents are filled at run time. */
  | { readonly kind: "table"; readonly host: string; readonly table: string }
  | { readonly kind: "interface"; readonly host: string; readonly interface: string }
  /** An address that the interface learns from the network: it lies in no network declared elsewhere. */
  | { readonly kind: "address"; readonly host: string; readonly interface: string }
  /** The routing tables of one host. */
  | { readonly kind: "routes"; readonly host: string }
  | { readonly kind: "host"; readonly host: string };
