import { type Family, ICMP, ICMP6, TCP, UDP } from "../../../model/packet.ts";
import type { PfRule } from "../../../model/pf-rule.ts";
import { dynamicEntries, matchesInterface } from "../../kernel/interfaces.ts";
import type { LiveRule } from "../../kernel/live-rule.ts";
import { matchesPort } from "../../kernel/ports.ts";
import type { Surroundings } from "../../kernel/surroundings.ts";
import { AddressRanges } from "./address-ranges.ts";
import { FLAGS_MASK, FLAGS_SHIFT } from "./entries.ts";
import { backwards, type FlatRules } from "./flat-rules.ts";
import type { Residue } from "./forest-search.ts";
import type { LiveTable } from "./live-table.ts";
import { FRAGMENT, type PacketColumns } from "./packet-columns.ts";

const NEIGHBOR_ADVERT = 136;

/** An address of a rule that is no plain prefix. */
interface AskedAddress {
  readonly negated: boolean;
  readonly has: (columns: PacketColumns, row: number) => boolean;
}

/** What of a rule words of a key do not say. */
interface Asked {
  readonly rule: PfRule;
  readonly from: AskedAddress | undefined;
  readonly to: AskedAddress | undefined;
}

/** What addresses of rules mean, apart from the rules themselves. */
export interface Meanings {
  readonly surroundings: Surroundings;
  /** The table that a rule of an anchor means. */
  readonly table: (anchor: string, name: string) => LiveTable;
}

/** Tests packets in columns against all criteria of rules that columns show. */
export class ColumnResidue implements Residue {
  readonly odd: Uint8Array;
  /** Row of packet 0 of the block. */
  first = 0;
  /** Orders count from the last rule. */
  isBackwards = false;
  readonly #family: Family;
  readonly #flat: FlatRules;
  readonly #meanings: Meanings;
  #columns: PacketColumns | undefined;
  /** By slot: the rule, and those that lead to it. */
  readonly #asked: (readonly Asked[] | undefined)[] = [];
  /** By name as a rule has it: whether it means each of the columns' interfaces. */
  readonly #meant: Map<string, Uint8Array> = new Map();

  /** @param odd - of the packets of a block */
  constructor(family: Family, flat: FlatRules, meanings: Meanings, odd: Uint8Array) {
    this.#family = family;
    this.#flat = flat;
    this.#meanings = meanings;
    this.odd = odd;
  }

  /** Packets whose addresses and tables are asked about from now on. */
  take(columns: PacketColumns): void {
    this.#columns = columns;
    this.#meant.clear();
  }

  holds(order: number, at: number): boolean {
    const columns = this.#columns;
    const slot = this.#flat.slotOf(this.isBackwards ? backwards(order) : order);
    // one that is gone is told from the others later
    if (slot < 0) return true;
    if (columns === undefined) return false;
    const asked = this.#asked[slot] ?? this.#askedBy(slot);
    const row = this.first + at;
    for (let it = 0; it < asked.length; it++) {
      if (!this.#meets(asked[it]!, columns, row, this.odd[at]!)) return false;
    }
    return true;
  }

  #askedBy(slot: number): readonly Asked[] {
    const { rules, callers } = this.#flat;
    const chain = [rules[slot]!, ...callers[slot]!];
    const made = chain.map((live): Asked => {
      return { rule: live.rule, from: this.#address(live, "from"), to: this.#address(live, "to") };
    });
    while (this.#asked.length < slot) this.#asked.push(undefined);
    this.#asked[slot] = made;
    return made;
  }

  /** Undefined: the words of a key say it all. */
  #address(live: LiveRule, end: "from" | "to"): AskedAddress | undefined {
    const { anchor, rule, [end]: bounds } = live;
    const { address, negated } = end === "from" ? rule.source : rule.destination;
    const wordsOf = (it: PacketColumns): readonly Uint32Array[] => {
      return end === "from" ? it.sources : it.destinations;
    };
    const family = this.#family;
    if (address.kind === "table") {
      const table = this.#meanings.table(anchor, address.name);
      return { negated, has: (columns, row) => table.has(family, wordsOf(columns), row) };
    }
    let ranges: AddressRanges | undefined;
    if (bounds !== undefined) {
      if (!bounds.negated && address.kind !== "range") return undefined;
      ranges = AddressRanges.ofBounds(family, bounds);
    } else if (address.kind === "dynamic") {
      const entries = dynamicEntries(this.#meanings.surroundings, address).packed();
      ranges = AddressRanges.ofEntries(family, entries);
    }
    const known = ranges;
    return known && { negated, has: (columns, row) => known.has(wordsOf(columns), row) };
  }

  #meets({ rule, from, to }: Asked, columns: PacketColumns, row: number, odd: number): boolean {
    const kind = columns.kinds[row]!;
    return (
      this.#isOn(rule, columns, columns.places[row]!) &&
      (odd === 0 ? !rule.fragment : isOddMet(rule, columns, row, odd)) &&
      ((odd & FRAGMENT) !== 0 || (hasFlags(rule, kind) && hasPorts(rule, columns, row))) &&
      (from === undefined || from.has(columns, row) !== from.negated) &&
      (to === undefined || to.has(columns, row) !== to.negated)
    );
  }

  #isOn(
    { interface: name, interfaceNegated }: PfRule,
    columns: PacketColumns,
    place: number,
  ): boolean {
    if (name === "") return !interfaceNegated;
    let meant = this.#meant.get(name);
    if (meant === undefined) {
      const { surroundings } = this.#meanings;
      meant = Uint8Array.from(columns.interfaces, (it) => {
        return matchesInterface(surroundings, it, name) ? 1 : 0;
      });
      this.#meant.set(name, meant);
    }
    return (meant[place] === 1) !== interfaceNegated;
  }
}

/** What is asked of fragments, and of answers of ICMP (follows `ofFragment`, `ofIcmp`). */
function isOddMet(rule: PfRule, columns: PacketColumns, row: number, odd: number): boolean {
  const protocol = columns.kinds[row]! & 0xff;
  if ((odd & FRAGMENT) !== 0) {
    const { source, destination, icmpType, flagMask } = rule;
    const hasPort = source.port !== undefined || destination.port !== undefined;
    return !hasPort && icmpType < 0 && (protocol !== TCP || flagMask === 0);
  }
  if (rule.fragment) return false;
  const isAsked = rule.state !== "none" && !rule.stateOptions.sloppy;
  if (!isAsked || (protocol !== ICMP && protocol !== ICMP6)) return true;
  return protocol === ICMP6 && columns.destinationPorts[row] === NEIGHBOR_ADVERT;
}

/** Of the flags that columns have. */
function hasFlags({ flags, flagMask }: PfRule, kind: number): boolean {
  if ((kind & 0xff) !== TCP) return true;
  return (((kind >>> FLAGS_SHIFT) ^ flags) & flagMask & FLAGS_MASK) === 0;
}

function hasPorts({ source, destination }: PfRule, columns: PacketColumns, row: number): boolean {
  const protocol = columns.kinds[row]! & 0xff;
  if (protocol !== TCP && protocol !== UDP) return true;
  return (
    matchesPort(source.port, columns.sourcePorts[row]!) &&
    matchesPort(destination.port, columns.destinationPorts[row]!)
  );
}
