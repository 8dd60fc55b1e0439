import type { Random } from "./modulation.ts";
import { REASON } from "./outcome.ts";
import { type KernelPacket, RST, SYN } from "./packet.ts";
import type { EndMemory, State, TcpMemory } from "./state.ts";
import { ahead, headerOf } from "./tcp-packets.ts";

/** Seconds: a timestamp clock of 1 kHz wraps in 24 days. */
const LONGEST_IDLE = 24 * 24 * 60 * 60;
const LONGEST_CONNECTION = 12 * 24 * 60 * 60;
/** Ticks a second: 1 kHz and a tenth. */
const FASTEST_CLOCK = 1100;
const DEFAULT_SLACK = 30;
const ESTABLISHED = 4;

/** How many seconds a packet may have been delayed: `tcp.tsdiff` of the rule, else the global one. */
export function timestampSlack(state: State, timeouts: ReadonlyMap<string, number>): number {
  const own = state.rule.rule.stateOptions.timeouts.find(([name]) => name === "tcp.tsdiff");
  return own?.[1] ?? timeouts.get("tcp.tsdiff") ?? DEFAULT_SLACK;
}

/**
 * Begins to remember the end that sent its first packet; only a SYN begins with timestamps
 * (section 32; follows pf_normalize_tcp_init, OpenBSD 7.8). {@link scrub} follows, for this packet
 * too.
 *
 * @param state - it must have an `extra`
 * @param now - second of uptime
 */
export function beginScrub(
  state: State,
  packet: KernelPacket,
  fromSource: boolean,
  now: number,
  random: Random,
): void {
  const { extra } = state;
  if (extra === undefined) throw new Error("a state that reassembles TCP without extra");
  extra.tcpMemory ??= { source: undefined, destination: undefined };
  const tcp = headerOf(packet);
  const timestamps = (tcp.flags & SYN) !== 0 && tcp.timestamp >= 0;
  extra.tcpMemory[fromSource ? "source" : "destination"] = {
    ttl: packet.ttl,
    timestamps,
    shift: timestamps ? random(0x1_0000_0000) : 0,
    lowestTimestamp: timestamps ? tcp.timestamp : 0,
    timestamp: timestamps ? tcp.timestamp : 0,
    echo: timestamps ? Math.max(tcp.timestampEcho, 0) : 0,
    stampedAt: now,
    checks: "not yet",
    stampsData: undefined,
  };
}

/** The timestamps of a packet as their owners count them. */
interface Stamps {
  readonly value: number;
  readonly echo: number;
}

/**
 * Raises the TTL, shifts the timestamps and checks them (section 32; follows
 * pf_normalize_tcp_stateful, OpenBSD 7.8).
 *
 * @param now - second of uptime
 * @param slack - see {@link timestampSlack}
 * @returns one of {@link REASON} to drop it for; 0: it passes
 */
export function scrub(
  state: State,
  packet: KernelPacket,
  fromSource: boolean,
  now: number,
  slack: number,
): number {
  const memory = state.extra?.tcpMemory;
  if (memory === undefined) return 0;
  const [sender, receiver] = endsOf(memory, fromSource);
  if (sender !== undefined) {
    sender.ttl = Math.max(sender.ttl, packet.ttl);
    packet.ttl = sender.ttl;
  }
  const stamps = shiftTimestamps(packet, sender, receiver);
  forgetIdle(sender, now, now - state.created);
  forgetIdle(receiver, now, 0);
  if (sender === undefined) return 0;
  if (receiver !== undefined && sender.checks === "yes" && receiver.checks === "yes") {
    if (stamps === undefined) {
      if (isUnstampedData(packet, sender)) return REASON.badTimestamp;
    } else if (isMade(state)) {
      const ticks = (now - sender.stampedAt + slack) * FASTEST_CLOCK;
      if (!isPlausible(stamps, sender, receiver, ticks)) return REASON.badTimestamp;
    }
  }
  if (packet.payload > 0 && sender.timestamps) sender.stampsData ??= stamps !== undefined;
  if (stamps !== undefined && sender.timestamps && sender.checks !== "idled") {
    remember(stamps, sender, now);
  }
  return 0;
}

function endsOf(
  { source, destination }: TcpMemory,
  fromSource: boolean,
): [sender: EndMemory | undefined, receiver: EndMemory | undefined] {
  return fromSource ? [source, destination] : [destination, source];
}

/** Rewrites the option; undefined: there is none, or neither end has any to be shifted. */
function shiftTimestamps(
  packet: KernelPacket,
  sender: EndMemory | undefined,
  receiver: EndMemory | undefined,
): Stamps | undefined {
  const tcp = headerOf(packet);
  if (tcp.timestamp < 0) return undefined;
  if (!sender?.timestamps && !receiver?.timestamps) return undefined;
  const value = tcp.timestamp;
  let echo = Math.max(tcp.timestampEcho, 0);
  if (value !== 0 && sender?.timestamps) tcp.timestamp = (value + sender.shift) >>> 0;
  if (echo !== 0 && receiver?.timestamps) {
    echo = (echo - receiver.shift) >>> 0;
    tcp.timestampEcho = echo;
  } else {
    echo = asItLies(echo);
  }
  return { value, echo };
}

/** A number of the wire as amd64 reads it: pf turns only what it shifts. */
function asItLies(value: number): number {
  const [one, two, three, four] = [24, 16, 8, 0].map((bit) => (value >>> bit) & 0xff);
  return (((four ?? 0) << 24) | ((three ?? 0) << 16) | ((two ?? 0) << 8) | (one ?? 0)) >>> 0;
}

/**
 * Ends the checks of an end whose clock may have wrapped.
 *
 * @param age - seconds of the connection; only the sender's counts
 */
function forgetIdle(end: EndMemory | undefined, now: number, age: number): void {
  if (end === undefined || end.checks !== "yes") return;
  if (now - end.stampedAt > LONGEST_IDLE || age > LONGEST_CONNECTION) {
    end.checks = "idled";
  }
}

function isMade({ source, destination }: State): boolean {
  return source.level >= ESTABLISHED && destination.level >= ESTABLISHED;
}

/** Data without a timestamp from an end that put one on its first data; an RST may lack it. */
function isUnstampedData(packet: KernelPacket, sender: EndMemory): boolean {
  if ((headerOf(packet).flags & RST) !== 0) return false;
  return packet.payload > 0 && sender.stampsData === true;
}

/** @param ticks - most that the sender's clock can have gone on since its last timestamp */
function isPlausible(
  { value, echo }: Stamps,
  sender: EndMemory,
  receiver: EndMemory,
  ticks: number,
): boolean {
  if (ahead(value, receiver.echo) < 0) return false;
  if (ahead(value, sender.timestamp + ticks) > 0) return false;
  if (echo === 0) return true;
  return ahead(echo, receiver.timestamp) <= 0 && ahead(echo, receiver.lowestTimestamp) >= 0;
}

/** The checks of an end begin with its first echo. */
function remember({ value, echo }: Stamps, sender: EndMemory, now: number): void {
  const isChecked = sender.checks === "yes";
  sender.stampedAt = now;
  if (!isChecked || ahead(value, sender.timestamp) >= 0) sender.timestamp = value;
  if (echo === 0) return;
  if (!isChecked || ahead(echo, sender.echo) >= 0) sender.echo = echo;
  if (isChecked) return;
  if (ahead(value, sender.lowestTimestamp) < 0 || sender.lowestTimestamp === 0) {
    sender.lowestTimestamp = value;
  }
  sender.checks = "yes";
}
