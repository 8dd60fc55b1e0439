import type { PacketSet } from "../sets/packet-sets.ts";
import { union } from "../sets/packets.ts";
import { mirrored, openKeys } from "../sets/rules/state-keys.ts";
import type { Closure } from "./closure.ts";
import { icmpErrors, imitated } from "./errors.ts";
import type { Increment } from "./graph.ts";
import { allowedPackets } from "./policy.ts";

/** Packets of one increment that no conduit and no reply excuses. */
export interface Suspect {
  readonly increment: Increment;
  readonly set: PacketSet;
  /** They passed on their own, without a state. */
  readonly alone: boolean;
}

/** What a closure says of one ordered pair of zones. */
export interface Judgement {
  /** Deliveries that would be violations; empty = isolated, as far as this closure is exact. */
  readonly suspects: readonly Suspect[];
  /** Somebody who knows live five-tuples of `to` could get in (S5). */
  readonly stealable: boolean;
}

/**
 * Sorts what reaches zone `to` from zone `from` (claims.md 2).
 *
 * Excused are packets of a conduit, ICMP errors about its flows, and those that pass on states of
 * `to` itself: replies, if the conduit `to → from` admits what they answer, else thefts, which count
 * at level `states` only. A reply to a flow that reached `from` although no conduit admits it counts
 * always.
 */
export function judge(closure: Closure, from: number, to: number): Judgement {
  const { sets, owners } = closure;
  const suspects: Suspect[] = [];
  const onOwnStates: Suspect[] = [];
  for (const increment of closure.deliveries(to)) {
    const own = sets.and(increment.set, owners.from(from));
    if (own === sets.empty) continue;
    const alone = sets.and(own, owners.alone);
    const onStates = sets.and(own, owners.statesOf(to));
    const others = sets.diff(own, sets.or(alone, onStates));
    for (const part of [alone, others, onStates]) {
      const set = sets.diff(part, excused(closure, increment, part === alone, from, to));
      if (set === sets.empty) continue;
      (part === onStates ? onOwnStates : suspects).push({ increment, set, alone: part === alone });
    }
  }
  if (onOwnStates.length === 0) return { suspects, stealable: false };
  const flows = flowsBetween(closure, to, from);
  const narrowed = (by: PacketSet): readonly Suspect[] =>
    onOwnStates
      .map((it) => ({ ...it, set: sets.and(it.set, by) }))
      .filter((it) => it.set !== sets.empty);
  const unasked = narrowed(sets.diff(flows.answersToBad, flows.answersToGood));
  const stolen = narrowed(sets.not(sets.or(flows.answersToBad, flows.answersToGood)));
  const counted = closure.plan.level === "states" ? stolen : [];
  return { suspects: [...suspects, ...unasked, ...counted], stealable: stolen.length > 0 };
}

/**
 * Packets of an increment that policy allows from one zone to another without asking for a state.
 *
 * @param alone - they passed on their own
 */
function excused(
  closure: Closure,
  increment: Increment,
  alone: boolean,
  from: number,
  to: number,
): PacketSet {
  const { sets, labels, owners } = closure;
  const allowed = allowedBetween(closure, from, to);
  if (!labels.at(increment.label).about) return allowed;
  // an error that passes on its own is an ordinary packet; that some rule lets it pass is no news
  if (alone) return sets.all;
  const errors = sets.diff(icmpErrors(sets), allowed);
  const services = sets.not(imitated(sets, errors));
  // an error about a flow that a conduit allows belongs to that flow
  const more = sets.and(allowed, owners.by(from));
  const reported = speaksForOthers(closure, from) ? owners.by(to) : sets.empty;
  return union(sets, [services, more, reported]);
}

/** Hosts and clouds may be on the path of a flow, and report errors about it. */
export function speaksForOthers(closure: Closure, zone: number): boolean {
  const { zones, network } = closure.plan;
  const clouds = network.clouds.map((cloud) => cloud.name);
  return (
    zones[zone]?.places.some(
      (place) => place.kind === "host" || place.wire.named.some((name) => clouds.includes(name)),
    ) ?? false
  );
}

function allowedBetween(closure: Closure, from: number, to: number): PacketSet {
  const { zones, network } = closure.plan;
  const [source, target] = [zones[from], zones[to]];
  if (source === undefined || target === undefined) throw new RangeError(`no zone ${from}, ${to}`);
  return allowedPackets(closure.sets, network.conduits, source.name, target.name);
}

/** Answers to what reaches `to` from `from`: to flows that a conduit admits, and to the others. */
function flowsBetween(
  closure: Closure,
  from: number,
  to: number,
): { readonly answersToGood: PacketSet; readonly answersToBad: PacketSet } {
  const { sets, labels, owners } = closure;
  const allowed = allowedBetween(closure, from, to);
  let good = sets.empty;
  let bad = sets.empty;
  for (const increment of closure.deliveries(to)) {
    if (labels.at(increment.label).about) continue;
    const own = sets.and(increment.set, owners.from(from));
    good = sets.or(good, sets.and(own, allowed));
    const forbidden = sets.diff(own, allowed);
    bad = sets.or(bad, sets.diff(forbidden, owners.by(to)));
  }
  const answers = (flows: PacketSet): PacketSet =>
    mirrored(sets, openKeys(sets, owners.headers(flows)));
  return { answersToGood: answers(good), answersToBad: answers(bad) };
}
