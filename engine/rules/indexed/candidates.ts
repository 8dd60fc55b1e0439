import type { Interface } from "../../../model/host.ts";
import { type Family, ICMP, ICMP6 } from "../../../model/packet.ts";
import type { Evaluation } from "../../kernel/evaluation.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";
import type { Candidates, RuleIndex } from "../../kernel/walk.ts";
import { ADDRESSES, Entries, FROM_PORT, KIND, TO_PORT, WHERE, widthOf } from "./entries.ts";
import { END, type Forest } from "./forest.ts";
import { ForestBuilder } from "./forest-builder.ts";
import { BLOCK, ForestSearch } from "./forest-search.ts";
import { InterfaceNames } from "./interface-names.ts";
import { kindOf } from "./packet-columns.ts";
import { conditionsOf } from "./rule-conditions.ts";

/** Rulesets up to this length are walked rule by rule: that is no slower. */
const SHORT = 12;

/** Makes indexes of rulesets when they are first asked for, and keeps them as long as the rules. */
export function ruleIndex(short: number = SHORT): RuleIndex {
  const known = new WeakMap<readonly LiveRule[], IndexedRules>();
  return (rules, { interfaces }) => {
    if (rules.length <= short) return undefined;
    let found = known.get(rules);
    if (found?.interfaces !== interfaces) {
      found = new IndexedRules(rules, interfaces);
      known.set(rules, found);
    }
    return found;
  };
}

/** Candidates of one ruleset among interfaces that do not change. */
class IndexedRules implements Candidates {
  readonly interfaces: readonly Interface[];
  readonly #rules: readonly LiveRule[];
  readonly #names: InterfaceNames;
  readonly #forests: Partial<Record<Family, Forest>> = {};
  constructor(rules: readonly LiveRule[], interfaces: readonly Interface[]) {
    this.interfaces = interfaces;
    this.#rules = rules;
    this.#names = new InterfaceNames(rules, interfaces);
  }

  next(evaluation: Evaluation, from: number): number {
    const { family } = evaluation.packet;
    // source and destination are of different families then
    if (evaluation.now.family !== family) return from < this.#rules.length ? from : -1;
    writeKey(evaluation, SEARCH.keys, this.#names);
    const found = SEARCH.firstFrom(this.#forest(family), from);
    return found === END ? -1 : found >> 1;
  }

  #forest(family: Family): Forest {
    const known = this.#forests[family];
    if (known !== undefined) return known;
    const entries = new Entries(family);
    for (const [position, live] of this.#rules.entries()) {
      const conditions = conditionsOf(live, family, this.#names);
      if (conditions !== undefined) entries.add(position, conditions);
    }
    const builder = new ForestBuilder(entries);
    builder.run(() => false);
    const made = builder.forest;
    this.#forests[family] = made;
    return made;
  }
}

/** One packet at a time: between its key and its search nothing else runs. */
const SEARCH = new ForestSearch();
const WORD = 0xffff_ffffn;

/** Writes what a packet shows as it is now as the first one of a block. */
function writeKey(it: Evaluation, keys: Uint32Array, names: InterfaceNames): void {
  const { packet, now } = it;
  const { protocol, icmp } = packet;
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  keys[KIND * BLOCK] = kindOf(it);
  keys[WHERE * BLOCK] = names.keyOf(it.interface);
  keys[TO_PORT * BLOCK] = isIcmp ? (icmp?.type ?? 0) : now.destinationPort;
  keys[FROM_PORT * BLOCK] = isIcmp ? (icmp?.code ?? 0) : now.sourcePort;
  const width = widthOf(now.family);
  let [destination, source] = [now.destination, now.source];
  for (let word = ADDRESSES + width - 1; word >= ADDRESSES; word--) {
    keys[word * BLOCK] = Number(destination & WORD);
    keys[(word + width) * BLOCK] = Number(source & WORD);
    destination >>= 32n;
    source >>= 32n;
  }
}
