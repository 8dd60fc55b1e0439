import { describe, expect, it } from "vitest";
import type { Unread } from "../../../model/unread.ts";
import { hostFrom } from "../../support/site-files.ts";

function unreadOf(texts: Readonly<Record<string, string>>): readonly string[] {
  const { host } = hostFrom(texts);
  const all: readonly Unread[] = [...host.unread, ...host.interfaces.flatMap((it) => it.unread)];
  return all.map(({ scope, words }) => {
    const where = scope.kind === "interface" ? ` ${scope.interface}` : "";
    return `${scope.kind}${where}: ${words}`;
  });
}

const LINES: readonly (readonly [string, string, readonly string[]])[] = [
  ["em0", "frobnicate 1 2\nup", ["interface em0: frobnicate 1 2"]],
  ["em0", "inet $(cat /etc/ip) 255.255.255.0", ["interface em0: $(cat /etc/ip) 255.255.255.0"]],
  ["em0", "inet host.example.net 255.255.255.0", ["interface em0: host.example.net 255.255.255.0"]],
  ["em0", "mpls", ["interface em0: mpls"]],
  ["em0", "!/usr/local/sbin/openvpn --config x", ["host: /usr/local/sbin/openvpn --config x"]],
  ["em0", "!sleep 5\n!/bin/echo hello", []],
  ["em0", "!echo hello > /etc/pf.conf", ["host: echo hello > /etc/pf.conf"]],
  ["em0", "!route flush", ["routes: flush"]],
  ["em0", "inet 10.0.0.1/24\n!route delete 10.0.0.0/24", ["routes: delete 10.0.0.0/24"]],
  ["em0", "!route add default $GW", ["routes: add default $GW"]],
  ["em0", "!if [ -f /x ]; then route add default 10.0.0.9; fi", ["routes: add default 10.0.0.9"]],
  ["em0", "!test -f /x && ifconfig em0 mtu 1400 up", ["interface em0: mtu 1400 up"]],
  ["em0", "!test -f /x && ifconfig em0 rdomain 2", ["host: rdomain 2"]],
  ["em0", "!test -f /x || sysctl net.inet.ip.forwarding=1", ["host: net.inet.ip.forwarding=1"]],
  ["em0", "!arp -s 10.0.0.9 fe:e1:ba:d0:00:01 permanent\n!ndp -d fe80::1", []],
  ["em0", "!for i in 1 2; do route flush; done", ["host: for i in 1 2; do route flush; done"]],
  ["umb0", "up", ["interface umb0: umb0"]],
  ["em0", "!ifconfig tun7 up", ["host: up"]],
  ["em0", "!ifconfig em7 up", []],
  ["bridge0", "add em1\nblocknonip em1\nprotected em1 1\nrule block on em1 arp\nup", []],
  ["bridge0", "add em1 rule pass in on em1 tag evil", ["host: rule pass in on em1 tag evil"]],
  ["bridge0", "addspan em9", ["host: addspan em9"]],
  ["veb0", "link0 up", []],
  ["wg0", "wgkey x wgpeer y wgaip 10.0.0.2/32\ninet 10.0.0.1/24", ["interface wg0: wg0"]],
  ["trunk0", "trunkproto lacp trunkport em0 trunkport em1 up", []],
  ["tun0", "inet 10.0.0.1 10.0.0.2", ["interface tun0: tun0"]],
  ["pfsync0", "up syncdev em1", ["host: syncdev em1"]],
  ["enc0", "up", []],
  ["pflog0", "up", []],
  ["em0", "inet autoconf", ["address: em0 inet autoconf"]],
];

const OTHERS: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] =
  [
    ["iked without rc.conf.local", { "iked.conf": "ikev2" }, ["host: /etc/iked.conf"]],
    ["iked that is not started", { "iked.conf": "ikev2", "rc.conf.local": "" }, []],
    [
      "iked that is started",
      { "iked.conf": "ikev2", "rc.conf.local": "iked_flags=" },
      ["host: /etc/iked.conf"],
    ],
    ["bgpd", { "bgpd.conf": "AS 1" }, ["routes: /etc/bgpd.conf"]],
    ["ipsec=YES", { "ipsec.conf": "x", "rc.conf.local": "ipsec=YES" }, ["host: /etc/ipsec.conf"]],
    [
      "commands of rc.local, each as far as it reaches",
      {
        "hostname.em0": "up",
        "rc.local":
          "echo starting\nroute add x\nifconfig em0 down\nifconfig $iface up\nifconfig em$if0 up\n/usr/local/sbin/agent -d\n",
      },
      [
        "routes: add x",
        "host: ifconfig $iface up",
        "host: ifconfig em$if0 up",
        "host: /usr/local/sbin/agent -d",
        "interface em0: down",
      ],
    ],
    [
      "rc.local that changes nothing",
      {
        "rc.local":
          "# ours\nif [ -x /usr/bin/true ]; then\n\techo -n ' true'\nelse\n\tdate >>/var/log/boot.log\nfi\nulimit -c 0\n",
        "rc.securelevel": "securelevel=1\n",
        "rc.firsttime": "",
      },
      [],
    ],
    [
      "what stands in an if of rc.local",
      { "rc.local": "if [ -x /sbin/x ]; then\n\techo x; /sbin/x\nfi\n" },
      ["host: /sbin/x"],
    ],
    [
      "a loop in rc.local, and all around it",
      { "rc.local": "echo a\nfor f in a b; do\n\techo $f\ndone\n" },
      ["host: echo a ; for f in a b; do ; echo $f ; done"],
    ],
    ["a search path", { "rc.local": "PATH=/tmp\n" }, ["host: PATH=/tmp"]],
    ["rc.local of comments", { "rc.local": "# nothing\n\n" }, []],
    ["dhcpd", { "dhcpd.conf": "subnet", "unbound.conf": "x" }, []],
    ["FreeBSD", { "rc.conf": 'gateway_enable="YES"' }, ["host: /etc/rc.conf"]],
    [
      "a file named by MAC",
      { "hostname.00:11:22:33:44:55": "up" },
      ["host: /etc/hostname.00:11:22:33:44:55"],
    ],
    [
      "packages",
      { "rc.conf.local": "pkg_scripts=dbus openvpn" },
      ["host: pkg_scripts=dbus openvpn"],
    ],
    [
      "source routes",
      { "sysctl.conf": "net.inet.ip.sourceroute=1" },
      ["routes: net.inet.ip.sourceroute=1"],
    ],
  ];

describe("what readHost leaves unread", () => {
  it.each(LINES)("%s: %j", (name, text, expected) => {
    expect(unreadOf({ [`hostname.${name}`]: text })).toEqual(expected);
  });

  it.each(OTHERS)("%s", (_, texts, expected) => {
    expect(unreadOf(texts)).toEqual(expected);
  });

  it("opens every interface that may carry the outer packets of a tunnel", () => {
    const texts = {
      "hostname.em0": "inet 10.0.0.1/24",
      "hostname.em1": "rdomain 1\ninet 10.1.0.1/24",
      "hostname.em2": "inet 10.2.0.1/24",
    };
    const wg = "wgkey x\ninet 10.9.0.1/24";
    expect(unreadOf({ ...texts, "hostname.wg0": wg })).toEqual([
      "interface em0: wg0",
      "interface em2: wg0",
      "interface wg0: wg0",
    ]);
    expect(unreadOf({ ...texts, "hostname.wg0": `wgrtable 1\n${wg}` })).toEqual([
      "interface em1: wg0",
      "interface wg0: wg0",
    ]);
  });

  it("has ids that name the line and are never given twice", () => {
    const { host } = hostFrom({
      "hostname.em0": "\nmpls foo\n!a\n!b\nmpls\nmpls mpls\ninet autoconf",
    });
    const ids = [...host.unread, ...host.interfaces.flatMap((it) => it.unread)].map((it) => it.id);
    expect(ids).toContain("fw1/etc/hostname.em0:2");
    expect(new Set(ids).size).toBe(ids.length);
  });
});
