import type { Crossing, Outcome } from "../../engine/rules/evaluate.ts";
import { printAddress } from "../../model/address-text.ts";
import type { Family, Packet } from "../../model/packet.ts";
import type { Rule } from "../../model/rule.ts";
import { addressOf, flagsOf } from "./kernel-packets.ts";
import type { Changes, Expectation } from "./kernel-record.ts";

/**
 * Every field in which an outcome is not what pf did: verdict, rule, state, `match` rules, packet,
 * tag, table.
 *
 * @param how.isLeg - the record lists the whole packet, not only what changed
 * @param how.isOpen - some rule may have matched without changing the outcome, so that neither the
 *   deciding rule nor the `match` rules are known
 */
export function differences(
  expected: Expectation,
  crossing: Crossing,
  outcome: Outcome,
  { isLeg, isOpen }: { readonly isLeg: boolean; readonly isOpen: boolean },
): readonly string[] {
  const wrong: string[] = [];
  const compare = (what: string, theirs: unknown, ours: unknown): void => {
    if (String(theirs) !== String(ours)) wrong.push(`${what} ${theirs}, here ${ours}`);
  };
  const passed = outcome.verdict === "pass";
  compare("verdict", expected.v === "gone" ? "drop" : expected.v, passed ? "pass" : "drop");
  if (expected.rec === 0) return wrong;
  if (!isOpen) compare("rule", nameOf(expected), ruleName(outcome.rule));
  const state = expected.st === "-" ? undefined : expected.st;
  compare("state", state, outcome.made ? "new" : outcome.hit ? "hit" : undefined);
  if (expected.m !== undefined && !isOpen) {
    compare("match rules", expected.m.join(), outcome.matched.map(matchName).join());
  }
  if (!passed || expected.v !== "pass") return wrong;
  compare("tag", expected.tag, outcome.tag);
  const { packet } = outcome;
  comparePacket(expected.c ?? {}, isLeg ? undefined : crossing.packet, packet, compare);
  const unchanged = isLeg ? 0 : crossing.rtable;
  compare("table", expected.c?.rtab ?? unchanged, outcome.rtable);
  return wrong;
}

type Compare = (what: string, theirs: unknown, ours: unknown) => void;

/** @param before - a field that is not listed is as it came; absent: all fields are listed */
function comparePacket(
  changes: Changes,
  before: Packet | undefined,
  packet: Packet,
  compare: Compare,
): void {
  const { family } = packet;
  const text = (value: bigint) => printAddress({ family, value });
  const field = (what: string, listed: unknown, came: unknown, left: unknown): void => {
    if (listed === undefined && before === undefined) return;
    if (listed !== "*") compare(what, listed ?? came, left);
  };
  const canonical = (listed: string | undefined) =>
    listed === undefined ? undefined : text(addressOf(listed).value);
  field("source", canonical(changes.s), before && text(before.source), text(packet.source));
  field(
    "destination",
    canonical(changes.d),
    before && text(before.destination),
    text(packet.destination),
  );
  field("source port", changes.sp, before?.sourcePort, packet.sourcePort);
  field("destination port", changes.dp, before?.destinationPort, packet.destinationPort);
  field("ICMP id", changes.id, before?.icmpId, packet.icmpId);
  const flags = changes.fl === undefined ? undefined : flagsOf(changes.fl);
  field("flags", flags, before?.flags, packet.flags);
  if (changes.in !== undefined) compareQuoted(changes.in, family, packet, compare);
}

function compareQuoted(
  [source, sourcePort, destination, destinationPort]: NonNullable<Changes["in"]>,
  family: Family,
  { quoted }: Packet,
  compare: Compare,
): void {
  if (quoted === undefined) return;
  const text = (value: bigint) => printAddress({ family, value });
  compare("quoted source", text(addressOf(source ?? "").value), text(quoted.source));
  compare("quoted destination", text(addressOf(destination ?? "").value), text(quoted.destination));
  if (typeof sourcePort === "number") compare("quoted port", sourcePort, quoted.sourcePort);
  if (typeof destinationPort === "number") {
    compare("quoted port", destinationPort, quoted.destinationPort);
  }
}

function nameOf({ r, a }: Expectation): string {
  return r === undefined || r === -1 ? "default" : `${a ?? ""}#${r}`;
}

function ruleName(rule: Rule | undefined): string {
  return rule === undefined ? "default" : `${rule.anchor}#${rule.number}`;
}

function matchName({ anchor, number }: Rule): string {
  return anchor === "" ? String(number) : `${anchor}#${number}`;
}
