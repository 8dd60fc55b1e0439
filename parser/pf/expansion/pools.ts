import type { Family } from "../../../model/packet.ts";
import type {
  PfAddress,
  PfEndpoint,
  PfPool,
  PfTable,
  TableContent,
} from "../../../model/pf-rule.ts";
import type { PoolDraft } from "../statements/draft.ts";
import { packHosts } from "../statements/packed-entries.ts";
import type { Reading } from "../statements/reading.ts";
import type { HostItem } from "./list-items.ts";

/** A pool for one combination, before its ports are known. */
export interface CollapsedPool {
  readonly address: PfAddress;
  readonly type: PfPool["type"];
  /** Of the rule from here on. */
  readonly family: Family | undefined;
  /** A complaint was made; the address is what pfctl was left with. */
  readonly wrong: boolean;
  readonly source: PoolDraft;
}

export type PoolUse = "nat" | "rdr" | "route";

const NOTHING: PfAddress = { kind: "any" };
const MULTIPLE: ReadonlySet<string> = new Set([
  "random",
  "source-hash",
  "round-robin",
  "least-states",
]);
const NAT_LOW = 50001;
const NAT_HIGH = 65535;

/**
 * Chooses the addresses of a pool that fit the family of the rule, and puts several of them into an
 * automatic table (follows collapse_redirspec, OpenBSD 7.8).
 *
 * @param target - of `af-to`: all addresses must be of this family
 */
export function collapsePool(
  reading: Reading,
  source: PoolDraft,
  use: PoolUse,
  family: Family | undefined,
  target: Family | undefined,
): CollapsedPool {
  const word = use === "route" ? "routing" : "translation";
  const failed = (message: string, address: PfAddress = NOTHING): CollapsedPool => {
    if (message !== "") reading.error(message);
    return { address, type: source.type, family, wrong: true, source };
  };
  if (use === "route") {
    const bad = source.hosts.find(({ address }) => !isRoutable(address));
    if (bad !== undefined) {
      return failed("route spec requires :peer with dynamic interface addresses", bad.address);
    }
  }
  if (
    target !== undefined &&
    source.hosts.some((it) => it.family !== undefined && it.family !== target)
  ) {
    return failed("translation spec contains addresses that don't match target address family");
  }
  const wanted = target ?? family;
  let chosen = source.hosts;
  let found = wanted;
  if (wanted === undefined) {
    found = source.hosts.find((it) => it.family !== undefined)?.family;
    if (source.hosts.some((it) => it.family !== undefined && it.family !== found)) {
      return failed(`${word} spec contains addresses with different address families`);
    }
  } else {
    chosen = source.hosts.filter((it) => it.family === undefined || it.family === wanted);
  }
  const [only] = chosen;
  if (only === undefined) return failed(`af mismatch in ${word} spec`);
  const ruled = target === undefined ? found : family;
  if (chosen.length === 1) {
    const type = source.type === "" && isSeveral(only.address) ? "round-robin" : source.type;
    return { address: only.address, type, family: ruled, wrong: false, source };
  }
  if (source.type !== "" && !MULTIPLE.has(source.type)) {
    return failed("pool type is not valid for multiple translation or routing addresses");
  }
  return automaticTable(reading, source, chosen, ruled);
}

function automaticTable(
  reading: Reading,
  source: PoolDraft,
  hosts: readonly HostItem[],
  family: Family | undefined,
): CollapsedPool {
  const { shared } = reading;
  const name = `__automatic_${shared.automatic.next++}`;
  const bad = hosts.find(({ address }) => address.kind !== "prefix" && address.kind !== "range");
  if (bad !== undefined && bad.address.kind !== "unknown") {
    reading.plainError("pfctl: failed to add host: Invalid argument");
    return { address: bad.address, type: source.type, family, wrong: true, source };
  }
  const ranged = hosts.some(({ address }) => address.kind === "range");
  const content: TableContent = ranged
    ? { kind: "addresses", addresses: hosts.map((it) => it.address) }
    : { kind: "list", entries: packHosts(hosts) };
  const table: PfTable = {
    name,
    anchor: reading.anchor,
    constant: true,
    persist: false,
    counters: false,
    contents: [content],
    span: reading.origin.span,
  };
  reading.printed.push(table);
  reading.tables.push(table);
  const type = source.type === "" ? "round-robin" : source.type;
  return { address: { kind: "table", name }, type, family, wrong: false, source };
}

/** Next hops of dynamic addresses are the other ends of their links. */
function isRoutable(address: PfAddress): boolean {
  return address.kind !== "dynamic" || (address.part === "peer" && !address.first);
}

/** Tables, and dynamic addresses that can have several (DYNIF_MULTIADDR). */
export function isSeveral(address: PfAddress): boolean {
  return address.kind === "table" || isMultiple(address);
}

/** A dynamic address without `:0`, or of a name that may be a group. */
export function isMultiple(address: PfAddress): boolean {
  return address.kind === "dynamic" && (!address.first || !/\d$/.test(address.name));
}

/** Ports and pool type of a collapsed pool; a complaint leaves `wrong`. */
export function finishPool(
  reading: Reading,
  pool: CollapsedPool,
  use: PoolUse,
  destination: PfEndpoint,
): { readonly pool: PfPool; readonly wrong: boolean } {
  const { source, address } = pool;
  let wrong = false;
  const [low, high, problem] =
    use === "nat" ? natPorts(source) : rdrPorts(source, use, destination);
  if (problem !== "") wrong = !reading.error(problem);
  if (pool.type === "" || pool.type === "bitmask") {
    if (address.kind === "table") {
      wrong = !reading.error("tables are not supported by pool type");
    } else if (address.kind === "dynamic" && isMultiple(address)) {
      wrong = !reading.error(`interface (${address.name}) is not supported by pool type`);
    }
  }
  const { key, sticky } = source;
  const staticPort = source.staticPort && use === "nat";
  return { pool: { address, type: pool.type, key, sticky, staticPort, low, high }, wrong };
}

type Ports = readonly [low: number, high: number, problem: string];

function natPorts({ first, last, staticPort }: PoolDraft): Ports {
  const ported = first > 0 || last > 0;
  const low = ported ? first : NAT_LOW;
  const high = ported ? (last > 0 ? last : first) : NAT_HIGH;
  if (!staticPort) return [low, high, ""];
  const ranged = low !== NAT_LOW && high !== NAT_HIGH;
  return [
    0,
    0,
    ranged ? "the 'static-port' option can't be used when specifying a port range" : "",
  ];
}

function rdrPorts(source: PoolDraft, use: PoolUse, { port }: PfEndpoint): Ports {
  const problem = source.staticPort ? "the 'static-port' option is only valid with nat rules" : "";
  const { first, last } = source;
  if (use === "route" || first <= 0) return [0, 0, problem];
  if (last >= 0) {
    return first > last ? [first, last, "invalid rdr-to port range"] : [first, last, problem];
  }
  // `a:*`: as wide as the destination's ports, in 16 bits; one value counts as `value … 0`
  const width = port === undefined ? 0 : port.last - port.first;
  return [first, (first + width) & 0xffff, problem];
}
