import { type Family, TCP } from "../../../model/packet.ts";
import type {
  Divert,
  LogTo,
  PacketSettings,
  PfEndpoint,
  PfPool,
  PfRule,
  Scrub,
} from "../../../model/pf-rule.ts";
import type { Span } from "../../../model/source.ts";
import { fingerprintName } from "../names/fingerprints.ts";
import type { PoolDraft } from "../statements/draft.ts";
import type { Reading } from "../statements/reading.ts";
import type { RuleBase } from "../statements/rule-statement.ts";
import { isBinatConsistent, returningLists } from "./binat.ts";
import { isConsistent } from "./checks.ts";
import { expandLabel } from "./labels.ts";
import {
  ANY_OS,
  type HostItem,
  type IcmpItem,
  type InterfaceItem,
  type OsItem,
  type Position,
  type RuleLists,
  type Written,
} from "./list-items.ts";
import { type CollapsedPool, collapsePool, finishPool } from "./pools.ts";
import {
  divertOf,
  endpointOf,
  logOf,
  NO_ELEMENTS,
  scrubOf,
  settingsOf,
  wrongMask,
} from "./rule-parts.ts";

interface Marks {
  readonly label: string;
  readonly tag: string;
  readonly tagged: string;
}

const NO_MARKS: Marks = { label: "", tag: "", tagged: "" };

/** Of the way back of `binat-to`: what it takes over from the way out. */
interface WayBack extends Marks {
  readonly rdr: PoolDraft;
}

/**
 * Multiplies the lists of a rule and adds every combination that makes sense to the present anchor
 * (follows expand_rule, OpenBSD 7.8): interfaces outermost, groups innermost.
 */
export function expandRule(
  reading: Reading,
  base: RuleBase,
  lists: RuleLists,
  back?: WayBack,
): void {
  const expansion = new Expansion(reading, base, lists, back);
  if (expansion.isList) multiply(reading, expansion, lists);
  else {
    reading.countCombination();
    expansion.add(FIRST);
  }
  if (expansion.added > 0) return;
  if (expansion.complained) reading.consequence("rule expands to no valid combination");
  else reading.error("rule expands to no valid combination");
}

const FIRST: Position = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

function multiply(reading: Reading, expansion: Expansion, lists: RuleLists): void {
  const { interfaces, protocols, icmp, sources, destinations, sourcePorts } = lists;
  const { destinationPorts, os, users, groups } = lists;
  const at: Position = [...FIRST];
  const sizes = [
    interfaces,
    protocols,
    icmp,
    sources,
    destinations,
    sourcePorts,
    destinationPorts,
    os,
    users,
    groups,
  ].map((it) => it.length);
  for (;;) {
    reading.countCombination();
    expansion.add(at);
    let digit = 9;
    while (digit >= 0) {
      const next = (at[digit] ?? 0) + 1;
      if (next < (sizes[digit] ?? 0)) {
        at[digit] = next;
        break;
      }
      at[digit--] = 0;
    }
    if (digit < 0) return;
  }
}

/** One call of expand_rule: its errors stick from one combination to the next. */
class Expansion {
  added = 0;
  /** There is more than one combination. */
  readonly isList: boolean;
  complained = false;
  readonly #reading: Reading;
  readonly #base: RuleBase;
  readonly #lists: RuleLists;
  readonly #back: WayBack | undefined;
  readonly #log: LogTo | undefined;
  readonly #set: PacketSettings | undefined;
  readonly #scrub: Scrub | undefined;
  readonly #divert: Divert | undefined;
  /** Room for the elements of one combination. */
  readonly #spans: Span[] = [];
  #wrong = false;
  #family: Family | undefined;

  constructor(reading: Reading, base: RuleBase, lists: RuleLists, back: WayBack | undefined) {
    this.#reading = reading;
    this.#base = base;
    this.#lists = lists;
    this.#back = back;
    const { draft } = base;
    this.isList =
      lists.interfaces.length > 1 ||
      lists.protocols.length > 1 ||
      lists.icmp.length > 1 ||
      lists.sources.length > 1 ||
      lists.destinations.length > 1 ||
      lists.sourcePorts.length > 1 ||
      lists.destinationPorts.length > 1 ||
      lists.os.length > 1 ||
      lists.users.length > 1 ||
      lists.groups.length > 1;
    this.#log = base.logs ? logOf(draft) : undefined;
    this.#set = settingsOf(draft);
    this.#scrub = scrubOf(draft);
    this.#divert = divertOf(draft);
  }

  /** Adds the combination at `at`, if it makes one. */
  add(at: Position): void {
    const { draft } = this.#base;
    const lists = this.#lists;
    const errors = this.#reading.errors;
    this.#family = this.#base.family;
    const rdr = this.#collapse(this.#back?.rdr ?? draft.rdr, "rdr");
    const nat = this.#back === undefined ? this.#collapse(draft.nat, "nat") : undefined;
    const route = this.#collapse(draft.route, "route");

    const source = lists.sources[at[3]];
    const destination = lists.destinations[at[4]];
    const on = lists.interfaces[at[0]];
    if (source === undefined || destination === undefined || on === undefined) return;
    if (this.#clashes(source, destination, on)) {
      if (this.#reading.errors > errors) this.complained = true;
      return;
    }
    const rule = this.#ruleOf(at, on, source, destination, nat, rdr, route);
    if (this.#isConsistent(rule) && !this.#wrong) {
      this.#reading.addRule(rule);
      this.added++;
    } else {
      this.#reading.consequence("skipping rule due to errors");
      this.complained = true;
    }
    if (draft.nat?.binat === true && this.#back === undefined && !this.#wrong) {
      this.#addWayBack(at, rule);
    }
  }

  #isConsistent(rule: PfRule): boolean {
    const { draft, wantsFamily } = this.#base;
    return isConsistent(this.#reading, rule, draft.divert !== undefined, wantsFamily);
  }

  #collapse(pool: PoolDraft | undefined, use: "nat" | "rdr" | "route"): CollapsedPool | undefined {
    if (pool === undefined) return undefined;
    const { draft } = this.#base;
    const target = draft.afTo && use !== "route" ? draft.afToFamily : undefined;
    const collapsed = collapsePool(this.#reading, pool, use, this.#family, target);
    if (collapsed.wrong) this.#wrong = true;
    this.#family = collapsed.family;
    return collapsed;
  }

  /** Families or link-local scopes do not go together; sets the family of the combination. */
  #clashes(source: HostItem, destination: HostItem, on: InterfaceItem): boolean {
    const family = this.#family;
    const [from, to] = [source.family, destination.family];
    if (from !== undefined && family !== undefined && from !== family) return true;
    if (to !== undefined && family !== undefined && to !== family) return true;
    if (from !== undefined && to !== undefined && from !== to) return true;
    this.#family = family ?? from ?? to;
    if (source.scope === "" && destination.scope === "") return false;
    if (source.scope !== "" && destination.scope !== "" && source.scope !== destination.scope) {
      return true;
    }
    return on.name !== "" && on.name !== (source.scope || destination.scope);
  }

  #ruleOf(
    at: Position,
    on: InterfaceItem,
    from: HostItem,
    to: HostItem,
    natPool: CollapsedPool | undefined,
    rdrPool: CollapsedPool | undefined,
    routePool: CollapsedPool | undefined,
  ): PfRule {
    const base = this.#base;
    const { draft } = base;
    const reading = this.#reading;
    const lists = this.#lists;
    const family = this.#family;
    const protocol = lists.protocols[at[1]]?.protocol ?? 0;
    const icmp = lists.icmp[at[2]];
    const name = on.name !== "" || on.rdomain >= 0 ? on.name : this.#scopeName(from, to);
    const source = endpointOf(from, lists.sourcePorts[at[5]], family);
    const destination = endpointOf(to, lists.destinationPorts[at[6]], family);
    const { label, tag, tagged } = this.#marks(name, protocol, source, destination);
    this.#checkMask(from, family);
    this.#checkMask(to, family);
    const tcp = protocol === 0 || protocol === TCP;
    const { state } = base;
    this.#checkIcmp(icmp, protocol);
    const os = this.#fingerprint(lists.os[at[7]] ?? ANY_OS);
    const direction = this.#direction(from, natPool);
    const nat = this.#finish(natPool, "nat", destination);
    const rdr = this.#finish(rdrPool, "rdr", destination);
    const route = this.#finish(routePool, "route", destination);
    return {
      action: draft.action,
      number: 0,
      answer: draft.answer,
      direction,
      quick: draft.quick,
      log: this.#log,
      interface: name,
      interfaceNegated: on.negated,
      rdomain: on.rdomain,
      family,
      protocol,
      source,
      destination,
      os,
      receivedOn: draft.receivedOn,
      user: lists.users[at[8]]?.test,
      group: lists.groups[at[9]]?.test,
      flags: tcp ? base.flags : 0,
      flagMask: tcp ? base.flagMask : 0,
      icmpType: icmp?.type ?? -1,
      icmpCode: icmp?.code ?? -1,
      tos: draft.tos,
      prio: draft.prio,
      packetRate: draft.packetRate,
      set: this.#set,
      state: !tcp && (state === "modulate" || state === "synproxy") ? "keep" : state,
      stateOptions: base.stateOptions,
      probability: draft.probability,
      fragment: draft.fragment,
      allowOptions: draft.allowOptions,
      once: draft.once,
      scrub: this.#scrub,
      label,
      tag,
      tagged,
      taggedNegated: draft.taggedNegated,
      rtable: draft.rtable,
      divert: this.#divert,
      nat,
      rdr,
      route,
      routeKind: draft.routeKind,
      afTo: draft.afTo ? draft.afToFamily : undefined,
      anchor: base.call,
      origin: reading.origin,
      elements: this.isList ? this.#elements(at, on, from, to) : NO_ELEMENTS,
    };
  }

  /** Label and tags with their variables replaced; the way back of `binat-to` takes them over. */
  #marks(name: string, protocol: number, source: PfEndpoint, destination: PfEndpoint): Marks {
    const { draft } = this.#base;
    if (this.#back !== undefined) return this.#back;
    if (draft.label === undefined && draft.tag === "" && draft.tagged === "") return NO_MARKS;
    const labelled = { interface: name, protocol, family: this.#family, source, destination };
    return {
      label: expandLabel(this.#reading, draft.label ?? "", labelled),
      tag: expandLabel(this.#reading, draft.tag, labelled),
      tagged: expandLabel(this.#reading, draft.tagged, labelled),
    };
  }

  #checkIcmp(icmp: IcmpItem | undefined, protocol: number): void {
    if (icmp === undefined || icmp.protocol === 0 || icmp.protocol === protocol) return;
    this.#reading.error("icmp-type mismatch");
    this.#wrong = true;
  }

  /** Of `binat-to` first the way out, then the way back. */
  #direction(from: HostItem, natPool: CollapsedPool | undefined): PfRule["direction"] {
    const { draft } = this.#base;
    if (draft.nat?.binat !== true) return draft.direction;
    if (this.#back !== undefined) return "in";
    if (!isBinatConsistent(this.#reading, this.#base, from, natPool)) this.#wrong = true;
    return "out";
  }

  #finish(
    pool: CollapsedPool | undefined,
    use: "nat" | "rdr" | "route",
    destination: PfEndpoint,
  ): PfPool | undefined {
    if (pool === undefined) return undefined;
    const finished = finishPool(this.#reading, pool, use, destination);
    if (finished.wrong) this.#wrong = true;
    return finished.pool;
  }

  /** The interface that link-local addresses tie a rule to, once pfctl knows interfaces by name. */
  #scopeName(from: HostItem, to: HostItem): string {
    const scope = from.scope || to.scope;
    return scope.startsWith("#") || !this.#reading.shared.hosts.interfacesLoaded ? "" : scope;
  }

  #checkMask(host: HostItem, family: Family | undefined): void {
    const mask = wrongMask(host);
    if (mask === undefined || family !== "inet") return;
    this.#reading.plainError(`netmask ${mask} invalid for IPv4 address`);
    this.#wrong = true;
  }

  #fingerprint({ name }: OsItem): string {
    if (name === "") return "";
    const known = fingerprintName(name, this.#reading.shared.fingerprints);
    if (known === "nomatch" && this.#reading.shared.input.verbose === true) {
      this.#reading.plain(`warning: unknown '${name}' OS fingerprint`);
    }
    return known;
  }

  /** Adds the rules for packets that come back: what is left of each list, ends swapped. */
  #addWayBack(at: Position, out: PfRule): void {
    const { draft } = this.#base;
    const lists = this.#lists;
    const source = lists.sources[at[3]];
    const nat = draft.nat;
    if (source === undefined || nat === undefined) return;
    const target =
      nat.hosts.find((it) => it.family === undefined || it.family === out.family) ?? nat.hosts[0];
    if (target === undefined) return;
    const rdr: PoolDraft = {
      ...nat,
      hosts: [{ ...source, negated: false }],
      staticPort: false,
      binat: false,
    };
    const { label, tag, tagged } = out;
    const swapped = returningLists(lists, at, target);
    const base = { ...this.#base, family: out.family };
    expandRule(this.#reading, base, swapped, { rdr, label, tag, tagged });
  }

  /** Where the elements of this combination were written, in the order of the loops. */
  #elements(at: Position, on: InterfaceItem, from: HostItem, to: HostItem): readonly Span[] {
    const lists = this.#lists;
    const items: readonly (Written | undefined)[] = [
      on,
      lists.protocols[at[1]],
      lists.icmp[at[2]],
      from,
      to,
      lists.sourcePorts[at[5]],
      lists.destinationPorts[at[6]],
      lists.os[at[7]],
      lists.users[at[8]],
      lists.groups[at[9]],
    ];
    let count = 0;
    for (const it of items) {
      const span = this.#reading.spanOf(it);
      if (span !== undefined) this.#spans[count++] = span;
    }
    return this.#spans.slice(0, count);
  }
}
