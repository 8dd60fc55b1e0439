import type { Outcome } from "../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../engine/kernel/packet.ts";
import type { Shot } from "./ruleset-trial.ts";

/** What became of packets, so that a run is seen to have tested something. */
export class OutcomeClasses {
  readonly #counts: Map<string, number> = new Map();

  count(
    before: KernelPacket,
    { outcome, tested }: Shot,
    { count, open }: { readonly count: number; readonly open: boolean },
  ): void {
    if (tested === undefined) {
      this.#add("dropped or passed before the rules");
      return;
    }
    this.#add(kindOf(outcome));
    const { rule, matched = [], packet, verdict } = outcome;
    const names: readonly (readonly [string, boolean])[] = [
      ["by a rule of an anchor", rule !== undefined && rule.anchor !== ""],
      ["by a rule that tests a tag", rule !== undefined && rule.rule.tagged !== ""],
      ["match rules matched", matched.length > 0],
      ["translated", verdict === "pass" && isTranslated(before, packet)],
      ["into the other family", outcome.generated.some((it) => it.kind.startsWith("af"))],
      ["tag set", verdict === "pass" && packet.tag !== before.tag],
      ["table set", verdict === "pass" && packet.rtable !== before.rtable],
      ["header set", verdict === "pass" && isScrubbed(before, packet)],
      ["answered", outcome.generated.some(({ kind }) => kind === "icmp" || kind === "send")],
      ["of inet6", before.family === "inet6"],
      ["fragments", tested.isFragment],
      ["with options", tested.hasOptions],
      ["ICMP", before.icmp !== undefined],
      ["with several fates, by choice", count > 1 && !open],
      ["with several fates, open", open],
    ];
    for (const [name, holds] of names) if (holds) this.#add(name);
  }

  get(name: string): number {
    return this.#counts.get(name.trim()) ?? 0;
  }

  lines(): readonly string[] {
    return [...this.#counts].map(([name, count]) => `${name}: ${count}`).toSorted();
  }

  #add(name: string): void {
    const plain = name.trim();
    this.#counts.set(plain, (this.#counts.get(plain) ?? 0) + 1);
  }
}

function kindOf({ verdict, rule, state }: Outcome): string {
  if (verdict === "drop") {
    return rule?.rule.action === "block" ? "drop by a block rule" : "drop by another cause";
  }
  if (rule === undefined) return "pass by default";
  return state === "new" ? "pass with a state" : "pass without a state";
}

function isTranslated(one: KernelPacket, other: KernelPacket): boolean {
  return (
    one.source !== other.source ||
    one.destination !== other.destination ||
    one.sourcePort !== other.sourcePort ||
    one.destinationPort !== other.destinationPort ||
    one.icmp?.id !== other.icmp?.id
  );
}

function isScrubbed(one: KernelPacket, other: KernelPacket): boolean {
  return (
    one.tos !== other.tos ||
    one.ttl !== other.ttl ||
    one.priority !== other.priority ||
    one.dontFragment !== other.dontFragment ||
    one.tcp?.mss !== other.tcp?.mss
  );
}
