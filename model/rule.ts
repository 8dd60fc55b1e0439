import type { AddressRange, Prefix } from "./address.ts";
import type { Family } from "./packet.ts";
import type { Span } from "./source.ts";
import type { Unread } from "./unread.ts";

/**
 * One filter rule after expansion: no macros, no lists, one line of `pfctl -sr`.
 *
 * `anchor` rules evaluate another list of rules; `unread` stands where a line was not understood:
 * it may match whatever its criteria admit and then do anything, or do nothing.
 */
export interface Rule {
  readonly action: "pass" | "block" | "match" | "anchor" | "unread";
  /** Number within its own anchor, as in `pfctl -vvsr`: @0 is the first. Unread rules count too. */
  readonly number: number;
  /** Path of the anchor that holds the rule; the main ruleset is the empty string. */
  readonly anchor: string;
  readonly direction?: "in" | "out";
  /** Ends evaluation on a match; without it the last matching rule decides. */
  readonly quick: boolean;
  readonly log: boolean;
  readonly interface?: InterfaceTest;
  readonly rdomain?: { readonly id: number; readonly negated: boolean };
  readonly family?: Family;
  /** IANA number; absent = any. */
  readonly protocol?: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Packet flags masked by `mask` must equal `set`. */
  readonly flags?: { readonly set: number; readonly mask: number };
  readonly icmp?: { readonly type: number; readonly code?: number };
  readonly tos?: number;
  /** Only fragments match. */
  readonly fragment: boolean;
  readonly allowOptions: boolean;
  readonly receivedOn?: InterfaceTest;
  readonly tagged?: { readonly tag: string; readonly negated: boolean };
  /** 0 … 1; the network's own choice. Absent = 1. */
  readonly probability?: number;
  /** Expires at its first match. */
  readonly once: boolean;
  /** Pass rules: whether, and how, a state is kept. `none` for block, match and anchor rules. */
  readonly state: "none" | "keep" | "modulate" | "synproxy";
  readonly binding: "floating" | "if-bound";
  readonly sloppy: boolean;
  /** What the sender of a blocked packet is told. */
  readonly answer: "drop" | "return" | "return-rst" | "return-icmp";
  readonly tag?: string;
  readonly rtable?: number;
  readonly label?: string;
  readonly nat?: Translation;
  readonly rdr?: Translation;
  /** `anchor` rules only. */
  readonly calls?: AnchorCall;
  /**
   * Why a match is not certain although the criteria hold: tests that are not modelled (os, user,
   * run-time contents). Such a rule may match and need not.
   */
  readonly uncertain: readonly Unread[];
  /** The rule as pfctl prints it. */
  readonly text: string;
  /** The line it was expanded from. */
  readonly span: Span;
}

export interface InterfaceTest {
  /** Interface or group, or `any`: every interface that is not a loopback. */
  readonly name: string;
  readonly negated: boolean;
}

export interface Endpoint {
  readonly address: AddressTest;
  readonly negated: boolean;
  readonly port?: PortTest;
}

export type AddressTest =
  | { readonly kind: "any" }
  | { readonly kind: "prefix"; readonly prefix: Prefix }
  | { readonly kind: "range"; readonly range: AddressRange }
  | { readonly kind: "table"; readonly name: string }
  /** `(if:mods)/n`, resolved at packet time against the addresses of an interface, group or `self`. */
  | {
      readonly kind: "dynamic";
      readonly name: string;
      readonly part: "address" | "network" | "broadcast" | "peer";
      /** `:0`, only the first address of each family of each interface. */
      readonly first: boolean;
      readonly length?: number;
    }
  | { readonly kind: "no-route" }
  | { readonly kind: "urpf-failed" }
  /** `route "label"`: not modelled, so its rule is uncertain. */
  | { readonly kind: "route-label"; readonly label: string };

/** Port operators of pf.conf(5); `range` includes both ends, `inside` (`><`) excludes them. */
export type PortTest =
  | { readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">="; readonly port: number }
  | {
      readonly operator: "range" | "inside" | "outside";
      readonly first: number;
      readonly last: number;
    };

/**
 * What `nat-to` does to the source or `rdr-to` to the destination.
 *
 * Only one fixed or dynamic address is modelled; other pools make the rule `unread`.
 */
export interface Translation {
  readonly address:
    | { readonly kind: "fixed"; readonly family: Family; readonly value: bigint }
    | Extract<AddressTest, { kind: "dynamic" }>;
  /** New port range, or unchanged (`static-port`, or rdr-to without port). */
  readonly ports?: { readonly first: number; readonly last: number };
}

export interface AnchorCall {
  /** Absolute path of the anchor, without a leading slash. */
  readonly path: string;
  /** `name/*`: every anchor directly below `path`, in byte order of its path. */
  readonly wildcard: boolean;
  /** The rules of the anchor stand in braces behind the call. */
  readonly inline?: boolean;
}

export interface Table {
  readonly name: string;
  /** Anchor that owns it; the main ruleset is the empty string. */
  readonly anchor: string;
  readonly entries: readonly TableEntry[];
  /** Set if the contents at run time are not what the file says; then any address may be in it. */
  readonly unread?: Unread;
  readonly span: Span;
}

/** The most specific entry that covers an address decides. */
export interface TableEntry {
  readonly prefix: Prefix;
  readonly negated: boolean;
}

/** Everything that one host's pf.conf says, expanded. */
export interface Ruleset {
  /** Rules per anchor path, in order; the main ruleset is under the empty string. */
  readonly anchors: ReadonlyMap<string, readonly Rule[]>;
  readonly tables: readonly Table[];
  /** Interfaces and groups of `set skip on`. */
  readonly skip: readonly string[];
  /** False: pf passes fragments to the rules instead of joining them first. */
  readonly reassemble: boolean;
  /** Lines with a scope wider than their rule position, and lines that change nothing. */
  readonly unread: readonly Unread[];
}
