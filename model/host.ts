import type { Prefix } from "./address.ts";
import type { Family } from "./packet.ts";
import type { Ruleset } from "./rule.ts";
import type { Span } from "./source.ts";
import type { Unread } from "./unread.ts";

/** One kernel: one routing stack, one pf. */
export interface Host {
  readonly name: string;
  /** In the order of netstart(8); loopbacks of rdomains included. */
  readonly interfaces: readonly Interface[];
  /** Explicit, connected and local routes; the longest prefix of a table wins. */
  readonly routes: readonly Route[];
  /** net.inet.ip.forwarding, net.inet6.ip6.forwarding. */
  readonly forwarding: Readonly<Record<Family, boolean>>;
  readonly guests: readonly Guest[];
  /** False: pf is off (`pf=NO`) or there is no pf.conf; everything passes. */
  readonly pf: boolean;
  readonly ruleset: Ruleset;
  readonly unread: readonly Unread[];
  readonly files: readonly FileUse[];
}

export interface Interface {
  readonly name: string;
  readonly kind: InterfaceKind;
  /** Driver group (`vlan` for vlan10) and `all` included. */
  readonly groups: readonly string[];
  readonly rdomain: number;
  readonly addresses: readonly InterfaceAddress[];
  /** Families whose addresses come from DHCP or autoconf and are not in the files. */
  readonly automatic: readonly Family[];
  readonly up: boolean;
  readonly link1: boolean;
  /** vlan: parent interface and tag. vxlan: tag is the VNI. */
  readonly parent?: string;
  readonly vnetid?: number;
  /** bridge and veb: member interfaces in order. */
  readonly members: readonly string[];
  readonly tunnel?: Tunnel;
  /** tap: the guest behind it. */
  readonly guest?: string;
  readonly unread: readonly Unread[];
  readonly span: Span;
}

export type InterfaceKind =
  | "ethernet"
  | "loopback"
  | "vlan"
  | "bridge"
  | "veb"
  | "vport"
  | "vether"
  | "tap"
  | "vxlan"
  /** Known by name only: its paths are not modelled yet, so every frame on it is a bracket. */
  | "other";

export interface InterfaceAddress {
  readonly family: Family;
  readonly value: bigint;
  /** Prefix length of the network on the interface. */
  readonly length: number;
  readonly broadcast?: bigint;
  readonly peer?: bigint;
}

/** vxlan(4): outer addresses, port and table (ifconfig(8) `tunnel`, `tunneladdr`, `tunneldomain`). */
export interface Tunnel {
  readonly family: Family;
  readonly source: bigint;
  /** Absent: endpoint mode, frames of any outer source are accepted. */
  readonly destination?: bigint;
  readonly port: number;
  readonly rtable: number;
  /** `link0`: the outer source port must equal `port`. */
  readonly strictPort: boolean;
}

export interface Route {
  readonly rtable: number;
  readonly prefix: Prefix;
  /** Absent for blackhole and reject routes. */
  readonly interface?: string;
  readonly gateway?: bigint;
  /** The address is the host's own: packets to it are delivered. */
  readonly local: boolean;
  readonly span?: Span;
}

/** A VM of vm.conf(5). */
export interface Guest {
  readonly name: string;
  /** Its taps, in the order of its interfaces. */
  readonly taps: readonly string[];
  readonly span: Span;
}

/** What was made of one file of a host. */
export interface FileUse {
  readonly file: string;
  readonly use: "read" | "in part" | "not for us";
  /** `in part`: 1-based lines that are unread. */
  readonly lines: readonly number[];
  /** `not for us` and `in part`: why, one clause. */
  readonly reason?: string;
}
