import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pfproof } from "../support/io.ts";
import { FIREWALL, INTERFACES, pfFileOf, tracePf } from "../support/trace-pf.ts";

const DEFAULT_ROUTE = ["--route", "default via 192.0.2.254"];

describe("pfproof trace of a pf.conf", () => {
  it("follows a connection and keeps states between its packets", async () => {
    const ran = await tracePf(
      FIREWALL,
      "in on em1 tcp 10.0.0.5:40000 > 198.51.100.9:443 mss 1460",
      "forward on em0",
      "reply in on em0",
      "forward on em1",
      "reply in on em1",
      "in on em0 tcp 203.0.113.66:1 > 192.0.2.1:80",
      "table delete <bad> 203.0.113.66",
      "in on em0 tcp 203.0.113.66:1 > 192.0.2.1:80",
      "forward on em1",
      "in on em1 icmp 10.0.0.5 > 10.0.0.1",
      "reply out on em1",
      "in on em1 udp [2001:db8:1::5]:1 > [2001:db8:1::1]:161",
    );
    expect(ran).toMatchObject({ exit: 1, err: "", asked: [] });
    await expect(ran.out).toMatchFileSnapshot("golden/trace-pf/connection.txt");
  });

  it("prints what README.md shows", async () => {
    const readme = readFileSync("README.md", "utf8");
    const text = /```\n(block return\n[^`]*)```/.exec(readme)?.[1] ?? "";
    const way = [
      "in on em1 udp 10.0.0.5:5353 > 198.51.100.9:53",
      "forward on em0",
      "reply in on em0",
    ];
    for (const argv of [way, ["--explain", "in on em1 tcp 10.0.0.5:40000 > 192.0.2.1:22"]]) {
      expect(readme).toContain(argv.map((it) => (it === "--explain" ? it : `"${it}"`)).join(" "));
      expect(readme).toContain((await tracePf(text, ...argv)).out);
    }
  });

  it("answers as JSON, the same each time", async () => {
    const argv = ["--json", "--explain", "in on em1 icmp 10.0.0.5 > 10.0.0.1", "wait 1m"] as const;
    const ran = await tracePf("block\npass proto icmp tag T\n", ...argv);
    expect(ran).toMatchObject({ exit: 0, err: "" });
    await expect(ran.out).toMatchFileSnapshot("golden/trace-pf/json.txt");
    expect((await tracePf("block\npass proto icmp tag T\n", ...argv)).out).toBe(ran.out);
  });

  it.each<[says: string, rules: string, ...packets: string[]]>([
    [
      "1 pass in on lo0 .* because of set skip",
      "set skip on lo",
      "in on lo0 icmp 127.1.1.1 > 127.0.0.1",
    ],
    [
      "1 pass in on em0 .* because no rule matches",
      "block in on em1",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
    ],
    [
      "1 hold .* until its other fragments come",
      "pass",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2 frag 0+",
    ],
    ["1 block .* before any rule: short", "pass", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:0"],
    [
      "1 block .* before any rule: TCP flags",
      "pass",
      "in on em0 tcp 1.1.1.1:1 > 2.2.2.2:2 flags none",
    ],
    [
      "1 block .* though rule @0 .* passes: IP options need allow-opts",
      "pass",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2 options",
    ],
    [
      "2 block .* though rule @0 .* passes: a limit is reached",
      "pass keep state (max 1)",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
      "in on em0 icmp 1.1.1.1 > 2.2.2.3",
    ],
    [
      "3 block .* by its state: state-mismatch",
      "pass",
      "in on em0 tcp 1.1.1.1:1 > 2.2.2.2:2",
      "reply out on em0",
      "in on em0 tcp 1.1.1.1:1 > 2.2.2.2:2 flags A seq 1001 ack 7000000",
    ],
    [
      "1 block .* with a syncookie",
      "set syncookies always\npass",
      "in on em0 tcp 1.1.1.1:1 > 192.0.2.1:2",
    ],
    [
      "2 pass out on em0 forwarded .* because pf made it",
      "pass in inet6 af-to inet from 192.0.2.1",
      "in on em1 udp [2001:db8:1::5]:1 > [64:ff9b::c000:209]:53",
      "forward on em0",
    ],
    ["1 divert in on em0", "pass in divert-packet port 700", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2"],
    [
      "1 route in on em1",
      "pass in on em1 route-to 192.0.2.7\npass out",
      "in on em1 udp 10.0.0.5:1 > 2.2.2.2:2",
    ],
    [
      "1 answer in on em0 .*\n.*flags SA",
      "pass in proto tcp synproxy state",
      "in on em0 tcp 1.1.1.1:1 > 192.0.2.1:22",
    ],
    [
      "3 answer out on em0 .* by its state: synproxy",
      "pass in proto tcp synproxy state",
      "in on em0 tcp 1.1.1.1:1 > 192.0.2.1:22 mss 1460",
      "reply in on em0",
      "reply out on em0",
    ],
    [
      "2 pass .* keeps state",
      "pass",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
      "wait 1m",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
    ],
    ["0 states", "pass", "in on em0 icmp 1.1.1.1 > 2.2.2.2", "flush states", "wait 1"],
    ["0 states", "pass", "in on em0 icmp 1.1.1.1 > 2.2.2.2", "kill 1.0.0.0/8 2.2.2.2", "wait 1"],
    [
      "- table add <t> 1.1.1.1: refused",
      "table <t> const { 2.2.2.2 }\npass from <t>",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
      "table add <t> 1.1.1.1",
    ],
    ["delay +5 ms", "pass set delay 5", "in on em0 icmp 1.1.1.1 > 2.2.2.2"],
    [
      "divert +to a socket of this host",
      "pass in inet proto udp divert-to 127.0.0.1 port 700",
      "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2",
    ],
    [
      "random +values drawn from --seed",
      "pass out nat-to 192.0.2.1",
      "out on em0 icmp 10.0.0.1 > 2.2.2.2",
    ],
    ["log +rule 0.0/\\(match\\)", 'anchor "a" {\n pass log\n}', "in on em0 icmp 1.1.1.1 > 2.2.2.2"],
    ["log +rule def/\\(short\\)", "pass", "in on em0 udp 1.1.1.1:1 > 2.2.2.2:0"],
    [
      "sends +unreach code 13 to the source",
      "block return-icmp(13)",
      "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2",
    ],
  ])("says %s", async (says, rules, ...packets) => {
    const { out, err } = await tracePf(`${rules}\n`, ...packets);
    expect(err).toBe("");
    expect(out).toMatch(new RegExp(says));
  });

  it.each<[reason: string, rules: string, ...packets: string[]]>([
    [
      "nobody answers a RST",
      "pass",
      "in on em0 tcp 1.1.1.1:1 > 2.2.2.2:2 flags R",
      "reply out on em0",
    ],
    [
      "nobody answers an ICMP message but a query",
      "pass no state",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2 unreach",
      "reply out on em0",
    ],
    [
      "nobody answers a fragment",
      "set reassemble no\npass no state",
      "in on em0 udp 1.1.1.1 > 2.2.2.2 frag 80",
      "reply out on em0",
    ],
    ["packet 1 was dropped", "block", "in on em0 icmp 1.1.1.1 > 2.2.2.2", "forward on em1"],
    [
      "packet 2 did not exist",
      "block",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
      "forward on em1",
      "reply in on em1",
    ],
    ["packet 1 went out", "pass", "out on em0 icmp 1.1.1.1 > 2.2.2.2", "forward on em1"],
    [
      "packet 1 went to a socket of this host",
      "pass in inet proto udp divert-to 127.0.0.1 port 700",
      "in on em0 udp 1.1.1.1:1 > 2.2.2.2:2",
      "forward on em1",
    ],
    ["pf kept packet 1", "pass", "in on em0 icmp 1.1.1.1 > 2.2.2.2 frag 0+", "forward on em1"],
    [
      "pf sent packet 1 out itself",
      "pass in route-to 192.0.2.7\npass out",
      "in on em1 icmp 1.1.1.1 > 2.2.2.2",
      "forward on em1",
    ],
    ["its ttl is used up", "pass", "in on em0 icmp 1.1.1.1 > 2.2.2.2 ttl 1", "forward on em1"],
  ])("has nothing to send where %s", async (reason, rules, ...packets) => {
    const { exit, out } = await tracePf(`${rules}\n`, ...packets);
    expect(exit).toBe(1);
    expect(out).toContain(` nothing ${packets.at(-1)}: ${reason}\n`);
  });

  it.each<[question: string, rules: string, packet: string]>([
    ["only routes to the networks", "block from no-route", "in on em0 icmp 9.9.9.9 > 192.0.2.1"],
    [
      "only routes to the networks",
      "block quick from urpf-failed\npass",
      "in on em0 icmp 9.9.9.9 > 192.0.2.1",
    ],
    [
      "only routes to the networks",
      "pass in route-to 9.9.9.9",
      "in on em0 icmp 1.1.1.1 > 192.0.2.1",
    ],
    ["only routes to the networks", "pass in dup-to 9.9.9.9", "in on em0 icmp 1.1.1.1 > 192.0.2.1"],
    [
      "nothing is known of sockets",
      "pass out proto tcp user root",
      "out on em0 tcp 192.0.2.1:1 > 2.2.2.2:2",
    ],
    [
      "is not read for its signatures",
      'set fingerprints "own.os"\npass in proto tcp os Linux',
      "in on em0 tcp 1.1.1.1:1 > 192.0.2.1:2",
    ],
    ["the address of a name", "pass from example.org", "in on em0 icmp 1.1.1.1 > 192.0.2.1"],
  ])("leaves open whether %s … matters", async (question, rules, packet) => {
    const { exit, out } = await tracePf(`${rules}\n`, packet);
    expect(out).toMatch(new RegExp(` open +rule @0 .*${question}`));
    expect(exit).toBe(3);
  });

  it("asks for no signatures where they cannot matter", async () => {
    const rules = 'set fingerprints "own.os"\npass in proto tcp os Linux\npass in proto udp\n';
    const { exit } = await tracePf(
      rules,
      "in on em0 udp 1.1.1.1:1 > 192.0.2.1:2",
      "in on em0 tcp 1.1.1.1:1 > 192.0.2.1:2 flags A",
    );
    expect(exit).toBe(0);
  });

  it.each<[why: string, rules: string, packet: string, ...argv: string[]]>([
    [
      "routes are given",
      "block from no-route",
      "in on em0 icmp 9.9.9.9 > 192.0.2.1",
      ...DEFAULT_ROUTE,
    ],
    [
      "the network is connected",
      "block from urpf-failed\npass",
      "in on em0 icmp 192.0.2.9 > 192.0.2.1",
    ],
    ["a later rule decides", "block from no-route\npass", "in on em0 icmp 9.9.9.9 > 192.0.2.1"],
    [
      "an earlier criterion fails",
      "pass proto tcp to port 80 user root\npass proto udp",
      "in on em0 udp 9.9.9.9:1 > 192.0.2.1:2",
    ],
    [
      "it is sent on",
      "block proto udp user root\npass",
      "forward on em1 udp 9.9.9.9:1 > 10.0.0.9:2",
    ],
  ])("leaves nothing open if %s", async (_, rules, packet, ...argv) => {
    const { exit, out } = await tracePf(`${rules}\n`, packet, ...argv);
    expect(out).not.toContain("open");
    expect(exit).toBe(0);
  });

  it("routes by what is given", async () => {
    const text = "pass in on em1 route-to 8.8.8.8\npass in on tun0 from route isp\npass out\n";
    const argv = ["in on em1 icmp 10.0.0.5 > 1.1.1.1", "--route", "8.0.0.0/8 via tun0"];
    expect((await tracePf(text, ...argv)).out).toContain("routes  out on tun0 via 8.8.8.8: icmp");
    const label = [
      "in on tun0 icmp 7.7.7.7 > 1.1.1.1",
      "--route",
      "default via 192.0.2.2 label isp",
    ];
    expect((await tracePf(text, ...label)).out).toContain("by rule @1");
  });

  it("reads packets from a file", async () => {
    expect((await tracePf("pass\n", "--script", "packets.txt")).out).toBe(
      "1 pass in on em0 icmp 192.0.2.9 > 192.0.2.1 echoreq by rule @0 (pf.conf:1), keeps state\n1 state\n",
    );
  });

  it("draws other values with another seed", async () => {
    const argv = ["out on em0 udp 10.0.0.1:1 > 2.2.2.2:2"];
    const text = "pass out nat-to 192.0.2.1\n";
    const [one, same, other] = [
      await tracePf(text, ...argv),
      await tracePf(text, "--seed", "1", ...argv),
      await tracePf(text, "--seed", "2", ...argv),
    ];
    expect(same.out).toBe(one.out);
    expect(other.out).not.toBe(one.out);
  });

  it("takes macros and the level of the optimizer as print does", async () => {
    const text = "x = 1\npass\npass on $x\n";
    const argv = ["-D", "x=em0", "-o", "none", "in on em0 icmp 1.1.1.1 > 2.2.2.2"];
    expect((await tracePf(text, ...argv)).out).toContain("by rule @1 (pf.conf:3)");
  });

  it("refuses a pf.conf that pfctl would not load, underlined", async () => {
    const ran = await tracePf("pass from nowhere to\n", "in on em0 icmp 1.1.1.1 > 2.2.2.2");
    expect(ran).toMatchObject({ exit: 2, out: "" });
    expect(ran.err).toContain("pf.conf:1:");
    const json = await tracePf("passs\n", "--json", "in on em0 icmp 1.1.1.1 > 2.2.2.2");
    expect(JSON.parse(json.out)).toMatchObject({ outcome: "wrong input", diagnostics: [{}] });
  });

  it("makes hostile words visible", async () => {
    const { err } = await tracePf("pass\n", "in on em0 \x1b[2J 1.1.1.1 > 2.2.2.2");
    expect(err).toContain("\\u{1b}[2J");
    expect(err).not.toContain("\x1b");
  });

  it.each<readonly string[]>([
    ["pf.conf", "in on em0 icmp 1.1.1.1 > 2.2.2.2"],
    ["pf.conf", "--interfaces", "ifaces"],
    ["pf.conf", "--interfaces", "none", "in on em0 icmp 1.1.1.1 > 2.2.2.2"],
    ["pf.conf", "--interfaces", "wrong", "in on em0 icmp 1.1.1.1 > 2.2.2.2"],
    ["pf.conf", "--interfaces", "ifaces", "--script", "none"],
    ["pf.conf", "--interfaces", "ifaces", "--script", "ifaces", "wait 1"],
    ["-", "--interfaces", "ifaces", "--script", "-"],
    ["pf.conf", "--interfaces", "ifaces", "--seed", "x", "in on em0 icmp 1.1.1.1 > 2.2.2.2"],
    [".", "--explain", "fw1", "tcp 1.1.1.1:1 > 2.2.2.2:2"],
  ])("refuses %s %s %s", async (...argv) => {
    const pf = { "pf.conf": pfFileOf("pass\n"), "-": pfFileOf("pass\n") };
    const files = { ifaces: INTERFACES, wrong: "em0 inet x\n" };
    const { exit, out, err } = await pfproof(["trace", ...argv], { pf, files });
    expect([exit, out]).toEqual([2, ""]);
    expect(err).toContain("error: ");
  });

  it.each<[message: string, help: string, route: string]>([
    ["the gateway is in no network of an interface", "of --interfaces", "default via 9.9.9.9"],
    ["a route is a network, `via` and where to", "write `default", "default"],
    ["routing tables are numbers from 0 to 255", "write `default", "rtable x ::/0 via em0"],
    ["only `label NAME` may follow", "write `default", "::/0 via em0 dev x"],
    ["`em9` is neither an address nor an interface", "write `default", "::/0 via em9"],
    ["`default` is not a network that goes there", "write `default", "default via em0"],
    ["`::/0` is not a network that goes there", "write `default", "::/0 via 192.0.2.2"],
  ])("complains about a route: %s", async (message, help, route) => {
    const { exit, err } = await tracePf(
      "pass\n",
      "in on em0 icmp 1.1.1.1 > 2.2.2.2",
      "--route",
      route,
    );
    expect(exit).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain(help);
    expect(err).toContain("--route:1:");
  });
});
