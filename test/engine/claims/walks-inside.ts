import { Closure } from "../../../engine/claims/closure.ts";
import { Witnesses } from "../../../engine/claims/confirm.ts";
import { type Plan, planOf } from "../../../engine/claims/plan.ts";
import type { Delivery } from "../../../engine/path/delivery.ts";
import { ICMP_QUERIES } from "../../../engine/sets/icmp-queries.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import type { PacketFunctions } from "../../../engine/sets/packet-functions.ts";
import type { PacketSet } from "../../../engine/sets/packet-sets.ts";
import { valuesOf } from "../../../engine/sets/packets.ts";
import type { Script } from "../../../model/answer.ts";
import type { Network } from "../../../model/network.ts";
import { ICMP, ICMP6, type Packet, type QuotedPacket } from "../../../model/packet.ts";

/** The may-closure of a network, ready to be held against what the simulator does. */
export class WalksInside {
  readonly plan: Plan;
  readonly sets: PacketFunctions;
  readonly closure: Closure;
  readonly witnesses: Witnesses;
  /** Deliveries per zone, origin, creator, and whether they are ICMP errors told by what they imitate. */
  readonly #delivered = new Map<string, PacketSet>();

  constructor(network: Network) {
    this.plan = planOf(network);
    this.sets = packetFunctions("intervals", {});
    this.closure = new Closure(this.plan, this.sets, { reading: "may", closed: new Set() }).run();
    this.witnesses = new Witnesses(this.plan, this.sets);
    for (const { index: zone } of this.plan.zones) {
      for (const { label, set } of this.closure.deliveries(zone)) {
        const { origin, creator, about } = this.closure.labels.at(label);
        const key = `${zone} ${origin} ${creator} ${about}`;
        this.#delivered.set(key, this.sets.or(this.#delivered.get(key) ?? this.sets.empty, set));
      }
    }
  }

  /** Deliveries of the last packet of a script that the closure does not have, in words. */
  outside(script: Script): readonly string[] {
    const walks = this.witnesses.play(script);
    const last = walks.at(-1);
    return (last?.deliveries ?? [])
      .filter((delivery) => !this.#isInside(script, delivery))
      .map((delivery) => this.#told(script, delivery));
  }

  #isInside(script: Script, delivery: Delivery): boolean {
    const origin = delivery.carrier ?? this.#zoneNamed(script.at(-1)?.from);
    const { zone, packet } = delivery;
    return this.#creatorsOf(script, delivery).some((creator) => {
      const key = `${zone} ${origin} ${creator}`;
      if (this.#has(`${key} false`, packet)) return true;
      return (
        packet.quoted !== undefined && this.#has(`${key} true`, imitatedBy(packet.quoted, packet))
      );
    });
  }

  #has(key: string, packet: Packet): boolean {
    const set = this.#delivered.get(key);
    return set !== undefined && this.sets.has(set, valuesOf(packet));
  }

  /**
   * The label that the closure may know the delivery by: who made the state it needed last; −1 = none.
   *
   * States of an outer packet belong to the host that encapsulated it. Of ICMP errors only the origin
   * is compared: where some error passes by a rule, the closure asks no state for the others.
   */
  #creatorsOf(script: Script, delivery: Delivery): readonly number[] {
    if (delivery.carrier !== undefined || delivery.packet.quoted !== undefined)
      return [-1, ...this.plan.zones.map((zone) => zone.index)];
    const last = delivery.creators.at(-1);
    if (last === undefined) return [-1];
    return [last.zone ?? this.#zoneNamed(script[last.emission]?.from)];
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
  const replies = ICMP_QUERIES[error.family].find((types) => types.includes(quoted.icmpType));
  const [asked, answered] = replies ?? [quoted.icmpType, quoted.icmpType];
  const icmp = quoted.protocol === ICMP || quoted.protocol === ICMP6;
  const { quoted: _, ...header } = error;
  return {
    ...header,
    protocol: quoted.protocol,
    source: quoted.destination,
    destination: quoted.source,
    sourcePort: quoted.destinationPort,
    destinationPort: quoted.sourcePort,
    icmpType: icmp ? (quoted.icmpType === asked ? answered : asked) : 0,
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
