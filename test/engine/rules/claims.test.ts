import { describe, expect, it } from "vitest";
import { type Packet, UDP } from "../../../model/packet.ts";
import type { Rule } from "../../../model/rule.ts";
import { type Firewall, firewall } from "../../support/firewall.ts";
import { endpoint, packet, rule, rulesetOf } from "../../support/rules.ts";

const INTERNET = "198.51.100.9";
const TENANT_B = "10.20.0.5";

/** claims.md 2: tenants may reach the Internet, and nobody else. */
function tenants(binding: Rule["binding"], antispoof = false): Firewall {
  const away = endpoint("! 10.0.0.0/8");
  const notOn = (name: string) => ({ name, negated: true });
  const spoofed = rule("block", {
    direction: "in",
    quick: true,
    interface: notOn("vlan20"),
    source: endpoint("10.20.0.0/24"),
  });
  const rules = [
    rule("block"),
    rule("pass", { direction: "in", interface: on("vlan10"), destination: away, binding }),
    rule("pass", { direction: "in", interface: on("vlan20"), destination: away, binding }),
    rule("pass", { direction: "out", interface: on("em0"), binding }),
  ];
  return firewall(rulesetOf({ "": antispoof ? [spoofed, ...rules] : rules }));
}

function on(name: string): { readonly name: string; readonly negated: boolean } {
  return { name, negated: false };
}

/** Forwards a packet: in on one interface, out on another. */
function forward({ ask }: Firewall, from: string, to: string, it: Packet): readonly string[] {
  const entered = ask("in", from, it, { emission: 1 });
  if (entered.verdict !== "pass") return [entered.verdict];
  const left = ask("out", to, entered.packet, { receivedOn: from, emission: 1 });
  return [entered.by, left.verdict === "pass" ? left.by : left.verdict];
}

describe("punch: a forged packet opens the way into B from outside", () => {
  const forged = packet(TENANT_B, INTERNET, { sourcePort: 5000, destinationPort: 6000 });
  const entry = packet(INTERNET, TENANT_B, { sourcePort: 6000, destinationPort: 5000 });

  it("works with floating states", () => {
    const wall = tenants("floating");
    expect(forward(wall, "em0", "vlan20", entry)).toEqual(["block"]);
    expect(forward(wall, "vlan10", "em0", forged)).toEqual(["rule", "rule"]);
    expect(forward(wall, "em0", "vlan20", entry)).toEqual(["state", "state"]);
  });

  it("stops at the last interface with if-bound states", () => {
    const wall = tenants("if-bound");
    forward(wall, "vlan10", "em0", forged);
    expect(forward(wall, "em0", "vlan20", entry)).toEqual(["state", "block"]);
  });

  it("is stopped by antispoof quick", () => {
    const wall = tenants("floating", true);
    expect(forward(wall, "vlan10", "em0", forged)).toEqual(["block"]);
    expect(forward(wall, "em0", "vlan20", entry)).toEqual(["block"]);
  });
});

describe("theft: A rides on a state that B made towards the Internet", () => {
  const opening = packet(TENANT_B, INTERNET, { sourcePort: 5001, destinationPort: 53 });
  const stolen = packet(INTERNET, TENANT_B, { sourcePort: 53, destinationPort: 5001 });

  it("works with floating states, antispoof or not", () => {
    for (const antispoof of [false, true]) {
      const wall = tenants("floating", antispoof);
      expect(forward(wall, "vlan20", "em0", opening)).toEqual(["rule", "rule"]);
      expect(forward(wall, "vlan10", "vlan20", stolen)).toEqual(["state", "state"]);
    }
  });

  it("is stopped by if-bound states", () => {
    const wall = tenants("if-bound");
    forward(wall, "vlan20", "em0", opening);
    expect(forward(wall, "vlan10", "vlan20", stolen)).toEqual(["block"]);
  });
});

describe("outer ride: the peer VTEP enters on the state of our first outer packet", () => {
  const VXLAN = { protocol: UDP, sourcePort: 4789, destinationPort: 4789 };
  const ours = packet("192.0.2.1", INTERNET, VXLAN);
  const theirs = packet(INTERNET, "192.0.2.1", VXLAN);
  const rules = (binding: Rule["binding"]): readonly Rule[] => [
    rule("block"),
    rule("pass", {
      direction: "out",
      interface: on("em0"),
      protocol: UDP,
      destination: {
        address: { kind: "any" },
        negated: false,
        port: { operator: "=", port: 4789 },
      },
      binding,
    }),
  ];

  it.each(["floating", "if-bound"] as const)(
    "is dropped before and passes after: %s",
    (binding) => {
      const { ask } = firewall(rulesetOf({ "": rules(binding) }));
      expect(ask("in", "em0", theirs).verdict).toBe("block");
      expect(ask("out", "em0", ours, { emission: 7 }).verdict).toBe("pass");
      expect(ask("in", "em0", theirs)).toMatchObject({
        verdict: "pass",
        by: "state",
        hit: { emission: 7 },
      });
      const elsewhere = ask("in", "vlan10", theirs).verdict;
      expect(elsewhere).toBe(binding === "floating" ? "pass" : "block");
    },
  );
});
