import type { Evaluation } from "./evaluation.ts";
import type { Machine } from "./machine.ts";
import { beginModulation } from "./modulation.ts";
import type { Generated } from "./outcome.ts";
import { ACK, type KernelPacket, SYN } from "./packet.ts";
import { beginScrub, scrub, timestampSlack } from "./reassemble-tcp.ts";
import type { State } from "./state.ts";
import { beginSynproxy } from "./synproxy.ts";

/** Segment sizes of Ethernet less the headers of each family. */
const ROUTE_MSS = { inet: 1460, inet6: 1440 } as const;

/** What a TCP packet that has made a state begins. */
export type Started =
  | { readonly kind: "passed" }
  | { readonly kind: "dropped"; readonly reason: number }
  /** The SYN proxy answers; the packet goes no further. */
  | { readonly kind: "swallowed"; readonly answer: Generated };

/**
 * Modulation, reassembly of TCP and the SYN proxy begin with the packet that makes the state.
 *
 * @param packet - not translated yet; its sequence number is modulated
 */
export function startTcp(
  machine: Machine,
  state: State,
  { direction, domain }: Evaluation,
  packet: KernelPacket,
): Started {
  const { rule } = state.rule;
  if (rule.state === "modulate") {
    beginModulation(state.source, packet, domain, machine.sequences);
  }
  if (state.extra?.actions.reassembleTcp === true) {
    beginScrub(state, packet, true, machine.now, machine.random);
    const slack = timestampSlack(state, machine.timeouts);
    const reason = scrub(state, packet, true, machine.now, slack);
    if (reason !== 0) return { kind: "dropped", reason };
  }
  const isPureSyn = ((packet.tcp?.flags ?? 0) & (SYN | ACK)) === SYN;
  if (rule.state === "synproxy" && direction === "in" && isPureSyn) {
    const mss = ROUTE_MSS[packet.family];
    return { kind: "swallowed", answer: beginSynproxy(state, packet, mss, machine.random) };
  }
  return { kind: "passed" };
}
