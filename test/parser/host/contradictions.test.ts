import { describe, expect, it } from "vitest";
import { hostFrom } from "../../support/site-files.ts";

/** Files that contradict each other, and where the finding points and what else it names. */
const TABLE: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
  [
    "two VLANs with one tag",
    {
      "hostname.em0": "up",
      "hostname.vlan1": "parent em0\nvnetid 7\nup",
      "hostname.vlan2": "parent em0\nvnetid 7\nup",
    },
    "hostname.vlan2:2",
    "hostname.vlan1:2",
  ],
  [
    "two carp interfaces with one vhid",
    {
      "hostname.em0": "inet 10.0.0.1/24",
      "hostname.carp1": "vhid 3 carpdev em0 10.0.0.8/24",
      "hostname.carp2": "vhid 3 carpdev em0 10.0.0.9/24",
    },
    "hostname.carp2:1",
    "hostname.carp1:1",
  ],
  [
    "one address twice",
    { "hostname.em0": "inet 10.0.0.1/24", "hostname.em1": "inet 10.0.0.1/24" },
    "hostname.em1:1",
    "hostname.em0:1",
  ],
  [
    "one network twice",
    { "hostname.em0": "inet 10.0.0.1/24", "hostname.em1": "inet 10.0.0.2/24" },
    "hostname.em1:1",
    "hostname.em0:1",
  ],
  [
    "a switch that another file has put elsewhere",
    {
      "hostname.veb0": "rdomain 1\nup",
      "vm.conf": 'switch "s" { interface veb0 rdomain 2 }',
    },
    "vm.conf:1",
    "hostname.veb0:1",
  ],
  [
    "a switch of sysctl(8)",
    { "sysctl.conf": "net.inet.ip.forwarding=1\n\nnet.inet.ip.forwarding=0" },
    "sysctl.conf:3",
    "sysctl.conf:1",
  ],
  ["pf on and off", { "rc.conf.local": "pf=NO\npf=YES" }, "rc.conf.local:2", "rc.conf.local:1"],
  [
    "two routes to one network",
    {
      "hostname.em0": "inet 10.0.0.1/24\n!route add 10.8/16 10.0.0.2\n!route add 10.8/16 10.0.0.3",
    },
    "hostname.em0:3",
    "hostname.em0:2",
  ],
  [
    "addresses on a port of a trunk",
    { "hostname.em0": "inet 10.0.0.1/24", "hostname.trunk0": "trunkport em0 up" },
    "hostname.em0:1",
    "hostname.trunk0",
  ],
];

describe("files that contradict each other", () => {
  it.each(TABLE)("%s: the finding names both lines", (_, texts, at, other) => {
    const { diagnostics } = hostFrom(texts);
    expect(diagnostics.map(({ span }) => `${span.file}:${span.line}`)).toEqual([`fw1/etc/${at}`]);
    expect(diagnostics[0]?.message).toContain(`fw1/etc/${other}`);
  });

  it("brings down only the later of two VLANs", () => {
    const { host } = hostFrom(TABLE[0]?.[1] ?? {});
    expect(host.interfaces.filter((it) => it.kind === "vlan").map((it) => it.up)).toEqual([
      true,
      false,
    ]);
  });

  it.each([
    [
      "rdomains",
      { "hostname.em0": "inet 10.0.0.1/24", "hostname.em1": "rdomain 1\ninet 10.0.0.1/24" },
    ],
    [
      "parents",
      { "hostname.vlan1": "parent em0 vnetid 7 up", "hostname.vlan2": "parent em1 vnetid 7 up" },
    ],
    [
      "vlan and svlan",
      { "hostname.vlan1": "parent em0 vnetid 7 up", "hostname.svlan2": "parent em0 vnetid 7 up" },
    ],
    [
      "a carp and its parent",
      { "hostname.em0": "inet 10.0.0.1/24", "hostname.carp1": "vhid 3 carpdev em0 10.0.0.9/24" },
    ],
    ["the same value", { "sysctl.conf": "net.inet.ip.forwarding=1\nnet.inet.ip.forwarding=1" }],
  ])("has nothing against different %s", (_, texts) => {
    const files = { "hostname.em0": "up", "hostname.em1": "up", ...texts };
    const found = hostFrom(files).diagnostics.filter((it) => it.code.endsWith("-twice"));
    expect(found).toEqual([]);
  });
});
