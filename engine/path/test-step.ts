import type { Step } from "../../model/answer.ts";
import type { Packet } from "../../model/packet.ts";
import type { Outcome } from "../rules/evaluate.ts";
import type { PfTest } from "./points.ts";

/** What one pf test did with a packet, as a step of its trace. */
export type TestStep = Step & { readonly kind: "test" };

/** The step that tells of `outcome`. */
export function stepOf(
  test: PfTest,
  packet: Packet,
  outcome: Outcome,
  creator: number | undefined,
): TestStep {
  const { rule } = outcome;
  return {
    kind: "test",
    host: test.host.name,
    interface: test.interface.name,
    direction: test.direction,
    rdomain: test.rdomain,
    packet,
    verdict: outcome.by === "skip" || outcome.by === "no pf" ? "skip" : outcome.verdict,
    by: outcome.by,
    made: outcome.made !== undefined,
    ...(rule === undefined
      ? {}
      : { rule: { span: rule.span, text: rule.text, number: rule.number, anchor: rule.anchor } }),
    ...(creator === undefined ? {} : { creator }),
    ...(samePacket(packet, outcome.packet) ? {} : { becomes: outcome.packet }),
  };
}

/** Whether two packets are the same to whoever receives them: addresses, ports and ICMP id. */
export function samePacket(a: Packet, b: Packet): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    a.icmpId === b.icmpId
  );
}
