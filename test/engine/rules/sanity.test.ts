import { describe, expect, it } from "vitest";
import { ICMP, ICMP6, TCP } from "../../../model/packet.ts";
import { firewall } from "../../support/firewall.ts";
import { packet, rule, rulesetOf } from "../../support/rules.ts";

const { ask } = firewall(rulesetOf({ "": [rule("pass", { state: "none" })] }));

describe("headers that pf drops unasked", () => {
  it.each([
    ["S", "pass"],
    ["SA", "pass"],
    ["A", "pass"],
    ["R", "pass"],
    ["FA", "pass"],
    ["SF", "pass"],
    ["SR", "block"],
    ["", "block"],
    ["F", "block"],
    ["P", "block"],
    ["SP", "block"],
    ["SU", "block"],
    ["RF", "block"],
  ])("TCP flags %s: %s", (flags, verdict) => {
    const segment = packet("10.10.0.5", "10.20.0.5", { protocol: TCP, flags });
    expect(ask("in", "vlan10", segment).verdict).toBe(verdict);
  });

  it("lose FIN beside SYN", () => {
    const segment = packet("10.10.0.5", "10.20.0.5", { protocol: TCP, flags: "SF" });
    expect(ask("in", "vlan10", segment).packet.flags).toBe(2);
  });

  it("are held until they are whole when they are fragments", () => {
    const fragment = packet("10.10.0.5", "10.20.0.5", { fragment: "later" });
    expect(ask("in", "vlan10", fragment)).toMatchObject({
      verdict: "block",
      by: "default",
      reason: "fragment waits for reassembly",
    });
    const apart = firewall(rulesetOf({ "": [rule("pass")] }, { reassemble: false }));
    const outcome = apart.ask("in", "vlan10", fragment);
    expect(outcome.verdict).toBe("pass");
    expect(outcome.made).toBeUndefined();
  });

  it.each([
    ["ICMPv6 in IPv4", packet("10.0.0.1", "10.0.0.2", { protocol: ICMP6, icmpType: 128 })],
    ["ICMP in IPv6", packet("fe80::1", "fe80::2", { protocol: ICMP, icmpType: 8 })],
    ["solicitation from afar", packet("fe80::1", "fe80::2", { protocol: ICMP6, icmpType: 135 })],
    ["listener report from afar", packet("fe80::1", "ff02::1", { protocol: ICMP6, icmpType: 131 })],
    [
      "global listener",
      packet("2001:db8::1", "ff02::1", { protocol: ICMP6, icmpType: 131, ttl: 1 }),
    ],
    ["port 0", packet("10.0.0.1", "10.0.0.2", { destinationPort: 0 })],
    ["far IGMP", packet("10.0.0.1", "224.0.0.1", { protocol: 2, ttl: 2 })],
  ])("%s", (_, it) => {
    expect(ask("in", "vlan10", it)).toMatchObject({ verdict: "block", by: "default" });
  });
});
