import type { Emission, Reason } from "../../../model/answer.ts";
import type { Packet } from "../../../model/packet.ts";
import type { Blocked, BlockedPath, BlockedTest } from "../../../model/reach.ts";
import { Closure } from "../../claims/closure.ts";
import { Crossings } from "../../claims/crossings.ts";
import { sourcesOf } from "../../claims/emissions.ts";
import { entry } from "../../claims/entry.ts";
import { type Cause, testAt } from "../../claims/graph.ts";
import { labelsIn, Owners } from "../../claims/owners.ts";
import type { Plan } from "../../claims/plan.ts";
import { reasonOf } from "../../claims/reasons.ts";
import { rdomainsOf } from "../../path/stack.ts";
import type { PacketFunctions } from "../../sets/packet-functions.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { only, packetOf, union } from "../../sets/packets.ts";
import { regionsOf } from "../../sets/regions.ts";
import { likely } from "./likely.ts";
import { Rulings } from "./rulings.ts";
import { waysEnds } from "./way-ends.ts";
import { type Hop, stepsOf } from "./way-steps.ts";
import { type Way, type WayNode, waysOf } from "./ways.ts";

/** Ways that are told of. */
const MOST_PATHS = 10;
/** Deciding rules of one test that are told of. */
const MOST_DECIDERS = 10;
/** Regions for the packets of a way. */
const MOST_REGIONS = 6;

/**
 * Why nothing of zone `from` gets into zone `to`: the ways of single packets, without any state, that
 * the fewest pf tests block, and the rules that do. Open brackets are taken for what helps.
 *
 * Packets that pf refuses before it asks rules, and those that a stack refuses, go no way at all.
 */
export function blockedBetween(
  plan: Plan,
  sets: PacketFunctions,
  { from, to, poll }: { readonly from: number; readonly to: number; readonly poll?: () => void },
): Blocked {
  const crossings = new Crossings(sets, new Owners(sets, plan.zones.length), { from, to });
  const asked = poll === undefined ? {} : { poll };
  const options = { reading: "may", closed: new Set<string>(), crossings, ...asked } as const;
  const closure = new Closure(plan, sets, options).run();
  if (!crossings.isThere) {
    return { paths: [], truncated: false, ends: waysEnds(closure, from, to) };
  }
  const seen = new Map<string, PacketSet>();
  const isNew = (way: Way): boolean => {
    const key = hopsKey(way);
    const packets = way.inner ?? way.nodes[0]?.set ?? sets.empty;
    const before = seen.get(key) ?? sets.empty;
    if (sets.implies(packets, before)) return false;
    seen.set(key, sets.or(before, packets));
    return true;
  };
  const { ways, truncated } = waysOf(closure, crossings, { limit: MOST_PATHS, isNew });
  const rulings = new Rulings(closure);
  const paths = ways.flatMap((way) => pathOf(closure, rulings, way) ?? []);
  const tests = Math.min(...paths.map((it) => it.tests.length));
  const fewest = paths.filter((it) => it.tests.length === tests);
  return {
    ...(fewest.length === 0 ? {} : { tests }),
    paths: fewest,
    truncated,
    ends: [],
  };
}

/** What tells ways apart for a reader: every pf test on them. Ports of one switch are not told apart. */
function hopsKey({ nodes }: Way): string {
  return nodes
    .flatMap(({ point, by }) => {
      const test = testAt(point);
      if (test === undefined) return [];
      const { host, direction, interface: it, rdomain } = test;
      return [`${host.name} ${direction} ${it.name} ${rdomain} ${by[0]?.kind === "crossed"}`];
    })
    .join("\n");
}

function pathOf(closure: Closure, rulings: Rulings, way: Way): BlockedPath | undefined {
  const { nodes, inner } = way;
  const [start, second] = nodes;
  if (start === undefined || second === undefined) return undefined;
  const own = sourcesUsual(closure, start);
  const first = likely(closure, inner ?? start.set, own);
  const outer = inner === undefined ? undefined : likely(closure, start.set, own);
  if (first === undefined) return undefined;
  const hops = hopsOf(closure, nodes, outer ?? first, first);
  const emission = emissionOf(closure, way, hops, { first, outer });
  if (emission === undefined) return undefined;
  return {
    script: [emission],
    trace: { steps: hops.flatMap((hop) => stepsOf(closure, rulings, hop)) },
    packets: regionsOf(closure.sets, closure.owners.headers(inner ?? start.set), {
      regions: MOST_REGIONS,
    }),
    tests: hops.flatMap((hop) => blockedTest(closure, rulings, hop)),
    reasons: openAlong(closure.plan, nodes),
  };
}

/** Packets with source addresses that belong where a way begins; at least not those of hosts. */
function sourcesUsual(closure: Closure, { point, set }: WayNode): readonly PacketSet[] {
  if (point.kind !== "wire") return [];
  const { sets, plan, stack } = closure;
  const origin = labelsIn(sets, set)?.origin ?? -1;
  const assigned = sourcesOf(sets, { ...plan, level: "assigned" }, origin, point.wire);
  const own = plan.network.hosts.flatMap((host) => {
    return rdomainsOf(host).map((rdomain) => stack.ownSources(host, rdomain));
  });
  return [assigned, sets.not(union(sets, own))];
}

/** The way of one packet; `frame` is what it carries if it begins as an outer packet. */
function hopsOf(
  closure: Closure,
  nodes: readonly WayNode[],
  first: Packet,
  frame: Packet,
): readonly Hop[] {
  const hops: Hop[] = [];
  let packet = first;
  let carried = frame;
  for (const [index, node] of nodes.entries()) {
    const next = nodes[index + 1];
    if (next === undefined) break;
    const [cause] = node.by;
    if (cause?.kind === "wrapped") carried = packet;
    const becomes = behind(closure, node, next, packet, carried);
    hops.push({ node, next, packet, becomes });
    packet = becomes;
  }
  return hops;
}

/** What a packet is at the next point. */
function behind(
  closure: Closure,
  node: WayNode,
  next: WayNode,
  packet: Packet,
  carried: Packet,
): Packet {
  const { sets } = closure;
  const own = only(sets, packet);
  const [first] = node.by;
  if (first?.kind === "unwrapped") return carried;
  if (first?.kind === "wrapped") return sampleOf(closure, next.set) ?? packet;
  if (first?.kind === "bracket" && !sets.meets(own, next.set)) {
    return likely(closure, next.set) ?? packet;
  }
  for (const cause of node.by) {
    if (cause.kind !== "rule") continue;
    const { fn, fate, set } = cause.pass;
    const image = fn.image(sets.and(own, set), fate);
    const found = sampleOf(closure, sets.and(image, next.set));
    if (found !== undefined) return found;
  }
  return packet;
}

function sampleOf({ sets }: Closure, set: PacketSet): Packet | undefined {
  const values = sets.sample(set);
  return values && packetOf(values);
}

function emissionOf(
  closure: Closure,
  { nodes }: Way,
  hops: readonly Hop[],
  { first, outer }: { readonly first: Packet; readonly outer: Packet | undefined },
): Emission | undefined {
  const [start, second, third] = nodes;
  if (start === undefined || second === undefined) return undefined;
  // what a station behind a tunnel sends arrives in the outer packet of its far end
  const isAfar = start.by[0]?.kind === "wrapped" && start.point.kind === "wire";
  const at = isAfar ? entry(second.point, third?.point) : entry(start.point, second.point);
  if (at === undefined) return undefined;
  const inside = isAfar ? hops[0]?.becomes : outer;
  const origin = labelsIn(closure.sets, start.set)?.origin ?? -1;
  return {
    from: closure.plan.zones[origin]?.name ?? "",
    at: { host: at.host.name, interface: at.interface.name },
    local: start.point.kind === "send",
    packet: first,
    ...(inside === undefined ? {} : { outer: inside }),
  };
}

function blockedTest(closure: Closure, rulings: Rulings, hop: Hop): readonly BlockedTest[] {
  const { node, packet } = hop;
  const test = testAt(node.point);
  if (test === undefined || node.by[0]?.kind !== "crossed") return [];
  const { host, interface: it, direction, rdomain } = test;
  const label = closure.labels.at(node.label);
  const limits = { first: packet, limit: MOST_DECIDERS };
  const { deciders, more } = rulings.dropping(test, label, node.set, limits);
  return [{ host: host.name, interface: it.name, direction, rdomain, deciders, more }];
}

/** Brackets that the way needs to be one. */
function openAlong(plan: Plan, nodes: readonly WayNode[]): readonly Reason[] {
  const ids = new Set(nodes.flatMap(({ by }) => by.flatMap(bracketOf)));
  return plan.brackets.filter(({ id }) => ids.has(id)).map(reasonOf);
}

function bracketOf(cause: Cause): readonly string[] {
  return cause.kind === "bracket" ? [cause.id] : [];
}
