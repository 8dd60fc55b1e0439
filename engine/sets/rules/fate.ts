import type { BlockAnswer, Divert, PfPool } from "../../../model/pf-rule.ts";
import type { Actions } from "../../kernel/state.ts";
import type { PacketFunction, PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import type { SourceRule } from "./situation.ts";
import type { Translation } from "./translation.ts";

/**
 * How much a fate knows of the rules behind it.
 *
 * `rules`: who decided and which match rules matched. `outcomes`: only what becomes of the packet;
 * rules that do the same share their fates, so that diagrams are small.
 */
export type Detail = "rules" | "outcomes";

/** What one evaluation of a ruleset makes of a packet. Interned: equal fates are one object. */
export interface Fate {
  /** Unlike that of any other fate of the same function. */
  readonly index: number;
  readonly verdict: "pass" | "drop";
  /**
   * An unread rule decided: the packet may be dropped, or passed with anything changed, with any tag
   * and with any state or none. `verdict` is `pass` then, and other members say nothing.
   */
  readonly anything: boolean;
  /** Pass or block rule that decided; undefined: the implicit one, or detail `outcomes`. */
  readonly rule: SourceRule | undefined;
  /** The anchor rule that called the ruleset of {@link rule}. */
  readonly caller: SourceRule | undefined;
  /** `match` rules in the order of their matching; none in detail `outcomes`. */
  readonly matched: readonly SourceRule[];
  /** What `block return …` asks for; what is sent depends on the packet. Of block rules only. */
  readonly answer: BlockAnswer | undefined;
  /** The state made; undefined: none. */
  readonly state: StateMade | undefined;
  /** Tag that the packet leaves with; empty: none. */
  readonly tag: string;
  /**
   * A rule set the tag. Otherwise it is the one that came with the packet; a state made then keeps
   * it if some rule tested a tag, and no tag if none did.
   */
  readonly tagged: boolean;
  /** Table that the packet is routed by from now on. */
  readonly rtable: number;
  /**
   * Of the packet and of the state: what passes without a state is not translated. Every choice of
   * addresses and ports counts, and where pf keeps to some of them all that it could take.
   */
  readonly translation: Translation;
  readonly actions: Actions;
  readonly route: RouteMade | undefined;
  readonly divert: Divert | undefined;
}

export interface StateMade {
  readonly kind: "keep" | "modulate" | "synproxy";
  readonly ifBound: boolean;
  readonly sloppy: boolean;
  /** Packets of the state may have IP options. */
  readonly allowOptions: boolean;
}

/** Routing option of the deciding rule: where the pool takes next hops from. */
export interface RouteMade {
  readonly kind: "route-to" | "reply-to" | "dup-to";
  readonly pool: PfPool;
}

/**
 * A ruleset in one place: which fates each packet may meet.
 *
 * A packet has several fates where the network has a choice (probability, a pool) or where we do not
 * know (an unread rule, an open table). The leaves of the latter are open.
 */
export interface RulesetFunction {
  readonly sets: PacketFunctions;
  /** Gives every packet a leaf; only {@link fatesOf} and {@link isOpen} tell what it means. */
  readonly function: PacketFunction;
  /** Every fate that some packet has. */
  readonly fates: readonly Fate[];
  fatesOf(leaf: number): readonly Fate[];
  /** Some of the fates may be impossible, for all we know. */
  isOpen(leaf: number): boolean;
  /** Packets that can meet a fate, whatever the open brackets hold. */
  may(fate: Fate): PacketSet;
  /** Packets that meet a fate for certain, or by a choice of the network. */
  must(fate: Fate): PacketSet;
  /** What packets of a set become by the translation of a fate, and by `set tos`. */
  image(set: PacketSet, fate: Fate): PacketSet;
  /** Packets that can become one of a set. */
  preimage(set: PacketSet, fate: Fate): PacketSet;
}
