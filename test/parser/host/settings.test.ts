import { describe, expect, it } from "vitest";
import { STOCK_SWITCHES, type StackSwitches } from "../../../model/host.ts";
import { hostFrom } from "../../support/site-files.ts";

const NO = { inet: false, inet6: false };

const SWITCHES: readonly (readonly [string, Partial<StackSwitches>])[] = [
  ["", {}],
  ["net.inet.ip.forwarding=1", {}],
  ["net.inet.ip.forwarding=2", { forwardsOnlyIpsec: { ...NO, inet: true } }],
  ["net.inet6.ip6.forwarding=2", { forwardsOnlyIpsec: { ...NO, inet6: true } }],
  ["net.inet.ip.multipath=1", { multipath: { ...NO, inet: true } }],
  ["net.inet6.ip6.multipath=1", { multipath: { ...NO, inet6: true } }],
  ["net.inet.ip.mforwarding=1", { mforwarding: { ...NO, inet: true } }],
  ["net.inet6.ip6.mforwarding=1", { mforwarding: { ...NO, inet6: true } }],
  ["net.inet.ip.sourceroute=1", { sourceroute: true }],
  ["net.inet.ip.directed-broadcast=1", { directedBroadcast: true }],
  ["net.inet.ipip.allow=1", { ipip: true }],
  ["net.inet.gre.allow=1", { gre: true }],
  ["net.inet.etherip.allow=1", { etherip: true }],
  ["NET.inet.gre.ALLOW = 1 # comment", { gre: true }],
  ["net.inet.gre.allow=0", {}],
  ["net.inet.gre.allow=yes", {}],
  ["#net.inet.gre.allow=1", {}],
  ["net.inet.gre.allow 1", {}],
];

describe("switches of sysctl.conf", () => {
  it.each(SWITCHES)("reads %j", (text, expected) => {
    const { switches } = hostFrom({ "sysctl.conf": text }).host;
    expect(switches).toEqual({ ...STOCK_SWITCHES, ...expected });
  });

  it("forwards with 2 as with 1: pf makes states before the packet is dropped", () => {
    const texts = { "sysctl.conf": "net.inet.ip.forwarding=2" };
    expect(hostFrom(texts).host.forwarding).toEqual({ inet: true, inet6: false });
  });

  it("is overwritten by commands of netstart, which comes after it", () => {
    const { host } = hostFrom({
      "sysctl.conf": "net.inet.ip.forwarding=1",
      "hostname.em0":
        "!sysctl net.inet.ip.forwarding=0 net.inet6.ip6.forwarding=1\n!sysctl kern.osrelease",
    });
    expect(host.forwarding).toEqual({ inet: false, inet6: true });
  });

  it("leaves names open that it does not know, and refuses those that sysctl refuses", () => {
    const text = "net.inet.frob.nicate=1\nern.maxproc=1\nkern.maxproc=1\nnonsense";
    const { host, diagnostics } = hostFrom({ "sysctl.conf": text });
    expect(host.unread.map((it) => [it.scope.kind, it.span.line])).toEqual([["host", 1]]);
    expect(diagnostics.map((it) => [it.code, it.span.line])).toEqual([
      ["sysctl-name", 2],
      ["sysctl-line", 4],
    ]);
  });
});

describe("keys of rc.conf.local", () => {
  it("takes those of rc.subr and ignores the others, with a finding", () => {
    const text =
      "pf_rules=/etc/pf.conf.new\nsshd_flags=NO\ngateway_enable=YES\nexport PF\n PF = NO # x\n";
    const { host, diagnostics } = hostFrom({ "hostname.em0": "up", "rc.conf.local": text });
    expect(diagnostics.map((it) => [it.code, it.span.line])).toEqual([
      ["rc-ignored", 4],
      ["rc-ignored", 1],
      ["rc-ignored", 3],
    ]);
    expect(host.pfConf).toBeUndefined();
  });
});

describe("what was made of lines", () => {
  it("says of every line of a host's own files what was made of it", () => {
    const { lines } = hostFrom({
      "hostname.em0": "# c\ninet 10.0.0.1/24\nmtu 1400\n\n!/usr/local/bin/x\nmpls\ninet\n",
      "hostname.vlan1": "vnetid 5000\nup\n",
      "hostname.wg0": "wgkey k\nfrobnicate\n",
      "sysctl.conf": "net.inet.ip.forwarding=1\nkern.maxproc=1\nnet.inet.frob=1\n",
      "rc.conf.local": "pf=YES\nntpd_flags=NO\nrelayd_flags=\n",
      mygate: "10.0.0.254\n10.0.0.253\n!route flush\n",
      "vm.conf": 'm = "x"\nvm "v" {\n\tmemory 1G\n\tinterface { switch "s" }\n}\nfrob x\n',
    });
    const brief = lines.map(({ file, line, use, keyword, scope }) => {
      const detail =
        use === "no effect" ? ` ${keyword ?? "-"}` : use === "unread" ? ` ${scope ?? "-"}` : "";
      return `${file.replace("fw1/etc/", "")}:${line} ${use}${detail}`;
    });
    expect(brief).toEqual([
      "hostname.em0:2 understood",
      "hostname.em0:3 no effect mtu",
      "hostname.em0:5 unread host",
      "hostname.em0:6 unread interface",
      "hostname.em0:7 understood",
      "hostname.vlan1:1 understood",
      "hostname.vlan1:2 understood",
      "hostname.wg0:1 no effect wgkey",
      "hostname.wg0:2 unread -",
      "mygate:1 understood",
      "mygate:2 understood",
      "mygate:3 unread routes",
      "rc.conf.local:1 understood",
      "rc.conf.local:2 no effect *_flags",
      "rc.conf.local:3 understood",
      "sysctl.conf:1 understood",
      "sysctl.conf:2 no effect kern.*",
      "sysctl.conf:3 unread host",
      "vm.conf:1 understood",
      "vm.conf:2 understood",
      "vm.conf:3 no effect memory",
      "vm.conf:4 understood",
      "vm.conf:5 no effect -",
      "vm.conf:6 understood",
    ]);
  });
});
