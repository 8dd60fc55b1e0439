import type { Interface } from "../../../model/host.ts";
import { addressBits, type Family } from "../../../model/packet.ts";
import type { DynamicAddress, PfAddress } from "../../../model/pf-rule.ts";
import { isEncapsulating } from "../../kernel/address-test.ts";
import { dynamicEntries, isNamed } from "../../kernel/interfaces.ts";
import type { PacketFunctions } from "../packet-functions.ts";
import type { PacketSet } from "../packet-sets.ts";
import { type End, inPrefix, inRange, ofFamily } from "../packets.ts";
import { anything, type Bracket, exactly, neither } from "./bracket.ts";
import { routedSet, scoped } from "./routes.ts";
import type { Place, Source } from "./situation.ts";
import { entriesSet } from "./tables.ts";

/** First ten bits of fe80::/10. */
const LINK_LOCAL = 0x3fan;

/** What addresses of rules stand for in one place. */
export class AddressSets {
  readonly #sets: PacketFunctions;
  readonly #source: Source;
  readonly #place: Place;
  readonly #closed: ReadonlySet<string>;
  readonly #known: Map<string, Bracket> = new Map();

  /** @param closed - ids of unread lines that are taken as written */
  constructor(sets: PacketFunctions, source: Source, place: Place, closed: ReadonlySet<string>) {
    this.#sets = sets;
    this.#source = source;
    this.#place = place;
    this.#closed = closed;
  }

  /**
   * Packets whose address meets that of a rule (section 15; follows PF_MISMATCHAW, OpenBSD 7.8).
   * What only the running host can look up is open: any address, or none.
   *
   * @param rtable - of the evaluation as of this moment
   * @param anchor - of the rule
   */
  meeting(
    address: PfAddress,
    negated: boolean,
    field: End,
    anchor: string,
    rtable: number,
  ): Bracket {
    const text = keyOf(address, anchor, rtable);
    if (text === undefined) return this.#signed(address, negated, field, anchor, rtable);
    const key = `${negated ? "!" : ""}${field} ${text}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#signed(address, negated, field, anchor, rtable);
      this.#known.set(key, known);
    }
    return known;
  }

  #signed(
    address: PfAddress,
    negated: boolean,
    field: End,
    anchor: string,
    rtable: number,
  ): Bracket {
    const plain = this.#plain(address, field, anchor, rtable);
    return negated ? neither(this.#sets, plain) : plain;
  }

  #plain(address: PfAddress, field: End, anchor: string, rtable: number): Bracket {
    const sets = this.#sets;
    switch (address.kind) {
      case "any":
        return exactly(sets.all);
      case "prefix": {
        const { prefix } = address;
        return exactly(prefix.length === 0 ? sets.all : inPrefix(sets, field, prefix));
      }
      case "range": {
        const { range } = address;
        return exactly(range.first > range.last ? sets.empty : inRange(sets, field, range));
      }
      case "table":
        return this.#table(anchor, address.name, field);
      case "dynamic":
        return this.#dynamic(address, field);
      case "unknown":
        return anything(sets);
      default:
        return exactly(this.#routed(address, field, rtable));
    }
  }

  #table(anchor: string, name: string, field: End): Bracket {
    const sets = this.#sets;
    const table = this.#source.table(anchor, name);
    if (table === undefined) return exactly(sets.empty);
    return table.open ? anything(sets) : exactly(entriesSet(sets, table.entries, field));
  }

  #routed(
    address: Extract<PfAddress, { kind: "no-route" | "urpf-failed" | "route" }>,
    field: End,
    rtable: number,
  ): PacketSet {
    const sets = this.#sets;
    const { surroundings } = this.#source;
    switch (address.kind) {
      case "no-route": {
        const routed = routedSet(sets, surroundings, rtable, field, () => true);
        return sets.not(sets.or(routed, scoped(sets, field)));
      }
      case "urpf-failed": {
        const { interface: name } = this.#place;
        if (isEncapsulating(name)) return sets.empty;
        const back = routedSet(sets, surroundings, rtable, field, (it) => it.interface === name);
        return sets.not(sets.or(back, scoped(sets, field)));
      }
      case "route": {
        const { label } = address;
        const routed = routedSet(sets, surroundings, rtable, field, (it) => it.label === label);
        return sets.diff(routed, scoped(sets, field));
      }
    }
  }

  /** Addresses that `(if)` stands for; those of DHCP lie outside every network declared elsewhere. */
  #dynamic(address: DynamicAddress, field: End): Bracket {
    const sets = this.#sets;
    const { surroundings } = this.#source;
    const { interfaces } = surroundings;
    const known = entriesSet(sets, dynamicEntries(surroundings, address), field);
    const learning = membersOf(interfaces, address).flatMap((member) => {
      return this.#learned(member).map((family) => ({ member, family }));
    });
    if (learning.length === 0) return exactly(known);
    let may = known;
    for (const { member, family } of learning) {
      may = sets.or(may, this.#possible(member, family, address, field));
    }
    if (!address.first) return { may, must: known };
    // what is learned may come first, and then stands alone
    const sure = interfaces.map((it) => {
      const learned = this.#learned(it);
      if (learned.length === 0) return it;
      return { ...it, addresses: it.addresses.filter(({ family }) => !learned.includes(family)) };
    });
    const entries = dynamicEntries({ ...surroundings, interfaces: sure }, address);
    return { may, must: entriesSet(sets, entries, field) };
  }

  /** Families whose addresses an interface learns at run time, unless its bracket is closed. */
  #learned({ unread, automatic }: Interface): readonly Family[] {
    const bracket = unread.find(({ scope }) => scope.kind === "address");
    return bracket !== undefined && this.#closed.has(bracket.id) ? [] : automatic;
  }

  /** What an interface may add: nothing of the networks that its rdomain declares elsewhere. */
  #possible(
    member: Interface,
    family: Family,
    { part, length }: DynamicAddress,
    field: End,
  ): PacketSet {
    const sets = this.#sets;
    let set = ofFamily(sets, family);
    // a mask of its own may reach into other networks; an IPv6 address has no broadcast
    if (length < addressBits(family)) return set;
    if (part === "broadcast" && family === "inet6") return sets.empty;
    for (const other of this.#source.surroundings.interfaces) {
      if (other.rdomain !== member.rdomain || other.name === member.name) continue;
      for (const address of other.addresses) {
        const { family: of, value } = address;
        const isShared = of === "inet6" && value >> 118n === LINK_LOCAL;
        if (of === family && !isShared) set = sets.diff(set, inPrefix(sets, field, address));
      }
    }
    return set;
  }
}

/** Packets whose address is one that an address of a rule of `anchor` stands for. */
export function addressesOf(
  { addresses }: { readonly addresses: AddressSets },
  anchor: string,
  address: PfAddress,
  end: End,
): Bracket {
  return addresses.meeting(address, false, end, anchor, 0);
}

/** Undefined: it is not worth to be remembered. */
function keyOf(address: PfAddress, anchor: string, rtable: number): string | undefined {
  switch (address.kind) {
    case "prefix": {
      const { family, value, length } = address.prefix;
      return `${family} ${value.toString(36)}/${length}`;
    }
    case "table":
      return `<${address.name}> ${anchor}`;
    case "dynamic": {
      const { name, part, first, length } = address;
      return `(${name}:${part}${first ? ":0" : ""})/${length}`;
    }
    case "no-route":
    case "urpf-failed":
      return `${address.kind} ${rtable}`;
    case "route":
      return `route ${rtable} ${address.label}`;
    default:
      return undefined;
  }
}

function membersOf(
  interfaces: readonly Interface[],
  { name }: DynamicAddress,
): readonly Interface[] {
  if (name === "self") return interfaces;
  const own = interfaces.filter((it) => it.name === name);
  return own.length > 0 ? own : interfaces.filter((it) => isNamed(it, name));
}
