import { Random } from "../../../../engine/claims/random.ts";
import { checkHeaders } from "../../../../engine/kernel/headers.ts";
import { Kernel } from "../../../../engine/kernel/kernel.ts";
import type { Outcome } from "../../../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../../../engine/kernel/packet.ts";
import { Rulesets } from "../../../../engine/kernel/rulesets.ts";
import { Tables } from "../../../../engine/kernel/tables.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import type { Field, FieldValues, PacketSet } from "../../../../engine/sets/packet-sets.ts";
import { fieldAddress } from "../../../../engine/sets/packets.ts";
import { type Asked, compileRuleset } from "../../../../engine/sets/rules/compile.ts";
import type { Detail, Fate, RulesetFunction } from "../../../../engine/sets/rules/fate.ts";
import type { Place, Source, SourceRule } from "../../../../engine/sets/rules/situation.ts";
import { ICMP, ICMP6 } from "../../../../model/packet.ts";
import {
  acceptedRules,
  type KernelEnv,
  surroundingsOf,
} from "../../../conformance/kernel-surroundings.ts";
import { environmentOf } from "../../../support/environment.ts";
import type { Shot } from "../../../support/kernel-drawn-tests.ts";
import { nameOf, TENANTS } from "../../../support/kernel-host.ts";

/** Texts by the anchor that they are loaded into; the main one first. */
export type Texts = readonly (readonly [anchor: string, text: string])[];

/** One pf.conf, and what it loads into anchors, read by the kernel engine and by the set engine. */
export class TwoReadings {
  readonly source: Source;
  readonly #texts: Texts;
  readonly #env: KernelEnv;

  constructor(texts: Texts, env: KernelEnv = TENANTS) {
    this.#texts = texts;
    this.#env = env;
    this.source = sourceOf(texts, env);
  }

  /** What the kernel does with a packet; `seed` decides its random choices. */
  tested(shot: Shot, seed: number): Outcome {
    const random = new Random(seed);
    const kernel = new Kernel(surroundingsOf(this.#env), (below) => random.below(below));
    const environment = environmentOf(this.#env);
    for (const [anchor, text] of this.#texts) {
      const reading = acceptedRules(text, environment, {}, anchor);
      if (anchor === "") kernel.load(reading);
      else kernel.loadAnchor(reading);
    }
    return kernel.test(shot.packet, { ...shot, forwarded: true });
  }

  compiled(
    sets: PacketFunctions,
    { direction, interface: name, packet }: Shot,
    detail: Detail,
    more: Partial<Asked> = {},
    forwarded = true,
  ): RulesetFunction {
    const { rtables } = this.source.surroundings;
    const place: Place = {
      direction,
      interface: name,
      rdomain: rtables.get(packet.rtable) ?? packet.rtable,
      forwarded,
      receivedOn: direction === "in" ? name : packet.receivedOn,
      priority: packet.priority,
      looksLike: undefined,
    };
    const closed = new Set<string>();
    return compileRuleset({
      sets,
      source: this.source,
      place,
      tag: packet.tag,
      detail,
      closed,
      ...more,
    });
  }
}

function sourceOf(texts: Texts, env: KernelEnv): Source {
  const live = new Rulesets();
  const tables = new Tables();
  const paths: string[] = [];
  for (const [anchor, text] of texts) {
    const { main, loaded } = acceptedRules(text, environmentOf(env), {}, anchor);
    for (const it of [main, ...loaded]) {
      live.load(it, 0);
      paths.push(...it.rulesets.keys());
    }
    for (const it of [main, ...loaded]) tables.load(it, live.all());
  }
  return {
    surroundings: surroundingsOf(env),
    knowsSockets: true,
    rulesets: new Map(paths.map((path) => [path, live.rulesOf(path)])),
    table: (anchor, name) => {
      const table = tables.find(anchor, name);
      return table && { entries: table.entries, open: false };
    },
  };
}

/** The fields of a packet that sets speak of. */
export function fieldsOf(packet: KernelPacket): FieldValues {
  const { family, protocol, icmp, fragment } = packet;
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  const { hasOptions, isFragment } = checkHeaders(packet);
  return {
    family: family === "inet" ? 0n : 1n,
    protocol: BigInt(protocol),
    source: fieldAddress(family, packet.source),
    destination: fieldAddress(family, packet.destination),
    sourcePort: BigInt(isIcmp ? (icmp?.id ?? 0) : packet.sourcePort),
    destinationPort: BigInt(
      isIcmp ? (icmp?.type ?? 0) * 256 + (icmp?.code ?? 0) : packet.destinationPort,
    ),
    flags: BigInt(packet.tcp?.flags ?? 0),
    tos: BigInt(packet.tos),
    fragment: isFragment ? (fragment?.offset === 0 ? 1n : 2n) : 0n,
    options: hasOptions ? 1n : 0n,
  };
}

/** What the kernel did, in a line. */
export function toldOutcome({ verdict, rule, matched, state, packet }: Outcome): string {
  return verdict === "drop"
    ? ["drop", named(rule), (matched ?? []).map(named)].join(" ")
    : ["pass", named(rule), (matched ?? []).map(named), state, packet.tag, packet.rtable].join(" ");
}

/** The same of a fate. */
export function toldFate({ verdict, rule, matched, state, tag, rtable }: Fate): string {
  return verdict === "drop"
    ? ["drop", named(rule), matched.map(named)].join(" ")
    : ["pass", named(rule), matched.map(named), state ? "new" : "none", tag, rtable].join(" ");
}

function named(rule: SourceRule | undefined): string {
  return rule === undefined ? "-" : nameOf(rule as Parameters<typeof nameOf>[0]);
}

/** The set of one packet. */
export function only(sets: PacketFunctions, fields: FieldValues): PacketSet {
  const unused = fields.family === 0n ? (1n << 96n) - 1n : 0n;
  return Object.entries(fields).reduce((all, [field, value]) => {
    const isAddress = field === "source" || field === "destination";
    const last = isAddress ? value | unused : value;
    return sets.and(all, sets.range(field as Field, value, last));
  }, sets.all);
}
