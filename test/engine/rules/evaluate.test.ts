import { describe, expect, it } from "vitest";
import { filterOf, testPacket } from "../../../engine/rules/evaluate.ts";
import { StateTable } from "../../../engine/rules/state-table.ts";
import { TCP } from "../../../model/packet.ts";
import { firewall } from "../../support/firewall.ts";
import { endpoint, packet, rule, rulesetOf } from "../../support/rules.ts";

const UDP_PACKET = packet("10.10.0.5", "10.20.0.5");

describe("testPacket", () => {
  it("lets everything pass where pf is off or skipped", () => {
    const rules = rulesetOf({ "": [rule("block")] }, { skip: ["egress"] });
    expect(firewall(rules).ask("in", "em0", UDP_PACKET)).toMatchObject({
      verdict: "pass",
      by: "skip",
    });
    expect(firewall(rules).ask("in", "vlan10", UDP_PACKET).verdict).toBe("block");
    expect(firewall(rules, { pf: false }).ask("in", "vlan10", UDP_PACKET)).toMatchObject({
      verdict: "pass",
      by: "no pf",
    });
  });

  it("passes by the default rule without state, and without IP options", () => {
    const { ask } = firewall(rulesetOf({ "": [] }));
    const outcome = ask("in", "vlan10", UDP_PACKET);
    expect(outcome).toMatchObject({ verdict: "pass", by: "default" });
    expect(outcome.made).toBeUndefined();
    expect(ask("in", "vlan10", { ...UDP_PACKET, options: true }).verdict).toBe("block");
  });

  it("is decided by the last match, unless a quick one came first", () => {
    const last = firewall(rulesetOf({ "": [rule("block"), rule("pass")] }));
    expect(last.ask("in", "vlan10", UDP_PACKET).rule?.number).toBe(1);
    const quick = firewall(rulesetOf({ "": [rule("block", { quick: true }), rule("pass")] }));
    expect(quick.ask("in", "vlan10", UDP_PACKET)).toMatchObject({
      verdict: "block",
      rule: { number: 0 },
    });
  });

  it("ends with what was decided when a match rule is quick", () => {
    const rules = [rule("match", { quick: true, tag: "A" }), rule("block")];
    const outcome = firewall(rulesetOf({ "": rules })).ask("in", "vlan10", UDP_PACKET);
    expect(outcome).toMatchObject({ verdict: "pass", by: "default", tag: "A" });
  });

  it("finds the state before any rule, and only on the same crossing", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("block"), rule("pass", { direction: "in" })] }));
    const made = ask("in", "vlan10", UDP_PACKET, { emission: 3 });
    expect(made.made?.emission).toBe(3);
    expect(ask("in", "vlan10", UDP_PACKET)).toMatchObject({ by: "state", rule: { number: 1 } });
    expect(ask("out", "vlan20", UDP_PACKET).verdict).toBe("block");
    const reply = packet("10.20.0.5", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });
    expect(ask("out", "vlan10", reply)).toMatchObject({ by: "state", hit: { emission: 3 } });
  });

  it("drops IP options unless the deciding rule allows them", () => {
    const { ask } = firewall(
      rulesetOf({
        "": [rule("pass"), rule("pass", { direction: "out", allowOptions: true })],
      }),
    );
    const optional = { ...UDP_PACKET, options: true };
    expect(ask("in", "vlan10", optional).verdict).toBe("block");
    expect(ask("out", "vlan20", optional).verdict).toBe("pass");
    ask("in", "vlan10", UDP_PACKET);
    expect(ask("in", "vlan10", optional)).toMatchObject({ verdict: "block", by: "state" });
  });

  it("uses a once rule up, even if it does not decide", () => {
    const rules = [rule("block", { once: true }), rule("pass", { state: "none" })];
    const { ask, states } = firewall(rulesetOf({ "": rules }));
    ask("in", "vlan10", UDP_PACKET);
    const twice = firewall(rulesetOf({ "": [rule("pass", { once: true, state: "none" })] }));
    expect(twice.ask("in", "vlan10", UDP_PACKET).by).toBe("rule");
    expect(twice.ask("in", "vlan10", UDP_PACKET).by).toBe("default");
    expect(states.size).toBe(0);
  });

  it("tells why each rule fails when it is asked to", () => {
    const { host } = firewall(
      rulesetOf({
        "": [
          rule("block", { direction: "out" }),
          rule("pass", { protocol: TCP, destination: endpoint("10.0.0.0/8", 22) }),
          rule("pass", { destination: endpoint("10.30.0.0/16") }),
          rule("pass"),
        ],
      }),
    );
    const told: unknown[] = [];
    const crossing = {
      direction: "in",
      interface: "vlan10",
      packet: UDP_PACKET,
      rtable: 0,
      rdomain: 0,
      emission: 0,
    } as const;
    testPacket(filterOf(host), crossing, new StateTable(), (it, failed) =>
      told.push([it.number, failed]),
    );
    expect(told).toEqual([
      [0, "direction"],
      [1, "protocol"],
      [2, "destination address"],
      [3, undefined],
    ]);
  });
});

describe("routing tables", () => {
  const rules = [rule("match", { direction: "in", rtable: 7 }), rule("pass", { state: "none" })];

  it("are overwritten by every pass", () => {
    const { ask } = firewall(rulesetOf({ "": [] }));
    expect(ask("in", "vlan10", UDP_PACKET, { rtable: 7 }).rtable).toBe(0);
  });

  it("are set by match rules too", () => {
    expect(firewall(rulesetOf({ "": rules })).ask("in", "vlan10", UDP_PACKET).rtable).toBe(7);
  });

  it("that a match rule sets are asked by later no-route tests", () => {
    const test = { address: { kind: "no-route" }, negated: false } as const;
    const later = [...rules, rule("block", { source: test })];
    expect(firewall(rulesetOf({ "": later })).ask("in", "vlan10", UDP_PACKET).verdict).toBe(
      "block",
    );
  });

  it("of a state hold in its own direction only", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("pass", { rtable: 7 })] }));
    ask("in", "vlan10", UDP_PACKET);
    expect(ask("in", "vlan10", UDP_PACKET)).toMatchObject({ by: "state", rtable: 7 });
    const reply = packet("10.20.0.5", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });
    expect(ask("out", "vlan10", reply)).toMatchObject({ by: "state", rtable: 0 });
  });

  it("of another domain split the keys of a state", () => {
    const { ask } = firewall(
      rulesetOf({ "": [rule("block"), rule("pass", { direction: "in", rtable: 9 })] }),
    );
    ask("in", "vlan10", UDP_PACKET);
    const reply = packet("10.20.0.5", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });
    expect(ask("out", "vlan10", reply).verdict).toBe("block");
    expect(ask("out", "vlan10", reply, { rtable: 9, rdomain: 9 })).toMatchObject({
      by: "state",
      rtable: 0,
    });
  });
});

describe("tags", () => {
  it("are set at once, by overridden rules too", () => {
    const { ask } = firewall(
      rulesetOf({
        "": [
          rule("block", { tag: "A" }),
          rule("pass", { tagged: { tag: "A", negated: false }, state: "none" }),
          rule("block", { tagged: { tag: "B", negated: false } }),
        ],
      }),
    );
    expect(ask("in", "vlan10", UDP_PACKET, { tag: "B" })).toMatchObject({
      verdict: "pass",
      tag: "A",
    });
  });

  it("of a state are given to later packets in both directions", () => {
    const { ask } = firewall(rulesetOf({ "": [rule("pass", { tag: "A" })] }));
    ask("in", "vlan10", UDP_PACKET);
    const reply = packet("10.20.0.5", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });
    expect(ask("out", "vlan10", reply, { tag: "B" }).tag).toBe("A");
  });

  it("that were only read are stored as well; without a test they are not", () => {
    const reads = rule("pass", { tagged: { tag: "Z", negated: true } });
    const read = firewall(rulesetOf({ "": [reads] }));
    read.ask("in", "vlan10", UDP_PACKET, { tag: "Q" });
    expect(read.ask("in", "vlan10", UDP_PACKET).tag).toBe("Q");
    const unread = firewall(rulesetOf({ "": [rule("pass")] }));
    expect(unread.ask("in", "vlan10", UDP_PACKET, { tag: "Q" }).tag).toBe("Q");
    expect(unread.ask("in", "vlan10", UDP_PACKET).tag).toBeUndefined();
  });
});
