import { ICMP_WORDS } from "../../../model/icmp-words.ts";
import type { FoundServices, NamedService } from "../../../model/init-answer.ts";
import { ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { PacketSet, PacketSets } from "../../sets/packet-sets.ts";
import { ofFamily } from "../../sets/packets.ts";

/** Services that a conduit may list; more become words for whole protocols. */
export const MOST_SERVICES = 20;

/** Boxes that a projection on protocol and port may have; more are not looked at one by one. */
const MOST_BOXES = 65_536;

/**
 * Packets in the words of site.yaml: protocol, destination port or ICMP type. Nothing if there are none.
 *
 * The words hold every packet of the set; other protocols, ports and types that could pass on their
 * own they hold only if `note` says so. Port 0, which nobody serves, is in the word for all ports.
 *
 * @param errors - ICMP errors about flows of third zones pass too
 */
export function servicesOf(
  sets: PacketSets,
  set: PacketSet,
  errors: boolean,
): FoundServices | undefined {
  const told = servicesAlone(sets, set);
  if (!errors || told?.names[0] === "any") return told;
  return { ...told, names: [...(told?.names ?? []), ERRORS.name] };
}

function servicesAlone(sets: PacketSets, set: PacketSet): FoundServices | undefined {
  if (set === sets.empty) return undefined;
  const told = sets.forget(set, OTHER_FIELDS);
  if (told === sets.all) return { names: ["any"] };
  const { boxes, complete } = sets.boxes(told, MOST_BOXES);
  if (!complete) return { names: ["any"], note: `${WIDER}too many ports to list` };
  const ports = portsByProtocol(boxes);
  const families = { inet: ICMP, inet6: ICMP6 } as const;
  const absent = FAMILIES.filter((it) => !sets.meets(set, ofFamily(sets, it)));
  if (isNearlyAll(ports)) return allBut(ports, new Set(absent.map((it) => families[it])));
  const listed = PROTOCOLS.flatMap((protocol): readonly Listed[] => {
    const ranges = ports.get(protocol);
    return ranges === undefined ? [] : [{ protocol, names: namesOf(protocol, ranges) }];
  });
  return shortened(listed);
}

/** ICMP errors: they pass on the states of what they are about, in both directions. */
const ERRORS: NamedService = {
  name: "errors",
  services: [
    ...["unreach", "squench", "redir", "timex", "paramprob"].map((type) => `icmp/${type}`),
    ...["unreach", "toobig", "timex", "paramprob"].map((type) => `icmp6/${type}`),
  ],
  remark: "ICMP errors pass on the state of what they are about, in both directions",
};

/** Begins the note of services that allow more than passes today. */
const WIDER = "wider than today: ";

const FAMILIES = ["inet", "inet6"] as const;

const OTHER_FIELDS = [
  "family",
  "source",
  "destination",
  "sourcePort",
  "flags",
  "tos",
  "fragment",
  "options",
] as const;

type Ranges = readonly (readonly [first: number, last: number])[];

/** Services of one protocol. */
interface Listed {
  readonly protocol: number;
  readonly names: readonly string[];
}

/** TCP, UDP and ICMP come first, the others by number. */
const PROTOCOLS: readonly number[] = [
  ...new Set([TCP, UDP, ICMP, ICMP6, ...Array.from({ length: 256 }, (_, protocol) => protocol)]),
];

const PORTS = 65_535;

function portsByProtocol(
  boxes: ReturnType<PacketSets["boxes"]>["boxes"],
): ReadonlyMap<number, Ranges> {
  const ports = new Map<number, (readonly [number, number])[]>();
  for (const { protocol = [0n, 255n], destinationPort = [0n, BigInt(PORTS)] } of boxes) {
    const range = [Number(destinationPort[0]), Number(destinationPort[1])] as const;
    for (let it = Number(protocol[0]); it <= Number(protocol[1]); it++) {
      const known = ports.get(it);
      if (known === undefined) ports.set(it, [range]);
      else known.push(range);
    }
  }
  return new Map([...ports].map(([protocol, ranges]) => [protocol, joined(ranges)]));
}

/** Sorted, and ranges that touch as one. */
function joined(ranges: Ranges): Ranges {
  const result: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

function namesOf(protocol: number, ranges: Ranges): readonly string[] {
  const word = WORDS.get(protocol);
  if (word === undefined) return [`proto/${protocol}`];
  if (!WITH_PARTS.has(protocol) || inverse(protocol, ranges).length === 0) return [word];
  if (protocol === TCP || protocol === UDP) {
    return ranges.map(([a, b]) => (a === b ? `${word}/${a}` : `${word}/${a}-${b}`));
  }
  return typesIn(ranges).map((type) => `${word}/${typeWord(protocol, type)}`);
}

/** Protocols that site.yaml has words for. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [TCP, "tcp"],
  [UDP, "udp"],
  [ICMP, "icmp"],
  [ICMP6, "icmp6"],
  [2, "igmp"],
  [4, "ipip"],
  [47, "gre"],
  [50, "esp"],
  [51, "ah"],
  [89, "ospf"],
  [97, "etherip"],
  [112, "carp"],
  [132, "sctp"],
  [240, "pfsync"],
]);

const WITH_PARTS: ReadonlySet<number> = new Set([TCP, UDP, ICMP, ICMP6]);

/** ICMP types of which some code passes: site.yaml does not tell codes apart. */
function typesIn(ranges: Ranges): readonly number[] {
  const types = new Set<number>();
  for (const [first, last] of ranges) {
    for (let type = first >> 8; type <= last >> 8; type++) types.add(type);
  }
  return [...types];
}

function typeWord(protocol: number, type: number): string {
  const words = ICMP_WORDS[protocol === ICMP ? "inet" : "inet6"];
  const found = Object.entries(words).find(([, value]) => value === type)?.[0];
  return found ?? `${type}`;
}

/** Protocols without ports all pass: a list would be one of what does not. */
function isNearlyAll(ports: ReadonlyMap<number, Ranges>): boolean {
  return PROTOCOLS.every((protocol) => WITH_PARTS.has(protocol) || ports.has(protocol));
}

/**
 * `any`, and in the note what of the protocols with parts does not pass.
 *
 * @param foreign - protocols of a family that does not pass at all: there is nothing to miss
 */
function allBut(ports: ReadonlyMap<number, Ranges>, foreign: ReadonlySet<number>): FoundServices {
  const missing: string[] = [];
  const only: string[] = [];
  for (const protocol of WITH_PARTS) {
    const ranges = ports.get(protocol) ?? [];
    if (ranges.length === 0 && foreign.has(protocol)) continue;
    const absent = namesOf(protocol, inverse(protocol, ranges));
    const word = WORDS.get(protocol) ?? "";
    const present = namesOf(protocol, ranges);
    if (absent.length <= MOST_NOTED) missing.push(...absent);
    else if (present.length <= MOST_NOTED) only.push(`of ${word} only ${present.join(" ")}`);
    else only.push(`of ${word} ${present.length} ${partsOf(protocol)}`);
  }
  const parts = missing.length === 0 ? only : [`all but ${missing.join(" ")}`, ...only];
  return parts.length === 0
    ? { names: ["any"] }
    : { names: ["any"], note: WIDER + parts.join(", ") };
}

/** Services of a protocol that a note names one by one. */
const MOST_NOTED = 3;

/**
 * Ports, or whole ICMP types, that are in none of the ranges: parts that site.yaml could leave out.
 *
 * Port 0 passes nowhere. Of ICMP types pf lets errors and answers pass on no rule alone, so of those
 * more than half are all.
 */
function inverse(protocol: number, ranges: Ranges): Ranges {
  const types = TYPES.has(protocol) ? typesIn(ranges) : [];
  if (types.length > 128) return [];
  const taken = joined([
    ...ranges,
    ...types.map(typeRange),
    ...(TYPES.has(protocol) ? [] : PORT_0),
  ]);
  const starts = [0, ...taken.map(([, last]) => last + 1)];
  const ends = [...taken.map(([first]) => first - 1), PORTS];
  return starts.flatMap((first, at) => {
    const last = ends[at] ?? PORTS;
    return first <= last ? [[first, last] as const] : [];
  });
}

function typeRange(type: number): readonly [first: number, last: number] {
  return [type << 8, (type << 8) | 255];
}

const TYPES: ReadonlySet<number> = new Set([ICMP, ICMP6]);

const PORT_0: Ranges = [[0, 0]];

/** The longest lists become the word of their protocol until the whole is short enough. */
function shortened(listed: readonly Listed[]): FoundServices {
  let lists = listed;
  const cut: string[] = [];
  while (lists.reduce((sum, { names }) => sum + names.length, 0) > MOST_SERVICES) {
    const longest = lists.toSorted((a, b) => b.names.length - a.names.length)[0];
    if (longest === undefined || longest.names.length === 1) {
      return { names: ["any"], note: `${WIDER}${lists.length} protocols` };
    }
    const word = WORDS.get(longest.protocol) ?? "any";
    cut.push(`of ${word} ${longest.names.length} ${partsOf(longest.protocol)}`);
    lists = lists.map((it) => (it === longest ? { ...it, names: [word] } : it));
  }
  const names = withShortNames(lists.flatMap((it) => it.names));
  return cut.length === 0 ? { names } : { names, note: WIDER + cut.join(", ") };
}

function partsOf(protocol: number): string {
  return protocol === TCP || protocol === UDP ? "ranges of ports" : "types";
}

/** Addresses of IPv6 neighbours asked for and told: without them nothing else of inet6 arrives. */
const NEIGHBOURS: NamedService = {
  name: "neighbours",
  services: ["icmp6/neighbrsol", "icmp6/neighbradv"],
  remark: "IPv6 asks for and tells link addresses; `nd` has routers besides",
};

/** Entries of `services:` that conduits may need. */
export const NAMED: readonly NamedService[] = [ERRORS, NEIGHBOURS];

/** Services that stand for several: built in, or of {@link NAMED}; the longer ones first. */
const SHORT_NAMES: readonly (readonly [name: string, of: readonly string[]])[] = [
  ["ping", ["icmp/echoreq", "icmp6/echoreq"]],
  ["nd", ["icmp6/routersol", "icmp6/routeradv", "icmp6/neighbrsol", "icmp6/neighbradv"]],
  ["dns", ["udp/53", "tcp/53"]],
  [NEIGHBOURS.name, NEIGHBOURS.services],
];

function withShortNames(names: readonly string[]): readonly string[] {
  let left = names;
  const short: string[] = [];
  for (const [name, parts] of SHORT_NAMES) {
    if (!parts.every((part) => left.includes(part))) continue;
    left = left.filter((it) => !parts.includes(it));
    short.push(name);
  }
  return [...left, ...short];
}
