import { Random } from "../../../../engine/claims/random.ts";
import { Kernel } from "../../../../engine/kernel/kernel.ts";
import type { Outcome } from "../../../../engine/kernel/outcome.ts";
import { Rulesets } from "../../../../engine/kernel/rulesets.ts";
import { Tables } from "../../../../engine/kernel/tables.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import { type Asked, compileRuleset } from "../../../../engine/sets/rules/compile.ts";
import type { Detail, Fate, RulesetFunction } from "../../../../engine/sets/rules/fate.ts";
import type { Place, Source, SourceRule } from "../../../../engine/sets/rules/situation.ts";
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
