import type { Host } from "../../../model/host.ts";
import type { Closure } from "../../claims/closure.ts";
import type { Arrival, Crossings } from "../../claims/crossings.ts";
import { type Cause, type Point, pointKey, type Wave } from "../../claims/graph.ts";
import type { Wire } from "../../path/wiring.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { inRange, union } from "../../sets/packets.ts";

/** A way from where packets are sent to where they are delivered. */
export interface Way {
  /** From the first point to the last. */
  readonly nodes: readonly WayNode[];
  /** Frames that are sent inside an outer packet, and whose way this is. */
  readonly inner: PacketSet | undefined;
}

/** A point of a way. */
export interface WayNode {
  readonly point: Point;
  readonly label: number;
  /** Packets there that go the rest of the way. */
  readonly set: PacketSet;
  /** How they go on to the next point; empty at the last. */
  readonly by: readonly Cause[];
}

/** The ways found, shortest first. */
export interface Ways {
  readonly ways: readonly Way[];
  readonly truncated: boolean;
}

/** The last points of a way. */
interface Partial {
  readonly node: WayNode;
  readonly key: string;
  readonly level: number;
  readonly next: Partial | undefined;
  readonly carried: Carried | undefined;
}

/** A frame whose outer packet is followed back. */
interface Carried {
  readonly set: PacketSet;
  readonly inner: Wave | undefined;
}

/** Partial ways that are looked at before the search gives up. */
const MOST_STEPS = 5000;

/**
 * The ways with the fewest dropping tests, backwards from the deliveries of `crossings`: every chain
 * of arrivals whose packets have as few of them behind them as can be at each point.
 *
 * @param isNew - called with every way; ways that are not new do not count
 */
export function waysOf(
  closure: Closure,
  crossings: Crossings,
  { limit, isNew }: { readonly limit: number; readonly isNew: (way: Way) => boolean },
): Ways {
  const search = new Search(closure, crossings);
  const ways: Way[] = [];
  let queue = search.ends();
  for (let steps = 0; queue.length > 0; ) {
    const longer: Partial[] = [];
    for (const partial of queue) {
      if (++steps > MOST_STEPS) return { ways, truncated: true };
      const { whole, more } = search.before(partial);
      longer.push(...more);
      for (const way of whole) {
        if (!isNew(way)) continue;
        if (ways.length === limit) return { ways, truncated: true };
        ways.push(way);
      }
    }
    queue = longer;
  }
  return { ways, truncated: false };
}

class Search {
  readonly #closure: Closure;
  readonly #crossings: Crossings;

  constructor(closure: Closure, crossings: Crossings) {
    this.#closure = closure;
    this.#crossings = crossings;
  }

  /** Everything that was delivered, one entry a label. */
  ends(): Partial[] {
    const { sets, owners } = this.#closure;
    const { from, to } = this.#crossings;
    const byLabel = new Map<number, Partial>();
    for (const increment of this.#closure.deliveries(to)) {
      const { label, point } = increment;
      const own = sets.and(increment.set, owners.from(from));
      if (own === sets.empty) continue;
      const before = byLabel.get(label);
      const set = sets.or(before?.node.set ?? sets.empty, own);
      const level = before?.level ?? this.#crossings.levelOf(increment);
      const node = { point, label, set, by: [] };
      const key = keyOf(point, label);
      byLabel.set(label, { node, key, level, next: undefined, carried: undefined });
    }
    return [...byLabel.values()];
  }

  /** What comes before a partial way: whole ways, and longer partial ones. */
  before(partial: Partial): { readonly whole: readonly Way[]; readonly more: readonly Partial[] } {
    const { sets } = this.#closure;
    const { point, label, set: wanted } = partial.node;
    const whole: Way[] = [];
    const more = new Map<string, Partial>();
    for (const arrival of this.#crossings.arrivalsAt(point, label)) {
      const set = sets.and(arrival.set, wanted);
      if (set === sets.empty) continue;
      if (arrival.cause.kind === "emitted") {
        whole.push(wayOf({ ...partial, node: { ...partial.node, set } }));
        continue;
      }
      const through = this.#through(partial, { set, cause: arrival.cause });
      if (through === undefined || isOn(partial, through.key)) continue;
      const longer = this.#withoutDetours(through);
      if (longer.node.set === sets.empty) continue;
      const key = `${longer.level} ${longer.carried?.set} ${longer.key}`;
      const known = more.get(key);
      more.set(key, known === undefined ? longer : this.#joined(known, longer));
    }
    return { whole, more: [...more.values()] };
  }

  /**
   * On a wire, leaves out packets that are there already: that could be sent there, that go on from
   * there later, or that are delivered.
   */
  #withoutDetours(partial: Partial): Partial {
    const { sets } = this.#closure;
    const { point, label, set } = partial.node;
    if (point.kind !== "wire") return partial;
    const { wire, sender } = point;
    const shorter = [...this.#deliveredOn(wire, label)];
    if (sender !== undefined) {
      const sent = this.#crossings.arrivalsAt({ kind: "wire", wire }, label);
      shorter.push(...sent.flatMap((it) => (it.cause.kind === "emitted" ? [it.set] : [])));
    }
    for (let at = partial.next; at !== undefined; at = at.next) {
      const { node } = at;
      const isAgain = node.point.kind === "wire" && node.point.wire === wire;
      // nobody receives what it sends itself
      const isOwn = sender !== undefined && hostOf(at.next)?.name === sender.split(":")[0];
      if (isAgain && node.label === label && !isOwn) shorter.push(node.set);
    }
    if (partial.next?.node.point.kind === "delivered") return partial;
    return { ...partial, node: { ...partial.node, set: sets.diff(set, union(sets, shorter)) } };
  }

  #deliveredOn(wire: Wire, label: number): readonly PacketSet[] {
    const { sets, plan, labels } = this.#closure;
    const { to } = this.#crossings;
    if (labels.at(label).journey >= 0) return [];
    return (plan.zones[to]?.places ?? []).flatMap((place): readonly PacketSet[] => {
      if (place.kind !== "wire" || place.wire !== wire) return [];
      return place.cut?.map((range) => inRange(sets, "destination", range)) ?? [sets.all];
    });
  }

  #joined(one: Partial, other: Partial): Partial {
    const { sets } = this.#closure;
    const set = sets.or(one.node.set, other.node.set);
    return { ...one, node: { ...one.node, set, by: [...one.node.by, ...other.node.by] } };
  }

  /** One point back, if the packets have no more dropping tests behind them there than they may. */
  #through(partial: Partial, arrival: Arrival): Partial | undefined {
    const { sets } = this.#closure;
    const found = this.#source(partial, arrival);
    if (found === undefined || found.set === sets.empty) return undefined;
    const { from, set, carried } = found;
    const level = this.#crossings.levelOf(from);
    const { cause } = arrival;
    const isTunnel = cause.kind === "wrapped" || cause.kind === "unwrapped";
    const crossed = cause.kind === "crossed" ? 1 : 0;
    if (!isTunnel && level + crossed !== partial.level) return undefined;
    const { point, label } = from;
    const node = { point, label, set, by: [cause] };
    return { node, key: keyOf(point, label), level, next: partial, carried };
  }

  #source(
    { carried }: Partial,
    { set, cause }: Arrival,
  ):
    | {
        readonly from: Wave;
        readonly set: PacketSet;
        readonly carried: Carried | undefined;
      }
    | undefined {
    const { sets } = this.#closure;
    switch (cause.kind) {
      case "moved":
      case "open":
      case "crossed":
        return { from: cause.from, set: sets.and(set, cause.from.set), carried };
      case "rule": {
        const { pass, from } = cause;
        const passing = sets.and(pass.set, from.set);
        return { from, set: sets.and(pass.fn.preimage(set, pass.fate), passing), carried };
      }
      case "bracket": {
        // it may come out as anything
        const same = sets.and(set, cause.from.set);
        return { from: cause.from, set: same === sets.empty ? cause.from.set : same, carried };
      }
      case "unwrapped": {
        const { outer, inner } = cause;
        return carried === undefined
          ? { from: outer, set: outer.set, carried: { set, inner } }
          : undefined;
      }
      case "wrapped": {
        const from = carried?.inner ?? cause.inner;
        const frames = carried === undefined ? from.set : sets.and(carried.set, from.set);
        return { from, set: frames, carried: undefined };
      }
      case "emitted":
      case "state":
        return undefined;
    }
  }
}

/** The host that a frame on a wire gets into. */
function hostOf(partial: Partial | undefined): Host | undefined {
  const point = partial?.node.point;
  if (point?.kind === "leg") return point.leg.host;
  return point?.kind === "stack" ? point.host : undefined;
}

function keyOf(point: Point, label: number): string {
  return `${label} ${pointKey(point)}`;
}

function isOn(partial: Partial, key: string): boolean {
  for (let at: Partial | undefined = partial; at !== undefined; at = at.next) {
    if (at.key === key) return true;
  }
  return false;
}

function wayOf(first: Partial): Way {
  const nodes: WayNode[] = [];
  for (let at: Partial | undefined = first; at !== undefined; at = at.next) nodes.push(at.node);
  return { nodes, inner: first.carried?.set };
}
