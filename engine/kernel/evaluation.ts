import { noActions } from "./actions.ts";
import type { Direction } from "./criteria.ts";
import type { LiveRule } from "./live-rule.ts";
import type { LogRecord } from "./outcome.ts";
import type { KernelPacket } from "./packet.ts";
import type { Actions } from "./state.ts";
import type { Socket } from "./surroundings.ts";

/** How a packet stands to pf: what is tested, and nothing that rules change. */
export interface Crossing {
  readonly direction: Direction;
  readonly interface: string;
  /** Sent on, not made here: no socket is looked up. */
  readonly forwarded: boolean;
}

/** Addresses and ports as rules have changed them so far. */
export interface Translated {
  family: KernelPacket["family"];
  source: bigint;
  destination: bigint;
  sourcePort: number;
  destinationPort: number;
}

/** What the walk over the rules remembers (follows pf_test_ctx, OpenBSD 7.8). */
export interface Evaluation extends Crossing {
  readonly packet: KernelPacket;
  /** As in the state key: of ICMP queries the ports are the id and the type, by direction. */
  readonly ends: Readonly<Translated>;
  /** The packet is a fragment that is not reassembled. */
  readonly isFragment: boolean;
  /** An ICMP error, or another message that makes no state. */
  readonly isError: boolean;
  /** An ICMP reply: rules that keep state do not match it. */
  readonly isReply: boolean;
  /** TOS less the bits of ECN. */
  readonly tos: number;
  /** As it came. */
  readonly ttl: number;
  readonly hasOptions: boolean;
  /** Routing domain of the packet. */
  readonly domain: number;
  /** The rtable that routes are looked up in, from now on that of the packet. */
  rtable: number;
  readonly now: Translated;
  /** Undefined: neither set nor asked for. */
  tag: string | undefined;
  /** Undefined: not looked up yet; "none": there is none. */
  socket: Socket | "none" | undefined;
  readonly actions: Actions;
  readonly matched: LiveRule[];
  /** Anchor rules that {@link matched} rules were called by, in the same order. */
  readonly callers: (LiveRule | undefined)[];
  /** The last pass or block rule that matched; undefined: the implicit one. */
  best: LiveRule | undefined;
  /** The anchor rule that {@link best} hangs under. */
  bestCaller: LiveRule | undefined;
  readonly logs: LogRecord[];
}

/** What is known of a packet before the rules. */
export type Tested = Pick<
  Evaluation,
  | keyof Crossing
  | "packet"
  | "ends"
  | "isFragment"
  | "isError"
  | "isReply"
  | "tos"
  | "ttl"
  | "hasOptions"
  | "domain"
>;

export function beginEvaluation(tested: Tested): Evaluation {
  const { family, source, destination } = tested.packet;
  const { domain, ends } = tested;
  const { sourcePort, destinationPort } = ends;
  return {
    ...tested,
    rtable: domain,
    now: { family, source, destination, sourcePort, destinationPort },
    tag: undefined,
    socket: undefined,
    actions: noActions(),
    matched: [],
    callers: [],
    best: undefined,
    bestCaller: undefined,
    logs: [],
  };
}
