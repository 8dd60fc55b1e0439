import type {
  DecidingLine,
  Emission,
  Script,
  Violation,
  ViolationClass,
} from "../../model/answer.ts";
import type { Packet, QuotedPacket } from "../../model/packet.ts";
import type { Delivery, Maker, Walk } from "../path/delivery.ts";
import { arrivals } from "../path/points.ts";
import { Walker } from "../path/walk.ts";
import type { PacketSet, PacketSets } from "../sets/packet-sets.ts";
import { valuesOf } from "../sets/packets.ts";
import type { Plan } from "./plan.ts";
import { allowedPackets } from "./policy.ts";

/** A violation that a script shows. */
export interface Shown {
  readonly from: number;
  readonly to: number;
  readonly violation: Violation;
}

/** Plays scripts through the simulator and says what they show. */
export class Witnesses {
  readonly #plan: Plan;
  readonly #sets: PacketSets;
  /** By how the network's dice fall. */
  readonly #walkers: Readonly<Record<"yes" | "no", Walker>>;
  readonly #allowed = new Map<string, PacketSet>();
  /** Hosts that have a line which could change whatever crosses them. */
  readonly #open: ReadonlySet<string>;
  /** Lines of interfaces that could change what crosses these. */
  readonly #unread: Plan["unread"];

  /** @param asWritten - no line that is open counts for more than it says */
  constructor(
    plan: Plan,
    sets: PacketSets,
    { asWritten = false }: { readonly asWritten?: boolean } = {},
  ) {
    this.#plan = plan;
    this.#sets = sets;
    const { network, wiring, zones } = plan;
    const unread = asWritten ? [] : plan.unread;
    this.#unread = unread;
    this.#open = new Set(
      unread.flatMap(({ scope }) =>
        scope.kind === "host" || scope.kind === "routes" ? [scope.host] : [],
      ),
    );
    this.#walkers = {
      yes: new Walker(network, wiring, zones, { chance: "yes", asWritten }),
      no: new Walker(network, wiring, zones, { chance: "no", asWritten }),
    };
  }

  /**
   * The violation of `from → to` that a script shows when it is played from empty state tables, or
   * nothing if its last packet does not arrive, is excused, or an open bracket makes it uncertain.
   */
  confirm(script: Script, from: number, to: number): Violation | undefined {
    return this.shown(script).find((it) => it.from === from && it.to === to)?.violation;
  }

  /**
   * Every violation that the last packet of a script shows, at most one per zone it arrives at. The
   * adversary has the network's dice: rules with `probability` all match, or none does.
   */
  shown(script: Script): readonly Shown[] {
    const shown = this.#shownWith(script, "yes");
    if (!this.#walkers.yes.drew) return shown;
    const others = this.#shownWith(script, "no");
    const isNew = ({ from, to }: Shown): boolean => {
      return !shown.some((it) => it.from === from && it.to === to);
    };
    return [...shown, ...others.filter(isNew)];
  }

  #shownWith(script: Script, chance: "yes" | "no"): readonly Shown[] {
    const walks = this.#certainWalks(script, chance);
    const last = walks?.at(-1);
    if (walks === undefined || last === undefined) return [];
    const emitter = this.#zoneOf(script.at(-1));
    const shown = new Map<string, Shown>();
    for (const delivery of last.deliveries) {
      const to = delivery.zone;
      const from = delivery.carrier ?? emitter;
      const key = `${from} ${to}`;
      if (to === from || shown.has(key) || this.#isAllowed(from, to, delivery)) continue;
      const kind = this.#classOf(script, walks, delivery, from);
      if (kind === undefined) continue;
      const decides = this.#decidingLine(kind, delivery);
      const earlier = walks.slice(0, -1).map((walk) => walk.trace);
      const traces = [...earlier, { steps: delivery.steps }];
      const violation = { class: kind, script, traces, ...(decides && { decides }) };
      shown.set(key, { from, to, violation });
    }
    return [...shown.values()];
  }

  /** What a script does; nothing if an open bracket could change what becomes of an emission. */
  #certainWalks(script: Script, chance: "yes" | "no"): readonly Walk[] | undefined {
    const walker = this.#walkers[chance];
    walker.reset();
    if (script.some((emission) => this.#entersOpen(emission))) return undefined;
    const walks: Walk[] = [];
    for (const emission of script) {
      const walk = walker.walk(emission);
      if (this.isUncertain(walk)) return undefined;
      walks.push(walk);
    }
    return walks;
  }

  /** Whether an emission gets at once to a host where anything may become of it. */
  #entersOpen({ at, local }: Emission): boolean {
    if (!this.#open.has(at.host)) return false;
    const host = this.#plan.network.hosts.find(({ name }) => name === at.host);
    const it = host?.interfaces.find(({ name }) => name === at.interface);
    if (host === undefined || it === undefined) return false;
    return local || arrivals(host, it).length > 0;
  }

  /** Whether an open bracket, of a rule or wider, could change what became of an emission. */
  isUncertain(walk: Walk): boolean {
    if (walk.uncertain) return true;
    const { steps } = walk.trace;
    if (steps.some((step) => "host" in step && this.#open.has(step.host))) return true;
    return this.#unread.some(({ scope }) => {
      if (scope.kind !== "interface") return false;
      return walk.trace.steps.some(
        (step) =>
          step.kind === "test" && step.host === scope.host && step.interface === scope.interface,
      );
    });
  }

  /** The shortest part of a confirmed script, last packet kept, that still shows a violation. */
  shrink(found: Violation, from: number, to: number): Violation {
    for (let at = 0; at < found.script.length - 1; at++) {
      const shorter = this.confirm(found.script.toSpliced(at, 1), from, to);
      if (shorter !== undefined) return this.shrink(shorter, from, to);
    }
    return found;
  }

  /**
   * Plays a script from empty state tables.
   *
   * @param chance - whether rules with `probability` match
   */
  play(script: Script, chance: "yes" | "no" = "yes"): readonly Walk[] {
    const walker = this.#walkers[chance];
    walker.reset();
    return script.map((emission) => walker.walk(emission));
  }

  /**
   * Who counts as the maker of the states that a packet needed: the last one in another zone than its
   * sender, `from`, if there is one (as the closure's labels have it).
   */
  lastMaker(script: Script, { creators }: Delivery, from: number): Maker | undefined {
    return creators.findLast((maker) => this.#makerZone(script, maker) !== from) ?? creators.at(-1);
  }

  #makerZone(script: Script, { zone, emission }: Maker): number {
    return zone ?? this.#zoneOf(script[emission]);
  }

  #isAllowed(from: number, to: number, delivery: Delivery): boolean {
    return this.#allows(from, to, delivery.packet);
  }

  #allows(from: number, to: number, packet: Packet): boolean {
    const key = `${from} ${to}`;
    const { zones, network } = this.#plan;
    const known = this.#allowed.get(key);
    const [source, target] = [zones[from]?.name ?? "", zones[to]?.name ?? ""];
    const set = known ?? allowedPackets(this.#sets, network.conduits, source, target);
    this.#allowed.set(key, set);
    return this.#sets.has(set, valuesOf(packet));
  }

  /** The class of a delivery that no conduit allows; nothing if it is excused at this level. */
  #classOf(
    script: Script,
    walks: readonly Walk[],
    delivery: Delivery,
    from: number,
  ): ViolationClass | undefined {
    const to = delivery.zone;
    const last = this.lastMaker(script, delivery, from);
    if (last === undefined) {
      if (delivery.forged && !this.#speaksBehindTunnel(script.at(-1))) return "tunnel";
      return delivery.asked ? "direct" : "layer 2";
    }
    const creator = this.#makerZone(script, last);
    if (creator === from && this.#isErrorOfFlow(from, to, delivery.packet)) return undefined;
    if (creator !== to) return "punched";
    const answered = walks[last.emission]?.deliveries.filter((it) => it.zone === from) ?? [];
    if (answered.length === 0) return this.#plan.level === "states" ? "stolen" : undefined;
    return answered.some((it) => this.#isAllowed(to, from, it)) ? undefined : "reply";
  }

  /** An ICMP error about a flow that a conduit allows belongs to that flow. */
  #isErrorOfFlow(from: number, to: number, packet: Packet): boolean {
    return packet.quoted !== undefined && this.#allows(from, to, imitatedBy(packet, packet.quoted));
  }

  /**
   * The line that decides: the rule that made the state which was needed last, else the last rule
   * that passed the packet; where pf was never asked, the bridge that switched the frame.
   */
  #decidingLine(kind: ViolationClass, delivery: Delivery): DecidingLine | undefined {
    if (kind === "layer 2") return this.#bridgeLine(delivery);
    const tests = delivery.steps.filter((step) => step.kind === "test");
    const rule = delivery.decisive?.rule ?? tests.findLast((step) => step.rule !== undefined)?.rule;
    return rule && { span: rule.span, text: rule.text };
  }

  #bridgeLine(delivery: Delivery): DecidingLine | undefined {
    const step = delivery.steps.find((it) => it.kind === "switch");
    if (step === undefined) return undefined;
    const host = this.#plan.network.hosts.find((it) => it.name === step.host);
    const bridge = host?.interfaces.find((it) => it.name === step.bridge);
    const text = `${step.bridge} switches ${step.from} to ${step.to} without asking pf`;
    return bridge && { span: bridge.span, text };
  }

  #zoneOf(emission: Emission | undefined): number {
    return this.#plan.zones.findIndex((zone) => zone.name === emission?.from);
  }

  /** Whether the emitting zone has a place on the far segment of some tunnel of the host. */
  #speaksBehindTunnel(emission: Emission | undefined): boolean {
    const zone = this.#plan.zones[this.#zoneOf(emission)];
    return (
      zone?.places.some(
        (place) =>
          place.kind === "wire" &&
          place.wire.attachments.some(({ interface: it }) => it.kind === "vxlan"),
      ) ?? false
    );
  }
}

/** The packet that pf takes an ICMP error for: the reply to the one that it quotes. */
function imitatedBy(error: Packet, quoted: QuotedPacket): Packet {
  return {
    ...error,
    protocol: quoted.protocol,
    source: quoted.destination,
    destination: quoted.source,
    sourcePort: quoted.destinationPort,
    destinationPort: quoted.sourcePort,
    flags: 0,
    icmpType: quoted.icmpType,
    icmpCode: quoted.icmpCode,
    icmpId: quoted.icmpId,
  };
}
