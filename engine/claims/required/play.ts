import type { DecidingLine, Emission, Script, Step, Trace } from "../../../model/answer.ts";
import type { Host } from "../../../model/host.ts";
import { ICMP, ICMP_REPLIES, ICMP6, type Packet, TCP } from "../../../model/packet.ts";
import type { Delivery } from "../../path/delivery.ts";
import type { Place } from "../../path/places.ts";
import { lookup, rdomainsOf } from "../../path/stack.ts";
import type { Wire } from "../../path/wiring.ts";
import type { Witnesses } from "../confirm.ts";
import type { Plan } from "../plan.ts";

/** One opening packet as the simulator plays it, and the reply to it. */
export interface Played {
  readonly script: Script;
  readonly traces: readonly Trace[];
  /** How far it came: nowhere, to the target, or back to its sender. */
  readonly came: "nowhere" | "there" | "back";
  /** An open bracket could have changed that. */
  readonly uncertain: boolean;
}

/** What a played flow is to do. */
export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly source: Place;
  /** Whether a packet that arrived at the target is one of the flow's. */
  readonly isMeant: (packet: Packet) => boolean;
}

const RANKS = { nowhere: 0, there: 1, back: 2 } as const;

/**
 * Plays an opening packet, and its reply if it arrives, by every station that its sender could hand it
 * to; the best of these counts, of the network's choices the worst.
 */
export function playFlow(
  plan: Plan,
  witnesses: Witnesses,
  opening: Packet,
  wanted: Wanted,
): Played | undefined {
  const played = (["yes", "no"] as const).flatMap((chance): readonly Played[] => {
    const all = emissionsAt(plan, wanted.from, wanted.source, opening).map((emission) =>
      playedBy(plan, witnesses, emission, wanted, chance),
    );
    const best = all.toSorted((a, b) => rankOf(b) - rankOf(a))[0];
    return best === undefined ? [] : [best];
  });
  return played.toSorted((a, b) => RANKS[a.came] - RANKS[b.came])[0];
}

/** How far it came; of equal ones the one with the longer way. */
function rankOf({ came, traces }: Played): number {
  const passed = traces.flatMap(({ steps }) => steps).filter((it) => it.kind !== "delivered");
  return RANKS[came] * 2 ** 20 + Math.min(passed.length, 2 ** 20 - 1);
}

function playedBy(
  plan: Plan,
  witnesses: Witnesses,
  emission: Emission,
  wanted: Wanted,
  chance: "yes" | "no",
): Played {
  const opening = emission.packet;
  const [walk] = witnesses.play([emission], chance);
  const arrived = walk?.deliveries.find(
    ({ zone, packet }) => zone === wanted.to && wanted.isMeant(packet),
  );
  if (walk === undefined || arrived === undefined) {
    const uncertain = walk === undefined || witnesses.isUncertain(walk);
    const traces = [walk?.trace ?? { steps: [] }];
    return { script: [emission], traces, came: "nowhere", uncertain };
  }
  const replies = repliesTo(plan, wanted.to, arrived).map((reply): Played => {
    const script = [emission, reply];
    const walks = witnesses.play(script, chance);
    const back = walks[1]?.deliveries.find(
      ({ zone, packet }) => zone === wanted.from && answers(packet, opening),
    );
    const last = back === undefined ? (walks[1]?.trace ?? { steps: [] }) : { steps: back.steps };
    const traces = [{ steps: arrived.steps }, last];
    const uncertain = walks.some((it) => witnesses.isUncertain(it));
    return { script, traces, came: back === undefined ? "there" : "back", uncertain };
  });
  const best = replies.toSorted((a, b) => rankOf(b) - rankOf(a))[0];
  if (best !== undefined) return best;
  const uncertain = witnesses.isUncertain(walk);
  return { script: [emission], traces: [{ steps: arrived.steps }], came: "there", uncertain };
}

/** A place emits a packet: a host by its routes, a station to any stack that its wire has. */
export function emissionsAt(
  plan: Plan,
  zone: number,
  place: Place,
  packet: Packet,
): readonly Emission[] {
  const from = plan.zones[zone]?.name ?? "";
  if (place.kind === "host") return sentBy(place.host, from, packet);
  return sentOn(place.wire, from, packet);
}

function sentBy(host: Host, from: string, packet: Packet): readonly Emission[] {
  return rdomainsOf(host).flatMap((rdomain): readonly Emission[] => {
    const out = lookup(host, rdomain, packet);
    const owns = host.interfaces.some(
      (it) =>
        it.rdomain === rdomain &&
        it.addresses.some((own) => own.family === packet.family && own.value === packet.source),
    );
    if (out === undefined || !owns) return [];
    return [{ from, at: { host: host.name, interface: out.name }, local: true, packet }];
  });
}

function sentOn(wire: Wire, from: string, packet: Packet): readonly Emission[] {
  return wire.attachments.map(({ host, interface: it }): Emission => {
    return { from, at: { host: host.name, interface: it.name }, local: false, packet };
  });
}

function repliesTo(plan: Plan, zone: number, { place, packet }: Delivery): readonly Emission[] {
  const reply = replyTo(packet);
  return (plan.zones[zone]?.places ?? [])
    .filter((it) => (it.kind === "host" ? it.host.name : it.wire.name) === place)
    .flatMap((it) => emissionsAt(plan, zone, it, reply));
}

/** The first packet of the other end. */
export function replyTo(packet: Packet): Packet {
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMP6;
  const pair = ICMP_REPLIES[packet.family].find(([asked]) => asked === packet.icmpType);
  return {
    ...packet,
    source: packet.destination,
    destination: packet.source,
    sourcePort: packet.destinationPort,
    destinationPort: packet.sourcePort,
    flags: packet.protocol === TCP ? 0x12 : 0,
    icmpType: isIcmp ? (pair?.[1] ?? packet.icmpType) : 0,
    ttl: 64,
    tos: 0,
  };
}

function answers(packet: Packet, opening: Packet): boolean {
  const wanted = replyTo(opening);
  const fields = [
    ...(["family", "protocol", "source", "destination", "sourcePort", "destinationPort"] as const),
    ...(["icmpType", "icmpId"] as const),
  ];
  return fields.every((field) => packet[field] === wanted[field]);
}

/** Where a packet ended that did not arrive. */
export interface Death {
  readonly step: Step | undefined;
  readonly decides: DecidingLine | undefined;
}

/** The last test that dropped a packet, or the last drop without one. */
export function deathOf({ steps }: Trace): Death {
  const step = steps.findLast(
    (it) => it.kind === "dropped" || (it.kind === "test" && it.verdict === "block"),
  );
  const rule = step?.kind === "test" ? step.rule : undefined;
  return { step, decides: rule && { span: rule.span, text: rule.text } };
}
