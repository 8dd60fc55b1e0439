import { UDP } from "../../model/packet.ts";
import { modulateFirst, modulateLater } from "./modulation.ts";
import { REASON } from "./outcome.ts";
import { ACK, FIN, isPureSyn, type KernelPacket, RST, SYN, type TcpHeader } from "./packet.ts";
import { beginScrub, scrub, timestampSlack } from "./reassemble-tcp.ts";
import type { Peer, State, TimeoutKind } from "./state.ts";
import { trackSynproxy } from "./synproxy.ts";
import { ahead, endOf, headerOf } from "./tcp-packets.ts";
import {
  dropFor,
  keyOfSender,
  PASS,
  replyTo,
  sendFor,
  type TrackContext,
  type Tracked,
} from "./tracked.ts";

export type { TrackContext, Tracked } from "./tracked.ts";

const [CLOSED, SYN_SENT, ESTABLISHED, CLOSING, FIN_WAIT_2, TIME_WAIT] = [0, 2, 4, 7, 9, 10];
const [SINGLE, MULTIPLE] = [1, 2];

const MAX_WINDOW = 65_535;
const MAX_SCALE = 14;
/** How far an acknowledgment may lie off: the largest window and 1500, pf's own allowance. */
const ACK_WINDOW = MAX_WINDOW + 1500;

/**
 * Updates the state of UDP or of any protocol without tracking of its own for a packet of one of
 * its ends (section 8.1; follows pf_test_state, OpenBSD 7.8).
 *
 * @param now - second of uptime
 */
export function trackOther(state: State, fromSource: boolean, now: number): void {
  // as with TCP: every packet of af-to counts as one of the source
  const [sender, receiver] = endsOf(state, fromSource || state.extra?.afTo === true);
  if (sender.level < SINGLE) sender.level = SINGLE;
  if (receiver.level === SINGLE) receiver.level = MULTIPLE;
  const isMultiple = sender.level === MULTIPLE && receiver.level === MULTIPLE;
  state.touched = now;
  if (state.wire.protocol === UDP) state.timeout = isMultiple ? "udp.multiple" : "udp.single";
  else state.timeout = isMultiple ? "other.multiple" : "other.single";
}

/**
 * Both ends as the TCP packet that makes a state leaves them, whatever its flags are (section 8.2;
 * follows pf_create_state, OpenBSD 7.8).
 */
export function openingPeers(packet: KernelPacket): { source: Peer; destination: Peer } {
  const tcp = headerOf(packet);
  const scale = (tcp.flags & SYN) === 0 ? -1 : scaleOf(tcp);
  const source: Peer = {
    level: SYN_SENT,
    low: tcp.sequence,
    high: (tcp.sequence + endOf(packet) + 1) >>> 0,
    window: unscaled(Math.max(tcp.window, 1), scale),
    scale,
    shift: 0,
  };
  const destination: Peer = { level: CLOSED, low: 0, high: 1, window: 1, scale: -1, shift: 0 };
  return { source, destination };
}

/** -1: no option. */
function scaleOf(tcp: TcpHeader): number {
  return Math.min(tcp.windowScale, MAX_SCALE);
}

/** Window of a SYN, which is not scaled, in units of its own scale. */
function unscaled(window: number, scale: number): number {
  return scale <= 0 ? window : (window + (1 << scale) - 1) >> scale;
}

/**
 * Tracks a TCP packet that found `state`, before it is translated. Numbers of modulated and proxied
 * states are shifted in the packet (section 8.2; follows pf_test_state, OpenBSD 7.8).
 *
 * @param now - second of uptime
 */
export function trackTcp(
  state: State,
  packet: KernelPacket,
  fromSource: boolean,
  now: number,
  context: TrackContext,
): Tracked {
  // Only full tracking knows the ends of af-to, whose packets all come in: to the rest the
  // direction of the state is that of its source.
  const isForward = fromSource || state.extra?.afTo === true;
  const proxied = trackSynproxy(state, packet, isForward, context);
  if (proxied !== undefined) return proxied;
  if (isPureSyn(packet)) {
    const least = Math.min(state.source.level, state.destination.level);
    if (least >= FIN_WAIT_2) return { ...PASS, result: "rules" };
    if (least >= ESTABLISHED) return challenge(state, packet, isForward, fromSource);
  }
  if (state.rule.rule.stateOptions.sloppy) return trackSloppy(state, packet, isForward, now);
  return trackFull(state, packet, fromSource, now, context);
}

function endsOf(state: State, fromSource: boolean): [sender: Peer, receiver: Peer] {
  return fromSource ? [state.source, state.destination] : [state.destination, state.source];
}

/** Drops a SYN within a connection and asks its sender, for the other end, what it means. */
function challenge(
  state: State,
  packet: KernelPacket,
  isForward: boolean,
  fromSource: boolean,
): Tracked {
  const [sender, receiver] = endsOf(state, isForward);
  const question = sendFor(state, {
    ...replyTo(packet, keyOfSender(state, fromSource)),
    sequence: receiver.low,
    acknowledgment: sender.low,
    flags: ACK,
    window: 0,
    mss: -1,
    tag: "",
  });
  return dropFor(0, question);
}

/** Follows pf_tcp_track_sloppy, OpenBSD 7.8 (section 8.3). */
function trackSloppy(
  state: State,
  packet: KernelPacket,
  fromSource: boolean,
  now: number,
): Tracked {
  const [sender, receiver] = endsOf(state, fromSource);
  const { flags } = headerOf(packet);
  if ((flags & SYN) !== 0) raise(sender, SYN_SENT);
  if ((flags & FIN) !== 0) raise(sender, CLOSING);
  let completed = false;
  if ((flags & ACK) !== 0) {
    if (receiver.level === SYN_SENT || receiver.level === CLOSING) {
      completed = acknowledge(sender, receiver);
    } else if (sender.level === SYN_SENT && receiver.level < SYN_SENT) {
      // One half of the connection goes another way.
      sender.level = ESTABLISHED;
      receiver.level = ESTABLISHED;
      completed = true;
    } else if (sender.level === CLOSING && receiver.level === ESTABLISHED && receiver.low === 0) {
      receiver.level = CLOSING;
    }
  }
  if ((flags & RST) !== 0) reset(state);
  restart(state, now);
  return { ...PASS, completed };
}

function raise(end: Peer, level: number): void {
  if (end.level < level) end.level = level;
}

/** What an ACK does to its receiver; true: both ends are established now. */
function acknowledge(sender: Peer, receiver: Peer): boolean {
  if (receiver.level === SYN_SENT) {
    receiver.level = ESTABLISHED;
    return sender.level === ESTABLISHED;
  }
  if (receiver.level === CLOSING) receiver.level = FIN_WAIT_2;
  return false;
}

function reset(state: State): void {
  state.source.level = TIME_WAIT;
  state.destination.level = TIME_WAIT;
}

/** Restarts the timer; its kind follows from both levels. */
function restart(state: State, now: number): void {
  state.touched = now;
  state.timeout = timeoutFor(state.source.level, state.destination.level);
}

function timeoutFor(one: number, other: number): TimeoutKind {
  const [least, most] = one < other ? [one, other] : [other, one];
  if (least >= FIN_WAIT_2) return "tcp.closed";
  if (least >= CLOSING) return "tcp.finwait";
  if (least < ESTABLISHED) return "tcp.opening";
  return most >= CLOSING ? "tcp.closing" : "tcp.established";
}

/** A packet as the window checks see it, in its sender's own numbers. */
interface Segment {
  readonly flags: number;
  /** As it came. */
  readonly original: number;
  sequence: number;
  acknowledgment: number;
  /** Behind its last octet, SYN and FIN included; `dataEnd`: without FIN. */
  end: number;
  dataEnd: number;
  window: number;
  /** Shifts of the sender's and of the receiver's window. */
  scale: number;
  receiverScale: number;
}

/** Follows pf_tcp_track_full, OpenBSD 7.8 (section 8.2). */
function trackFull(
  state: State,
  packet: KernelPacket,
  fromSource: boolean,
  now: number,
  context: TrackContext,
): Tracked {
  const [sender, receiver] = endsOf(state, fromSource);
  if (sender.low === 0 && needsScrub(state, fromSource)) {
    beginScrub(state, packet, fromSource, now, context.random);
  }
  const segment = readSegment(packet, sender, receiver, context);
  ease(segment, sender, receiver);
  const normal = isInWindow(segment, sender, receiver);
  if (!normal && !isLooselyInWindow(segment, sender, receiver)) {
    return mismatch(state, packet, fromSource);
  }
  const reason = scrub(state, packet, fromSource, now, timestampSlack(state, context.timeouts));
  if (reason !== 0) return dropFor(reason);
  learn(segment, sender, receiver);
  const { flags } = segment;
  if (normal && (flags & SYN) !== 0) raise(sender, SYN_SENT);
  if ((flags & FIN) !== 0) raise(sender, CLOSING);
  const completed = normal && (flags & ACK) !== 0 && acknowledge(sender, receiver);
  if ((flags & RST) !== 0) reset(state);
  if (normal) restart(state, now);
  return { ...PASS, completed };
}

function needsScrub({ extra }: State, fromSource: boolean): boolean {
  if (extra === undefined || !extra.actions.reassembleTcp) return false;
  return extra.tcpMemory?.[fromSource ? "source" : "destination"] === undefined;
}

/** The packet in numbers; an end that was not seen before is made known to the state. */
function readSegment(
  packet: KernelPacket,
  sender: Peer,
  receiver: Peer,
  context: TrackContext,
): Segment {
  const tcp = headerOf(packet);
  const isSyn = (tcp.flags & SYN) !== 0;
  const isScaled = sender.scale >= 0 && receiver.scale >= 0 && !isSyn;
  const length = endOf(packet);
  const { sequence } = tcp;
  const segment: Segment = {
    flags: tcp.flags,
    original: sequence,
    sequence,
    acknowledgment: 0,
    end: (sequence + length) >>> 0,
    dataEnd: (sequence + length - ((tcp.flags & FIN) === 0 ? 0 : 1)) >>> 0,
    window: tcp.window,
    scale: isScaled ? sender.scale : 0,
    receiverScale: isScaled ? receiver.scale : 0,
  };
  if (sender.low !== 0) {
    segment.acknowledgment = modulateLater(sender, receiver, tcp);
    return segment;
  }
  segment.acknowledgment = modulateFirst(sender, receiver, tcp, context.random);
  if (isSyn && receiver.scale >= 0) agreeOnScale(segment, sender, receiver, scaleOf(tcp));
  sender.low = sequence;
  raise(sender, SYN_SENT);
  const allowed = (segment.end + Math.max(1, receiver.window << segment.receiverScale)) >>> 0;
  if (sender.high === 1 || ahead(allowed, sender.high) >= 0) sender.high = allowed;
  if (segment.window > sender.window) sender.window = segment.window;
  return segment;
}

/** The second SYN answers the scale of the first: with its own, or windows are not scaled. */
function agreeOnScale(segment: Segment, sender: Peer, receiver: Peer, scale: number): void {
  sender.scale = scale;
  if (scale < 0) {
    receiver.window = Math.min(MAX_WINDOW, receiver.window << receiver.scale);
    receiver.scale = -1;
    return;
  }
  segment.scale = scale;
  segment.receiverScale = receiver.scale;
  segment.window = unscaled(segment.window, scale);
}

/** Lets pass what says nothing: acknowledgments of the unknown, sequence numbers of no octet. */
function ease(segment: Segment, sender: Peer, receiver: Peer): void {
  const { flags } = segment;
  const isBareReset = segment.acknowledgment === 0 && (flags & (ACK | RST)) === (ACK | RST);
  if ((flags & ACK) === 0 || isBareReset || receiver.level < SYN_SENT) {
    segment.acknowledgment = receiver.low;
  }
  if (segment.sequence !== segment.end) return;
  segment.sequence = sender.low;
  segment.end = sender.low;
  segment.dataEnd = sender.low;
}

function isInWindow(segment: Segment, sender: Peer, receiver: Peer): boolean {
  const window = receiver.window << segment.receiverScale;
  const skew = ahead(receiver.low, segment.acknowledgment);
  return (
    ahead(sender.high, segment.dataEnd) >= 0 &&
    ahead(segment.sequence, sender.low - window) >= 0 &&
    skew >= -ACK_WINDOW &&
    skew <= ACK_WINDOW << segment.scale &&
    ((segment.flags & RST) === 0 || isExactReset(segment, sender, window, skew))
  );
}

/** The RST names the next octet or one beside it, or a recent one and acknowledges exactly. */
function isExactReset(segment: Segment, sender: Peer, window: number, skew: number): boolean {
  const off = ahead(segment.original, sender.low);
  if (off >= -1 && off <= 1) return true;
  const acknowledges = skew === 0 && (segment.flags & (ACK | RST)) === (ACK | RST);
  return acknowledges && ahead(segment.original, sender.low - window) >= 0 && off <= 1;
}

/** Of ends that are hardly known or finished a segment may be far from what is expected. */
function isLooselyInWindow(segment: Segment, sender: Peer, receiver: Peer): boolean {
  if (receiver.level >= SYN_SENT && receiver.level < FIN_WAIT_2 && sender.level < FIN_WAIT_2) {
    return false;
  }
  return (
    ahead(sender.high + ACK_WINDOW, segment.dataEnd) >= 0 &&
    ahead(segment.sequence, sender.low - ACK_WINDOW) >= 0
  );
}

/** Keeps what an accepted segment has shown of both ends. */
function learn(segment: Segment, sender: Peer, receiver: Peer): void {
  const { acknowledgment, end, window } = segment;
  if (sender.window < window) sender.window = window;
  if (ahead(end, sender.low) > 0) sender.low = end;
  const scaled = window << segment.scale;
  if (ahead(acknowledgment + scaled, receiver.high) >= 0) {
    receiver.high = (acknowledgment + Math.max(scaled, 1)) >>> 0;
  }
}

/** Drops the segment; within the handshake its sender is reset and forgotten. */
function mismatch(state: State, packet: KernelPacket, fromSource: boolean): Tracked {
  const { source, destination } = state;
  if (source.level !== SYN_SENT || destination.level !== SYN_SENT) return dropFor(REASON.badState);
  const [sender] = endsOf(state, fromSource);
  sender.low = 0;
  sender.high = 1;
  sender.window = 1;
  const tcp = headerOf(packet);
  if ((tcp.flags & RST) !== 0) return dropFor(REASON.badState);
  const answer = sendFor(state, {
    ...replyTo(packet, keyOfSender(state, fromSource)),
    sequence: tcp.acknowledgment,
    acknowledgment: 0,
    flags: RST,
    window: 0,
    mss: -1,
    tag: "",
  });
  return dropFor(REASON.badState, answer);
}
