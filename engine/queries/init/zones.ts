import { printAddress } from "../../../model/address-text.ts";
import type { Host, Interface } from "../../../model/host.ts";
import type { FoundInterface, FoundZone, InterfaceRemark } from "../../../model/init-answer.ts";
import type { Network, PlaceReference, Zone } from "../../../model/network.ts";
import type { Wiring } from "../../path/wiring.ts";
import { type EndGroup, groupEnds } from "./group-ends.ts";
import { zoneNames } from "./names.ts";
import { type WireEnd, wireEnds } from "./wire-ends.ts";

/** Zones as they are written, and the same for the engine. */
export interface ProposedZones {
  readonly found: readonly FoundZone[];
  readonly zones: readonly Zone[];
}

/** A zone for every wire and every host: what leads out first, the hosts themselves last. */
export function proposedZones(
  network: Network,
  wiring: Wiring,
  remarks: readonly InterfaceRemark[],
): ProposedZones {
  const groups = groupEnds(wiring, wireEnds(network, wiring)).toSorted((a, b) => rank(a) - rank(b));
  const names = zoneNames(network.hosts, groups, remarks);
  const wires = groups.map((group, index): FoundZone => {
    return {
      name: names.groups[index] ?? "",
      kind: group.kind,
      at: network.hosts.flatMap((host) => references(host, group, wiring)),
      behind: foundInterfaces(group, remarks),
    };
  });
  const hosts = network.hosts.map((host, index): FoundZone => {
    return { name: names.hosts[index] ?? "", kind: "host", at: [host.name], behind: [] };
  });
  return {
    found: [...wires, ...hosts],
    zones: [
      ...groups.map((group, index) => zoneOf(names.groups[index] ?? "", group.ends.map(placeOf))),
      ...network.hosts.map((host, index) =>
        zoneOf(names.hosts[index] ?? "", [{ kind: "host", host: host.name, span: spanOf(host) }]),
      ),
    ],
  };
}

function rank({ kind }: EndGroup): number {
  if (kind === "internet") return 0;
  return kind === "trunk" ? 2 : kind === "unused" ? 3 : 1;
}

function zoneOf(name: string, at: readonly PlaceReference[]): Zone {
  const span = at[0]?.span ?? NOWHERE;
  return { name, at, span };
}

function placeOf({ host, interface: it }: WireEnd): PlaceReference {
  return { kind: "interface", host: host.name, interface: it.name, span: it.span };
}

const NOWHERE = { file: "site.yaml", line: 1, column: 1, length: 1 };

function spanOf({ interfaces }: Host): Zone["span"] {
  return interfaces[0]?.span ?? NOWHERE;
}

/** One reference for all ends of a group on a host if one says exactly them, else one an end. */
function references(host: Host, group: EndGroup, wiring: Wiring): readonly string[] {
  const ends = group.ends.filter((end) => end.host === host);
  if (ends.length === 0) return [];
  const short = SHORT[group.kind]?.(group.word, host);
  if (short !== undefined && NAME.test(short.name) && saysExactly(host, short, ends, wiring)) {
    return [`${host.name}:${short.path}${short.name}`];
  }
  return ends.map(({ interface: it }) => `${host.name}:${it.name}`);
}

/** What a reference can name. */
const NAME = /^[\w.-]+$/;

interface ShortReference {
  readonly path: string;
  readonly name: string;
  readonly members: (it: Interface) => boolean;
}

const SHORT: Readonly<
  Partial<Record<EndGroup["kind"], (word: string, host: Host) => ShortReference>>
> = {
  internet: () => ({ path: "", name: "egress", members: (it) => it.groups.includes("egress") }),
  group: (word) => ({ path: "group/", name: word, members: (it) => it.groups.includes(word) }),
  rdomain: (word) => ({ path: "rdomain/", name: word, members: (it) => `${it.rdomain}` === word }),
  guest: (word, { guests }) => {
    const taps = guests.find((vm) => vm.name === word)?.taps ?? [];
    return { path: "vm/", name: word, members: (it) => taps.includes(it.name) };
  },
};

/** Whether the wires of the members are those of the ends, no more and no fewer. */
function saysExactly(
  host: Host,
  { members }: ShortReference,
  ends: readonly WireEnd[],
  wiring: Wiring,
): boolean {
  const named = host.interfaces.filter(members).map((it) => wiring.wireOf(host.name, it.name));
  const wires = new Set(named.filter((it) => it !== undefined));
  const wanted = new Set(ends.map((end) => end.wire));
  return wires.size === wanted.size && [...wanted].every((wire) => wires.has(wire));
}

/** Ends one by one, ports of a switch together. */
function foundInterfaces(
  { ends }: EndGroup,
  remarks: readonly InterfaceRemark[],
): readonly FoundInterface[] {
  const together = new Map<string, WireEnd[]>();
  for (const end of ends) {
    const key = [end.host.name, (end.switch ?? end.interface).name].join(" ");
    together.set(key, [...(together.get(key) ?? []), end]);
  }
  return [...together.values()].flatMap((some) => {
    const [first] = some;
    return first === undefined ? [] : [foundInterface(first, some, remarks)];
  });
}

function foundInterface(
  first: WireEnd,
  ends: readonly WireEnd[],
  remarks: readonly InterfaceRemark[],
): FoundInterface {
  const { host, switch: bridge } = first;
  const speakers = [...new Set(ends.flatMap((end) => end.speakers))];
  const around = [...speakers, ...(bridge === undefined ? [] : [bridge])];
  const heard = [...ends.map((end) => end.interface), ...around].flatMap(
    ({ name }) => remarks.find((it) => it.host === host.name && it.interface === name) ?? [],
  );
  const addresses = speakers.flatMap((it) => it.addresses);
  const [remark] = heard;
  return {
    host: host.name,
    interfaces: ends.map((end) => end.interface.name),
    ...(bridge === undefined ? {} : { switch: bridge.name }),
    addresses: addresses.map(
      ({ family, value, length }) => `${printAddress({ family, value })}/${length}`,
    ),
    rdomain: first.rdomain,
    notes: notesOf(ends, speakers),
    ...(remark === undefined ? {} : { remark: remark.text }),
  };
}

function notesOf(ends: readonly WireEnd[], speakers: readonly Interface[]): readonly string[] {
  const learned = [...new Set(speakers.flatMap(({ automatic }) => automatic))];
  const allDown = ends.every((end) => !end.interface.up);
  const notes = ends.flatMap(({ host, interface: it, beside }) => {
    const guest = host.guests.find((vm) => vm.taps.includes(it.name))?.name ?? it.guest;
    const vlans = host.interfaces.filter((o) => o.kind === "vlan" && o.parent === it.name);
    const tag = it.kind === "vlan" && it.name !== `vlan${it.vnetid}` ? it.vnetid : undefined;
    return [
      ...(beside.length === 0 ? [] : [`with ${beside.map((o) => o.name).join(" ")}`]),
      ...(guest === undefined ? [] : [`guest ${guest}`]),
      ...(tag === undefined ? [] : [`VLAN ${tag}`]),
      ...(vlans.length === 0 ? [] : [`untagged, below ${vlans.map((o) => o.name).join(" ")}`]),
      ...(it.up || allDown ? [] : [`${it.name} down`]),
      ...carriedBy(it, beside),
    ];
  });
  return [
    ...(learned.length === 0 ? [] : [`${learned.join(" and ")} from the network`]),
    ...notes,
    ...(allDown ? ["down"] : []),
    ...(ends.some((end) => end.isUplink) ? ["default route"] : []),
  ];
}

/** Interfaces that are not modelled and travel through this one. */
function carriedBy({ name, unread }: Interface, beside: readonly Interface[]): readonly string[] {
  const said = new Set([name, ...beside.map((it) => it.name)]);
  const others = unread.filter(
    ({ scope, words }) => scope.kind === "interface" && !said.has(words),
  );
  const carried = others.filter(({ words }) => /^[a-z]+\d+$/.test(words)).map(({ words }) => words);
  return carried.length === 0 ? [] : [`carries ${[...new Set(carried)].join(" ")}`];
}
