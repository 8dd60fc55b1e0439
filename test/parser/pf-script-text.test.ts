import { describe, expect, it } from "vitest";
import type { PfPacket } from "../../model/pf-packet.ts";
import { type PfScriptLine, parsePfScript } from "../../parser/pf-script-text.ts";
import { pfPacketText } from "../../report/pf-packet.ts";

const NAMES = { interfaces: ["em0", "em1"], rtables: [0, 1] };

function lineOf(text: string): PfScriptLine {
  const { lines, diagnostics } = parsePfScript("s", text, NAMES);
  expect(diagnostics).toEqual([]);
  return lines.at(-1)!;
}

function packetOf(text: string): PfPacket {
  const line = lineOf(text);
  if (line.kind !== "packet") throw new Error("no packet");
  return line.packet;
}

const SSH = "in on em0 tcp 10.0.0.5:40000 > 192.0.2.1:22";
const SSH6 = "in on em0 tcp [2001:db8::5]:40000 > [2001:db8::1]:22";

describe("packets for one pf", () => {
  it.each([
    ["in on em0 proto tcp from 10.0.0.5 port 40000 to 192.0.2.1 port ssh", SSH],
    ["in on em0 inet proto tcp 10.0.0.5.40000 > 192.0.2.1.22", SSH],
    ["in on em0 tcp 10.0.0.5:40000 -> 192.0.2.1:ssh flags S seq 1000 win 0xffff", SSH],
    ["in on em0 6 10.0.0.5 port 40000 > 192.0.2.1:22 rtable 0", SSH],
    ["in on em0 rtable 0 tcp 10.0.0.5:40000 > 192.0.2.1:22", SSH],
    ["in on em0 tcp 2001:db8::5[40000] -> 2001:db8::1[22]", SSH6],
    ["in on em0 tcp 2001:db8::5.40000 > 2001:db8::1.22 hlim 64", SSH6],
    ["in on em0 tcp 2001:db8::5 port 40000 > 2001:db8::1 port 22", SSH6],
    [`${SSH} flags S.`, `${SSH} flags SA`],
    [`${SSH} length 5`, `${SSH} len 5`],
    [`${SSH} tos lowdelay`, `${SSH} tos 0x10`],
    ["in on em0 icmp 1.1.1.1 > 2.2.2.2 type timex", "in on em0 icmp 1.1.1.1 > 2.2.2.2 timex"],
    ["in on em0 udp 1.1.1.1 > 2.2.2.2 fragment later", "in on em0 17 1.1.1.1 > 2.2.2.2 frag 1480"],
  ])("reads %s", (one, other) => {
    expect(packetOf(one)).toEqual(packetOf(other));
  });

  it.each([
    "tcp 10.0.0.5:40000 > 192.0.2.1:22 flags S",
    "tcp [::1]:1 > [::2]:2 flags FSRPAUEW seq 1 ack 2 win 3 mss 4 wscale 5 sackOK ts 6 tsecr 7 len 8",
    "tcp 1.1.1.1:1 > 2.2.2.2:2 flags none tos 4 ttl 3 df options router-alert badsum prio 5 tag T rtable 1",
    "udp [::1]:1 > [::2]:2 rthdr 2",
    "udp 1.1.1.1:1 > 2.2.2.2:2 len 1472 frag 0+ ipid 7",
    "44 ::1 > ::2 len 512 frag 1480 ipid 1",
    "icmp 1.1.1.1 > 2.2.2.2 echoreq",
    "icmp 1.1.1.1 > 2.2.2.2 unreach code 4 id 9 mtu 1400 about tcp 1.1.1.1:1 > 2.2.2.2:2 seq 8",
    "icmp6 ::1 > ::2 unreach about icmp6 ::2 > ::1 echoreq id 1",
    "icmp6 ::1 > ::2 neighbrsol ttl 255",
    "icmp 1.1.1.1 > 2.2.2.2 timex about udp 1.1.1.1:1 > 2.2.2.2:2",
    "47 1.1.1.1 > 2.2.2.2 len 20 options padding",
    "icmp 1.1.1.1 > 2.2.2.2 type 30",
  ])("prints %s as it is read", (text) => {
    expect(pfPacketText(packetOf(`out on em0 ${text}`))).toBe(text);
  });

  it("fills fragments that others follow, whatever their header", () => {
    const sizes = [
      "tcp 1.1.1.1:1 > 2.2.2.2:2",
      "udp 1.1.1.1:1 > 2.2.2.2:2",
      "50 1.1.1.1 > 2.2.2.2",
    ];
    const payloads = sizes.map((it) => packetOf(`in on em0 ${it} frag first`).payload);
    expect(payloads).toEqual([1460, 1472, 1480]);
    const options = "mss 1 wscale 1 sackOK ts 1";
    expect(packetOf(`${SSH} ${options} frag 0+`).payload).toBe(1436);
    expect(packetOf(`${SSH} frag 1480+`).payload).toBe(1480);
  });

  it("is received on the interface that it comes in on, or on the one given", () => {
    expect(packetOf(SSH).receivedOn).toBe("em0");
    expect(packetOf("out on em0 icmp 1.1.1.1 > 2.2.2.2").receivedOn).toBe("");
    const forwarded = "forward on em0 icmp 1.1.1.1 > 2.2.2.2 received-on em1";
    expect(packetOf(forwarded).receivedOn).toBe("em1");
    expect(lineOf(forwarded)).toMatchObject({ direction: "out", forwarded: true });
  });

  it.each<[string, object]>([
    ["forward on em1", { kind: "forward", interface: "em1" }],
    ["reply out on em0 flags FA", { kind: "reply", direction: "out", words: { flags: 17 } }],
    ["wait 90", { kind: "wait", seconds: 90 }],
    ["wait 5m  # a while", { kind: "wait", seconds: 300, line: "wait 5m" }],
    ["wait 7d", { kind: "wait", seconds: 604800 }],
    ["flush states", { kind: "flush" }],
    ["kill 10.0.0.0/8 ::1", { kind: "kill", args: ["-k", "10.0.0.0/8", "-k", "::1"] }],
    [
      "table add <bad> !10.0.0.1 ::/0",
      { kind: "table", operation: "add", name: "bad", addresses: ["!10.0.0.1", "::/0"] },
    ],
    ["table replace bad", { kind: "table", operation: "replace", name: "bad", addresses: [] }],
  ])("reads %s behind a packet", (text, line) => {
    expect(lineOf(`${SSH}\n\n# then\n${text}\n`)).toMatchObject(line);
  });

  it.each<[text: string, column: number, length: number, message: string, help: string]>([
    ["", 1, 1, "there are no packets", "write `in on em0 tcp"],
    ["wait 5", 1, 1, "there are no packets", "write `in on em0 tcp"],
    ["inn on em0", 1, 3, "`inn` begins no packet", "did you mean `in`?"],
    ["pass", 1, 4, "`pass` begins no packet", "a line begins with `in`, `out`"],
    ["in em0", 4, 3, "expected `on` and an interface", "write `on em0`"],
    ["in on", 6, 1, "expected an interface", "write `on em0`"],
    [
      "in on em2 icmp 1.1.1.1 > 2.2.2.2",
      7,
      3,
      "there is no interface `em2`",
      "did you mean `em0`?",
    ],
    ["in on x icmp 1.1.1.1 > 2.2.2.2", 7, 1, "no interface `x`", "are `em0`, `em1`"],
    ["in on em0", 10, 1, "expected a protocol", "write `in on em0 tcp"],
    ["in on em0 tpc", 11, 3, "unknown protocol `tpc`", "write `tcp`"],
    ["in on em0 256 1.1.1.1 > 2.2.2.2", 11, 3, "unknown protocol `256`", "write `tcp`"],
    ["in on em0 tcp", 14, 1, "expected the source address", "write `in on em0 tcp"],
    ["in on em0 tcp 1.1.1.1", 15, 7, "not an address with a port", "write `10.0.0.5:40000`"],
    ["in on em0 icmp 1.1.1.1:1", 16, 9, "`1.1.1.1:1` is not an address", "only tcp and udp"],
    ["in on em0 tcp x:1 > 2.2.2.2:1", 15, 3, "`x:1` is not an address", "write `10.0.0.5:40000`"],
    ["in on em0 tcp 1.1.1.1:99999", 15, 13, "`99999` is not a port", "services(5)"],
    ["in on em0 tcp 1.1.1.1 port", 27, 1, "`` is not a port", "services(5)"],
    ["in on em0 tcp 1.1.1.1 port shh", 28, 3, "`shh` is not a port", "services(5)"],
    ["in on em0 icmp 1.1.1.1 2.2.2.2", 24, 7, "expected `>`", "write `SOURCE > DESTINATION`"],
    ["in on em0 icmp 1.1.1.1", 23, 1, "expected `>`", "write `SOURCE > DESTINATION`"],
    ["in on em0 icmp 1.1.1.1 >", 25, 1, "expected the destination", "write `in on em0 tcp"],
    ["in on em0 icmp 1.1.1.1 > ::1", 26, 3, "different address families", ""],
    ["in on em0 icmp ::1 > ::2", 11, 4, "`icmp` needs inet addresses", ""],
    ["in on em0 icmp6 1.1.1.1 > 2.2.2.2", 11, 5, "`icmp6` needs inet6 addresses", ""],
    ["in on em0 inet6 udp 1.1.1.1:1 > 2.2.2.2:2", 11, 5, "`inet6` needs inet6 addresses", ""],
    [`${SSH} flags X`, 51, 1, "`X` is not a value of `flags`", "FSRPAUEW"],
    [`${SSH} seq 4294967296`, 49, 10, "not a value of `seq`", "from 0 to 4294967295"],
    [`${SSH} win`, 45, 3, "`win` needs a value", "from 0 to 65535"],
    [`${SSH} echoreq`, 45, 7, "`echoreq` does not belong", "`flags`, `seq`"],
    [`${SSH} df df`, 48, 2, "`df` is given twice", ""],
    [`${SSH} frag 7`, 50, 1, "not a value of `frag`", "a multiple of 8"],
    [`${SSH} tag ${"x".repeat(64)}`, 49, 64, "not a value of `tag`", "63"],
    [`${SSH} rtable 9`, 52, 1, "not a value of `rtable`", "exists: 0, 1"],
    [`${SSH} received-on em1`, 45, 11, "received on its own interface", "that go out"],
    ["out on em0 icmp 1.1.1.1 > 2.2.2.2 received-on", 35, 11, "needs a value", "an interface"],
    ["out on em0 icmp 1.1.1.1 > 2.2.2.2 received-on x", 47, 1, "there is no interface `x`", "em0"],
    [`in on em0 icmp 1.1.1.1 > 2.2.2.2 about udp`, 34, 5, "only ICMP errors", "write `unreach`"],
    ["reply in on em0", 1, 5, "`reply` answers the packet before", "write `in on em0"],
    ["forward on em0", 1, 7, "`forward` sends on the packet before", "write `in on em0"],
    [`${SSH}\nreply on em0`, 7, 2, "expected `in` or `out`", "write `reply in on em0`"],
    [`${SSH}\nreply in on em0 code 3`, 17, 4, "`code` does not belong", "`flags`"],
    [`${SSH}\nwait`, 5, 1, "`wait` needs more words", "write `wait 30s`"],
    [`${SSH}\nwait 8d`, 6, 2, "`8d` does not belong to `wait`", "a week"],
    [`${SSH}\nwait 8s 3`, 9, 1, "`3` does not belong to `wait`", "a week"],
    [`${SSH}\nflush`, 6, 1, "`flush` needs more words", "write `flush states`"],
    [`${SSH}\nflush all`, 7, 3, "`all` does not belong to `flush`", "write `flush states`"],
    [`${SSH}\nkill 1.1.1.1 x`, 14, 1, "`x` does not belong to `kill`", "write `kill"],
    [`${SSH}\ntable ad <x> ::1`, 7, 2, "`ad` does not belong to `table`", "write `table add"],
    [`${SSH}\ntable add`, 10, 1, "`table` needs more words", "write `table add"],
    [`${SSH}\ntable add <x> y`, 15, 1, "`y` does not belong to `table`", "write `table add"],
  ])("complains about %j", (text, column, length, message, help) => {
    const { lines, diagnostics } = parsePfScript("s", text, NAMES);
    expect(lines).toEqual([]);
    expect(diagnostics[0]).toMatchObject({ severity: "error", span: { column, length } });
    expect(diagnostics[0]?.message).toContain(message);
    expect(diagnostics[0]?.help ?? "").toContain(help);
  });

  it("complains about every line, and once about a packet that others follow", () => {
    const { diagnostics } = parsePfScript("s", "in on em0 tpc\nreply in on em0\nfoo", NAMES);
    expect(diagnostics.map(({ span }) => span.line)).toEqual([1, 3]);
  });
});
