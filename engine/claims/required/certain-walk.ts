import type { Host, Interface } from "../../../model/host.ts";
import { type Leg, stackTest } from "../../path/points.ts";
import { rdomainOf } from "../../path/stack.ts";
import type { Attachment, Wire } from "../../path/wiring.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { inRange, union } from "../../sets/packets.ts";
import type { StackSets } from "../stack.ts";
import type { Behind, Carried, CertainGround, CertainPf } from "./certain-pf.ts";
import { type NextHop, nextHops } from "./next-hops.ts";
import type { Segments, Target } from "./segments.ts";

/** Where packets of a flow arrived. */
export type Arrived =
  | { readonly kind: "host"; readonly host: Host; readonly rdomain: number }
  /** `last`: the stack that sent them; none if no host routed them. */
  | { readonly kind: "wire"; readonly wire: Wire; readonly last: Attachment | undefined };

/** Where packets of a flow are to arrive. */
export interface Goal {
  /** Wires with the destinations that are there. */
  readonly wires: ReadonlyMap<Wire, PacketSet>;
  /** Hosts whose own sockets they are for. */
  readonly hosts: ReadonlySet<Host>;
  /** No host forwards them: their hop limit would not be what it has to be. */
  readonly isNear?: true;
  /** Takes what is there, and says what of it is lost all the same. */
  readonly arrived: (set: PacketSet, carried: Carried, at: Arrived) => PacketSet;
}

/** Neighbours that a stack cannot reach, or that cannot reach it. */
export type Unresolved = (from: Attachment, target: Target, neighbours: PacketSet) => PacketSet;

/** More hosts and bridges than this are on no way. */
const MOST_HOPS = 16;

export const NOTHING_CARRIED: Carried = {
  ...{ tag: "", received: "", made: [] },
  ...{ flooded: false, hops: 0 },
};

/**
 * Follows all packets of one flow, where each has one sender and one receiver: by routes to next hops,
 * through bridges to where these are, past every pf test (stack-semantics.md 1.3 … 1.7, 3).
 *
 * Every function returns packets, of those it is given, that some choice of the network or some open
 * bracket keeps from the goal; never too few. Tunnels, `route-to`, `af-to`, `synproxy` and diverted
 * packets are not followed, and count as lost.
 */
export class CertainWalk {
  readonly #ground: CertainGround;
  readonly #pf: CertainPf;
  readonly #stack: StackSets;
  readonly #segments: Segments;
  readonly #unresolved: Unresolved;
  readonly #hops = new Map<string, readonly NextHop[]>();

  constructor(
    ground: CertainGround,
    parts: {
      readonly pf: CertainPf;
      readonly stack: StackSets;
      readonly segments: Segments;
      readonly unresolved: Unresolved;
    },
  ) {
    this.#ground = ground;
    this.#pf = parts.pf;
    this.#stack = parts.stack;
    this.#segments = parts.segments;
    this.#unresolved = parts.unresolved;
  }

  /** What a host sends itself, by table `rtable`. */
  fromHost(host: Host, rtable: number, set: PacketSet, carried: Carried, goal: Goal): PacketSet {
    const sent = { set, carried: { ...carried, received: "" }, rtable, turned: false };
    return this.#routed(host, sent, goal);
  }

  /** What a station on a wire sends to the stack of a router on its segment. */
  toRouter(
    wire: Wire,
    router: Attachment,
    set: PacketSet,
    carried: Carried,
    goal: Goal,
  ): PacketSet {
    return this.#across(wire, undefined, { kind: "stack", ...router }, set, carried, goal);
  }

  /** What a station sends to somebody on its own segment, routed by nobody. */
  toNeighbour(wire: Wire, set: PacketSet, carried: Carried, goal: Goal): PacketSet {
    return this.#onSegment([wire], undefined, set, undefined, goal, (target, some) =>
      target.kind === "wire" && target.wire === wire
        ? goal.arrived(some, carried, { kind: "wire", wire, last: undefined })
        : this.#across(wire, undefined, target, some, carried, goal),
    );
  }

  /** What a stack sends to a target on its own segment. */
  fromStack(
    at: Attachment,
    target: Target,
    set: PacketSet,
    carried: Carried,
    goal: Goal,
  ): PacketSet {
    const { host, interface: it } = at;
    return this.#pf.test(stackTest(host, "out", it), set, carried, (behind) => {
      const legs = this.#segments.legs.from("out", host, it);
      return this.#along(legs, target, behind.set, behind.carried, goal, at);
    });
  }

  /** Frames at the legs of a sender, on their way to a target. */
  #along(
    legs: readonly Leg[],
    target: Target,
    set: PacketSet,
    carried: Carried,
    goal: Goal,
    last?: Attachment,
  ): PacketSet {
    const { sets, note } = this.#ground;
    if (carried.hops > MOST_HOPS) {
      note("a way of more hops than are followed");
      return set;
    }
    const leading = switched(
      legs.filter((leg) => this.#segments.leads(leg, target)),
      carried.flooded,
    );
    if (leading.length === 0) return set;
    return union(
      sets,
      leading.map((leg) => this.#leg(leg, 0, target, set, carried, goal, last)),
    );
  }

  #leg(
    leg: Leg,
    at: number,
    target: Target,
    set: PacketSet,
    carried: Carried,
    goal: Goal,
    last: Attachment | undefined,
  ): PacketSet {
    const test = leg.tests[at];
    const { host, exit } = leg;
    const tags = leg.tag !== undefined && this.#ground.gates.tracked(host).tags;
    const entering = at === 0 && tags ? { ...carried, tag: leg.tag ?? "" } : carried;
    if (test !== undefined) {
      return this.#pf.test(test, set, entering, (behind) =>
        this.#leg(leg, at + 1, target, behind.set, behind.carried, goal, last),
      );
    }
    if (exit.kind === "stack") return this.#input(host, exit.interface, set, entering, goal);
    const wire = this.#segments.wireBehind(leg);
    if (wire === undefined) return set;
    const left = { ...entering, tag: "", received: "", hops: entering.hops + 1 };
    if (target.kind === "wire" && target.wire === wire) {
      return goal.arrived(set, left, { kind: "wire", wire, last });
    }
    const sender = { host, interface: exit.interface };
    return this.#across(wire, sender, target, set, left, goal, last);
  }

  #across(
    wire: Wire,
    sender: Attachment | undefined,
    target: Target,
    set: PacketSet,
    carried: Carried,
    goal: Goal,
    last?: Attachment,
  ): PacketSet {
    const legs = switched(this.#segments.legsTo(wire, sender, target), carried.flooded);
    const { sets, gates } = this.#ground;
    const received = (leg: Leg): string => {
      const asks = leg.tests.some(({ direction }) => direction === "out");
      return asks ? gates.receivedAs(leg.host, leg.from) : "";
    };
    if (legs.length === 0) return set;
    return union(
      sets,
      legs.map((leg) => {
        const entering = { ...carried, received: received(leg) };
        return this.#along([leg], target, set, entering, goal, last);
      }),
    );
  }

  /** ip_input: sanity, pf, and then kept or forwarded. */
  #input(host: Host, it: Interface, set: PacketSet, carried: Carried, goal: Goal): PacketSet {
    const { sets, gates } = this.#ground;
    const sane = this.#stack.sane(it);
    const test = stackTest(host, "in", it);
    const lost = this.#pf.test(test, sets.and(set, sane), carried, (behind) => {
      const local = sets.and(behind.set, this.#stack.local(host, behind.rtable, it));
      const rdomain = rdomainOf(host, behind.rtable);
      const kept =
        local === sets.empty || !goal.hosts.has(host)
          ? local
          : goal.arrived(local, behind.carried, { kind: "host", host, rdomain });
      const onward = sets.diff(behind.set, local);
      const forwardable = this.#stack.forwardable(host, false);
      const leaving = goal.isNear ? sets.empty : sets.and(onward, forwardable);
      const received = gates.receivedAs(host, it);
      const sent = { ...behind, set: leaving, carried: { ...behind.carried, received } };
      return union(sets, [
        kept,
        sets.diff(onward, leaving),
        leaving === sets.empty ? leaving : this.#routed(host, sent, goal),
      ]);
    });
    return sets.or(lost, sets.diff(set, sane));
  }

  #routed(host: Host, { set, carried, rtable }: Behind, goal: Goal): PacketSet {
    return this.#byRoutes(host, rtable, set, (hop, some) => {
      const test = stackTest(host, "out", hop.to);
      return this.#pf.test(test, some, carried, (behind) => this.#output(host, hop, behind, goal));
    });
  }

  /** Behind the test on the way out: on, or routed again without another one. */
  #output(host: Host, hop: NextHop, behind: Behind, goal: Goal): PacketSet {
    const { set, carried, rtable, turned } = behind;
    if (!turned) return this.#depart(host, hop, set, carried, goal);
    return this.#byRoutes(host, rtable, set, (other, some) =>
      this.#depart(host, other, some, carried, goal),
    );
  }

  #byRoutes(
    host: Host,
    rtable: number,
    set: PacketSet,
    onto: (hop: NextHop, set: PacketSet) => PacketSet,
  ): PacketSet {
    const { sets, note } = this.#ground;
    if (this.#areRoutesOpen(host)) {
      note(`the routes of ${host.name} are not known`);
      return set;
    }
    let lost = set;
    let sent = sets.empty;
    for (const hop of this.#hopsOf(host, rtable)) {
      const some = sets.and(set, hop.set);
      if (some === sets.empty) continue;
      lost = sets.diff(lost, some);
      sent = sets.or(sent, onto(hop, some));
    }
    return sets.or(lost, sent);
  }

  #areRoutesOpen(host: Host): boolean {
    const { plan, closed } = this.#ground;
    return plan.brackets.some((bracket) => {
      if (bracket.kind !== "unread" || closed.has(bracket.id)) return false;
      const { scope } = bracket.unread;
      return scope.kind === "routes" && scope.host === host.name;
    });
  }

  #depart(host: Host, hop: NextHop, set: PacketSet, carried: Carried, goal: Goal): PacketSet {
    const { sets } = this.#ground;
    const { to, gateway } = hop;
    const legs = this.#segments.legs.from("out", host, to);
    const last = { host, interface: to };
    const wires = legs.flatMap((leg) => this.#segments.wireBehind(leg) ?? []);
    if (wires.length === 0) this.#noteTunnel(legs);
    return this.#onSegment(wires, last, set, gateway, goal, (target, some) => {
      const lost = this.#unresolvedOf(last, hop, target, some);
      const reached = sets.diff(some, lost);
      if (reached === sets.empty) return lost;
      return sets.or(lost, this.#along(legs, target, reached, carried, goal, last));
    });
  }

  #unresolvedOf(
    from: Attachment,
    { gateway, family }: NextHop,
    target: Target,
    set: PacketSet,
  ): PacketSet {
    const { sets } = this.#ground;
    if (gateway === undefined) return sets.and(set, this.#unresolved(from, target, set));
    const range = { family, first: gateway, last: gateway };
    const neighbour = inRange(sets, "destination", range);
    return this.#unresolved(from, target, neighbour) === sets.empty ? sets.empty : set;
  }

  #noteTunnel(legs: readonly Leg[]): void {
    const tunnel = legs.find(({ exit }) => exit.kind === "tunnel");
    if (tunnel === undefined) return;
    const { host, exit } = tunnel;
    const name = `${exit.interface.name} of ${host.name}`;
    this.#ground.note(`tunnel ${name} is not followed for required flows`);
  }

  /**
   * Splits packets by who on a segment they go to: the gateway, or who has their destination. Who is no
   * host is on the wires of the goal that have the destination.
   */
  #onSegment(
    wires: readonly Wire[],
    sender: Attachment | undefined,
    set: PacketSet,
    gateway: bigint | undefined,
    goal: Goal,
    send: (target: Target, set: PacketSet) => PacketSet,
  ): PacketSet {
    const { sets } = this.#ground;
    let lost = sets.empty;
    let left = set;
    for (const stack of this.#stacksOn(wires)) {
      if (stack.host === sender?.host && stack.interface === sender.interface) continue;
      for (const { family, value } of stack.interface.addresses) {
        const range = { family, first: value, last: value };
        const some =
          gateway === undefined
            ? sets.and(left, inRange(sets, "destination", range))
            : value === gateway
              ? left
              : sets.empty;
        if (some === sets.empty) continue;
        left = sets.diff(left, some);
        lost = sets.or(lost, send({ kind: "stack", ...stack }, some));
      }
    }
    for (const [goalWire, there] of goal.wires) {
      const some = sets.and(left, there);
      const target = { kind: "wire", wire: goalWire } as const;
      if (some === sets.empty || !this.#isOn(wires, target)) continue;
      // an address that may be on several wires has to be reached on each
      lost = sets.or(lost, send(target, some));
    }
    const known = [...goal.wires]
      .filter(([goalWire]) => this.#isOn(wires, { kind: "wire", wire: goalWire }))
      .map(([, there]) => there);
    return sets.or(lost, sets.diff(left, union(sets, known)));
  }

  #stacksOn(wires: readonly Wire[]): readonly Attachment[] {
    const all = wires.flatMap((it) => this.#segments.stacksOn(it));
    return all.filter((it, at) => {
      const first = all.findIndex((o) => o.host === it.host && o.interface === it.interface);
      return first === at;
    });
  }

  #isOn(wires: readonly Wire[], target: Target & { readonly kind: "wire" }): boolean {
    return wires.some(
      (wire) => wire === target.wire || this.#segments.legsTo(wire, undefined, target).length > 0,
    );
  }

  #hopsOf(host: Host, rtable: number): readonly NextHop[] {
    const key = `${host.name} ${rtable}`;
    const known = this.#hops.get(key);
    if (known !== undefined) return known;
    const hops = nextHops(this.#ground.sets, host, rtable);
    this.#hops.set(key, hops);
    return hops;
  }
}

/** Of the legs of a switch those that it takes for a frame that it floods, or knows the port of. */
function switched(legs: readonly Leg[], flooded: boolean): readonly Leg[] {
  return legs.filter((leg) => {
    if (leg.flooded === flooded) return true;
    return !legs.some((it) => it.exit.interface === leg.exit.interface && it.flooded === flooded);
  });
}
