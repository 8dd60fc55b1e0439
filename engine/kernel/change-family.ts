import type { Family } from "../../model/packet.ts";
import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import type { Tested } from "./evaluation.ts";
import { icmpIn4, icmpIn6 } from "./icmp-families.ts";
import { addressesOf } from "./keys.ts";
import type { Machine } from "./machine.ts";
import type { Generated } from "./outcome.ts";
import { copyOf, type KernelPacket } from "./packet.ts";
import { opposite } from "./rewrite.ts";
import type { State, StateKey } from "./state.ts";

const MOST_HOPS = 64;
/** The bits of an IPv6 address where an IPv4 address may lie. */
const LOW_32 = 0xffffffffn;

/**
 * A packet of an `af-to` state in the other family, to be forwarded; undefined: nothing is forwarded
 * (section 18; follows pf_translate_af, OpenBSD 7.8).
 */
export function changeFamily(
  state: State,
  { direction, isError, isReply, tos, ttl }: Tested,
  packet: KernelPacket,
  machine: Machine,
): Generated[] | undefined {
  if (!machine.surroundings.forwarding) return undefined;
  const { wire, stack } = state;
  const from = packet.family === wire.family ? wire : stack;
  const to = from === wire ? stack : wire;
  const { family } = to;
  const at = addressesOf(to, opposite(direction));
  const made: KernelPacket = {
    ...copyOf(packet),
    family,
    tos,
    ttl: family === "inet6" ? hopsOf(ttl) : ttl,
    dontFragment: family === "inet",
    options: "none",
    routingHeader: -1,
    fragment: undefined,
    source: at.source,
    destination: at.destination,
  };
  if (packet.protocol === ICMP || packet.protocol === ICMP6) {
    made.protocol = family === "inet" ? ICMP : ICMP6;
    made.icmp = family === "inet" ? icmpIn4(made.icmp) : icmpIn6(made.icmp);
    if (isError) changeQuoted(made, packet, to, direction, family);
    else if (made.icmp !== undefined) made.icmp.id = isReply ? at.destinationPort : at.sourcePort;
  } else if (packet.protocol === TCP || packet.protocol === UDP) {
    made.sourcePort = at.sourcePort;
    made.destinationPort = at.destinationPort;
  }
  return [{ kind: "affwd", packet: made }];
}

/** More hops than usual are the usual ones, and so are none. */
function hopsOf(ttl: number): number {
  return ttl === 0 ? MOST_HOPS : Math.min(ttl, MOST_HOPS);
}

/** The quoted packet went the other way, so its ends are exchanged. */
function changeQuoted(
  made: KernelPacket,
  arrived: KernelPacket,
  to: StateKey,
  direction: Tested["direction"],
  family: Family,
): void {
  const quoted = made.icmp?.quoted;
  if (quoted === undefined) return;
  const at = addressesOf(to, opposite(direction));
  made.destination = at.destination;
  if (family === "inet6") made.source = (at.source & ~LOW_32) | arrived.source;
  quoted.source = at.destination;
  quoted.destination = at.source;
  if (quoted.protocol === ICMP || quoted.protocol === ICMP6) {
    quoted.protocol = family === "inet" ? ICMP : ICMP6;
    const request = quoted.icmpType === 8 || quoted.icmpType === 128;
    quoted.icmpType = family === "inet" ? (request ? 8 : 0) : request ? 128 : 129;
    quoted.icmpId = request ? at.destinationPort : at.sourcePort;
    return;
  }
  quoted.sourcePort = at.destinationPort;
  quoted.destinationPort = at.sourcePort;
}
