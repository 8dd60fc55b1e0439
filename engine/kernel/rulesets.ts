import { addressBits } from "../../model/packet.ts";
import type { PfConfiguration, PfEndpoint, PfRule, PfRules } from "../../model/pf-rule.ts";
import type { Bounds, LiveRule } from "./live-rule.ts";
import { RateCounter } from "./rates.ts";

/** The rules that a running pf holds: every anchor with its own numbering. */
export class Rulesets {
  readonly #rules: Map<string, readonly LiveRule[]> = new Map();
  /** Anchors whose rules came in braces with those of another: they go with them. */
  readonly #inline: Map<string, readonly string[]> = new Map();
  /** Paths directly below a path, in byte order; made when first asked for. */
  readonly #below: Map<string, readonly string[]> = new Map();

  /** Rules of an anchor; none if it does not exist. */
  rulesOf(path: string): readonly LiveRule[] {
    return this.#rules.get(path) ?? [];
  }

  /** All rules by the path of their anchor, as they stand. */
  get byPath(): ReadonlyMap<string, readonly LiveRule[]> {
    return this.#rules;
  }

  /** The anchors directly below `path`, in byte order of their paths. */
  below(path: string): readonly string[] {
    const known = this.#below.get(path);
    if (known !== undefined) return known;
    const start = path === "" ? "" : `${path}/`;
    const children = [...this.#rules.keys()].filter((it) => {
      return it !== "" && it.startsWith(start) && !it.slice(start.length).includes("/");
    });
    const sorted = children.toSorted((a, b) => (a < b ? -1 : 1));
    this.#below.set(path, sorted);
    return sorted;
  }

  /** Replaces the rules of the configuration's anchor, and of those in its braces (section 28). */
  load({ anchor, rulesets }: PfConfiguration, now: number): void {
    for (const path of this.#inline.get(anchor) ?? []) this.flush(path);
    const inline: string[] = [];
    for (const [path, made] of rulesets) {
      if (path !== anchor) inline.push(path);
      this.#replace(path, liveRules(path, made, now));
    }
    this.#inline.set(anchor, inline);
  }

  /** Removes the rules of an anchor; the anchor stays. */
  flush(path: string): void {
    this.#replace(path, []);
  }

  #replace(path: string, rules: readonly LiveRule[]): void {
    for (const old of this.#rules.get(path) ?? []) old.loaded = false;
    this.#rules.set(path, rules);
    this.#below.clear();
  }

  /** Every rule of every anchor. */
  *all(): Iterable<LiveRule> {
    for (const rules of this.#rules.values()) yield* rules;
  }
}

function liveRules(anchor: string, { rules }: PfRules, now: number): readonly LiveRule[] {
  return rules.map((rule, number) => liveRule(rule, anchor, number, now));
}

const LAST = (1n << 128n) - 1n;

/** A prefix, a range or `any` as a comparison. */
function boundsOf({ address, negated }: PfEndpoint): Bounds | undefined {
  switch (address.kind) {
    case "any":
      return { family: undefined, first: 0n, last: LAST, negated };
    case "range":
      return { ...address.range, negated };
    case "prefix": {
      const { family, value, length } = address.prefix;
      if (length === 0) return { family: undefined, first: 0n, last: LAST, negated };
      const hosts = (1n << BigInt(addressBits(family) - length)) - 1n;
      return { family, first: value & ~hosts, last: value | hosts, negated };
    }
    default:
      return undefined;
  }
}

/** A rule that has just been loaded. */
export function liveRule(rule: PfRule, anchor: string, number: number, now: number): LiveRule {
  const { packetRate } = rule;
  return {
    rule,
    number,
    anchor,
    expired: false,
    states: 0,
    loaded: true,
    from: boundsOf(rule.source),
    to: boundsOf(rule.destination),
    packetRate:
      packetRate === undefined
        ? undefined
        : new RateCounter(packetRate.limit, packetRate.seconds, now),
    positions: new Map(),
  };
}
