import type { Host, Interface } from "../../model/host.ts";
import { addressBits, type Family, TCP, UDP } from "../../model/packet.ts";
import type { DynamicAddress, PfAddress, PfEndpoint, PfRule } from "../../model/pf-rule.ts";
import { dynamicEntries, isNamed } from "../kernel/interfaces.ts";
import type { LiveRule } from "../kernel/live-rule.ts";
import type { KernelPacket } from "../kernel/packet.ts";
import { isPureSyn } from "../kernel/packet.ts";
import { liveRule } from "../kernel/rulesets.ts";
import type { HostPf } from "./host-pf.ts";

/** A criterion whose answer may not be in the files. */
export type OpenCriterion = "from" | "to" | "socket" | "os" | "prio" | "probability";

/** `probability 100%` */
const ALWAYS = 4_294_967_295;

/** A packet where it is tested, its addresses as translated so far. */
export interface Asked {
  readonly packet: KernelPacket;
  readonly family: Family;
  readonly source: bigint;
  readonly destination: bigint;
  /** Sockets are not looked up. */
  readonly withoutSockets: boolean;
}

/** Says of one host's rules which of their tests the files leave open. */
export class OpenTests {
  readonly #host: Host;
  readonly #pf: HostPf;
  /** The dice are not decided: a rule with `probability` may match and need not. */
  readonly #chanceIsOpen: boolean;
  readonly #candidates = new Map<LiveRule, readonly OpenCriterion[]>();
  readonly #without = new Map<LiveRule, Map<string, LiveRule>>();

  constructor(host: Host, pf: HostPf, chanceIsOpen: boolean) {
    this.#host = host;
    this.#pf = pf;
    this.#chanceIsOpen = chanceIsOpen;
  }

  /** Tests that are open for some packet. */
  candidates(live: LiveRule): readonly OpenCriterion[] {
    const known = this.#candidates.get(live);
    if (known !== undefined) return known;
    const { rule } = live;
    const found: OpenCriterion[] = [];
    if (this.#mayBeOpen(rule.source.address, live.anchor)) found.push("from");
    if (this.#mayBeOpen(rule.destination.address, live.anchor)) found.push("to");
    if (rule.user !== undefined || rule.group !== undefined) found.push("socket");
    if (rule.os !== "") found.push("os");
    if (rule.prio >= 0) found.push("prio");
    const isChance = rule.probability > 0 && rule.probability < ALWAYS;
    if (isChance && this.#chanceIsOpen) found.push("probability");
    this.#candidates.set(live, found);
    return found;
  }

  /** The tests of a rule that the files do not answer for this packet. */
  open(live: LiveRule, asked: Asked): readonly OpenCriterion[] {
    return this.candidates(live).filter((it) => this.#isOpen(live, it, asked));
  }

  #isOpen({ rule, anchor }: LiveRule, criterion: OpenCriterion, asked: Asked): boolean {
    const { packet, family, source, destination } = asked;
    switch (criterion) {
      case "from":
        return this.#isOpenFor(rule.source.address, anchor, family, source);
      case "to":
        return this.#isOpenFor(rule.destination.address, anchor, packet.family, destination);
      case "socket":
        return !asked.withoutSockets && (packet.protocol === TCP || packet.protocol === UDP);
      case "os":
        return isPureSyn(packet);
      default:
        return true;
    }
  }

  #mayBeOpen(address: PfAddress, anchor: string): boolean {
    switch (address.kind) {
      case "table":
        return this.#pf.openTable(anchor, address.name) !== undefined;
      case "dynamic":
        return this.#membersOf(address).some((it) => it.automatic.length > 0);
      case "unknown":
      case "route":
        return true;
      default:
        return false;
    }
  }

  #isOpenFor(address: PfAddress, anchor: string, family: Family, value: bigint): boolean {
    switch (address.kind) {
      case "table":
        return this.#pf.openTable(anchor, address.name) !== undefined;
      case "dynamic": {
        if (dynamicEntries(this.#pf.surroundings, address).contains(family, value)) return false;
        return this.#membersOf(address).some((it) => this.#mayHave(it, family, value));
      }
      case "unknown":
      case "route":
        return true;
      default:
        return false;
    }
  }

  /**
   * Whether an address of `it` that is not in the files may be, or be next to, `value`. It lies in
   * no network that another interface of the same routing domain declares.
   */
  #mayHave(it: Interface, family: Family, value: bigint): boolean {
    if (!it.automatic.includes(family)) return false;
    const rest = (length: number): bigint => BigInt(addressBits(family) - length);
    return !this.#host.interfaces.some((other) => {
      if (other.rdomain !== it.rdomain || other.name === it.name) return false;
      return other.addresses.some((own) => {
        return own.family === family && value >> rest(own.length) === own.value >> rest(own.length);
      });
    });
  }

  #membersOf({ name }: DynamicAddress): readonly Interface[] {
    return this.#host.interfaces.filter((it) => name === "self" || isNamed(it, name));
  }

  /** The rule with some of its tests left away: they hold. */
  without(live: LiveRule, criteria: readonly OpenCriterion[]): LiveRule {
    const known = this.#without.get(live) ?? new Map<string, LiveRule>();
    this.#without.set(live, known);
    const key = criteria.join();
    let made = known.get(key);
    if (made === undefined) {
      const rule = criteria.reduce<PfRule>((rest, it) => withoutTest(rest, it), live.rule);
      // a rate is counted once a packet
      made = { ...live, ...boundsOf(rule, live), packetRate: undefined };
      known.set(key, made);
    }
    return made;
  }

  /** Whether the address that a rule translates or routes to is not in the files. */
  hasOpenPool({ rule, anchor }: LiveRule, family: Family): boolean {
    return [rule.nat, rule.rdr, rule.route].some((pool) => {
      if (pool === undefined) return false;
      const { address } = pool;
      if (address.kind !== "dynamic") return this.#mayBeOpen(address, anchor);
      const wanted = pool === rule.route || rule.afTo === undefined ? family : rule.afTo;
      const members = this.#membersOf(address).filter((it) => it.automatic.includes(wanted));
      return members.some((it) => !it.addresses.some((own) => own.family === wanted));
    });
  }
}

function boundsOf(rule: PfRule, live: LiveRule): Pick<LiveRule, "rule" | "from" | "to"> {
  const { from, to } = liveRule(rule, live.anchor, live.number, 0);
  return { rule, from, to };
}

function withoutTest(rule: PfRule, criterion: OpenCriterion): PfRule {
  switch (criterion) {
    case "from":
      return { ...rule, source: anyAddress(rule.source) };
    case "to":
      return { ...rule, destination: anyAddress(rule.destination) };
    case "socket":
      return { ...rule, user: undefined, group: undefined };
    case "os":
      return { ...rule, os: "" };
    case "prio":
      return { ...rule, prio: -1 };
    case "probability":
      return { ...rule, probability: 0 };
  }
}

function anyAddress({ port }: PfEndpoint): PfEndpoint {
  return { address: { kind: "any" }, negated: false, port };
}
