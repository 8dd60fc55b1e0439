import type { Progress } from "../../model/check-answer.ts";
import type { InitAnswer, InterfaceRemark } from "../../model/init-answer.ts";
import type { Network } from "../../model/network.ts";
import type { Unread } from "../../model/unread.ts";
import { Closure } from "../claims/closure.ts";
import { type Plan, planOf } from "../claims/plan.ts";
import { wiringOf } from "../path/wiring.ts";
import { packetFunctions } from "../sets/implementations.ts";
import { BudgetExceeded, Cancelled, type PacketSet, type PacketSets } from "../sets/packet-sets.ts";
import { conduitsOf, type Flow } from "./init/conduits.ts";
import { wireDoubts } from "./init/doubts.ts";
import { NAMED, servicesOf } from "./init/services.ts";
import { wireEnds } from "./init/wire-ends.ts";
import { proposedZones } from "./init/zones.ts";

/** How far `init` may go. */
export interface InitOptions {
  /** Nodes of packet sets; the flows that need more are left out. */
  readonly budget: number;
  /** Called often; throws {@link Cancelled} to stop. */
  readonly poll?: () => void;
  readonly progress?: (progress: Progress) => void;
}

/**
 * Proposes a site.yaml for hosts that have none: zones, what passes between them, what is not known.
 *
 * Zones hold every wire and every host, each once. Conduits hold what the closure at level `spoof`
 * delivers without any state: what rides on states is no policy but a consequence, or a hole. ICMP
 * errors are an exception: they have no other way, and every network needs them. Lines
 * that are not understood are taken to do nothing, addresses that come from the network to be any;
 * so flows can be missing, and `unread` says because of which lines.
 *
 * @param network - hosts only: zones and conduits of a site.yaml are not looked at
 */
export function init(
  network: Network,
  remarks: readonly InterfaceRemark[],
  options: InitOptions,
): InitAnswer {
  const wiring = wiringOf(network);
  const { found, zones } = proposedZones(network, wiring, remarks);
  const plan = planOf({ ...network, zones, conduits: [] }, { level: "spoof" });
  const { flows, pairs, stopped } = flowsOf(plan, options);
  const names = zones.map((zone) => zone.name);
  return {
    zones: found,
    services: NAMED.filter(({ name }) => flows.some((it) => it.services.names.includes(name))),
    conduits: conduitsOf(flows, names),
    doubts: wireDoubts(wiring, wireEnds(network, wiring), network.hosts, found),
    unread: plan.unread.filter(({ scope }) => scope.kind !== "nothing"),
    pairs,
    ...(stopped === undefined ? {} : { stopped }),
  };
}

interface Flows {
  readonly flows: readonly Flow[];
  readonly pairs: InitAnswer["pairs"];
  readonly stopped?: "budget" | "cancelled";
}

/** What each zone sends to each other one without a state; what was found before a stop. */
function flowsOf(plan: Plan, { budget, poll, progress }: InitOptions): Flows {
  const flows: Flow[] = [];
  const total = plan.zones.length * (plan.zones.length - 1);
  let done = 0;
  try {
    if (total === 0) return { flows, pairs: { done, total } };
    const sets = packetFunctions("intervals", { budget, ...(poll === undefined ? {} : { poll }) });
    progress?.({ phase: "closing", done: 0, total: 0 });
    const closed = new Set(plan.brackets.filter(isClosed).map(({ id }) => id));
    const asked = poll === undefined ? {} : { poll };
    const closure = new Closure(plan, sets, { reading: "may", closed, ...asked }).run();
    for (const to of plan.zones) {
      for (const from of plan.zones) {
        if (from === to) continue;
        progress?.({ phase: "listing flows", done, total });
        poll?.();
        const { set, errors } = passing(closure, sets, from.index, to.index);
        const services = servicesOf(sets, set, errors);
        if (services !== undefined) flows.push({ from: from.name, to: to.name, services });
        done++;
      }
    }
    return { flows, pairs: { done, total } };
  } catch (error) {
    return { flows, pairs: { done, total }, stopped: stopOf(error) };
  }
}

/** An address from the network is bounded already (claims.md 4); everything else is taken as written. */
function isClosed(bracket: Plan["brackets"][number]): boolean {
  return bracket.kind === "wire" || !isAddress(bracket.unread);
}

function isAddress({ scope }: Unread): boolean {
  return scope.kind === "address";
}

/**
 * Packets that are delivered at `to` from `from` and passed every pf test on their own; and whether
 * ICMP errors are that pass on a state, unless `to` made it: those are answers.
 */
function passing(
  closure: Closure,
  sets: PacketSets,
  from: number,
  to: number,
): { readonly set: PacketSet; readonly errors: boolean } {
  const { labels, owners } = closure;
  const own = owners.from(from);
  const alone = sets.and(own, owners.alone);
  const byOthers = sets.diff(own, sets.or(owners.alone, owners.by(to)));
  let set = sets.empty;
  let errors = false;
  for (const increment of closure.deliveries(to)) {
    if (labels.at(increment.label).about) errors ||= sets.meets(increment.set, byOthers);
    else set = sets.or(set, sets.and(increment.set, alone));
  }
  return { set: owners.headers(set), errors };
}

function stopOf(error: unknown): "budget" | "cancelled" {
  if (error instanceof BudgetExceeded) return "budget";
  if (error instanceof Cancelled) return "cancelled";
  throw error;
}
