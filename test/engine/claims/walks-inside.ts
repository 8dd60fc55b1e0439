import { Closure } from "../../../engine/claims/closure.ts";
import { Witnesses } from "../../../engine/claims/confirm.ts";
import { NOBODY } from "../../../engine/claims/owners.ts";
import { type Plan, planOf } from "../../../engine/claims/plan.ts";
import type { Delivery, Walk } from "../../../engine/path/delivery.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import type { PacketFunctions } from "../../../engine/sets/packet-functions.ts";
import type { LabelValues, PacketSet } from "../../../engine/sets/packet-sets.ts";
import { valuesOf } from "../../../engine/sets/packets.ts";
import { ICMP_TYPES } from "../../../engine/sets/rules/icmp-types.ts";
import type { Script } from "../../../model/answer.ts";
import type { Network } from "../../../model/network.ts";
import { ICMP, ICMP6, type Packet, type QuotedPacket } from "../../../model/packet.ts";

/** The may-closure of a network, ready to be held against what the simulator does. */
export class WalksInside {
  readonly plan: Plan;
  readonly sets: PacketFunctions;
  readonly closure: Closure;
  readonly witnesses: Witnesses;
  /** Deliveries per zone, and whether they are ICMP errors told by what they imitate. */
  readonly #delivered = new Map<string, PacketSet>();

  /**
   * @param asWritten - brackets are closed: what the files say is all there is
   * @param poll - called once for each increment of the closure; may throw to stop
   */
  constructor(
    network: Network,
    { asWritten = false, poll }: { readonly asWritten?: boolean; readonly poll?: () => void } = {},
  ) {
    this.plan = planOf(network);
    this.sets = packetFunctions("intervals", {});
    const closed = new Set(asWritten ? this.plan.brackets.map((it) => it.id) : []);
    const options = { reading: "may", closed, ...(poll === undefined ? {} : { poll }) } as const;
    this.closure = new Closure(this.plan, this.sets, options).run();
    this.witnesses = new Witnesses(this.plan, this.sets);
    for (const { index: zone } of this.plan.zones) {
      for (const { label, set } of this.closure.deliveries(zone)) {
        const key = `${zone} ${this.closure.labels.at(label).about}`;
        this.#delivered.set(key, this.sets.or(this.#delivered.get(key) ?? this.sets.empty, set));
      }
    }
  }

  /** Deliveries of a script that the closure does not have, in words. */
  outside(script: Script): readonly string[] {
    return this.heldAgainst(script).outside;
  }

  /** The same, and how many packets arrived in zones that did not send them. */
  heldAgainst(script: Script): {
    readonly outside: readonly string[];
    readonly arrived: number;
    readonly byState: number;
    readonly walks: readonly Walk[];
  } {
    const outside: string[] = [];
    let [arrived, byState] = [0, 0];
    const walks = this.witnesses.play(script);
    for (const [at, { deliveries }] of walks.entries()) {
      const played = script.slice(0, at + 1);
      const from = this.#zoneNamed(script[at]?.from);
      for (const delivery of deliveries) {
        if (delivery.zone !== from) arrived++;
        if (delivery.zone !== from && delivery.creators.length > 0) byState++;
        if (!this.#isInside(played, delivery)) outside.push(this.#told(played, delivery));
      }
    }
    return { outside, arrived, byState, walks };
  }

  #isInside(script: Script, delivery: Delivery): boolean {
    const origin = delivery.carrier ?? this.#zoneNamed(script.at(-1)?.from);
    const { zone, packet } = delivery;
    return this.#creatorsOf(script, delivery).some((creator) => {
      const labels = { origin, creator };
      if (this.#has(`${zone} false`, labels, packet)) return true;
      const { quoted } = packet;
      return quoted !== undefined && this.#has(`${zone} true`, labels, imitatedBy(quoted, packet));
    });
  }

  #has(key: string, { origin, creator }: LabelValues, packet: Packet): boolean {
    const { sets } = this;
    const { owners } = this.closure;
    const labels = sets.and(owners.from(origin), owners.by(creator));
    const own = sets.and(this.#delivered.get(key) ?? sets.empty, labels);
    return sets.has(owners.headers(own), valuesOf(packet));
  }

  /**
   * The label that the closure may know the delivery by: who made the state it needed last, or nobody.
   * Where it is known to pass by nobody's state, or by its sender's, it is not told of again.
   *
   * States of an outer packet belong to the host that encapsulated it. Of ICMP errors only the origin
   * is compared: where some error passes by a rule, the closure asks no state for the others.
   */
  #creatorsOf(script: Script, delivery: Delivery): readonly number[] {
    if (delivery.carrier !== undefined || delivery.packet.quoted !== undefined)
      return [NOBODY, ...this.plan.zones.map((zone) => zone.index)];
    const from = this.#zoneNamed(script.at(-1)?.from);
    const last = this.witnesses.lastMaker(script, delivery, from);
    if (last === undefined) return [NOBODY];
    return [last.zone ?? this.#zoneNamed(script[last.emission]?.from), NOBODY, from];
  }

  #zoneNamed(name: string | undefined): number {
    return this.plan.zones.findIndex((zone) => zone.name === name);
  }

  #told(script: Script, { zone, packet, creators }: Delivery): string {
    const name = this.plan.zones[zone]?.name;
    const from = creators.map(({ emission }) => script[emission]?.from).join(", ");
    return `at ${name}, states of [${from}]: ${inWords(packet)} after ${inWords(script)}`;
  }
}

/** The reply to the packet that an ICMP error quotes: pf takes the error where it would take that. */
function imitatedBy(quoted: QuotedPacket, error: Packet): Packet {
  const { icmpType } = quoted;
  const pairs = [...ICMP_TYPES[error.family].replies];
  const [asked, answered] = pairs.find((types) => types.includes(icmpType)) ?? [icmpType, icmpType];
  const icmp = quoted.protocol === ICMP || quoted.protocol === ICMP6;
  const { quoted: _, ...header } = error;
  return {
    ...header,
    protocol: quoted.protocol,
    source: quoted.destination,
    destination: quoted.source,
    sourcePort: quoted.destinationPort,
    destinationPort: quoted.sourcePort,
    icmpType: icmp ? (icmpType === asked ? answered : asked) : 0,
    icmpCode: 0,
    icmpId: icmp ? quoted.icmpId : 0,
    tos: 0,
    options: false,
  };
}

/** Anything as JSON; addresses in hexadecimal. */
export function inWords(value: unknown): string {
  return JSON.stringify(value, (_, it) => (typeof it === "bigint" ? `0x${it.toString(16)}` : it));
}
