import type { Emission, Step } from "../../model/answer.ts";
import type { Host } from "../../model/host.ts";
import { TCP } from "../../model/packet.ts";
import { type Outcome, REASON } from "../kernel/outcome.ts";
import type { KernelPacket } from "../kernel/packet.ts";
import { ACK, copyOf, RST, SYN } from "../kernel/packet.ts";
import type { Maker } from "./delivery.ts";
import { FIRST_SEQUENCE, kernelPacketOf } from "./kernel-packet.ts";
import type { TestStep } from "./test-step.ts";

/** A packet on its way, and what is known of its way so far. */
export interface Frame {
  readonly packet: KernelPacket;
  /** ICMP code of the packet that it quotes. */
  readonly quotedCode: number;
  readonly creators: readonly Maker[];
  readonly forged: boolean;
  readonly asked: boolean;
  /** pf of this host made it, or sent it on: it is asked no more. */
  readonly generated: boolean;
  /** It is the emitter's answer to pf, which has answered a SYN in place of its destination. */
  readonly completes: boolean;
  /** pf's own answer: seen where it arrives, but no delivery. */
  readonly isAnswer: boolean;
  readonly carries: Carried | undefined;
  readonly hops: number;
  readonly steps: readonly Step[];
  readonly decisive: TestStep | undefined;
}

/** The inner packet of an outer one. */
export interface Carried {
  readonly packet: KernelPacket;
  readonly vnetid: number | undefined;
  /** The host whose tunnel it is; undefined: its emitter forged the outer packet. */
  readonly host: Host | undefined;
}

/** The frame of an emission as it starts. */
export function frameOf({ packet, outer }: Emission, rtable: number): Frame {
  const inner = kernelPacketOf(packet, rtable);
  return {
    packet: outer === undefined ? inner : kernelPacketOf(outer, rtable),
    quotedCode: packet.quoted?.icmpCode ?? 0,
    creators: [],
    forged: outer !== undefined,
    asked: false,
    generated: false,
    completes: false,
    isAnswer: false,
    carries:
      outer === undefined ? undefined : { packet: inner, vnetid: undefined, host: undefined },
    hops: 0,
    steps: [],
    decisive: undefined,
  };
}

/** The packet without what a host keeps beside it. */
export function bare(packet: KernelPacket): KernelPacket {
  return { ...packet, tag: "", receivedOn: "", rtable: 0, priority: 3 };
}

/** Whether pf answers a SYN in place of its destination. */
export function isHandshake({ protocol, tcp }: KernelPacket): boolean {
  return protocol === TCP && ((tcp?.flags ?? 0) & (SYN | ACK | RST)) === (SYN | ACK);
}

/**
 * Whether nobody follows what pf sends because of `packet`: a reset, or the ACK that asks the sender of
 * a SYN within a connection what it means.
 */
export function isRetort({ tcp }: KernelPacket, packet: KernelPacket): boolean {
  const [made, met] = [tcp?.flags ?? 0, packet.tcp?.flags ?? 0];
  return (made & RST) !== 0 || ((made & SYN) === 0 && (met & (SYN | ACK)) === SYN);
}

/** An ICMP error is dropped because its state does not expect the sequence number that it quotes. */
export function isMisquoted({ state, reason, verdict, packet }: Outcome): boolean {
  const isRefused = state === "hit" && verdict === "drop" && reason === REASON.badState;
  return isRefused && packet.icmp?.quoted?.protocol === TCP;
}

/**
 * The error quoting a segment of an end that has said nothing yet: its state expects the numbers 0
 * and 1. Whoever sends an error may quote any.
 */
export function quotingSilence(packet: KernelPacket): KernelPacket {
  const made = copyOf(packet);
  if (made.icmp?.quoted !== undefined) made.icmp.quoted.sequence = 1;
  return made;
}

/** What completes a handshake: the answer to a SYN and ACK. */
export function acknowledging(answer: KernelPacket): KernelPacket {
  const sequence = (answer.tcp?.sequence ?? 0) + 1;
  const [source, destination] = [answer.destination, answer.source];
  const [sourcePort, destinationPort] = [answer.destinationPort, answer.sourcePort];
  return {
    ...bare(answer),
    source,
    destination,
    sourcePort,
    destinationPort,
    ttl: 64,
    tos: 0,
    tcp: answer.tcp && {
      ...answer.tcp,
      flags: ACK,
      sequence: FIRST_SEQUENCE + 1,
      acknowledgment: sequence >>> 0,
      window: 65_535,
      mss: -1,
    },
  };
}
