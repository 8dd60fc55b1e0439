import type { Diagnostic } from "../../model/diagnostic.ts";
import { ICMP_WORDS } from "../../model/icmp-words.ts";
import type { Service } from "../../model/network.ts";
import { TCP, UDP } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import * as complaint from "./diagnostics.ts";

/** Names that need no entry under `services:`; a user's entry of the same name wins. */
const BUILT_IN: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    bgp: ["tcp/179"],
    dhcp: ["udp/67"],
    dhcp6: ["udp/547"],
    dns: ["udp/53", "tcp/53"],
    ftp: ["tcp/21"],
    http: ["tcp/80"],
    https: ["tcp/443"],
    imap: ["tcp/143"],
    imaps: ["tcp/993"],
    ldap: ["tcp/389"],
    ldaps: ["tcp/636"],
    nd: ["icmp6/routersol", "icmp6/routeradv", "icmp6/neighbrsol", "icmp6/neighbradv"],
    ntp: ["udp/123"],
    ping: ["icmp/echoreq", "icmp6/echoreq"],
    rdp: ["tcp/3389", "udp/3389"],
    smtp: ["tcp/25"],
    snmp: ["udp/161"],
    ssh: ["tcp/22"],
    syslog: ["udp/514"],
    telnet: ["tcp/23"],
    tftp: ["udp/69"],
    vxlan: ["udp/4789"],
  }),
);

const PROTOCOLS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ tcp: TCP, udp: UDP, igmp: 2, ipip: 4, gre: 47, esp: 50, ah: 51, ospf: 89, etherip: 97 },
    ...{ carp: 112, pfsync: 240, sctp: 132 },
  }),
);

/** What the services of one conduit are read with. */
export interface ServiceNames {
  /** `services:` of site.yaml. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  readonly diagnostics: Diagnostic[];
}

/** Reads one service; a name stands for all of its own. */
export function readService(text: string, span: Span, names: ServiceNames): readonly Service[] {
  return expand({ text, span, names, done: new Set() }, []);
}

interface Expansion {
  readonly text: string;
  readonly span: Span;
  readonly names: ServiceNames;
  /** Names that are in already: each counts once, however often it is named. */
  readonly done: Set<string>;
}

function expand(of: Expansion, above: readonly string[]): readonly Service[] {
  const { text, span, names, done } = of;
  const simple = simpleService(text);
  const named = names.named.get(text);
  const own = named ?? (simple === undefined ? BUILT_IN.get(text) : undefined);
  if (own === undefined) {
    if (simple !== undefined) return [simple];
    const known = [...names.named.keys(), ...BUILT_IN.keys(), ...PROTOCOLS.keys()];
    known.push("any", "icmp", "icmp6", "arp", "non-ip");
    names.diagnostics.push(complaint.unknownService(text, span, known));
    return [];
  }
  if (above.includes(text)) names.diagnostics.push(complaint.serviceCycle(text, span));
  if (done.has(text)) return [];
  done.add(text);
  return own.flatMap((it) => expand({ ...of, text: it }, [...above, text]));
}

/** `any`, `tcp`, `tcp/443`, `tcp/80-90`, `icmp`, `icmp6/echoreq`, `proto/47`, `arp`, `non-ip`. */
function simpleService(text: string): Service | undefined {
  if (text === "any") return { kind: "any" };
  if (text === "arp" || text === "non-ip") return { kind: "frames", of: text };
  const [, head = "", tail] = /^([a-z0-9]+)(?:\/([a-z0-9-]+))?$/.exec(text) ?? [];
  if (head === "icmp" || head === "icmp6") return icmpService(head, tail);
  if (head === "proto") return protocolService(tail);
  const protocol = PROTOCOLS.get(head);
  if (protocol === undefined) return undefined;
  if (head === "tcp" || head === "udp") return transportService(protocol, tail);
  return tail === undefined ? { kind: "protocol", protocol } : undefined;
}

function protocolService(tail: string | undefined): Service | undefined {
  const protocol = /^\d{1,3}$/.test(tail ?? "") ? Number(tail) : 256;
  return protocol < 256 ? { kind: "protocol", protocol } : undefined;
}

function transportService(protocol: number, tail: string | undefined): Service | undefined {
  if (tail === undefined) return { kind: "transport", protocol };
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(tail) ?? [];
  const first = from === undefined ? portOf(protocol, tail) : Number(from);
  const last = from === undefined ? first : Number(to);
  if (first === undefined || last === undefined) return undefined;
  if (last > 65535 || first > last) return undefined;
  const port =
    first === last
      ? ({ operator: "=", port: first } as const)
      : ({ operator: "range", first, last } as const);
  return { kind: "transport", protocol, port };
}

/** `tcp/https`: the port of a built-in service of that protocol. */
function portOf(protocol: number, name: string): number | undefined {
  const start = protocol === TCP ? "tcp/" : "udp/";
  const found = BUILT_IN.get(name)?.find((it) => it.startsWith(start));
  return found === undefined ? undefined : Number(found.slice(start.length));
}

function icmpService(head: "icmp" | "icmp6", tail: string | undefined): Service | undefined {
  const family = head === "icmp" ? "inet" : "inet6";
  if (tail === undefined) return { kind: "icmp", family };
  const type = /^\d{1,3}$/.test(tail) ? Number(tail) : wordType(family, tail);
  return type === undefined || type > 255 ? undefined : { kind: "icmp", family, type };
}

function wordType(family: "inet" | "inet6", word: string): number | undefined {
  const words = ICMP_WORDS[family];
  return Object.hasOwn(words, word) ? words[word] : undefined;
}
