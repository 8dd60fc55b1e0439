import type { Generated } from "../../../engine/kernel/outcome.ts";
import type { KernelPacket, TcpHeader } from "../../../engine/kernel/packet.ts";
import type { State, StateExtra, StateKey } from "../../../engine/kernel/state.ts";
import { tcpPacket } from "../../../engine/kernel/tcp-packets.ts";
import { openingPeers, type Tracked, trackTcp } from "../../../engine/kernel/track.ts";
import { liveRule } from "./live-rule.ts";

export const CLIENT = 0x0a000005n;
export const SERVER = 0x01010101n;
const LETTERS = "FSRPAU";

export interface Fields extends Partial<TcpHeader> {
  /** Flags as letters, in the order of their bits. */
  readonly fl: string;
  readonly payload?: number;
  readonly ttl?: number;
}

/** A segment of the client or of the server. */
export function segment(
  fromClient: boolean,
  { fl, payload = 0, ttl = 64, ...tcp }: Fields,
): KernelPacket {
  const bare = tcpPacket({
    family: "inet",
    source: fromClient ? CLIENT : SERVER,
    destination: fromClient ? SERVER : CLIENT,
    sourcePort: fromClient ? 1000 : 80,
    destinationPort: fromClient ? 80 : 1000,
    sequence: 0,
    acknowledgment: 0,
    flags: [...fl].reduce((bits, letter) => bits | (1 << LETTERS.indexOf(letter)), 0),
    window: 65_535,
    mss: -1,
    ttl,
    tag: "",
    rtable: 0,
  });
  return { ...bare, payload, tcp: { ...(bare.tcp as TcpHeader), ...tcp } };
}

const WIRE: StateKey = {
  family: "inet",
  protocol: 6,
  rdomain: 0,
  address0: CLIENT,
  address1: SERVER,
  port0: 1000,
  port1: 80,
};

export function extra(reassembleTcp = false): StateExtra {
  const actions = { tos: -1, minTtl: 0, maxMss: 0, noDf: false, randomId: false, reassembleTcp };
  return {
    tag: "dmz",
    rtable: 0,
    matched: [],
    callers: [],
    caller: undefined,
    actions: { ...actions, prio: -1, lowDelayPrio: -1, delay: -1 },
    nodes: [],
    route: undefined,
    afTo: false,
    allowOptions: false,
    synproxy: undefined,
    tcpMemory: undefined,
    connected: false,
  };
}

/** A connection from the client, made at second 0, and what its state says of each packet. */
export class Flow {
  readonly state: State;
  /** What is drawn at random, in order. */
  readonly draws: number[] = [];

  constructor(packet: KernelPacket, rule = "pass proto tcp", more: Partial<State> = {}) {
    this.state = {
      index: 0,
      direction: "in",
      interface: "em1",
      ifBound: false,
      wire: WIRE,
      stack: WIRE,
      rule: liveRule(rule),
      ...openingPeers(packet),
      timeout: "tcp.first",
      touched: 0,
      created: 0,
      life: "live",
      extra: undefined,
      ...more,
    };
  }

  track(packet: KernelPacket, now = 1): Tracked {
    const context = { random: () => this.random(), timeouts: new Map([["tcp.tsdiff", 30]]) };
    return trackTcp(this.state, packet, packet.source === CLIENT, now, context);
  }

  client(fields: Fields, now = 1): Tracked {
    return this.track(segment(true, fields), now);
  }

  server(fields: Fields, now = 1): Tracked {
    return this.track(segment(false, fields), now);
  }

  random(): number {
    const drawn = this.draws.shift();
    if (drawn === undefined) throw new Error("nothing to be drawn");
    return drawn;
  }

  get levels(): string {
    return `${this.state.source.level}/${this.state.destination.level} ${this.state.timeout}`;
  }
}

export function opened(fields: Partial<Fields> = {}, rule?: string, more?: Partial<State>): Flow {
  return new Flow(segment(true, { fl: "S", sequence: 100, ...fields }), rule, more);
}

/** After the handshake: the client is at 101, the server at 501, both with windows of 1000. */
export function established(rule?: string): Flow {
  const flow = opened({ window: 1000 }, rule);
  flow.server({ fl: "SA", sequence: 500, acknowledgment: 101, window: 1000 });
  flow.client({ fl: "A", sequence: 101, acknowledgment: 501, window: 1000 });
  return flow;
}

/** What a generated packet says. */
export function sent(generated: Generated | undefined): Record<string, unknown> {
  if (generated?.kind !== "send") throw new Error("nothing was sent");
  const { packet } = generated;
  const { flags = 0, sequence, acknowledgment, window, mss } = packet.tcp ?? {};
  const fl = [...LETTERS].filter((_, bit) => (flags & (1 << bit)) !== 0).join("");
  const to = packet.destination === CLIENT ? "client" : "server";
  return { to, fl, sequence, acknowledgment, window, mss, tag: packet.tag };
}
