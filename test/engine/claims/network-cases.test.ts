import { describe, expect, it } from "vitest";
import { pick, scriptTo } from "../../../engine/claims/witness.ts";
import type { Emission, Script } from "../../../model/answer.ts";
import type { Packet } from "../../../model/packet.ts";
import { networkOfSite } from "../../../scenarios/arbitraries/network.ts";
import { packet } from "../../support/packet.ts";
import { inWords, WalksInside } from "./walks-inside.ts";

/** What drawn networks have shown once (`npm run fuzz -- networks`), in small. */

const FORWARDING = ["net.inet.ip.forwarding=1", "net.inet6.ip6.forwarding=1"];

const UPLINK = {
  "sysctl.conf": FORWARDING,
  "hostname.em0": ["inet 192.0.2.1 255.255.255.0", "inet6 2001:db8:f::1 64"],
  mygate: ["192.0.2.254", "2001:db8:f::fe"],
};

const TENANT = { "hostname.em4": ["inet 10.1.0.1 255.255.255.0", "inet6 2001:db8:1::1 64"] };

/** A veb that asks pf, its gateway, and a wire. */
const SWITCHED = {
  "hostname.vport10": ["inet 10.1.0.1 255.255.255.0", "up"],
  "hostname.em4": ["up"],
  "hostname.veb10": ["add em4", "add vport10", "link1", "up"],
};

const TUNNEL = {
  "hostname.vxlan1": ["tunnel 192.0.2.1 192.0.2.77", "vnetid 1", "inet 10.71.0.1 255.255.255.0"],
};

const ZONES = ["  internet: { at: 'fw:em0' }", "  tenant: { at: 'fw:em4' }"];
const FAR = "  far: { at: 'fw:vxlan1' }";

const [OUTSIDE, STATION] = ["198.51.100.9", "10.1.0.5"];

describe("a packet", () => {
  it("is copied by the `dup-to` of a state, whichever way it goes", () => {
    const inside = site({ ...UPLINK, ...TENANT }, [
      "block",
      "pass in on em4 inet from 10.1.0.5 dup-to 192.0.2.254",
      "pass out on em0 received-on em4",
    ]);
    const asked = from("tenant", "em4", packet(STATION, OUTSIDE));
    const ports = { sourcePort: 53, destinationPort: 5000 };
    const back = from("internet", "em0", packet(OUTSIDE, STATION, ports));
    expect(zonesOf(inside, [asked, back])).toEqual(["internet", "internet", "tenant"]);
  });

  it("that pf sends itself is not asked about by a veb on its way", () => {
    const inside = site({ ...UPLINK, ...SWITCHED }, [
      "block",
      "pass in on em0 inet route-to 10.1.0.5",
      "pass out on vport10",
    ]);
    const script = [from("internet", "em0", packet("198.51.100.9", "203.0.113.9"))];
    expect(zonesOf(inside, script)).toContain("tenant");
  });

  it("of neighbour discovery is forwarded where pf is not asked on its way out", () => {
    const solicitation = packet("2001:db8:f::9", "2001:db8:1::5", {
      protocol: 58,
      icmpType: 135,
      ttl: 255,
    });
    const script = [from("internet", "em0", solicitation)];
    const unasked = site({ ...UPLINK, ...TENANT }, ["set skip on em4", "pass"]);
    expect(zonesOf(unasked, script)).toEqual(["internet", "tenant"]);
    expect(zonesOf(site({ ...UPLINK, ...TENANT }, ["pass"]), script)).toEqual(["internet"]);
  });

  it("is no neighbour discovery to pf where it is a fragment", () => {
    const inside = site({ ...UPLINK, ...TENANT }, ["set reassemble no", "pass"]);
    const first = { protocol: 58, icmpType: 135, fragment: "first", ttl: 255 } as const;
    const ends = [
      ["192.0.2.9", STATION],
      ["2001:db8:f::9", "2001:db8:1::5"],
    ] as const;
    for (const [source, destination] of ends) {
      const script = [from("internet", "em0", packet(source, destination, first))];
      expect(zonesOf(inside, script)).toEqual(["internet", "tenant"]);
    }
  });

  it("that asks about a SYN within a connection is pf's own, and not followed", () => {
    const inside = site({ ...UPLINK, ...TENANT }, ["block", "pass on { em0 em4 }"]);
    const tcp = (flags: string, forth: boolean): Packet => {
      const ends = forth ? ([STATION, OUTSIDE] as const) : ([OUTSIDE, STATION] as const);
      return packet(...ends, { protocol: 6, flags, sourcePort: 5000, destinationPort: 5000 });
    };
    const connection = [
      from("tenant", "em4", tcp("S", true)),
      from("internet", "em0", tcp("SA", false)),
      from("tenant", "em4", tcp("A", true)),
    ];
    expect(zonesOf(inside, connection)).toEqual(["internet", "tenant"]);
    const again = from("tenant", "em4", tcp("S", true));
    expect(zonesOf(inside, [...connection, again])).toEqual(["tenant"]);
  });

  it("keeps its tag in the outer packet", () => {
    const rules = [
      "block",
      "pass in on em4 tag T1",
      "pass out on vxlan1",
      "pass out on em0 tagged T1",
    ];
    const inside = site({ ...UPLINK, ...TENANT, ...TUNNEL }, rules, [FAR]);
    const script = [from("tenant", "em4", packet(STATION, "10.71.0.9"))];
    expect(zonesOf(inside, script)).toEqual(["far", "internet", "tenant"]);
  });

  it("that a station afar has wrapped is its own where a rule leads it astray", () => {
    const rules = [
      "block",
      "pass in on em0 inet proto udp to 192.0.2.1 rdr-to 10.1.0.5",
      "pass out",
    ];
    const inside = site({ ...UPLINK, ...TENANT, ...TUNNEL }, rules, [FAR]);
    const ports = { sourcePort: 4789, destinationPort: 4789 };
    const outer = packet("192.0.2.77", "192.0.2.1", ports);
    const script = [{ ...from("far", "em0", packet("10.71.0.9", "10.71.0.1")), outer }];
    expect(zonesOf(inside, script)).toEqual(["tenant"]);
  });

  it("that pf sends itself into a tunnel is not asked about outside of it either", () => {
    const rules = ["block", "pass in on em4 inet route-to 10.71.0.9", "pass out on vxlan1"];
    const inside = site({ ...UPLINK, ...TENANT, ...TUNNEL }, rules, [FAR]);
    const script = [from("tenant", "em4", packet(STATION, OUTSIDE))];
    expect(zonesOf(inside, script)).toEqual(["far", "internet", "tenant"]);
  });
});

describe("a packet that looks for a floating state", () => {
  const other = "  other: { at: 'fw:em5' }";
  const second = { "hostname.em5": ["inet 10.2.0.1 255.255.255.0", "inet6 2001:db8:2::1 64"] };

  it("came in where it came in, whatever interfaces are looked up together", () => {
    const inside = site(
      { ...UPLINK, ...TENANT, ...second },
      [
        "block",
        "pass in on em4 inet from 10.1.0.5 to 198.51.100.9",
        "pass out on em0 inet received-on em5",
      ],
      [other],
    );
    const asked = packet(STATION, OUTSIDE);
    const script = [from("tenant", "em4", asked), from("other", "em5", asked)];
    expect(zonesOf(inside, script)).toEqual(["internet", "other"]);
  });

  it("is for the host by an address of its interface, where nothing is forwarded", () => {
    const own = { ...UPLINK, "sysctl.conf": [] };
    const inside = site(
      { ...own, ...TENANT, ...second },
      ["block", "pass in on em5 inet"],
      [other],
    );
    const [client, host] = ["10.2.0.5", "10.2.0.1"];
    const opening = packet(client, host, { protocol: 6, flags: "S" });
    const script = [opening, { ...opening, flags: 16 }].map((it) => from("other", "em5", it));
    expect(zonesOf(inside, script)).toEqual(["hosts", "other"]);
  });
});

describe("a witness", () => {
  it("sends a frame of the far segment to the host that ends the tunnel, not to its neighbour", () => {
    const inside = new WalksInside(
      networkOfSite(
        filesOf({
          "a/etc/hostname.em1": ["inet 10.91.0.1 255.255.255.0"],
          "a/etc/pf.conf": ["block"],
          "b/etc/hostname.em0": ["inet 10.91.0.2 255.255.255.0"],
          "b/etc/hostname.vxlan2": [
            "tunnel 10.91.0.2 10.91.0.1",
            "vnetid 2",
            "inet 10.72.0.1 255.255.255.0",
          ],
          "b/etc/pf.conf": ["pass"],
          "site.yaml": [
            "pfproof: 1",
            "wires: { cable: ['a:em1', 'b:em0'] }",
            "zones: { far: { at: 'b:vxlan2' }, link: { at: cable }, b: { at: b } }",
          ],
        }),
      ),
    );
    expectDelivered(inside, "far", "b");
  });

  it("sends a frame to the host that switches it without a test, not to its neighbour", () => {
    const veb = (members: readonly string[], more: readonly string[] = []): readonly string[] => [
      ...[...members.map((it) => `add ${it}`), ...more, "up"],
    ];
    const inside = new WalksInside(
      networkOfSite(
        filesOf({
          "a/etc/hostname.em1": ["up"],
          "a/etc/hostname.em2": ["up"],
          "a/etc/hostname.veb1": veb(["em1", "em2"], ["link1"]),
          "a/etc/pf.conf": ["block"],
          "b/etc/hostname.em0": ["up"],
          "b/etc/hostname.em2": ["up"],
          "b/etc/hostname.veb1": veb(["em0", "em2"]),
          "b/etc/pf.conf": ["block"],
          "site.yaml": [
            "pfproof: 1",
            "wires: { cable: ['a:em1', 'b:em0'] }",
            "zones: { cable: { at: cable }, behind: { at: 'b:em2' } }",
          ],
        }),
      ),
    );
    expectDelivered(inside, "cable", "behind");
  });
});

/** Whatever the closure delivers of a zone's own UDP packets gets there by the script that is found. */
function expectDelivered(
  { closure, witnesses, sets, plan }: WalksInside,
  from: string,
  to: string,
) {
  const [sender, receiver] = [from, to].map((name) =>
    plan.zones.findIndex((zone) => zone.name === name),
  );
  const increments = closure.deliveries(receiver ?? -1).filter((it) => {
    return !closure.labels.at(it.label).about;
  });
  const told = increments.flatMap((increment) => {
    const own = sets.and(increment.set, closure.owners.from(sender ?? -1));
    const marked = pick(sets, sets.and(own, sets.range("protocol", 17n, 17n)));
    if (marked === undefined) return [];
    const script = scriptTo(closure, increment, marked) ?? [];
    const deliveries = witnesses.play(script).at(-1)?.deliveries ?? [];
    return [{ script: inWords(script), arrives: deliveries.some((it) => it.zone === receiver) }];
  });
  expect(told).not.toEqual([]);
  expect(told.filter(({ arrives }) => !arrives)).toEqual([]);
}

/** The host `fw` with two wires. */
function site(
  files: Readonly<Record<string, readonly string[]>>,
  rules: readonly string[],
  zones: readonly string[] = [],
): WalksInside {
  const below = Object.entries({ ...files, "pf.conf": ["set skip on lo", ...rules] });
  const host = Object.fromEntries(below.map(([name, lines]) => [`fw/etc/${name}`, lines]));
  const yaml = ["pfproof: 1", "zones:", ...ZONES, ...zones];
  return new WalksInside(networkOfSite(filesOf({ ...host, "site.yaml": yaml })));
}

function filesOf(files: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(files).map(([path, lines]) => [path, `${lines.join("\n")}\n`]));
}

function from(zone: string, name: string, it: Packet): Emission {
  return { from: zone, at: { host: "fw", interface: name }, local: false, packet: it };
}

/** Where the last packet of a script arrives, sorted; throws if the closure does not have it. */
function zonesOf(inside: WalksInside, script: Script): readonly string[] {
  const outside = inside.outside(script);
  if (outside.length > 0) throw new Error(outside[0]);
  const deliveries = inside.witnesses.play(script).at(-1)?.deliveries ?? [];
  return deliveries.map(({ zone }) => inside.plan.zones[zone]?.name ?? "").toSorted();
}
