import { addressBits, type Family, TCP, UDP } from "../../../model/packet.ts";
import type { PfPool, PfRule } from "../../../model/pf-rule.ts";
import { afDestination } from "../../kernel/embedded.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { ofFamily, ofProtocol } from "../packets.ts";
import { movesOf } from "./address-bits.ts";
import { message } from "./classes.ts";
import type { FamilyChange, NewDestination } from "./family-change.ts";
import {
  type AddressesOf,
  destinationPorts,
  fixedPort,
  poolChange,
  sourcePorts,
} from "./pool-values.ts";
import type { Translation, Translations, Write } from "./translation.ts";

/** The translation that a rule asks for. */
export interface RuleTranslation {
  readonly translation: Translation;
  /** Packets for which there is no address. */
  readonly failing: PacketSet;
  /** There may be none for others as well: what a pool holds is not known. */
  readonly isOpen: boolean;
}

const FAMILIES: readonly Family[] = ["inet", "inet6"];
const PORTED = [TCP, UDP] as const;

type Translating = Pick<
  PfRule,
  "nat" | "rdr" | "afTo" | "family" | "protocol" | "source" | "destination"
>;

/** What a rule makes of packets that it translates (section 16; follows pf_get_transaddr, OpenBSD 7.8). */
export function ruleTranslation(
  sets: PacketSets,
  translations: Translations,
  rule: Translating,
  addressesOf: AddressesOf,
): RuleTranslation {
  const { nat, rdr, afTo } = rule;
  if (nat === undefined && rdr === undefined) {
    return { translation: translations.none, failing: sets.empty, isOpen: false };
  }
  const made = new Made(sets, rule, addressesOf);
  if (afTo !== undefined) return made.acrossFamilies(translations, afTo);
  if (nat !== undefined) {
    made.addresses(nat, "source");
    made.sourcePorts(nat);
  }
  if (rdr !== undefined) {
    made.addresses(rdr, "destination");
    made.destinationPorts(rdr);
  }
  return made.whole(translations);
}

class Made {
  readonly #sets: PacketSets;
  readonly #rule: Translating;
  readonly #addressesOf: AddressesOf;
  readonly #writes: Write[] = [];
  #failing: PacketSet;
  #isOpen = false;

  constructor(sets: PacketSets, rule: Translating, addressesOf: AddressesOf) {
    this.#sets = sets;
    this.#rule = rule;
    this.#addressesOf = addressesOf;
    this.#failing = sets.empty;
  }

  whole(translations: Translations, family?: FamilyChange): RuleTranslation {
    const translation = translations.of(this.#writes, family);
    return { translation, failing: this.#failing, isOpen: this.#isOpen };
  }

  addresses(pool: PfPool, field: "source" | "destination"): void {
    const sets = this.#sets;
    const { family: asked } = this.#rule;
    for (const family of asked === undefined ? FAMILIES : [asked]) {
      const { change, isOpen } = poolChange(sets, pool, field, family, asked, this.#addressesOf);
      if (isOpen) this.#isOpen = true;
      const own = ofFamily(sets, family);
      if (change === undefined) this.#failing = sets.or(this.#failing, own);
      else this.#writes.push({ field, within: asked === undefined ? own : sets.all, change });
    }
  }

  /** Of TCP and UDP, and the id of echo requests. */
  sourcePorts(pool: PfPool): void {
    const sets = this.#sets;
    const { protocol } = this.#rule;
    for (const it of PORTED) {
      const change = protocol === 0 || protocol === it ? sourcePorts(sets, pool, it) : undefined;
      if (change === undefined) continue;
      this.#writes.push({ field: "sourcePort", within: this.#ofPorted(it), change });
    }
    const { family } = this.#rule;
    if (protocol === TCP || protocol === UDP) return;
    const requests = [
      family === "inet6" ? sets.empty : message(sets, "inet", 8),
      family === "inet" ? sets.empty : message(sets, "inet6", 128),
    ].reduce((all, some) => sets.or(all, some));
    const values = sets.range("sourcePort", 1n, 0xffffn);
    const change = { kind: "values", values } as const;
    this.#writes.push({ field: "sourcePort", within: requests, change });
  }

  destinationPorts(pool: PfPool): void {
    const change = destinationPorts(pool, this.#rule.destination.port);
    if (change === undefined) return;
    const { protocol } = this.#rule;
    for (const it of PORTED) {
      if (protocol !== 0 && protocol !== it) continue;
      this.#writes.push({ field: "destinationPort", within: this.#ofPorted(it), change });
    }
  }

  #ofPorted(protocol: typeof TCP | typeof UDP): PacketSet {
    return this.#rule.protocol === protocol ? this.#sets.all : ofProtocol(this.#sets, protocol);
  }

  /** `af-to` (section 18; follows pf_get_transaddr_af, OpenBSD 7.8). */
  acrossFamilies(translations: Translations, target: Family): RuleTranslation {
    const sets = this.#sets;
    const { nat, rdr, family } = this.#rule;
    const fails = { translation: translations.none, failing: sets.all, isOpen: false };
    if (nat === undefined) return fails;
    const from = poolChange(sets, nat, "source", target, family, this.#addressesOf);
    const to =
      rdr === undefined
        ? undefined
        : poolChange(sets, rdr, "destination", target, family, this.#addressesOf);
    this.#isOpen = from.isOpen || to?.isOpen === true;
    if (from.change === undefined) return fails;
    if (rdr !== undefined && to?.change === undefined) return fails;
    const sources = this.#imageOf(from.change, target);
    const destination = this.#newDestination(target, from.change, to?.change);
    this.sourcePorts(nat);
    if (rdr !== undefined && rdr.low > 0) {
      for (const it of PORTED) {
        const change = fixedPort("destinationPort", rdr.low);
        this.#writes.push({ field: "destinationPort", within: this.#ofPorted(it), change });
      }
    }
    return this.whole(translations, { target, sources, destination });
  }

  #imageOf(change: Write["change"], family: Family): PacketSet {
    const own = ofFamily(this.#sets, family);
    switch (change.kind) {
      case "values":
        return this.#sets.and(own, change.values);
      case "bits":
        return this.#sets.and(
          own,
          this.#sets.masked(change.field, change.value & change.mask, change.mask),
        );
      case "map":
        return own;
    }
  }

  /** Any address if the one that the old one is put into, or that replaces it, is not just one. */
  #newDestination(
    target: Family,
    from: Write["change"],
    to: Write["change"] | undefined,
  ): NewDestination {
    const { nat, rdr, destination: tested } = this.#rule;
    const base = onlyAddress(to ?? from, target);
    const isTaken = to === undefined && target === "inet";
    if (nat === undefined || (base === undefined && !isTaken)) {
      return { kind: "values", values: ofFamily(this.#sets, target) };
    }
    const bits = addressBits(target);
    const of = (destination: bigint): bigint => {
      return afDestination({
        target,
        destination,
        newSource: base ?? 0n,
        from: nat.address,
        to: rdr === undefined ? undefined : { pool: rdr.address, address: base ?? 0n },
        rule: tested.address,
      });
    };
    const other: Family = target === "inet" ? "inet6" : "inet";
    return { kind: "moves", moves: movesOf(of, addressBits(other), bits) };
  }
}

/** The one address that a change gives; undefined: it depends on the packet, or is a choice. */
function onlyAddress(change: Write["change"], family: Family): bigint | undefined {
  if (change.kind !== "bits") return undefined;
  const unused = BigInt(128 - addressBits(family));
  const all = ((1n << BigInt(addressBits(family))) - 1n) << unused;
  return change.mask === all ? change.value >> unused : undefined;
}
