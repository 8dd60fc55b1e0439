import { describe, expect, it } from "vitest";
import { groupId, userId } from "../../../parser/pf/names/accounts.ts";
import { fingerprintName, readFingerprints } from "../../../parser/pf/names/fingerprints.ts";
import { icmpCode, icmpCodeName, icmpType, icmpTypeName } from "../../../parser/pf/names/icmp.ts";
import { protocolName, protocolNumber } from "../../../parser/pf/names/protocols.ts";
import { serviceName, servicePort } from "../../../parser/pf/names/services.ts";

describe("services", () => {
  it.each<[string, number | undefined]>([
    ["ssh", 22],
    ["http", 80],
    ["www", 80],
    ["NeXTStep", 178],
    ["syslog", 514],
    ["shell", 514],
    ["kdc", 750],
    // an alias of nntp first, of netnews later
    ["readnews", 119],
    ["SSH", undefined],
    ["rtmp", undefined],
    ["", undefined],
  ])("%s is port %s", (name, port) => {
    expect(servicePort(name)).toBe(port);
  });

  it("are called by the first name of the protocol's own entry", () => {
    expect([serviceName(514, "tcp"), serviceName(514, "udp")]).toEqual(["shell", "syslog"]);
    expect([serviceName(80, "tcp"), serviceName(80, "udp")]).toEqual(["www", "www"]);
    expect([serviceName(4, "tcp"), serviceName(22, "udp")]).toEqual([undefined, "ssh"]);
  });
});

describe("protocols", () => {
  it.each<[string, number]>([
    ["tcp", 6],
    ["TCP", 6],
    ["icmp6", 58],
    ["vrrp", 112],
    ["any", 61],
    ["Reserved", 255],
  ])("%s is %s", (name, number) => {
    expect(protocolNumber(name)).toBe(number);
  });

  it("print by the first name, or as their number", () => {
    const numbers = [0, 6, 58, 61, 63, 68, 99, 114, 253, 255];
    const names = "ip tcp ipv6-icmp any any any any 114 253 reserved".split(" ");
    expect(numbers.map(protocolName)).toEqual(names);
    expect(protocolNumber("Tcp")).toBeUndefined();
  });
});

describe("accounts", () => {
  it("are those of every OpenBSD", () => {
    expect(["root", "_unbound", "nobody", "wheel"].map(userId)).toEqual([0, 53, 32767, undefined]);
    expect(["wheel", "users", "nogroup"].map(groupId)).toEqual([0, 10, 32766]);
  });
});

describe("ICMP", () => {
  it("has types and codes by family", () => {
    expect([icmpType("inet", "echoreq"), icmpType("inet6", "echoreq")]).toEqual([8, 128]);
    expect([130, 131, 132, 139, 140].map((it) => icmpTypeName("inet6", it))).toEqual(
      "groupqry grouprep groupterm wrureq wrurep".split(" "),
    );
    expect(icmpCode("inet", 3, "port-unr")).toBe(3);
    expect(icmpCode("inet", 11, "port-unr")).toBeUndefined();
    expect([icmpCodeName("inet6", 1, 1), icmpCodeName("inet", 3, 99)]).toEqual(["admin-unr", "99"]);
  });
});

describe("fingerprintName", () => {
  it.each([
    ["linux", "Linux"],
    ["WINDOWS 2000 sp2", "Windows 2000 SP2"],
    ["Windows 2000-SP2", "Windows 2000 SP2"],
    ["Linux 2.2 20", "Linux 2.2.20"],
    ["Linux 2.2.25", "Linux 2.2.25"],
    ["Linux 2.2.26", "nomatch"],
    // a range stands for itself, too
    ["OpenBSD 3.3-4.0", "OpenBSD 3.3-4.0"],
    ["FreeBSD 4.10", "FreeBSD 4.10"],
    ["OpenBSD 4.5", "nomatch"],
    ["NMAP syn scan 3", "NMAP syn scan 3"],
    ["RISC OS", "RISC OS"],
    // the class ends at the first blank
    ["RISC OS 3.70", "nomatch"],
    ["UnKnown", "unknown"],
    ["no such thing", "nomatch"],
    ["Linux ", "nomatch"],
    ["", "nomatch"],
  ])("takes %j for %s", (name, printed) => {
    expect(fingerprintName(name)).toBe(printed);
  });

  it("knows those of a file instead", () => {
    const known = readFingerprints(
      [
        "S4:64:1:60:M*:  @Home:1.8-1.10:x:my own # and a comment",
        "S4:64:1:60:M*:Home:2::",
        "Short:1",
        "",
      ].join("\n"),
    );
    expect(
      ["home 1.9 X", "HOME 2", "home 1.8-1.10", "linux"].map((it) => fingerprintName(it, known)),
    ).toEqual(["Home 1.9 x", "Home 2", "Home 1.8-1.10", "nomatch"]);
    expect(known.count).toBe(10);
  });
});
