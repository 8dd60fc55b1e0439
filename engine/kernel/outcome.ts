import type { LiveRule } from "./live-rule.ts";
import type { KernelPacket } from "./packet.ts";
import type { State } from "./state.ts";

/** Reasons as pf numbers them (PFRES_*). */
export const REASON = {
  match: 0,
  fragment: 2,
  short: 3,
  normalize: 4,
  memory: 5,
  badTimestamp: 6,
  ipOption: 8,
  badState: 10,
  sourceLimit: 13,
  synproxy: 14,
  translate: 15,
} as const;

/** What pf did with one packet in one crossing. */
export interface Outcome {
  /** `gone`: pf took it: it waits for fragments, was routed, diverted, translated, answered. */
  verdict: "pass" | "drop" | "gone";
  /** False: pf ended before it looked at rules or states (skip, a waiting fragment). */
  decided: boolean;
  /** Who decided; of a state the rule that made it. Absent: the implicit rule, or none. */
  rule: LiveRule | undefined;
  /** `dropped`: before rules and states mattered. */
  state: "none" | "new" | "hit" | "dropped";
  /** The state that was made or hit; good until the clock moves or states are flushed. */
  entry: State | undefined;
  /** `match` rules in the order of their matching; of a state those of its making. */
  matched: readonly LiveRule[] | undefined;
  /** One of {@link REASON}; 0: none is reported. */
  reason: number;
  /** As it left pf. */
  packet: KernelPacket;
  /** Marked for `divert-to` or `divert-reply`. */
  diverted: boolean;
  /** Routing action of the state. */
  routed: "route-to" | "dup-to" | "reply-to" | undefined;
  /** The evaluation in the other direction that `route-to` makes. */
  second: Outcome | undefined;
  /** Milliseconds of `set delay`. */
  delay: number;
  logs: LogRecord[];
  generated: Generated[];
}

/** One record on pflog. */
export interface LogRecord {
  /** The rule, or the anchor rule of the main ruleset… that called it (see A14); -1: implicit. */
  readonly rule: number;
  /** Number inside the anchor; -1: the rule stands in the main ruleset. */
  readonly inner: number;
  readonly reason: number;
}

/** A packet that pf made, or sent another way. */
export type Generated =
  | { readonly kind: "send"; readonly packet: KernelPacket }
  | { readonly kind: "icmp"; readonly type: number; readonly code: number }
  | {
      readonly kind: "routed";
      readonly packet: KernelPacket;
      readonly interface: string;
      readonly gateway: bigint;
    }
  /** After af-to: `affwd` goes on to be forwarded, `afout` to the host itself. */
  | { readonly kind: "affwd" | "afout"; readonly packet: KernelPacket }
  | { readonly kind: "divert"; readonly port: number };

/** pf ended before it looked at rules or states. */
export function undecided(packet: KernelPacket, verdict: "pass" | "gone"): Outcome {
  return { ...emptyOutcome(packet), verdict, decided: false };
}

/** Before rules and states mattered: logged with the implicit rule. */
export function dropped(packet: KernelPacket, reason: number, logged: boolean): Outcome {
  return {
    ...emptyOutcome(packet),
    verdict: "drop",
    state: "dropped",
    reason,
    logs: logged ? [{ rule: -1, inner: -1, reason }] : [],
  };
}

/** The packet passed, nobody having said anything of it. */
export function emptyOutcome(packet: KernelPacket): Outcome {
  return {
    verdict: "pass",
    decided: true,
    rule: undefined,
    state: "none",
    entry: undefined,
    matched: undefined,
    reason: 0,
    packet,
    diverted: false,
    routed: undefined,
    second: undefined,
    delay: 0,
    logs: [],
    generated: [],
  };
}
