import type { Address, Prefix } from "./address.ts";
import type { Family } from "./packet.ts";
import type { PfConf } from "./pf-conf.ts";
import type { Span } from "./source.ts";
import type { Unread } from "./unread.ts";

/** One kernel: one routing stack, one pf. */
export interface Host {
  readonly name: string;
  /** In the order of netstart(8); loopbacks of rdomains included. */
  readonly interfaces: readonly Interface[];
  /** Explicit, connected and local routes; the longest prefix of a table wins. */
  readonly routes: readonly Route[];
  /** net.inet.ip.forwarding, net.inet6.ip6.forwarding: 1 or 2. */
  readonly forwarding: Readonly<Record<Family, boolean>>;
  readonly switches: StackSwitches;
  readonly guests: readonly Guest[];
  /** Undefined: pf is off (`pf=NO`) or there is no pf.conf; everything passes. */
  readonly pfConf: PfConf | undefined;
  /** relayd(8) relays: connections that end at this host and go on from it. */
  readonly relays: readonly Relay[];
  readonly unread: readonly Unread[];
  readonly files: readonly FileUse[];
}

/** What sysctl(8) decides about paths besides forwarding (stack-semantics 1.11). */
export interface StackSwitches {
  /** Forwarding is 2: what no IPsec protects is dropped, but only after pf has made states (L30). */
  readonly forwardsOnlyIpsec: Readonly<Record<Family, boolean>>;
  /** net.inet.ip.multipath: equal routes are all used; without it the first one is. */
  readonly multipath: Readonly<Record<Family, boolean>>;
  /** net.inet.ip.mforwarding: a multicast routing daemon may forward. */
  readonly mforwarding: Readonly<Record<Family, boolean>>;
  /** net.inet.ip.sourceroute: LSRR and SSRR options are followed. */
  readonly sourceroute: boolean;
  /** net.inet.ip.directed-broadcast: to the broadcast addresses of attached networks. */
  readonly directedBroadcast: boolean;
  /** net.inet.ipip.allow: IP in IP is taken out of its packet without any gif(4). */
  readonly ipip: boolean;
  /** net.inet.gre.allow: without it no interface of the gre(4) family passes anything. */
  readonly gre: boolean;
  /** net.inet.etherip.allow. */
  readonly etherip: boolean;
}

/** The switches of an OpenBSD 7.8 without a sysctl.conf. */
export const STOCK_SWITCHES: StackSwitches = {
  forwardsOnlyIpsec: { inet: false, inet6: false },
  multipath: { inet: false, inet6: false },
  mforwarding: { inet: false, inet6: false },
  sourceroute: false,
  directedBroadcast: false,
  ipip: false,
  gre: false,
  etherip: false,
};

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
  /** `link0` to `link2` mean what the driver says (veb(4), tpmr(4), bridge(4), vxlan(4)). */
  readonly link0: boolean;
  readonly link1: boolean;
  readonly link2: boolean;
  /** `monitor`: what it receives goes to bpf(4) and no further. */
  readonly monitor: boolean;
  /** `staticarp`: it answers ARP and learns from none. */
  readonly staticArp: boolean;
  /** The MAC address if a file says it, lower case with two digits a byte. */
  readonly lladdr?: string;
  /** tap: vmd(8) drops frames of the guest that have another source MAC. */
  readonly locked: boolean;
  /** tap: the MAC address of the guest, if vm.conf(5) says it; a random one each time if not. */
  readonly guestLladdr?: string;
  /** vlan, svlan: parent interface and tag. vxlan: tag is the VNI. carp: parent is the carpdev. */
  readonly parent?: string;
  readonly vnetid?: number;
  /** carp: 1 … 255. */
  readonly vhid?: number;
  /** pair: the patched end; rport: its parent. What goes out of one comes in on the other. */
  readonly peer?: string;
  /** bridge, veb, tpmr: member interfaces in order; trunk, aggr: their ports. */
  readonly members: readonly string[];
  /** bridge, veb: one for each member, in the same order. */
  readonly ports: readonly BridgePort[];
  /** bridge, veb: interfaces that get a copy of every frame before any filter. */
  readonly spans: readonly string[];
  readonly tunnel?: Tunnel;
  readonly wireguard?: Wireguard;
  /** tap: the guest behind it. */
  readonly guest?: string;
  readonly unread: readonly Unread[];
  readonly span: Span;
}

/** An interface in rdomain 0 that is up and has nothing else. */
export const PLAIN_INTERFACE: Omit<Interface, "name" | "kind" | "groups" | "span"> = {
  rdomain: 0,
  addresses: [],
  automatic: [],
  up: true,
  link0: false,
  link1: false,
  link2: false,
  monitor: false,
  staticArp: false,
  locked: false,
  members: [],
  ports: [],
  spans: [],
  unread: [],
};

/** A member of a bridge(4) without options. */
export const PLAIN_PORT: Omit<BridgePort, "name"> = {
  protectedDomains: [],
  blockNonIp: false,
  discover: true,
  learn: true,
  statics: [],
  rules: [],
};

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
  | "tpmr"
  | "svlan"
  | "trunk"
  | "aggr"
  | "carp"
  | "pair"
  | "rport"
  | "tun"
  /** Known by name only: its paths are not modelled yet, so every frame on it is a bracket. */
  | "other";

/** Options of one member of a bridge(4) or veb(4) (ifconfig(8)). */
export interface BridgePort {
  readonly name: string;
  /** `protected`: 1 … 31; no frame goes between two ports that share one. */
  readonly protectedDomains: readonly number[];
  /** `blocknonip`: only untagged IPv4, IPv6, ARP and RARP. */
  readonly blockNonIp: boolean;
  /** Frames to unknown addresses go out here. */
  readonly discover: boolean;
  readonly learn: boolean;
  /** `static`: MAC addresses that are known to be here. */
  readonly statics: readonly string[];
  /** In order: the first match decides, no match passes. */
  readonly rules: readonly BridgeRule[];
}

/** A layer 2 rule of a member; absent members match every frame. */
export interface BridgeRule {
  readonly action: "block" | "pass";
  /** Absent: both. */
  readonly direction?: "in" | "out";
  /** MAC addresses, as {@link Interface.lladdr}. */
  readonly source?: string;
  readonly destination?: string;
  /** pf tag that the frame then carries. */
  readonly tag?: string;
  readonly arp?: ArpMatch;
  readonly span: Span;
}

export interface ArpMatch {
  readonly protocol: "arp" | "rarp";
  readonly operation?: "request" | "reply";
  readonly senderMac?: string;
  /** IPv4. */
  readonly sender?: bigint;
  readonly targetMac?: string;
  readonly target?: bigint;
}

export interface InterfaceAddress {
  readonly family: Family;
  readonly value: bigint;
  /** Prefix length of the network on the interface. */
  readonly length: number;
  readonly broadcast?: bigint;
  readonly peer?: bigint;
}

/** wg(4): whom it takes packets from and gives packets to. */
export interface Wireguard {
  /** UDP port of the host; absent: any, chosen at run time. */
  readonly port?: number;
  /** `wgrtable`: the table of its outer packets. */
  readonly rtable: number;
  readonly peers: readonly WireguardPeer[];
}

export interface WireguardPeer {
  readonly key: string;
  /** Absent: wherever its last packet came from. */
  readonly endpoint?: Address & { readonly port: number };
  /** `wgaip`: inner sources that are taken from it, inner destinations that go to it. */
  readonly allowed: readonly Prefix[];
  readonly span: Span;
}

/**
 * Outer addresses, port and table of vxlan(4), gif(4), etherip(4) and the gre(4) family (ifconfig(8)
 * `tunnel`, `tunneladdr`, `tunneldomain`); the port is 0 where there is none.
 */
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
  /** Absent: it leads on. `reject` answers with an ICMP error, `blackhole` with nothing. */
  readonly discards?: "reject" | "blackhole";
  /**
   * 1 … 63, lower is better among routes of one prefix; absent: that of its kind (connected 4, static 8).
   * Routes of one table, prefix and priority are equal-cost: see {@link StackSwitches.multipath}.
   */
  readonly priority?: number;
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

/** A relay of relayd.conf(5): the host takes connections and makes others to a backend. */
export interface Relay {
  readonly name: string;
  readonly listeners: readonly RelayEnd[];
  /** Backends of all its tables; empty with `destination` or `nat lookup`: wherever the client wanted to go. */
  readonly backends: readonly RelayEnd[];
  readonly anyDestination: boolean;
  /** `transparent forward`: the backend sees the client's address. */
  readonly transparent: boolean;
  /** The routing table of relayd(8) (`relayd_rtable`). */
  readonly rtable: number;
  readonly span: Span;
}

/** Absent members: not known, so any. */
export interface RelayEnd {
  readonly address?: Address;
  /** Both included. */
  readonly ports?: readonly [first: number, last: number];
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
