import fc from "fast-check";
import { type Boundaries, boundariesOf } from "../../engine/claims/boundaries.ts";
import type { Plan } from "../../engine/claims/plan.ts";
import { bridgeOf } from "../../engine/path/points.ts";
import { lookup } from "../../engine/path/stack.ts";
import { outerOf } from "../../engine/path/vxlan.ts";
import type { Emission, Script } from "../../model/answer.ts";
import type { Host, Interface } from "../../model/host.ts";
import { type Family, ICMP, ICMP6, type Packet } from "../../model/packet.ts";
import { type Flow, flowNear, flowOfRules } from "./flow.ts";
import { packetOfFlow } from "./packet.ts";

/**
 * Scripts of one to three emissions against a network, from any place to anywhere.
 *
 * The packets of a script belong to one flow: as it is, turned round, with one end replaced, or as
 * an ICMP error about it; others could not meet each other's states.
 */
export function scriptNear(plan: Plan): fc.Arbitrary<Script> {
  const boundaries = boundariesOf(plan.network.hosts);
  const sources = sourcesOf(plan);
  if (sources.length === 0) throw new RangeError("a network without places");
  const emission = (flow: Flow): fc.Arbitrary<Emission> =>
    related(flow, boundaries).chain((packet) => {
      const natural = sources.filter((source) => livesAt(source, packet));
      const anywhere = fc.constantFrom(...sources);
      const source =
        natural.length === 0
          ? anywhere
          : fc.oneof(
              { weight: 3, arbitrary: fc.constantFrom(...natural) },
              { weight: 1, arbitrary: anywhere },
            );
      return source.map((it) => emittedFrom(it, packet));
    });
  const length = fc.constantFrom(1, 2, 2, 3, 3, 3);
  const anyFlow = fc.oneof(
    { weight: 1, arbitrary: flowNear(boundaries) },
    { weight: 2, arbitrary: flowOfRules(plan.network.hosts) },
  );
  return fc
    .tuple(anyFlow, length)
    .chain(([flow, maxLength]) => fc.array(emission(flow), { minLength: maxLength, maxLength }));
}

/** Whether the source address of a packet is at home where it would be emitted. */
function livesAt({ host, interface: it, local }: Source, packet: Packet): boolean {
  const { family, source } = packet;
  if (local) return it.addresses.some((own) => own.family === family && own.value === source);
  const towards = lookup(host, it.rdomain, { ...packet, destination: source });
  if (towards === undefined || towards.name === it.name) return towards !== undefined;
  // behind the switch that the host's own port is on
  return bridgeOf(host, it)?.members.includes(towards.name) ?? false;
}

/** Where frames can be emitted, and how. */
export interface Source {
  readonly from: string;
  readonly host: Host;
  readonly interface: Interface;
  readonly local: boolean;
  /** The frame travels in this outer packet. */
  readonly outer?: Packet;
}

/** Every place of every zone: hosts themselves, wires, far segments, and wires that forge outer packets. */
export function sourcesOf(plan: Plan): readonly Source[] {
  return plan.zones.flatMap((zone) =>
    zone.places.flatMap((place): readonly Source[] => {
      const from = zone.name;
      if (place.kind === "host") {
        const { host } = place;
        return host.interfaces
          .filter((it) => it.addresses.length > 0 && it.kind !== "loopback")
          .map((it) => ({ from, host, interface: it, local: true }));
      }
      return place.wire.attachments.flatMap(({ host, interface: it }) => {
        const plain = { from, host, interface: it, local: false };
        if (it.kind === "vxlan") return behind(plain);
        return [plain, ...forgers(plain, plan.network.hosts)];
      });
    }),
  );
}

/** A place on the far segment of a tunnel: its frames come in outer packets of the tunnel's peer. */
function behind(source: Source): readonly Source[] {
  const { host, interface: tunnel } = source;
  const outer = outerOf(tunnel);
  const out = outer && lookup(host, tunnel.tunnel?.rtable ?? 0, outer);
  if (outer === undefined || out === undefined) return [];
  return [{ ...source, interface: out, outer: turned(outer) }];
}

/** A place that forges the outer packets of any tunnel. */
function forgers(source: Source, hosts: readonly Host[]): readonly Source[] {
  return hosts
    .flatMap((host) => host.interfaces)
    .flatMap((tunnel) => outerOf(tunnel) ?? [])
    .map((outer) => ({ ...source, outer: turned(outer) }));
}

function turned(outer: Packet): Packet {
  return { ...outer, source: outer.destination, destination: outer.source };
}

/** A host sends with its own addresses, to where its routes lead. */
export function emittedFrom(
  { from, host, interface: it, local, outer }: Source,
  packet: Packet,
): Emission {
  const own = it.addresses.find(({ family }) => family === packet.family);
  const sent = local && own !== undefined ? { ...packet, source: own.value } : packet;
  const out = local ? own && lookup(host, it.rdomain, sent) : it;
  const at = { host: host.name, interface: out?.name ?? "none" };
  return { from, at, local, packet: sent, ...(outer === undefined ? {} : { outer }) };
}

function related(flow: Flow, boundaries: Boundaries): fc.Arbitrary<Packet> {
  const same = packetOfFlow(flow);
  const answer = packetOfFlow(answerTo(flow));
  const either = fc.constantFrom(flow, answerTo(flow));
  const replaced = fc
    .record({
      base: either,
      fresh: flowNear(boundaries),
      end: fc.constantFrom("source" as const, "destination" as const),
    })
    .chain(({ base, fresh, end }) =>
      packetOfFlow(fresh.family === base.family ? { ...base, [end]: fresh[end] } : base),
    );
  const error = either.chain((about) => errorAbout(about, boundaries));
  return fc.oneof(
    { weight: 5, arbitrary: same },
    { weight: 5, arbitrary: answer },
    { weight: 2, arbitrary: replaced },
    { weight: 1, arbitrary: error },
  );
}

/** Replies to the queries that have one, by type. */
const REPLIES: Readonly<Record<Family, readonly (readonly [number, number])[]>> = {
  inet: [
    [8, 0],
    [13, 14],
    [17, 18],
    [10, 9],
  ],
  inet6: [
    [128, 129],
    [135, 136],
    [139, 140],
  ],
};

function answerTo(flow: Flow): Flow {
  const pair = REPLIES[flow.family].find((types) => types.includes(flow.icmpType));
  const [asked, answered] = pair ?? [flow.icmpType, flow.icmpType];
  return {
    ...flow,
    source: flow.destination,
    destination: flow.source,
    sourcePort: flow.destinationPort,
    destinationPort: flow.sourcePort,
    icmpType: flow.icmpType === asked ? answered : asked,
  };
}

/** An error that any router could send back to the source of a packet. */
function errorAbout(about: Flow, boundaries: Boundaries): fc.Arbitrary<Packet> {
  const { family } = about;
  return fc
    .record({ router: flowNear(boundaries), quoted: packetOfFlow(about), type: fc.nat(1) })
    .chain((drawn) => {
      const { router, quoted, type } = drawn;
      const [unreachable, exceeded] = family === "inet" ? [3, 11] : [1, 3];
      const source = router.family === family ? router.source : about.destination;
      const error: Flow = {
        ...about,
        protocol: family === "inet" ? ICMP : ICMP6,
        icmpType: type === 0 ? unreachable : exceeded,
        source,
        destination: about.source,
      };
      return packetOfFlow(error).map((packet) => ({ ...packet, quoted: quotable(quoted) }));
    });
}

/** Discovery never leaves its link, so nobody reports errors about it; an echo request stands for it. */
function quotable(packet: Packet): Packet {
  const { protocol, icmpType } = packet;
  const local = protocol === ICMP6 && icmpType >= 130 && icmpType <= 143;
  return local ? { ...packet, icmpType: 128, icmpCode: 0 } : packet;
}
