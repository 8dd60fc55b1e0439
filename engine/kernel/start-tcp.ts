import type { Family } from "../../model/packet.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Machine } from "./machine.ts";
import { beginModulation } from "./modulation.ts";
import type { Generated } from "./outcome.ts";
import { isPureSyn, type KernelPacket } from "./packet.ts";
import { beginScrub, scrub, timestampSlack } from "./reassemble-tcp.ts";
import type { State } from "./state.ts";
import { beginSynproxy } from "./synproxy.ts";

/** Headers of IP and TCP, bytes. */
const HEADERS = { inet: 40, inet6: 60 } as const;
const ETHERNET_MTU = 1500;
const LOOPBACK_MTU = 32_768;
/** net.inet.tcp.mssdflt */
const DEFAULT_MSS = 512;

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
  { direction, domain, rtable }: Evaluation,
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
  if (rule.state === "synproxy" && direction === "in" && isPureSyn(packet)) {
    const ends = [packet.source, packet.destination];
    const sizes = ends.map((end) => routeMss(machine, packet.family, end, rtable));
    const mss = Math.min(...sizes);
    return { kind: "swallowed", answer: beginSynproxy(state, packet, mss, machine.random) };
  }
  return { kind: "passed" };
}

/** Segment size of the route to one end, or the default without one (follows pf_calc_mss). */
function routeMss(
  { routes, surroundings }: Machine,
  family: Family,
  end: bigint,
  rtable: number,
): number {
  const route = routes.lookUp(rtable, family, end);
  if (route === undefined) return DEFAULT_MSS;
  const out = surroundings.interfaces.find(({ name }) => name === route.interface);
  const mtu = out?.kind === "loopback" ? LOOPBACK_MTU : ETHERNET_MTU;
  return Math.max(mtu - HEADERS[family], DEFAULT_MSS);
}
