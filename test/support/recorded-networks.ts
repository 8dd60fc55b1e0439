import type { AdversaryLevel, Network } from "../../model/network.ts";
import { networkOf } from "./network.ts";
import { smallHost } from "./small-host.ts";

/** The rules of claims.md 2: tenants may reach the Internet, and nobody else anybody. */
const TENANTS = [
  "block",
  "pass in on vlan10 to ! 10.0.0.0/8",
  "pass in on vlan20 to ! 10.0.0.0/8",
  "pass out on em0",
];

/** What may stand in front of the rules of {@link tenantNetwork}. */
export type Remedy =
  | "set state-policy if-bound"
  | "antispoof quick for vlan10"
  | "antispoof for vlan10"
  | "antispoof quick for { vlan10 vlan20 }"
  | "antispoof quick for em0"
  | "block in quick on vlan10 to vlan20:network";

/** The network of claims.md 2: uplink em0, tenant A on vlan10, tenant B on vlan20. */
export function tenantNetwork(
  remedies: readonly Remedy[] = [],
  level: AdversaryLevel = "spoof",
  rules: readonly string[] = TENANTS,
): Network {
  const fw = smallHost("fw", {
    interfaces: [
      { n: "em0", g: ["egress"], a: ["192.0.2.1/24"] },
      { n: "vlan10", a: ["10.10.0.1/24"] },
      { n: "vlan20", a: ["10.20.0.1/24"] },
    ],
    routes: [
      ["192.0.2.0/24", "em0"],
      ["0.0.0.0/0", "em0", "192.0.2.254"],
      ["10.10.0.0/24", "vlan10"],
      ["10.20.0.0/24", "vlan20"],
    ],
    rules: [...remedies, ...rules],
  });
  const zones = { internet: "fw:em0", a: "fw:vlan10", b: "fw:vlan20", host: "fw" };
  const conduits = [
    ["a", "internet"],
    ["b", "internet"],
  ] as const;
  return networkOf([fw], zones, conduits, level);
}

/**
 * The outer ride of claims.md 2: a vxlan to a peer beyond em0, whose packets no rule lets in; the
 * tenant's frames may go out through it, and whatever comes out of it may go to the tenant.
 */
export function tunnelNetwork(outer: "out only" | "both ways" | "none"): Network {
  const fw = smallHost("fw", {
    interfaces: [
      { n: "em0", g: ["egress"], a: ["192.0.2.1/24"] },
      { n: "vlan10", a: ["10.10.0.1/24"] },
      {
        n: "vxlan1",
        a: ["10.50.0.1/24"],
        more: {
          vnetid: 1,
          tunnel: {
            family: "inet",
            source: 0xc0000201n,
            destination: 0xcb007109n,
            port: 4789,
            rtable: 0,
            strictPort: false,
          },
        },
      },
    ],
    routes: [
      ["192.0.2.0/24", "em0"],
      ["0.0.0.0/0", "em0", "192.0.2.254"],
      ["10.10.0.0/24", "vlan10"],
      ["10.50.0.0/24", "vxlan1"],
    ],
    rules: [
      "block",
      ...(outer === "none" ? [] : ["pass out on em0 proto udp to port 4789"]),
      ...(outer === "both ways" ? ["pass in on em0 proto udp from 203.0.113.9 to port 4789"] : []),
      "pass in on vlan10 from 10.10.0.0/24 to 10.50.0.0/24 no state",
      "pass out on vxlan1 no state",
      "pass in on vxlan1 from 10.50.0.0/24 to 10.10.0.0/24 no state",
      "pass out on vlan10 from 10.50.0.0/24 no state",
    ],
  });
  const zones = { internet: "fw:em0", tenant: "fw:vlan10", far: "fw:vxlan1", host: "fw" };
  const conduits = [
    ["tenant", "far"],
    ["far", "tenant"],
    ["host", "internet"],
    ["internet", "host"],
  ] as const;
  return networkOf([fw], zones, conduits);
}
