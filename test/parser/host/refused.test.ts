import { describe, expect, it } from "vitest";
import { readHost } from "../../../parser/host/read.ts";
import { hostFiles, hostFrom } from "../../support/site-files.ts";

function told(texts: Readonly<Record<string, string>>): readonly string[] {
  return hostFrom(texts).diagnostics.map((it) => `${it.severity} ${it.code} ${it.span.line}`);
}

describe("a pf.conf that pfctl refuses", () => {
  const texts = { "pf.conf": "pass out\npass in form 10.0.0.1 # web\n" };

  it("is told of in warnings: rc(8) goes on", () => {
    expect(told(texts)).toEqual(["warning pf-refused 2", "warning syntax 2"]);
  });

  it("leaves a bracket over the whole pf of the host, none of its rules, and a block behind", () => {
    const { pfConf, files } = hostFrom(texts).host;
    expect(pfConf?.openRules).toMatchObject([{ anchor: "", number: 0, what: "anything" }]);
    expect(pfConf?.unread).toMatchObject([
      {
        id: "fw1/etc/pf.conf",
        scope: { kind: "pf", host: "fw1" },
        words: "pass in form 10.0.0.1 # web",
        span: { line: 2 },
      },
    ]);
    expect(pfConf?.texts.get("")).toEqual([
      "pass in form 10.0.0.1 # web",
      "block drop all # boot ruleset of rc(8)",
    ]);
    const rules = pfConf?.main.rulesets.get("")?.rules ?? [];
    expect(rules.map((it) => [it.number, it.action, it.quick, it.origin.span.line])).toEqual([
      [0, "match", true, 2],
      [1, "block", false, 2],
    ]);
    expect(pfConf?.options.skip).toEqual([]);
    expect(files.find((it) => it.file === "fw1/etc/pf.conf")).toMatchObject({
      use: "in part",
      lines: [2],
    });
  });

  it("is one if an included file is missing, or has the error", () => {
    expect(told({ "pf.conf": 'block\ninclude "/etc/missing"\n' })).toContain(
      "warning pf-refused 2",
    );
    const { diagnostics, host } = hostFrom({
      "pf.conf": 'block\ninclude "/etc/pf.more"\n',
      "pf.more": "pass\npass flooh\n",
    });
    expect(diagnostics[0]).toMatchObject({
      code: "pf-refused",
      span: { file: "fw1/etc/pf.more", line: 2 },
    });
    expect(host.pfConf?.unread).toMatchObject([
      { id: "fw1/etc/pf.conf", words: "pass flooh", span: { file: "fw1/etc/pf.more" } },
    ]);
  });

  it("stays an error where nothing else is asked about", () => {
    const files = hostFiles(texts);
    const { diagnostics } = readHost({ name: "fw1", at: "fw1", files, isPfConf: true });
    expect(diagnostics.map((it) => `${it.severity} ${it.code}`)).toEqual(["error syntax"]);
  });

  it("is not read at all where pf is off", () => {
    expect(told({ ...texts, "rc.conf.local": "pf=NO\n" })).toEqual([]);
  });

  it("may be one of FreeBSD", () => {
    const { host, diagnostics } = hostFrom({
      "pf.conf": "scrub in all\n",
      "rc.conf": 'ifconfig_em0="DHCP"\npf_enable="YES"\n',
    });
    expect(diagnostics.find((it) => it.code === "pf-refused")?.message).toContain("FreeBSD");
    expect(host.pfConf?.unread).toMatchObject([{ scope: { kind: "pf" } }]);
    expect(host.pfConf?.unread[0]?.effect).toContain("FreeBSD");
  });

  it("says nothing of a file that pfctl takes", () => {
    const { host, diagnostics } = hostFrom({ "pf.conf": "pass out\n" });
    expect(diagnostics).toEqual([]);
    expect(host.pfConf?.openRules).toEqual([]);
  });
});

describe("a vm.conf that vmd refuses", () => {
  const VM = 'switch "s" { interface veb7 }\nvm "v" { interface { switch "s" } }\n';

  it.each([
    ["a word that is none", `${VM}flooh\n`, "vm-word"],
    ["a switch without an interface", `${VM}switch "t" { }\n`, "vm-switch"],
    ["two machines of one name", `${VM}vm "v" { }\n`, "vm-twice"],
    ["an instance of nothing", `${VM}vm "i" instance "x" { }\n`, "vm-instance"],
  ])("starts nothing because of %s", (_, text, code) => {
    const { host, diagnostics } = hostFrom({ "vm.conf": text });
    expect(diagnostics.map((it) => `${it.severity} ${it.code}`)).toEqual([
      "warning vm-refused",
      `warning ${code}`,
    ]);
    expect(host.guests).toEqual([]);
    expect(host.files.find((it) => it.file === "fw1/etc/vm.conf")).toMatchObject({
      use: "not for us",
      reason: "vmd refuses this file, and rc(8) goes on without it",
    });
    expect(host.interfaces.map((it) => it.name)).toEqual(["lo0"]);
    expect(host.unread).toEqual([]);
  });

  it("starts what is there if only a file is not here, and leaves the host open", () => {
    const { host, diagnostics } = hostFrom({ "vm.conf": `${VM}include "/etc/missing"\n` });
    expect(diagnostics.map((it) => `${it.severity} ${it.code}`)).toEqual(["warning vm-include"]);
    expect(host.guests.map((it) => it.name)).toEqual(["v"]);
    expect(host.unread.map((it) => it.scope.kind)).toEqual(["host"]);
    const both = hostFrom({ "vm.conf": `${VM}flooh\ninclude "/etc/missing"\n` }).host;
    expect([both.guests, both.unread]).toEqual([[], []]);
  });
});

describe("a relayd.conf that relayd refuses", () => {
  it("starts no relay, sets no route, and leaves open what its anchors hold", () => {
    const relayd =
      'relay "r" { listen on 10.0.0.1 port 80\nforward to 10.0.0.2 port 80 }\ntable <g> { 10.0.0.3 }\nrouter "up" { route 0.0.0.0/0\nforward to <g> check icmp }\n';
    const texts = { "pf.conf": 'anchor "relayd/*"\n', "relayd.conf": relayd };
    const taken = hostFrom(texts);
    expect(taken.diagnostics).toEqual([]);
    expect(taken.host.relays.map((it) => it.name)).toEqual(["r"]);
    expect(taken.host.unread.map((it) => it.scope.kind)).toEqual(["routes"]);
    const refused = hostFrom({ ...texts, "relayd.conf": `${relayd}flooh\n` });
    expect(refused.diagnostics.map((it) => `${it.severity} ${it.code}`)).toEqual([
      "warning relayd-refused",
      "warning relayd-word",
    ]);
    expect([refused.host.relays, refused.host.unread]).toEqual([[], []]);
    expect(refused.host.pfConf?.openRules).toMatchObject([{ anchor: "relayd/*", number: 0 }]);
  });
});
