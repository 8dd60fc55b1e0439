import type { Tested } from "../../engine/kernel/evaluation.ts";
import { looksLike } from "../../engine/kernel/fingerprints.ts";
import type { Kernel } from "../../engine/kernel/kernel.ts";
import type { LiveRule } from "../../engine/kernel/live-rule.ts";
import { copyOf } from "../../engine/kernel/packet.ts";
import type { Surroundings } from "../../engine/kernel/surroundings.ts";
import { intervalPacketFunctions } from "../../engine/sets/intervals/interval-packet-functions.ts";
import type { PacketFunctions } from "../../engine/sets/packet-functions.ts";
import type { FieldValues } from "../../engine/sets/packet-sets.ts";
import { compileRuleset } from "../../engine/sets/rules/compile.ts";
import type { Fate, RulesetFunction } from "../../engine/sets/rules/fate.ts";
import type { Place, Source } from "../../engine/sets/rules/situation.ts";
import { fieldsOf } from "../support/packet-fields.ts";

/** A packet in front of rules, and what the set function of its place says of it. */
export interface SetAnswer {
  readonly tested: Tested;
  readonly fields: FieldValues;
  readonly compiled: RulesetFunction;
  readonly fates: readonly Fate[];
  /** Some of the fates may be impossible, for all that is known. */
  readonly isOpen: boolean;
  /** All that were loaded then. */
  readonly rules: readonly LiveRule[];
}

/** The rules of a running kernel read as functions of packets, one for each place and label. */
export class SetReading {
  readonly #kernel: Kernel;
  readonly #surroundings: Surroundings;
  readonly sets: PacketFunctions = intervalPacketFunctions();
  readonly #compiled: Map<string, RulesetFunction> = new Map();
  #read: Read | undefined;

  constructor(kernel: Kernel, surroundings: Surroundings) {
    this.#kernel = kernel;
    this.#surroundings = surroundings;
  }

  /** Rulesets compiled so far. */
  compilations = 0;

  /** Rules or tables are other ones now. */
  forget(): void {
    this.#read = undefined;
    this.#compiled.clear();
  }

  ask(tested: Tested): SetAnswer {
    const read = this.#current();
    const { packet } = tested;
    const compiled = this.#function(read, tested);
    const fields = fieldsOf(packet);
    const leaf = compiled.sets.at(compiled.function, fields);
    return {
      tested: { ...tested, packet: copyOf(packet) },
      fields,
      compiled,
      fates: compiled.fatesOf(leaf),
      isOpen: compiled.isOpen(leaf),
      rules: read.rules,
    };
  }

  /** Rules with `once` expire, and tables of `overload` grow, without anybody's doing. */
  #current(): Read {
    const read = this.#read;
    if (read !== undefined && read.stamp === stampOf(this.#kernel, read.rules)) return read;
    this.forget();
    this.#read = this.#made();
    return this.#read;
  }

  #made(): Read {
    const kernel = this.#kernel;
    const rulesets = new Map(kernel.rulesets);
    const rules = [...rulesets.values()].flat();
    const source: Source = {
      surroundings: this.#surroundings,
      knowsSockets: true,
      rulesets,
      table: (anchor, name) => {
        const table = kernel.table(anchor, name);
        return table && { entries: table.entries, open: false };
      },
    };
    return { source, rules, asks: askedBy(rules), stamp: stampOf(kernel, rules) };
  }

  #function({ source, asks }: Read, tested: Tested): RulesetFunction {
    const { direction, interface: on, forwarded, packet, domain } = tested;
    const { receivedOn, priority, tag } = packet;
    const place: Place = {
      direction,
      interface: on,
      rdomain: domain,
      forwarded,
      receivedOn,
      priority,
      looksLike: (os) => looksLike(packet, os),
    };
    const key = JSON.stringify([
      ...[direction, on, domain, tag],
      asks.sockets && forwarded,
      asks.receivedOn && receivedOn,
      asks.priority && priority,
      asks.systems.filter((it) => looksLike(packet, it)),
    ]);
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      const closed = new Set<string>();
      const sets = this.sets;
      compiled = compileRuleset({ sets, source, place, tag, detail: "rules", closed });
      this.#compiled.set(key, compiled);
      this.compilations++;
    }
    return compiled;
  }
}

/** What the kernel held when it was last looked at. */
interface Read {
  readonly source: Source;
  readonly rules: readonly LiveRule[];
  readonly asks: ReturnType<typeof askedBy>;
  readonly stamp: string;
}

/** What else than the header some rule tests: places that differ in nothing else have one function. */
function askedBy(rules: readonly LiveRule[]): {
  readonly sockets: boolean;
  readonly receivedOn: boolean;
  readonly priority: boolean;
  readonly systems: readonly string[];
} {
  return {
    sockets: rules.some(({ rule }) => rule.user !== undefined || rule.group !== undefined),
    receivedOn: rules.some(({ rule }) => rule.receivedOn !== undefined),
    priority: rules.some(({ rule }) => rule.prio >= 0),
    systems: [...new Set(rules.map(({ rule }) => rule.os))].filter((it) => it !== ""),
  };
}

function stampOf(kernel: Kernel, rules: readonly LiveRule[]): string {
  return rules
    .map(({ rule, anchor, expired }) => {
      const { overload } = rule.stateOptions;
      const version = overload === "" ? "" : kernel.table(anchor, overload)?.entries.version;
      return `${expired ? "x" : ""}${version ?? ""}`;
    })
    .join(",");
}
