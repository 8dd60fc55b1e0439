import type { Packet } from "../../model/packet.ts";
import type { Rule } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import { conclude } from "./conclude.ts";
import type { Crossing, Outcome } from "./crossing.ts";
import type { Filter } from "./filter.ts";
import type { OpenMatch } from "./match.ts";
import type { State, StateTable } from "./state-table.ts";
import { type Evaluation, type Watch, walkRules } from "./walk-rules.ts";

/** The outcome by the rules, and the `once` rules that are used up by it. */
export interface Settled {
  readonly outcome: Outcome;
  readonly spent: readonly { readonly rule: Rule; readonly how: "yes" | "maybe" }[];
}

/** How often the rules are walked for one packet, with other decisions of the open matches. */
const MAXIMUM_WALKS = 256;

/**
 * Evaluates the rules for every way that open matches can be decided.
 *
 * The outcome is certain iff all ways lead to the same packet, tag, table and state; else it is
 * `unknown`, with the smallest sets of lines that change it, and without a state. The deciding
 * rule is that of the walk in which no open match is taken. Nothing is stored.
 */
export function settle(
  filter: Filter,
  crossing: Crossing,
  packet: Packet,
  states: StateTable,
  watch?: Watch,
): Settled {
  const way = (taken: readonly boolean[]): Way => {
    const watched = watch !== undefined && taken.length === 0 ? { watch } : {};
    const evaluation = walkRules({ filter, crossing, states, taken, ...watched }, packet);
    const outcome = conclude(filter, crossing, packet, evaluation, states);
    return { evaluation, outcome, taken: evaluation.open.filter((_, index) => taken[index]) };
  };
  const first = way([]);
  const { outcome } = first;
  if (outcome.verdict === "unknown" || first.evaluation.open.length === 0) {
    const how = outcome.verdict === "unknown" ? "maybe" : "yes";
    return { outcome, spent: first.evaluation.spent.map((rule) => ({ rule, how })) };
  }
  const { changes, spent } = otherWays(first, way);
  const rules = [...spent].map((rule) => ({ rule, how: "maybe" as const }));
  return { outcome: changes.length === 0 ? outcome : unknown(outcome, changes), spent: rules };
}

/** One way through the rules. */
interface Way {
  readonly evaluation: Evaluation;
  readonly outcome: Outcome;
  /** The open matches that were taken. */
  readonly taken: readonly OpenMatch[];
}

/** What may change the outcome: the open matches, and the line that may do anything if there is one. */
type Change = readonly OpenMatch[];

/** Tries all other decisions, those with few taken matches first; each at most once. */
function otherWays(
  first: Way,
  way: (taken: readonly boolean[]) => Way,
): { readonly changes: readonly Change[]; readonly spent: ReadonlySet<Rule> } {
  const fate = fateOf(first.outcome);
  const changes: Change[] = [];
  const spent = new Set<Rule>(first.evaluation.spent);
  const queue = furtherDecisions([], first.evaluation.open.length);
  let walks = 1;
  for (const decisions of queue) {
    if (++walks > MAXIMUM_WALKS) {
      changes.push(first.evaluation.open);
      break;
    }
    const { evaluation, outcome, taken } = way(decisions);
    for (const rule of evaluation.spent) spent.add(rule);
    if (fateOf(outcome) === fate) {
      queue.push(...furtherDecisions(decisions, evaluation.open.length));
    } else if (!changes.some((change) => change.every((it) => isAmong(it, taken)))) {
      changes.push([...taken, ...(evaluation.anything === undefined ? [] : [evaluation.anything])]);
    }
  }
  return { changes, spent };
}

/** One more match taken, each of those that come after the decided ones. */
function furtherDecisions(decided: readonly boolean[], open: number): boolean[][] {
  return Array.from({ length: Math.max(0, open - decided.length) }, (_, skipped) => [
    ...decided,
    ...Array.from({ length: skipped }, () => false),
    true,
  ]);
}

function isAmong(open: OpenMatch, others: readonly OpenMatch[]): boolean {
  const same = others.filter((it) => it.reason === open.reason);
  return same.some((it) => open.unread.every((unread) => it.unread.includes(unread)));
}

function unknown(base: Outcome, changes: readonly Change[]): Outcome {
  const { made: _, ...rest } = base;
  const causes = changes.flat();
  const unread = new Map<string, Unread>();
  for (const line of causes.flatMap((cause) => cause.unread)) unread.set(line.id, line);
  const reasons = new Set(causes.map(({ reason }) => reason));
  return {
    ...rest,
    verdict: "unknown",
    unread: [...unread.values()],
    reason: [...reasons].join("; "),
  };
}

/** Equal iff nothing that comes after can tell two outcomes apart. */
function fateOf({ verdict, packet, tag, rtable, made }: Outcome): string {
  if (verdict !== "pass") return verdict;
  const { source, destination, sourcePort, destinationPort, icmpId } = packet;
  const headers = [source, destination, sourcePort, destinationPort, icmpId];
  return JSON.stringify([headers.map(String), tag, rtable, made && stateFate(made)]);
}

function stateFate({ wire, stack, boundTo, tag, rtable, rule }: State): readonly unknown[] {
  return [wire.text, stack.text, boundTo, tag, rtable, rule.sloppy, rule.allowOptions];
}
