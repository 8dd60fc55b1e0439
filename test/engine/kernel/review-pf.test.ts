import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../engine/kernel/outcome.ts";
import type { KernelPacket } from "../../../engine/kernel/packet.ts";
import { KernelHost, packetFrom, replyTo, TENANTS, told } from "../../support/kernel-host.ts";
import { address, icmp4, icmp6 } from "./kernel-packet.ts";

// Each expectation is worked out by hand from pf.c 1.1218, pf_norm.c 1.236 and pf_syncookies.c 1.10.

const SMALL = "2001:db8:10::5";
const EMBEDDED = "64:ff9b::102:304"; // 1.2.3.4

function logs({ logs: records }: Outcome): readonly string[] {
  return records.map(({ rule, inner, reason }) => `${rule} ${inner} ${reason}`);
}

/** The packet of the only thing that was generated. */
function made({ generated: [first] }: Outcome): KernelPacket {
  if (first === undefined || !("packet" in first)) throw new Error("nothing with a packet");
  return first.packet;
}

describe("logs", () => {
  it("of log (matches) name the deciding rule in the walk and again at its end", () => {
    const host = new KernelHost("match log (matches) proto udp\npass\n");
    const udp = packetFrom("udp 10.10.0.5 1 1.2.3.4 2");
    expect(logs(host.enter("vlan10", udp))).toEqual(["0 -1 0", "1 -1 0", "1 -1 0"]);
  });

  it("of log (matches) name the implicit rule", () => {
    const host = new KernelHost("match log (matches) proto udp\n");
    const udp = packetFrom("udp 10.10.0.5 1 1.2.3.4 2");
    expect(logs(host.enter("vlan10", udp))).toEqual(["0 -1 0", "-1 -1 0"]);
  });

  it("of a state name its rule, then match rules, the last first, under its anchor", () => {
    const text =
      "match log (all)\nmatch log (all) proto udp\nanchor a {\n pass log (all) proto udp\n}\n";
    const host = new KernelHost(text);
    const udp = packetFrom("udp 10.10.0.5 1 1.2.3.4 2");
    expect(logs(host.enter("vlan10", udp))).toEqual(["0 -1 0", "1 -1 0", "2 0 0"]);
    expect(logs(host.enter("vlan10", udp))).toEqual(["2 0 0", "2 1 0", "2 0 0"]);
    const options = { ...udp, options: "other" } as const;
    expect(logs(host.enter("vlan10", options))).toEqual(["2 0 8", "2 1 8", "2 0 8"]);
  });
});

describe("anchors", () => {
  it("63 of them in one another are followed, the next call drops", () => {
    const host = new KernelHost("anchor a\n");
    host.loadAnchor("a", 'match tag X\nanchor "/a"\n');
    const outcome = host.enter("vlan10", packetFrom("udp 10.10.0.5 1 1.2.3.4 2"));
    expect([told(outcome), outcome.matched?.length]).toEqual(["drop -", 63]);
  });
});

describe("ICMP", () => {
  it("advertisements are left to the rules, asked for or not", () => {
    const host = new KernelHost("pass\n");
    const advert = icmp6(136, { id: 0x4000 }, { ttl: 255 });
    const outcome = host.enter("vlan10", advert);
    expect([told(outcome), outcome.reason]).toEqual(["pass 0", 3]);
  });

  it("a translated state sets the id of any message", () => {
    const host = new KernelHost("match in rtable 1\npass\n");
    const advert = icmp4(9, { id: 7 }, { source: address("10.10.0.5") });
    const solicit = icmp4(10, { id: 7 }, { source: address("10.10.0.5") });
    expect(host.enter("vlan10", solicit).packet.icmp?.id).toBe(7);
    expect(host.enter("vlan10", solicit).packet.icmp?.id).toBe(0);
    expect(told(host.enter("vlan10", advert))).toBe("pass -");
  });

  it("a solicitation in another domain goes to its target", () => {
    const host = new KernelHost("match in rtable 1\npass\n");
    const target = address("2001:db8:10::9");
    const group = address("ff02::1:ff00:9");
    const solicit = icmp6(135, { target }, { ttl: 255, destination: group });
    expect(host.enter("vlan10", solicit).packet.destination).toBe(target);
  });

  it("errors in the direction of a state count against max-pkt-rate of its rule", () => {
    const host = new KernelHost("block\npass in proto udp max-pkt-rate 2/10\n");
    const udp = packetFrom("udp 10.10.0.5 1000 10.20.0.5 53");
    const quoted = ["udp", "10.20.0.5", 53, "10.10.0.5", 1000];
    const error = packetFrom("icmp 10.10.0.5 0 10.20.0.5 0", { type: 3, in: quoted });
    expect(told(host.enter("vlan10", udp))).toBe("pass 1 new");
    expect(told(host.enter("vlan10", error))).toBe("pass 1 hit");
    expect(told(host.enter("vlan10", error))).toBe("drop 0");
  });

  it("a router keeps its address if only the id of the quoted reply is another", () => {
    const host = new KernelHost("pass in on em0 proto icmp nat-to 198.51.100.9\n");
    host.enter("em0", packetFrom("icmp 198.51.100.9 0 10.20.0.5 0"));
    const quoted = ["icmp", "10.20.0.5", 0, "198.51.100.9", 0, "type:0", "id:119"];
    const error = packetFrom("icmp 192.0.2.77 0 10.20.0.5 0", { type: 3, in: quoted });
    const passed = host.enter("em0", error);
    expect([told(passed), passed.packet.source]).toEqual(["pass 0 hit", error.source]);
  });
});

describe("af-to", () => {
  const RULE = "pass in inet6 to 64:ff9b::/96 af-to inet from 192.0.2.1\n";
  const udp = packetFrom(`udp ${SMALL} 1000 ${EMBEDDED} 53`, { tos: 0xb9 });
  const answer = (out: KernelPacket): KernelPacket => {
    return { ...replyTo(out), tos: 0, ttl: 64, rtable: 0 };
  };

  it("leaves ECN behind and gives a packet without hops the usual ones", () => {
    const host = new KernelHost(RULE);
    const out = made(host.enter("vlan10", udp));
    expect(out.tos).toBe(0xb8);
    expect(made(host.enter("em0", { ...answer(out), ttl: 0 })).ttl).toBe(64);
  });

  it("lets options of later packets through", () => {
    const host = new KernelHost(RULE);
    const first = host.enter("vlan10", udp);
    const options = { ...udp, options: "other" } as const;
    expect([first, host.enter("vlan10", options)].map(told)).toEqual(["gone 0 new", "gone 0 hit"]);
  });

  it("keeps the rtable of the rule both ways", () => {
    const host = new KernelHost(`${RULE.trim()} rtable 2\n`);
    const out = made(host.enter("vlan10", udp));
    const back = made(host.enter("em0", answer(out)));
    expect([out.rtable, back.rtable]).toEqual([2, 2]);
  });

  it("changes the first packet only if its transport header changes", () => {
    const host = new KernelHost(RULE);
    const gre = packetFrom(`gre ${SMALL} 0 ${EMBEDDED} 0`);
    const first = host.enter("vlan10", gre);
    expect([told(first), first.packet.family]).toEqual(["pass 0 new", "inet6"]);
    expect(told(host.enter("vlan10", gre))).toBe("gone 0 hit");
  });

  it("has no word for some ICMP: the first passes as it is, the next is dropped", () => {
    const host = new KernelHost(RULE);
    const solicit = packetFrom(`icmp6 ${SMALL} 0 ${EMBEDDED} 0`, { type: 139 });
    expect(told(host.enter("vlan10", solicit))).toBe("pass 0 new");
    expect(told(host.enter("vlan10", solicit))).toBe("drop - hit");
  });

  it("sees every packet as one of the source: UDP stays single", () => {
    const host = new KernelHost(`set timeout { udp.single 5, udp.multiple 100 }\n${RULE}`);
    const out = made(host.enter("vlan10", udp));
    for (let round = 0; round < 3; round++) host.enter("em0", answer(out));
    host.enter("vlan10", udp);
    host.kernel.advance(5);
    expect(host.kernel.states.count).toBe(0);
  });

  it("is not diverted", () => {
    const host = new KernelHost(`${RULE.trim()} divert-packet port 700\n`);
    expect(host.enter("vlan10", udp).generated.map(({ kind }) => kind)).toEqual(["affwd"]);
  });

  it("puts the router's address into the low 32 bits of the other destination", () => {
    const host = new KernelHost(
      "pass in inet6 to 2001:db8:64:0:f00::/96 af-to inet from 192.0.2.1\n",
    );
    const far = packetFrom(`udp ${SMALL} 1000 2001:db8:64:0:f00:0:102:304 53`);
    const out = made(host.enter("vlan10", far));
    const quoted = ["udp", "192.0.2.1", out.sourcePort, "1.2.3.4", 53];
    const error = packetFrom("icmp 9.9.9.9 0 192.0.2.1 0", { type: 11, in: quoted });
    expect(made(host.enter("em0", error)).source).toBe(address("2001:db8:64:0:f00:0:909:909"));
  });

  it("drops a failed source route, which ICMPv6 does not know", () => {
    const host = new KernelHost(RULE);
    const out = made(host.enter("vlan10", udp));
    const quoted = ["udp", "192.0.2.1", out.sourcePort, "1.2.3.4", 53];
    const error = packetFrom("icmp 9.9.9.9 0 192.0.2.1 0", { type: 3, code: 5, in: quoted });
    expect(told(host.enter("em0", error))).toBe("drop - hit");
    const known = { ...error, icmp: error.icmp && { ...error.icmp, code: 6 } };
    expect(made(host.enter("em0", known)).icmp).toMatchObject({ type: 1, code: 0 });
  });
});

describe("what rules set", () => {
  it("low bits of a TOS are set too, and delay 0 ends a delay", () => {
    const host = new KernelHost("match set tos 17\nmatch set delay 9\npass set delay 0\n");
    const outcome = host.enter("vlan10", packetFrom("udp 10.10.0.5 1 1.2.3.4 2", { tos: 2 }));
    expect([outcome.packet.tos, outcome.delay]).toEqual([19, 0]);
  });

  it("the TCP header of a fragment is not looked at", () => {
    const text = "set reassemble no\npass no state scrub (max-mss 500) set prio (2, 6)\n";
    const fields = { fl: "A", mss: 1400, frag: 2, len: 0 };
    const outcome = new KernelHost(text).enter(
      "vlan10",
      packetFrom("tcp 10.10.0.5 1 1.2.3.4 2", fields),
    );
    expect(told(outcome)).toBe("pass 0");
    expect([outcome.packet.tcp?.mss, outcome.packet.priority]).toEqual([1400, 2]);
  });

  it("an RST has the priority of its rule", () => {
    const host = new KernelHost("block return set prio 5\n");
    expect(made(host.enter("vlan10", packetFrom("tcp 10.10.0.5 1 1.2.3.4 2"))).priority).toBe(5);
  });
});

describe("route-to", () => {
  const ROUTED = "pass in on vlan10 route-to 192.0.2.254\n";

  it("looks sockets up where the packet leaves, by its source port", () => {
    const host = new KernelHost(`${ROUTED}block out\npass out proto udp user 53\n`);
    const udp = packetFrom("udp 10.10.0.5 53 1.2.3.4 2");
    const [one, other] = [udp, { ...udp, sourcePort: 54 }].map((it) => host.enter("vlan10", it));
    expect([one?.second, other?.second].map((it) => it && told(it))).toEqual([
      "pass 2 new",
      "drop 1",
    ]);
  });

  it("remembers where a packet came in", () => {
    const host = new KernelHost(`${ROUTED}block out\npass out received-on vlan10\n`);
    const { receivedOn: _receivedOn, ...udp } = packetFrom("udp 10.10.0.5 53 1.2.3.4 2");
    const given = { ...udp, receivedOn: "" };
    const how = { direction: "in", interface: "vlan10", forwarded: false } as const;
    const { second } = host.kernel.test(given, how);
    expect(second && told(second)).toBe("pass 2 new");
  });

  it("gives a loopback source an address of the interface it leaves on", () => {
    const host = new KernelHost("pass out on lo0 route-to 192.0.2.254\n");
    const out = made(host.leave("lo0", packetFrom("udp 127.0.0.1 53 1.2.3.4 2")));
    expect(out.source).toBe(address("192.0.2.1"));
  });

  it("asks no pool when the table of states is full", () => {
    const host = new KernelHost("pass in on vlan10 route-to { 192.0.2.7, 192.0.2.8 }\npass out\n");
    host.kernel.states.limit = 0;
    const udp = packetFrom("udp 10.10.0.5 53 1.2.3.4 2");
    expect(told(host.enter("vlan10", udp))).toBe("drop 0");
    host.kernel.states.limit = 9;
    const gateway = address("192.0.2.7");
    expect(host.enter("vlan10", udp).generated).toMatchObject([{ kind: "routed", gateway }]);
  });

  it("is told of a SYN that the proxy takes", () => {
    const host = new KernelHost("pass in proto tcp route-to 192.0.2.254 synproxy state\n");
    const outcome = host.enter("vlan10", packetFrom("tcp 10.10.0.5 1 1.2.3.4 2"));
    expect([told(outcome), outcome.routed]).toEqual(["gone 0 new", "route-to"]);
  });
});

describe("TCP", () => {
  it("the SYN proxy offers the default MSS to where no route leads", () => {
    const env = {
      ...TENANTS,
      routes: TENANTS.routes.filter(([, prefix]) => prefix !== "0.0.0.0/0"),
    };
    const host = new KernelHost("pass in proto tcp synproxy state\n", env);
    const syn = packetFrom("tcp 10.10.0.5 1 1.2.3.4 2", { mss: 1400 });
    expect(made(host.enter("vlan10", syn)).tcp?.mss).toBe(512);
    const near = packetFrom("tcp 10.10.0.5 1 10.20.0.4 2", { mss: 1400 });
    expect(made(host.enter("vlan10", near)).tcp?.mss).toBe(1400);
  });

  it("a cookie opens a new connection where a finished one has its state", () => {
    const host = new KernelHost("set syncookies always\npass in proto tcp\n");
    const syn = packetFrom("tcp 10.10.0.5 1 1.2.3.4 2");
    const connect = (): Outcome => {
      const answer = made(host.enter("vlan10", syn));
      const tcp = answer.tcp && { ...answer.tcp, flags: 16 };
      return host.enter("vlan10", {
        ...replyTo(answer),
        tcp: tcp && {
          ...tcp,
          sequence: answer.tcp?.acknowledgment ?? 0,
          acknowledgment: ((answer.tcp?.sequence ?? 0) + 1) >>> 0,
        },
      });
    };
    expect(told(connect())).toBe("gone 0 new");
    const [state] = [...host.kernel.states.all()];
    if (state === undefined) throw new Error("no state");
    state.source.level = 10;
    state.destination.level = 10;
    expect(told(connect())).toBe("gone 0 new");
  });

  it("the SYN of a cookie came in nowhere, and its window is not that of the client", () => {
    const host = new KernelHost("set syncookies always\nblock\npass in received-on vlan10\n");
    const answer = made(host.enter("vlan10", packetFrom("tcp 10.10.0.5 1 1.2.3.4 2")));
    const ack = replyTo(answer);
    const next = ((answer.tcp?.sequence ?? 0) + 1) >>> 0;
    const sequence = answer.tcp?.acknowledgment ?? 0;
    const tcp = ack.tcp && { ...ack.tcp, flags: 16, sequence, acknowledgment: next };
    expect(told(host.enter("vlan10", { ...ack, tcp }))).toBe("drop 0");
  });

  it("adaptive cookies end when few states are half open and few cookies out", () => {
    const host = new KernelHost(
      "set limit states 10\nset syncookies adaptive (start 20%, end 10%)\npass in proto tcp\n",
    );
    const syn = (port: number): Outcome => {
      return host.enter("vlan10", packetFrom(`tcp 10.10.0.5 ${port} 1.2.3.4 2`));
    };
    expect([1, 2, 3, 4].map((it) => told(syn(it)))).toEqual([
      "pass 0 new",
      "pass 0 new",
      "pass 0 new",
      "drop -",
    ]);
    host.kernel.flushStates();
    // after 15 and after 30 seconds the cookie is still out, after 45 its secret was forgotten
    host.kernel.advance(30);
    expect(told(syn(5))).toBe("drop -");
  });
});

describe("states", () => {
  it("that collide leave their source nodes for src.track seconds", () => {
    const track = "(max-src-nodes 1, src.track 60)";
    const host = new KernelHost(
      `pass in\npass in inet proto udp to 10.20.0.8 keep state ${track} rdr-to 10.20.0.9\n`,
    );
    const direct = packetFrom("udp 10.10.0.5 1000 10.20.0.9 53");
    const redirected = packetFrom("udp 10.10.0.5 1000 10.20.0.8 53");
    const other = packetFrom("udp 10.10.0.6 1000 10.20.0.8 53");
    const all = [direct, redirected, other].map((it) => told(host.enter("vlan10", it)));
    expect(all).toEqual(["pass 0 new", "drop 1", "drop 1"]);
    host.kernel.advance(61);
    expect(told(host.enter("vlan10", other))).toBe("pass 1 new");
  });
});

describe("ICMP errors about group membership", () => {
  it.each([
    [
      "icmp6 2001:db8::9 0 2001:db8:10::5 0",
      ["icmp6", "2001:db8:10::5", 0, "ff02::1", 0, "type:131"],
    ],
    ["icmp 9.9.9.9 0 10.10.0.5 0", [2, "10.10.0.5", 0, "224.0.0.1", 0]],
  ])("%s: what they quote is malformed", (text, quoted) => {
    const type = text.startsWith("icmp6") ? 1 : 3;
    const outcome = new KernelHost("pass\n").enter("em0", packetFrom(text, { type, in: quoted }));
    expect([told(outcome), outcome.reason]).toEqual(["pass 0", 8]);
  });
});

describe("fragments", () => {
  it("of one packet are put together wherever they cross", () => {
    const host = new KernelHost("pass\n");
    const first = packetFrom("udp 10.10.0.5 1 1.2.3.4 2", { off: 0, mf: 1, len: 8, ipid: 7 });
    const last = packetFrom("udp 10.10.0.5 1 1.2.3.4 2", { off: 16, mf: 0, len: 8, ipid: 7 });
    expect(host.enter("vlan10", first).verdict).toBe("gone");
    expect(told(host.leave("em0", last, "vlan10"))).toBe("pass 0 new");
  });
});
