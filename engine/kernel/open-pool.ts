import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress, PfPool } from "../../model/pf-rule.ts";
import type { AddressContext } from "./address-test.ts";
import type { EntrySet } from "./entry-set.ts";
import { dynamicEntries } from "./interfaces.ts";
import type { LiveRule, PoolUse } from "./live-rule.ts";
import type { WeightedPosition } from "./pool-blocks.ts";

/** A pool at one moment. */
export interface OpenPool {
  readonly family: Family;
  /** Of a table or a dynamic address. */
  readonly entries: EntrySet | undefined;
  /** There are no such addresses: types that look at one network only fail. */
  readonly lacking: boolean;
  readonly base: bigint;
  readonly mask: bigint;
  readonly position: WeightedPosition;
  /** Weights of its entries count. */
  readonly isWeighted: boolean;
  /** Addresses of interfaces: link-local ones are passed over. */
  readonly isDynamic: boolean;
}

/** What is asked, and of which rule. */
interface AskedPool {
  readonly pool: PfPool;
  readonly use: PoolUse;
  readonly live: LiveRule;
  readonly family: Family;
}

export function openPool(
  context: AddressContext,
  { pool, use, live, family }: AskedPool,
): OpenPool {
  let position: WeightedPosition | undefined = live.positions.get(use);
  if (position === undefined) {
    position = { counter: 0n, index: 0 };
    live.positions.set(use, position);
  }
  const { address } = pool;
  const entries = entriesOf(context, live.anchor, address);
  switch (address.kind) {
    case "table":
      return {
        family,
        entries,
        // a table of the main ruleset that an anchor sees has no weights there
        isWeighted: context.tables.own(live.anchor, address.name)?.entries.weighting !== undefined,
        isDynamic: false,
        lacking: true,
        base: 0n,
        mask: 0n,
        position,
      };
    case "dynamic": {
      // of the rule's family only: with `af-to` there is none
      const { family: wanted } = live.rule;
      const first =
        wanted === undefined || wanted === family ? entries?.plain(family)[0] : undefined;
      const mask = maskOf(family, first?.length ?? 0);
      const base = first?.value ?? 0n;
      const lacking = first === undefined;
      return { family, entries, isWeighted: false, isDynamic: true, lacking, base, mask, position };
    }
    default: {
      const [base, mask] = networkOf(address, family);
      return {
        family,
        entries,
        isWeighted: false,
        isDynamic: false,
        lacking: !HAS_NETWORK.has(address.kind),
        base,
        mask,
        position,
      };
    }
  }
}

/** The entries of a table or a dynamic address of a pool. */
export function entriesOf(
  { surroundings, tables }: AddressContext,
  anchor: string,
  address: PfAddress,
): EntrySet | undefined {
  if (address.kind === "table") return tables.find(anchor, address.name)?.entries;
  return address.kind === "dynamic" ? dynamicEntries(surroundings, address) : undefined;
}

const HAS_NETWORK: ReadonlySet<PfAddress["kind"]> = new Set(["any", "prefix", "range"]);

/** Address and mask as the kernel stores them: the mask of a range is its last address. */
function networkOf(address: PfAddress, family: Family): readonly [base: bigint, mask: bigint] {
  if (address.kind === "range") return [address.range.first, address.range.last];
  if (address.kind !== "prefix") return [0n, 0n];
  return [address.prefix.value, maskOf(family, address.prefix.length)];
}

export function maskOf(family: Family, length: number): bigint {
  const bits = addressBits(family);
  return ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
}

/** Network bits of one address, host bits of another. */
export function merged(network: bigint, mask: bigint, host: bigint): bigint {
  return (network & mask) | (host & ~mask);
}

export function matches({ base, mask }: OpenPool, address: bigint): boolean {
  return (base & mask) === (address & mask);
}

/** The address behind; 0 behind the last. */
export function increased(family: Family, address: bigint): bigint {
  return BigInt.asUintN(addressBits(family), address + 1n);
}
