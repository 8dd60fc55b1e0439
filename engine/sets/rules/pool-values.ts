import { addressBits, type Family, type TCP, type UDP } from "../../../model/packet.ts";
import type { PfAddress, PfPool, PfPort } from "../../../model/pf-rule.ts";
import { maskOf } from "../../kernel/open-pool.ts";
import { choosePort, translatedPort } from "../../kernel/pool-ports.ts";
import type { FieldChange } from "../packet-functions.ts";
import type { PacketSet, PacketSets } from "../packet-sets.ts";
import { type End, ofFamily } from "../packets.ts";
import type { Write } from "./translation.ts";

type Change = Write["change"];

/** Packets whose address is one that an address of a rule stands for, as far as that is known. */
export type AddressesOf = (
  address: PfAddress,
  end: End,
) => { readonly may: PacketSet; readonly must: PacketSet };

/** What a pool makes of an address. */
export interface PoolChange {
  /** Undefined: it has none of the family. */
  readonly change: Change | undefined;
  /** It may be another one, or none: what the pool holds is not known. */
  readonly isOpen: boolean;
}

/** Types for which pfctl lets tables and dynamic addresses pass. */
const SEVERAL: ReadonlySet<PfPool["type"]> = new Set([
  "random",
  "source-hash",
  "round-robin",
  "least-states",
]);

/**
 * What a pool makes of the address of packets of one family (section 17; follows pf_map_addr,
 * OpenBSD 7.8). Which of several is the network's choice: all of them count, where pf never takes
 * some (an IPv6 network with `random`) too.
 *
 * @param asked - family of the rule that the pool belongs to
 */
export function poolChange(
  sets: PacketSets,
  { address, type }: PfPool,
  end: End,
  family: Family,
  asked: Family | undefined,
  addressesOf: AddressesOf,
): PoolChange {
  const own = ofFamily(sets, family);
  switch (address.kind) {
    case "any":
      return exactly(ofNetwork(sets, end, type, family, 0n, 0n));
    case "range":
      // the kernel keeps the last address where a mask would be
      return exactly(ofNetwork(sets, end, type, family, address.range.first, address.range.last));
    case "prefix": {
      const { value, length } = address.prefix;
      return exactly(ofNetwork(sets, end, type, family, value, maskOf(family, length)));
    }
    case "table":
    case "dynamic": {
      const isFixed = !SEVERAL.has(type);
      if (isFixed && (address.kind === "table" || (asked !== undefined && asked !== family))) {
        return exactly(undefined);
      }
      const { may, must } = addressesOf(address, end);
      const values = sets.and(own, may);
      const isOpen = may !== must;
      if (values === sets.empty) return exactly(undefined);
      if (isFixed && !isOpen) return exactly(ofFirst(sets, values, end, type, family, address));
      return { change: { kind: "values", values }, isOpen };
    }
    case "unknown":
      return { change: { kind: "values", values: own }, isOpen: true };
    default:
      return exactly(undefined);
  }
}

function exactly(change: Change | undefined): PoolChange {
  return { change, isOpen: false };
}

/** Only the first address of those on an interface; its mask is that of the entry. */
function ofFirst(
  sets: PacketSets,
  values: PacketSet,
  end: End,
  type: PfPool["type"],
  family: Family,
  address: Extract<PfAddress, { kind: "table" | "dynamic" }>,
): Change | undefined {
  const first = sets.sample(values)?.[end];
  if (first === undefined) return undefined;
  const value = first >> BigInt(128 - addressBits(family));
  const bits = addressBits(family);
  // an entry is a host unless a network or a mask is asked for: then which is not told by the set
  const length = address.kind === "dynamic" && address.part === "network" ? 0 : bits;
  if (type === "bitmask" && length < bits) return { kind: "values", values };
  return ofNetwork(sets, end, type, family, value, maskOf(family, bits));
}

function ofNetwork(
  sets: PacketSets,
  field: End,
  type: PfPool["type"],
  family: Family,
  base: bigint,
  mask: bigint,
): Change {
  const unused = BigInt(128 - addressBits(family));
  const all = maskOf(family, addressBits(family));
  const bits = (value: bigint, of: bigint): FieldChange => ({
    kind: "bits",
    field,
    mask: of << unused,
    value: value << unused,
  });
  const own = ofFamily(sets, family);
  switch (type) {
    case "":
      return bits(base, all);
    case "bitmask":
      return bits(base & mask, mask);
    case "least-states":
      // a network alone is not masked
      return { kind: "values", values: own };
    default: {
      if (mask === all) return bits(base, all);
      const network = sets.masked(field, (base & mask) << unused, mask << unused);
      return { kind: "values", values: sets.and(own, network) };
    }
  }
}

/** Source ports that `nat-to` gives to one protocol; undefined: they stay. */
export function sourcePorts(
  sets: PacketSets,
  pool: PfPool,
  protocol: typeof TCP | typeof UDP,
): Change | undefined {
  const { low, high } = pool;
  if (low === 0 && high === 0) return undefined;
  const [first, last] = [Math.min(low, high), Math.max(low, high)];
  if (first === last) return fixedPort("sourcePort", first);
  let values = sets.empty;
  for (let from = first; from <= last; from++) {
    let to = from;
    while (to <= last && isGiven(pool, protocol, to, first)) to++;
    if (to > from) {
      values = sets.or(values, sets.range("sourcePort", BigInt(from), BigInt(to - 1)));
    }
    from = to;
  }
  return values === sets.empty ? undefined : { kind: "values", values };
}

/** Whether pf gives a port if all others are taken. */
function isGiven(pool: PfPool, protocol: number, port: number, first: number): boolean {
  const request = {
    pool,
    protocol,
    port,
    random: (): number => port - first,
    isTaken: (it: number): boolean => it !== port,
  };
  return choosePort(request) === port;
}

/** Destination ports that `rdr-to` gives; undefined: they stay. */
export function destinationPorts(pool: PfPool, tested: PfPort | undefined): Change | undefined {
  if (pool.low === 0 && pool.high === 0) return undefined;
  const table = Uint16Array.from({ length: 2 ** 16 }, (_, it) => translatedPort(pool, tested, it));
  const [first = 0] = table;
  if (table.every((it) => it === first)) return fixedPort("destinationPort", first);
  return { kind: "map", field: "destinationPort", table };
}

export function fixedPort(field: "sourcePort" | "destinationPort", port: number): FieldChange {
  return { kind: "bits", field, mask: 0xffffn, value: BigInt(port) };
}
