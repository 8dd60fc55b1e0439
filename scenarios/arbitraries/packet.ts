import fc from "fast-check";
import type { Boundaries } from "../../engine/claims/boundaries.ts";
import { ICMP, ICMP6, type Packet, TCP, UDP } from "../../model/packet.ts";
import { type Flow, flowNear } from "./flow.ts";

/**
 * A packet at the boundaries of some rules: every field on an end of a range that they name, or one
 * step past it; now and then a value that no rule has to name to matter.
 *
 * Its flow is drawn first, so that {@link packetOfFlow} can draw others that share it.
 */
export function packetNear(boundaries: Boundaries): fc.Arbitrary<Packet> {
  return flowNear(boundaries).chain((flow) => packetOfFlow(flow));
}

/** A packet of a flow: what is no part of a state's key is drawn. */
export function packetOfFlow(flow: Flow): fc.Arbitrary<Packet> {
  return fc
    .record({
      flags: mostly(2, 2, 16, 18, 1, 3, 4, 0, 6, 24),
      icmpCode: fc.constantFrom(0, 1),
      tos: fc.constantFrom(0, 16, 17),
      options: mostly(10, false, true),
      fragment: mostly<Packet["fragment"]>(16, "no", "first", "later"),
    })
    .map((drawn) => meaningful(flow, drawn));
}

type Drawn = Pick<Packet, "flags" | "icmpCode" | "tos" | "options" | "fragment">;

/** Fields that the protocol, or a later fragment, does not have are 0. */
function meaningful(flow: Flow, drawn: Drawn): Packet {
  const { family, protocol, source, destination } = flow;
  const headed = drawn.fragment !== "later";
  const ported = headed && (protocol === TCP || protocol === UDP);
  const icmp = headed && (protocol === ICMP || protocol === ICMP6);
  return {
    family,
    protocol,
    source,
    destination,
    sourcePort: ported ? flow.sourcePort : 0,
    destinationPort: ported ? flow.destinationPort : 0,
    flags: headed && protocol === TCP ? drawn.flags : 0,
    icmpType: icmp ? flow.icmpType : 0,
    icmpCode: icmp ? drawn.icmpCode : 0,
    icmpId: icmp ? 7 : 0,
    tos: drawn.tos,
    ttl: protocol === ICMP6 && icmp ? hopLimit(flow.icmpType) : 64,
    fragment: drawn.fragment,
    options: drawn.options,
  };
}

/** The hop limit without which neighbour and listener discovery is not taken. */
function hopLimit(type: number): number {
  if (type >= 133 && type <= 137) return 255;
  return [130, 131, 132, 143].includes(type) ? 1 : 64;
}

function mostly<T>(times: number, usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: times - 1, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}
