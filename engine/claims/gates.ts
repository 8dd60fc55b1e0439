import type { Host, Interface } from "../../model/host.ts";
import { matchesInterface } from "../kernel/interfaces.ts";
import type { PfTest } from "../path/points.ts";
import type { PacketFunctions } from "../sets/packet-functions.ts";
import type { PacketSet } from "../sets/packet-sets.ts";
import { union } from "../sets/packets.ts";
import { RulesetCompiler } from "../sets/rules/compiler.ts";
import type { Fate, RulesetFunction } from "../sets/rules/fate.ts";
import type { Place } from "../sets/rules/situation.ts";
import { eligibleFor } from "./eligible.ts";
import type { Label } from "./labels.ts";
import type { Plan } from "./plan.ts";

/** `may` takes every open bracket both ways, `must` takes what holds whatever they are. */
export type Reading = "may" | "must";

/** A way to pass by the rules. */
export interface Pass {
  readonly fn: RulesetFunction;
  readonly fate: Fate;
  readonly set: PacketSet;
  /** Where: states are made there. */
  readonly place: Place;
}

/** One pf test as a function on sets: what can be a state hit, and what the rules make of the rest. */
export interface Gate {
  /** pf is off or the interface is skipped: everything passes, untouched and without state. */
  readonly open: boolean;
  /** Packets that get as far as state lookup and rules. */
  readonly eligible: PacketSet;
  /** They may overlap. */
  readonly passes: readonly Pass[];
  /** Packets that may be dropped by the rules. */
  readonly blocked: PacketSet;
  /** Packets that pass unchanged without any state, so that a state hit means nothing for them. */
  readonly alone: PacketSet;
}

/** What rules of a host look at besides headers: only then labels carry it. */
export interface Tracked {
  readonly tags: boolean;
  /** The receiving interface, or whether there was one. */
  readonly received: boolean;
}

/** Compiled pf tests, one per place, tag and receiving interface that a ruleset can tell apart. */
export class Gates {
  readonly #plan: Plan;
  readonly #sets: PacketFunctions;
  readonly #reading: Reading;
  readonly #closed: ReadonlySet<string>;
  readonly #gates = new Map<string, Gate>();
  readonly #compilers = new Map<Host, RulesetCompiler>();
  readonly #tracked = new Map<Host, Tracked>();
  readonly #receivers = new Map<Interface, string>();

  constructor(
    plan: Plan,
    sets: PacketFunctions,
    { reading, closed }: { readonly reading: Reading; readonly closed: ReadonlySet<string> },
  ) {
    this.#plan = plan;
    this.#sets = sets;
    this.#reading = reading;
    this.#closed = closed;
  }

  /** The test that a packet with this label meets. */
  at(test: PfTest, label: Label): Gate {
    const { host } = test;
    const { place, tag } = this.placeOf(test, label);
    const { direction, interface: on, rdomain, forwarded, receivedOn } = place;
    const key = [host.name, direction, on, rdomain, forwarded, receivedOn, tag].join(" ");
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    const gate = this.#isOpen(test) ? this.#open() : this.#gate(host, place, tag);
    this.#gates.set(key, gate);
    return gate;
  }

  /** Where a packet with this label is as far as the rules of the host can tell, and its tag. */
  placeOf(
    { host, direction, interface: it, rdomain }: PfTest,
    label: Label,
  ): { readonly place: Place; readonly tag: string } {
    const { tags, received } = this.tracked(host);
    const from = received && direction === "out" ? label.received : "";
    const place: Place = {
      direction,
      interface: it.name,
      rdomain,
      forwarded: from !== "",
      receivedOn: direction === "in" ? it.name : from,
      priority: undefined,
      looksLike: undefined,
    };
    return { place, tag: tags ? label.tag : "" };
  }

  /** Whether rules of the host test tags, and receiving interfaces or users. */
  tracked(host: Host): Tracked {
    const known = this.#tracked.get(host);
    if (known !== undefined) return known;
    const rules = [...this.#plan.pfOf(host).source(this.#closed).rulesets.values()].flat();
    const tracked = {
      tags: rules.some(({ rule }) => rule.tagged !== ""),
      received: rules.some(({ rule }) => {
        return rule.receivedOn !== undefined || rule.user !== undefined || rule.group !== undefined;
      }),
    };
    this.#tracked.set(host, tracked);
    return tracked;
  }

  /**
   * The receiving interface of a packet as labels carry it: interfaces that no rule of the host tells
   * apart are one, and none is tracked if rules look at none.
   */
  receivedAs(host: Host, it: Interface): string {
    const known = this.#receivers.get(it);
    if (known !== undefined) return known;
    const named = this.#receivedOn(host);
    const like = named === undefined ? "" : this.#firstLike(host, it, named);
    this.#receivers.set(it, like);
    return like;
  }

  /** Names that rules have in `received-on`; undefined: no rule looks at receiving interfaces. */
  #receivedOn(host: Host): readonly string[] | undefined {
    if (!this.tracked(host).received) return undefined;
    const rules = [...this.#plan.pfOf(host).source(this.#closed).rulesets.values()].flat();
    return [...new Set(rules.flatMap(({ rule }) => rule.receivedOn?.name ?? []))];
  }

  #firstLike(host: Host, it: Interface, named: readonly string[]): string {
    const { surroundings } = this.#plan.pfOf(host);
    const matched = ({ name }: Interface): string =>
      named.filter((of) => matchesInterface(surroundings, name, of)).join(" ");
    return (host.interfaces.find((other) => matched(other) === matched(it)) ?? it).name;
  }

  /** Every tag that a packet of the host can carry as far as rules can tell, none included. */
  tagsOf(host: Host): readonly string[] {
    const rules = [...this.#plan.pfOf(host).source(this.#closed).rulesets.values()].flat();
    return [...new Set(["", ...rules.flatMap(({ rule }) => [rule.tag, rule.tagged])])];
  }

  #isOpen({ host, interface: it }: PfTest): boolean {
    if (host.pfConf === undefined) return true;
    const { surroundings } = this.#plan.pfOf(host);
    return host.pfConf.options.skip.some((name) => matchesInterface(surroundings, it.name, name));
  }

  #open(): Gate {
    const { all, empty } = this.#sets;
    return { open: true, eligible: all, passes: [], blocked: empty, alone: all };
  }

  #gate(host: Host, place: Place, tag: string): Gate {
    const sets = this.#sets;
    const fn = this.#compilerOf(host).in(place, tag);
    const eligible = eligibleFor(sets, host);
    const passes = fn.fates
      .filter(({ verdict }) => verdict === "pass")
      .map((fate): Pass => {
        const set = this.#reading === "may" ? fn.may(fate) : fn.must(fate);
        return { fn, fate, set: sets.and(set, eligible), place };
      })
      .filter(({ set }) => set !== sets.empty);
    const dropping = fn.fates.filter(({ verdict }) => verdict === "drop");
    const blocked = union(
      sets,
      dropping.map((fate) => sets.and(fn.may(fate), eligible)),
    );
    const alone = this.tracked(host).tags
      ? sets.empty
      : union(
          sets,
          passes.filter((pass) => isPlain(pass)).map(({ set }) => set),
        );
    return { open: false, eligible, passes, blocked, alone };
  }

  #compilerOf(host: Host): RulesetCompiler {
    const known = this.#compilers.get(host);
    if (known !== undefined) return known;
    const closed = this.#closed;
    const source = this.#plan.pfOf(host).source(closed);
    const asked = { sets: this.#sets, source, detail: "outcomes" as const, closed };
    const compiler = new RulesetCompiler(asked, { places: "many" });
    this.#compilers.set(host, compiler);
    return compiler;
  }
}

/** The packet goes on as it came, wherever it would have gone. */
function isPlain({ fate, place }: Pass): boolean {
  const { translation, anything, rtable, route, divert, actions } = fate;
  const isSame = translation.writes.length === 0 && translation.family === undefined;
  const goesOn = rtable === place.rdomain && route === undefined && divert === undefined;
  return isSame && goesOn && !anything && actions.tos < 0;
}
