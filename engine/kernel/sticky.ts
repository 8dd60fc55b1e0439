import type { Family } from "../../model/packet.ts";
import type { LiveRule, PoolUse } from "./live-rule.ts";
import type { Machine } from "./machine.ts";
import type { StickyNodes } from "./pools.ts";
import type { SourceNode } from "./state.ts";

/** The nodes that pools look up and make during one evaluation. */
export class EvaluationNodes implements StickyNodes {
  readonly held: Map<PoolUse, SourceNode> = new Map();
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  find(live: LiveRule, use: PoolUse, family: Family, source: bigint): SourceNode | undefined {
    return this.#machine.nodes.find(live, use, family, source);
  }

  take(
    live: LiveRule,
    use: PoolUse,
    family: Family,
    source: bigint,
    address: bigint,
  ): SourceNode | undefined {
    return this.#machine.nodes.take(live, use, family, source, this.#machine.now, address);
  }

  drop(node: SourceNode, stale: boolean): void {
    const { nodes, states, now } = this.#machine;
    if (!stale) {
      nodes.drop(node, now);
      return;
    }
    for (const state of states.all()) {
      const { extra } = state;
      if (extra?.nodes.includes(node) !== true) continue;
      state.extra = { ...extra, nodes: extra.nodes.filter((it) => it !== node) };
    }
    node.states = 0;
    node.expires = 0;
    nodes.drop(node, now);
  }

  /** No state was made: nodes that were made for it go. */
  release(): void {
    for (const node of this.held.values()) this.#machine.nodes.drop(node, this.#machine.now);
    this.held.clear();
  }
}
