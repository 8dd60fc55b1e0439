import type { Family } from "../../../model/packet.ts";
import type { IdTest, PfAddress, PfPort } from "../../../model/pf-rule.ts";
import type { Span } from "../../../model/source.ts";

/** An element of a list of a rule, with the text it was written as. */
export interface Written {
  /** First and last token; -1: not written. Good until the statement ends. */
  readonly at: number;
  readonly to: number;
  /** Looked up when a list made several rules, or when the statement ends before its rule is made. */
  span?: Span;
}

export interface InterfaceItem extends Written {
  /** Empty: `rdomain`. */
  readonly name: string;
  /** -1: none. */
  readonly rdomain: number;
  readonly negated: boolean;
}

export interface ProtocolItem extends Written {
  readonly protocol: number;
}

/** pfctl's `node_host`. */
export interface HostItem extends Written {
  readonly address: PfAddress;
  readonly negated: boolean;
  readonly family: Family | undefined;
  readonly scope: string;
  readonly wideMask: number;
  /** Pools only; 0: none. */
  readonly weight: number;
}

export interface PortItem extends Written {
  readonly port: PfPort | undefined;
}

export interface IcmpItem extends Written {
  /** -1: no test. */
  readonly type: number;
  readonly code: number;
  /** icmp or ipv6-icmp; 0: no test. */
  readonly protocol: number;
}

export interface OsItem extends Written {
  readonly name: string;
}

export interface IdItem extends Written {
  readonly test: IdTest | undefined;
}

/** The lists of one rule; one that was not written holds one element without a test. */
export interface RuleLists {
  readonly interfaces: readonly InterfaceItem[];
  readonly protocols: readonly ProtocolItem[];
  readonly icmp: readonly IcmpItem[];
  readonly sources: readonly HostItem[];
  readonly destinations: readonly HostItem[];
  readonly sourcePorts: readonly PortItem[];
  readonly destinationPorts: readonly PortItem[];
  readonly os: readonly OsItem[];
  readonly users: readonly IdItem[];
  readonly groups: readonly IdItem[];
}

/** Indices into the lists, outermost first. */
export type Position = [
  on: number,
  protocol: number,
  icmp: number,
  source: number,
  destination: number,
  sourcePort: number,
  destinationPort: number,
  os: number,
  user: number,
  group: number,
];

export const ANY_INTERFACE: InterfaceItem = {
  name: "",
  rdomain: -1,
  negated: false,
  at: -1,
  to: -1,
};
export const ANY_PROTOCOL: ProtocolItem = { protocol: 0, at: -1, to: -1 };
export const ANY_HOST: HostItem = {
  address: { kind: "any" },
  negated: false,
  family: undefined,
  scope: "",
  wideMask: 0,
  weight: 0,
  at: -1,
  to: -1,
};
export const ANY_PORT: PortItem = { port: undefined, at: -1, to: -1 };
export const ANY_ICMP: IcmpItem = { type: -1, code: -1, protocol: 0, at: -1, to: -1 };
export const ANY_OS: OsItem = { name: "", at: -1, to: -1 };
export const ANY_ID: IdItem = { test: undefined, at: -1, to: -1 };

/** The lists of a rule that has none: one element without a test in each. */
export const NO_LISTS: RuleLists = {
  interfaces: [ANY_INTERFACE],
  protocols: [ANY_PROTOCOL],
  icmp: [ANY_ICMP],
  sources: [ANY_HOST],
  destinations: [ANY_HOST],
  sourcePorts: [ANY_PORT],
  destinationPorts: [ANY_PORT],
  os: [ANY_OS],
  users: [ANY_ID],
  groups: [ANY_ID],
};
