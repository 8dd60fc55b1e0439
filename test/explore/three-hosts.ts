import type { Network } from "../../model/network.ts";
import { networkOfSite } from "../../scenarios/arbitraries/network.ts";

/** Statements that stand before the rules of every host. */
export type Settings = readonly string[];

/**
 * An edge with NAT, a core with tenant `a` in a routing domain of its own behind a pair(4), and an
 * access host that only bridges: tenants `b` and `c` are two ports of its bridge, the core the third.
 */
export function threeHosts(settings: Settings): Network {
  const files: Readonly<Record<string, readonly string[]>> = {
    "edge/etc/sysctl.conf": ["net.inet.ip.forwarding=1"],
    "edge/etc/mygate": ["192.0.2.254"],
    "edge/etc/hostname.em0": ["inet 192.0.2.1 255.255.255.0"],
    "edge/etc/hostname.em1": [
      "inet 10.91.0.1 255.255.255.0",
      "!route -n add 10.1.0.0/24 10.91.0.2",
      "!route -n add 10.2.0.0/24 10.91.0.2",
    ],
    "edge/etc/pf.conf": [
      ...settings,
      "block",
      "pass in on em1 from 10.0.0.0/8 to ! 10.0.0.0/8",
      "pass out on em0 inet from 10.0.0.0/8 nat-to (em0) static-port",
    ],
    "core/etc/sysctl.conf": ["net.inet.ip.forwarding=1"],
    "core/etc/mygate": ["10.91.0.1"],
    "core/etc/hostname.em0": ["inet 10.91.0.2 255.255.255.0"],
    "core/etc/hostname.em1": ["inet 10.2.0.1 255.255.255.0"],
    "core/etc/hostname.em2": ["rdomain 1", "inet 10.1.0.1 255.255.255.0"],
    "core/etc/hostname.pair0": [
      "inet 10.80.0.1 255.255.255.0",
      "!route -n add 10.1.0.0/24 10.80.0.2",
    ],
    "core/etc/hostname.pair1": [
      "rdomain 1",
      "inet 10.80.0.2 255.255.255.0",
      "patch pair0",
      "!route -n -T 1 add default 10.80.0.1",
    ],
    "core/etc/pf.conf": [
      ...settings,
      "block",
      "pass on { pair0 pair1 }",
      "pass in on em2 from 10.1.0.0/24 to ! 10.0.0.0/8",
      "pass in on em1 to ! 10.0.0.0/8",
      "pass out on em0",
    ],
    "access/etc/hostname.em0": ["up"],
    "access/etc/hostname.em1": ["up"],
    "access/etc/hostname.em2": ["up"],
    "access/etc/hostname.bridge0": ["add em0", "add em1", "add em2", "up"],
    "access/etc/pf.conf": [
      ...settings,
      "block",
      "pass in on em1 from 10.2.0.0/24 to ! 10.0.0.0/8",
      "pass out on em0 received-on em1",
      "pass in on em2 proto udp to port 53",
      "pass out on em0 proto udp to port 53",
    ],
    "site.yaml": [
      "pfproof: 1",
      "wires:",
      "  uplink: ['edge:em1', 'core:em0']",
      "  floor: ['core:em1', 'access:em0']",
      "zones:",
      "  internet: { at: 'edge:em0' }",
      "  a: { at: 'core:em2' }",
      "  b: { at: 'access:em1' }",
      "  c: { at: 'access:em2' }",
      "conduits:",
      "  - { from: [a, b], to: internet, services: any }",
    ],
  };
  return networkOfSite(
    new Map(Object.entries(files).map(([path, lines]) => [path, `${lines.join("\n")}\n`])),
  );
}
