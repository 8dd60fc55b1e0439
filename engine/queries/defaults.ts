import type { InterfaceDefault } from "../../model/check-answer.ts";
import type { Host, Interface } from "../../model/host.ts";
import { addressBits, type Family, type Packet } from "../../model/packet.ts";
import type { Plan } from "../claims/plan.ts";
import { filterOf, testPacket } from "../rules/evaluate.ts";
import { StateTable } from "../rules/state-table.ts";
import { compileRuleset } from "../sets/compile.ts";
import type { Asking } from "../sets/criteria.ts";
import { gateOf } from "../sets/gate.ts";
import { intervalPacketFunctions } from "../sets/intervals/interval-packet-functions.ts";
import { BudgetExceeded, type PacketSet, type PacketSets } from "../sets/packet-sets.ts";
import { ofFamily } from "../sets/packets.ts";

/** What each interface of each host lets in on its own, without any state, per family. */
export function interfaceDefaults(plan: Plan, budget: number): readonly InterfaceDefault[] {
  const sets = intervalPacketFunctions({ budget });
  return plan.network.hosts.flatMap((host) =>
    host.interfaces
      .filter((it) => it.kind !== "bridge" && it.kind !== "veb")
      .flatMap((it) => defaultsOn(sets, host, it)),
  );
}

function defaultsOn(sets: PacketSets, host: Host, it: Interface): readonly InterfaceDefault[] {
  return (["inet", "inet6"] as const).map((family) => {
    const verdict = verdictOn(sets, host, it, family);
    const base = { host: host.name, interface: it.name, family, verdict };
    const rule = verdict === "pass" || verdict === "block" ? ruleFor(host, it, family) : undefined;
    return rule === undefined ? base : { ...base, rule };
  });
}

function verdictOn(
  sets: PacketSets,
  host: Host,
  it: Interface,
  family: Family,
): InterfaceDefault["verdict"] {
  try {
    const asking = {
      sets,
      host,
      interface: it,
      direction: "in" as const,
      rdomain: it.rdomain,
      closed: new Set<string>(),
    };
    return fateOf(sets, asking, ofFamily(sets, family));
  } catch (error) {
    if (error instanceof BudgetExceeded) return "unknown";
    throw error;
  }
}

/** Whether all, some or none of `asked` pass the rules; `unknown` if for some both are possible. */
function fateOf(sets: PacketSets, asking: Asking, asked: PacketSet): InterfaceDefault["verdict"] {
  const gate = gateOf(asking, "may");
  if (gate.open) return "pass";
  // options are refused by every rule without allow-opts: they say nothing about the rules
  const plain = sets.and(sets.and(asked, gate.eligible), sets.range("options", 0n, 0n));
  const blocked = compileRuleset(asking, "may")
    .filter((outcome) => outcome.action === "block")
    .reduce((all, outcome) => sets.or(all, sets.and(outcome.set, plain)), sets.empty);
  const passing = gate.passes.reduce(
    (all, pass) => sets.or(all, sets.and(pass.set, plain)),
    sets.empty,
  );
  if (sets.meets(passing, blocked)) return "unknown";
  if (blocked === sets.empty) return "pass";
  return passing === sets.empty ? "block" : "depends";
}

/** The rule that decides for UDP, TCP and other packets alike; none if they differ. */
function ruleFor(host: Host, it: Interface, family: Family): InterfaceDefault["rule"] {
  const filter = filterOf(host);
  const rules = [17, 6, 50].map((protocol) => {
    const crossing = {
      direction: "in" as const,
      interface: it.name,
      packet: anyPacket(family, protocol),
      rtable: it.rdomain,
      rdomain: it.rdomain,
      emission: 0,
    };
    return testPacket(filter, crossing, new StateTable()).rule;
  });
  const [rule] = rules;
  if (rule === undefined || rules.some((other) => other !== rule)) return undefined;
  return { span: rule.span, text: rule.text, number: rule.number, anchor: rule.anchor };
}

function anyPacket(family: Family, protocol: number): Packet {
  const address = 1n << BigInt(addressBits(family) - 3);
  const ports = protocol === 50 ? 0 : 40000;
  return {
    family,
    protocol,
    source: address,
    destination: address + 1n,
    sourcePort: ports,
    destinationPort: ports,
    flags: protocol === 6 ? 2 : 0,
    icmpType: 0,
    icmpCode: 0,
    icmpId: 0,
    tos: 0,
    ttl: 64,
    fragment: "no",
    options: false,
  };
}
