import type { Unread } from "./unread.ts";

/** What `init` finds in the files of the hosts: the contents of a site.yaml that nobody wrote yet. */
export interface InitAnswer {
  /** In the order in which they are written; together they hold every wire and every host. */
  readonly zones: readonly FoundZone[];
  /** Names that conduits use and site.yaml does not have. */
  readonly services: readonly NamedService[];
  /** Flows that pass today on their own, as far as the lines that are understood say. */
  readonly conduits: readonly FoundConduit[];
  /** Interfaces of different hosts that may be on one wire: the user has to say. */
  readonly doubts: readonly WireDoubt[];
  /** Every line that is not understood and could matter, each once. */
  readonly unread: readonly Unread[];
  /** Ordered pairs of zones: those whose flows are known, and all. */
  readonly pairs: { readonly done: number; readonly total: number };
  /** Set if the search ended early: `conduits` then lack those of some pairs. */
  readonly stopped?: "budget" | "cancelled";
}

/** A zone with its places. */
export interface FoundZone {
  readonly name: string;
  readonly kind: ZoneKind;
  /** References of design.md, in the order of hosts and interfaces. */
  readonly at: readonly string[];
  /** Interfaces that lead into the zone; empty for a host itself. */
  readonly behind: readonly FoundInterface[];
}

/** Why the places of a zone are one. */
export type ZoneKind =
  | "internet"
  | "rdomain"
  | "group"
  /** Ports of a bridge or veb on which the host has an address. */
  | "switch"
  | "guest"
  | "wire"
  /** Untagged frames below VLANs. */
  | "trunk"
  /** Interfaces without an address or a part in anything. */
  | "unused"
  | "host";

/** Interfaces with one network of addresses behind them, and what their host's files say of it. */
export interface FoundInterface {
  readonly host: string;
  /** One, or the ports of a switch. */
  readonly interfaces: readonly string[];
  /** The bridge or veb that they are ports of. */
  readonly switch?: string;
  /** `192.0.2.1/24`; of a switch those that the host has on it. */
  readonly addresses: readonly string[];
  /** 0 is not worth a word. */
  readonly rdomain: number;
  /** Notes for readers: `default route`, `guest web`, `inet from the network`. */
  readonly notes: readonly string[];
  /** What a person wrote about it. */
  readonly remark?: string;
}

/** Flows from each zone of `from` to each other one of `to`. */
export interface FoundConduit {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly services: FoundServices;
}

/** Services in the words of site.yaml, never less than what passes. */
export interface FoundServices {
  readonly names: readonly string[];
  /** By what they allow more than passes: `wider than today: all but tcp/25`. */
  readonly note?: string;
}

/** An entry of `services:`. */
export interface NamedService {
  readonly name: string;
  readonly services: readonly string[];
  readonly remark: string;
}

/** Interfaces that may be one wire. */
export interface WireDoubt {
  /** A name for the wire that nothing else has. */
  readonly name: string;
  /** `fw1:em1`, at least two. */
  readonly ends: readonly string[];
  /** One clause: `10.1.0.0/24 is on both`. */
  readonly reason: string;
}

/** What a person wrote about an interface, in `description` or a comment of hostname.if(5). */
export interface InterfaceRemark {
  readonly host: string;
  readonly interface: string;
  /** One line. */
  readonly text: string;
  /** A word or two of it that can name the wire. */
  readonly label?: string;
}
