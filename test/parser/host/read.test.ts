import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHost } from "../../../parser/host/read.ts";
import { hostFiles, hostFrom, underlined } from "../../support/site-files.ts";

describe("readHost", () => {
  it("forwards only what sysctl.conf turns on", () => {
    expect(hostFrom({}).host.forwarding).toEqual({ inet: false, inet6: false });
    const text = "# router\nnet.inet.ip.forwarding=1 # v4\n#net.inet6.ip6.forwarding=1\n";
    expect(hostFrom({ "sysctl.conf": text }).host.forwarding).toEqual({ inet: true, inet6: false });
    const twice = "net.inet.ip.forwarding=1\nnet.inet.ip.forwarding=0";
    expect(hostFrom({ "sysctl.conf": twice }).host.forwarding.inet).toBe(false);
  });

  it("turns pf off by pf=NO, the last line wins", () => {
    expect(hostFrom({}).host.pfConf).toBeDefined();
    expect(hostFrom({ "rc.conf.local": "pf=NO" }).host.pfConf).toBeUndefined();
    expect(hostFrom({ "rc.conf.local": "pf='NO'\n" }).host.pfConf).toBeUndefined();
    expect(hostFrom({ "rc.conf.local": "pf=NO\npf=YES" }).host.pfConf).toBeDefined();
  });

  it("turns pf off where there is no pf.conf, and says so", () => {
    const files = hostFiles({ "hostname.em0": "up" }).filter((it) => it.path !== "/etc/pf.conf");
    const { host } = readHost({ name: "fw1", at: "fw1", files });
    expect(host.pfConf).toBeUndefined();
    expect(host.files.at(-1)).toMatchObject({ file: "/etc/pf.conf", use: "not for us" });
  });

  it("lists every file once with what was made of it", () => {
    const { host } = hostFrom({
      "hostname.em0": "up\nmpls",
      "hostname.em0.bak": "up",
      "relayd.conf": "x",
      "sysctl.conf": "",
      motd: "hello",
    });
    expect(host.files.map((it) => `${it.file} ${it.use} ${it.lines.join()}`)).toEqual([
      "fw1/etc/hostname.em0 in part 2",
      "fw1/etc/hostname.em0.bak not for us ",
      "fw1/etc/motd not for us ",
      "fw1/etc/pf.conf read ",
      "fw1/etc/relayd.conf not for us ",
      "fw1/etc/sysctl.conf read ",
    ]);
    expect(
      host.files.filter((it) => it.use !== "read").every((it) => it.reason !== undefined),
    ).toBe(true);
  });

  it("gives pf.conf the names of hosts(5)", () => {
    const texts = { "pf.conf": "pass in from web\n", hosts: "# ours\n10.0.0.5 web.example Web\n" };
    const { host, diagnostics } = hostFrom(texts);
    expect(diagnostics.filter((it) => it.severity === "error")).toEqual([]);
    expect(host.pfConf?.texts.get("")).toEqual(["pass in inet from 10.0.0.5 to any flags S/SA"]);
  });

  it("underlines the word that is wrong", () => {
    const texts = {
      "hostname.em0": "inet 10.0.0.1 255.255.255.0 description lan\nrdomain 300\nup",
      "hostname.em1": "inet 10.0.0.1 255.0.255.0\ngroup a1\nvnetid",
      "hostname.vlan1": "parent trunk0\nup",
      mygate: "gateway.example.net",
    };
    const sources = new Map(Object.entries(texts).map(([name, text]) => [`fw1/etc/${name}`, text]));
    expect(underlined(hostFrom(texts).diagnostics, sources)).toEqual([
      "hostname-slot: description",
      "hostname-value: 300",
      "hostname-address: 255.0.255.0",
      "group-name: a1",
      "hostname-value: vnetid",
      "interface-missing: trunk0",
      "mygate-address: gateway.example.net",
      "interface-incomplete: parent trunk0",
      "interface-incomplete: parent trunk0",
    ]);
  });

  it("reads any text in any file", () => {
    const word = fc.constantFrom(
      ..."inet inet6 alias autoconf rdomain group add del vnetid parent tunnel dest !route !ifconfig -T 10.0.0.1 10.0.0.1/24 2001:db8::1 64 255.255.255.0 em0 vlan1 bridge0 vm switch interface { } , \" ' \\ $x # \n \n".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(word, { maxLength: 40 }).map((words) => words.join(" ")),
    );
    const files = ["hostname.em0", "hostname.vlan1", "hostname.bridge0", "hostname.vxlan1"];
    const names = [
      ...files,
      "mygate",
      "sysctl.conf",
      "rc.conf.local",
      "vm.conf",
      "myname",
      "relayd.conf",
      "authpf/authpf.rules",
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (texts) => {
        const { host } = hostFrom(texts);
        expect(host.files.length).toBe(Object.keys({ "pf.conf": "", ...texts }).length);
      }),
      { numRuns: 300 },
    );
  });
});
