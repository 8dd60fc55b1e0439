import type { Family } from "../../model/packet.ts";
import type { LiveRule } from "./live-rule.ts";
import { RateCounter } from "./rates.ts";
import type { SourceNode } from "./state.ts";

type Use = SourceNode["use"];

/**
 * Who has how many states by which rule (follows pf_insert_src_node and pf_src_connlimit, OpenBSD
 * 7.8). `source-track global` does not share nodes between rules either.
 */
export class SourceNodes {
  readonly #nodes: Map<string, SourceNode> = new Map();
  readonly #counts: Map<LiveRule, number> = new Map();
  readonly #numbers: Map<LiveRule, number> = new Map();
  /** `set limit src-nodes` */
  limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  find(rule: LiveRule, use: Use, family: Family, source: bigint): SourceNode | undefined {
    return this.#nodes.get(this.#key(rule, use, family, source));
  }

  /**
   * The node of a source for one more state; undefined: a limit forbids it.
   *
   * @param sticky - the address that a pool has given
   */
  take(
    rule: LiveRule,
    use: Use,
    family: Family,
    source: bigint,
    now: number,
    sticky?: bigint,
  ): SourceNode | undefined {
    const key = this.#key(rule, use, family, source);
    const known = this.#nodes.get(key);
    const { maxSourceStates, maxSourceNodes, sourceRate } = rule.rule.stateOptions;
    if (known !== undefined) {
      return maxSourceStates > 0 && known.states >= maxSourceStates ? undefined : known;
    }
    const count = this.#counts.get(rule) ?? 0;
    if (maxSourceNodes > 0 && count >= maxSourceNodes) return undefined;
    if (this.#nodes.size >= this.limit) return undefined;
    this.#counts.set(rule, count + 1);
    const rate =
      sourceRate === undefined
        ? undefined
        : new RateCounter(sourceRate.limit, sourceRate.seconds, now);
    const node = {
      rule,
      use,
      family,
      source,
      states: 0,
      connections: 0,
      expires: 0,
      sticky,
      rate,
    };
    this.#nodes.set(key, node);
    return node;
  }

  /** Removes a node at once, unless it has states or still has time. */
  drop(node: SourceNode, now: number): void {
    if (node.states > 0 || node.expires > now) return;
    const key = this.#key(node.rule, node.use, node.family, node.source);
    if (this.#nodes.get(key) !== node) return;
    this.#nodes.delete(key);
    this.#counts.set(node.rule, (this.#counts.get(node.rule) ?? 1) - 1);
  }

  /**
   * A state is gone; the node stays for `src.track` seconds when it was the last.
   *
   * @param by - the rule that made the state; it need not be that of the node
   */
  release(
    node: SourceNode,
    now: number,
    globals: ReadonlyMap<string, number>,
    by: LiveRule = node.rule,
  ): void {
    node.states--;
    if (node.states > 0) return;
    const own = by.rule.stateOptions.timeouts.find(([name]) => name === "src.track");
    node.expires = now + (own?.[1] ?? globals.get("src.track") ?? 0);
  }

  /** Every `interval` seconds. */
  purge(now: number): void {
    for (const node of [...this.#nodes.values()]) this.drop(node, now);
  }

  clear(): void {
    this.#nodes.clear();
    this.#counts.clear();
  }

  *all(): Iterable<SourceNode> {
    yield* this.#nodes.values();
  }

  #key(rule: LiveRule, use: Use, family: Family, source: bigint): string {
    let number = this.#numbers.get(rule);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(rule, number);
    }
    return `${number} ${use} ${family} ${source}`;
  }
}
