import type { InterfaceDefault } from "../../model/check-answer.ts";
import type { Host, Interface } from "../../model/host.ts";
import { addressBits, type Family, type Packet } from "../../model/packet.ts";
import { Gates } from "../claims/gates.ts";
import type { Label } from "../claims/labels.ts";
import type { Plan } from "../claims/plan.ts";
import { kernelPacketOf } from "../path/kernel-packet.ts";
import { type PfTest, stackTest } from "../path/points.ts";
import { RunningPf } from "../path/running-pf.ts";
import { lineOf } from "../path/test-step.ts";
import { intervalPacketFunctions } from "../sets/intervals/interval-packet-functions.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import { BudgetExceeded } from "../sets/packet-sets.ts";
import { ofFamily, union } from "../sets/packets.ts";

/** What each interface of each host lets in on its own, without any state, per family. */
export function interfaceDefaults(plan: Plan, budget: number): readonly InterfaceDefault[] {
  const sets = intervalPacketFunctions({ budget });
  const gates = new Gates(plan, sets, { reading: "may", closed: new Set() });
  return plan.network.hosts.flatMap((host) => {
    const pf = new RunningPf(host, { chance: "open" });
    return host.interfaces
      .filter((it) => it.kind !== "bridge" && it.kind !== "veb")
      .flatMap((it) =>
        (["inet", "inet6"] as const).map((family) => {
          const verdict = verdictOn(sets, gates, stackTest(host, "in", it), family);
          return withRule(pf, { host: host.name, interface: it.name, family, verdict }, host, it);
        }),
      );
  });
}

function withRule(
  pf: RunningPf,
  base: InterfaceDefault,
  host: Host,
  it: Interface,
): InterfaceDefault {
  if (base.verdict !== "pass" && base.verdict !== "block") return base;
  const rule = ruleFor(pf, host, it, base.family);
  return rule === undefined ? base : { ...base, rule };
}

/** Whether all, some or none of a family pass; `unknown` if for some both are possible. */
function verdictOn(
  sets: PacketFunctions,
  gates: Gates,
  test: PfTest,
  family: Family,
): InterfaceDefault["verdict"] {
  try {
    const gate = gates.at(test, ARRIVING);
    if (gate.open) return "pass";
    // options are refused by every rule without allow-opts: they say nothing about the rules
    const asked = sets.and(ofFamily(sets, family), sets.range("options", 0n, 0n));
    const blocked = sets.and(gate.blocked, asked);
    const passes = gate.passes.map(({ set }) => set);
    const passing = sets.and(union(sets, passes), asked);
    if (sets.meets(passing, blocked)) return "unknown";
    if (blocked === sets.empty) return "pass";
    return passing === sets.empty ? "block" : "depends";
  } catch (error) {
    if (error instanceof BudgetExceeded) return "unknown";
    throw error;
  }
}

/** A packet that has just come in from a wire. */
const ARRIVING: Label = { journey: -1, about: false, tag: "", received: "" };

/** The rule that decides for UDP, TCP and other packets alike; none if they differ. */
function ruleFor(
  pf: RunningPf,
  host: Host,
  it: Interface,
  family: Family,
): InterfaceDefault["rule"] {
  const { rdomain } = it;
  const rules = [17, 6, 50].map((protocol) => {
    pf.reset();
    const packet = kernelPacketOf(anyPacket(family, protocol), rdomain);
    const test = { host, direction: "in", interface: it, rdomain } as const;
    return pf.test(test, packet, { emission: 0 }).outcome.rule;
  });
  const [rule] = rules;
  if (rule === undefined || rules.some((other) => other !== rule)) return undefined;
  return lineOf(rule, host.pfConf);
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
