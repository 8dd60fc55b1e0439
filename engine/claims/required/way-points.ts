import type { Reason, Script } from "../../../model/answer.ts";
import type { Host, Interface } from "../../../model/host.ts";
import type { Conduit, Network } from "../../../model/network.ts";
import type { ViaAnswer } from "../../../model/required.ts";
import type { Walk } from "../../path/delivery.ts";
import type { PacketFunctions } from "../../sets/packet-functions.ts";
import type { PacketSet } from "../../sets/packet-sets.ts";
import { Closure } from "../closure.ts";
import type { Witnesses } from "../confirm.ts";
import type { Increment } from "../graph.ts";
import { layer2Reasons } from "../layer2.ts";
import { type Plan, planOf } from "../plan.ts";
import { allowedPackets } from "../policy.ts";
import { reasonOf } from "../reasons.ts";
import { pick, scriptTo } from "../witness.ts";

/** Deliveries that are tried for a script, and the longest script that is shown. */
const [TRIES, LONGEST_SCRIPT] = [16, 4] as const;

/** Packets of a conduit that may arrive although they pass the way point nowhere. */
interface Bypass {
  readonly increment: Increment;
  readonly set: PacketSet;
}

/**
 * Decides the way points of conduits: no run brings a packet of the conduit from one zone into the
 * other past the host that it is to pass.
 *
 * Proved on the closure of the site in which that host neither forwards nor switches anything; violated
 * by a script that the simulator plays in the site itself.
 */
export class WayPoints {
  readonly #plan: Plan;
  readonly #sets: PacketFunctions;
  readonly #witnesses: Witnesses;
  readonly #poll: () => void;
  /** By the way point. */
  readonly #closures = new Map<string, Closure>();

  constructor(plan: Plan, sets: PacketFunctions, witnesses: Witnesses, poll: () => void) {
    this.#plan = plan;
    this.#sets = sets;
    this.#witnesses = witnesses;
    this.#poll = poll;
  }

  /** One answer for each way point of a conduit. */
  of(conduit: Conduit): readonly ViaAnswer[] {
    const { from, to, id } = conduit;
    return (conduit.via ?? []).map(({ host, span }): ViaAnswer => {
      const head = { from, to, span, via: host, ...(id === undefined ? {} : { id }) };
      return { ...head, ...this.#decide(conduit, host) };
    });
  }

  #decide(conduit: Conduit, via: string): Pick<ViaAnswer, "verdict" | "witness" | "reasons"> {
    const closure = this.#without(via);
    const bypasses = this.#bypasses(closure, conduit);
    const forged = this.#forged(conduit);
    if (bypasses.length === 0 && closure.limits.size === 0) {
      return { verdict: forged.length === 0 ? "proved" : "undecided", reasons: forged };
    }
    for (const bypass of bypasses.slice(0, TRIES)) {
      const witness = this.#shown(closure, bypass, conduit, via);
      if (witness !== undefined) return { verdict: "violated", witness, reasons: [] };
    }
    const limits = [...closure.limits].map(
      (text): Reason => ({ text, settle: "no setting helps yet" }),
    );
    const open = closure.plan.brackets.map(reasonOf);
    const reasons = [...forged, ...limits, ...open];
    return { verdict: "undecided", reasons: reasons.length > 0 ? reasons : [UNSHOWN] };
  }

  /** What stations could do at higher levels that is not modelled. */
  #forged({ from, to }: Conduit): readonly Reason[] {
    const { zones } = this.#plan;
    const [source, target] = [from, to].map((name) => zones.find((zone) => zone.name === name));
    if (source === undefined || target === undefined) return [];
    return layer2Reasons(this.#plan, source.index, target.index);
  }

  #without(via: string): Closure {
    const known = this.#closures.get(via);
    if (known !== undefined) return known;
    const { network, level } = this.#plan;
    const plan = planOf(withoutPassage(network, via), { level });
    const options = { reading: "may", closed: new Set<string>(), poll: this.#poll } as const;
    const closure = new Closure(plan, this.#sets, options).run();
    this.#closures.set(via, closure);
    return closure;
  }

  #bypasses(closure: Closure, { from, to, services }: Conduit): readonly Bypass[] {
    const sets = this.#sets;
    const index = (name: string): number | undefined =>
      closure.plan.zones.find((zone) => zone.name === name)?.index;
    const [source, target] = [index(from), index(to)];
    if (source === undefined || target === undefined) return [];
    const allowed = allowedPackets(sets, [{ ...PLAIN, from, to, services }], from, to);
    const asked = sets.and(allowed, closure.owners.from(source));
    return closure.deliveries(target).flatMap((increment): readonly Bypass[] => {
      const { about } = closure.labels.at(increment.label);
      const set = sets.and(increment.set, asked);
      return about || set === sets.empty ? [] : [{ increment, set }];
    });
  }

  #shown(
    closure: Closure,
    { increment, set }: Bypass,
    { from, to }: Conduit,
    via: string,
  ): ViaAnswer["witness"] {
    const marked = pick(this.#sets, set);
    const script = marked && scriptTo(closure, increment, marked);
    if (script === undefined || script.length > LONGEST_SCRIPT) return undefined;
    if (script.at(-1)?.from !== from) return undefined;
    return this.#played(script, to, via);
  }

  /** The script in the site itself, if its last packet arrives by a way without the host. */
  #played(script: Script, to: string, via: string): ViaAnswer["witness"] {
    const walks = this.#witnesses.play(script);
    if (walks.some((walk) => this.#witnesses.isUncertain(walk))) return undefined;
    const arrived = walks.at(-1)?.deliveries.find(({ zone, steps }) => {
      const isPast = steps.every((step) => !("host" in step) || step.host !== via);
      return this.#plan.zones[zone]?.name === to && isPast;
    });
    if (arrived === undefined) return undefined;
    const earlier = walks.slice(0, -1).map(({ trace }: Walk) => trace);
    return { script, traces: [...earlier, { steps: arrived.steps }] };
  }
}

const PLAIN = { required: false, span: { file: "", line: 1, column: 1, length: 1 } } as const;

const UNSHOWN: Reason = {
  text: "packets may get there past it as far as sets tell, and no script that was tried shows it",
  settle: "see by `pfproof reach` what gets there",
};

/** The site in which a host takes what is for itself, and passes on nothing. */
function withoutPassage(network: Network, name: string): Network {
  const hosts = network.hosts.map((host) => (host.name === name ? deadEnd(host) : host));
  return { ...network, hosts };
}

function deadEnd(host: Host): Host {
  return {
    ...host,
    forwarding: { inet: false, inet6: false },
    interfaces: host.interfaces.map(withoutMembers),
    pfConf: undefined,
    relays: [],
    unread: [],
  };
}

function withoutMembers(it: Interface): Interface {
  const isSwitch = it.kind === "bridge" || it.kind === "veb" || it.kind === "tpmr";
  const members = isSwitch ? [] : it.members;
  return { ...it, members, ports: isSwitch ? [] : it.ports, unread: [] };
}
