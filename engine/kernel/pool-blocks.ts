import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { EntrySet } from "./entry-set.ts";
import type { PoolPosition } from "./live-rule.ts";

/** A position in a pool that may have weights. */
export interface WeightedPosition extends PoolPosition {
  /** Entries of a lower weight wait; absent: no round has begun. */
  currentWeight?: number;
}

/** As {@link nextBlock}; if the position has left the pool, from the start of its block. */
export function nextBlockOrFirst(
  entries: EntrySet,
  family: Family,
  position: WeightedPosition,
  isDynamic = false,
): Prefix | undefined {
  const found = nextBlock(entries, family, position, isDynamic);
  if (found !== undefined) return found;
  position.counter = 0n;
  return nextBlock(entries, family, position, isDynamic);
}

/**
 * Moves the position to the next address at or behind it that lies in a plain entry and in no more
 * specific one (follows pfr_pool_get, OpenBSD 7.8). Asked at the first block, a table with weights
 * begins its next round.
 *
 * @param isDynamic - addresses of interfaces: link-local ones are passed over
 */
export function nextBlock(
  entries: EntrySet,
  family: Family,
  position: WeightedPosition,
  isDynamic = false,
): Prefix | undefined {
  const blocks = entries.plain(family);
  let isFirst = position.index < entries.count;
  let index = position.index < entries.count ? position.index : 0;
  const start = index;
  let wrapped = false;
  for (;;) {
    let block = blocks[index];
    if (block === undefined) {
      [block] = blocks;
      if (wrapped || block === undefined) return undefined;
      index = 0;
      wrapped = true;
    }
    if (index === 0 && isFirst) beginRound(entries, position);
    const from = isFirst && position.counter !== 0n ? position.counter : block.value;
    const found = freeAddress(entries, block, from, isDynamic);
    if (found !== undefined) {
      position.counter = found;
      position.index = index;
      return block;
    }
    index++;
    isFirst = false;
    if (wrapped && index === start) return undefined;
  }
}

function beginRound({ weighting }: EntrySet, position: WeightedPosition): void {
  if (weighting === undefined) return;
  const lower = (position.currentWeight ?? 0) - weighting.divisor;
  position.currentWeight = lower < 1 ? weighting.highest : lower;
}

/**
 * The first address of the block from `from` on that lies in no entry inside it. An IPv6 block ends
 * where the first such entry begins: the kernel skips it with a mask of the wrong family.
 */
function freeAddress(
  entries: EntrySet,
  block: Prefix,
  from: bigint,
  isDynamic: boolean,
): bigint | undefined {
  const { family, value, length } = block;
  const bits = addressBits(family);
  const rest = BigInt(bits - length);
  let address = from;
  while (address >> rest === value >> rest) {
    const inner = entries.coveringLength(family, address);
    if (inner === length) return isDynamic && isLinkLocal(family, address) ? undefined : address;
    if (family === "inet6") return undefined;
    const hosts = BigInt(bits - inner);
    address = ((address >> hosts) + 1n) << hosts;
  }
  return undefined;
}

/** fe80::/10 */
function isLinkLocal(family: Family, address: bigint): boolean {
  return family === "inet6" && address >> 118n === 0x3fan;
}
