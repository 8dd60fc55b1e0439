import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findPlaces } from "../../../engine/path/places.ts";
import { wiringOf } from "../../../engine/path/wiring.ts";
import { init } from "../../../engine/queries/init.ts";
import { Cancelled } from "../../../engine/sets/packet-sets.ts";
import type { Host } from "../../../model/host.ts";
import type { InterfaceRemark } from "../../../model/init-answer.ts";
import type { Network } from "../../../model/network.ts";
import { parseSite } from "../../../parser/site/parse.ts";
import { siteYaml } from "../../../report/site-yaml.ts";
import { NOWHERE, networkOf } from "../../support/network.ts";
import { tenantNetwork } from "../../support/recorded-networks.ts";
import { type SmallHost, smallHost } from "../../support/small-host.ts";

const BUDGET = { budget: 4_000_000 };

function alone(...hosts: readonly Host[]): Network {
  return networkOf(hosts, {}, []);
}

function host(name: string, interfaces: SmallHost["interfaces"], rules = ["block"]): Host {
  return smallHost(name, { interfaces, routes: [], rules });
}

/** `name: reference, …` of every zone. */
function zonesOf(network: Network, remarks: readonly InterfaceRemark[] = []): readonly string[] {
  return init(network, remarks, { budget: 1 }).zones.map((it) => `${it.name}: ${it.at.join(", ")}`);
}

describe("init makes zones", () => {
  it("by rdomain, then by group, then by wire", () => {
    const fw = host("fw", [
      { n: "em0", g: ["egress"], a: ["192.0.2.1/24"] },
      { n: "em1", g: ["dmz"] },
      { n: "em2", g: ["dmz", "every"] },
      { n: "em3", g: ["every"], a: ["10.3.0.1/24"] },
      { n: "em4", a: ["10.4.0.1/24"] },
      { n: "vlan5", rd: 2 },
      { n: "vlan6", rd: 2, g: ["dmz"] },
      { n: "vlan7", rd: 3, g: ["red"] },
      { n: "vlan8", rd: 3, g: ["blue"] },
      { n: "vlan9", rd: 4, g: ["green"] },
    ]);
    expect(zonesOf(alone(fw))).toEqual([
      "internet: fw:egress",
      "dmz: fw:em1",
      "every: fw:group/every",
      "em4: fw:em4",
      "rdomain2: fw:rdomain/2",
      "red: fw:group/red",
      "blue: fw:group/blue",
      "green: fw:group/green",
      "fw: fw",
    ]);
  });

  it("of the ports of a switch with an address, and one of each port without", () => {
    const lan = { n: "veb0", more: { kind: "veb", members: ["em1", "em2", "vport0"] } } as const;
    const through = { n: "bridge1", more: { kind: "bridge", members: ["em3", "em4"] } } as const;
    const ports = ["em1", "em2", "em3", "em4"].map((n) => ({ n }));
    const vport = { n: "vport0", a: ["10.0.0.1/24"], more: { kind: "vport" } } as const;
    expect(zonesOf(alone(host("fw", [...ports, lan, through, vport])))).toEqual([
      "veb0: fw:em1, fw:em2",
      "em3: fw:em3",
      "em4: fw:em4",
      "fw: fw",
    ]);
  });

  it("of guests, of trunks, and of what nothing uses", () => {
    const base = host("fw", [
      { n: "em1" },
      { n: "em2" },
      { n: "em3" },
      { n: "vlan1", a: ["10.1.0.1/24"], more: { parent: "em1", vnetid: 1 } },
      { n: "tap0", a: ["10.2.0.1/24"] },
      { n: "tap1", a: ["10.3.0.1/24"] },
    ]);
    const fw = { ...base, guests: [{ name: "Web 1", taps: ["tap0"], span: NOWHERE }] };
    const other = { ...base, guests: [{ name: "web", taps: ["tap0", "tap1"], span: NOWHERE }] };
    expect(zonesOf(alone(fw))).toEqual([
      "vlan1: fw:vlan1",
      "web-1: fw:tap0",
      "tap1: fw:tap1",
      "trunk: fw:em1",
      "unused: fw:em2, fw:em3",
      "fw: fw",
    ]);
    expect(zonesOf(alone(other))).toContain("web: fw:vm/web");
  });

  it("that hold both ends of what may be one wire, unless people named them apart", () => {
    const fw1 = host("fw1", [
      { n: "em1", g: ["red"], a: ["10.1.0.1/24"] },
      { n: "em2", a: ["10.2.0.1/24"] },
    ]);
    const fw2 = host("fw2", [
      { n: "em1", a: ["10.1.0.2/24"] },
      { n: "em2", g: ["blue"], a: ["10.1.0.3/24"] },
      { n: "em3", a: ["10.2.0.2/24"] },
    ]);
    expect(zonesOf(alone(fw1, fw2))).toEqual([
      "red: fw1:group/red",
      "fw1-em2: fw1:em2, fw2:em3",
      "blue: fw2:em1, fw2:em2",
      "fw1: fw1",
      "fw2: fw2",
    ]);
  });

  it("called as the hostname.if files call the wires, each name once", () => {
    const interfaces = ["em1", "em2", "em3", "em4", "em5"].map((n, at) => ({
      n,
      a: [`10.${at}.0.1/24`],
    }));
    const remark = (name: string, label: string): InterfaceRemark => {
      return { host: "fw", interface: name, text: label, label };
    };
    const said = [remark("em1", "The LAN!"), remark("em2", "the lan"), remark("em3", "hosts")];
    const sentence = "a sentence that goes on";
    expect(
      zonesOf(alone(host("fw", interfaces)), [
        ...said,
        remark("em4", "\u202e!"),
        remark("em5", sentence),
      ]),
    ).toEqual([
      "the-lan: fw:em1",
      "em2: fw:em2",
      "em3: fw:em3",
      "em4: fw:em4",
      "em5: fw:em5",
      "fw: fw",
    ]);
  });

  it("that leave an uplink towards a host of the site inside", () => {
    const fw = host("fw", [
      { n: "em0", g: ["egress"], a: ["192.0.2.1/24"] },
      { n: "em1", a: ["10.1.0.1/24"] },
    ]);
    const web = smallHost("web", {
      interfaces: [{ n: "em0", g: ["egress"], a: ["10.1.0.2/24"] }],
      routes: [["0.0.0.0/0", "em0", "10.1.0.1"]],
      rules: ["pass"],
    });
    expect(zonesOf(alone(fw, web)).slice(0, 2)).toEqual([
      "internet: fw:egress",
      "fw-em1: fw:em1, web:em0",
    ]);
  });
});

describe("init asks about wires", () => {
  it("that several hosts have addresses of, all ends of one together", () => {
    const ends = ["a", "b", "c"].map((name, at) =>
      host(name, [{ n: "em0", a: [`10.1.0.${at + 1}/24`] }]),
    );
    const { doubts } = init(alone(...ends), [], { budget: 1 });
    expect(doubts).toEqual([
      { name: "a-em0", ends: ["a:em0", "b:em0", "c:em0"], reason: "10.1.0.0/24 is on 3 of them" },
    ]);
  });
});

describe("init lists flows", () => {
  it("that pass on their own, and none that rides on the state of another", () => {
    const { conduits, zones } = init(tenantNetwork(), [], BUDGET);
    const [internet, a, b, fw] = zones.map((it) => it.name);
    const flows = conduits.flatMap(({ from, to, services }) =>
      from.flatMap((one) => to.map((other) => `${one} ${other} ${services.names.join(" ")}`)),
    );
    expect(flows).toContain(`${a} ${internet} any`);
    expect(flows).toContain(`${b} ${internet} any`);
    expect(flows).toContain(`${fw} ${internet} any`);
    // claims.md 2: a punches a hole for internet → b, and may steal a state of b's
    expect(flows.filter((it) => it.startsWith(`${internet} ${b} `))).toEqual([
      `${internet} ${b} errors`,
    ]);
    expect(flows.filter((it) => /^vlan\d+ vlan\d+ (?!errors$)/.test(it))).toEqual([]);
  });

  it("until the budget ends, and says so", () => {
    const { conduits, pairs, stopped } = init(tenantNetwork(), [], { budget: 10 });
    expect({ conduits, pairs, stopped }).toEqual({
      conduits: [],
      pairs: { done: 0, total: 12 },
      stopped: "budget",
    });
  });

  it("until somebody stops it, those that are known included", () => {
    let asked = 0;
    const answer = init(tenantNetwork(), [], {
      ...BUDGET,
      progress: ({ phase }) => {
        if (phase === "listing flows") asked++;
      },
      poll: () => {
        if (asked > 5) throw new Cancelled();
      },
    });
    expect(answer).toMatchObject({ stopped: "cancelled", pairs: { done: 5, total: 12 } });
  });
});

describe("a drawn site", () => {
  const group = fc.constantFrom(
    "red",
    "a*b",
    "a/b",
    "true",
    "hosts",
    "internet",
    "__proto__",
    "egress",
    "ü",
    "*",
  );
  const one = fc.record({
    n: fc.constantFrom(
      "em0",
      "em1",
      "em2",
      "em3",
      "vlan1",
      "vlan2",
      "tap0",
      "wg0",
      "enc0",
      "vport0",
      "veb0",
      "lo1",
    ),
    g: fc.array(group, { maxLength: 2 }),
    rd: fc.constantFrom(0, 0, 0, 1, 2),
    a: fc.subarray(["10.1.0.1/24", "10.2.0.1/24", "2001:db8::1/64"]),
    more: fc.record({
      up: fc.boolean(),
      automatic: fc.constantFrom<("inet" | "inet6")[]>([], ["inet"]),
    }),
  });
  const members = fc.subarray(["em0", "em1", "em2", "tap0", "vport0"]);
  const drawn = fc
    .tuple(fc.uniqueArray(one, { selector: (it) => it.n, maxLength: 9 }), members)
    .map(([interfaces, ports]) =>
      interfaces.map((it) => {
        const vlan = it.n.startsWith("vlan")
          ? { parent: "em3", vnetid: Number(it.n.slice(4)) }
          : {};
        const more = it.n === "veb0" ? { members: ports } : vlan;
        return { ...it, more: { ...it.more, ...more } };
      }),
    );
  const names = fc.uniqueArray(
    fc.constantFrom("fw", "1", "2024-01-01", "internet", "hosts", "unplaced", "true", "a.b"),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  const site = names.chain((all) =>
    fc.tuple(...all.map((name) => fc.tuple(fc.constant(name), drawn))),
  );

  it("gets a site.yaml without complaints that places every wire and every host once", () => {
    fc.assert(
      fc.property(site, fc.string({ unit: "binary" }), (drawnHosts, text) => {
        const hosts = drawnHosts.map(([name, interfaces]) => host(name, interfaces, ["pass"]));
        const network = alone(...hosts);
        const remarks = hosts.flatMap((it) =>
          it.interfaces.map(({ name }) => ({ host: it.name, interface: name, text, label: text })),
        );
        const answer = init(network, remarks, { budget: 1 });
        const yaml = siteYaml(
          answer,
          hosts.map((it) => it.name),
        );
        const { additions, diagnostics } = parseSite({ file: "site.yaml", text: yaml, hosts });
        expect(diagnostics, yaml).toEqual([]);
        expect(additions.zones.map((it) => it.name)).toEqual(answer.zones.map((it) => it.name));

        const written: Network = { ...network, ...additions };
        const wiring = wiringOf(written);
        const places = written.zones.flatMap(({ at }) => {
          const found = at.flatMap((it) => findPlaces(written, wiring, it));
          return [...new Set(found.map((it) => (it.kind === "host" ? it.host : it.wire)))];
        });
        const wires = wiring.wires.filter((it) => it.attachments.length > 0 && !it.internal);
        expect(new Set(places)).toEqual(new Set([...hosts, ...wires]));
        expect(places).toHaveLength(hosts.length + wires.length);
      }),
      { numRuns: 300 },
    );
  });
});
