import { describe, expect, it } from "vitest";
import { planOf } from "../../../engine/claims/plan.ts";
import { withZone, zoneNames } from "../../../engine/queries/reach/asked-zone.ts";
import { reach } from "../../../engine/queries/reach.ts";
import { traceScript } from "../../../engine/queries/trace.ts";
import type { Cable, Network } from "../../../model/network.ts";
import type { ReachAnswer } from "../../../model/reach.ts";
import { parsePlace } from "../../../parser/site/place.ts";
import { regionsLines } from "../../../report/region.ts";
import { NOWHERE, networkOf } from "../../support/network.ts";
import { between, filesOf, lastPlace, networkAt, OPTIONS } from "../../support/reach.ts";
import { tenantNetwork } from "../../support/recorded-networks.ts";
import { smallHost } from "../../support/small-host.ts";

function inScenario(title: string, from: string, to: string): ReachAnswer {
  return between(networkAt(filesOf(title)), from, to);
}

/** Who blocks along each way: `fw out vlan20: rule @0`. */
function blockersOf({ blocked }: ReachAnswer): readonly (readonly string[])[] {
  return (blocked?.paths ?? []).map(({ tests }) =>
    tests.map(({ host, direction, interface: it, deciders }) => {
      const [first] = deciders;
      return `${host} ${direction} ${it}: ${first?.rule?.text}`;
    }),
  );
}

describe("reach says yes", () => {
  it("with all that gets in, a script and its way", () => {
    const answer = inScenario("multi-tenant-host", "internet", "tenant1");
    expect(answer).toMatchObject({ verdict: "yes", reasons: [], refuted: false });
    expect(answer.flows.map(({ by, sure, conduit }) => [by, sure, conduit])).toEqual([
      ["itself", true, true],
      ["state", true, true],
      ["error", true, true],
    ]);
    const [own] = answer.flows.map(({ packets }) => regionsLines(packets));
    expect(own).toHaveLength(1);
    expect(own![0]).toMatch(/^proto tcp from .* to \{ 10\.10\.0\.5 .* port 443 flags S\/FSRPAU$/);
    const { traces } = traceScript(networkAt(filesOf("multi-tenant-host")), answer.witness!.script);
    expect(lastPlace(answer.witness!.traces[0]!.steps)).toBeDefined();
    expect(traces[0]!.steps).toEqual(expect.arrayContaining([...answer.witness!.traces[0]!.steps]));
  });

  it("of what a mistake lets in, apart from what a conduit allows", () => {
    const network = tenantNetwork([], "spoof", ["pass"]);
    const answer = between(network, "a", "b");
    expect(answer.verdict).toBe("yes");
    expect(answer.flows.every(({ conduit }) => !conduit)).toBe(true);
    const allowed = between(network, "a", "internet");
    expect(allowed.flows.every(({ conduit }) => conduit)).toBe(true);
  });

  it.each([
    ["multi-tenant-host with no-antispoof", "internet", "tenant2", "punched"],
    ["multi-tenant-host with shared-quick", "tenant1", "tenant2", "direct"],
    ["multi-tenant-host with one-switch", "tenant1", "tenant2", "layer 2"],
  ])("in %s: %s to %s, %s", (title, from, to, kind) => {
    expect(inScenario(title, from, to)).toMatchObject({ verdict: "yes", witness: { class: kind } });
  });
});

describe("reach says no", () => {
  it("with the line that decides", () => {
    const answer = inScenario("multi-tenant-host", "tenant1", "tenant2");
    expect(answer).toMatchObject({ verdict: "no", flows: [], blocked: { tests: 1 } });
    const [path] = answer.blocked!.paths;
    expect(path!.tests[0]!.deciders[0]!.rule!.span).toMatchObject({
      file: "vmm/etc/pf.conf",
      line: 33,
      column: 1,
    });
  });

  it("with the packets of each way, and every rule that drops some of them", () => {
    const rules = [
      "pass no state",
      "block out on vlan20",
      "block out on vlan20 proto udp to port 53",
    ];
    const answer = between(tenantNetwork([], "spoof", rules), "a", "b");
    expect(blockersOf(answer)).toEqual([
      ["fw out vlan20: block drop out on vlan20 proto udp from any to any port = 53"],
    ]);
    const [path] = answer.blocked!.paths;
    expect(path!.tests[0]!.deciders.map(({ rule }) => rule!.number)).toEqual([2, 1]);
    expect(regionsLines(path!.packets).join()).toContain("10.20.0.2 - 10.20.0.254");
  });

  it("with translations on the way", () => {
    const rules = [
      "block",
      "pass in on em0 proto tcp to 192.0.2.1 port 80 rdr-to 10.20.0.5 port 8080",
    ];
    const network = tenantNetwork(["set state-policy if-bound"], "assigned", rules);
    const { blocked } = between(network, "internet", "b");
    const ways = blocked!.paths.map(({ trace }) => trace.steps.filter((it) => it.kind === "test"));
    expect(ways).toMatchObject([
      [
        {
          verdict: "pass",
          made: true,
          packet: { destination: 0xc0000201n, destinationPort: 80 },
          becomes: { destination: 0x0a140005n, destinationPort: 8080 },
        },
        {
          direction: "out",
          interface: "vlan20",
          verdict: "block",
          packet: { destinationPort: 8080 },
        },
      ],
    ]);
  });

  it("with what ends the way if no rule does", () => {
    const { verdict, blocked } = inScenario("central-firewall", "tenant-a", "tenant-b");
    expect(verdict).toBe("no");
    expect(blocked).toEqual({
      paths: [],
      truncated: false,
      ends: [
        { host: "fw", reason: "no rule takes them to rdomain 2: em3, vxlan102" },
        { host: "fw", reason: "it has no inet route there in rdomain 1" },
        { host: "fw", reason: "it has no inet6 route there in rdomain 1" },
      ],
    });
  });

  it("because a host does not forward", () => {
    const network = tenantNetwork([], "spoof", ["pass"]);
    const hosts = network.hosts.map((host) => ({
      ...host,
      forwarding: { inet: false, inet6: false },
    }));
    const { verdict, blocked } = between({ ...network, hosts }, "a", "b");
    expect([verdict, blocked!.ends]).toEqual([
      "no",
      [{ host: "fw", reason: "it does not forward inet" }],
    ]);
  });

  it("because no wire leads on", () => {
    const alone = (name: string) =>
      smallHost(name, { interfaces: [{ n: "em0" }], routes: [], rules: ["pass"] });
    const network = networkOf([alone("x"), alone("y")], { a: "x:em0", b: "y:em0" }, []);
    const { verdict, blocked } = between(network, "a", "b");
    expect([verdict, blocked!.ends]).toEqual([
      "no",
      [{ host: "y", reason: "no route leads out on em0" }],
    ]);
  });
});

/** Firewalls side by side between zones a and b. */
function parallel(rules: readonly (readonly string[])[]): Network {
  const hosts = rules.map((own, index) =>
    smallHost(`fw${index}`, {
      interfaces: [
        { n: "em0", a: [`10.1.0.${index + 1}/24`] },
        { n: "em1", a: [`10.2.0.${index + 1}/24`] },
      ],
      routes: [
        ["10.1.0.0/24", "em0"],
        ["10.2.0.0/24", "em1"],
      ],
      rules: own,
    }),
  );
  const cable = (name: string, on: string): Cable => {
    return { name, ends: hosts.map((it) => ({ host: it.name, interface: on, span: NOWHERE })) };
  };
  const cables = [cable("one", "em0"), cable("two", "em1")];
  return { ...networkOf(hosts, { a: "fw0:em0", b: "fw0:em1" }, []), cables };
}

describe("the ways that reach tells of", () => {
  const twice = ["block"];
  const inOnly = ["block in on em0", "pass out no state"];
  const outOnly = ["pass in no state", "block out on em1"];

  it("are those that the fewest tests block", () => {
    expect(blockersOf(between(parallel([twice, outOnly, twice]), "a", "b"))).toEqual([
      ["fw1 out em1: block drop out on em1 all"],
    ]);
  });

  it("are all of them, each once", () => {
    const answer = between(parallel([inOnly, twice, outOnly]), "a", "b");
    expect(answer.blocked).toMatchObject({ tests: 1, truncated: false });
    expect(blockersOf(answer).toSorted()).toEqual([
      ["fw0 in em0: block drop in on em0 all"],
      ["fw2 out em1: block drop out on em1 all"],
    ]);
  });

  it("are at most ten", () => {
    const ten = between(parallel(Array(10).fill(inOnly)), "a", "b").blocked!;
    expect([ten.paths.length, ten.truncated]).toEqual([10, false]);
    const more = between(parallel(Array(11).fill(inOnly)), "a", "b").blocked!;
    expect([more.paths.length, more.truncated]).toEqual([10, true]);
  });

  it("do not count those that more tests block on the way to where others get freely", () => {
    const first = parallel([["pass no state"], ...Array(11).fill(inOnly)]);
    const gate = smallHost("gate", {
      interfaces: [
        { n: "em0", a: ["10.2.0.200/24"] },
        { n: "em1", a: ["10.3.0.1/24"] },
      ],
      routes: [
        ["10.2.0.0/24", "em0"],
        ["10.3.0.0/24", "em1"],
      ],
      rules: outOnly,
    });
    const hosts = first.hosts.map((host) => {
      const prefix = { family: "inet", value: 0x0a030000n, length: 24 } as const;
      const route = { rtable: 0, prefix, interface: "em1", gateway: 0x0a0200c8n, local: false };
      return { ...host, routes: [...host.routes, route] };
    });
    const [one, two] = first.cables;
    const ends = [...two!.ends, { host: "gate", interface: "em0", span: NOWHERE }];
    const { zones } = networkOf([], { a: "fw0:em0", b: "gate:em1" }, []);
    const network = { ...first, hosts: [...hosts, gate], cables: [one!, { ...two!, ends }], zones };
    const answer = between(network, "a", "b");
    expect(answer.blocked).toMatchObject({ tests: 1, truncated: false });
    expect(blockersOf(answer)).toEqual([["gate out em1: block drop out on em1 all"]]);
  });

  it("may need more tests than one host has", () => {
    const answer = between(parallel([twice, twice]), "a", "b");
    expect(answer.blocked!.tests).toBe(2);
    expect(blockersOf(answer)).toEqual([
      ["fw0 in em0: block drop all", "fw0 out em1: block drop all"],
      ["fw1 in em0: block drop all", "fw1 out em1: block drop all"],
    ]);
  });
});

describe("reach says perhaps", () => {
  it("with what is not known, and what may get in by it", () => {
    const rules = [
      "table <peers> persist",
      "block",
      "pass in on vlan10 from <peers> to 10.20.0.0/24 no state",
      "pass out on vlan20 no state",
    ];
    const network = tenantNetwork([], "spoof", rules);
    expect(planOf(network).brackets).toHaveLength(1);
    const answer = between(network, "a", "b");
    expect(answer.verdict).toBe("perhaps");
    expect(answer.reasons).toHaveLength(1);
    expect(answer.flows.map(({ by, sure }) => [by, sure])).toEqual([["itself", false]]);
    expect(answer.blocked).toBeUndefined();
  });

  it("when the budget is used up", () => {
    const answer = reach(tenantNetwork(), { from: "a", to: "b" }, { ...OPTIONS, budget: 100 });
    expect(answer).toMatchObject({ verdict: "perhaps", stopped: "budget", flows: [] });
  });
});

describe("a place that is asked about", () => {
  const place = (text: string) => {
    const read = parsePlace(text, NOWHERE);
    if ("diagnostic" in read) throw new Error(text);
    return read.place;
  };

  it("has what the zone that it was in may do", () => {
    const network = tenantNetwork();
    const asked = withZone(network, "fw:vlan10", place("fw:vlan10"))!;
    expect(zoneNames(asked)).toEqual(["internet", "a", "b", "host", "fw:vlan10"]);
    const verdict = (of: Network, from: string, to: string): string =>
      between(of, from, to).verdict;
    expect(verdict(asked, "fw:vlan10", "internet")).toBe(verdict(network, "a", "internet"));
    expect(verdict(asked, "internet", "fw:vlan10")).toBe(verdict(network, "internet", "a"));
    expect(asked.zones.find((zone) => zone.name === "a")!.at).toEqual([]);
  });

  it("leaves the others to its zone", () => {
    const network = networkAt(filesOf("multi-tenant-host"));
    const asked = withZone(network, "vmm:tap10", place("vmm:tap10"))!;
    const plan = planOf(asked);
    const wires = (name: string): readonly string[] =>
      plan.zones
        .find((zone) => zone.name === name)!
        .places.map((it) => (it.kind === "wire" ? it.wire.name : it.host.name));
    expect(wires("vmm:tap10")).toEqual(["vmm:tap10"]);
    expect([...wires("tenant1"), "vmm:tap10"].toSorted()).toEqual(
      planOf(network)
        .zones.find((zone) => zone.name === "tenant1")!
        .places.map((it) => (it.kind === "wire" ? it.wire.name : it.host.name))
        .toSorted(),
    );
  });

  it("is nothing if no place is called so", () => {
    expect(withZone(tenantNetwork(), "x", place("x:em0"))).toBeUndefined();
  });
});
