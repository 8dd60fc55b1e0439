import { Random as Choices } from "../engine/claims/random.ts";
import { Kernel } from "../engine/kernel/kernel.ts";
import type { LiveRule } from "../engine/kernel/live-rule.ts";
import type { Surroundings } from "../engine/kernel/surroundings.ts";
import {
  kindOf,
  type PacketColumns,
  packetColumns,
} from "../engine/rules/indexed/packet-columns.ts";
import { addressBits, type Family, TCP, UDP } from "../model/packet.ts";
import type { PfAddress, PfPort } from "../model/pf-rule.ts";
import { generator } from "./generator.ts";
import type { Subject } from "./parser-data.ts";

/** A pf.conf in a kernel. */
export interface Loaded {
  readonly kernel: Kernel;
  readonly surroundings: Surroundings;
  readonly rules: readonly LiveRule[];
}

export function loaded({ environment, read }: Subject): Loaded {
  const { interfaces } = environment;
  const surroundings: Surroundings = {
    interfaces,
    routes: [],
    rtables: new Map(),
    sockets: [],
    forwarding: true,
  };
  const choices = new Choices(1);
  const kernel = new Kernel(surroundings, (below) => choices.below(below));
  kernel.load(read());
  return { kernel, surroundings, rules: [...kernel.rulesets.values()].flat() };
}

/** Random numbers for packets, and what the words of rules mean. */
interface Drawing {
  readonly below: (limit: number) => number;
  readonly loaded: Loaded;
  readonly family: Family;
}

/** Packets of a family: nine of ten are drawn from a rule, as far as it says anything; in columns. */
export function columnsFor(loaded: Loaded, family: Family, count: number): PacketColumns {
  const below = generator(20_261_126);
  const drawing = { below, loaded, family };
  const { interfaces } = loaded.surroundings;
  const names = interfaces.length === 0 ? ["em0"] : interfaces.map(({ name }) => name);
  const rules = loaded.rules.filter(({ rule }) => (rule.family ?? family) === family);
  const columns = packetColumns(family, count);
  columns.count = count;
  columns.interfaces.push(...names);
  const places = new Map(names.map((name, at) => [name, at]));
  const members = new Map(interfaces.flatMap((it) => it.groups.map((group) => [group, it.name])));
  for (let at = 0; at < count; at++) {
    const live = below(10) === 0 ? undefined : rules[below(rules.length)];
    const rule = live?.rule;
    const on = rule === undefined || rule.interfaceNegated ? "" : rule.interface;
    columns.places[at] = places.get(members.get(on) ?? on) ?? below(names.length);
    const protocol = rule?.protocol || (below(3) === 0 ? UDP : TCP);
    const direction = rule?.direction ?? (below(2) === 0 ? "in" : "out");
    columns.kinds[at] =
      kindOf({ packet: { protocol }, direction } as Parameters<typeof kindOf>[0]) |
      (protocol === TCP ? 2 << 9 : 0);
    columns.destinationPorts[at] = port(rule?.destination.port, below);
    columns.sourcePorts[at] = port(rule?.source.port, below);
    put(columns.destinations, at, address(drawing, live, rule?.destination));
    put(columns.sources, at, address(drawing, live, rule?.source));
  }
  return columns;
}

function port(asked: PfPort | undefined, below: (limit: number) => number): number {
  if (asked === undefined || below(10) === 0) return below(65_536);
  const width = asked.operator === "range" ? asked.last - asked.first + 1 : 1;
  return asked.first + below(width);
}

function put(columns: readonly Uint32Array[], at: number, value: bigint): void {
  let rest = value;
  for (let word = columns.length - 1; word >= 0; word--, rest >>= 32n) {
    columns[word]![at] = Number(rest & 0xffff_ffffn);
  }
}

function address(
  { below, loaded, family }: Drawing,
  live: LiveRule | undefined,
  end: { readonly address: PfAddress; readonly negated: boolean } | undefined,
): bigint {
  const bits = addressBits(family);
  const any = (): bigint => {
    let value = 0n;
    for (let left = bits; left > 0; left -= 16) value = (value << 16n) | BigInt(below(65_536));
    return value;
  };
  if (live === undefined || end === undefined || end.negated) return any();
  if (end.address.kind === "prefix") return within(end.address.prefix, bits, any());
  if (end.address.kind !== "table") return any();
  const table = loaded.kernel.table(live.anchor, end.address.name);
  const entries = table?.entries.plain(family) ?? [];
  return entries.length === 0 ? any() : within(entries[below(entries.length)]!, bits, any());
}

function within(
  { value, length }: { readonly value: bigint; readonly length: number },
  bits: number,
  random: bigint,
): bigint {
  const hosts = (1n << BigInt(bits - length)) - 1n;
  return (value & ~hosts) | (random & hosts);
}
