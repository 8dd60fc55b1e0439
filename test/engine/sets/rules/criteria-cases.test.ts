import { describe, expect, it } from "vitest";
import { EntrySet } from "../../../../engine/kernel/entry-set.ts";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import { liveRule } from "../../../../engine/kernel/rulesets.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import { criteriaOf } from "../../../../engine/sets/rules/criteria.ts";
import type { PfRule } from "../../../../model/pf-rule.ts";
import { surroundingsOf } from "../../../conformance/kernel-surroundings.ts";
import { TENANTS } from "../../../support/kernel-host.ts";
import { end, PASS } from "../../../support/pass-rule.ts";
import { answer, answerOf, contextOf, type Packet, prefix, ruleOf } from "./criteria-answer.ts";

const TCP = "tcp 10.0.0.1 1000 10.0.0.2 22";
const UDP = "udp 10.0.0.1 1000 10.0.0.2 22";
const UDP6 = "udp 2001:db8::9 1000 2001:db8::8 22";
const ECHO = ["icmp 10.0.0.1 0 10.0.0.2 0", { type: 8 }] as const;
const REPLY = ["icmp 10.0.0.1 0 10.0.0.2 0", { type: 0 }] as const;
const REPLY_FRAGMENT = ["icmp 10.0.0.1 0 10.0.0.2 0", { type: 0, frag: 2 }] as const;
const UNREACHABLE = ["icmp 10.0.0.1 0 10.0.0.2 0", { type: 3, code: 3 }] as const;
const OTHER_CODE = ["icmp 10.0.0.1 0 10.0.0.2 0", { type: 3, code: 4 }] as const;
const ADVERT = ["icmp6 2001:db8::9 0 2001:db8::8 0", { type: 136 }] as const;
const FRAGMENT = [UDP, { frag: 2 }] as const;
const TCP_FRAGMENT = [TCP, { frag: 1 }] as const;
const ACK = [TCP, { fl: "A" }] as const;

describe("packets that meet the criteria of a rule", () => {
  it.each<readonly [rule: string, met: readonly Packet[], missed: readonly Packet[]]>([
    ["block", [TCP, UDP6, ECHO, REPLY, FRAGMENT, TCP_FRAGMENT, ACK], []],
    ["block inet", [TCP], [UDP6]],
    ["block proto udp", [UDP, UDP6, FRAGMENT], [TCP, ECHO]],
    ["pass", [TCP, UDP, ECHO, ADVERT, FRAGMENT], [ACK, REPLY, TCP_FRAGMENT]],
    ["pass proto icmp", [ECHO, REPLY_FRAGMENT], [REPLY]],
    ["pass proto tcp", [TCP], [ACK, TCP_FRAGMENT, UDP]],
    ["pass flags any", [ACK, TCP, TCP_FRAGMENT, FRAGMENT], [REPLY]],
    ["pass no state", [REPLY, TCP, ACK, TCP_FRAGMENT], []],
    ["pass keep state (sloppy)", [REPLY, TCP], [ACK]],
    ["block proto tcp flags A/A", [ACK], [TCP, TCP_FRAGMENT]],
    ["block proto tcp flags S/FSRPAUEW", [TCP], [[TCP, { frag: 2 }], ACK, [TCP, { fl: "SE" }]]],
    ["block inet proto icmp icmp-type unreach code 3", [UNREACHABLE], [ECHO, OTHER_CODE]],
    ["block from 10.0.0.0/31", [TCP], [UDP6, "udp 10.0.0.2 1 10.0.0.2 1"]],
    ["block from ! 10.0.0.0/31", ["udp 10.0.0.2 1 10.0.0.2 1"], [TCP, UDP6]],
    ["block from ! 0.0.0.0/0", [], [TCP, UDP6]],
    ["block to 10.0.0.2 - 10.0.0.3", [TCP], ["tcp 10.0.0.1 1 10.0.0.4 1", UDP6]],
    ["block proto udp to port 22", [UDP, UDP6], [FRAGMENT, TCP, "udp 10.0.0.1 22 10.0.0.2 23"]],
    ["block proto udp from port != 1000", ["udp 10.0.0.1 999 10.0.0.2 1"], [UDP]],
    ["block proto udp to port 21 >< 23", [UDP], ["udp 10.0.0.1 1 10.0.0.2 23"]],
    [
      "block proto udp from port 0 <> 21",
      ["udp 10.0.0.1 22 10.0.0.2 1"],
      ["udp 10.0.0.1 21 10.0.0.2 1"],
    ],
    ["block proto udp to port 21 >< 22", [], [UDP, "udp 10.0.0.1 1 10.0.0.2 21"]],
    ["block proto udp to port 21 <> 23", ["udp 10.0.0.1 1 10.0.0.2 24"], [UDP]],
    ["block inet proto icmp icmp-type echoreq", [ECHO], [REPLY, UDP]],
    ["pass inet proto icmp icmp-type echorep", [], [ECHO, REPLY]],
    ["pass inet6 proto icmp6 icmp6-type neighbradv", [ADVERT], [ECHO]],
    ["block fragment", [FRAGMENT, TCP_FRAGMENT], [TCP, UDP]],
    ["block tos 16", [[UDP, { tos: 19 }]], [[UDP, { tos: 20 }], UDP]],
    [
      "block tos 17",
      [],
      [
        [UDP, { tos: 17 }],
        [UDP, { tos: 16 }],
      ],
    ],
    ["block from <some>", ["udp 10.0.0.9 1 10.0.0.2 1"], [UDP, UDP6]],
    ["block from ! <some>", [UDP, UDP6], ["udp 10.0.0.9 1 10.0.0.2 1"]],
    ["block from <gone>", [], [UDP, UDP6]],
    ["block from ! <gone>", [UDP, UDP6], []],
    ["block to (em0)", ["udp 10.0.0.1 1 192.0.2.1 1"], ["udp 10.0.0.1 1 192.0.2.2 1", UDP6]],
    ["block to (em0:network)", ["udp 10.0.0.1 1 192.0.2.2 1"], [UDP]],
    ["block to (vlan77)", [], [UDP]],
    ["block from no-route", [], [UDP, UDP6]],
    ["block from urpf-failed", ["udp 10.10.0.1 1 10.0.0.2 1"], [UDP, "udp fe80::1 1 ::2 1"]],
    ['block from route "uplink"', [UDP], ["udp 10.10.0.1 1 10.0.0.2 1", UDP6]],
    ['block from route "v6"', ["udp 2001:db8:ffff::1 1 ::2 1"], ["udp fe80::1 1 ::2 1"]],
    ["block proto udp to port 53 user 53", ["udp 10.0.0.1 1 192.0.2.1 53"], [UDP]],
    ["block proto udp user unknown", [UDP, UDP6], ["udp 10.0.0.1 1 192.0.2.1 53", FRAGMENT]],
    ["block proto tcp to port 22 user != 0", [TCP], ["tcp 10.0.0.1 1 192.0.2.1 22"]],
    ["block proto tcp user > 0", [], [TCP, "tcp 10.0.0.1 1 192.0.2.1 22"]],
    ["block out", [], [UDP]],
    ["block in on em0", [UDP], []],
    ["block on ! egress", [], [UDP]],
    ["block on any", [UDP], []],
    ["block on rdomain 1", [], [UDP]],
    ["block on ! rdomain 1", [], [UDP]],
    ["block in received-on vlan10", [], [UDP]],
    ["block in ! received-on vlan10", [UDP], []],
    ["block prio 3", [UDP], []],
    ["block prio 4", [], [UDP]],
    ["block proto tcp from any os unknown", [ACK], []],
    ["block proto tcp from any os nomatch", [], [TCP, ACK]],
  ])("%s", (rule, met, missed) => {
    const some = new EntrySet();
    for (const [text, negated] of [
      ["10.0.0.0/28", false],
      ["10.0.0.0/29", true],
    ] as const) {
      some.add(prefix(text), negated);
    }
    const tables = { some: { entries: some, open: false } };
    const surroundings = { routes: [...surroundingsOf(TENANTS).routes, ...ROUTES] };
    expect(met.map((it) => [it, answer(rule, it, { tables, surroundings })])).toEqual(
      met.map((it) => [it, "yes"]),
    );
    expect(missed.map((it) => [it, answer(rule, it, { tables, surroundings })])).toEqual(
      missed.map((it) => [it, "no"]),
    );
  });
});

describe("criteria that no packet meets", () => {
  const changed = (change: Partial<PfRule>): LiveRule => liveRule({ ...PASS, ...change }, "", 0, 0);
  const range = { family: "inet", first: 0x20010db8n, last: 0x20010db9n } as const;

  it("are addresses of two families", () => {
    // the same bits as those of the IPv6 address
    const address = end("32.1.13.184");
    expect(answerOf(changed({ source: address }), "udp 32.1.13.184 1 10.0.0.2 1")).toBe("yes");
    expect(answerOf(changed({ source: address, family: "inet6" }), UDP6)).toBe("no");
    const source = { address: { kind: "range", range }, negated: false, port: undefined } as const;
    expect(answerOf(changed({ source }), "udp 32.1.13.185 1 10.0.0.2 1")).toBe("yes");
    expect(answerOf(changed({ source, family: "inet6" }), UDP6)).toBe("no");
  });

  it("are flags that the mask hides", () => {
    expect(answerOf(changed({ protocol: 6, flags: 2, flagMask: 0xf0 }), TCP)).toBe("no");
    expect(answerOf(changed({ protocol: 6, flags: 2, flagMask: 0 }), TCP)).toBe("no");
  });
});

describe("the boxes of plain rules", () => {
  it.each([
    "block from 10.0.0.0/8",
    "block proto udp to port 53",
    "pass inet6 proto udp from 2001:db8::/32 to any port 1:2",
    "pass inet proto icmp icmp-type echoreq",
    "block tos 16",
    "pass proto tcp flags S/FSRPAUEW",
    "pass proto esp",
  ])("say everything of %s", (text) => {
    const sets = intervalPacketFunctions();
    const criteria = criteriaOf(contextOf(sets, {}), ruleOf(text), 0);
    expect(criteria?.may).toBe(sets.all);
    expect(criteria?.must).toBe(sets.all);
  });
});

const ROUTES = [
  { rtable: 0, prefix: prefix("2001:db8:ffff::/48"), interface: "em0", label: "v6" },
  { rtable: 0, prefix: prefix("fe80::/10"), interface: "em0", label: "v6" },
].map((it) => ({ ...it, gateway: undefined }));
