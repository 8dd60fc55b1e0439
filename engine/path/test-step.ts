import type { Step } from "../../model/answer.ts";
import type { PfConf } from "../../model/pf-conf.ts";
import type { LiveRule } from "../kernel/live-rule.ts";
import type { Outcome } from "../kernel/outcome.ts";
import type { KernelPacket } from "../kernel/packet.ts";
import { packetOf } from "./kernel-packet.ts";
import type { PfTest } from "./points.ts";
import type { Ruling } from "./running-pf.ts";
import { samePacket } from "./same-packet.ts";

/** What one pf test did with a packet, as a step of its trace. */
export type TestStep = Step & { readonly kind: "test" };

/**
 * The step that tells of a ruling.
 *
 * @param given - the packet that was put to pf
 * @param quotedCode - of the packet that it quotes
 */
export function stepOf(
  test: PfTest,
  given: KernelPacket,
  { outcome, open, creator }: Ruling,
  quotedCode: number,
): TestStep {
  const conf = test.host.pfConf;
  const packet = packetOf(given, quotedCode);
  const left = leftAs(outcome);
  const becomes = left && packetOf(left, quotedCode);
  return {
    kind: "test",
    host: test.host.name,
    interface: test.interface.name,
    direction: test.direction,
    rdomain: test.rdomain,
    packet,
    verdict: open ? "unknown" : verdictOf(outcome),
    by: conf === undefined ? "no pf" : causeOf(outcome),
    made: outcome.state === "new" && !open,
    ...(outcome.rule === undefined ? {} : { rule: lineOf(outcome.rule, conf) }),
    ...(creator === undefined ? {} : { creator: creator.emission }),
    ...(open || becomes === undefined || samePacket(packet, becomes) ? {} : { becomes }),
  };
}

function verdictOf({ verdict, decided, generated, second }: Outcome): TestStep["verdict"] {
  switch (verdict) {
    case "pass":
      return decided ? "pass" : "skip";
    case "gone":
      // a packet that waits for fragments has not passed
      return decided && (generated.length > 0 || second !== undefined) ? "pass" : "block";
    case "drop":
      return "block";
  }
}

function causeOf({ verdict, decided, state, rule }: Outcome): TestStep["by"] {
  if (!decided) return verdict === "pass" ? "skip" : "default";
  if (state === "hit") return "state";
  return rule === undefined ? "default" : "rule";
}

/** The packet behind pf, in its other family if pf has changed that. */
function leftAs({ verdict, packet, generated }: Outcome): KernelPacket | undefined {
  if (verdict === "drop") return undefined;
  const other = generated.find((it) => it.kind === "affwd" || it.kind === "afout");
  return other?.kind === "affwd" || other?.kind === "afout" ? other.packet : packet;
}

/** A rule as traces show it. */
export function lineOf(
  { rule, number, anchor }: Pick<LiveRule, "rule" | "number" | "anchor">,
  conf: PfConf | undefined,
): NonNullable<TestStep["rule"]> {
  const text = conf?.texts.get(anchor)?.[number] ?? "";
  return { span: rule.origin.span, text, number, anchor };
}
