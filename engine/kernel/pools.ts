import { addressBits, type Family } from "../../model/packet.ts";
import type { PfAddress, PfPool } from "../../model/pf-rule.ts";
import type { AddressContext } from "./address-test.ts";
import type { EntrySet } from "./entry-set.ts";
import { dynamicEntries } from "./interfaces.ts";
import type { LiveRule, PoolPosition, PoolUse } from "./live-rule.ts";
import { nextBlock, nextBlockOrFirst } from "./pool-blocks.ts";
import { hashBits, sourceHash } from "./source-hash.ts";
import type { SourceNode } from "./state.ts";

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

/** A pool at one moment. */
interface OpenPool {
  readonly family: Family;
  /** Of a table or a dynamic address. */
  readonly entries: EntrySet | undefined;
  /** There are no such addresses: types that look at one network only fail. */
  readonly lacking: boolean;
  readonly base: bigint;
  readonly mask: bigint;
  readonly position: PoolPosition;
}

function openPool(context: AddressContext, { pool, use, live, family }: PoolRequest): OpenPool {
  let position = live.positions.get(use);
  if (position === undefined) {
    position = { counter: 0n, index: 0 };
    live.positions.set(use, position);
  }
  const { address } = pool;
  const entries = entriesOf(context, live.anchor, address);
  switch (address.kind) {
    case "table":
      return { family, entries, lacking: true, base: 0n, mask: 0n, position };
    case "dynamic": {
      const first = entries?.plain(family)[0];
      const mask = maskOf(family, first?.length ?? 0);
      const base = first?.value ?? 0n;
      return { family, entries, lacking: first === undefined, base, mask, position };
    }
    default: {
      const [base, mask] = networkOf(address, family);
      return {
        family,
        entries,
        lacking: !HAS_NETWORK.has(address.kind),
        base,
        mask,
        position,
      };
    }
  }
}

function entriesOf(
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
      // a search that goes on from it ends where it comes round to it
      if (round !== undefined) round.first = known;
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
  return nextBlock(entries, open.family, open.position) === undefined
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
  position.counter = 0n;
  for (let it = 0; it < addressBits(family); it += 32) {
    position.counter = (position.counter << 32n) | BigInt(random(2 ** 32));
  }
  round.first = merged(open.base, open.mask, position.counter);
  return round.first;
}

function roundRobin(open: OpenPool, round: Round | undefined): bigint | undefined {
  const { position, entries, family } = open;
  let address: bigint;
  if (entries !== undefined) {
    if (nextBlockOrFirst(entries, family, position) === undefined) return undefined;
    address = position.counter;
  } else {
    if (position.counter === 0n) {
      if (open.mask === maskOf(family, addressBits(family))) return open.base;
    } else if (matches(open, position.counter)) return undefined;
    address = merged(open.base, open.mask, position.counter);
  }
  if (round !== undefined && round.first === 0n) round.first = address;
  position.counter = increased(family, position.counter);
  return address;
}

/**
 * Goes once around from the position, and stops early at an address without states. A network alone
 * is not masked: it gives 0.0.0.0, 0.0.0.1 …
 */
function leastStates(open: OpenPool, round: Round | undefined): bigint | undefined {
  const { position, entries, family } = open;
  let block = blockForStates(open, nextBlockOrFirst);
  if (block === undefined) return undefined;
  const start = position.counter;
  let best = start;
  let states = entries?.statesOf(family, best) ?? 0;
  if (round !== undefined && round.first === 0n) round.first = best;
  do {
    position.counter = increased(family, position.counter);
    block = blockForStates(open, nextBlock);
    if (block === undefined) return undefined;
    const now = entries?.statesOf(family, position.counter) ?? 0;
    if (now < states) {
      states = now;
      best = position.counter;
      if (round !== undefined && round.first === 0n) round.first = best;
    }
  } while (states > 0 && (start & block.mask) !== (position.counter & block.mask));
  return countsState(open, best) ? best : undefined;
}

function blockForStates(
  open: OpenPool,
  next: typeof nextBlock,
): { readonly mask: bigint } | undefined {
  const { entries, family, position } = open;
  if (entries === undefined) return matches(open, position.counter) ? undefined : open;
  const block = next(entries, family, position);
  return block === undefined ? undefined : { mask: maskOf(family, block.length) };
}

/** One state more at an address of a table; false: it is a network's. */
function countsState({ entries, family }: OpenPool, address: bigint): boolean {
  return entries === undefined || entries.countState(family, address, 1);
}

/**
 * A state that a pool with `least-states` gave an address to is removed (follows
 * pf_postprocess_addr, OpenBSD 7.8).
 *
 * @param live - the rule that translated or routed
 * @param address - that was given: of a state that came in `stack.address1`, of one that went out
 *   `wire.address1`, of `route-to` the next hop
 */
export function releaseAddress(
  context: AddressContext,
  live: LiveRule,
  family: Family,
  address: bigint,
): void {
  const { rdr, nat, route } = live.rule;
  const pool = rdr ?? nat ?? route;
  if (pool?.type !== "least-states") return;
  entriesOf(context, live.anchor, pool.address)?.countState(family, address, -1);
}

/** An address of another family as pf reads it: IPv4 addresses lie in the first 32 bits. */
function inFamily(address: bigint, from: Family, to: Family): bigint {
  if (from === to) return address;
  return to === "inet" ? address >> 96n : address << 96n;
}

function maskOf(family: Family, length: number): bigint {
  const bits = addressBits(family);
  return ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
}

/** Network bits of one address, host bits of another. */
function merged(network: bigint, mask: bigint, host: bigint): bigint {
  return (network & mask) | (host & ~mask);
}

function matches({ base, mask }: OpenPool, address: bigint): boolean {
  return (base & mask) === (address & mask);
}

/** The address behind; 0 behind the last. */
function increased(family: Family, address: bigint): bigint {
  return BigInt.asUintN(addressBits(family), address + 1n);
}
