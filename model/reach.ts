import type { DecidingLine, PairAnswer, Reason, Script, Trace, Violation } from "./answer.ts";
import type { CheckAnswer } from "./check-answer.ts";
import type { Packet } from "./packet.ts";
import type { Regions } from "./region.ts";

/** What `reach` finds: whether anything gets from one zone into another that it was not asked for. */
export interface ReachAnswer
  extends Pick<PairAnswer, "from" | "to" | "level">,
    Pick<CheckAnswer, "assumptions" | "assumed" | "attack"> {
  /** `yes` iff the simulator confirms {@link witness}; `no` iff nothing gets in, in any run. */
  readonly verdict: "yes" | "no" | "perhaps";
  /** What gets in, or may; empty if nothing does, or if the search ended early. */
  readonly flows: readonly ReachFlow[];
  /** `yes` only. */
  readonly witness?: Violation;
  /** `perhaps` only: what is not known, and what settles it. */
  readonly reasons: readonly Reason[];
  /** What keeps packets out; only where nothing gets in, not even perhaps. */
  readonly blocked?: Blocked;
  /** The sets said no and a drawn script got in: an error in pfproof. */
  readonly refuted: boolean;
  /** Set if the search ended early: what is missing was not found out. */
  readonly stopped?: "budget" | "cancelled";
}

/** Packets that get in, as they arrive. */
export interface ReachFlow {
  /**
   * `itself`: without any state. `state`: on a state that somebody else than the receiver made, or as
   * a reply that no conduit allows. `error`: ICMP errors, told by the packets that they imitate.
   */
  readonly by: "itself" | "state" | "error";
  /** Whatever the lines that are not understood hold. */
  readonly sure: boolean;
  /** A conduit of the site allows them. */
  readonly conduit: boolean;
  readonly packets: Regions;
}

/** Why nothing gets in: the ways that the fewest pf tests block. */
export interface Blocked {
  /** pf tests that drop packets on each of {@link paths}; absent if there is no way at all. */
  readonly tests?: number;
  /** Shortest first, at most ten. */
  readonly paths: readonly BlockedPath[];
  /** There are more ways with as few blocking tests. */
  readonly truncated: boolean;
  /** Where all packets end that no pf test drops, if there is no way. */
  readonly ends: readonly WayEnd[];
}

/**
 * A way through the network, taken by a single packet that finds no state, as if the tests that block
 * it had let it pass unchanged.
 */
export interface BlockedPath {
  /** One of the packets. */
  readonly script: Script;
  /** Goes on behind tests whose verdict is `block`. */
  readonly trace: Trace;
  /** All packets that take this way, as they are sent. */
  readonly packets: Regions;
  /** The tests that block, in order. */
  readonly tests: readonly BlockedTest[];
  /** Lines that are not understood, without which this is no way. */
  readonly reasons: readonly Reason[];
}

/** A pf test that drops packets. */
export interface BlockedTest {
  readonly host: string;
  readonly interface: string;
  readonly direction: "in" | "out";
  readonly rdomain: number;
  /** Who drops packets of the way here, at most ten; the one that drops the packet of the script first. */
  readonly deciders: readonly Decider[];
  /** Rules that drop others of them and are not in {@link deciders}. */
  readonly more: number;
}

/** A rule that drops packets; no rule: pf has no room for more anchors. */
export interface Decider {
  readonly rule?: DecidingLine & { readonly number: number; readonly anchor: string };
  /** One that it drops. */
  readonly packet: Packet;
}

/** The end of a way that no pf test is to blame for. */
export interface WayEnd {
  /** Absent: no host is there. */
  readonly host?: string;
  readonly reason: string;
}
