import type { DecidingLine } from "./answer.ts";
import type { PfPacket } from "./pf-packet.ts";
import type { Span } from "./source.ts";

/** What became of a script of packets in one running pf. */
export interface PfTrace {
  readonly steps: readonly PfStep[];
  /** Entries of the state table at the end. */
  readonly states: number;
}

export type PfStep = PfPacketStep | PfNoPacketStep | PfCommandStep;

/** One line of the script and where it stands. */
interface ScriptPlace {
  readonly span: Span;
  /** As written. */
  readonly line: string;
}

/** A packet that crossed an interface. */
export interface PfPacketStep extends ScriptPlace {
  readonly kind: "packet";
  /** Packets are counted from 1. */
  readonly number: number;
  readonly interface: string;
  readonly direction: "in" | "out";
  /** Sent on, not made here. */
  readonly forwarded: boolean;
  /** Number of the packet that it answers, or that it is the next leg of. */
  readonly answers: number | undefined;
  readonly continues: number | undefined;
  readonly packet: PfPacket;
  readonly test: PfTest;
}

/** A `reply` or `forward` that there was no packet for. */
export interface PfNoPacketStep extends ScriptPlace {
  readonly kind: "nothing";
  readonly number: number;
  /** A clause. */
  readonly reason: string;
}

/** `wait`, `flush`, `kill`, `table`. */
export interface PfCommandStep extends ScriptPlace {
  readonly kind: "command";
  /** pfctl would have refused it: nothing changed. */
  readonly refused: boolean;
}

/** What pf did with a packet in one crossing. */
export interface PfTest {
  /** `gone`: pf took the packet itself: it waits, was routed, diverted, translated or answered. */
  readonly verdict: "pass" | "drop" | "gone";
  /**
   * `skip`: set skip; `fragment`: it waits for the others; `headers`: dropped before rules and
   * states mattered; `default`: no pass or block rule matched; `cookie`: answered with a syncookie;
   * `own`: pf made the packet and does not look at it again.
   */
  readonly by: "rule" | "state" | "default" | "skip" | "fragment" | "headers" | "cookie" | "own";
  /** Who decided; of a state the rule that made it. */
  readonly rule: TracedRule | undefined;
  readonly state: "none" | "made" | "found";
  /** `match` rules in the order of their matching; of a state those of its making. */
  readonly matched: readonly TracedRule[];
  /** As in `pfctl -si`; empty: none. */
  readonly reason: string;
  /** What leaves pf, if it is not what came. */
  readonly becomes: PfPacket | undefined;
  /** Milliseconds of `set delay`. */
  readonly delay: number;
  /** To a local socket by `divert-to` or `divert-reply`. */
  readonly diverted: boolean;
  readonly logs: readonly PfLog[];
  readonly sent: readonly PfSent[];
  /** The evaluation on the way out that `route-to` makes. */
  readonly second: PfTest | undefined;
  /** Every rule that was tested, in order; absent: nobody asked, or no rules were. */
  readonly tested: readonly TestedRule[] | undefined;
  /** Questions of rules that could change the verdict and that nothing given answers. */
  readonly open: readonly OpenQuestion[];
  /** A random number was drawn: a port, a sequence number, a probability. */
  readonly drawn: boolean;
}

export interface TracedRule extends DecidingLine {
  readonly number: number;
  /** Path; the main ruleset is the empty string. */
  readonly anchor: string;
  readonly action: "pass" | "block" | "match" | "anchor";
  readonly quick: boolean;
}

export interface TestedRule {
  readonly rule: TracedRule;
  /** Absent: the rule matched. */
  readonly failed: FailedCriterion | undefined;
  /** It is the one that decided. */
  readonly decides: boolean;
}

/** The first criterion that the packet does not meet. */
export interface FailedCriterion {
  /** Words of pf.conf: `to port`, `flags`, `received-on`. */
  readonly criterion: string;
  /** What the rule asks for, as pf.conf writes it. */
  readonly wanted: string;
  /** What the packet has; absent: there is no such value. */
  readonly given: string | undefined;
}

export interface OpenQuestion {
  /** A clause: what is not known. */
  readonly question: string;
  /** What to give, so that it is. */
  readonly help: string;
  readonly rule: TracedRule | undefined;
}

/** One record on pflog: the rule, or the anchor rule and the number inside; -1: none. */
export interface PfLog {
  readonly rule: number;
  readonly inner: number;
  /** As in `pfctl -si`. */
  readonly reason: string;
}

/** A packet that pf made, or sent another way. */
export type PfSent =
  | { readonly kind: "packet"; readonly packet: PfPacket }
  | { readonly kind: "icmp"; readonly type: number; readonly code: number }
  | {
      readonly kind: "routed";
      readonly packet: PfPacket;
      readonly interface: string;
      readonly gateway: string;
    }
  /** After af-to: sent on, or to the host itself. */
  | { readonly kind: "translated"; readonly packet: PfPacket; readonly local: boolean }
  | { readonly kind: "divert"; readonly port: number };

/** What pf did with one packet of many. */
export interface BatchVerdict {
  /** `open`: a question that nothing given answers may decide. */
  readonly verdict: "pass" | "drop" | "gone" | "open";
  /** Who decided, of a state the rule that made it; undefined: no rule. */
  readonly rule: { readonly anchor: string; readonly number: number } | undefined;
  readonly state: "made" | "found" | "none";
}
