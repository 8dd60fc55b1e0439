import { describe, expect, it } from "vitest";
import { printAddress, printPrefix } from "../../../model/address-text.ts";
import { hostFrom } from "../../support/site-files.ts";

/** Routes that lines, addresses and DHCP make; those of netstart itself left out. */
function routesOf(texts: Readonly<Record<string, string>>): readonly string[] {
  return hostFrom(texts)
    .host.routes.filter((it) => it.interface !== undefined || it.span !== undefined)
    .filter((it) => it.interface !== "lo0")
    .map((it) => {
      const via =
        it.gateway === undefined
          ? ""
          : ` ${printAddress({ family: it.prefix.family, value: it.gateway })}`;
      const where = it.interface ?? "nowhere";
      return `${it.rtable} ${printPrefix(it.prefix)} ${where}${via}${it.local ? " local" : ""}`;
    });
}

describe("routes of readHost", () => {
  it("has the addresses and their networks, in the table of the rdomain", () => {
    expect(
      routesOf({ "hostname.em0": "rdomain 3\ninet 10.0.0.1/24\ninet alias 10.9.9.9/32" }),
    ).toEqual(["3 10.0.0.1 em0 local", "3 10.0.0.0/24 em0", "3 10.9.9.9 em0 local"]);
  });

  it("takes the first gateway of each family from mygate", () => {
    const texts = {
      "hostname.em0": "inet 10.0.0.1/24\ninet6 2001:db8::1 64",
      mygate: "# gateways\n10.0.0.254\n10.0.0.253\n2001:db8::ff\n",
    };
    expect(routesOf(texts).slice(0, 2)).toEqual([
      "0 0.0.0.0/0 em0 10.0.0.254",
      "0 ::/0 em0 2001:db8::ff",
    ]);
    expect(hostFrom(texts).diagnostics.map((it) => it.code)).toEqual(["mygate-second"]);
  });

  it("takes the interface of a link-local gateway from its scope", () => {
    const texts = { "hostname.em0": "inet6 2001:db8::1 64", mygate: "fe80::1%em0" };
    expect(routesOf(texts)[0]).toBe("0 ::/0 em0 fe80::1");
  });

  it("ignores mygate for a family that an interface learns", () => {
    const texts = {
      "hostname.em0": "inet autoconf",
      "hostname.em1": "inet 10.0.0.1/24",
      mygate: "10.0.0.254",
    };
    expect(routesOf(texts)).toContain("0 0.0.0.0/0 em0");
    expect(routesOf(texts)).not.toContain("0 0.0.0.0/0 em1 10.0.0.254");
  });

  it("refuses a gateway that no interface reaches, and tunnels come after mygate", () => {
    const texts = {
      "hostname.em0": "inet 10.0.0.1/24",
      "hostname.gre0": "10.5.0.1 10.5.0.2 netmask 255.255.255.255",
      mygate: "10.5.0.2",
    };
    expect(hostFrom(texts).diagnostics.map((it) => it.code)).toEqual(["route-refused"]);
  });

  it("finds gateways in the rdomain of the table only", () => {
    const lines =
      "rdomain 1\ninet 10.0.0.1/24\n!route -T 1 add 10.8.0.0/16 10.0.0.2\n!route add 10.7.0.0/16 10.0.0.2";
    const { host, diagnostics } = hostFrom({ "hostname.em0": lines });
    expect(host.routes.filter((it) => it.span !== undefined)).toHaveLength(1);
    expect(diagnostics.map((it) => [it.code, it.span.line])).toEqual([["route-refused", 4]]);
  });

  it("puts egress on the interfaces that hold a default route of table 0", () => {
    const { host } = hostFrom({
      "hostname.em0": "inet 10.0.0.1/24",
      "hostname.em1": "rdomain 1\ninet 10.1.0.1/24\n!route -T 1 add default 10.1.0.254",
      mygate: "10.0.0.254",
    });
    const egress = host.interfaces.filter((it) => it.groups.includes("egress"));
    expect(egress.map((it) => it.name)).toEqual(["em0"]);
  });

  it("rejects loopback and multicast networks, as netstart does", () => {
    const rejected = (rc: string): readonly string[] =>
      hostFrom({ "rc.conf.local": rc })
        .host.routes.filter((it) => it.interface === undefined)
        .map((it) => printPrefix(it.prefix));
    expect(rejected("")).toContain("224.0.0.0/4");
    expect(rejected("")).toContain("127.0.0.0/8");
    expect(rejected("multicast=YES")).not.toContain("224.0.0.0/4");
  });
});
