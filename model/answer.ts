import type { AdversaryLevel } from "./network.ts";
import type { Packet } from "./packet.ts";
import type { Span } from "./source.ts";
import type { Unread } from "./unread.ts";

/** What `check` finds for one ordered pair of zones. */
export interface PairAnswer {
  readonly from: string;
  readonly to: string;
  readonly verdict: "proved" | "violated" | "undecided";
  readonly level: AdversaryLevel;
  /** `violated` only. */
  readonly violation?: Violation;
  /** `violated` only: the waivers that know all of its violations; then it does not count. */
  readonly waivedBy?: readonly string[];
  /** `undecided` only: never empty there. */
  readonly reasons: readonly Reason[];
  /** Standing assumptions (claims.md 7) that the verdict needs beyond S1 … S4, S6 … S8. */
  readonly assumptions: readonly "S5"[];
  /** Whether a conduit allows some flow from `from` to `to`. */
  readonly conduit: boolean;
}

/** Classes of claims.md 2; `reply` answers a flow that no conduit allows. */
export type ViolationClass = "direct" | "punched" | "stolen" | "reply" | "layer 2" | "tunnel";

export interface Violation {
  readonly class: ViolationClass;
  readonly script: Script;
  /** One trace per packet of the script. */
  readonly traces: readonly Trace[];
  /** The rule that let the last packet through, or that made the state that did. */
  readonly decides?: DecidingLine;
}

export interface DecidingLine {
  readonly span: Span;
  readonly text: string;
}

/** Why a pair is undecided, and what settles it. */
export interface Reason {
  readonly text: string;
  readonly span?: Span;
  readonly unread?: Unread;
  readonly settle: string;
}

/** One to four packets in order. */
export type Script = readonly Emission[];

/** A place emits a frame. */
export interface Emission {
  /** Name of the zone, or the reference that the user gave. */
  readonly from: string;
  /** The station whose MAC the frame is sent to, or the host that emits it itself. */
  readonly at: { readonly host: string; readonly interface: string };
  /** Sent by the host's own stack rather than received on the interface. */
  readonly local: boolean;
  readonly packet: Packet;
  /** Tunnels whose outer header the frame travels in when it is emitted behind them. */
  readonly outer?: Packet;
}

/** The life of one emitted packet, in order; a flooded frame has several ends. */
export interface Trace {
  readonly steps: readonly Step[];
}

export type Step =
  | {
      readonly kind: "test";
      readonly host: string;
      readonly interface: string;
      readonly direction: "in" | "out";
      readonly rdomain: number;
      readonly packet: Packet;
      readonly verdict: "pass" | "block" | "skip" | "unknown";
      /** `state`: an existing state let it through; `rule` is then the rule that made it. */
      readonly by: "rule" | "state" | "default" | "skip" | "no pf";
      readonly rule?: DecidingLine & { readonly number: number; readonly anchor: string };
      /** A state was made. */
      readonly made: boolean;
      /** Emission (index in the script) whose packet made the state that was hit. */
      readonly creator?: number;
      /** What leaves the test, if translation changed it. */
      readonly becomes?: Packet;
    }
  | { readonly kind: "route"; readonly host: string; readonly rtable: number; readonly to: string }
  | {
      readonly kind: "switch";
      readonly host: string;
      readonly bridge: string;
      readonly from: string;
      readonly to: string;
    }
  | { readonly kind: "encapsulate" | "decapsulate"; readonly host: string; readonly tunnel: string }
  | { readonly kind: "delivered"; readonly place: string; readonly packet: Packet }
  | { readonly kind: "dropped"; readonly host: string; readonly reason: string };
