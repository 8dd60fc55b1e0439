import type { Random } from "./modulation.ts";
import { type Generated, REASON } from "./outcome.ts";
import { ACK, FIN, type KernelPacket, RST, SYN, type TcpHeader } from "./packet.ts";
import type { State, StateKey } from "./state.ts";
import { headerOf, type TcpParts } from "./tcp-packets.ts";
import {
  dropFor,
  keyOfSender,
  replyTo,
  sendFor,
  swallow,
  type TrackContext,
  type Tracked,
} from "./tracked.ts";

/** Levels of the source that only the SYN proxy has. */
export const PROXY_SOURCE = 11;
export const PROXY_DESTINATION = 12;
const ESTABLISHED = 4;

const LEAST_MSS = 64;
/** net.inet.tcp.mssdflt */
const DEFAULT_MSS = 512;
/** 2^32 */
const SEQUENCES = 0x1_0000_0000;

/**
 * Answers the pure SYN that came in and made `state`; the SYN itself is swallowed (section 31;
 * follows pf_create_state, OpenBSD 7.8). The numbers promised are the source's `low` (client) and
 * `high` (ours).
 *
 * @param state - made by that SYN; it must have an `extra`
 * @param routeMss - least MSS of the routes to both ends: MTU less headers, at least 512
 */
export function beginSynproxy(
  state: State,
  packet: KernelPacket,
  routeMss: number,
  random: Random,
): Generated {
  const { extra, source } = state;
  if (extra === undefined) throw new Error("a synproxy state without extra");
  const mss = Math.max(Math.min(offeredMss(headerOf(packet)), routeMss), LEAST_MSS);
  extra.synproxy = { mss };
  source.level = PROXY_SOURCE;
  source.high = random(SEQUENCES);
  return synAnswer(state, packet);
}

/** MSS that a SYN asks for: 0 if it has no options at all (follows pf_get_mss, OpenBSD 7.8). */
export function offeredMss(tcp: TcpHeader): number {
  if (tcp.mss >= 0) return tcp.mss;
  return tcp.windowScale >= 0 || tcp.sackPermitted || tcp.timestamp >= 0 ? DEFAULT_MSS : 0;
}

/** SYN and ACK to the client, always the same. */
function synAnswer(state: State, packet: KernelPacket): Generated {
  return sendFor(state, {
    ...replyTo(packet, keyOfSender(state, true)),
    sequence: state.source.high,
    acknowledgment: next(headerOf(packet).sequence),
    flags: SYN | ACK,
    window: 0,
    mss: promisedMss(state),
    tag: "",
  });
}

function promisedMss(state: State): number {
  return state.extra?.synproxy?.mss ?? -1;
}

/**
 * The handshakes of the SYN proxy: undefined if `state` is not in them (follows pf_synproxy,
 * OpenBSD 7.8). Neither timer nor its kind change in them.
 */
export function trackSynproxy(
  state: State,
  packet: KernelPacket,
  fromSource: boolean,
  context: TrackContext,
): Tracked | undefined {
  const { source } = state;
  const tcp = headerOf(packet);
  if (source.level === PROXY_SOURCE) {
    if (!fromSource) return swallow();
    if ((tcp.flags & SYN) !== 0) {
      const isRepeated = tcp.sequence === source.low;
      return isRepeated ? swallow(synAnswer(state, packet)) : dropFor(REASON.synproxy);
    }
    const isAck = (tcp.flags & (ACK | RST | FIN)) === ACK;
    if (!isAck || !answersProxy(state, tcp)) return dropFor(REASON.synproxy);
    source.level = PROXY_DESTINATION;
    return { ...openServer(state, packet, context), completed: true };
  }
  if (source.level !== PROXY_DESTINATION) return undefined;
  return fromSource ? openServer(state, packet, context) : joinServer(state, packet);
}

/** The packet is the client's right answer to our SYN and ACK. */
function answersProxy({ source }: State, tcp: TcpHeader): boolean {
  return tcp.acknowledgment === next(source.high) && tcp.sequence === next(source.low);
}

/** Sends the client's SYN on, with a sequence number of our own. */
function openServer(state: State, packet: KernelPacket, context: TrackContext): Tracked {
  const { source, destination } = state;
  const tcp = headerOf(packet);
  if ((tcp.flags & (SYN | ACK)) !== ACK || !answersProxy(state, tcp)) {
    return dropFor(REASON.synproxy);
  }
  source.window = Math.max(tcp.window, 1);
  if (destination.high === 1) destination.high = context.random(SEQUENCES);
  const syn = sendFor(state, {
    ...towardsServer(state),
    sequence: destination.high,
    acknowledgment: 0,
    flags: SYN,
    window: 0,
    mss: promisedMss(state),
    tag: state.extra?.tag ?? "",
  });
  return swallow(syn);
}

/** Takes the server's SYN and ACK and connects both handshakes; from now on numbers are shifted. */
function joinServer(state: State, packet: KernelPacket): Tracked {
  const { source, destination } = state;
  const tcp = headerOf(packet);
  const isAnswer = (tcp.flags & (SYN | ACK)) === (SYN | ACK);
  if (!isAnswer || tcp.acknowledgment !== next(destination.high)) return dropFor(REASON.synproxy);
  destination.window = Math.max(tcp.window, 1);
  destination.low = tcp.sequence;
  const toServer = sendFor(state, {
    ...replyTo(packet, keyOfSender(state, false)),
    sequence: tcp.acknowledgment,
    acknowledgment: next(tcp.sequence),
    flags: ACK,
    window: source.window,
    mss: -1,
    tag: state.extra?.tag ?? "",
  });
  const toClient = sendFor(state, {
    ...towardsClient(state),
    sequence: next(source.high),
    acknowledgment: next(source.low),
    flags: ACK,
    window: destination.window,
    mss: -1,
    tag: "",
  });
  source.shift = (destination.high - source.low) >>> 0;
  destination.shift = (source.high - destination.low) >>> 0;
  source.high = (source.low + destination.window) >>> 0;
  destination.high = (destination.low + source.window) >>> 0;
  source.scale = -1;
  destination.scale = -1;
  source.level = ESTABLISHED;
  destination.level = ESTABLISHED;
  return swallow(toServer, toClient);
}

/**
 * The RST towards the client of a state that goes while it waits for the server (follows
 * pf_remove_state, OpenBSD 7.8); undefined: none is due.
 */
export function synproxyReset(state: State): Generated | undefined {
  const { source } = state;
  if (source.level !== PROXY_DESTINATION) return undefined;
  return sendFor(state, {
    ...towardsClient(state),
    sequence: source.high,
    acknowledgment: next(source.low),
    flags: RST | ACK,
    window: 0,
    mss: -1,
    tag: state.extra?.tag ?? "",
  });
}

type Ends = Pick<
  TcpParts,
  "family" | "source" | "destination" | "sourcePort" | "destinationPort" | "rtable"
>;

/** From the client to the server behind us; the state was made by a packet that came in. */
function towardsServer({ stack }: State): Ends {
  return {
    ...familyAndDomain(stack),
    source: stack.address0,
    sourcePort: stack.port0,
    destination: stack.address1,
    destinationPort: stack.port1,
  };
}

/** From the server as the client knows it. */
function towardsClient({ wire }: State): Ends {
  return {
    ...familyAndDomain(wire),
    source: wire.address1,
    sourcePort: wire.port1,
    destination: wire.address0,
    destinationPort: wire.port0,
  };
}

function familyAndDomain({ family, rdomain }: StateKey): Pick<Ends, "family" | "rtable"> {
  return { family, rtable: rdomain };
}

function next(sequence: number): number {
  return (sequence + 1) >>> 0;
}
