import { describe, expect, it } from "vitest";
import { type State, StateTable } from "../../../engine/rules/state-table.ts";
import { ICMP } from "../../../model/packet.ts";
import { firewall } from "../../support/firewall.ts";
import { packet, rule, rulesetOf } from "../../support/rules.ts";

const REQUEST = packet("10.10.0.5", "10.20.0.5");
const REPLY = packet("10.20.0.5", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });

describe("states", () => {
  const on = (name: string) => ({ interface: { name, negated: false } });

  it("that float admit their packets on any interface, bound ones on their own", () => {
    for (const binding of ["floating", "if-bound"] as const) {
      const { ask } = firewall(
        rulesetOf({ "": [rule("block"), rule("pass", { ...on("vlan10"), binding })] }),
      );
      ask("in", "vlan10", REQUEST);
      expect(ask("in", "vlan10", REQUEST).by).toBe("state");
      expect(ask("out", "vlan10", REPLY).by).toBe("state");
      expect(ask("out", "em0", REPLY).by).toBe(binding === "floating" ? "state" : "rule");
      expect(ask("in", "em0", REQUEST).by).toBe(binding === "floating" ? "state" : "rule");
    }
  });

  it("that are bound go before those that float", () => {
    const { ask } = firewall(
      rulesetOf({
        "": [rule("pass", { ...on("vlan10"), binding: "if-bound" }), rule("pass", on("em0"))],
      }),
    );
    expect(ask("in", "vlan10", REQUEST).made?.rule.number).toBe(0);
    expect(ask("in", "em0", REQUEST).made?.rule.number).toBe(1);
    expect(ask("in", "vlan10", REQUEST).hit?.rule.number).toBe(0);
    expect(ask("in", "vlan20", REQUEST).hit?.rule.number).toBe(1);
  });

  it("that are bound go first even if they came later", () => {
    const floating = firewall(rulesetOf({ "": [rule("pass")] })).ask("in", "vlan10", REQUEST).made;
    expect(floating).toBeDefined();
    if (floating === undefined) return;
    const bound: State = { ...floating, boundTo: "vlan10" };
    const table = new StateTable();
    table.add(floating);
    table.add(bound);
    expect(table.find(floating.wire, "in", "vlan10")).toBe(bound);
    expect(table.find(floating.wire, "in", "vlan20")).toBe(floating);
    table.flush();
    expect(table.find(floating.wire, "in", "vlan20")).toBeUndefined();
  });

  it("belong to one routing domain", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("block"), rule("pass", on("vlan10"))] }));
    ask("in", "vlan10", REQUEST);
    expect(ask("in", "em9", REQUEST, { rtable: 9, rdomain: 9 }).by).toBe("rule");
  });

  it("are found by ports of the same protocol only", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("block"), rule("pass", { protocol: 17 })] }));
    ask("in", "vlan10", REQUEST);
    expect(ask("in", "vlan10", { ...REQUEST, sourcePort: 5001 }).by).toBe("rule");
    expect(ask("out", "vlan10", { ...REPLY, sourcePort: 54 }).by).toBe("rule");
    expect(ask("in", "vlan10", { ...REQUEST, protocol: 6, flags: 2 }).by).toBe("rule");
  });

  it("whose flow has equal ends answer the way out of their own packet", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("block"), rule("pass", { direction: "in" })] }));
    const looped = packet("10.20.0.5", "10.20.0.5", { sourcePort: 7, destinationPort: 7 });
    ask("in", "vlan10", looped);
    expect(ask("out", "vlan20", looped).by).toBe("state");
  });

  it("of ICMP queries admit the reply with their identifier", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("block"), rule("pass", { direction: "in" })] }));
    const echo = packet("10.10.0.5", "10.20.0.5", { protocol: ICMP, icmpType: 8, icmpId: 3 });
    const answer = { ...echo, source: echo.destination, destination: echo.source, icmpType: 0 };
    ask("in", "vlan10", echo);
    expect(ask("out", "vlan10", answer).by).toBe("state");
    expect(ask("out", "vlan10", { ...answer, icmpId: 4 }).by).toBe("rule");
    expect(ask("out", "vlan10", { ...answer, icmpType: 14 }).by).toBe("rule");
    expect(ask("out", "vlan10", { ...answer, icmpType: 8 }).by).toBe("rule");
  });

  it("of a query with id and type equal drop a request the wrong way", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("pass")] }));
    const echo = packet("10.10.0.5", "10.10.0.5", { protocol: ICMP, icmpType: 8, icmpId: 8 });
    ask("in", "vlan10", echo);
    expect(ask("out", "vlan10", echo)).toMatchObject({ verdict: "block", by: "state" });
  });
});
