import type { Emission, PairAnswer, Script, Violation } from "../../model/answer.ts";
import type { Progress } from "../../model/check-answer.ts";
import {
  type Family,
  ICMP,
  ICMP_REPLIES,
  ICMP6,
  type Packet,
  TCP,
  UDP,
} from "../../model/packet.ts";
import type { Place, PlacedZone } from "../path/places.ts";
import { lookup } from "../path/stack.ts";
import { outerOf } from "../path/vxlan.ts";
import { type Boundaries, boundariesOf } from "./boundaries.ts";
import type { Witnesses } from "./confirm.ts";
import type { Plan } from "./plan.ts";
import { Random } from "./random.ts";

/** What an attack on proofs came to. */
export interface AttackResult {
  readonly scripts: number;
  /** A script that got through where nothing may. */
  readonly refuted?: { readonly from: string; readonly to: string; readonly violation: Violation };
}

/** Called every so many scripts. */
const PROGRESS_EVERY = 64;

/**
 * Plays drawn scripts of one to three packets through the simulator against every proved pair.
 *
 * Packets are drawn at the boundaries of rules; those of one script share their ends, as they are,
 * exchanged, or with one end replaced, since only such packets can ride on each other's states.
 */
export function attack(
  plan: Plan,
  witnesses: Witnesses,
  proved: readonly PairAnswer[],
  options: {
    readonly scripts: number;
    readonly seed: number;
    readonly poll?: () => void;
    readonly progress?: (progress: Progress) => void;
  },
): AttackResult {
  const random = new Random(options.seed);
  const draw = new Draw(plan, boundariesOf(plan.network.hosts), random);
  for (let done = 0; done < options.scripts; done++) {
    if (done % PROGRESS_EVERY === 0) {
      options.progress?.({ phase: "attacking", done, total: options.scripts });
      options.poll?.();
    }
    const script = draw.script(random.pick(proved));
    const refuted = refutation(plan, witnesses, proved, script);
    if (refuted !== undefined) return { scripts: done + 1, refuted };
  }
  return { scripts: options.scripts };
}

function refutation(
  plan: Plan,
  witnesses: Witnesses,
  proved: readonly PairAnswer[],
  script: Script,
): AttackResult["refuted"] {
  for (const { from, to, violation } of witnesses.shown(script)) {
    const [source, target] = [plan.zones[from]?.name ?? "", plan.zones[to]?.name ?? ""];
    if (!proved.some((pair) => pair.from === source && pair.to === target)) continue;
    return { from: source, to: target, violation: witnesses.shrink(violation, from, to) };
  }
  return undefined;
}

interface Ends {
  readonly family: Family;
  readonly protocol: number;
  readonly source: bigint;
  readonly destination: bigint;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmpType: number;
}

class Draw {
  readonly #plan: Plan;
  readonly #boundaries: Boundaries;
  readonly #random: Random;

  constructor(plan: Plan, boundaries: Boundaries, random: Random) {
    this.#plan = plan;
    this.#boundaries = boundaries;
    this.#random = random;
  }

  /** A script whose last packet is emitted by the attacker of `pair`. */
  script(pair: PairAnswer): Script {
    const ends = this.#ends();
    const length = 1 + this.#random.below(3);
    const script: Emission[] = [];
    for (let at = 0; at < length; at++) {
      const zone = at === length - 1 ? this.#zone(pair.from) : this.#random.pick(this.#plan.zones);
      const emission = zone && this.#emission(zone, this.#related(ends));
      if (emission !== undefined) script.push(emission);
    }
    return script;
  }

  #zone(name: string): PlacedZone | undefined {
    return this.#plan.zones.find((zone) => zone.name === name);
  }

  #ends(): Ends {
    const random = this.#random;
    const { addresses, ports, protocols, icmpTypes } = this.#boundaries;
    const families = (["inet", "inet6"] as const).filter((it) => addresses[it].length > 0);
    const family = families.length === 0 ? "inet" : random.pick(families);
    const known = addresses[family].length === 0 ? [1n] : addresses[family];
    return {
      family,
      protocol: random.pick(protocols[family]),
      source: random.pick(known),
      destination: random.pick(known),
      sourcePort: random.pick(ports),
      destinationPort: random.pick(ports),
      icmpType: random.pick(icmpTypes[family]),
    };
  }

  /** The same flow, its answer, or the flow with one end replaced. */
  #related(ends: Ends): Ends {
    const random = this.#random;
    const fresh = this.#ends();
    const turned = random.once(2) ? answer(ends) : ends;
    if (random.once(8) && fresh.family === ends.family) return { ...turned, source: fresh.source };
    if (random.once(8) && fresh.family === ends.family) {
      return { ...turned, destination: fresh.destination };
    }
    return turned;
  }

  #emission(zone: PlacedZone, ends: Ends): Emission | undefined {
    if (zone.places.length === 0) return undefined;
    const place = this.#random.pick(zone.places);
    const packet = this.#packet(this.#own(place, ends));
    if (place.kind === "host") return this.#fromHost(zone, place, packet);
    const end = place.wire.attachments[0];
    if (end === undefined) return undefined;
    const tunnelled = end.interface.kind === "vxlan";
    if (!tunnelled) {
      const at = this.#random.pick(place.wire.attachments);
      const where = { host: at.host.name, interface: at.interface.name };
      return { from: zone.name, at: where, local: false, packet };
    }
    const outer = outerOf(end.interface);
    const out = outer && lookup(end.host, end.interface.tunnel?.rtable ?? 0, outer);
    if (outer === undefined || out === undefined) return undefined;
    const swapped = { ...outer, source: outer.destination, destination: outer.source };
    const at = { host: end.host.name, interface: out.name };
    return { from: zone.name, at, local: false, packet, outer: swapped };
  }

  /** At level `assigned` a place keeps to its own addresses; a host always does. */
  #own(place: Place, ends: Ends): Ends {
    const owned =
      place.kind === "host"
        ? place.host.interfaces.flatMap((it) => it.addresses)
        : this.#plan.level === "assigned"
          ? place.wire.attachments.flatMap(({ interface: it }) =>
              it.addresses.map((own) => ({ ...own, value: own.value + 1n })),
            )
          : [];
    const fitting = owned.filter((own) => own.family === ends.family);
    if (fitting.length === 0) return ends;
    return { ...ends, source: this.#random.pick(fitting).value };
  }

  #fromHost(
    zone: PlacedZone,
    place: Place & { readonly kind: "host" },
    packet: Packet,
  ): Emission | undefined {
    const rdomain = place.host.interfaces.find((it) =>
      it.addresses.some((own) => own.family === packet.family && own.value === packet.source),
    )?.rdomain;
    const out = rdomain === undefined ? undefined : lookup(place.host, rdomain, packet);
    if (out === undefined || this.#plan.silentHosts) return undefined;
    const at = { host: place.host.name, interface: out.name };
    return { from: zone.name, at, local: true, packet };
  }

  #packet(ends: Ends): Packet {
    const { family, protocol, source, destination, icmpType } = ends;
    const ported = protocol === TCP || protocol === UDP;
    const icmp = protocol === ICMP || protocol === ICMP6;
    const discovery = protocol === ICMP6 && icmpType >= 133 && icmpType <= 137;
    return {
      family,
      protocol,
      source,
      destination,
      sourcePort: ported ? ends.sourcePort : 0,
      destinationPort: ported ? ends.destinationPort : 0,
      flags: protocol === TCP ? this.#random.pick([2, 16, 18]) : 0,
      icmpType: icmp ? icmpType : 0,
      icmpCode: 0,
      icmpId: icmp ? 7 : 0,
      tos: 0,
      ttl: discovery ? 255 : 64,
      fragment: "no",
      options: false,
    };
  }
}

function answer(ends: Ends): Ends {
  const pair = ICMP_REPLIES[ends.family].find(([asked]) => asked === ends.icmpType);
  return {
    ...ends,
    source: ends.destination,
    destination: ends.source,
    sourcePort: ends.destinationPort,
    destinationPort: ends.sourcePort,
    icmpType: pair?.[1] ?? ends.icmpType,
  };
}
