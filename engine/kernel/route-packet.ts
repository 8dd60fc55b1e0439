import type { Retest } from "./deliver.ts";
import type { Tested } from "./evaluation.ts";
import type { Machine } from "./machine.ts";
import type { Generated, Outcome } from "./outcome.ts";
import { copyOf, type KernelPacket } from "./packet.ts";
import type { RouteAction } from "./state.ts";

const TIME_EXCEEDED = 11;
const TIME_EXCEEDED_6 = 3;
const UNREACHABLE = 3;
const UNREACHABLE_6 = 1;

/**
 * Sends a packet, or with `dup-to` a copy of it, to a next hop (section 24.9; follows pf_route and
 * pf_route6, OpenBSD 7.8).
 */
export function routePacket(
  machine: Machine,
  tested: Tested,
  outcome: Outcome,
  route: RouteAction,
  retest: Retest,
): Outcome {
  const copies = route.kind === "dup-to";
  const packet = copyOf(outcome.packet);
  const inet = packet.family === "inet";
  const gone = (more: readonly Generated[]): Outcome => ({
    ...outcome,
    verdict: copies ? "pass" : "gone",
    generated: [...outcome.generated, ...more],
  });
  if (tested.direction === "in") {
    if (packet.ttl <= 1) {
      const type = inet ? TIME_EXCEEDED : TIME_EXCEEDED_6;
      return gone(copies ? [] : [{ kind: "icmp", type, code: 0 }]);
    }
    packet.ttl--;
  }
  const found = machine.routes.lookUp(packet.rtable, route.family, route.address);
  if (found === undefined) {
    if (copies) return outcome;
    const type = inet ? UNREACHABLE : UNREACHABLE_6;
    return gone([{ kind: "icmp", type, code: inet ? 1 : 0 }]);
  }
  leaveLoopback(packet, machine, found.interface);
  const sent: Generated = {
    kind: "routed",
    packet,
    interface: found.interface,
    gateway: found.gateway?.value ?? route.address,
  };
  if (copies || tested.direction === "out") return gone([sent]);
  const second = retest(packet, {
    direction: "out",
    interface: found.interface,
    // pf_route says out, not forwarded: sockets are looked up
    forwarded: false,
  });
  const made = second.verdict === "pass" ? [{ ...sent, packet: second.packet }] : [];
  return { ...gone([...second.generated, ...made]), second };
}

/** 127.0.0.0/8 */
const LOOPBACK = 127n;

/** No packet of a loopback address leaves on another interface: it takes an address of that one. */
function leaveLoopback(packet: KernelPacket, { surroundings }: Machine, name: string): void {
  const { family, source } = packet;
  if (family === "inet" ? source >> 24n !== LOOPBACK : source !== 1n) return;
  const out = surroundings.interfaces.find((it) => it.name === name);
  if (out === undefined || out.kind === "loopback") return;
  const own = out.addresses.find((it) => it.family === family);
  if (own !== undefined) packet.source = own.value;
}
