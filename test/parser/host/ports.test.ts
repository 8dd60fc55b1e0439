import { describe, expect, it } from "vitest";
import { type BridgePort, type Interface, PLAIN_PORT } from "../../../model/host.ts";
import { hostFrom, underlined } from "../../support/site-files.ts";

function bridge(text: string, name = "veb0"): Interface | undefined {
  return hostFrom({ [`hostname.${name}`]: text }).host.interfaces.find((it) => it.name === name);
}

/** Options of em1, words of ifconfig(8) behind `add em1 add em2`. */
const OPTIONS: readonly (readonly [string, Partial<BridgePort>])[] = [
  ["up", {}],
  ["blocknonip em1", { blockNonIp: true }],
  ["blocknonip em1\n-blocknonip em1", {}],
  ["-discover em1 -learn em1", { discover: false, learn: false }],
  ["-discover em1\ndiscover em1", {}],
  ["protected em1 3,1,3", { protectedDomains: [1, 3] }],
  ["protected em1 31\n-protected em1", {}],
  ["static em1 FE:E1:0:0:0:1", { statics: ["fe:e1:00:00:00:01"] }],
  ["static em1 fe:e1:0:0:0:1\ndeladdr fe:e1:00:00:00:01", {}],
  ["rule block on em1\nflushrule em1", {}],
  ["blocknonip em2", {}],
];

const RULES: readonly (readonly [string, object])[] = [
  ["rule block on em1", { action: "block" }],
  ["rule pass in on em1 src fe:e1:0:0:0:1", { direction: "in", source: "fe:e1:00:00:00:01" }],
  ["rule pass out on em1 dst fe:e1:0:0:0:2 tag X", { destination: "fe:e1:00:00:00:02", tag: "X" }],
  ["rule block on em1 arp", { arp: { protocol: "arp" } }],
  [
    "rule block on em1 arp request sha fe:e1:0:0:0:1 spa 10.0.0.1 tha fe:e1:0:0:0:2 tpa 10.0.0.2",
    {
      arp: {
        protocol: "arp",
        operation: "request",
        senderMac: "fe:e1:00:00:00:01",
        sender: 0x0a000001n,
        targetMac: "fe:e1:00:00:00:02",
        target: 0x0a000002n,
      },
    },
  ],
  ["rule block on em1 rarp reply", { arp: { protocol: "rarp", operation: "reply" } }],
];

/** Lines that ifconfig or the kernel refuses: the port stays as open as it was (L91). */
const REFUSED: readonly (readonly [string, string])[] = [
  ["blocknonip em9", "bridge-no-member: em9"],
  ["protected em9 1", "bridge-no-member: em9"],
  ["protected em1 0", "hostname-value: 0"],
  ["protected em1 32", "hostname-value: 32"],
  ["protected em1 1,,2", "hostname-value: 1,,2"],
  ["rule block on em9", "bridge-no-member: em9"],
  ["rule drop on em1", "bridge-rule: drop"],
  ["rule block em1", "bridge-rule: em1"],
  ["rule block on", "bridge-rule: on"],
  ["rule block on em1 src x", "bridge-rule: x"],
  ["rule block on em1 arp spa 2001:db8::1", "bridge-rule: 2001:db8::1"],
  ["rule block on em1 vlan 3", "bridge-rule: vlan"],
  ["static em1 x", "hostname-mac: x"],
];

describe("ports of a bridge or veb", () => {
  it.each(OPTIONS)("reads %j", (text, expected) => {
    for (const name of ["veb0", "bridge0"]) {
      const [first, second] = bridge(`add em1 add em2\n${text}`, name)?.ports ?? [];
      expect(first).toEqual({ ...PLAIN_PORT, name: "em1", ...expected });
      expect(second?.name).toBe("em2");
    }
  });

  it.each(RULES)("reads %j", (text, expected) => {
    const [port] = bridge(`add em1\n${text}`)?.ports ?? [];
    expect(port?.rules).toMatchObject([expected]);
  });

  it("keeps rules in their order: the first match decides", () => {
    const [port] = bridge("add em1\nrule pass on em1 arp\nrule block on em1")?.ports ?? [];
    expect(port?.rules.map((it) => it.action)).toEqual(["pass", "block"]);
  });

  it.each(REFUSED)("refuses %j, and what stands before it stays", (text, expected) => {
    const texts = { "hostname.em1": "up", "hostname.veb0": `add em1\n-learn em1\n${text}\nup` };
    const { host, diagnostics } = hostFrom(texts);
    const sources = new Map([["fw1/etc/hostname.veb0", texts["hostname.veb0"]]]);
    expect(underlined(diagnostics, sources)).toEqual([expected]);
    const veb = host.interfaces.find((it) => it.name === "veb0");
    expect(veb).toMatchObject({ up: true, ports: [{ ...PLAIN_PORT, name: "em1", learn: false }] });
  });

  it("has one port a member, in their order, and none of a member that left", () => {
    const veb = bridge("add em3 add em1 add em2 addspan em4 addspan em5 delspan em4\ndel em3");
    expect(veb?.members).toEqual(["em1", "em2"]);
    expect(veb?.ports.map((it) => it.name)).toEqual(["em1", "em2"]);
    expect(veb?.spans).toEqual(["em5"]);
  });

  it("has those of taps that vmd adds, without the options that a file gave them too early", () => {
    const { host, diagnostics } = hostFrom({
      "hostname.veb0": "protected tap0 1\nup",
      "vm.conf": 'switch "s" { interface veb0 }\nvm "v" { interface { switch "s" } }',
    });
    const veb = host.interfaces.find((it) => it.name === "veb0");
    expect(veb?.ports).toEqual([{ ...PLAIN_PORT, name: "tap0" }]);
    expect(diagnostics.map((it) => it.code)).toEqual(["bridge-no-member"]);
  });
});
