import type { Plan } from "../../../engine/claims/plan.ts";
import type { Walk } from "../../../engine/path/delivery.ts";
import type { Emission, Script } from "../../../model/answer.ts";
import { ICMP, ICMP_REPLIES, ICMP6, type Packet, TCP } from "../../../model/packet.ts";
import { emittedFrom, type Source, sourcesOf } from "../../../scenarios/arbitraries/script.ts";
import type { Random } from "../../fuzz/random.ts";

/**
 * Draws what somebody may send next, who has seen how the packets of a script look where they came
 * by: translated, on every wire. Scripts that are drawn as a whole cannot answer what NAT has made.
 */
export class FollowUps {
  readonly #sources: readonly Source[];
  readonly #zones: Plan["zones"];

  constructor(plan: Plan) {
    this.#sources = sourcesOf(plan);
    this.#zones = plan.zones;
  }

  /** The script with an answer to a packet of it, or such a packet again; nothing: there is none. */
  after(script: Script, walks: readonly Walk[], random: Random): Script | undefined {
    const seen = walks.flatMap(({ trace, deliveries }) => [
      ...deliveries,
      ...trace.steps.flatMap((step) =>
        step.kind === "test" && step.verdict === "pass"
          ? [{ packet: step.becomes ?? step.packet }]
          : [],
      ),
    ]);
    if (seen.length === 0) return undefined;
    const about: { readonly packet: Packet; readonly zone?: number } = random.pick(seen);
    const packet = random.once(5) ? again(about.packet) : this.#answer(about.packet, random);
    return [...script, this.#emitted(packet, about.zone, random)];
  }

  /** From the place that has the packet, or from anywhere. */
  #emitted(packet: Packet, zone: number | undefined, random: Random): Emission {
    const name = zone === undefined ? undefined : this.#zones[zone]?.name;
    const here = this.#sources.filter((it) => it.from === name);
    const from = here.length > 0 && !random.once(3) ? here : this.#sources;
    return emittedFrom(random.pick(from), packet);
  }

  #answer(packet: Packet, random: Random): Packet {
    const { protocol, family, source, destination } = packet;
    const back = { ...again(packet), source: destination, destination: source };
    if (packet.quoted === undefined && random.once(6)) return errorAbout(packet);
    const pair = ICMP_REPLIES[family].find(([asked]) => asked === packet.icmpType);
    const isIcmp = protocol === ICMP || protocol === ICMP6;
    return {
      ...back,
      sourcePort: packet.destinationPort,
      destinationPort: packet.sourcePort,
      flags: protocol === TCP ? random.pick([18, 16, 4]) : 0,
      icmpType: isIcmp ? (pair?.[1] ?? packet.icmpType) : 0,
    };
  }
}

/** As a station would send it: with its whole lifetime. */
function again(packet: Packet): Packet {
  return packet.ttl === 1 || packet.ttl === 255 ? packet : { ...packet, ttl: 64 };
}

/** A destination says that it does not take the packet. */
function errorAbout(packet: Packet): Packet {
  const { family, source, destination, protocol, icmpType, icmpCode, icmpId } = packet;
  const { sourcePort, destinationPort } = packet;
  return {
    ...again(packet),
    protocol: family === "inet" ? ICMP : ICMP6,
    source: destination,
    destination: source,
    sourcePort: 0,
    destinationPort: 0,
    flags: 0,
    icmpType: family === "inet" ? 3 : 1,
    icmpCode: 0,
    icmpId: 0,
    fragment: "no",
    options: false,
    quoted: {
      protocol,
      source,
      destination,
      sourcePort,
      destinationPort,
      icmpType,
      icmpCode,
      icmpId,
    },
  };
}
