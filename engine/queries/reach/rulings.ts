import type { Host } from "../../../model/host.ts";
import type { Packet } from "../../../model/packet.ts";
import type { Decider } from "../../../model/reach.ts";
import type { Closure } from "../../claims/closure.ts";
import type { Label } from "../../claims/labels.ts";
import type { PfTest } from "../../path/points.ts";
import { lineOf } from "../../path/test-step.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { valuesOf } from "../../sets/packets.ts";
import { RulesetCompiler } from "../../sets/rules/compiler.ts";
import type { Fate, RulesetFunction } from "../../sets/rules/fate.ts";
import { likely } from "./likely.ts";

/** What the rules make of one packet. */
export interface Ruled {
  readonly fate: Fate;
  /** Lines that are not understood could change it. */
  readonly open: boolean;
  readonly rule: Decider["rule"];
}

/** Who drops packets at a test. */
export interface Dropping {
  readonly deciders: readonly Decider[];
  /** Others that do. */
  readonly more: number;
}

/** The pf tests of a closure, told by the rules that decide. */
export class Rulings {
  readonly #closure: Closure;
  readonly #compilers = new Map<Host, RulesetCompiler>();

  constructor(closure: Closure) {
    this.#closure = closure;
  }

  /** One of the fates of a packet that has the verdict. */
  of(test: PfTest, label: Label, packet: Packet, verdict: Fate["verdict"]): Ruled | undefined {
    const { sets } = this.#closure;
    const fn = this.#at(test, label);
    const leaf = sets.at(fn.function, valuesOf(packet));
    const fate = fn.fatesOf(leaf).find((it) => it.verdict === verdict);
    return fate && { fate, open: fn.isOpen(leaf), rule: lineBy(test.host, fate) };
  }

  /**
   * The rules that drop packets of a set, in the order of the ruleset, the one that drops `first`
   * before all.
   */
  dropping(
    test: PfTest,
    label: Label,
    set: PacketSet,
    { first, limit }: { readonly first: Packet; readonly limit: number },
  ): Dropping {
    const { sets } = this.#closure;
    const fn = this.#at(test, label);
    // of other packets it is asked nothing
    const within = sets.choose(
      set,
      fn.function,
      sets.always(sets.at(fn.function, valuesOf(first))),
    );
    const deciders = new Map<string, Decider>();
    const own = this.of(test, label, first, "drop");
    if (own !== undefined) deciders.set(keyOf(own.rule), deciderOf(own.rule, first));
    for (const leaf of sets.leaves(within)) {
      for (const fate of fn.fatesOf(leaf)) {
        const rule = lineBy(test.host, fate);
        if (fate.verdict !== "drop" || deciders.has(keyOf(rule))) continue;
        const some = sets.and(
          set,
          sets.where(within, (it) => it === leaf),
        );
        const packet = likely(this.#closure, some);
        if (packet !== undefined) deciders.set(keyOf(rule), deciderOf(rule, packet));
      }
    }
    const [whose, ...others] = [...deciders.values()];
    const sorted = others.toSorted((a, b) => orderOf(a) - orderOf(b));
    const all = whose === undefined ? sorted : [whose, ...sorted];
    return { deciders: all.slice(0, limit), more: Math.max(0, all.length - limit) };
  }

  #at(test: PfTest, label: Label): RulesetFunction {
    const { place, tag } = this.#closure.gates.placeOf(test, label);
    return this.#compilerOf(test.host).in(place, tag);
  }

  #compilerOf(host: Host): RulesetCompiler {
    const known = this.#compilers.get(host);
    if (known !== undefined) return known;
    const { plan, sets } = this.#closure;
    const closed = new Set<string>();
    const source = plan.pfOf(host).source(closed);
    const compiled = { sets, source, detail: "rules" as const, closed };
    const compiler = new RulesetCompiler(compiled, { places: "many" });
    this.#compilers.set(host, compiler);
    return compiler;
  }
}

function lineBy(host: Host, { rule }: Fate): Decider["rule"] {
  return rule && lineOf(rule, host.pfConf);
}

function deciderOf(rule: Decider["rule"], packet: Packet): Decider {
  return rule === undefined ? { packet } : { rule, packet };
}

function keyOf(rule: Decider["rule"]): string {
  return rule === undefined ? "" : `${rule.number} ${rule.anchor}`;
}

/** Main ruleset first: anchors are told apart by where they stand only within themselves. */
function orderOf({ rule }: Decider): number {
  if (rule === undefined) return -1;
  return rule.number + (rule.anchor === "" ? 0 : 1e9);
}
