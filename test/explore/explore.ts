import { Witnesses } from "../../engine/claims/confirm.ts";
import type { Plan } from "../../engine/claims/plan.ts";
import { bddPacketSets } from "../../engine/sets/bdd/bdd-packet-sets.ts";
import { parseAddress } from "../../model/address-text.ts";
import type { Emission, Script, ViolationClass } from "../../model/answer.ts";
import { type Family, ICMP, ICMP6, type Packet, TCP, UDP } from "../../model/packet.ts";
import { emittedFrom, sourcesOf } from "../../scenarios/arbitraries/script.ts";

/** What is tried: every combination of these, from every place, in forged outer packets too. */
export interface Universe {
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  readonly protocols: readonly ("udp" | "tcp" | "icmp")[];
}

/** A way from one zone to another that a script shows. */
export interface Found {
  readonly from: string;
  readonly to: string;
  readonly class: ViolationClass;
  readonly script: Script;
}

/** What the enemy came to. */
export interface Explored {
  readonly found: readonly Found[];
  /** Number of scripts that were played. */
  readonly scripts: number;
}

/**
 * The enemy (claims.md 9): plays every script of one or two packets of a universe through the
 * simulator, and collects what arrives where no conduit and no reply excuses it.
 *
 * A second packet is tried only after a first one that left a state with the ends which the second
 * one has at some test when it is played alone: until it hits a state, nothing else can differ.
 */
export function explore(plan: Plan, universe: Universe): Explored {
  const witnesses = new Witnesses(plan, bddPacketSets());
  const found = new Map<string, Found>();
  let scripts = 0;
  const collect = (script: Script): void => {
    scripts++;
    for (const { from, to, violation } of witnesses.shown(script)) {
      const [source, target] = [plan.zones[from]?.name ?? "", plan.zones[to]?.name ?? ""];
      const key = `${source} ${target} ${violation.class}`;
      if (found.has(key)) continue;
      found.set(key, { from: source, to: target, class: violation.class, script });
    }
  };
  const emissions = emissionsIn(plan, universe).map((emission) => tried(witnesses, emission));
  const byEnds = new Map<string, Emission[]>();
  for (const { emission, met } of emissions) {
    for (const ends of met) byEnds.set(ends, [...(byEnds.get(ends) ?? []), emission]);
  }
  for (const { emission: first, made } of emissions) {
    collect([first]);
    const seconds = new Set([...made].flatMap((ends) => byEnds.get(ends) ?? []));
    for (const second of seconds) collect([first, second]);
  }
  return { found: [...found.values()], scripts };
}

/** An emission with the ends of its packet at every test, and of the states that it makes. */
interface Tried {
  readonly emission: Emission;
  readonly met: ReadonlySet<string>;
  readonly made: ReadonlySet<string>;
}

function tried(witnesses: Witnesses, emission: Emission): Tried {
  const met = new Set<string>();
  const made = new Set<string>();
  for (const { trace } of witnesses.play([emission])) {
    for (const step of trace.steps) {
      if (step.kind !== "test") continue;
      met.add(endsOf(step.packet));
      if (!step.made) continue;
      for (const packet of [step.packet, step.becomes ?? step.packet]) made.add(endsOf(packet));
    }
  }
  return { emission, met, made };
}

/** Protocol, addresses and ports, either way round. */
function endsOf(packet: Packet): string {
  const { protocol, source, destination, sourcePort, destinationPort, icmpId } = packet;
  const ends = [`${source}:${sourcePort}`, `${destination}:${destinationPort}`].toSorted();
  return `${protocol} ${ends.join(" ")} ${icmpId}`;
}

function emissionsIn(plan: Plan, universe: Universe): readonly Emission[] {
  const packets = packetsIn(universe);
  return sourcesOf(plan).flatMap((source) =>
    packets
      .map((packet) => emittedFrom(source, packet))
      // a host speaks for itself only
      .filter((emission, at) => emission.packet.source === packets[at]?.source),
  );
}

function packetsIn({ addresses, ports, protocols }: Universe): readonly Packet[] {
  const known = addresses.flatMap((text) => parseAddress(text) ?? []);
  return known.flatMap((source) =>
    known
      .filter((destination) => destination.family === source.family)
      .flatMap((destination) => {
        const ends = { source: source.value, destination: destination.value };
        return protocols.flatMap((name) => packetsBetween(name, source.family, ends, ports));
      }),
  );
}

function packetsBetween(
  name: "udp" | "tcp" | "icmp",
  family: Family,
  ends: Pick<Packet, "source" | "destination">,
  ports: readonly number[],
): readonly Packet[] {
  const icmp = family === "inet" ? ICMP : ICMP6;
  const base: Packet = {
    family,
    protocol: name === "udp" ? UDP : name === "tcp" ? TCP : icmp,
    ...ends,
    sourcePort: 0,
    destinationPort: 0,
    flags: name === "tcp" ? 2 : 0,
    icmpType: 0,
    icmpCode: 0,
    icmpId: name === "icmp" ? 119 : 0,
    tos: 0,
    ttl: 64,
    fragment: "no",
    options: false,
  };
  if (name === "icmp") {
    return (family === "inet" ? [8, 0] : [128, 129]).map((icmpType) => ({ ...base, icmpType }));
  }
  const ported = ports.flatMap((sourcePort) =>
    ports.map((destinationPort) => ({ ...base, sourcePort, destinationPort })),
  );
  return name === "udp"
    ? ported
    : ported.flatMap((packet) => [2, 16, 18].map((flags) => ({ ...packet, flags })));
}
