import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Host } from "../../../model/host.ts";
import type { PlaceReference } from "../../../model/network.ts";
import { parseSite, type SiteYamlReading } from "../../../parser/site/parse.ts";
import { hostFrom, underlined } from "../../support/site-files.ts";

const NODE: Host = hostFrom(
  {
    "hostname.em0": "inet 192.0.2.1/24",
    "hostname.vlan1": "parent em1 vnetid 1 group tenant-a\nup",
    "hostname.vlan2": "parent em1 vnetid 2 group tenant-b\nup",
    "hostname.em1": "up",
    "hostname.veb0": "up",
    "vm.conf":
      'switch "s" { interface veb0 }\nvm "web" { interface { switch "s" group tenant-c } }',
    mygate: "192.0.2.254",
  },
  "node1",
).host;
const FW2: Host = hostFrom(
  { "hostname.em0": "up", "hostname.em1": "group tenant-a\nup" },
  "fw2",
).host;

function read(text: string, today = ""): SiteYamlReading {
  return parseSite({ file: "site.yaml", text, hosts: [NODE, FW2], today });
}

function complaints(text: string): readonly string[] {
  return underlined(read(text).diagnostics, new Map([["site.yaml", text]]));
}

function place(it: PlaceReference): string {
  const { span: _, addresses: _a, ...rest } = it;
  return Object.values(rest).join(" ");
}

describe("parseSite, the three tenants of design.md", () => {
  const text = `pfproof: 1
zones:
  tenant-*: { at: "node1:group/tenant-*", sl-t: 2 }
  internet: { at: node1:egress }
  node:     { at: node1 }
conduits:
  - { from: tenant-*, to: internet, services: any }
  - { from: internet, to: tenant-a, services: [tcp/443], required: true }
  - { from: internet, to: tenant-b, services: [tcp/443, tcp/25], required: [inet] }
  - { from: tenant-*, to: node, services: [dns, dhcp, icmp/echoreq, nd] }
  - { from: tenant-*, to: tenant-*, services: tcp/80-90 }
`;
  const { additions, diagnostics } = read(text);

  it("has no complaints", () => {
    expect(diagnostics).toEqual([]);
  });

  it("makes one zone for each group that fits", () => {
    expect(additions.zones.map((it) => `${it.name}: ${it.at.map(place).join(", ")}`)).toEqual([
      "tenant-a: group node1 tenant-a",
      "tenant-b: group node1 tenant-b",
      "tenant-c: group node1 tenant-c",
      "internet: group node1 egress",
      "node: host node1",
    ]);
  });

  it("makes a conduit for each zone, and from each to each different one", () => {
    const pairs = additions.conduits.map((it) => `${it.from}>${it.to}`);
    expect(pairs).toContain("tenant-c>internet");
    expect(pairs).toContain("tenant-a>tenant-b");
    expect(pairs).toContain("tenant-c>tenant-a");
    expect(pairs).not.toContain("tenant-a>tenant-a");
    expect(pairs).toHaveLength(3 + 1 + 1 + 3 + 6);
  });

  it("knows which conduits are required, and in which families", () => {
    expect(additions.pending).toEqual([]);
    const required = additions.conduits.filter((it) => it.required);
    expect(required.map((it) => [it.to, it.families])).toEqual([
      ["tenant-a", undefined],
      ["tenant-b", ["inet"]],
    ]);
  });

  it("reads services", () => {
    const services = additions.conduits.find((it) => it.to === "node")?.services;
    expect(services).toEqual([
      { kind: "transport", protocol: 17, port: { operator: "=", port: 53 } },
      { kind: "transport", protocol: 6, port: { operator: "=", port: 53 } },
      { kind: "transport", protocol: 17, port: { operator: "=", port: 67 } },
      { kind: "icmp", family: "inet", type: 8 },
      ...[133, 134, 135, 136].map((type) => ({ kind: "icmp", family: "inet6", type })),
    ]);
    expect(additions.conduits.at(-1)?.services).toEqual([
      { kind: "transport", protocol: 6, port: { operator: "range", first: 80, last: 90 } },
    ]);
  });
});

describe("parseSite, every key of design.md", () => {
  const text = `pfproof: 1
hosts: { node1: { os: openbsd 7.8 }, fw2: { os: freebsd 14 } }
carp: [[node1, fw2]]
wires:
  lan: [node1:em1, "fw2:em0"]
apart: [[node1:em0, fw2:em1]]
clouds:
  core: { attach: [node1:em0, fw2:em0] }
  internet: { attach: [node1:egress], networks: rest }
devices:
  otp:  { at: node1:vlan1, address: [10.1.30.5, "2001:db8:1:30::5"] }
  sw-a: { at: lan, address: 10.2.20.2, vtep: { geneve: 6001, joins: lan } }
services: { web: [tcp/80, tcp/443, udp/443], log: [udp/514, tcp/6514], both: [web, log] }
people:
  soc: { ldif: identity/soc.ldif, group: "cn=soc", via: node1:authpf }
zones:
  identity:   { at: otp, sl-t: 3 }
  ministry:   { at: [node1:vlan2, 10.0.0.0/8@core], sl-t: 2 }
  operations: { at: [node1:vm/web, fw2:rdomain/0], sl-t: { default: 3, FR5: 4 }, purdue: 3 }
conduits:
  - { from: identity, to: ministry, services: web, via: [node1], required: true, id: C1, reason: portal }
  - { from: [ministry, operations], to: identity, services: [tcp/636], pivot: false }
  - { from: people/soc, to: operations, services: [ssh], via: [node1, fw2], expires: 2027-06-30 }
  - { from: operations, to: ministry, services: both }
adversary: states
assume:
  address: { node1:em0: 203.0.113.0/24 }
  table:   { "node1:<bruteforce>": any }
  anchor:  { "node1:authpf/*": etc/authpf/authpf.rules }
  routes:  { node1: { daemon: bgpd, only: [10.0.0.0/8] } }
  line:    { "fw2/etc/hostname.em1:4": { effect: none, reason: starts openvpn, by: jd, expires: 2027-01-31 } }
waivers:
  - { id: W1, from: ministry, to: identity, services: [tcp/22], reason: migration, by: jd, expires: 2026-12-31 }
`;
  const { additions, diagnostics } = read(text);

  it("is accepted; assumptions about what is not open are told of", () => {
    expect(diagnostics.map((it) => `${it.severity} ${it.message}`)).toEqual([
      "warning no line that is not understood is called `fw2/etc/hostname.em1:4`: nothing is settled",
      "warning no table that is filled at run time is called `node1:<bruteforce>`: nothing is settled",
      "warning no interface that learns its address is called `node1:em0`: nothing is settled",
    ]);
  });

  it("names the way points of a conduit, and what is waived", () => {
    const [conduit] = additions.conduits;
    expect(conduit).toMatchObject({ required: true, id: "C1" });
    expect(conduit?.via?.map(({ host, span }) => `${host} ${span.line}`)).toEqual(["node1 21"]);
    expect(additions.waivers).toMatchObject([
      { id: "W1", from: "ministry", to: "identity", by: "jd", expires: "2026-12-31" },
    ]);
    expect(additions.waivers[0]?.services).toHaveLength(1);
  });

  it("leaves out what has expired, and says so", () => {
    const over = read(text, "2027-07-01");
    expect(over.additions.waivers).toEqual([]);
    expect(over.additions.assumptions).toEqual([]);
    expect(
      over.diagnostics.flatMap(({ code, message, span }) =>
        code === "site-expired" ? [`${span.line}:${span.column} ${message}`] : [],
      ),
    ).toEqual([
      "31:97 the assumption has expired on 2027-01-31: it counts no longer",
      "23:86 the conduit has expired on 2027-06-30: it counts no longer",
      "33:101 waiver W1 has expired on 2026-12-31: it counts no longer",
    ]);
    // the last day counts
    const last = read(text, "2026-12-31").diagnostics.map(({ code }) => code);
    expect(last).not.toContain("site-expired");
  });

  it("becomes wires, clouds and devices", () => {
    const ends = (all: readonly { readonly host: string; readonly interface: string }[]): string =>
      all.map((it) => `${it.host}:${it.interface}`).join(" ");
    expect(additions.cables.map((it) => `${it.name} ${ends(it.ends)}`)).toEqual([
      "lan node1:em1 fw2:em0",
    ]);
    expect(additions.clouds.map((it) => `${it.name} ${ends(it.ends)}`)).toEqual([
      "core node1:em0 fw2:em0",
      "internet node1:em0",
    ]);
    expect(additions.apart.map(ends)).toEqual(["node1:em0 fw2:em1"]);
    expect(
      additions.devices.map((it) => `${it.name} ${place(it.at)} ${it.addresses.length}`),
    ).toEqual(["otp interface node1 vlan1 2", "sw-a named lan 1"]);
    expect(additions.adversary).toBe("states");
  });

  it("leaves what is not read yet pending, each with a reason and a place", () => {
    const rows = additions.pending.map(
      (it) => `${it.key} ${it.span.line} ${it.pairs?.length ?? "all"}`,
    );
    expect(rows).toEqual([
      "os 2 all",
      "carp 3 all",
      "vtep 12 all",
      "assume: anchor node1:authpf/* 29 0",
      "assume: routes 30 0",
      "pivot 22 2",
      "people/soc 23 2",
    ]);
  });
});

const INDENT =
  "this line is indented otherwise than its neighbours: begin all entries of one mapping, or of one list, at the same column";

const WRONG: readonly (readonly [string, readonly string[]])[] = [
  ["zones: {}", ["site-value: zones: {}"]],
  ["pfproof: 2", ["site-value: 2"]],
  ["pfproof: 1\nzonse: {}", ["site-key: zonse"]],
  ["pfproof: 1\nzones: { a: { att: fw2 } }", ["site-key: att"]],
  ["pfproof: 1\nzones: { a: fw2 }", ["site-value: fw2"]],
  ["pfproof: 1\nzones:\n  a: { at: fw2 }\n  a: { at: node1 }", ["site-twice: a"]],
  ["pfproof: 1\nzones: { a: { at: fw3 } }", ["place-unknown: fw3"]],
  ["pfproof: 1\nzones: { a: { at: fw2:em7 } }", ["place-unknown: em7"]],
  ['pfproof: 1\nzones: { a: { at: "fw2:group/tenent-a" } }', ["place-unknown: tenent-a"]],
  ["pfproof: 1\nzones: { a: { at: node1:vm/wbe } }", ["place-unknown: wbe"]],
  ["pfproof: 1\nzones: { a: { at: node1:rdomain/9 } }", ["place-unknown: 9"]],
  ["pfproof: 1\nzones: { a: { at: [] } }", ["zone-empty: a"]],
  ["pfproof: 1\nzones: { a: { at: node1:veb0 } }", ["zone-no-wire: node1:veb0"]],
  ["pfproof: 1\nzones: { hosts: { at: fw2 } }", ["zone-reserved: hosts"]],
  ["pfproof: 1\nzones: { t-*: { at: fw2:em0 } }", ["zone-pattern: fw2:em0"]],
  ["pfproof: 1\nzones: { a: { at: 10.0.0.0/33@fw2:em0 } }", ["place-addresses: 10.0.0.0/33"]],
  ["pfproof: 1\nzones: { a: { at: fw2:jail/x } }", ["place-unread: jail/x"]],
  [
    "pfproof: 1\nzones: { a: { at: fw2 } }\nconduits: [{ from: a, to: b, services: any }]",
    ["zone-unknown: b"],
  ],
  [
    "pfproof: 1\nzones: { a: { at: fw2 } }\nconduits: [{ from: a, to: a, services: any }]",
    ["conduit-self: { from: a, to: a, services: any }"],
  ],
  ["pfproof: 1\nservices: { a: tcp/99999 }", ["service-unknown: tcp/99999"]],
  ["pfproof: 1\nservices: { a: htps }", ["service-unknown: htps"]],
  ["pfproof: 1\nservices: { a: [b], b: [a] }", ["service-cycle: b", "service-cycle: a"]],
  ["pfproof: 1\nwires: { w: [fw2] }", ["wire-end: fw2"]],
  ["pfproof: 1\nwires: { fw2: [] }", ["name-taken: fw2"]],
  ["pfproof: 1\nhosts: { fw9: {} }", ["place-unknown: fw9"]],
  ["pfproof: 1\nadversary: root", ["site-value: root"]],
  [
    "pfproof: 1\nconduits:\n  - { from: a, to: b, services: any, expires: soon }",
    ["site-value: soon"],
  ],
  ["pfproof: [1", ["site-yaml: ["]],
  ["pfproof: 1\na: *b", ["site-yaml: *b"]],
  ["- 1", ["site-value: - 1"]],
];

describe("parseSite, wrong input", () => {
  it.each(WRONG)("underlines what is wrong in %j", (text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });

  const said = (text: string): readonly string[] => {
    return read(text).diagnostics.map(({ span, message, help }) => {
      return `${span.line}:${span.column}+${span.length} ${message}${help ? `: ${help}` : ""}`;
    });
  };

  it.each([
    ["zones\n  a: { at: fw2 }", "2:1+5 a `:` is missing behind `zones`: write `zones:`"],
    [
      "adversary spoof\nzones: {}",
      "2:1+9 a `:` is missing behind `adversary`: write `adversary: spoof`",
    ],
    ["zones:\n\ta: { at: fw2 }", "3:1+1 a tab does not indent in YAML: indent with blanks"],
    ["zones:\n  a: { at: fw2 }\n b: { at: fw2 }", `4:2+14 ${INDENT}`],
    ["zones:\n    a: { at: fw2 }\n  b: { at: fw2 }", `4:3+14 ${INDENT}`],
    ["adversary: spoof\n  zones: {}", `3:3+9 ${INDENT}`],
    ["apart:\n  - [fw2:em0]\n - [fw2:em1]", `4:2+11 ${INDENT}`],
    ["zones:\n  a: { at: fw2\n  b: { at: fw2 }", "3:6+1 `{` is not closed: write the `}`"],
    ["zones:\n  a: { at: [fw2 }", "3:12+1 `[` is not closed: write the `]`"],
    ['zones:\n  a: { at: "fw2 }', '3:12+1 `"` is not closed: write the `"`'],
    ["zones:\n  a: { at: fw2 } }", "3:18+1 `}` closes nothing: take it away"],
    ["zones:\n  *: { at: fw2 }", '3:3+1 text that begins with `*` needs quotes: write `"*"`'],
    ["zones: { a: { at: @x } }", "2:19+1 text that begins with `@` needs quotes: quote it"],
    [
      "zones: { a: { at: fw2 }  b: { at: fw2 } }",
      "2:26+1 `,` or a line end is missing in front of `b`: separate entries in braces by commas",
    ],
    [
      "zones:\n  a:\n    reason: once: more",
      "4:13+10 there is a second `:` in one line: quote a text that holds `: `",
    ],
    ["conduits:\n  -{ from: a, to: b }", "3:3+1 a blank is missing behind `-`: write `- `"],
    ["zones: {a: {at: fw2}, a: {at: fw2}}", "2:23+1 `a` is written twice"],
    [
      "zones:\n  a { at: fw2 }",
      "3:3+6 a `:` with a blank behind it is missing behind `a`: write `a: `",
    ],
    ["zones:\n  a: { at:fw2 }", "3:8+6 `at:fw2` is not a key here: write a blank behind the `:`"],
    [
      "conduits: [{ from: a, to: b, servics: any }]",
      "2:30+7 `servics` is not a key here: did you mean `services`?",
    ],
    ["conduits: [{ from: a, to: b }]", "2:12+18 `services` is missing here"],
    ["zones: { a: { at: 5 } }", "2:19+1 expected string, received number"],
  ])("says once what is wrong in %j", (text, expected) => {
    expect(said(`pfproof: 1\n${text}\n`)).toEqual([expected]);
  });

  it("knows zones whose places are wrong", () => {
    const zones = 'zones: { a: { at: fw3 }, "t-*": { at: "fw3:group/t-*" }, b: { at: fw2 } }';
    const conduit = (from: string): string => `{ from: ${from}, to: b, services: any }`;
    const text = `pfproof: 1\n${zones}\nconduits: [${["a", "t-x", '"t-*"', "c"].map(conduit).join(", ")}]`;
    expect(complaints(text)).toEqual([
      "place-unknown: fw3",
      "place-unknown: fw3",
      "zone-unknown: c",
    ]);
  });

  it("names the nearest name", () => {
    const help = (text: string): unknown => read(`pfproof: 1\n${text}`).diagnostics[0]?.help;
    expect(help("zonse: {}")).toBe("did you mean `zones`?");
    expect(help("zones: { a: { at: node2 } }")).toBe("did you mean `node1`?");
    expect(help("zones: { a: { at: node1:vlan3 } }")).toBe("did you mean `vlan1`?");
    expect(help("services: { a: htps }")).toBe("did you mean `https`?");
  });

  it("takes an empty file for a mistake and hosts without site.yaml for none", () => {
    expect(complaints("")).toHaveLength(1);
  });

  it("reads any text, and says something of what is no site", () => {
    const word = fc.constantFrom(
      ..."pfproof: 1 \n zones: conduits: { } [ ] , - a at: from: to: services: any fw2 * & *a &a ! ' \" <<: __proto__: constructor: | >".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(text, (it) => {
        for (const { span } of read(it).diagnostics) {
          expect(span.line).toBeGreaterThan(0);
          expect(span.column).toBeGreaterThan(0);
          expect(span.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is not stopped by aliases that multiply, or names of objects", () => {
    const laughs = [..."abcdefgh"].map((it, at) => {
      const before = String.fromCharCode(96 + at);
      const items = at === 0 ? "x" : Array(10).fill(`*${before}`).join(", ");
      return `${it}: &${it} [${items}]`;
    });
    expect(read(laughs.join("\n")).diagnostics.length).toBeGreaterThan(0);
    const names = "pfproof: 1\nzones:\n  constructor: { at: node1 }\n  toString: { at: fw2 }\n";
    expect(read(names).additions.zones.map((it) => it.name)).toEqual(["constructor", "toString"]);
    const lost = read("pfproof: 1\nzones:\n  __proto__: { at: fw2 }\n");
    expect(lost.diagnostics.map((it) => [it.code, it.span.line])).toContainEqual([
      "reserved-name",
      3,
    ]);
  });

  it("expands services that name each other many times once each", () => {
    const rows = Array.from({ length: 60 }, (_, at) => `  s${at}: [s${at + 1}, s${at + 1}, ssh]`);
    const text = `pfproof: 1\nservices:\n${rows.join("\n")}\n  s60: [tcp/1]`;
    expect(read(text).diagnostics).toEqual([]);
  });
});
