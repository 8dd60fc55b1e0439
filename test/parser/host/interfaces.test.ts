import { describe, expect, it } from "vitest";
import { printAddress } from "../../../model/address-text.ts";
import type { Interface } from "../../../model/host.ts";
import { hostFrom } from "../../support/site-files.ts";

/** An interface in one line: what the tables below compare. */
function brief(it: Interface): string {
  const flags = [it.kind, it.up ? "up" : "down", it.link1 ? "link1" : ""];
  const addresses = it.addresses.map((own) => {
    const peer = own.peer === undefined ? "" : `>${printAddress({ ...own, value: own.peer })}`;
    return `${printAddress(own)}/${own.length}${peer}`;
  });
  const groups = it.groups.map((group) => `g:${group}`);
  const rest = [
    it.rdomain > 0 ? `rdomain ${it.rdomain}` : "",
    it.parent === undefined ? "" : `on ${it.parent}`,
    it.vnetid === undefined ? "" : `tag ${it.vnetid}`,
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
  ["tun0", "10.8.0.1 10.8.0.2 up", "other up 10.8.0.1/8>10.8.0.2 g:tun g:all"],
  [
    "carp0",
    "vhid 1 carpdev em0 pass x 10.0.0.3 netmask 255.255.255.0",
    "other up 10.0.0.3/24 g:carp g:all",
  ],
  [
    "pppoe0",
    "inet 0.0.0.0 255.255.255.255 NONE pppoedev em0 up\ndest 0.0.0.1",
    "other up g:pppoe g:all automatic inet",
  ],
];

describe("readHost, one interface", () => {
  it.each(TABLE)("%s: %j", (name, text, expected) => {
    const { host } = hostFrom({ [`hostname.${name}`]: text });
    const found = host.interfaces.find((it) => it.name === name);
    expect(found === undefined ? "none" : brief(found)).toBe(expected);
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
