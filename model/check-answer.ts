import type { DecidingLine, PairAnswer, Trace } from "./answer.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { AdversaryLevel, Assumption, Waiver } from "./network.ts";
import type { Family } from "./packet.ts";
import type { RequiredAnswer, ViaAnswer } from "./required.ts";
import type { Survey } from "./survey.ts";
import type { Unread } from "./unread.ts";

/** What `check` finds: one answer per ordered pair of zones, and what the answers rest on. */
export interface CheckAnswer {
  readonly level: AdversaryLevel;
  /** Zones that were asked about, `hosts` and `unplaced` included if they have places. */
  readonly zones: readonly string[];
  /** Empty if the site names no zones: then nothing is proved. */
  readonly pairs: readonly PairAnswer[];
  /** One for each service and family of a required conduit, in the order of site.yaml. */
  readonly required: readonly RequiredAnswer[];
  /** One for each way point (`via`) of a conduit, in the order of site.yaml. */
  readonly wayPoints: readonly ViaAnswer[];
  /** Standing assumptions that the verdicts need, in order. */
  readonly assumptions: readonly StandingAssumption[];
  /** What site.yaml settles by `assume:`, in its order. */
  readonly assumed: readonly Assumption[];
  /** Waivers that have not expired, in the order of site.yaml. */
  readonly waivers: readonly Waiver[];
  /** Drawn scripts that attacked the proofs and were refused by the simulator. */
  readonly attack: { readonly scripts: number; readonly seed: number };
  readonly findings: readonly Diagnostic[];
  /** Every unread line of the site; pairs name those that matter for them. */
  readonly brackets: readonly Unread[];
  /** What each interface lets in by default; only where there is no pair to ask about. */
  readonly defaults: readonly InterfaceDefault[];
  readonly survey: Survey;
  /**
   * A pair that the sets proved and a drawn script refuted: an error in pfproof. The pair is in
   * `pairs` as violated, since the simulator confirms the script.
   */
  readonly refuted?: { readonly from: string; readonly to: string };
  /** Set if the search ended early; pairs that were not finished are undecided. */
  readonly stopped?: "budget" | "cancelled";
}

/** The assumptions of claims.md 7. */
export type StandingAssumption = "S1" | "S2" | "S3" | "S4" | "S5" | "S6" | "S7" | "S8";

/** What happens to a packet of `family` that arrives on an interface, whatever its other fields. */
export interface InterfaceDefault {
  readonly host: string;
  readonly interface: string;
  readonly family: Family;
  /** `depends`: some packets pass and some do not. `unknown`: an unread line decides. */
  readonly verdict: "pass" | "block" | "depends" | "unknown";
  /** The rule that decides, if one rule decides for every packet; none if no rule matches. */
  readonly rule?: DecidingLine & { readonly number: number; readonly anchor: string };
}

/** What `trace` finds: the life of each packet, in the order of the script. */
export interface TraceAnswer {
  readonly traces: readonly Trace[];
}

/** How far a question is; `total` is 0 while it is not known. */
export interface Progress {
  /** One or two words: `closing`, `attacking`. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}
