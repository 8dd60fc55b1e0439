import type { PfRule } from "../../../model/pf-rule.ts";
import type { Unread } from "../../../model/unread.ts";
import type { Direction } from "../../kernel/criteria.ts";
import type { EntrySet } from "../../kernel/entry-set.ts";
import type { Socket, Surroundings } from "../../kernel/surroundings.ts";

/** Where a ruleset is asked: what rules test of a packet besides its header. */
export interface Place {
  readonly direction: Direction;
  readonly interface: string;
  /** Routing domain of the packets. */
  readonly rdomain: number;
  /** They are sent on, not made here: no socket is looked up. */
  readonly forwarded: boolean;
  /** Interface that they came in on, on their way in this one; empty: they were made here. */
  readonly receivedOn: string;
  /** Undefined: not known. */
  readonly priority: number | undefined;
  /** Whether SYNs without ACK look like a system; undefined: not known. */
  readonly looksLike: ((os: string) => boolean) | undefined;
  /** The packets' socket; undefined: it is looked up for the packets as they are. */
  readonly socket?: Socket | "none";
}

/** What a ruleset stands in. Nothing of it changes while it is compiled. */
export interface Source {
  readonly surroundings: Surroundings;
  /** False: others than the declared ones may be open. */
  readonly knowsSockets: boolean;
  /** Rules by the absolute path of their anchor; the main ruleset is the empty string. */
  readonly rulesets: ReadonlyMap<string, readonly SourceRule[]>;
  /** The table that a rule of `anchor` means; undefined: there is none. */
  table(anchor: string, name: string): SourceTable | undefined;
}

/** What an active table holds now. */
export interface SourceTable {
  readonly entries: EntrySet;
  /** It may hold others, or not all of these. */
  readonly open: boolean;
}

/** A rule and where it stands; a `LiveRule` is one. */
export interface SourceRule {
  readonly rule: PfRule;
  /** Path of its anchor; the main ruleset is the empty string. */
  readonly anchor: string;
  readonly number: number;
  /** A `once` rule that has matched. */
  readonly expired?: boolean;
  /** What is not known of it. */
  readonly open?: readonly Unread[];
  /**
   * A line that was not understood stands here, {@link open} says which: it may do anything to the
   * packets that meet the criteria of {@link rule}, a pass rule of what was understood.
   */
  readonly isUnread?: true;
}
