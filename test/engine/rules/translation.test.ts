import { describe, expect, it } from "vitest";
import { ICMP, TCP } from "../../../model/packet.ts";
import type { Rule, Translation } from "../../../model/rule.ts";
import { firewall } from "../../support/firewall.ts";
import { address, endpoint, packet, rule, rulesetOf } from "../../support/rules.ts";

const OUTGOING = packet("10.10.0.5", "198.51.100.1");

function to(text: string, first?: number, last: number | undefined = first): Translation {
  const target = { address: { kind: "fixed", ...address(text) } as const };
  return first === undefined || last === undefined ? target : { ...target, ports: { first, last } };
}

function rules(...list: readonly Rule[]): ReturnType<typeof firewall> {
  return firewall(rulesetOf({ "": list }));
}

describe("nat-to", () => {
  it("takes the lowest port that is free towards the destination", () => {
    const { ask } = rules(rule("pass", { nat: to("192.0.2.1", 50001, 50002) }));
    const port = (it: typeof OUTGOING) => ask("out", "em0", it).packet.sourcePort;
    expect(port(OUTGOING)).toBe(50001);
    expect(port({ ...OUTGOING, sourcePort: 5001 })).toBe(50002);
    expect(port(packet("10.10.0.5", "198.51.100.2"))).toBe(50001);
    expect(ask("out", "em0", { ...OUTGOING, sourcePort: 5002 })).toMatchObject({
      verdict: "block",
      reason: "nat-to finds no free port",
    });
  });

  it("keeps the port when it is static, and drops what collides", () => {
    const { ask } = rules(rule("match", { nat: to("192.0.2.1") }), rule("pass"));
    expect(ask("out", "em0", OUTGOING).packet.sourcePort).toBe(5000);
    expect(ask("out", "em0", packet("10.10.0.6", "198.51.100.1"))).toMatchObject({
      verdict: "block",
      by: "default",
    });
  });

  it("leaves out ports that are unfit for a range", () => {
    const { ask } = rules(rule("pass", { nat: to("192.0.2.1", 749, 800) }));
    expect(ask("out", "em0", OUTGOING).packet.sourcePort).toBe(752);
  });

  it("gives echo requests another identifier only if theirs is taken", () => {
    const { ask } = rules(rule("pass", { nat: to("192.0.2.1") }));
    const echo = (source: string) =>
      packet(source, "198.51.100.1", { protocol: ICMP, icmpType: 8, icmpId: 7 });
    expect(ask("out", "em0", echo("10.10.0.5")).packet.icmpId).toBe(7);
    const second = ask("out", "em0", echo("10.10.0.6"));
    expect(second.packet.icmpId).toBe(1);
    const reply = { ...echo("198.51.100.1"), destination: address("192.0.2.1").value, icmpType: 0 };
    const back = ask("in", "em0", { ...reply, icmpId: 1 });
    expect(back.packet).toMatchObject({ destination: address("10.10.0.6").value, icmpId: 7 });
  });

  it("is undone for replies, and only for them", () => {
    const { ask } = rules(
      rule("block"),
      rule("pass", { direction: "out", nat: to("192.0.2.1", 50001) }),
    );
    ask("out", "em0", OUTGOING);
    const reply = packet("198.51.100.1", "192.0.2.1", { sourcePort: 53, destinationPort: 50001 });
    expect(ask("in", "em0", reply).packet).toMatchObject({
      destination: OUTGOING.source,
      destinationPort: 5000,
    });
    const inside = packet("198.51.100.1", "10.10.0.5", { sourcePort: 53, destinationPort: 5000 });
    expect(ask("in", "em0", inside).verdict).toBe("block");
  });

  it("to an interface takes its address of the packet's family", () => {
    const nat: Translation = {
      address: { kind: "dynamic", name: "egress", part: "address", first: true },
    };
    const { ask } = rules(rule("pass", { nat }));
    expect(ask("out", "em0", OUTGOING).packet.source).toBe(address("192.0.2.1").value);
    const six = ask("out", "em0", packet("2001:db8:10::5", "2001:db8:99::1"));
    expect(six.packet.source).toBe(address("2001:db8::1").value);
  });
});

describe("translation", () => {
  it("of a match rule is seen by every later rule at once", () => {
    const rdr = to("10.20.0.80", 8080);
    const { ask } = rules(
      rule("block"),
      rule("match", { destination: endpoint("192.0.2.1", 53), protocol: 17, rdr }),
      rule("pass", { destination: endpoint("10.20.0.80", 8080), protocol: 17 }),
      rule("block", { destination: endpoint("192.0.2.1") }),
    );
    const outcome = ask("in", "em0", packet("198.51.100.1", "192.0.2.1"));
    expect(outcome).toMatchObject({ verdict: "pass", rule: { number: 2 } });
    expect(outcome.packet).toMatchObject({ destinationPort: 8080 });
  });

  it("of a pass rule takes place only if it decides", () => {
    const { ask } = rules(rule("pass", { rdr: to("10.20.0.80") }), rule("pass"));
    expect(ask("in", "em0", OUTGOING).packet).toEqual(OUTGOING);
  });

  it("is lost without a state, though later rules have seen it", () => {
    const match = rule("match", { rdr: to("10.20.0.80") });
    const stateless = rule("pass", { destination: endpoint("10.20.0.80"), state: "none" });
    const { ask } = rules(rule("block"), match, stateless);
    expect(ask("in", "em0", OUTGOING)).toMatchObject({
      verdict: "pass",
      rule: { number: 2 },
      packet: OUTGOING,
    });
    expect(rules(match).ask("in", "em0", OUTGOING).packet).toEqual(OUTGOING);
  });

  it("of the deciding rule replaces that of match rules", () => {
    const { ask } = rules(
      rule("match", { nat: to("192.0.2.9") }),
      rule("pass", { nat: to("192.0.2.8") }),
    );
    expect(ask("out", "em0", OUTGOING).packet.source).toBe(address("192.0.2.8").value);
  });

  it("makes a direct connection to the target collide", () => {
    const { ask } = rules(
      rule("match", { destination: endpoint("192.0.2.9"), rdr: to("10.20.0.80") }),
      rule("pass"),
    );
    ask("in", "em0", packet("198.51.100.1", "192.0.2.9"));
    expect(ask("in", "em0", packet("198.51.100.1", "10.20.0.80"))).toMatchObject({
      verdict: "block",
      rule: { number: 1 },
      reason: "its state would collide with an existing one",
    });
  });

  it("of a destination port follows the kernel's arithmetic", () => {
    const redirected = (port: number) => {
      const destination = {
        ...endpoint("192.0.2.1"),
        port: { operator: "!=", port: 8080 },
      } as const;
      const rdr = to("10.0.0.5", 8000, 65456);
      const syn = packet("198.51.100.1", "192.0.2.1", {
        protocol: TCP,
        flags: "S",
        destinationPort: port,
      });
      return rules(rule("pass", { destination, rdr })).ask("in", "em0", syn).packet.destinationPort;
    };
    expect(redirected(25)).toBe(65482);
    expect(redirected(443)).toBe(363);
    expect(redirected(80)).toBe(80);
  });
});

describe("ICMP errors", () => {
  it("pass where a reply to the quoted packet would, and are translated with it", () => {
    const { ask } = rules(
      rule("block"),
      rule("pass", { direction: "out", nat: to("192.0.2.1", 50001) }),
    );
    ask("out", "em0", OUTGOING);
    const sent = { ...packet("192.0.2.1", "198.51.100.1"), sourcePort: 50001 };
    const error = packet("203.0.113.7", "192.0.2.1", {
      protocol: ICMP,
      icmpType: 3,
      icmpCode: 1,
      quoted: sent,
    });
    const outcome = ask("in", "em0", error);
    expect(outcome).toMatchObject({ verdict: "pass", by: "state" });
    expect(outcome.packet).toMatchObject({
      source: error.source,
      destination: OUTGOING.source,
      quoted: { source: OUTGOING.source, sourcePort: 5000, destination: OUTGOING.destination },
    });
    const host = { ...error, source: OUTGOING.destination };
    expect(ask("in", "em0", host).packet.source).toBe(OUTGOING.destination);
  });

  it("lose their router's address where the quoted destination is translated", () => {
    const { ask } = rules(
      rule("block"),
      rule("pass", { destination: endpoint("192.0.2.1"), rdr: to("10.20.0.80", 8080) }),
    );
    ask("in", "em0", packet("198.51.100.1", "192.0.2.1"));
    const error = packet("10.20.0.254", "198.51.100.1", {
      protocol: ICMP,
      icmpType: 3,
      quoted: packet("198.51.100.1", "10.20.0.80", { destinationPort: 8080 }),
    });
    expect(ask("out", "em0", error).packet).toMatchObject({
      source: address("192.0.2.1").value,
      quoted: { destination: address("192.0.2.1").value, destinationPort: 53 },
    });
  });

  it("are left to the rules when they quote no packet, another one, or another's", () => {
    const { ask } = rules(rule("block"), rule("pass", { direction: "out" }));
    ask("out", "em0", OUTGOING);
    const error = packet("203.0.113.7", "10.10.0.5", { protocol: ICMP, icmpType: 3 });
    expect(ask("in", "em0", { ...error, quoted: OUTGOING }).by).toBe("state");
    expect(ask("in", "em0", error).by).toBe("rule");
    expect(ask("in", "em0", { ...error, quoted: { ...OUTGOING, sourcePort: 9 } }).by).toBe("rule");
    const elsewhere = { ...error, destination: address("10.10.0.6").value, quoted: OUTGOING };
    expect(ask("in", "em0", elsewhere).by).toBe("rule");
  });
});
