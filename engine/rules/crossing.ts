import type { Packet } from "../../model/packet.ts";
import type { Rule } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import type { State } from "./state.ts";

/** One packet at one interface, in the moment that pf is asked. */
export interface Crossing {
  readonly direction: "in" | "out";
  readonly interface: string;
  /** Outbound only: interface on which a forwarded packet came in. */
  readonly receivedOn?: string;
  readonly packet: Packet;
  /** Tag that the packet carries. */
  readonly tag?: string;
  /** Routing table of the packet, and the domain that the table belongs to. */
  readonly rtable: number;
  readonly rdomain: number;
  /** Index in its script of the emission that the packet comes from. */
  readonly emission: number;
}

/** What pf makes of a {@link Crossing}. */
export interface Outcome {
  readonly verdict: "pass" | "block" | "unknown";
  /** `default`: no rule matched, or the packet was dropped before any was asked. */
  readonly by: "rule" | "state" | "default" | "skip" | "no pf";
  /** The deciding rule; of a state, the rule that made it. */
  readonly rule?: Rule;
  /** `match` rules that took part, in order of evaluation. */
  readonly matched: readonly Rule[];
  readonly made?: State;
  readonly hit?: State;
  /** As it leaves the test; as it came if it is not passed. */
  readonly packet: Packet;
  readonly tag?: string;
  readonly rtable: number;
  /** `unknown` only: lines that could change the outcome. */
  readonly unread: readonly Unread[];
  /** Why it is dropped or unknown, if the rule alone does not say. */
  readonly reason?: string;
}
