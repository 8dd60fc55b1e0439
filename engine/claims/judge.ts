import type { PacketSet } from "../sets/packet-sets.ts";
import { mirrored, openKeys } from "../sets/rules/state-keys.ts";
import type { Closure } from "./closure.ts";
import { icmpErrors, imitated } from "./errors.ts";
import type { Increment } from "./graph.ts";
import { ANYBODY, type Label } from "./labels.ts";
import { allowedPackets } from "./policy.ts";

/** Packets of one increment that no conduit and no reply excuses. */
export interface Suspect {
  readonly increment: Increment;
  readonly set: PacketSet;
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
  const { sets, labels } = closure;
  const suspects: Suspect[] = [];
  const onOwnStates: Suspect[] = [];
  for (const increment of closure.deliveries(to)) {
    const label = labels.at(increment.label);
    if (label.origin !== from) continue;
    const set = sets.diff(increment.set, excused(closure, label, from, to));
    if (set === sets.empty) continue;
    if (label.creator === to || label.creator === ANYBODY) onOwnStates.push({ increment, set });
    else suspects.push({ increment, set });
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

/** Packets with this label that policy allows from one zone to another without asking for a state. */
function excused(closure: Closure, label: Label, from: number, to: number): PacketSet {
  const { sets } = closure;
  const allowed = allowedBetween(closure, from, to);
  if (!label.about) return allowed;
  // an error that passes on its own is an ordinary packet; that some rule lets it pass is no news
  if (label.creator < 0) return sets.all;
  const errors = sets.diff(icmpErrors(sets), allowed);
  const services = sets.not(imitated(sets, errors));
  if (label.creator === to && speaksForOthers(closure, from)) return sets.all;
  // an error about a flow that a conduit allows belongs to that flow
  return label.creator === from ? sets.or(services, allowed) : services;
}

/** Hosts and clouds may be on the path of a flow, and report errors about it. */
function speaksForOthers(closure: Closure, zone: number): boolean {
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
  const { sets, labels } = closure;
  const allowed = allowedBetween(closure, from, to);
  let good = sets.empty;
  let bad = sets.empty;
  for (const increment of closure.deliveries(to)) {
    const label = labels.at(increment.label);
    if (label.origin !== from || label.about) continue;
    good = sets.or(good, sets.and(increment.set, allowed));
    if (label.creator !== to) bad = sets.or(bad, sets.diff(increment.set, allowed));
  }
  const answers = (flows: PacketSet): PacketSet => mirrored(sets, openKeys(sets, flows));
  return { answersToGood: answers(good), answersToBad: answers(bad) };
}
