import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import { mergeActions, noActions } from "./actions.ts";
import { blockAnswer } from "./answers.ts";
import type { TestContext } from "./criteria.ts";
import { beginEvaluation, type Evaluation, type Tested } from "./evaluation.ts";
import { changesFamily } from "./icmp-families.ts";
import { addressesOf } from "./keys.ts";
import type { LiveRule } from "./live-rule.ts";
import type { Machine } from "./machine.ts";
import { makeState } from "./make-state.ts";
import type { Generated, LogRecord } from "./outcome.ts";
import { copyOf, type KernelPacket } from "./packet.ts";
import { rewrite } from "./rewrite.ts";
import { pickRoute } from "./route-pool.ts";
import { startTcp } from "./start-tcp.ts";
import type { Actions, RouteAction, SourceNode, State } from "./state.ts";
import { EvaluationNodes } from "./sticky.ts";
import { translate } from "./translation.ts";
import { logMatches, logRecord, type WalkContext, walkRules } from "./walk.ts";

/** What the rules have made of a packet. */
export interface Decision {
  readonly passes: boolean;
  readonly rule: LiveRule | undefined;
  readonly caller: LiveRule | undefined;
  readonly matched: readonly LiveRule[];
  readonly made: State | undefined;
  /** What changes the packet from here on. */
  readonly actions: Actions;
  /** As the rules leave it. */
  readonly packet: KernelPacket;
  readonly reason: number;
  readonly logs: LogRecord[];
  readonly generated: Generated[];
  /** Answered by the SYN proxy: passed with no packet. */
  readonly swallowed: boolean;
  /** `af-to` that changes no port and no ICMP message changes the family from the next packet on. */
  readonly unchanged: boolean;
}

/**
 * Evaluates the rules and carries out what they say (section 19; follows pf_test_rule, OpenBSD 7.8).
 *
 * @param pending - a reason that is set already and stays, whatever the rules decide
 */
export function decide(
  machine: Machine,
  context: TestContext,
  tested: Tested,
  pending: number,
  explain?: WalkContext["explain"],
): Decision {
  const it = beginEvaluation(tested);
  const nodes = new EvaluationNodes(machine);
  const walk: WalkContext = {
    ...context,
    rulesets: machine.rulesets,
    translate: (live, evaluation) => translate(live, evaluation, machine, nodes),
    ...(explain === undefined ? {} : { explain }),
    ...(machine.index === undefined ? {} : { index: machine.index }),
  };
  return new Deciding(machine, it, nodes, pending).run(walkRules(it, walk));
}

class Deciding {
  readonly #machine: Machine;
  readonly #it: Evaluation;
  readonly #nodes: EvaluationNodes;
  readonly #pending: number;
  readonly #packet: KernelPacket;
  readonly #generated: Generated[] = [];
  /** The source node of `max-src-…`. */
  #tracked: SourceNode | undefined;

  constructor(machine: Machine, it: Evaluation, nodes: EvaluationNodes, pending: number) {
    this.#machine = machine;
    this.#it = it;
    this.#nodes = nodes;
    this.#pending = pending;
    this.#packet = copyOf(it.packet);
  }

  /** @param walked - false: a translation failed in the middle of the rules */
  run(walked: boolean): Decision {
    const it = this.#it;
    const { best } = it;
    if (!walked) return this.#end(false);
    if (best !== undefined && !this.#apply(best)) return this.#end(false);
    logMatches(it, best, it.bestCaller);
    if (best?.rule.action === "block") return this.#blocked(best);
    const tag = it.tag ?? "";
    if (tag !== "") this.#packet.tag = tag;
    this.#packet.rtable = it.rtable;
    if (it.hasOptions && best?.rule.allowOptions !== true) {
      it.logs.push(logRecord(best, it.bestCaller, this.#pending));
      return this.#end(false);
    }
    const makesNone = it.isFragment || it.isError;
    if (best === undefined || best.rule.state === "none" || makesNone) return this.#stateless();
    return this.#stateful(best);
  }

  /** The deciding rule's own actions and translation; false: there is no address or no port. */
  #apply(best: LiveRule): boolean {
    const it = this.#it;
    mergeActions(it.actions, best.rule);
    if (best.rule.rtable >= 0) it.rtable = best.rule.rtable;
    if (!translate(best, it, this.#machine, this.#nodes)) return false;
    if (best.rule.log !== undefined) it.logs.push(logRecord(best, it.bestCaller, 0));
    return true;
  }

  #blocked(best: LiveRule): Decision {
    const { isFragment, packet, domain } = this.#it;
    const answer = isFragment ? undefined : blockAnswer(best.rule, packet, domain);
    if (answer !== undefined) this.#generated.push(answer);
    return this.#end(false);
  }

  /** Only what the deciding rule itself sets counts; translations of match rules are lost. */
  #stateless(): Decision {
    const actions = noActions();
    const { best } = this.#it;
    if (best !== undefined) mergeActions(actions, best.rule);
    return { ...this.#end(true), actions };
  }

  #stateful(best: LiveRule): Decision {
    const machine = this.#machine;
    const it = this.#it;
    const { stateOptions } = best.rule;
    if (stateOptions.sourceTrack !== "") {
      const { family, source } = it.packet;
      this.#tracked = machine.nodes.take(best, "none", family, source, machine.now);
      if (this.#tracked === undefined) return this.#end(false);
    }
    if (stateOptions.max > 0 && best.states >= stateOptions.max) return this.#end(false);
    const route = machine.states.count >= machine.states.limit ? "none" : this.#route(best);
    if (route === "none") return this.#notMade();
    const nodes = [...this.#nodes.held.values()];
    if (this.#tracked !== undefined) nodes.push(this.#tracked);
    const made = makeState(it, machine, { rule: best, nodes, route });
    if (made === undefined) return this.#collided(best, nodes);
    if (this.#packet.protocol === TCP) {
      const started = startTcp(machine, made, it, this.#packet);
      if (started.kind === "dropped") return { ...this.#end(false), reason: started.reason };
      if (started.kind === "swallowed") {
        this.#generated.push(started.answer);
        return { ...this.#end(true), made, swallowed: true };
      }
    }
    const { wire, stack, direction } = made;
    if (made.extra?.afTo === true) {
      return { ...this.#end(true), made, unchanged: !this.#isRewritten(made) };
    }
    if (wire !== stack) {
      const to = addressesOf(direction === "in" ? stack : wire, direction);
      rewrite(this.#packet, to, !it.isReply, false);
    }
    return { ...this.#end(true), made };
  }

  /** Whether the transport header changes: only then does the first packet change its family. */
  #isRewritten({ source }: State): boolean {
    const { now, packet, ends } = this.#it;
    switch (packet.protocol) {
      case ICMP:
      case ICMP6:
        return changesFamily(packet);
      case TCP:
      case UDP:
        return (
          source.shift !== 0 ||
          packet.tcp?.timestamp !== this.#packet.tcp?.timestamp ||
          now.sourcePort !== ends.sourcePort ||
          now.destinationPort !== ends.destinationPort
        );
      default:
        return false;
    }
  }

  #route(best: LiveRule): RouteAction | undefined | "none" {
    if (best.rule.route === undefined || best.rule.routeKind === undefined) return undefined;
    return pickRoute(best, this.#it, this.#machine, this.#nodes) ?? "none";
  }

  /** Its source nodes have had the state: they stay for `src.track` seconds. */
  #collided(best: LiveRule, nodes: readonly SourceNode[]): Decision {
    const { nodes: all, now, timeouts } = this.#machine;
    for (const node of nodes) {
      node.states++;
      all.release(node, now, timeouts, best);
    }
    return this.#notMade();
  }

  /** No state could be made: source nodes that were made for it go at once. */
  #notMade(): Decision {
    this.#nodes.release();
    if (this.#tracked !== undefined) this.#machine.nodes.drop(this.#tracked, this.#machine.now);
    return this.#end(false);
  }

  #end(passes: boolean): Decision {
    const { best, bestCaller, matched, actions, logs } = this.#it;
    return {
      passes,
      rule: best,
      caller: bestCaller,
      matched,
      made: undefined,
      actions,
      packet: this.#packet,
      reason: this.#pending,
      logs,
      generated: this.#generated,
      swallowed: false,
      unchanged: false,
    };
  }
}
