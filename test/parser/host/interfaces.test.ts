import { describe, expect, it } from "vitest";
import { printAddress, printPrefix } from "../../../model/address-text.ts";
import type { Interface } from "../../../model/host.ts";
import { hostFrom } from "../../support/site-files.ts";

/** An interface in one line: what the tables below compare. */
function brief(it: Interface): string {
  const flags = [it.kind, it.up ? "up" : "down", it.link0 ? "link0" : "", it.link1 ? "link1" : ""];
  if (it.link2) flags.push("link2");
  if (it.monitor) flags.push("monitor");
  if (it.staticArp) flags.push("staticarp");
  const addresses = it.addresses.map((own) => {
    const peer = own.peer === undefined ? "" : `>${printAddress({ ...own, value: own.peer })}`;
    return `${printAddress(own)}/${own.length}${peer}`;
  });
  const groups = it.groups.map((group) => `g:${group}`);
  const rest = [
    it.rdomain > 0 ? `rdomain ${it.rdomain}` : "",
    it.parent === undefined ? "" : `on ${it.parent}`,
    it.vnetid === undefined ? "" : `tag ${it.vnetid}`,
    it.vhid === undefined ? "" : `vhid ${it.vhid}`,
    it.peer === undefined ? "" : `to ${it.peer}`,
    it.lladdr === undefined ? "" : `mac ${it.lladdr}`,
    it.members.length > 0 ? `members ${it.members.join(",")}` : "",
    it.automatic.length > 0 ? `automatic ${it.automatic.join(",")}` : "",
  ];
  return [...flags, ...addresses, ...groups, ...rest].filter((part) => part !== "").join(" ");
}

const TABLE: readonly (readonly [string, string, string])[] = [
  ["em0", "inet 10.0.0.1 255.255.255.0", "ethernet up 10.0.0.1/24 g:all"],
  ["em0", "inet 10.0.0.1 0xffffff00", "ethernet up 10.0.0.1/24 g:all"],
  ["em0", "inet 10.0.0.1/30", "ethernet up 10.0.0.1/30 g:all"],
  ["em0", "inet 10.0.0.1", "ethernet up 10.0.0.1/8 g:all"],
  ["em0", "inet 192.168.1.1", "ethernet up 192.168.1.1/24 g:all"],
  [
    "em0",
    "inet 10.0.0.1/24\ninet alias 10.0.0.2 255.255.255.255",
    "ethernet up 10.0.0.1/24 10.0.0.2/32 g:all",
  ],
  ["em0", "inet 10.0.0.1/24\ninet 10.0.0.2/24", "ethernet up 10.0.0.2/24 g:all"],
  ["em0", "inet6 2001:db8::1\ninet6 fd00::1 48", "ethernet up 2001:db8::1/64 fd00::1/48 g:all"],
  ["em0", "inet 10.0.0.1/24\n-inet\nup", "ethernet up g:all"],
  ["em0", "inet 10.0.0.1/24\n!ifconfig em0 delete 10.0.0.1", "ethernet up g:all"],
  ["em0", "up\ndown", "ethernet down g:all"],
  ["em0", 'description "a b" media autoselect mediaopt hostap mtu 1500 up', "ethernet up g:all"],
  ["em0", "inet6 eui64", "ethernet up g:all automatic inet6"],
  ["em0", "dhcp\ninet6 autoconf", "ethernet up g:all g:egress automatic inet,inet6"],
  ["em0", "group lan group dmz\n-group lan\nup", "ethernet up g:all g:dmz"],
  ["em0", "rdomain 2\ninet 10.0.0.1/24", "ethernet up 10.0.0.1/24 g:all rdomain 2"],
  ["em0", "inet 10.0.0.1/24\nrdomain 2", "ethernet up g:all rdomain 2"],
  ["em0", "inet 10.0.0.1/24 rdomain 2", "ethernet down g:all"],
  ["vlan7", "parent em1 vnetid 7 up", "vlan up g:vlan g:all on em1 tag 7"],
  [
    "vlan7",
    "inet 10.7.0.1 255.255.255.0 10.7.0.255 vlan 7 vlandev em1",
    "vlan up 10.7.0.1/24 g:vlan g:all on em1 tag 7",
  ],
  ["bridge0", "add em1 add em2\ndel em1\nup", "bridge up g:bridge g:all members em2"],
  ["veb0", "link1 add em1\nup", "veb up link1 g:veb g:all members em1"],
  ["vether0", "inet 10.1.0.1/24", "vether up 10.1.0.1/24 g:vether g:all"],
  ["lo1", "inet 127.0.0.1 255.0.0.0", "loopback up 127.0.0.1/8 g:lo g:all"],
  ["tun0", "10.8.0.1 10.8.0.2 up", "tun up 10.8.0.1/8>10.8.0.2 g:tun g:all"],
  [
    "em0",
    "monitor staticarp lladdr FE:e1:BA:d0:0:1 up",
    "ethernet up monitor staticarp g:all mac fe:e1:ba:d0:00:01",
  ],
  ["em0", "monitor staticarp\n-monitor -staticarp\nlladdr random\nup", "ethernet up g:all"],
  ["em0", "inet 10.0.0.1 255.255.255.0 # office", "ethernet down g:all"],
  ["em0", "inet 10.0.0.1 255.255.255.0 NONE # office", "ethernet up 10.0.0.1/24 g:all"],
  ["em0", "rtsol\ninet 10.0.0.1/24", "ethernet up 10.0.0.1/24 g:all"],
  ["em0", "inet gate 255.255.255.0", "ethernet up 10.7.7.7/24 g:all"],
  ["em0", "inet 10.0.0.1/24 {{ x }}", "ethernet down g:all"],
  ["svlan5", "parent em1 vnetid 5 up", "svlan up g:svlan g:all on em1 tag 5"],
  ["vlan5", "parent em1 vnetid 4095 up", "vlan down g:vlan g:all on em1"],
  ["tpmr0", "add em1 add em2 link1 link2\nup", "tpmr up link1 link2 g:tpmr g:all members em1,em2"],
  ["tpmr0", "add em1 add em2 add em3\nup", "tpmr up g:tpmr g:all members em1,em2"],
  [
    "trunk0",
    "trunkproto lacp trunkport em1 trunkport em2\n-trunkport em1\ninet 10.0.0.1/24",
    "trunk up 10.0.0.1/24 g:trunk g:all members em2",
  ],
  ["aggr0", "trunkport em1 lacptimeout fast\nup", "aggr up g:aggr g:all members em1"],
  ["carp1", "vhid 300 carpdev em1\nup", "carp up g:carp g:all"],
  ["pair0", "rdomain 1\npatch pair1\nup", "pair up g:pair g:all rdomain 1 to pair1"],
  ["pair0", "patch pair1\n-patch\nup", "pair up g:pair g:all"],
  ["pair0", "patch em1\nup", "pair up g:pair g:all"],
  ["rport0", "parent rport1\nup", "rport up g:rport g:all to rport1"],
  ["switch0", "add em1\nup", "none"],
  [
    "carp0",
    "vhid 1 carpdev em0 pass x 10.0.0.3 netmask 255.255.255.0",
    "carp up 10.0.0.3/24 g:carp g:all on em0 vhid 1",
  ],
  [
    "pppoe0",
    "inet 0.0.0.0 255.255.255.255 NONE pppoedev em0 up\ndest 0.0.0.1",
    "other up g:pppoe g:all automatic inet",
  ],
];

describe("readHost, one interface", () => {
  it.each(TABLE)("%s: %j", (name, text, expected) => {
    const { host } = hostFrom({
      "hostname.pair1": "up",
      "hostname.rport1": "up",
      hosts: "10.7.7.7 gate\n2001:db8::7 gate\n",
      [`hostname.${name}`]: text,
    });
    const found = host.interfaces.find((it) => it.name === name);
    expect(found === undefined ? "none" : brief(found)).toBe(expected);
  });

  it("reads the ends of the other tunnels, which have no port", () => {
    const { host } = hostFrom({
      "hostname.gre0": "tunnel 192.0.2.1 192.0.2.2\ntunneldomain 4\nup",
      "hostname.gif0": "!ifconfig gif0 tunnel 2001:db8::1 2001:db8::2",
    });
    const [gif, gre] = host.interfaces.filter((it) => it.kind === "other");
    expect(gre?.tunnel).toMatchObject({ source: 0xc0000201n, port: 0, rtable: 4 });
    expect(gif?.tunnel).toMatchObject({ family: "inet6", port: 0, rtable: 0 });
  });

  it("reads the peers of wg(4): an inner network belongs to the one that had it last", () => {
    const { host, diagnostics } = hostFrom({
      "hostname.wg0": [
        "wgkey k wgport 51820 wgrtable 2",
        "wgpeer A wgendpoint 192.0.2.9 51821 wgaip 10.0.0.2/32 wgaip 10.1.0.0/16",
        "wgpeer B wgaip 10.1.0.0/16 wgpka 25",
        "wgaip 10.9.0.0/16",
      ].join("\n"),
    });
    const {
      port,
      rtable,
      peers = [],
    } = host.interfaces.find((it) => it.name === "wg0")?.wireguard ?? {};
    expect([port, rtable]).toEqual([51820, 2]);
    const brief = peers.map(({ key, endpoint, allowed }) => {
      return `${key} ${endpoint?.port ?? "anywhere"} ${allowed.map(printPrefix).join(" ")}`;
    });
    expect(brief).toEqual(["A 51821 10.0.0.2", "B anywhere 10.1.0.0/16 10.9.0.0/16"]);
    expect(diagnostics).toEqual([]);
    const early = hostFrom({ "hostname.wg0": "wgaip 10.9.0.0/16" }).diagnostics;
    expect(early.map((it) => it.code)).toEqual(["wg-no-peer"]);
  });

  it("reads the three kinds of vxlan tunnels", () => {
    const { host } = hostFrom({
      "hostname.em0": "inet 192.0.2.1/24",
      "hostname.vxlan1": "tunnel 192.0.2.1 192.0.2.2:8472\nvnetid 1\nup",
      "hostname.vxlan2": "tunneladdr 192.0.2.1\nvnetid 2\ntunneldomain 3\nlink0 up",
      "hostname.vxlan3": "tunnel 192.0.2.1 239.1.1.1\nparent em0\nvnetid 3\nup",
    });
    const [one, two, three] = host.interfaces.filter((it) => it.kind === "vxlan");
    const source = 0xc0000201n;
    const base = { family: "inet", source, rtable: 0, strictPort: false };
    expect(one?.tunnel).toEqual({ ...base, destination: 0xc0000202n, port: 8472 });
    expect(two?.tunnel).toEqual({ ...base, port: 4789, rtable: 3, strictPort: true });
    expect(three?.tunnel).toEqual({ ...base, port: 4789 });
    expect(three?.parent).toBe("em0");
  });

  it("computes the broadcast address, and none where there is none", () => {
    const { host } = hostFrom({
      "hostname.em0": "inet 10.0.0.1/24\ninet alias 10.1.0.0/31\ninet alias 10.2.0.1/32",
    });
    const [it] = host.interfaces.filter((own) => own.name === "em0");
    expect(it?.addresses.map((own) => own.broadcast)).toEqual([0x0a0000ffn, undefined, undefined]);
  });
});

describe("readHost, many interfaces", () => {
  it("lists lo0, hardware, clones, loopbacks of rdomains", () => {
    const { host } = hostFrom({
      "hostname.vlan10": "rdomain 4\nparent em1 vnetid 10\nup",
      "hostname.em1": "up",
      "hostname.em0": "up",
      "hostname.bridge0": "up",
    });
    expect(host.interfaces.map((it) => it.name)).toEqual([
      "lo0",
      "em0",
      "em1",
      "bridge0",
      "vlan10",
      "lo4",
    ]);
    expect(host.interfaces.at(-1)).toMatchObject({ kind: "loopback", rdomain: 4, addresses: [] });
  });

  it("refuses an rdomain whose table already has routes, and stays where it was", () => {
    const { host, diagnostics } = hostFrom({
      "hostname.em0": "inet 10.0.0.1/24\n!route -T 5 add default 10.0.0.9",
      "hostname.em1": "rdomain 5\ninet 10.5.0.1/24",
    });
    expect(diagnostics.map((it) => it.code)).toEqual(["rdomain-refused"]);
    expect(host.interfaces.find((it) => it.name === "em1")?.rdomain).toBe(0);
    expect(host.interfaces.find((it) => it.name === "em1")?.addresses).toHaveLength(1);
  });

  it.each([
    ["pair", "patch"],
    ["rport", "parent"],
  ])("joins both ends of a %s, and no third one to them", (driver, word) => {
    const { host, diagnostics } = hostFrom({
      [`hostname.${driver}1`]: `rdomain 1\n${word} ${driver}2\nup`,
      [`hostname.${driver}2`]: "rdomain 2\nup",
      [`hostname.${driver}3`]: `${word} ${driver}2\nup`,
    });
    const ends = host.interfaces.filter((it) => it.name.startsWith(driver));
    expect(ends.map((it) => it.peer)).toEqual([`${driver}2`, `${driver}1`, undefined]);
    expect(diagnostics.map((it) => it.code)).toEqual(["pair-busy", "interface-incomplete"]);
  });

  it("adds an interface to the first bridge only", () => {
    const { host, diagnostics } = hostFrom({
      "hostname.bridge0": "add em1\nup",
      "hostname.bridge1": "add em1 add vether9 add bridge0\nup",
      "hostname.em1": "up",
    });
    expect(host.interfaces.filter((it) => it.members.length > 0).map((it) => it.name)).toEqual([
      "bridge0",
    ]);
    expect(diagnostics.map((it) => `${it.code}: ${it.message}`)).toEqual([
      "bridge-busy: `em1` is already a member of `bridge0`",
      "interface-missing: no line creates the interface `vether9`",
    ]);
  });

  it("leaves hardware that only others name down, with a finding", () => {
    const { host, diagnostics } = hostFrom({ "hostname.vlan1": "parent em3 vnetid 1\nup" });
    expect(host.interfaces.find((it) => it.name === "em3")?.up).toBe(false);
    expect(diagnostics.map((it) => it.code)).toEqual(["interface-down"]);
  });
});
