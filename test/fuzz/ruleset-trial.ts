import { Random as Choices } from "../../engine/claims/random.ts";
import type { Tested } from "../../engine/kernel/evaluation.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import type { Outcome } from "../../engine/kernel/outcome.ts";
import { copyOf, type KernelPacket } from "../../engine/kernel/packet.ts";
import type { Surroundings } from "../../engine/kernel/surroundings.ts";
import type { PacketFunctions } from "../../engine/sets/packet-functions.ts";
import { compileRuleset } from "../../engine/sets/rules/compile.ts";
import type { Detail, RulesetFunction } from "../../engine/sets/rules/fate.ts";
import type { Place, Source, SourceRule } from "../../engine/sets/rules/situation.ts";
import type { Environment } from "../../model/environment.ts";
import type { PfRule } from "../../model/pf-rule.ts";
import type { Unread } from "../../model/unread.ts";
import { acceptedRules, surroundingsOf } from "../conformance/kernel-surroundings.ts";
import type { Texts } from "../engine/sets/rules/compile-host.ts";
import { environmentOf } from "../support/environment.ts";
import { TENANTS } from "../support/kernel-host.ts";
import type { Spot } from "./border-packets.ts";

/** What is not known of a ruleset, by the names of rules. */
export interface Openings {
  /** Rules that an unread line stands behind. */
  readonly open: readonly string[];
  /** Rules of which nothing but their criteria is understood. */
  readonly unread: readonly string[];
  /** A table that may hold anything; empty: none. */
  readonly table: string;
  /** The packets' priorities are not known. */
  readonly priority: boolean;
}

export const NOTHING_OPEN: Openings = { open: [], unread: [], table: "", priority: false };

/** A place with the ruleset compiled for it in both details. */
export interface Compiled {
  readonly spot: Spot;
  readonly rules: RulesetFunction;
  readonly outcomes: RulesetFunction;
}

/** What the kernel did with a packet, and the packet as the rules saw it. */
export interface Shot {
  readonly outcome: Outcome;
  /** Undefined: it did not get to the rules. */
  readonly tested: Tested | undefined;
}

const ENVIRONMENT: Environment = environmentOf(TENANTS);
const SURROUNDINGS: Surroundings = surroundingsOf(TENANTS);

/** The routing domain of each interface. */
export const RDOMAINS: ReadonlyMap<string, number> = new Map(
  TENANTS.ifs.map(({ n, rd = 0 }) => [n, rd]),
);

/** One ruleset, read once: in a kernel, and as a source of functions of packets. */
export class RulesetTrial {
  readonly texts: Texts;
  readonly openings: Openings;
  readonly rules: readonly LiveRule[];
  readonly reassembles: boolean;
  readonly meaning: Pick<Source, "surroundings"> & Pick<Kernel, "table">;
  readonly #kernel: Kernel;
  readonly #sets: PacketFunctions;
  readonly #source: Source;
  #tested: Tested | undefined;

  /** @throws RangeError if pfctl refuses a text */
  constructor(sets: PacketFunctions, texts: Texts, openings: Openings = NOTHING_OPEN) {
    this.texts = texts;
    this.openings = openings;
    this.#sets = sets;
    const choices = new Choices(1);
    const kernel = new Kernel(SURROUNDINGS, (below) => choices.below(below));
    let reassembles = true;
    for (const [anchor, text] of texts) {
      const reading = acceptedRules(text, ENVIRONMENT, {}, anchor);
      if (anchor === "") {
        kernel.load(reading);
        reassembles = reading.options.reassemble;
      } else kernel.loadAnchor(reading);
    }
    kernel.watch = (tested) => {
      this.#tested ??= { ...tested, packet: copyOf(tested.packet) };
    };
    this.#kernel = kernel;
    this.reassembles = reassembles;
    this.rules = [...kernel.rulesets.values()].flat();
    const table: Kernel["table"] = (anchor, name) => kernel.table(anchor, name);
    this.meaning = { surroundings: SURROUNDINGS, table };
    this.#source = sourceOf(kernel, openings);
  }

  get isOpen(): boolean {
    const { open, unread, table, priority } = this.openings;
    return open.length + unread.length > 0 || table !== "" || priority;
  }

  /** What the kernel does with a packet if there has never been a state. */
  shot(spot: Spot, packet: KernelPacket): Shot {
    this.#kernel.forgetStates();
    this.#tested = undefined;
    const outcome = this.#kernel.test(packet, spot);
    return { outcome, tested: this.#tested };
  }

  compiled(spot: Spot): Compiled {
    const { direction, interface: on, forwarded, receivedOn, rtable, tag, priority } = spot;
    const place: Place = {
      direction,
      interface: on,
      rdomain: SURROUNDINGS.rtables.get(rtable) ?? rtable,
      forwarded,
      receivedOn,
      priority: this.openings.priority ? undefined : priority,
      looksLike: undefined,
    };
    const of = (detail: Detail): RulesetFunction => {
      const closed = new Set<string>();
      return compileRuleset({ sets: this.#sets, source: this.#source, place, tag, detail, closed });
    };
    return { spot, rules: of("rules"), outcomes: of("outcomes") };
  }
}

function sourceOf(kernel: Kernel, { open, unread, table: openTable }: Openings): Source {
  const bracketed = (live: LiveRule): SourceRule => {
    const name = ruleName(live);
    const line = { id: name } as Unread;
    const { anchor, number } = live;
    if (unread.includes(name)) {
      const rule: PfRule = { ...live.rule, action: "pass", anchor: undefined };
      return { anchor, number, rule, open: [line], isUnread: true };
    }
    return open.includes(name) ? { anchor, number, rule: live.rule, open: [line] } : live;
  };
  const isKnown = open.length + unread.length === 0;
  const rulesets = new Map(
    [...kernel.rulesets].map(([path, rules]) => [path, isKnown ? rules : rules.map(bracketed)]),
  );
  return {
    surroundings: SURROUNDINGS,
    knowsSockets: true,
    rulesets,
    table: (anchor, name) => {
      const table = kernel.table(anchor, name);
      return table && { entries: table.entries, open: name === openTable };
    },
  };
}

/** `3`, in an anchor `a#3`. */
export function ruleName({ anchor, number }: Pick<SourceRule, "anchor" | "number">): string {
  return anchor === "" ? String(number) : `${anchor}#${number}`;
}
