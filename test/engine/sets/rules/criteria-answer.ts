import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import { liveRule } from "../../../../engine/kernel/rulesets.ts";
import type { Surroundings } from "../../../../engine/kernel/surroundings.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import { CriteriaContext, criteriaOf } from "../../../../engine/sets/rules/criteria.ts";
import { boxSet } from "../../../../engine/sets/rules/runs.ts";
import type { Place, Source, SourceTable } from "../../../../engine/sets/rules/situation.ts";
import type { Prefix } from "../../../../model/address.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import type { KernelStep } from "../../../conformance/kernel-packets.ts";
import { readRules, surroundingsOf } from "../../../conformance/kernel-surroundings.ts";
import { environmentOf } from "../../../support/environment.ts";
import { packetFrom, TENANTS } from "../../../support/kernel-host.ts";
import { fieldValues } from "./criteria-agreement.ts";

/** Packets come in on em0. */
export const PLACE: Place = {
  direction: "in",
  interface: "em0",
  rdomain: 0,
  forwarded: false,
  receivedOn: "em0",
  priority: 3,
  looksLike: undefined,
};

/** How a place differs from {@link PLACE}, and what is around it. */
export interface Situation {
  readonly place?: Partial<Place>;
  readonly surroundings?: Partial<Surroundings>;
  readonly knowsSockets?: boolean;
  readonly tables?: Readonly<Record<string, SourceTable>>;
  readonly closed?: ReadonlySet<string>;
}

/** As `packetFrom` takes it. */
export type Packet = string | readonly [text: string, fields: Partial<KernelStep>];

export function contextOf(sets: PacketFunctions, situation: Situation): CriteriaContext {
  const { place, surroundings, knowsSockets = true, tables = {}, closed = new Set() } = situation;
  const source: Source = {
    surroundings: { ...surroundingsOf(TENANTS), ...surroundings },
    knowsSockets,
    rulesets: new Map(),
    table: (_, name) => tables[name],
  };
  return new CriteriaContext({ sets, source, place: { ...PLACE, ...place }, closed });
}

/** The one rule of a text. */
export function ruleOf(text: string): LiveRule {
  const { main, stderr } = readRules(`${text}\n`, environmentOf(TENANTS), {}, "");
  const rule = main.rulesets.get("")?.rules[0];
  if (rule === undefined) throw new Error(stderr.join("\n"));
  return liveRule(rule, "", 0, 0);
}

/** `yes`, `no`, or `open`: may, and need not. */
export function answer(text: string, packet: Packet, situation: Situation = {}): string {
  return answerOf(ruleOf(text), packet, situation);
}

export function answerOf(live: LiveRule, packet: Packet, situation: Situation = {}): string {
  const sets = intervalPacketFunctions();
  return answerIn(contextOf(sets, situation), live, packet, 0);
}

export function answerIn(
  context: CriteriaContext,
  live: LiveRule,
  packet: Packet,
  rtable: number,
): string {
  const { sets } = context;
  const criteria = criteriaOf(context, live, rtable);
  if (criteria === undefined) return "no";
  const [line, fields] = typeof packet === "string" ? [packet, {}] : packet;
  const kernelPacket = packetFrom(line, fields);
  const values = fieldValues(kernelPacket, kernelPacket);
  if (!sets.has(boxSet(sets, criteria), values)) return "no";
  if (sets.has(criteria.must, values)) return sets.has(criteria.may, values) ? "yes" : "bad";
  return sets.has(criteria.may, values) ? "open" : "no";
}

export function prefix(text: string): Prefix {
  const made = parsePrefix(text);
  if (made === undefined) throw new RangeError(text);
  return made;
}
