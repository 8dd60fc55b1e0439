import type { Host } from "../../model/host.ts";
import type { AdversaryLevel, Network } from "../../model/network.ts";
import type { Unread } from "../../model/unread.ts";
import { HostPf } from "../path/host-pf.ts";
import { type PlacedZone, placedZones } from "../path/places.ts";
import { type Suspicion, type Wire, type Wiring, wiringOf } from "../path/wiring.ts";

/** A network made ready for questions: wires joined, zones placed, brackets listed. */
export interface Plan {
  readonly network: Network;
  readonly wiring: Wiring;
  readonly zones: readonly PlacedZone[];
  /** Zone of each host's own addresses and processes. */
  readonly zoneOf: ReadonlyMap<Host, number>;
  readonly level: AdversaryLevel;
  /** Every unread line of the hosts, each once, in the order hosts and rules give them. */
  readonly unread: readonly Unread[];
  /** Every bracket that could matter, in a fixed order. */
  readonly brackets: readonly OpenBracket[];
  /** pf of a host of the network. */
  readonly pfOf: (host: Host) => HostPf;
  /** Hosts whose own processes send nothing (ground truth of recorded networks). */
  readonly silentHosts: boolean;
}

/** Something not known: what it is, and where a reader finds it. */
export type OpenBracket =
  | { readonly kind: "unread"; readonly id: string; readonly unread: Unread }
  | { readonly kind: "wire"; readonly id: string; readonly suspicion: Suspicion };

/** Prepares a network for questions at an adversary level. */
export function planOf(
  network: Network,
  options: { readonly level?: AdversaryLevel; readonly silentHosts?: boolean } = {},
): Plan {
  const wiring = wiringOf(network);
  const zones = placedZones(network, wiring);
  const zoneOf = new Map<Host, number>();
  for (const zone of zones) {
    for (const place of zone.places) {
      if (place.kind === "host") zoneOf.set(place.host, zone.index);
    }
  }
  const unread = unreadOf(network);
  const pf = new Map<Host, HostPf>();
  return {
    network,
    wiring,
    zones,
    zoneOf,
    level: options.level ?? network.adversary,
    unread,
    brackets: [
      ...unread.filter((it) => it.scope.kind !== "nothing").map(asBracket),
      ...wiring.suspicions.map(suspected),
    ],
    pfOf: (host) => {
      const known = pf.get(host) ?? new HostPf(host);
      pf.set(host, known);
      return known;
    },
    silentHosts: options.silentHosts ?? false,
  };
}

/** Wires that a zone has places on. */
export function wiresOf(plan: Plan, zone: number): readonly Wire[] {
  return (plan.zones[zone]?.places ?? []).flatMap((it) => (it.kind === "wire" ? [it.wire] : []));
}

function suspected(suspicion: Suspicion): OpenBracket {
  return { kind: "wire", id: suspicion.id, suspicion };
}

function asBracket(unread: Unread): OpenBracket {
  return { kind: "unread", id: unread.id, unread };
}

function unreadOf(network: Network): readonly Unread[] {
  const found = new Map<string, Unread>();
  for (const host of network.hosts) {
    const all = [
      ...host.unread,
      ...host.interfaces.flatMap((it) => it.unread),
      ...(host.pfConf?.unread ?? []),
    ];
    for (const unread of all) if (!found.has(unread.id)) found.set(unread.id, unread);
  }
  return [...found.values()];
}
