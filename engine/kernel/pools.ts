import type { Prefix } from "../../model/address.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress, PfPool } from "../../model/pf-rule.ts";
import type { AddressContext } from "./address-test.ts";
import type { EntrySet } from "./entry-set.ts";
import type { LiveRule, PoolUse } from "./live-rule.ts";
import {
  entriesOf,
  increased,
  maskOf,
  matches,
  merged,
  type OpenPool,
  openPool,
} from "./open-pool.ts";
import { nextBlock, nextBlockOrFirst } from "./pool-blocks.ts";
import { hashBits, sourceHash } from "./source-hash.ts";
import type { SourceNode } from "./state.ts";
import { isAutomatic } from "./tables.ts";

/** Source nodes of `sticky-address` in one evaluation (`sns` of pf_test_rule). */
export interface StickyNodes {
  /** The node found or made so far for each use, by whatever rule. */
  readonly held: Map<PoolUse, SourceNode>;
  find(live: LiveRule, use: PoolUse, family: Family, source: bigint): SourceNode | undefined;
  /** Finds a node, or makes one with the address; undefined: a limit forbids it. */
  take(
    live: LiveRule,
    use: PoolUse,
    family: Family,
    source: bigint,
    address: bigint,
  ): SourceNode | undefined;
  /**
   * Removes a node that has no states.
   *
   * @param stale - its address has left the pool: it goes at once, and its states lose it
   */
  drop(node: SourceNode, stale: boolean): void;
}

/** One question to a pool. */
export interface PoolRequest {
  readonly pool: PfPool;
  readonly use: PoolUse;
  readonly live: LiveRule;
  /** Of the addresses in the pool. */
  readonly family: Family;
  /** As translated so far; of a routing option that of the packet as it came. */
  readonly source: bigint;
  /** Family of the source; another one than the pool's only with `af-to`. */
  readonly sourceFamily: Family;
  /** Destination that `rdr-to … bitmask` replaces; absent: the source gives the host bits. */
  readonly replaced?: bigint;
  readonly sticky: StickyNodes;
  /** Uniform below its argument. */
  readonly random: (below: number) => number;
}

/** The first address of a search that may ask several times; 0: none yet. */
export interface Round {
  first: bigint;
}

/**
 * Chooses an address for a translation or a route (section 17; follows pf_map_addr, OpenBSD 7.8);
 * undefined: the pool has none. Each call moves the pool on.
 *
 * @param round - of `nat-to`, which asks again when ports are taken
 */
export function chooseAddress(
  context: AddressContext,
  request: PoolRequest,
  round?: Round,
): bigint | undefined {
  const address = chooseWithMemory(openPool(context, request), request, round);
  const { replaced, pool } = request;
  if (address === undefined || replaced === undefined || pool.type !== "bitmask") return address;
  return merged(address, openPool(context, request).mask, replaced);
}

function chooseWithMemory(
  open: OpenPool,
  request: PoolRequest,
  round: Round | undefined,
): bigint | undefined {
  const { pool, use, live, family, sticky } = request;
  const source = inFamily(request.source, request.sourceFamily, family);
  if (pool.sticky && pool.type !== "" && !sticky.held.has(use)) {
    const known = recalled(open, request, source);
    if (known !== undefined) {
      return known;
    }
  }
  const address = drawn(open, request, source, round);
  if (address === undefined || !pool.sticky) return address;
  const held = sticky.held.get(use);
  if (held !== undefined) sticky.drop(held, false);
  sticky.held.delete(use);
  const node = sticky.take(live, use, family, source, address);
  if (node === undefined) return undefined;
  sticky.held.set(use, node);
  return address;
}

/** The address that sticks to the source (follows pf_map_addr_sticky, OpenBSD 7.8). */
function recalled(open: OpenPool, request: PoolRequest, source: bigint): bigint | undefined {
  const { pool, use, live, family, sticky } = request;
  const node = sticky.find(live, use, family, source);
  if (node?.sticky === undefined) return undefined;
  if (!holds(open, pool.address, node.sticky)) {
    sticky.drop(node, true);
    return undefined;
  }
  sticky.held.set(use, node);
  if (pool.type === "least-states" && !countsState(open, node.sticky)) return undefined;
  return node.sticky;
}

function holds(open: OpenPool, address: PfAddress, wanted: bigint): boolean {
  if (address.kind === "table" || address.kind === "dynamic") {
    return open.entries !== undefined && open.entries.coveringLength(open.family, wanted) >= 0;
  }
  return matches(open, wanted);
}

function drawn(
  open: OpenPool,
  request: PoolRequest,
  source: bigint,
  round: Round | undefined,
): bigint | undefined {
  const { pool, random } = request;
  const several = pool.address.kind === "table" || pool.address.kind === "dynamic";
  if (open.lacking && !(several && DYNAMIC_TYPES.has(pool.type))) return undefined;
  if (several && DYNAMIC_TYPES.has(pool.type) && open.entries === undefined) return undefined;
  switch (pool.type) {
    case "":
      return open.base;
    case "bitmask":
      return merged(open.base, open.mask, source);
    case "random":
      return open.entries === undefined
        ? randomHost(open, random, round)
        : entryAt(open, open.entries, (count) => random(count));
    case "source-hash": {
      const hash = sourceHash(pool.key, open.family, source);
      return open.entries === undefined
        ? merged(open.base, open.mask, hashBits(open.family, hash))
        : entryAt(open, open.entries, (count) => Number(hash % BigInt(count)));
    }
    case "round-robin":
      return roundRobin(open, round);
    case "least-states":
      return leastStates(open, round);
  }
}

/** Types for which pfctl lets tables and dynamic addresses pass. */
const DYNAMIC_TYPES: ReadonlySet<PfPool["type"]> = new Set([
  "random",
  "source-hash",
  "round-robin",
  "least-states",
]);

/**
 * The address of the block with a drawn index. The count has entries of the other family and negated
 * ones in it; an index behind the last block means the first.
 */
function entryAt(
  open: OpenPool,
  entries: EntrySet,
  draw: (count: number) => number,
): bigint | undefined {
  open.position.index = entries.count === 0 ? 0 : draw(entries.count);
  open.position.counter = 0n;
  return nextBlock(entries, open.family, open.position, open.isDynamic) === undefined
    ? undefined
    : open.position.counter;
}

/** Draws once in a round of `nat-to`, and counts on from there; `rdr-to` only counts. */
function randomHost(
  open: OpenPool,
  random: (below: number) => number,
  round: Round | undefined,
): bigint {
  const { position, family } = open;
  if (round === undefined || round.first !== 0n) {
    position.counter = increased(family, position.counter);
    return merged(open.base, open.mask, position.counter);
  }
  position.counter = randomBits(open, random);
  round.first = merged(open.base, open.mask, position.counter);
  return round.first;
}

/**
 * Host bits, drawn for each 32 bits from the last on, until a word is all mask. A word without any
 * mask is not drawn but 0: the count of its values does not fit (follows pf_rand_addr).
 */
function randomBits({ family, mask }: OpenPool, random: (below: number) => number): bigint {
  let bits = 0n;
  for (let shift = 0n; shift < addressBits(family); shift += 32n) {
    const hosts = Number(~(mask >> shift) & WORD);
    if (hosts === 0) break;
    bits |= BigInt(hosts === 0xffffffff ? 0 : random(hosts + 1)) << shift;
  }
  return bits;
}

const WORD = 0xffffffffn;

function roundRobin(open: OpenPool, round: Round | undefined): bigint | undefined {
  const { position, entries, family, isDynamic } = open;
  let address: bigint;
  if (entries !== undefined) {
    if (nextBlockOrFirst(entries, family, position, isDynamic) === undefined) return undefined;
    if (open.isWeighted && !turnsToWeight(open, entries)) return undefined;
    address = position.counter;
  } else {
    if (position.counter === 0n) {
      if (open.mask === maskOf(family, addressBits(family))) return open.base;
    } else if (matches(open, position.counter)) return undefined;
    address = merged(open.base, open.mask, position.counter);
  }
  // of a network these are its host bits only, which no address comes round to
  if (round !== undefined && round.first === 0n) round.first = position.counter;
  position.counter = increased(family, position.counter);
  return address;
}

/** Goes on to an entry whose weight has its turn; false: there is none. */
function turnsToWeight({ position, family, isDynamic }: OpenPool, entries: EntrySet): boolean {
  for (;;) {
    const block = nextBlock(entries, family, position, isDynamic);
    if (block === undefined) return false;
    if (entries.weightOf(block) >= (position.currentWeight ?? 0)) return true;
    position.counter = increased(family, position.counter);
  }
}

/**
 * Goes once around from the position, and stops early at an address without states. A network alone
 * is not masked: it gives 0.0.0.0, 0.0.0.1 … Weights divide the states.
 */
function leastStates(open: OpenPool, round: Round | undefined): bigint | undefined {
  const { position, entries, family } = open;
  let block = blockForStates(open, nextBlockOrFirst);
  if (block === undefined) return undefined;
  const start = position.counter;
  let best = start;
  let states = entries?.statesOf(family, best) ?? 0;
  let load = loadOf(open, block, states);
  if (round !== undefined && round.first === 0n) round.first = best;
  do {
    position.counter = increased(family, position.counter);
    block = blockForStates(open, nextBlock);
    if (block === undefined) return undefined;
    const now = entries?.statesOf(family, position.counter) ?? 0;
    const nowLoad = loadOf(open, block, now);
    if (nowLoad < load) {
      states = now;
      load = nowLoad;
      best = position.counter;
      if (round !== undefined && round.first === 0n) round.first = best;
    }
  } while (states > 0 && (start & block.mask) !== (position.counter & block.mask));
  return countsState(open, best) ? best : undefined;
}

/** States of an entry, with weights in 65535ths. */
function loadOf({ entries, isWeighted }: OpenPool, { block }: StateBlock, states: number): number {
  if (!isWeighted || entries === undefined || block === undefined) return states;
  return Math.floor((0xffff * states) / entries.weightOf(block));
}

interface StateBlock {
  readonly mask: bigint;
  /** Absent: the pool is a network. */
  readonly block?: Prefix;
}

function blockForStates(open: OpenPool, next: typeof nextBlock): StateBlock | undefined {
  const { entries, family, position, isDynamic } = open;
  if (entries === undefined) return matches(open, position.counter) ? undefined : open;
  const block = next(entries, family, position, isDynamic);
  return block === undefined ? undefined : { mask: maskOf(family, block.length), block };
}

/** One state more at an address of a table; false: it is a network's. */
function countsState({ entries, family }: OpenPool, address: bigint): boolean {
  return entries === undefined || entries.countState(family, address, 1);
}

/**
 * Counts a state less at an address, if the pool is one with `least-states` (follows
 * pf_pool_states_decrease_addr, OpenBSD 7.8).
 *
 * @param live - the rule that translated or routed
 */
export function releaseAddress(
  context: AddressContext,
  live: LiveRule,
  use: PoolUse,
  family: Family,
  address: bigint,
): void {
  const pool = live.rule[use];
  if (pool?.type !== "least-states") return;
  // the automatic table of a rule that was replaced is another one than the one of its name now
  if (!live.loaded && pool.address.kind === "table" && isAutomatic(pool.address.name)) return;
  entriesOf(context, live.anchor, pool.address)?.countState(family, address, -1);
}

/** An address of another family as pf reads it: IPv4 addresses lie in the first 32 bits. */
function inFamily(address: bigint, from: Family, to: Family): bigint {
  if (from === to) return address;
  return to === "inet" ? address >> 96n : address << 96n;
}
