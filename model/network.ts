import type { AddressRange } from "./address.ts";
import type { Host } from "./host.ts";
import type { Family } from "./packet.ts";
import type { Span } from "./source.ts";

/** Everything that a question is asked about: hosts from their files, and what site.yaml adds. */
export interface Network {
  readonly hosts: readonly Host[];
  readonly cables: readonly Cable[];
  readonly clouds: readonly Cloud[];
  readonly devices: readonly Device[];
  /** Groups of interfaces that share a subnet on purpose and are not connected. */
  readonly apart: readonly (readonly InterfaceReference[])[];
  /** As written; the implicit zones `hosts` and `unplaced` are added by the wiring. */
  readonly zones: readonly Zone[];
  readonly conduits: readonly Conduit[];
  readonly adversary: AdversaryLevel;
  /** What site.yaml settles of what the hosts' files leave open; `hosts` are as they are with it. */
  readonly assumptions: readonly Assumption[];
  /** Violations that are known and borne for a while. */
  readonly waivers: readonly Waiver[];
  /** Keys of site.yaml that are accepted but not modelled yet: each leaves a question undecided. */
  readonly pending: readonly Pending[];
}

/** An interface of a host that we hold. */
export interface InterfaceReference {
  readonly host: string;
  readonly interface: string;
  readonly span: Span;
}

/** An entry of `wires:`: one L2 segment. */
export interface Cable {
  readonly name: string;
  readonly ends: readonly InterfaceReference[];
}

/** A network routed by others: what goes in at one attachment may come out at any other. */
export interface Cloud {
  readonly name: string;
  readonly ends: readonly InterfaceReference[];
}

/** Something that speaks but has no files. */
export interface Device {
  readonly name: string;
  readonly at: PlaceReference;
  readonly addresses: readonly AddressRange[];
}

/** Adversary levels of claims.md 6; each includes the ones before it. */
export type AdversaryLevel = "assigned" | "spoof" | "layer2" | "states";

export interface Zone {
  readonly name: string;
  readonly at: readonly PlaceReference[];
  readonly span: Span;
}

/** A reference to a place, in the grammar of design.md. */
export type PlaceReference = {
  readonly span: Span;
  /** `10.20.0.0/24@…`: only these addresses on the wire. */
  readonly addresses?: AddressRange;
} & (
  | { readonly kind: "host"; readonly host: string }
  | { readonly kind: "interface"; readonly host: string; readonly interface: string }
  | { readonly kind: "group"; readonly host: string; readonly group: string }
  | { readonly kind: "rdomain"; readonly host: string; readonly rdomain: number }
  | { readonly kind: "vm"; readonly host: string; readonly vm: string }
  /** A cloud or device of site.yaml, or an entry of `wires:`. */
  | { readonly kind: "named"; readonly name: string }
);

/** The flows that policy allows from one zone to another. */
export interface Conduit {
  readonly from: string;
  readonly to: string;
  readonly services: readonly Service[];
  /** Its flows are to work, too (claims.md 3). */
  readonly required: boolean;
  /** Families in which they are to work; absent: those that both ends have. */
  readonly families?: readonly Family[];
  /** Hosts that its flows are to pass. */
  readonly via?: readonly WayPoint[];
  readonly id?: string;
  readonly span: Span;
}

/** A host that the flows of a conduit are to pass. */
export interface WayPoint {
  readonly host: string;
  readonly span: Span;
}

/** Packets of one service; `any` is every packet. */
export type Service =
  | { readonly kind: "any" }
  | {
      readonly kind: "transport";
      readonly protocol: number;
      readonly port?: PortTest;
    }
  | { readonly kind: "icmp"; readonly family: "inet" | "inet6"; readonly type?: number }
  | { readonly kind: "protocol"; readonly protocol: number }
  /** Frames that carry no IP: ARP and RARP, or all others. `any` covers them too. */
  | { readonly kind: "frames"; readonly of: FrameKind };

/** Frames that pf is never asked about, as far as bridges tell them apart. */
export type FrameKind = "arp" | "non-ip";

/** An entry of `assume:`: every verdict rests on it. */
export interface Assumption {
  /** One clause: what is taken for true. */
  readonly text: string;
  readonly reason?: string;
  readonly by?: string;
  /** The date that its author gave it, as written. */
  readonly expires?: string;
  readonly span: Span;
}

/** An entry of `waivers:`: what gets from one zone to another although no conduit allows it. */
export interface Waiver {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** What is known to get there. */
  readonly services: readonly Service[];
  readonly reason?: string;
  readonly by?: string;
  /** The date that its author gave it, as written. */
  readonly expires?: string;
  readonly span: Span;
}

/** A key of site.yaml that no engine reads yet. */
export interface Pending {
  readonly key: string;
  readonly span: Span;
  /** Zone pairs whose verdict it could change; absent: every pair. */
  readonly pairs?: readonly (readonly [from: string, to: string])[];
  readonly reason: string;
}

/** Port operators of pf.conf(5); `range` includes both ends, `inside` (`><`) excludes them. */
export type PortTest =
  | { readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">="; readonly port: number }
  | {
      readonly operator: "range" | "inside" | "outside";
      readonly first: number;
      readonly last: number;
    };
