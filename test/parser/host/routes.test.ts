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
    ).toEqual(["3 10.0.0.1 em0 local", "3 10.9.9.9 em0 local", "3 10.0.0.0/24 em0"]);
  });

  it("takes the first gateway of each family from mygate", () => {
    const texts = {
      "hostname.em0": "inet 10.0.0.1/24\ninet6 2001:db8::1 64",
      mygate: "# gateways\n10.0.0.254\n10.0.0.253\n2001:db8::ff\n",
    };
    expect(routesOf(texts).slice(-2)).toEqual([
      "0 0.0.0.0/0 em0 10.0.0.254",
      "0 ::/0 em0 2001:db8::ff",
    ]);
    expect(hostFrom(texts).diagnostics.map((it) => it.code)).toEqual(["mygate-second"]);
  });

  it("takes the interface of a link-local gateway from its scope", () => {
    const texts = { "hostname.em0": "inet6 2001:db8::1 64", mygate: "fe80::1%em0" };
    expect(routesOf(texts).at(-1)).toBe("0 ::/0 em0 fe80::1");
  });

  it("refuses a gateway with a comment behind it, and takes no second one for it", () => {
    const texts = { "hostname.em0": "inet 10.0.0.1/24", mygate: "10.0.0.254 # gw\n10.0.0.253\n" };
    expect(routesOf(texts).filter((it) => it.includes("/0 "))).toEqual([]);
    expect(hostFrom(texts).diagnostics.map((it) => it.code)).toEqual([
      "mygate-words",
      "mygate-second",
    ]);
  });

  it("runs the commands of mygate in their place", () => {
    const texts = {
      "hostname.em0": "inet 10.0.0.1/24",
      mygate: "!route add 10.8.0.0/16 10.0.0.9\n10.0.0.254\n!route flush\n!sleep 1; route flush\n",
    };
    expect(routesOf(texts).slice(-2)).toEqual([
      "0 10.8.0.0/16 em0 10.0.0.9",
      "0 0.0.0.0/0 em0 10.0.0.254",
    ]);
    expect(hostFrom(texts).host.unread.map((it) => it.scope.kind)).toEqual(["routes", "host"]);
  });

  it("takes a second route to a network only with -mpath or another priority", () => {
    const add = "!route add 10.8.0.0/16";
    const routes = (more: string): readonly string[] =>
      routesOf({
        "hostname.em0": `inet 10.0.0.1/24\n${add} 10.0.0.2\n${add} 10.0.0.3 ${more}\n`,
      }).filter((it) => it.includes("10.8."));
    expect(routes("")).toEqual(["0 10.8.0.0/16 em0 10.0.0.2"]);
    expect(routes("-mpath")).toHaveLength(2);
    expect(routes("-priority 4")[0]).toBe("0 10.8.0.0/16 em0 10.0.0.3");
  });

  it("changes and deletes routes that lines added, and refuses what is not there", () => {
    const lines = [
      "inet 10.0.0.1/24",
      "!route add 10.8.0.0/16 10.0.0.2",
      "!route add 10.9.0.0/16 10.0.0.2",
      "!route change 10.8.0.0/16 10.0.0.3",
      "!route delete 10.9.0.0/16",
      "!route delete 10.7.0.0/16",
    ];
    const texts = { "hostname.em0": lines.join("\n") };
    expect(routesOf(texts).slice(-1)).toEqual(["0 10.8.0.0/16 em0 10.0.0.3"]);
    expect(routesOf(texts)).toHaveLength(3);
    const { diagnostics } = hostFrom(texts);
    expect(diagnostics.map((it) => [it.code, it.span.line])).toEqual([["route-refused", 6]]);
  });

  it("tells a blackhole from a reject route", () => {
    const lines =
      "inet 10.0.0.1/24\n!route add 10.8.0.0/16 127.0.0.1 -blackhole\n!route add 10.9.0.0/16 127.0.0.1 -reject\n";
    const { routes } = hostFrom({ "hostname.em0": lines }).host;
    const own = routes.filter((it) => it.span !== undefined);
    expect(own.map((it) => it.discards)).toEqual(["blackhole", "reject"]);
    expect(routes.find((it) => it.prefix.value === 0x7f000000n)?.discards).toBe("reject");
  });

  it("ignores mygate for a family that an interface learns", () => {
    const texts = {
      "hostname.em0": "inet autoconf",
      "hostname.em1": "inet 10.0.0.1/24",
      mygate: "10.0.0.254",
    };
    expect(routesOf(texts)).toContain("0 0.0.0.0/0 em0");
    const [finding] = hostFrom(texts).diagnostics;
    expect(finding?.span.file).toBe("fw1/etc/mygate");
    expect(finding?.message).toContain("fw1/etc/hostname.em0:1");
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
