import { describe, expect, it } from "vitest";
import type { Crossing } from "../../../engine/rules/evaluate.ts";
import { ICMP, ICMP6, type Packet, TCP } from "../../../model/packet.ts";
import type { PortTest, Rule, Table } from "../../../model/rule.ts";
import { firewall } from "../../support/firewall.ts";
import { endpoint, packet, rule, rulesetOf, table } from "../../support/rules.ts";

const PACKET = packet("10.10.0.5", "10.20.0.5");

/** Whether a block rule with these criteria takes the packet, which passes otherwise. */
function matches(
  criteria: Partial<Rule>,
  it: Packet = PACKET,
  at: Partial<Crossing> & { readonly on?: string; readonly tables?: readonly Table[] } = {},
): boolean {
  const { on = "vlan10", tables = [], direction = "in", ...crossing } = at;
  const rules = rulesetOf({ "": [rule("block", criteria)] }, { tables, reassemble: false });
  return firewall(rules).ask(direction, on, it, crossing).verdict === "block";
}

describe("interface criteria", () => {
  it("name an interface, a group, or any that is no loopback", () => {
    const on = (name: string, negated = false) => ({ interface: { name, negated } });
    expect(matches(on("vlan10"))).toBe(true);
    expect(matches(on("vlan"))).toBe(true);
    expect(matches(on("em0"))).toBe(false);
    expect(matches(on("any"))).toBe(true);
    expect(matches(on("any"), PACKET, { on: "lo0" })).toBe(false);
    expect(matches(on("vlan10", true))).toBe(false);
    expect(matches(on("nx0", true))).toBe(true);
  });

  it("test the routing domain, and never match when that is negated", () => {
    const domain = (id: number, negated: boolean) => ({ rdomain: { id, negated } });
    expect(matches(domain(0, false))).toBe(true);
    expect(matches(domain(1, false))).toBe(false);
    expect(matches(domain(1, true))).toBe(false);
    expect(matches(domain(9, false), PACKET, { on: "em9", rdomain: 9 })).toBe(true);
  });

  it("test where a packet came in; a packet of the host itself came from nowhere", () => {
    const from = (name: string, negated = false) => ({ receivedOn: { name, negated } });
    const out = { direction: "out", on: "em0" } as const;
    expect(matches(from("vlan10"), PACKET, { ...out, receivedOn: "vlan10" })).toBe(true);
    expect(matches(from("vlan"), PACKET, { ...out, receivedOn: "vlan20" })).toBe(true);
    expect(matches(from("vlan10"), PACKET, out)).toBe(false);
    expect(matches(from("vlan10", true), PACKET, out)).toBe(true);
    expect(matches(from("vlan10"))).toBe(true);
  });
});

describe("address criteria", () => {
  const from = (text: string) => ({ source: endpoint(text) });

  it("are prefixes with both ends included", () => {
    expect(matches(from("10.10.0.4/31"))).toBe(true);
    expect(matches(from("10.10.0.6/31"))).toBe(false);
    expect(matches(from("! 10.10.0.4/31"))).toBe(false);
    expect(matches(from("! 0.0.0.0/0"))).toBe(false);
  });

  it("are ranges with both ends included", () => {
    const range = (first: string, last: string): Partial<Rule> => ({
      source: {
        address: {
          kind: "range",
          range: {
            family: "inet",
            first: packet(first, first).source,
            last: packet(last, last).source,
          },
        },
        negated: false,
      },
    });
    expect(matches(range("10.10.0.5", "10.10.0.9"))).toBe(true);
    expect(matches(range("10.10.0.1", "10.10.0.5"))).toBe(true);
    expect(matches(range("10.10.0.6", "10.10.0.9"))).toBe(false);
    expect(matches(range("10.10.0.1", "10.10.0.4"))).toBe(false);
  });

  it("are tables whose most specific entry decides", () => {
    const tables = [table("t", ["10.0.0.0/8", "! 10.10.0.0/16", "10.10.0.5"])];
    expect(matches(from("<t>"), PACKET, { tables })).toBe(true);
    expect(matches(from("<t>"), packet("10.10.0.6", "10.20.0.5"), { tables })).toBe(false);
    expect(matches(from("<t>"), packet("10.11.0.6", "10.20.0.5"), { tables })).toBe(true);
    expect(matches(from("! <t>"), packet("10.10.0.6", "10.20.0.5"), { tables })).toBe(true);
    expect(matches(from("! <nowhere>"))).toBe(true);
  });

  it("take the table of their own anchor, else the main one, none in between", () => {
    const inner = { source: endpoint("<t>") };
    const anchors = {
      "": [rule("anchor", { calls: { path: "a", wildcard: false } })],
      a: [rule("anchor", { calls: { path: "a/b", wildcard: false } })],
      "a/b": [rule("block", inner)],
    };
    const ask = (tables: readonly Table[]) =>
      firewall(rulesetOf(anchors, { tables })).ask("in", "vlan10", PACKET).verdict;
    expect(ask([table("t", ["10.10.0.5"], { anchor: "a/b" }), table("t", [])])).toBe("block");
    expect(ask([table("t", [], { anchor: "a/b" }), table("t", ["10.10.0.5"])])).toBe("pass");
    expect(ask([table("t", ["10.10.0.5"], { anchor: "a" }), table("t", [])])).toBe("pass");
    expect(ask([table("t", [], { anchor: "a" }), table("t", ["10.10.0.5"])])).toBe("block");
  });

  it("are the addresses or networks of an interface or group", () => {
    expect(matches(from("(vlan10:network)"))).toBe(true);
    expect(matches(from("(vlan10)"))).toBe(false);
    expect(matches(from("(vlan10)"), packet("10.10.0.1", "10.20.0.5"))).toBe(true);
    expect(matches(from("(vlan:network)"), packet("10.20.0.9", "10.20.0.5"))).toBe(true);
    expect(matches(from("(nx0)"))).toBe(false);
    expect(matches(from("! (nx0)"))).toBe(true);
    expect(matches(from("(self)"), packet("10.99.0.1", "10.20.0.5"))).toBe(true);
  });

  it("ask the routes back for urpf-failed, of either direction", () => {
    const urpf = { source: { address: { kind: "urpf-failed" }, negated: false } } as const;
    expect(matches(urpf)).toBe(false);
    expect(matches(urpf, packet("10.20.0.5", "10.10.0.5"))).toBe(true);
    expect(matches(urpf, PACKET, { direction: "out" })).toBe(false);
    expect(matches(urpf, packet("fe80::5", "ff02::1"))).toBe(false);
  });

  it("count the default route as a route for no-route", () => {
    const noRoute = { source: { address: { kind: "no-route" }, negated: false } } as const;
    expect(matches(noRoute, packet("203.0.113.5", "10.20.0.5"))).toBe(false);
    expect(matches(noRoute, packet("2001:db8:77::5", "2001:db8:10::5"))).toBe(true);
  });
});

describe("port criteria", () => {
  const to = (port: PortTest) => matches({ destination: { ...endpoint("10.20.0.5"), port } });

  it.each([
    [{ operator: "=", port: 53 }, true],
    [{ operator: "!=", port: 53 }, false],
    [{ operator: "<", port: 53 }, false],
    [{ operator: "<=", port: 53 }, true],
    [{ operator: ">", port: 52 }, true],
    [{ operator: ">=", port: 54 }, false],
    [{ operator: "range", first: 53, last: 60 }, true],
    [{ operator: "inside", first: 53, last: 60 }, false],
    [{ operator: "inside", first: 52, last: 54 }, true],
    [{ operator: "outside", first: 53, last: 60 }, false],
    [{ operator: "outside", first: 54, last: 60 }, true],
  ] as const)("%o on port 53: %s", (test, expected) => {
    expect(to(test)).toBe(expected);
  });

  it("do not match fragments, nor do flags match TCP fragments", () => {
    const first = { ...PACKET, fragment: "first" } as const;
    expect(matches({ destination: endpoint("10.20.0.5", 53) }, first)).toBe(false);
    expect(matches({ flags: { set: 2, mask: 18 } }, first)).toBe(true);
    expect(matches({ flags: { set: 0, mask: 1 } }, { ...first, protocol: TCP })).toBe(false);
    expect(matches({ fragment: true }, first)).toBe(true);
    expect(matches({ fragment: true })).toBe(false);
  });
});

describe("other criteria", () => {
  it("test flags of TCP only", () => {
    const syn = packet("10.10.0.5", "10.20.0.5", { protocol: TCP, flags: "S" });
    const flags = { flags: { set: 2, mask: 18 } };
    expect(matches(flags, syn)).toBe(true);
    expect(matches(flags, { ...syn, flags: 18 })).toBe(false);
    expect(matches(flags)).toBe(true);
  });

  it("test the TOS without its ECN bits", () => {
    expect(matches({ tos: 16 }, { ...PACKET, tos: 19 })).toBe(true);
    expect(matches({ tos: 17 }, { ...PACKET, tos: 17 })).toBe(false);
  });

  it("keep rules with state from matching ICMP replies, sloppy ones excepted", () => {
    const reply = packet("10.10.0.5", "10.20.0.5", { protocol: ICMP, icmpType: 0, icmpId: 7 });
    const by = (fields: Partial<Rule>) =>
      firewall(rulesetOf({ "": [rule("block"), rule("pass", fields)] })).ask("in", "vlan10", reply);
    expect(by({}).verdict).toBe("block");
    expect(by({ state: "none" }).verdict).toBe("pass");
    expect(by({ sloppy: true }).verdict).toBe("pass");
  });

  it("let neighbour advertisements through rules with state, and make none of them", () => {
    const advertisement = packet("fe80::5", "ff02::1", {
      protocol: ICMP6,
      icmpType: 136,
      ttl: 255,
    });
    const outcome = firewall(rulesetOf({ "": [rule("block"), rule("pass")] })).ask(
      "in",
      "vlan10",
      advertisement,
    );
    expect(outcome.verdict).toBe("pass");
    expect(outcome.made).toBeUndefined();
  });
});
