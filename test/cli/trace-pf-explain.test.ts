import { describe, expect, it } from "vitest";
import { FIREWALL, tracePf } from "../support/trace-pf.ts";

describe("pfproof trace --explain", () => {
  it("tells of every rule that was tested, with the first criterion that failed", async () => {
    const { out } = await tracePf(
      FIREWALL,
      "--explain",
      "in on em1 tcp 10.0.0.5:40000 > 198.51.100.9:443",
      "forward on em0",
      "in on em1 icmp6 2001:db8:1::5 > 2001:db8:1::1",
    );
    await expect(out).toMatchFileSnapshot("golden/trace-pf/explain.txt");
  });

  it.each<[criterion: string, rule: string, packet: string]>([
    ["on: em0 is not em1", "pass on em1", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["on: em0 is not ! em0", "pass on ! em0", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["direction: in is not out", "pass out", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["rdomain: none is not 1", "pass on rdomain 1", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["family: inet is not inet6", "pass inet6", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["proto: udp is not tcp", "pass proto tcp", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["from: 1.1.1.1 is not ! 1.0.0.0/8", "pass from !1/8", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["to: 2.2.2.2 is not <t>", "pass to <t>", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    [
      "from port: 1 is not 5 >< 9",
      "pass proto udp from port 5><9",
      "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2",
    ],
    ["to port: 2 is not 80", "pass proto udp to port 80", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["flags: SA is not S/SA", "pass proto tcp", "in on em0 tcp 1.1.1.1:1 > 2.2.2.2:2 flags SA"],
    [
      'os: none is not "OpenBSD"',
      "pass proto tcp from any os OpenBSD",
      "in on em0 tcp 1.1.1.1:1 > 2.2.2.2:2",
    ],
    ["user: none is not 0", "pass proto udp user root", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["group: none is not > 5", "pass proto udp group > 5", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    [
      "icmp-type: echoreq is not unreach code port-unr",
      "pass inet proto icmp icmp-type unreach code 3",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
    ],
    [
      "reply: echorep is not a packet that can make a state",
      "pass inet proto icmp",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2 echorep",
    ],
    ["fragment: none is not a fragment", "pass fragment", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    ["tos: 0x10 is not 0x08", "pass tos 8", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2 tos lowdelay"],
    [
      "probability: not among 0.000001%",
      "pass probability 0.000001%",
      "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2",
    ],
    ["tagged: A is not B", "pass tagged B", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2 tag A"],
    [
      "received-on: none is not em1",
      "pass out received-on em1",
      "out on em0 udp 1.1.1.1:1 > 2.2.2.2:2",
    ],
    ["prio: 5 is not 3", "pass prio 3", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2 prio 5"],
  ])("says `%s`", async (criterion, rule, packet) => {
    const { out } = await tracePf(`${rule}\n`, "--explain", packet);
    expect(out).toContain(`  ${criterion}  `);
  });

  it("tells of values that are not those of the packet, and of rules that are used up", async () => {
    const text = "match in rdr-to 10.0.0.9 port 99\npass in proto udp to port 53\n";
    const packet = "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2";
    const { out } = await tracePf(text, "--explain", packet);
    expect(out).toContain("to port: 99 is not 53");
    const limited = "block\npass once\npass no state max-pkt-rate 1/10\n";
    const twice = await tracePf(limited, "--explain", packet, packet, packet);
    expect(twice.out).toContain("once: it has matched before");
    expect(twice.out).toContain("max-pkt-rate: over 1/10");
  });

  it("cuts long runs of rules that do not match, unless all are wanted", async () => {
    const rules = Array.from({ length: 40 }, (_, at) => `pass proto udp to port ${at + 1}`);
    const text = `block\n${rules.join("\n")}\n`;
    const packet = "in on em0 udp 1.1.1.1:1 > 2.2.2.2:999";
    const { out } = await tracePf(text, "-o", "none", "--explain", packet);
    expect(out).toContain("32 more that do not match (--all)");
    expect(out.split("\n")).toHaveLength(13);
    const all = await tracePf(text, "-o", "none", "--explain", "--all", packet);
    expect(all.out.split("\n")).toHaveLength(44);
  });
});
