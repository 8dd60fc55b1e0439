import { describe, expect, it } from "vitest";
import { type Packet, TCP } from "../../../model/packet.ts";
import { type Put, put, told, walked, walkedHost, way } from "../../support/walked.ts";

const UP = "198.51.100.9";
const A = "10.10.0.5";
const B = "10.20.0.5";
const FW = "10.10.0.1";
const A_TO_B = put("a", A, B);

function tcp(
  from: Put["from"],
  source: string,
  destination: string,
  flags: string,
  ...[sp, dp]: number[]
): Put {
  return put(from, source, destination, {
    protocol: TCP,
    flags,
    sourcePort: sp ?? 4000,
    destinationPort: dp ?? 80,
  });
}

/** What a zone received last. */
function received(
  rules: readonly string[],
  puts: readonly Put[],
  chance?: "yes" | "no",
): Packet | undefined {
  return walked(walkedHost(rules), puts, chance).at(-1)?.deliveries.at(-1)?.packet;
}

describe("the way of a packet", () => {
  it("is tested in, routed, and tested out", () => {
    expect(way(["pass"], [A_TO_B])).toBe(
      "in vlan10 pass @0 made; out vlan20 pass @0 made; at fw:vlan20",
    );
    expect(way(["pass in"], [put("a", A, FW)])).toBe("in vlan10 pass @0 made; at fw");
    expect(way(["block", "pass in"], [A_TO_B])).toBe("in vlan10 pass @1 made; out vlan20 block @0");
  });

  it("tells that pf was not asked", () => {
    expect(way(["set skip on vlan10", "block"], [put("a", A, FW)])).toBe(
      "in vlan10 skip skip; at fw",
    );
    expect(way(["block"], [put("a", A, FW)], { pfConf: undefined })).toBe(
      "in vlan10 skip no pf; at fw",
    );
  });

  it("passes by states, and knows whose they are", () => {
    const rules = ["block", "pass in on vlan10 to any", "pass out on em0"];
    const [, back] = walked(walkedHost(rules), [
      put("a", A, UP),
      put("internet", UP, A, { sourcePort: 53, destinationPort: 5000 }),
    ]);
    expect(told(back)).toBe("in em0 pass state; out vlan10 pass state; at fw:vlan10");
    expect(back?.deliveries.at(-1)?.creators).toEqual([{ emission: 0 }, { emission: 0 }]);
    // what the rules let through as well needs nobody's state
    const [, free] = walked(walkedHost(["pass"]), [A_TO_B, A_TO_B]);
    expect(told(free)).toBe("in vlan10 pass state; out vlan20 pass state; at fw:vlan20");
    expect(free?.deliveries.at(-1)?.creators).toEqual([]);
  });

  it("moves with `rtable` to another routing domain, on its way in and out", () => {
    const c = put("a", A, "10.30.0.5");
    expect(way(["pass", "pass in on vlan10 rtable 1"], [c])).toBe(
      "in vlan10 pass @1 made; out vlan30 pass @0 made; at fw:vlan30",
    );
    // on its way out it is routed again and not tested again
    expect(way(["pass", "pass out on em0 rtable 1"], [c])).toBe(
      "in vlan10 pass @0 made; out em0 pass @1 made; at fw:vlan30",
    );
  });

  it("is routed again, and not tested again, where its destination changes on its way out", () => {
    expect(way(["pass", `pass out on em0 inet rdr-to ${B}`], [put("a", A, UP)])).toBe(
      "in vlan10 pass @0 made; out em0 pass @1 made; at fw:vlan20",
    );
  });

  it("comes in on the loopback where it is for the host itself on its way out", () => {
    const rules = ["pass", "block in on lo0 proto tcp", "pass out on em0 inet rdr-to 10.20.0.1"];
    expect(way(rules, [put("a", A, UP)])).toBe(
      "in vlan10 pass @0 made; out em0 pass @2 made; in lo0 pass @0 made; at fw",
    );
    expect(way(rules, [tcp("a", A, UP, "S")])).toBe(
      "in vlan10 pass @0 made; out em0 pass @2 made; in lo0 block @1",
    );
  });

  it("is tested on the way out that `route-to` gives it", () => {
    const rules = (out: string) => ["block", "pass in on vlan10 inet route-to 10.20.0.9", out];
    const to = put("a", A, UP);
    const off = { forwarding: { inet: false, inet6: false } };
    expect(way(rules("pass out on vlan20"), [to], off)).toBe(
      "in vlan10 pass @1 made; out vlan20 pass @2 made; at fw:vlan20",
    );
    expect(way(rules("pass out on em0"), [to])).toBe("in vlan10 pass @1 made; out vlan20 block @0");
  });

  it("is not tested again on the way that an outbound `route-to` gives it", () => {
    expect(
      way(["pass in", "block out", "pass out on em0 inet route-to 10.20.0.9"], [put("a", A, UP)]),
    ).toBe("in vlan10 pass @0 made; out em0 pass @2 made; at fw:vlan20");
  });

  it("is copied by `dup-to`, and goes on", () => {
    expect(way(["pass", "pass in on vlan10 inet dup-to 10.20.0.9"], [put("a", A, UP)])).toBe(
      "in vlan10 pass @1 made; at fw:vlan20; out em0 pass @0 made; at fw:em0",
    );
  });

  it("goes back by `reply-to`", () => {
    const rules = ["pass", "pass in on em0 inet reply-to 10.20.0.9"];
    const back = put("a", A, UP, { sourcePort: 53, destinationPort: 5000 });
    expect(way(rules, [put("internet", UP, A), back])).toBe(
      "in vlan10 pass state; out em0 pass state; at fw:vlan20",
    );
  });

  it("leaves in its other family without a test, if the host forwards that", () => {
    const rules = ["block", "pass in on vlan10 inet6 to 64:ff9b::/96 af-to inet from 192.0.2.1"];
    const six = put("a", "2001:db8:10::5", "64:ff9b::a14:5");
    expect(way(rules, [six])).toBe("in vlan10 pass @1 made; at fw:vlan20");
    expect(received(rules, [six])).toMatchObject({ family: "inet", destination: 0x0a140005n });
    expect(way(rules, [six], { forwarding: { inet: false, inet6: true } })).toBe(
      "in vlan10 pass @1 made; dropped: not forwarded",
    );
  });

  it("ends at a socket of the host where it is diverted", () => {
    const to = (divert: string) => ["block", `pass in on vlan10 inet proto tcp ${divert}`];
    const syn = [tcp("a", A, B, "S")];
    expect(way(to("divert-to 127.0.0.1 port 8080"), syn)).toBe("in vlan10 pass @1 made; at fw");
    expect(way(to("divert-packet port 700"), syn)).toBe("in vlan10 pass @1 made; at fw");
  });

  it("waits for its other fragments", () => {
    const piece = (fragment: Packet["fragment"]): Put => {
      const ports = fragment === "later" ? { sourcePort: 0, destinationPort: 0 } : {};
      return put("a", A, B, { fragment, ...ports });
    };
    const rules = ["block", "pass proto udp to port 53"];
    expect(way(rules, [piece("first")])).toBe("in vlan10 block default");
    expect(way(rules, [piece("first"), piece("later")])).toBe(
      "in vlan10 pass @1 made; out vlan20 pass @1 made; at fw:vlan20",
    );
    expect(received(rules, [piece("first"), piece("later")])).toMatchObject({ fragment: "no" });
    expect(way(["set reassemble no", "block", "pass from 10.10.0.5"], [piece("later")])).toBe(
      "in vlan10 pass @1; out vlan20 pass @1; at fw:vlan20",
    );
  });
});

describe("a SYN that pf answers", () => {
  const rules = [
    "block",
    "pass in on vlan10 proto tcp to port 80 synproxy state",
    "pass out on vlan20",
  ];

  it("is completed by a sender whom the answer reaches", () => {
    const [syn] = walked(walkedHost(rules), [tcp("a", A, B, "S")]);
    expect(told(syn)).toBe(
      "in vlan10 pass @1 made; at fw:vlan10; at fw:vlan10; in vlan10 pass state; at fw:vlan20",
    );
    expect(
      syn?.deliveries.map(({ zone, packet, creators }) => [zone, packet.flags, creators]),
    ).toEqual([
      [1, 2, []],
      [1, 16, []],
      [2, 2, []],
    ]);
  });

  it("goes nowhere if its source is another's", () => {
    const [syn] = walked(walkedHost(rules), [tcp("a", UP, B, "S")]);
    expect(told(syn)).toBe("in vlan10 pass @1 made; at fw:em0");
    expect(syn?.deliveries.map(({ zone }) => zone)).toEqual([1]);
  });

  it("is a connection once the server has answered what it has seen", () => {
    const answers = [...rules, "pass in on vlan20 proto tcp flags any no state"];
    const run = walked(walkedHost(answers), [
      tcp("a", A, B, "S"),
      tcp("b", B, A, "SA", 80, 4000),
      tcp("b", B, A, "A", 80, 4000),
      tcp("a", A, B, "A"),
    ]);
    expect(told(run[1])).toBe(
      "in vlan20 pass @3; out vlan10 pass state; at fw:vlan20; at fw:vlan10",
    );
    expect(told(run[2])).toBe("in vlan20 pass @3; out vlan10 pass state; at fw:vlan10");
    // rules never see this one: it has no SYN
    expect(told(run[3])).toContain("in vlan10 pass state");
  });

  it("is one that a cookie stands for", () => {
    const cookies = ["set syncookies always", ...rules.map((it) => it.replace("synproxy", "keep"))];
    expect(way(cookies, [tcp("a", A, B, "S")])).toContain("at fw:vlan20");
    expect(way(cookies, [tcp("a", UP, B, "S")])).not.toContain("at fw:vlan20");
  });
});

describe("sequence numbers that pf changes", () => {
  const rules = [
    "block",
    "pass in on vlan10 proto tcp to port 80 modulate state",
    "pass out on vlan20",
  ];
  const back = (from: Put["from"]): Put => tcp(from, B, A, "SA", 80, 4000);

  it("are known to whom the packet has reached, and to nobody else", () => {
    expect(way(rules, [tcp("a", A, B, "S"), back("b")])).toBe(
      "in vlan20 pass state; out vlan10 pass state; at fw:vlan10",
    );
    expect(way(rules, [tcp("a", A, B, "S"), back("internet")])).toBe("in em0 block state");
  });
});

describe("an error", () => {
  const error = (quoted: Packet, from: Put["from"], source: string, destination: string): Put => {
    const { protocol, source: s, destination: d, sourcePort, destinationPort } = quoted;
    const about = { protocol, source: s, destination: d, sourcePort, destinationPort };
    return put(from, source, destination, {
      protocol: 1,
      icmpType: 3,
      quoted: { ...about, icmpType: 0, icmpCode: 0, icmpId: 0 },
    });
  };

  it("passes where the packet it is about would be answered", () => {
    const rules = ["block", "pass in on vlan10", "pass out on vlan20"];
    const late = tcp("b", B, A, "A", 80, 4000).packet;
    const about = { ...A_TO_B.packet };
    expect(way(rules, [A_TO_B, error(about, "b", B, A)])).toBe(
      "in vlan20 pass state; out vlan10 pass state; at fw:vlan10",
    );
    // of an end that has said nothing the state expects other numbers than usual
    const punched = [
      "block",
      "pass in on vlan10 proto tcp flags A/A",
      "pass out on vlan20 proto tcp flags any",
    ];
    expect(way(punched, [tcp("a", A, B, "A"), error(late, "internet", UP, B)])).toBe(
      "in em0 pass state; out vlan20 pass state; at fw:vlan20",
    );
  });
});

describe("the network's dice", () => {
  const rules = (first: string, second: string) => [first, `${second} probability 50%`];
  const arrives = (text: readonly string[], chance: "yes" | "no") => {
    return (
      received(text, [A_TO_B], chance)?.destination === A_TO_B.packet.destination &&
      walked(walkedHost(text), [A_TO_B], chance)[0]?.deliveries.some(({ zone }) => zone === 2) ===
        true
    );
  };

  it("fall as they are told, or leave a packet where they matter", () => {
    expect(arrives(rules("block", "pass"), "yes")).toBe(true);
    expect(arrives(rules("block", "pass"), "no")).toBe(false);
    expect(arrives(rules("pass", "block"), "yes")).toBe(false);
    expect(arrives(rules("pass", "block"), "no")).toBe(true);
    expect(way(rules("block", "pass"), [A_TO_B])).toBe("in vlan10 unknown @0");
    expect(way(rules("pass", "pass"), [A_TO_B])).toContain("at fw:vlan20");
  });

  it("do not matter to a rule that always matches", () => {
    expect(way(["block", "pass probability 100%"], [A_TO_B])).toContain("at fw:vlan20");
  });
});
