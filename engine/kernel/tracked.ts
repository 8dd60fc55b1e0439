import type { Random } from "./modulation.ts";
import { type Generated, REASON } from "./outcome.ts";
import type { KernelPacket } from "./packet.ts";
import type { State, StateKey } from "./state.ts";
import { type TcpParts, tcpPacket } from "./tcp-packets.ts";

/** What a state says of a TCP packet. */
export interface Tracked {
  /**
   * `rules`: both ends were finished and a new SYN came: the caller marks the state and asks the
   * ruleset. `gone`: the SYN proxy took it.
   */
  readonly result: "pass" | "drop" | "rules" | "gone";
  /** One of {@link REASON}. */
  readonly reason: number;
  readonly generated: readonly Generated[];
  /**
   * With this packet the connection is made: the caller counts it for `max-src-conn`. If that
   * refuses it, the packet is dropped with `sourceLimit`, nothing generated is sent, and the state
   * is marked with both levels 0.
   */
  readonly completed: boolean;
}

/** What tracking needs of the machine. */
export interface TrackContext {
  readonly random: Random;
  /** Global timeouts in seconds by name, for `tcp.tsdiff`. */
  readonly timeouts: ReadonlyMap<string, number>;
}

export const PASS: Tracked = { result: "pass", reason: 0, generated: [], completed: false };

export function dropFor(reason: number, ...generated: Generated[]): Tracked {
  return { result: "drop", reason, generated, completed: false };
}

export function swallow(...generated: Generated[]): Tracked {
  return { result: "gone", reason: REASON.synproxy, generated, completed: false };
}

/** A pf segment of a state: its rule's `set prio` holds for it, its TTL is the default. */
export function sendFor(state: State, parts: Omit<TcpParts, "ttl" | "priority">): Generated {
  const prio = state.rule.rule.set?.prio ?? -1;
  const packet = tcpPacket({ ...parts, ttl: 0, ...(prio < 0 ? {} : { priority: prio }) });
  return { kind: "send", packet };
}

/** Ends and domain of a segment that answers `packet`. */
export function replyTo(
  packet: KernelPacket,
  key: StateKey,
): Pick<
  TcpParts,
  "family" | "source" | "destination" | "sourcePort" | "destinationPort" | "rtable"
> {
  return {
    family: packet.family,
    source: packet.destination,
    destination: packet.source,
    sourcePort: packet.destinationPort,
    destinationPort: packet.sourcePort,
    rtable: key.rdomain,
  };
}

/** The key by which a packet of this end was found: it has the packet's routing domain. */
export function keyOfSender(state: State, fromSource: boolean): StateKey {
  return (state.direction === "in") === fromSource ? state.wire : state.stack;
}
