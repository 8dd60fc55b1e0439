import { describe, expect, it } from "vitest";
import type {
  PackedEntries,
  PfAddress,
  PfConfiguration,
  PfPool,
  PfQueue,
  PfRule,
  PfRules,
  PfTable,
  StateOptions,
} from "../../../model/pf-rule.ts";
import { configurationText, queueText, tableText } from "../../../parser/pf/configuration-text.ts";
import { addressText, portText, ruleText } from "../../../parser/pf/rule-text.ts";
import { end, PASS, rule } from "../../support/pass-rule.ts";

const SYN = { state: "keep", flags: 2, flagMask: 18 } as const;

const POOL: PfPool = {
  address: end("192.0.2.1").address,
  type: "",
  key: "",
  sticky: false,
  staticPort: false,
  low: 0,
  high: 0,
};
const NAT: PfPool = { ...POOL, low: 50_001, high: 65_535 };

const QUEUE: PfQueue = {
  name: "r",
  parent: "",
  interface: "em0",
  bandwidth: undefined,
  min: undefined,
  max: undefined,
  flows: 0,
  quantum: 0,
  isDefault: false,
  limit: 0,
  span: PASS.origin.span,
};

describe("ruleText", () => {
  it("prints the action with its answer", () => {
    const block = (answer: PfRule["answer"], family?: "inet" | "inet6"): string =>
      ruleText(rule({ action: "block", answer, family }));
    expect(block({ kind: "drop" })).toBe("block drop all");
    expect(block({ kind: "return-rst", ttl: 0 })).toBe("block return-rst all");
    expect(block({ kind: "return-rst", ttl: 9 })).toBe("block return-rst(ttl 9) all");
    const icmp = { kind: "return-icmp", code: 1, code6: 4 } as const;
    expect(block(icmp)).toBe("block return-icmp(host-unr, port-unr) all");
    expect(block(icmp, "inet")).toBe("block return-icmp(host-unr) inet all");
    expect(block(icmp, "inet6")).toBe("block return-icmp6(port-unr) inet6 all");
    expect(block({ ...icmp, code: 200, code6: 201 })).toBe("block return-icmp(200, 201) all");
    expect(block({ ...icmp, code6: 0x303 })).toBe("block return-icmp(host-unr, 3) all");
  });

  it("prints every part in pfctl's order", () => {
    const options: StateOptions = { ...PASS.stateOptions, max: 5 };
    const full = rule({
      direction: "in",
      log: { all: true, matches: false, user: false, to: 0 },
      quick: true,
      interface: "em0",
      family: "inet",
      protocol: 6,
      source: { ...end("10.0.0.1"), port: { operator: "=", first: 5, last: 0 } },
      os: "Linux",
      destination: { ...end("10.0.0.2"), port: { operator: "=", first: 6, last: 0 } },
      receivedOn: { name: "em1", negated: false },
      user: { operator: "=", first: 5, last: 0 },
      group: { operator: "=", first: 6, last: 0 },
      flags: 2,
      flagMask: 18,
      tos: 5,
      prio: 3,
      packetRate: { limit: 5, seconds: 5 },
      set: { prio: 4, lowDelayPrio: 4, queue: "", lowDelayQueue: "", tos: 6, delay: 9 },
      state: "modulate",
      stateOptions: options,
      probability: 2 ** 31,
      scrub: { noDf: true, randomId: false, minTtl: 0, reassembleTcp: false, maxMss: 5 },
      allowOptions: true,
      label: "l",
      once: true,
      tag: "t",
      tagged: "u",
      taggedNegated: true,
      rtable: 1,
      divert: {
        kind: "divert-to",
        address: { family: "inet", value: 0x7f000001n, length: 32 },
        port: 8,
      },
      rdr: { ...POOL, low: 99 },
      route: POOL,
      routeKind: "route-to",
    });
    expect(ruleText(full)).toBe(
      "pass in log (all) quick on em0 inet proto tcp from 10.0.0.1 port = 5 " +
        'os "Linux" to 10.0.0.2 port = 6 received-on em1 user = 5 group = 6 flags S/SA tos 0x05 ' +
        "prio 3 max-pkt-rate 5/5 set (prio 4, tos 0x06, delay 9) modulate state probability 50% " +
        '(max 5) scrub (no-df max-mss 5) allow-opts label "l" once tag t ! tagged u rtable 1 ' +
        "divert-to 127.0.0.1 port 8 rdr-to 192.0.2.1 port 99 route-to 192.0.2.1",
    );
  });

  it.each<readonly [Partial<PfRule>, string]>([
    [{}, "pass all no state"],
    [{ state: "keep" }, "pass all flags any"],
    [{ state: "keep", fragment: true }, "pass all fragment"],
    [{ ...SYN }, "pass all flags S/SA"],
    [{ ...SYN, protocol: 17, flags: 0, flagMask: 0 }, "pass proto udp all"],
    [{ ...SYN, flags: 0 }, "pass all flags /SA"],
    [{ ...SYN, state: "synproxy" }, "pass all flags S/SA synproxy state"],
    [{ action: "match" }, "match all"],
    [{ interface: "em0", interfaceNegated: true }, "pass on ! em0 all no state"],
    [{ rdomain: 1, interfaceNegated: true }, "pass on ! rdomain 1 all no state"],
    [{ receivedOn: { name: "em0", negated: true } }, "pass all !received-on em0 no state"],
    [{ log: { all: false, matches: false, user: false, to: 0 } }, "pass log all no state"],
    [
      { log: { all: true, matches: true, user: true, to: 2 } },
      "pass log (all, matches, user, to pflog2) all no state",
    ],
    [{ user: { operator: "!=", first: -1, last: 0 } }, "pass all user != unknown no state"],
    [{ group: { operator: "><", first: 1, last: 9 } }, "pass all group 1 >< 9 no state"],
    [
      { family: "inet", icmpType: 8, icmpCode: 0 },
      "pass inet all icmp-type echoreq code 0 no state",
    ],
    [{ family: "inet6", icmpType: 250 }, "pass inet6 all icmp6-type 250 no state"],
    [{ family: "inet", source: end("0.0.0.0/0") }, "pass inet all no state"],
    [{ os: "OpenBSD" }, 'pass from any os "OpenBSD" to any no state'],
    [{ source: { ...end("<t>"), negated: true } }, "pass from ! <t> to any no state"],
    [
      { set: { prio: 1, lowDelayPrio: 2, queue: "a", lowDelayQueue: "b", tos: -1, delay: -1 } },
      "pass all set (prio(1, 2), queue(a, b)) no state",
    ],
    [{ probability: 1 }, "pass all no state probability 0%"],
    [{ probability: 2 ** 23 }, "pass all no state probability 0.195312%"],
    [{ probability: 1_431_655_765 }, "pass all no state probability 33.333333%"],
    [{ probability: 2 ** 32 - 1 }, "pass all no state probability 100%"],
    [{ tagged: "a b" }, "pass all no state tagged a b"],
    [{ rtable: 0 }, "pass all no state rtable 0"],
    [{ divert: { kind: "divert-packet", port: 7 } }, "pass all no state divert-packet port 7"],
    [{ nat: NAT, rdr: POOL }, "pass all no state nat-to 192.0.2.1"],
    [
      { nat: { ...NAT, low: 7, high: 7, type: "round-robin", sticky: true } },
      "pass all no state nat-to 192.0.2.1 port 7 round-robin sticky-address",
    ],
    [{ nat: { ...POOL, staticPort: true } }, "pass all no state nat-to 192.0.2.1 static-port"],
    [
      { nat: { ...NAT, type: "source-hash", key: "0xab" } },
      "pass all no state nat-to 192.0.2.1 source-hash 0xab",
    ],
    [
      { rdr: { ...POOL, low: 8080, high: 8000 } },
      "pass all no state rdr-to 192.0.2.1 port 8080:8000",
    ],
    [
      { family: "inet6", afTo: "inet", nat: NAT, rdr: POOL },
      "pass inet6 all no state af-to inet from 192.0.2.1 to 192.0.2.1",
    ],
    [{ route: POOL, routeKind: "dup-to" }, "pass all no state dup-to 192.0.2.1"],
  ])("prints %o as %s", (change, text) => {
    expect(ruleText(rule(change))).toBe(text);
  });

  it("prints state options in pfctl's order, and the state word only with them", () => {
    const stateOptions: StateOptions = {
      max: 1,
      noSync: true,
      sourceTrack: "rule",
      maxSourceStates: 2,
      maxSourceConnections: 3,
      sourceRate: { limit: 4, seconds: 5 },
      maxSourceNodes: 6,
      overload: "bad",
      flush: "flush global",
      ifBound: true,
      sloppy: true,
      pflow: true,
      timeouts: [["tcp.first", 7]],
    };
    expect(ruleText(rule({ ...SYN, stateOptions }))).toBe(
      "pass all flags S/SA keep state (max 1, no-sync, source-track rule, max-src-states 2, " +
        "max-src-conn 3, max-src-conn-rate 4/5, max-src-nodes 6, overload <bad> flush global, " +
        "if-bound, sloppy, pflow, tcp.first 7)",
    );
  });

  it("leaves translation and routing off anchors", () => {
    const anchor = { name: "a/*", path: "a", wildcard: true, inline: false };
    expect(
      ruleText(rule({ action: "anchor", anchor, nat: NAT, divert: { kind: "divert-reply" } })),
    ).toBe('anchor "a/*" all');
    expect(ruleText(rule({ action: "anchor", anchor: { ...anchor, name: "" } }))).toBe(
      "anchor all",
    );
  });

  it("prints tables and dynamic interfaces of -vv with their counts", () => {
    const source = end("<t>");
    const address: PfAddress = {
      kind: "dynamic",
      name: "em0",
      part: "network",
      first: true,
      length: 24,
    };
    const destination = { ...source, address };
    expect(ruleText(rule({ source, destination }), { runtime: true })).toBe(
      "pass from <t:0> to (em0:network:0:*)/24 no state",
    );
    expect(addressText({ ...address, length: 32 }, "inet")).toBe("(em0:network:0)");
    expect(addressText({ ...address, length: 32 }, undefined)).toBe("(em0:network:0)/32");
  });
});

describe("portText", () => {
  it("prints one or both numbers", () => {
    const text = (operator: "=" | "range" | "><"): string =>
      portText({ operator, first: 1, last: 9 });
    expect([text("="), text("range"), text("><")]).toEqual(["= 1", "1:9", "1 >< 9"]);
  });
});

describe("tableText", () => {
  it("prints contents in written order, and empty braces only if nothing else is there", () => {
    const list = { kind: "list", entries: entries([0x0a000001, 32, 0], [0, 0, 2]) } as const;
    const file = { kind: "file", name: "f", entries: entries() } as const;
    const empty = { kind: "list", entries: entries() } as const;
    expect(tableText(table(list, file))).toBe('table <t> { 10.0.0.1 !any } file "f"');
    expect(tableText(table(empty, file))).toBe('table <t> file "f"');
    expect(tableText(table(empty))).toBe("table <t> { }");
    expect(tableText(table())).toBe("table <t>");
    expect(tableText({ ...table(), constant: true, persist: true, counters: true })).toBe(
      "table <t> const persist counters",
    );
  });

  it("prints inet6 entries", () => {
    const words = Uint32Array.of(0x20010db8, 0, 0, 0);
    const six = { count: 1, offsets: Uint32Array.of(0), words, lengths: Uint8Array.of(32) };
    const contents = { kind: "list", entries: { ...six, marks: Uint8Array.of(1) } } as const;
    expect(tableText(table(contents))).toBe("table <t> { 2001:db8::/32 }");
  });
});

describe("queueText", () => {
  it("prints curves with one unit letter, a blank if none fits", () => {
    const curve = (rate: number, burst = 0, milliseconds = 0) => ({ rate, burst, milliseconds });
    expect(queueText({ ...QUEUE, bandwidth: curve(1500), isDefault: true })).toBe(
      "queue r on em0 bandwidth 1500  default",
    );
    expect(
      queueText({
        ...QUEUE,
        bandwidth: curve(10_000_000, 20_000_000, 100),
        min: curve(1_500_000),
        max: curve(2e9),
        flows: 5,
        quantum: 300,
        limit: 10,
      }),
    ).toBe(
      "queue r on em0 flows 5 quantum 300 bandwidth 10M burst 20M for 100ms, min 1500K, max 2G qlimit 10",
    );
    expect(queueText({ ...QUEUE, parent: "r", name: "a", bandwidth: curve(5e15) })).toBe(
      "queue a parent r bandwidth 5000\0",
    );
  });
});

describe("configurationText", () => {
  const call = (path: string): PfRule =>
    rule({ action: "anchor", anchor: { name: path, path, wildcard: false, inline: true } });
  const rulesets = new Map<string, PfRules>([
    ["", { rules: [call("a"), { ...call("a"), number: 1 }], tables: [] }],
    ["a", { rules: [call("b"), rule({ number: 1 })], tables: [table()] }],
    ["b", { rules: [rule()], tables: [] }],
  ]);
  const configuration: PfConfiguration = {
    anchor: "",
    printed: ['x = "1"', table()],
    queues: [QUEUE],
    rulesets,
    tables: [],
    stderr: [],
    accepted: true,
  };

  it("nests the rules of inline anchors below their first call", () => {
    expect([...configurationText(configuration, { numbers: false })]).toEqual([
      'x = "1"',
      "table <t>",
      "queue r on em0",
      'anchor "a" all {',
      "table <t>",
      '  anchor "b" all {',
      "    pass all no state",
      "  }",
      "  pass all no state",
      "}",
      'anchor "a" all',
    ]);
  });

  it("has numbers in place of the indentation of rules", () => {
    expect([...configurationText(configuration, { numbers: true })].slice(3)).toEqual([
      '@0 anchor "a" all {',
      "table <t>",
      '@0 anchor "b" all {',
      "@0 pass all no state",
      "  }",
      "@1 pass all no state",
      "}",
      '@1 anchor "a" all',
    ]);
  });

  it("prints what was read only, if pfctl would not load it", () => {
    const refused = { ...configuration, accepted: false };
    expect([...configurationText(refused, { numbers: false })]).toEqual(['x = "1"', "table <t>"]);
  });
});

function table(...contents: PfTable["contents"]): PfTable {
  const flags = { constant: false, persist: false, counters: false };
  return { name: "t", anchor: "", ...flags, contents, span: PASS.origin.span };
}

/** Entries of inet: word, length, marks. */
function entries(...rows: readonly (readonly [number, number, number])[]): PackedEntries {
  return {
    count: rows.length,
    offsets: Uint32Array.from(rows, (_, at) => at),
    words: Uint32Array.from(rows, ([word]) => word),
    lengths: Uint8Array.from(rows, ([, length]) => length),
    marks: Uint8Array.from(rows, ([, , marks]) => marks),
  };
}
