import type { Family } from "../../model/packet.ts";
import type { PfRule } from "../../model/pf-rule.ts";
import type { RateCounter } from "./rates.ts";

/** A rule in a running pf: what is written, where it stands, and what it has counted. */
export interface LiveRule {
  readonly rule: PfRule;
  readonly number: number;
  /** Path of its anchor; the main ruleset is the empty string. */
  readonly anchor: string;
  /** A `once` rule that has matched. */
  expired: boolean;
  /** States it made that are not purged. */
  states: number;
  /** False: another ruleset took its place; its number reads as -1. */
  loaded: boolean;
  /** First and last of its plain addresses; undefined: they ask for more than a comparison. */
  readonly from: Bounds | undefined;
  readonly to: Bounds | undefined;
  /** Of `max-pkt-rate`. */
  readonly packetRate: RateCounter | undefined;
  /** Where round-robin stands, by use of the pool. */
  readonly positions: Map<PoolUse, PoolPosition>;
}

/** What a packet's address is compared with. */
export interface Bounds {
  /** Undefined: addresses of either family. */
  readonly family: Family | undefined;
  readonly first: bigint;
  readonly last: bigint;
  readonly negated: boolean;
}

export type PoolUse = "nat" | "rdr" | "route";

/** Where a pool stands (follows pf_pool, OpenBSD 7.8). */
export interface PoolPosition {
  /** Tables: the address to try next. Networks: its host bits are those of the next address. */
  counter: bigint;
  /** Block of the table that it lies in. */
  index: number;
}
