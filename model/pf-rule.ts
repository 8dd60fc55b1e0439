import type { AddressRange, Prefix } from "./address.ts";
import type { Family } from "./packet.ts";
import type { Span } from "./source.ts";

/**
 * One rule as pfctl hands it to the kernel: every field of a `pf_rule`, nothing looked up later.
 *
 * Numbers that are absent are -1, texts that are absent are empty; both follow pf's own structure,
 * so that rules compare and print field by field (follows pfctl, OpenBSD 7.8).
 */
export interface PfRule {
  readonly action: "pass" | "block" | "match" | "anchor";
  /** Number within its ruleset, as in `@0`; set after the optimizer. */
  number: number;
  /** `block` only. */
  readonly answer: BlockAnswer | undefined;
  readonly direction: "in" | "out" | undefined;
  readonly quick: boolean;
  readonly log: LogTo | undefined;
  /** Interface or group, `any` as written; empty: all of them. */
  readonly interface: string;
  readonly interfaceNegated: boolean;
  /** -1: any. Negated by {@link interfaceNegated}. */
  readonly rdomain: number;
  readonly family: Family | undefined;
  /** IANA number; 0: any. */
  readonly protocol: number;
  source: PfEndpoint;
  destination: PfEndpoint;
  /** Fingerprint name as /etc/pf.os spells it, `unknown`, `nomatch`; empty: no test. */
  readonly os: string;
  readonly receivedOn: { readonly name: string; readonly negated: boolean } | undefined;
  readonly user: IdTest | undefined;
  readonly group: IdTest | undefined;
  /** Packet flags masked by `flagMask` must equal `flags`; mask 0: no test. */
  readonly flags: number;
  readonly flagMask: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  /** 0: no test. */
  readonly tos: number;
  readonly prio: number;
  readonly packetRate: { readonly limit: number; readonly seconds: number } | undefined;
  readonly set: PacketSettings | undefined;
  readonly state: "none" | "keep" | "modulate" | "synproxy";
  readonly stateOptions: StateOptions;
  /** Of 2^32 - 1; 0: always. */
  readonly probability: number;
  readonly fragment: boolean;
  readonly allowOptions: boolean;
  readonly once: boolean;
  readonly scrub: Scrub | undefined;
  label: string;
  tag: string;
  tagged: string;
  readonly taggedNegated: boolean;
  readonly rtable: number;
  readonly divert: Divert | undefined;
  readonly nat: PfPool | undefined;
  readonly rdr: PfPool | undefined;
  readonly route: PfPool | undefined;
  readonly routeKind: "route-to" | "reply-to" | "dup-to" | undefined;
  /** Target family of `af-to`; {@link nat} is its `from`, {@link rdr} its `to`. */
  readonly afTo: Family | undefined;
  readonly anchor: PfAnchorCall | undefined;
  /** Where the rule comes from. */
  readonly origin: Origin;
  /** The list elements that made it, in the order of the loops; empty if nothing was a list. */
  readonly elements: readonly Span[];
}

/** The text behind a rule: one statement makes many rules, which share this value. */
export interface Origin {
  /** The statement; of several lines the first. */
  readonly span: Span;
  /** Uses of macros within it, in order. */
  readonly macros: readonly MacroUse[];
  /** The `include` lines that led to its file, outermost first. */
  readonly includes: readonly Span[];
}

export interface MacroUse {
  readonly name: string;
  readonly span: Span;
}

export type BlockAnswer =
  | { readonly kind: "drop" | "return" }
  /** `ttl` 0: the default. */
  | { readonly kind: "return-rst"; readonly ttl: number }
  /**
   * Codes of ICMP unreach and ICMPv6 unreach. Behind `return-icmp(x)` `code6` is 0x303, type and
   * code of the other family: what pfctl stores.
   */
  | { readonly kind: "return-icmp"; readonly code: number; readonly code6: number };

export interface LogTo {
  readonly all: boolean;
  readonly matches: boolean;
  readonly user: boolean;
  /** Number of the pflog interface. */
  readonly to: number;
}

export interface PfEndpoint {
  readonly address: PfAddress;
  readonly negated: boolean;
  readonly port: PfPort | undefined;
}

/** `prefix` of length 0 prints as `any` but has a family; `any` is what `any` or nothing means. */
export type PfAddress =
  | { readonly kind: "any" }
  | { readonly kind: "prefix"; readonly prefix: Prefix }
  | { readonly kind: "range"; readonly range: AddressRange }
  | { readonly kind: "table"; readonly name: string }
  | DynamicAddress
  | { readonly kind: "no-route" | "urpf-failed" }
  | { readonly kind: "route"; readonly label: string }
  /** A name that only the running host can look up; readers of whole sites leave it open. */
  | { readonly kind: "unknown"; readonly text: string };

/** `(em0:network:0)/24` */
export interface DynamicAddress {
  readonly kind: "dynamic";
  readonly name: string;
  readonly part: "address" | "network" | "broadcast" | "peer";
  /** `:0` */
  readonly first: boolean;
  /** Mask; full if none was written, and never over 32 in an inet rule. */
  readonly length: number;
}

/** `range`: both ends included (`a:b`); `><` and `<>` exclude them. Other operators use `first`. */
export interface PfPort {
  readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">=" | "range" | "><" | "<>";
  readonly first: number;
  readonly last: number;
}

/** User or group; -1 is `unknown`. */
export interface IdTest {
  readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">=" | "><" | "<>";
  readonly first: number;
  readonly last: number;
  /** An account that only the running host knows; readers of whole sites leave it open. */
  readonly account?: string;
}

export interface PacketSettings {
  /** Both classes, the second for low-delay packets; -1: not set. */
  readonly prio: number;
  readonly lowDelayPrio: number;
  readonly queue: string;
  readonly lowDelayQueue: string;
  /** -1: not set. */
  readonly tos: number;
  /** Milliseconds; -1: not set. */
  readonly delay: number;
}

export interface StateOptions {
  readonly max: number;
  readonly noSync: boolean;
  readonly sourceTrack: "" | "global" | "rule";
  readonly maxSourceStates: number;
  readonly maxSourceConnections: number;
  readonly sourceRate: { readonly limit: number; readonly seconds: number } | undefined;
  readonly maxSourceNodes: number;
  /** Table; empty: none. */
  readonly overload: string;
  readonly flush: "" | "flush" | "flush global";
  readonly ifBound: boolean;
  readonly sloppy: boolean;
  readonly pflow: boolean;
  /** Nonzero timeouts by name, in the order in which pfctl prints them. */
  readonly timeouts: readonly (readonly [name: string, value: number])[];
}

export interface Scrub {
  readonly noDf: boolean;
  readonly randomId: boolean;
  readonly minTtl: number;
  readonly reassembleTcp: boolean;
  readonly maxMss: number;
}

export type Divert =
  | { readonly kind: "divert-to"; readonly address: Prefix; readonly port: number }
  | { readonly kind: "divert-packet"; readonly port: number }
  | { readonly kind: "divert-reply" };

/** Where `nat-to`, `rdr-to`, `af-to` and the routing options take an address from. */
export interface PfPool {
  readonly address: PfAddress;
  readonly type: "" | "bitmask" | "random" | "source-hash" | "round-robin" | "least-states";
  /** `0x` and 32 hex digits; `source-hash` only. */
  readonly key: string;
  readonly sticky: boolean;
  readonly staticPort: boolean;
  /** New ports as pf stores them: 0 and 0 is none; nat's default is 50001 … 65535. */
  readonly low: number;
  readonly high: number;
}

export interface PfAnchorCall {
  /** As printed between quotes; empty: an anchor without a name. */
  readonly name: string;
  /** Absolute path of the rules called, without leading slash and without `/*`. */
  readonly path: string;
  readonly wildcard: boolean;
  /** The rules stand in braces behind the call (and there is at least one). */
  readonly inline: boolean;
}

/** A table as declared; `entries` of many are packed. */
export interface PfTable {
  readonly name: string;
  /** Anchor it belongs to; the main ruleset is the empty string. */
  readonly anchor: string;
  readonly constant: boolean;
  readonly persist: boolean;
  readonly counters: boolean;
  /** Initialisers in written order, adjacent braced groups merged. */
  readonly contents: readonly TableContent[];
  /** Why the contents are not all known, as a clause: `is filled from …`. */
  readonly open?: string;
  readonly span: Span;
}

export type TableContent =
  | { readonly kind: "file"; readonly name: string; readonly entries: PackedEntries }
  | { readonly kind: "list"; readonly entries: PackedEntries }
  /** Automatic tables of pools with ranges only. */
  | { readonly kind: "addresses"; readonly addresses: readonly PfAddress[] };

/**
 * Table entries as typed arrays: a million of them is ordinary.
 *
 * Entry `i` has the 32-bit words `words[offset[i]] …` (one for inet, four for inet6, high first).
 */
export interface PackedEntries {
  readonly count: number;
  readonly offsets: Uint32Array;
  readonly words: Uint32Array;
  /** Prefix length. */
  readonly lengths: Uint8Array;
  /** Bit 0: inet6; bit 1: negated. */
  readonly marks: Uint8Array;
  /** `weight`; 0: none was written. Absent: no entry has one. */
  readonly weights?: Uint16Array;
}

/** A queue as defined. */
export interface PfQueue {
  readonly name: string;
  readonly parent: string;
  /** Root queues only. */
  readonly interface: string;
  readonly bandwidth: QueueCurve | undefined;
  readonly min: QueueCurve | undefined;
  readonly max: QueueCurve | undefined;
  readonly flows: number;
  readonly quantum: number;
  readonly isDefault: boolean;
  readonly limit: number;
  readonly span: Span;
}

/** Bits per second, with a burst rate for the first milliseconds. */
export interface QueueCurve {
  readonly rate: number;
  readonly burst: number;
  readonly milliseconds: number;
}

/** What `set` says to the kernel, defaults included. */
export interface PfOptions {
  /** Seconds (adaptive.start and adaptive.end: states) by name. */
  readonly timeouts: ReadonlyMap<string, number>;
  /** By name; what is absent has no limit that matters. */
  readonly limits: ReadonlyMap<string, number>;
  readonly reassemble: boolean;
  /** `set reassemble yes no-df` */
  readonly reassembleNoDf: boolean;
  /** Interfaces and groups of `set skip`. */
  readonly skip: readonly string[];
  readonly syncookies: Syncookies;
  /** The file of `set fingerprints`; empty: that of the system. */
  readonly fingerprints: string;
}

/** `start` and `end` are percents of the limit of states. */
export interface Syncookies {
  readonly mode: "never" | "always" | "adaptive";
  readonly start: number;
  readonly end: number;
}

/** One run of pfctl over one file: the main file, or one that `load anchor` names. */
export interface PfConfiguration {
  /** `-a`; the main ruleset is the empty string. */
  readonly anchor: string;
  /** What pfctl prints while it reads, in order: macros, options, tables, its remarks on queues. */
  readonly printed: readonly (string | PfTable)[];
  /** In the order of printing. */
  readonly queues: readonly PfQueue[];
  /** Rules by absolute anchor path; inline anchors have theirs here too. */
  readonly rulesets: ReadonlyMap<string, PfRules>;
  readonly tables: readonly PfTable[];
  /** Exactly what pfctl says on stderr, a line each. */
  readonly stderr: readonly string[];
  /** pfctl would load it. */
  readonly accepted: boolean;
}

export interface PfRules {
  readonly rules: readonly PfRule[];
  /** Tables that the optimizer made for this ruleset. */
  readonly tables: readonly PfTable[];
}
