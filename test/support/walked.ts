import { planOf } from "../../engine/claims/plan.ts";
import type { Walk } from "../../engine/path/delivery.ts";
import type { Chance } from "../../engine/path/running-pf.ts";
import { Walker } from "../../engine/path/walk.ts";
import type { Emission, Step } from "../../model/answer.ts";
import type { Host } from "../../model/host.ts";
import type { Packet } from "../../model/packet.ts";
import { networkOf } from "./network.ts";
import { packet } from "./packet.ts";
import { type SmallHost, smallHost } from "./small-host.ts";

/** An uplink, two tenants and a tenant in routing domain 1; everybody's own wire is a zone. */
const SITE: Omit<SmallHost, "rules"> = {
  interfaces: [
    { n: "lo0", loop: 1, a: ["127.0.0.1/8", "::1/128"] },
    { n: "em0", g: ["egress"], a: ["192.0.2.1/24", "2001:db8::1/64"] },
    { n: "vlan10", a: ["10.10.0.1/24", "2001:db8:10::1/64"] },
    { n: "vlan20", a: ["10.20.0.1/24", "2001:db8:20::1/64"] },
    { n: "vlan30", rd: 1, a: ["10.30.0.1/24"] },
    { n: "em8", more: { automatic: ["inet"] } },
  ],
  rtables: [[1, 1]],
  routes: [
    ["192.0.2.0/24", "em0"],
    ["0.0.0.0/0", "em0", "192.0.2.254"],
    ["2001:db8::/64", "em0"],
    ["10.10.0.0/24", "vlan10"],
    ["2001:db8:10::/64", "vlan10"],
    ["10.20.0.0/24", "vlan20"],
    ["2001:db8:20::/64", "vlan20"],
  ],
};

const ZONES = {
  internet: "fw:em0",
  a: "fw:vlan10",
  b: "fw:vlan20",
  c: "fw:vlan30",
  d: "fw:em8",
  fw: "fw",
};

/** A packet that a zone puts on its wire. */
export interface Put {
  readonly from: keyof typeof ZONES;
  readonly packet: Packet;
}

export const put = (from: Put["from"], ...it: Parameters<typeof packet>): Put => ({
  from,
  packet: packet(...it),
});

/** The host of {@link walked}. */
export function walkedHost(
  rules: readonly string[],
  more: Partial<Host> = {},
  wrong: { readonly mayBeWrong?: true } = {},
): Host {
  const host = smallHost("fw", { ...SITE, ...wrong, rules });
  const own = host.interfaces.flatMap((it) =>
    it.addresses.map(({ family, value }) => ({
      rtable: it.rdomain,
      prefix: { family, value, length: family === "inet" ? 32 : 128 },
      interface: it.name,
      local: true,
    })),
  );
  const c = { family: "inet", value: 0x0a1e0000n, length: 24 } as const;
  const domain1 = { rtable: 1, prefix: c, interface: "vlan30", local: false };
  return { ...host, routes: [...host.routes, ...own, domain1], ...more };
}

/** Plays packets through a host with these rules. */
export function walked(host: Host, puts: readonly Put[], chance: Chance = "open"): readonly Walk[] {
  const network = networkOf([host], ZONES, []);
  const plan = planOf(network);
  const walker = new Walker(network, plan.wiring, plan.zones, { chance });
  return puts.map(({ from, packet: it }) => {
    const at = { host: "fw", interface: ZONES[from].split(":")[1] ?? "" };
    const emission: Emission = { from, at, local: false, packet: it };
    return walker.walk(emission);
  });
}

/** What became of the last packet: its pf tests, drops, and where it arrived. */
export function way(
  rules: readonly string[],
  puts: readonly Put[],
  more: Partial<Host> = {},
): string {
  return told(walked(walkedHost(rules, more), puts).at(-1));
}

export function told(walk: Walk | undefined): string {
  const steps = walk?.trace.steps ?? [];
  // that a packet is on the wire where it starts says nothing
  return steps.slice(1).flatMap(wordsOf).join("; ");
}

function wordsOf(step: Step): readonly string[] {
  switch (step.kind) {
    case "test": {
      const by = step.by === "rule" ? `@${step.rule?.number}` : step.by;
      const made = step.made ? " made" : "";
      return [`${step.direction} ${step.interface} ${step.verdict} ${by}${made}`];
    }
    case "delivered":
      return [`at ${step.place}`];
    case "dropped":
      return [`dropped: ${step.reason}`];
    default:
      return [];
  }
}
