import type { DecidingLine, Reason, Script, Trace } from "./answer.ts";
import type { Service } from "./network.ts";
import type { Family } from "./packet.ts";
import type { Span } from "./source.ts";

/**
 * What `check` finds for one service of a required conduit, in one family (claims.md 3).
 *
 * `works`: for every choice of the network and every declared address of both ends, from empty state
 * tables, the opening packet arrives and its reply comes back. `fails`: a script shows that one does not.
 */
export interface RequiredAnswer {
  readonly from: string;
  readonly to: string;
  /** `id` of the conduit, if it has one. */
  readonly id?: string;
  /** Where the conduit stands. */
  readonly span: Span;
  readonly service: Service;
  readonly family: Family;
  readonly verdict: "works" | "fails" | "undecided";
  /** The opening packet, and its reply if that was sent; of `works` and of `fails`. */
  readonly witness?: { readonly script: Script; readonly traces: readonly Trace[] };
  /** Of `fails` only. */
  readonly failure?: RequiredFailure;
  /** Of `undecided` only, and never empty there. */
  readonly reasons: readonly Reason[];
}

/** Where a required flow dies. */
export interface RequiredFailure {
  /** Which packet does not arrive, and where it ends: one clause. */
  readonly text: string;
  /** The rule that drops it, if one does. */
  readonly decides?: DecidingLine;
  /** What would mend it, in one clause. */
  readonly mend: string;
}

/** What `check` finds for one way point of a conduit: its flows pass there, or some packet does not. */
export interface ViaAnswer {
  readonly from: string;
  readonly to: string;
  readonly id?: string;
  readonly span: Span;
  /** The host that the flows are to pass. */
  readonly via: string;
  readonly verdict: "proved" | "violated" | "undecided";
  /** Of `violated` only: packets of the conduit that arrive without passing there. */
  readonly witness?: { readonly script: Script; readonly traces: readonly Trace[] };
  readonly reasons: readonly Reason[];
}
