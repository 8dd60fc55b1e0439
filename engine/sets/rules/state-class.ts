import type { Divert } from "../../../model/pf-rule.ts";
import type { Direction } from "../../kernel/criteria.ts";
import type { Surroundings } from "../../kernel/surroundings.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { union } from "../packets.ts";
import type { Fate, RouteMade, RulesetFunction } from "./fate.ts";
import { whole } from "./headers.ts";
import type { Place } from "./situation.ts";
import { answers, openKeys, ownMessages } from "./state-keys.ts";
import { type Translation, Translations, type Write } from "./translation.ts";

/**
 * States that differ in their keys only (sections 6, 20; follows pf_create_state, OpenBSD 7.8).
 *
 * A class never expires, is never full and never collides: a state only adds ways to pass
 * (claims.md 2).
 */
export interface StateClass {
  /** Of the packets that made them. */
  readonly direction: Direction;
  /**
   * From the key on the side of the packets that made them to the other one. Interned by
   * {@link statesLeft}: of classes over the same sets equal translations are one object.
   */
  readonly translation: Translation;
  /** If-bound states answer on this interface only; undefined: floating. */
  readonly boundTo: string | undefined;
  /** Routing domain of the key that they were made with … */
  readonly rdomainBefore: number;
  /** … and of the other one. */
  readonly rdomainAfter: number;
  /** Table that packets in their own direction are routed by. */
  readonly rtable: number;
  /** Given to every packet of theirs if {@link tagged}; else they may keep it, or none. */
  readonly tag: string;
  /** Rules set the tag. */
  readonly tagged: boolean;
  /** Packets with IP options pass. */
  readonly allowOptions: boolean;
  readonly sloppy: boolean;
  /** Set on every packet; -1: not. */
  readonly tos: number;
  readonly route: RouteMade | undefined;
  readonly divert: Divert | undefined;
  /**
   * An unread rule made them: binding, translation and all else are not known. Other members but
   * direction, {@link rdomainBefore} and keys say nothing.
   */
  readonly anything: boolean;
  /**
   * The packets that made them, as pf was given them, with every field open that is no part of the
   * key ({@link openKeys}).
   */
  readonly keys: PacketSet;
}

/**
 * The states that packets leave behind which meet a fate; undefined: none of them makes one.
 *
 * Fragments, ICMP errors and neighbour advertisements make none (section 19.6), ICMP replies only
 * under sloppy rules (section 22).
 *
 * @param place - where the ruleset was compiled for
 */
export function statesLeft(
  fn: RulesetFunction,
  place: Pick<Place, "direction" | "interface" | "rdomain">,
  fate: Fate,
  packets: PacketSet,
  surroundings: Pick<Surroundings, "rtables">,
): StateClass | undefined {
  const { sets } = fn;
  const { state, anything } = fate;
  if (state === undefined && !anything) return undefined;
  const sloppy = anything || state?.sloppy === true;
  const meeting = sets.and(sets.and(packets, fn.may(fate)), whole(sets));
  let making = sets.diff(meeting, ownMessages(sets, "stateless"));
  if (!sloppy) making = sets.diff(making, answers(sets));
  if (making === sets.empty) return undefined;
  const { direction, interface: on, rdomain } = place;
  const { rtable, tag, tagged, translation, actions, route, divert } = fate;
  const { rtables } = surroundings;
  return {
    direction,
    translation: ofKeys(sets, translation, sloppy),
    boundTo: state?.ifBound === true ? on : undefined,
    rdomainBefore: rdomain,
    rdomainAfter: anything ? rdomain : (rtables.get(rtable) ?? rtable),
    rtable: anything ? rdomain : rtable,
    tag,
    tagged,
    allowOptions: state?.allowOptions === true,
    sloppy,
    tos: actions.tos,
    route,
    divert,
    anything,
    keys: openKeys(sets, making),
  };
}

/**
 * What a translation makes of keys. Of ICMP it differs from what it makes of the first packet: `nat-to`
 * begins the port on the asking side with 0 and chooses one for echo requests only, so that the id of
 * other queries is 0 behind it, whatever the packet keeps (follows pf_get_sport, OpenBSD 7.8).
 *
 * Of a reply that makes a state, under a sloppy rule, that port is the type: it may become any, here.
 */
function ofKeys(
  sets: RulesetFunction["sets"],
  { writes, family }: Translation,
  sloppy: boolean,
): Translation {
  const within = writes.filter(({ field }) => field === "source").map((it) => it.within);
  const changed = family === undefined ? union(sets, within) : sets.all;
  const more: Write[] = [];
  const add = (field: Write["field"], of: PacketSet, values: PacketSet): void => {
    const inside = sets.and(changed, of);
    if (inside !== sets.empty)
      more.push({ field, within: inside, change: { kind: "values", values } });
  };
  add("sourcePort", ownMessages(sets, "other queries"), sets.range("sourcePort", 0n, 0n));
  if (sloppy) {
    add("sourcePort", answers(sets), sets.all);
    add("destinationPort", answers(sets), sets.all);
  }
  return translationsOf(sets).of([...writes, ...more], family);
}

/** Their keys may be put together: all else is equal. */
export function isSameClass(one: StateClass, other: StateClass): boolean {
  return (
    one.direction === other.direction &&
    one.translation === other.translation &&
    one.boundTo === other.boundTo &&
    one.rdomainBefore === other.rdomainBefore &&
    one.rdomainAfter === other.rdomainAfter &&
    one.rtable === other.rtable &&
    one.tag === other.tag &&
    one.tagged === other.tagged &&
    one.allowOptions === other.allowOptions &&
    one.sloppy === other.sloppy &&
    one.tos === other.tos &&
    one.route === other.route &&
    one.divert === other.divert &&
    one.anything === other.anything
  );
}

const TRANSLATIONS: WeakMap<PacketSets, Translations> = new WeakMap();

/** Those that classes over these sets have; they apply any other one as well. */
export function translationsOf(sets: RulesetFunction["sets"]): Translations {
  let known = TRANSLATIONS.get(sets);
  if (known === undefined) {
    known = new Translations(sets);
    TRANSLATIONS.set(sets, known);
  }
  return known;
}
