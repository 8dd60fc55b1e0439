import type { Interface } from "../../../model/host.ts";
import { type Family, ICMP, ICMP6 } from "../../../model/packet.ts";
import type { Evaluation, Translated } from "../../kernel/evaluation.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";
import type { Surroundings } from "../../kernel/surroundings.ts";
import type { Candidates, RuleIndex } from "../../kernel/walk.ts";
import { ADDRESSES, Entries, FROM_PORT, KIND, TO_PORT, WHERE, widthOf } from "./entries.ts";
import type { Forest } from "./forest.ts";
import { ForestBuilder } from "./forest-builder.ts";
import { BLOCK, ForestSearch } from "./forest-search.ts";
import { InterfaceNames } from "./interface-names.ts";
import { kindOf } from "./packet-columns.ts";
import { conditionsOf } from "./rule-conditions.ts";

/** Rulesets up to this length are walked rule by rule: that is no slower. */
const SHORT = 24;
/** What a walk by index costs, and each rule that it visits, in rules of a walk rule by rule. */
const SEARCH_COST = 24;
const VISIT_COST = 1;
/** Walks after which they are compared, and that are then done the cheaper way. */
const TRIAL = 128;
const TERM = 8192;

/**
 * Makes indexes of rulesets when they are first asked for, and keeps them as long as the rules.
 * Where packets are decided so early that an index is of no use, it is left out for a while.
 *
 * @param short - 0: every ruleset is indexed, of use or not
 */
export function ruleIndex(short: number = SHORT): RuleIndex {
  const known = new WeakMap<readonly LiveRule[], IndexedRules>();
  return (rules, surroundings) => {
    if (rules.length <= short) return undefined;
    let found = known.get(rules);
    if (found?.interfaces !== surroundings.interfaces) {
      found = new IndexedRules(rules, surroundings);
      known.set(rules, found);
    }
    return short > 0 && found.isIdle() ? undefined : found;
  };
}

/** Candidates of one ruleset among interfaces that do not change. */
class IndexedRules implements Candidates {
  readonly interfaces: readonly Interface[];
  readonly #rules: readonly LiveRule[];
  readonly #names: InterfaceNames;
  readonly #forests: Partial<Record<Family, Forest>> = {};
  /** The evaluation whose candidates were found last, and its packet as it was then. */
  #evaluation: Evaluation | undefined;
  readonly #then: Translated = { ...NOWHERE };
  #found: Int32Array = new Int32Array(16);
  #count = 0;
  /** Walks of this trial, rules that they got to and rules that they visited. */
  #walks = 0;
  #passed = 0;
  #visited = 0;
  /** Where the last walk has got to. */
  #last = 0;
  /** Walks that are still to be done rule by rule. */
  #idle = 0;

  constructor(rules: readonly LiveRule[], surroundings: Surroundings) {
    this.interfaces = surroundings.interfaces;
    this.#rules = rules;
    this.#names = new InterfaceNames(surroundings);
  }

  /** Counts a walk; whether it is cheaper without an index. */
  isIdle(): boolean {
    if (this.#idle > 0) {
      this.#idle--;
      return true;
    }
    this.#passed += this.#last;
    this.#last = 0;
    if (++this.#walks <= TRIAL) return false;
    const cost = TRIAL * SEARCH_COST + this.#visited * VISIT_COST;
    if (cost > this.#passed) this.#idle = TERM;
    [this.#walks, this.#passed, this.#visited] = [0, 0, 0];
    return this.#idle > 0;
  }

  next(evaluation: Evaluation, from: number): number {
    const { family } = evaluation.packet;
    // source and destination are of different families then
    const isMixed = evaluation.now.family !== family;
    if (isMixed || this.#names.isGroup(evaluation.interface)) {
      return from < this.#rules.length ? from : -1;
    }
    if (!this.#isFor(evaluation)) this.#find(evaluation, family);
    let at = 0;
    while (at < this.#count && this.#found[at]! < from) at++;
    if (at === this.#count) {
      this.#last = this.#rules.length;
      return -1;
    }
    this.#visited++;
    this.#last = this.#found[at]!;
    return this.#last;
  }

  /** Whether the candidates are those of a packet as it is now. */
  #isFor(evaluation: Evaluation): boolean {
    const { now } = evaluation;
    const then = this.#then;
    return (
      evaluation === this.#evaluation &&
      now.destinationPort === then.destinationPort &&
      now.sourcePort === then.sourcePort &&
      now.destination === then.destination &&
      now.source === then.source
    );
  }

  #find(evaluation: Evaluation, family: Family): void {
    // the making of the forest gives interfaces their numbers
    const forest = this.#forest(family);
    writeKey(evaluation, SEARCH.keys, this.#names);
    const most = SEARCH.mostOf(forest);
    if (most > this.#found.length) this.#found = new Int32Array(most * 2);
    this.#count = SEARCH.all(forest, this.#found);
    this.#evaluation = evaluation;
    Object.assign(this.#then, evaluation.now);
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

const NOWHERE: Translated = {
  family: "inet",
  source: 0n,
  destination: 0n,
  sourcePort: 0,
  destinationPort: 0,
};

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
