import type { AdversaryLevel, Network } from "../../model/network.ts";
import { NOWHERE, networkOf } from "../support/network.ts";
import { tenantNetwork, tunnelNetwork } from "../support/recorded-networks.ts";
import { smallHost } from "../support/small-host.ts";
import type { Universe } from "./explore.ts";
import { threeHosts } from "./three-hosts.ts";

/** A small network, and what to try on it. */
export interface Small {
  readonly name: string;
  readonly at: (level: AdversaryLevel) => Network;
  readonly universe: Universe;
}

const UNIVERSE: Universe = {
  addresses: ["198.51.100.9", "10.10.0.5", "10.20.0.5", "192.0.2.1"],
  ports: [53, 5000],
  protocols: ["udp", "tcp", "icmp"],
};

const TUNNEL_UNIVERSE: Universe = {
  ...UNIVERSE,
  addresses: ["198.51.100.9", "10.10.0.5", "10.50.0.9", "192.0.2.1"],
  protocols: ["udp", "icmp"],
};

const THREE_HOSTS_UNIVERSE: Universe = {
  addresses: ["198.51.100.9", "10.1.0.5", "10.2.0.5", "192.0.2.1"],
  ports: [53, 5000],
  protocols: ["udp", "icmp"],
};

const ANTISPOOF = "antispoof quick for { vlan10 vlan20 }";
const BOUND = "set state-policy if-bound";

/** The one-host networks of claims.md 2, the same split over two hosts, with and without remedies. */
export const SMALL: readonly Small[] = [
  oneHost("as recorded", []),
  oneHost("with if-bound states", [BOUND]),
  oneHost("with antispoof", [ANTISPOOF]),
  oneHost("with both", [BOUND, ANTISPOOF]),
  oneHost(
    "with nat and a blanket pass out",
    [BOUND],
    [
      "block in",
      "pass in on { vlan10 vlan20 } to ! 10.0.0.0/8",
      "pass out",
      "pass out on em0 nat-to (em0)",
    ],
  ),
  oneHost(
    "with a service and outbound filtering",
    [BOUND, ANTISPOOF],
    ["pass in", "block out", "pass out on em0", "pass out on vlan20 proto udp to port 53"],
  ),
  twoHosts("as recorded", []),
  twoHosts("with if-bound states", [BOUND]),
  twoHosts("with antispoof", ["antispoof quick for vlan10"]),
  tunnel("without outer packets", "none"),
  tunnel("with outer packets out", "out only"),
  tunnel("with outer packets both ways", "both ways"),
  bridged("with NAT", []),
  bridged("with NAT and if-bound states", [BOUND]),
];

type Remedies = Parameters<typeof tenantNetwork>[0];

function oneHost(title: string, remedies: Remedies, rules?: readonly string[]): Small {
  return {
    name: `one host ${title}`,
    at: (level) => tenantNetwork(remedies, level, rules),
    universe: UNIVERSE,
  };
}

function bridged(title: string, settings: readonly string[]): Small {
  return {
    name: `three hosts, routing domains and a bridge ${title}`,
    at: (adversary) => ({ ...threeHosts(settings), adversary }),
    universe: THREE_HOSTS_UNIVERSE,
  };
}

function tunnel(title: string, outer: Parameters<typeof tunnelNetwork>[0]): Small {
  return {
    name: `a tunnel ${title}`,
    at: (adversary) => ({ ...tunnelNetwork(outer), adversary }),
    universe: TUNNEL_UNIVERSE,
  };
}

/**
 * Tenant `a` behind the edge firewall, tenant `b` behind a second host that trusts it: punched by `a`
 * for the Internet, and stolen from by `a`, through the edge's floating states.
 */
function twoHosts(title: string, remedies: readonly string[]): Small {
  const edge = smallHost("edge", {
    interfaces: [
      { n: "em0", g: ["egress"], a: ["192.0.2.1/24"] },
      { n: "em1", a: ["10.99.0.1/30"] },
      { n: "vlan10", a: ["10.10.0.1/24"] },
    ],
    routes: [
      ["0.0.0.0/0", "em0", "192.0.2.254"],
      ["192.0.2.0/24", "em0"],
      ["10.99.0.0/30", "em1"],
      ["10.10.0.0/24", "vlan10"],
      ["10.20.0.0/24", "em1", "10.99.0.2"],
    ],
    rules: [
      ...remedies,
      "block",
      "pass in on vlan10 to ! 10.0.0.0/8",
      "pass in on em1 from 10.20.0.0/24 to ! 10.0.0.0/8",
      "pass out on em0",
    ],
  });
  const inner = smallHost("inner", {
    interfaces: [
      { n: "em1", a: ["10.99.0.2/30"] },
      { n: "vlan20", a: ["10.20.0.1/24"] },
    ],
    routes: [
      ["0.0.0.0/0", "em1", "10.99.0.1"],
      ["10.99.0.0/30", "em1"],
      ["10.20.0.0/24", "vlan20"],
    ],
    rules: ["pass"],
  });
  const zones = { internet: "edge:em0", a: "edge:vlan10", b: "inner:vlan20" };
  const conduits = [
    ["a", "internet"],
    ["b", "internet"],
  ] as const;
  const ends = ["edge", "inner"].map((name) => ({ host: name, interface: "em1", span: NOWHERE }));
  const cables = [{ name: "link", ends }];
  return {
    name: `two hosts ${title}`,
    at: (level) => ({ ...networkOf([edge, inner], zones, conduits, level), cables }),
    universe: UNIVERSE,
  };
}
