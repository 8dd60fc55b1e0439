import { type Boundaries, boundariesOf } from "../../engine/claims/boundaries.ts";
import { Witnesses } from "../../engine/claims/confirm.ts";
import { type Plan, planOf } from "../../engine/claims/plan.ts";
import { CertainFlows, type Outcome } from "../../engine/claims/required/certain-flows.ts";
import { type End, Ends } from "../../engine/claims/required/ends.ts";
import { openingPackets } from "../../engine/claims/required/opening.ts";
import { emissionsAt, replyTo } from "../../engine/claims/required/play.ts";
import { RequiredFlows } from "../../engine/claims/required/required-flows.ts";
import { Segments } from "../../engine/claims/required/segments.ts";
import { packetFunctions } from "../../engine/sets/implementations.ts";
import type { PacketFunctions } from "../../engine/sets/packet-functions.ts";
import type { PacketSet } from "../../engine/sets/packet-sets.ts";
import { fieldAddress, inRange, packetOf } from "../../engine/sets/packets.ts";
import type { Emission } from "../../model/answer.ts";
import type { Conduit, Device, Network, Service } from "../../model/network.ts";
import type { Family, Packet } from "../../model/packet.ts";
import type { RequiredAnswer } from "../../model/required.ts";
import type { Random } from "../fuzz/random.ts";
import { NOWHERE } from "./network.ts";

const FAMILIES: readonly Family[] = ["inet", "inet6"];

/** What the sets say of the flows between two places. */
export interface DrawnOutcome {
  readonly source: End;
  readonly outcome: Outcome;
  /** Nothing open or not followed was met: what is lost is lost indeed. */
  readonly isExact: boolean;
}

/** A network and what decides its required flows. */
export class RequiredGround {
  readonly plan: Plan;
  readonly sets: PacketFunctions;
  readonly witnesses: Witnesses;
  readonly #flows: RequiredFlows;
  readonly #ends: Ends;
  readonly #certain: CertainFlows;
  readonly #boundaries: Boundaries;

  constructor(network: Network) {
    this.plan = planOf(network);
    this.sets = packetFunctions("intervals", { budget: 20_000_000 });
    this.witnesses = new Witnesses(this.plan, this.sets);
    const poll = (): void => {};
    this.#flows = new RequiredFlows(this.plan, this.sets, this.witnesses, poll);
    const segments = new Segments(this.plan.wiring);
    this.#ends = new Ends(this.plan, this.sets, segments);
    const options = { closed: new Set<string>(), introduced: false, poll };
    this.#certain = new CertainFlows(this.plan, this.sets, segments, options);
    this.#boundaries = boundariesOf(network.hosts);
  }

  asked(
    from: string,
    to: string,
    service: Service,
    families?: readonly Family[],
  ): readonly RequiredAnswer[] {
    const flow: Conduit = { from, to, services: [service], required: true, span: NOWHERE };
    return this.#flows.of(families === undefined ? flow : { ...flow, families });
  }

  ends(zone: string, family: Family): readonly End[] {
    return this.#ends.of(this.#indexOf(zone), family);
  }

  /** Flows to the addresses of the target itself; hosts that send are left out. */
  outcomes(from: string, to: string, asked: Service): readonly DrawnOutcome[] {
    return FAMILIES.flatMap((family) => {
      const service = openingPackets(this.sets, asked, family);
      if (service === this.sets.empty) return [];
      return this.ends(from, family).flatMap((source) =>
        this.ends(to, family).flatMap((target): readonly DrawnOutcome[] => {
          if (source.place.kind === "host") return [];
          this.#certain.forget();
          const outcome = this.#certain.direct({ source, target, service });
          const { notes, silences } = this.#certain;
          const isKnown = notes.size === 0 && silences.length === 0;
          const isExact = isKnown && this.plan.brackets.length === 0 && !this.#isSwitched;
          return [{ source, outcome, isExact }];
        }),
      );
    });
  }

  /** Packets of a set, with fields at boundaries where that can be, between two different stations. */
  drawn(set: PacketSet, most: number, random: Random): readonly Packet[] {
    const packets: Packet[] = [];
    for (let tries = 0; tries < most; tries++) {
      const packet = this.#one(set, random);
      if (packet !== undefined && packet.source !== packet.destination) packets.push(packet);
    }
    return packets;
  }

  #one(set: PacketSet, random: Random): Packet | undefined {
    const { sets } = this;
    const { addresses, ports } = this.#boundaries;
    let left = set;
    const narrow = (field: "source" | "destination" | "sourcePort", value: bigint): void => {
      const some = sets.and(left, sets.range(field, value, value));
      if (some !== sets.empty) left = some;
    };
    for (const field of ["source", "destination"] as const) {
      for (const family of FAMILIES) {
        narrow(field, fieldAddress(family, random.pick(addresses[family])));
      }
    }
    narrow("sourcePort", BigInt(random.pick(ports)));
    const values = sets.sample(left);
    return values && packetOf(values);
  }

  /** Whether some station that the sender may use brings the packet there, and the reply back. */
  arrives(from: string, to: string, source: End, packet: Packet): "no" | "there" | "back" {
    const [sender, receiver] = [this.#indexOf(from), this.#indexOf(to)];
    let best: "no" | "there" = "no";
    for (const emission of emissionsAt(this.plan, sender, source.place, packet)) {
      const [walk] = this.witnesses.play([emission]);
      for (const { zone, packet: arrived } of walk?.deliveries ?? []) {
        if (zone !== receiver || arrived.destination !== packet.destination) continue;
        best = "there";
        if (this.#isAnswered(emission, arrived, sender, receiver)) return "back";
      }
    }
    return best;
  }

  #isAnswered(emission: Emission, arrived: Packet, sender: number, receiver: number): boolean {
    const { source, sourcePort } = emission.packet;
    return (this.plan.zones[receiver]?.places ?? [])
      .flatMap((place) => emissionsAt(this.plan, receiver, place, replyTo(arrived)))
      .some((answer) => {
        const last = this.witnesses.play([emission, answer]).at(-1);
        return last?.deliveries.some(
          ({ zone, packet }) =>
            zone === sender &&
            packet.destination === source &&
            packet.destinationPort === sourcePort,
        );
      });
  }

  /** Walks take every port of a switch at once, and one copy may pass by the states of another. */
  get #isSwitched(): boolean {
    return this.plan.network.hosts.some(({ interfaces }) =>
      interfaces.some(({ members }) => members.length > 0),
    );
  }

  #indexOf(name: string): number {
    return this.plan.zones.findIndex((zone) => zone.name === name);
  }
}

/** Stations with one or two addresses of each family on the wires of some zones. */
export function withStations(network: Network, random: Random): Network {
  const ground = new RequiredGround(network);
  const devices = network.zones.flatMap((zone): readonly Device[] => {
    const [at] = zone.at;
    if (at?.kind !== "interface" || random.once(3)) return [];
    const addresses = FAMILIES.flatMap((family) => {
      const { sets } = ground;
      let left = ground.ends(zone.name, family)[0]?.addresses ?? sets.empty;
      return Array.from({ length: 1 + random.below(2) }).flatMap(() => {
        const values = sets.sample(left);
        if (values === undefined) return [];
        const first = values.source >> (family === "inet" ? 96n : 0n);
        const range = { family, first, last: first };
        left = sets.diff(left, inRange(sets, "source", range));
        return [range];
      });
    });
    return [{ name: `station-${zone.name}`, at, addresses }];
  });
  return { ...network, devices };
}
