import type { Family } from "../../model/packet.ts";
import type { Direction } from "./criteria.ts";
import type { LiveRule } from "./live-rule.ts";
import type { RateCounter } from "./rates.ts";

/**
 * One side of a flow as a state sees it. Index 0 is the far side as seen through the interface,
 * index 1 the near side, whoever began (follows pf_state_key, OpenBSD 7.8).
 */
export interface StateKey {
  readonly family: Family;
  readonly protocol: number;
  readonly rdomain: number;
  readonly address0: bigint;
  readonly address1: bigint;
  readonly port0: number;
  readonly port1: number;
}

/** What a state knows of one end; `source` is the end whose packet made the state. */
export interface Peer {
  /** TCP: 0 CLOSED, 2 SYN_SENT, 4 ESTABLISHED, 7 CLOSING, 9 FIN_WAIT_2, 10 TIME_WAIT, 11 and 12 of synproxy; others: 0 … 2. */
  level: number;
  /** Highest sequence number seen, unsigned 32 bits. */
  low: number;
  /** What the other end has allowed. */
  high: number;
  /** Largest window advertised. */
  window: number;
  /** Of the window scale option; -1: not seen. */
  scale: number;
  /** Added to its sequence numbers (modulation, synproxy). */
  shift: number;
}

export type TimeoutKind =
  | "tcp.first"
  | "tcp.opening"
  | "tcp.established"
  | "tcp.closing"
  | "tcp.finwait"
  | "tcp.closed"
  | "udp.first"
  | "udp.single"
  | "udp.multiple"
  | "icmp.first"
  | "icmp.error"
  | "other.first"
  | "other.single"
  | "other.multiple";

/** A state of the table: a view, all of whose fields write through. */
export interface State {
  readonly index: number;
  readonly direction: Direction;
  /** Where it was made. */
  readonly interface: string;
  readonly ifBound: boolean;
  /** Addresses on the side of the network; looked up by packets that come in. */
  readonly wire: StateKey;
  /** On the side of the machine; looked up by packets that go out. The same object without translation. */
  readonly stack: StateKey;
  readonly rule: LiveRule;
  readonly source: Peer;
  readonly destination: Peer;
  timeout: TimeoutKind;
  /** Second of uptime at which its timer was restarted. */
  touched: number;
  readonly created: number;
  /**
   * `marked`: found by no lookup, its keys still stand. `unlinked`: its keys are free. Both count
   * until the next purge (section 37, A3).
   */
  readonly life: "live" | "marked" | "unlinked";
  /** What few states have. */
  extra: StateExtra | undefined;
}

/** Actions that rules set and a state keeps; -1, 0, false: not set. */
export interface Actions {
  tos: number;
  minTtl: number;
  maxMss: number;
  noDf: boolean;
  randomId: boolean;
  reassembleTcp: boolean;
  prio: number;
  lowDelayPrio: number;
  delay: number;
}

export interface StateExtra {
  /** Set, or merely read, by the rules that made it; empty: none. */
  readonly tag: string;
  /** Of packets in its own direction. */
  readonly rtable: number;
  readonly matched: readonly LiveRule[];
  /** The anchor rules that called them. */
  readonly callers: readonly (LiveRule | undefined)[];
  /** The anchor rule that called the rule that made it. */
  readonly caller: LiveRule | undefined;
  readonly actions: Actions;
  /** Source nodes that count it. */
  readonly nodes: readonly SourceNode[];
  readonly route: RouteAction | undefined;
  /** It changes the family. */
  readonly afTo: boolean;
  readonly allowOptions: boolean;
  synproxy: SynproxyMemory | undefined;
  tcpMemory: TcpMemory | undefined;
  /** `max-src-conn` has counted it. */
  connected: boolean;
}

export interface RouteAction {
  readonly kind: "route-to" | "reply-to" | "dup-to";
  readonly family: Family;
  readonly address: bigint;
}

/** (rule, use, family, source address): counters and the address that sticks. */
export interface SourceNode {
  readonly rule: LiveRule;
  readonly use: "none" | "nat" | "rdr" | "route";
  readonly family: Family;
  readonly source: bigint;
  states: number;
  connections: number;
  /** Second at which it may go, once it has no states. */
  expires: number;
  /** Of `sticky-address`. */
  readonly sticky: bigint | undefined;
  /** Of `max-src-conn-rate`. */
  readonly rate: RateCounter | undefined;
}

/** What the SYN proxy has to remember of a handshake (section 31). */
export interface SynproxyMemory {
  /** MSS of the client's SYN, as answered. */
  mss: number;
}

/** What `reassemble tcp` remembers of both ends (section 32); undefined: nothing came from it yet. */
export interface TcpMemory {
  source: EndMemory | undefined;
  destination: EndMemory | undefined;
}

/** Timestamps are as the end itself counts them; 0 where none came. */
export interface EndMemory {
  /** Highest seen. */
  ttl: number;
  /** Its SYN carried a timestamp. */
  timestamps: boolean;
  /** Added to its timestamps. */
  shift: number;
  lowestTimestamp: number;
  timestamp: number;
  /** The other end's timestamp that it echoed last. */
  echo: number;
  /** Second of uptime of its last timestamp. */
  stampedAt: number;
  /** Whether its timestamps are checked; `idled`: no more, they may have wrapped. */
  checks: "not yet" | "yes" | "idled";
  /** Whether its first data had a timestamp; undefined: none came yet. */
  stampsData: boolean | undefined;
}
