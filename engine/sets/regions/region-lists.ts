import type { AddressRange } from "../../../model/address.ts";
import { addressBits, type Family } from "../../../model/packet.ts";
import type { NumberRange, Region } from "../../../model/region.ts";
import type { Field, PacketSet, PacketSets } from "../packet-sets.ts";
import { ofFamily } from "../packets.ts";
import { icmp } from "./meaning.ts";
import { type PartRange, rangesOf } from "./part-ranges.ts";
import { type Area, testsPorts } from "./product.ts";

/** A region, and whether its lists were cut. */
export interface WrittenRegion {
  readonly region: Region;
  readonly isWhole: boolean;
}

/** An area as plain data; lists end after `most` ranges. */
export function regionOf(sets: PacketSets, area: Area, most: number): WrittenRegion {
  const lists = new Lists(sets, area, most);
  const holes = area.except.map((it) => regionOf(sets, it, most));
  // an exception must not lose anything: the region would hold too much
  const isWhole = holes.every((it) => it.isWhole);
  const region = { ...lists.region(), except: holes.map((it) => it.region) };
  return { region, isWhole: isWhole && lists.isWhole };
}

const FRAGMENTS = ["no", "first", "later"] as const;

/** The lists of one area. */
class Lists {
  isWhole = true;
  readonly #sets: PacketSets;
  readonly #area: Area;
  readonly #most: number;

  constructor(sets: PacketSets, area: Area, most: number) {
    this.#sets = sets;
    this.#area = area;
    this.#most = most;
  }

  region(): Omit<Region, "except"> {
    const { product } = this.#area;
    const family = this.#family(product.parts.family);
    const options = this.#numbers("options");
    return defined({
      family,
      protocols: this.#numbers("protocol"),
      source: this.#addresses("source"),
      destination: this.#addresses("destination"),
      ...this.#transport(),
      flags: this.#numbers("flags"),
      withoutReplies: product.replies ? undefined : (true as const),
      tos: this.#numbers("tos"),
      fragments: this.#fragments(),
      options: options === undefined ? undefined : options[0]?.first === 1,
    });
  }

  #transport(): Partial<Region> {
    const { product } = this.#area;
    const source = this.#numbers("sourcePort");
    const destination = this.#numbers("destinationPort");
    const isIcmp = this.#sets.implies(product.parts.protocol, icmp(this.#sets));
    return testsPorts(this.#sets, product) && isIcmp
      ? defined({ messageIds: source, messages: destination })
      : defined({ sourcePorts: source, destinationPorts: destination });
  }

  #family(part: PacketSet): Family | undefined {
    if (part === ofFamily(this.#sets, "inet")) return "inet";
    return part === ofFamily(this.#sets, "inet6") ? "inet6" : undefined;
  }

  #fragments(): Region["fragments"] {
    const { fragment } = this.#area.product.parts;
    if (fragment === this.#sets.all) return undefined;
    return FRAGMENTS.filter((_, at) => {
      return this.#sets.meets(fragment, this.#sets.range("fragment", BigInt(at), BigInt(at)));
    });
  }

  #numbers(field: Field): readonly NumberRange[] | undefined {
    return this.#ranges(field)?.map(({ first, last }) => {
      return { first: Number(first), last: Number(last) };
    });
  }

  #addresses(field: "source" | "destination"): readonly AddressRange[] | undefined {
    return this.#ranges(field)?.map(({ family = "inet", first, last }): AddressRange => {
      const shift = BigInt(128 - addressBits(family));
      return { family, first: first >> shift, last: last >> shift };
    });
  }

  #ranges(field: Field): readonly PartRange[] | undefined {
    const part = this.#area.product.parts[field];
    if (part === this.#sets.all) return undefined;
    const { ranges, complete } = rangesOf(this.#sets, part, field, this.#most);
    if (!complete) this.isWhole = false;
    return ranges;
  }
}

/** Without the members that are undefined. */
function defined<Of extends object>(of: Of): { [Name in keyof Of]: Exclude<Of[Name], undefined> } {
  const entries = Object.entries(of).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Of]: Exclude<Of[Name], undefined> };
}
