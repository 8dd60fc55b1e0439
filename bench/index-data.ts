import { join } from "node:path";
import type { LiveRule } from "../engine/kernel/live-rule.ts";
import { liveRule } from "../engine/kernel/rulesets.ts";
import type { Surroundings } from "../engine/kernel/surroundings.ts";
import { type PacketColumns, packetColumns } from "../engine/rules/indexed/packet-columns.ts";
import type { Prefix } from "../model/address.ts";
import { addressBits, type Family, TCP, UDP } from "../model/packet.ts";
import type { PfEndpoint, PfRule } from "../model/pf-rule.ts";
import { readPf } from "../parser/pf/read.ts";

/** Of rules that name no interface. */
export const SURROUNDINGS: Surroundings = {
  interfaces: [],
  routes: [],
  rtables: new Map(),
  sockets: [],
  forwarding: true,
};

/** Columns of a generated set, as the sketches load them. */
export interface SketchRules {
  readonly n: number;
  readonly act: Uint32Array;
  readonly sip: Uint32Array;
  readonly sl: Uint32Array;
  readonly dip: Uint32Array;
  readonly dl: Uint32Array;
  readonly sp0: Uint32Array;
  readonly sp1: Uint32Array;
  readonly dp0: Uint32Array;
  readonly dp1: Uint32Array;
  readonly pr: Uint32Array;
  readonly pm: Uint32Array;
}

export interface SketchPackets {
  readonly n: number;
  readonly sip: Uint32Array;
  readonly dip: Uint32Array;
  readonly sp: Uint32Array;
  readonly dp: Uint32Array;
  readonly pr: Uint32Array;
}

/** Where IPv4 lies when a set is mapped into IPv6: fd00::/96. */
const MAPPED = 0xfd00n << 112n;
const MAPPED_WORD = 0xfd000000;
const PLAIN = "block quick proto tcp from 10.0.0.0/8 port 1:2 to 10.0.0.0/8 port 1:2 no state\n";

/** The rules of a set as quick rules of pf; one with ports and any protocol is one of TCP and one of UDP. */
export function quickRules(rules: SketchRules, family: Family): readonly LiveRule[] {
  const environment = { host: "bench", interfaces: [], rtables: [] };
  const { main } = readPf({ file: "pf.conf", text: PLAIN, optimize: "none" }, environment);
  const plain = main.rulesets.get("")?.rules[0];
  if (plain === undefined) throw new RangeError("no rule was read");
  const made: LiveRule[] = [];
  for (let at = 0; at < rules.n; at++) {
    const protocols = rules.pm[at] !== 0 ? [rules.pr[at]!] : hasPorts(rules, at) ? [TCP, UDP] : [0];
    for (const protocol of protocols) {
      made.push(liveRule(ruleOf(plain, rules, at, protocol, family), "", made.length, 0));
    }
  }
  return made;
}

function hasPorts({ sp0, sp1, dp0, dp1 }: SketchRules, at: number): boolean {
  return sp0[at] !== 0 || sp1[at] !== 65_535 || dp0[at] !== 0 || dp1[at] !== 65_535;
}

function ruleOf(
  plain: PfRule,
  rules: SketchRules,
  at: number,
  protocol: number,
  family: Family,
): PfRule {
  const { sip, sl, sp0, sp1, dip, dl, dp0, dp1, act } = rules;
  const ports = protocol === TCP || protocol === UDP;
  return {
    ...plain,
    action: act[at] === 1 ? "pass" : "block",
    answer: undefined,
    family,
    protocol,
    source: endpoint(prefixOf(sip[at]!, sl[at]!, family), ports, sp0[at]!, sp1[at]!),
    destination: endpoint(prefixOf(dip[at]!, dl[at]!, family), ports, dp0[at]!, dp1[at]!),
  };
}

function prefixOf(value: number, length: number, family: Family): Prefix {
  if (family === "inet") return { family, value: BigInt(value), length };
  return { family, value: MAPPED | BigInt(value), length: length === 0 ? 0 : length + 96 };
}

function endpoint(prefix: Prefix, ports: boolean, first: number, last: number): PfEndpoint {
  const all = !ports || (first === 0 && last === 65_535);
  const operator = first === last ? "=" : "range";
  return {
    address: prefix.length === 0 ? { kind: "any" } : { kind: "prefix", prefix },
    negated: false,
    port: all ? undefined : { operator, first, last },
  };
}

/** Packets of a trace in columns. */
export function columnsOf(packets: SketchPackets, family: Family): PacketColumns {
  const { n, sip, dip, sp, dp, pr } = packets;
  const columns = packetColumns(family, n);
  columns.count = n;
  columns.interfaces.push("em0");
  columns.kinds.set(pr);
  columns.destinationPorts.set(dp);
  columns.sourcePorts.set(sp);
  const low = addressBits(family) / 32 - 1;
  columns.destinations[low]!.set(dip);
  columns.sources[low]!.set(sip);
  if (low > 0) {
    columns.destinations[0]!.fill(MAPPED_WORD);
    columns.sources[0]!.fill(MAPPED_WORD);
  }
  return columns;
}

/** One of the sketches: rules in, marks of packets out (0: none, else a rule from 1 on). */
export interface Sketch {
  readonly build: (rules: SketchRules) => readonly { readonly mem: number }[];
  readonly classify: (groups: readonly object[], packets: SketchPackets, out: Int32Array) => void;
}

/** The sketches of `shared/prototypes`, if they are there, and their readers of sets. */
export async function sketches(): Promise<readonly Sketch[]> {
  const names = ["fast2.mjs", "fast3.mjs", "fast4.mjs"];
  return Promise.all(names.map((name) => import(new URL(name, PROTOTYPES).href)));
}

const PROTOTYPES = new URL("../../shared/prototypes/", import.meta.url);

/** A set and its trace by name. */
export async function sketchSet(
  folder: string,
  name: string,
): Promise<{ readonly rules: SketchRules; readonly packets: SketchPackets }> {
  const { loadRules, loadTrace } = await import(new URL("rules.mjs", PROTOTYPES).href);
  const rules = loadRules(join(folder, `${name}.rules`));
  return { rules, packets: loadTrace(join(folder, `${name}.cb_trace`)) };
}
