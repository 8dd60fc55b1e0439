import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { EntrySet } from "./entry-set.ts";
import type { PoolPosition } from "./live-rule.ts";

/** As {@link nextBlock}; if the position has left the pool, from the start of its block. */
export function nextBlockOrFirst(
  entries: EntrySet,
  family: Family,
  position: PoolPosition,
): Prefix | undefined {
  const found = nextBlock(entries, family, position);
  if (found !== undefined) return found;
  position.counter = 0n;
  return nextBlock(entries, family, position);
}

/**
 * Moves the position to the next address at or behind it that lies in a plain entry and in no more
 * specific one (follows pfr_pool_get, OpenBSD 7.8).
 */
export function nextBlock(
  entries: EntrySet,
  family: Family,
  position: PoolPosition,
): Prefix | undefined {
  const blocks = entries.plain(family);
  let fromCounter = position.index < entries.count && position.counter !== 0n;
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
    const found = freeAddress(entries, block, fromCounter ? position.counter : block.value);
    if (found !== undefined) {
      position.counter = found;
      position.index = index;
      return block;
    }
    index++;
    fromCounter = false;
    if (wrapped && index === start) return undefined;
  }
}

/** The first address of the block from `from` on that lies in no entry inside it. */
function freeAddress(entries: EntrySet, block: Prefix, from: bigint): bigint | undefined {
  const { family, value, length } = block;
  const bits = addressBits(family);
  const rest = BigInt(bits - length);
  let address = from;
  while (address >> rest === value >> rest) {
    const inner = entries.coveringLength(family, address);
    if (inner === length) return address;
    const hosts = BigInt(bits - inner);
    address = ((address >> hosts) + 1n) << hosts;
  }
  return undefined;
}
