import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../../model/address-text.ts";
import { readInterfaceTable } from "../../../parser/pf/interface-table.ts";

describe("readInterfaceTable", () => {
  it("reads interfaces in their order, names and routing tables", () => {
    const { environment, diagnostics } = readInterfaceTable(
      "ifaces",
      `# a comment
lo0 group=lo inet6 ::1/128 inet 127.0.0.1/8

em0 group=egress inet 10.0.0.1/24 broadcast 10.0.0.7 inet 192.0.2.1/28 inet6 fe80::1/64 # wan
tun0 group=tun inet 10.9.9.1/32 peer 10.9.9.2 inet 10.9.9.9/24
@host www.example 192.0.2.80
@host www.example 2001:db8::80
@rtable 0 5 1
`,
    );
    expect(diagnostics).toEqual([]);
    const { interfaces, hosts, rtables } = environment;
    expect(interfaces.map(({ name, groups }) => [name, groups])).toEqual([
      ["lo0", ["all", "lo"]],
      ["em0", ["all", "egress"]],
      ["tun0", ["all", "tun"]],
    ]);
    expect(hosts).toEqual(new Map([["www.example", ["192.0.2.80", "2001:db8::80"]]]));
    expect(rtables).toEqual([5, 1]);
    const [loopback, plain, peers] = interfaces;
    expect(loopback).toMatchObject({ kind: "loopback", span: { file: "ifaces", line: 2 } });
    expect(loopback?.addresses).toEqual([
      { family: "inet6", value: 1n, length: 128 },
      { family: "inet", value: value("127.0.0.1"), length: 8 },
    ]);
    expect(plain?.addresses.map((it) => it.broadcast)).toEqual([
      value("10.0.0.7"),
      value("192.0.2.15"),
      undefined,
    ]);
    expect(peers?.addresses).toEqual([
      { family: "inet", value: value("10.9.9.1"), length: 32, peer: value("10.9.9.2") },
      { family: "inet", value: value("10.9.9.9"), length: 24 },
    ]);
  });

  it("knows all routing tables at once", () => {
    const { environment } = readInterfaceTable("ifaces", "@rtable all\n");
    expect(environment.rtables).toHaveLength(255);
  });

  it.each([
    ["em0 net 10.0.0.1/8", "net"],
    ["em0 inte 10.0.0.1/8", "inte"],
    ["em0 inet", "inet"],
    ["em0 inet 10.0.0/8", "10.0.0/8"],
    ["em0 inet 10.0.0.1", "10.0.0.1"],
    ["em0 inet 10.0.0.1/33", "10.0.0.1/33"],
    ["em0 inet 10.0.0.1/8/8", "10.0.0.1/8/8"],
    ["em0 inet ::1/128", "::1/128"],
    ["em0 inet6 ::1/129", "::1/129"],
    ["em0 inet 10.0.0.1/8 peer ::1", "::1"],
    ["em0 inet 10.0.0.1/8 peer", "peer"],
    ["em0 inet6 ::1/8 broadcast ::2", "::2"],
    ["em0 group=", "group="],
    ["em0 group=lan1", "group=lan1"],
    ["averylonginterface0", "averylonginterface0"],
    ["@host", "@host"],
    ["@host a", "@host"],
    ["@host a b", "b"],
    ["@rtable", "@rtable"],
    ["@rtable 1 256", "256"],
    ["@route 1", "@route"],
  ])("complains about %s at %s and goes on", (line, underlined) => {
    const { environment, diagnostics } = readInterfaceTable("ifaces", `  ${line}\nem9\n`);
    expect(diagnostics).toMatchObject([{ severity: "error", code: "interface-table" }]);
    const { span, help } = diagnostics[0]!;
    expect(`  ${line}`.slice(span.column - 1, span.column - 1 + span.length)).toBe(underlined);
    expect([span.file, span.line]).toEqual(["ifaces", 1]);
    expect(help).toBeDefined();
    expect(environment.interfaces.map((it) => it.name)).toEqual(["em9"]);
  });

  it("takes an interface once", () => {
    const { diagnostics } = readInterfaceTable("ifaces", "em0\nem1\nem0\n");
    expect(diagnostics.map(({ span }) => span.line)).toEqual([3]);
  });

  it("never throws", () => {
    const words =
      'em0 inet inet6 peer broadcast group=x @host @rtable all 10.0.0.1/8 ::1/64 # \\ " \n';
    const word = fc.oneof(fc.constantFrom(...words.split(" ")), fc.string());
    const text = fc.array(word).map((it) => it.join(" "));
    fc.assert(fc.property(text, (it) => readInterfaceTable("ifaces", it) !== undefined));
  });
});

function value(text: string): bigint {
  return parseAddress(text)!.value;
}
