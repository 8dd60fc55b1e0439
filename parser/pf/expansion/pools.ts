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
 * automatic table: address by address, so that the first complaint is pfctl's (follows
 * collapse_redirspec, OpenBSD 7.8).
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
  const chosen: HostItem[] = [];
  let found = family ?? target;
  const failed = (message: string): CollapsedPool => {
    if (message !== "") reading.error(message);
    const address = chosen[0]?.address ?? NOTHING;
    return { address, type: source.type, family, wrong: true, source };
  };
  let name = "";
  for (const host of source.hosts) {
    const misfit = misfitOf(host, use, target, family, found);
    if (misfit === "skipped") continue;
    if (misfit !== "") return failed(misfit);
    found ??= host.family;
    chosen.push(host);
    const wrong = wrongAddition(source, chosen);
    if (wrong !== "") return failed(wrong);
    if (chosen.length === 2) name = `__automatic_${reading.shared.automatic.next++}`;
    if (!fitsTable(chosen)) {
      reading.plainError("pfctl: failed to add host: Invalid argument");
      return failed("");
    }
  }
  const [only] = chosen;
  if (only === undefined) return failed(`af mismatch in ${wordOf(use)} spec`);
  const ruled = target === undefined ? found : family;
  if (chosen.length > 1) return automaticTable(reading, name, source, chosen, ruled);
  const type = source.type === "" && isSeveral(only.address) ? "round-robin" : source.type;
  return { address: only.address, type, family: ruled, wrong: false, source };
}

function wordOf(use: PoolUse): string {
  return use === "route" ? "routing" : "translation";
}

/** What is wrong with a host for its family, or that it is passed over; empty: it fits. */
function misfitOf(
  host: HostItem,
  use: PoolUse,
  target: Family | undefined,
  family: Family | undefined,
  found: Family | undefined,
): string {
  if (use === "route" && !isRoutable(host.address)) {
    return "route spec requires :peer with dynamic interface addresses";
  }
  if (host.family === undefined) return "";
  if (target !== undefined) {
    if (host.family === target) return "";
    return `${wordOf(use)} spec contains addresses that don't match target address family`;
  }
  if (family !== undefined) return host.family === family ? "" : "skipped";
  if (found === undefined || host.family === found) return "";
  return `${wordOf(use)} spec contains addresses with different address families`;
}

/** What is wrong with the last of several addresses; empty: nothing. */
function wrongAddition({ type }: PoolDraft, chosen: readonly HostItem[]): string {
  if (chosen.length === 1) return "";
  if (type !== "" && !MULTIPLE.has(type)) {
    return "pool type is not valid for multiple translation or routing addresses";
  }
  const both = chosen.length === 2 && chosen.every(({ address }) => !isWritten(address));
  return both
    ? "multiple tables or dynamic interfaces not supported for translation or routing"
    : "";
}

/** Addresses as written; names that stay open count as such. */
function isWritten({ kind }: PfAddress): boolean {
  return kind === "prefix" || kind === "unknown";
}

/** Whether the last of several addresses, or the first two, can stand in a table. */
function fitsTable(chosen: readonly HostItem[]): boolean {
  return chosen.length === 1 || chosen.slice(chosen.length === 2 ? 0 : -1).every(isTableEntry);
}

function isTableEntry({ address, wideMask }: HostItem): boolean {
  return (isWritten(address) && wideMask === 0) || address.kind === "range";
}

function automaticTable(
  reading: Reading,
  name: string,
  source: PoolDraft,
  hosts: readonly HostItem[],
  family: Family | undefined,
): CollapsedPool {
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

/**
 * Ports and pool type of a collapsed pool; a complaint leaves `wrong` (follows apply_redirspec,
 * OpenBSD 7.8).
 */
export function finishPool(
  reading: Reading,
  pool: CollapsedPool,
  use: PoolUse,
  destination: PfEndpoint,
): { readonly pool: PfPool; readonly wrong: boolean } {
  const { source, address } = pool;
  const [low, high] = use === "nat" ? natPorts(source) : rdrPorts(source, use, destination);
  const type = pool.type === "" && isSeveral(address) ? "round-robin" : pool.type;
  const { key, sticky } = source;
  const problem =
    (use === "rdr" && isBackwards(source) ? "invalid rdr-to port range" : "") ||
    wrongType(source, type) ||
    wrongStaticPort(source, use, low, high);
  const wrong = problem !== "" && !reading.error(problem);
  const staticPort = source.staticPort && use === "nat";
  const ports = staticPort ? { low: 0, high: 0 } : { low, high };
  return { pool: { address, type, key, sticky, staticPort, ...ports }, wrong };
}

type Ports = readonly [low: number, high: number];

function natPorts({ first, last }: PoolDraft): Ports {
  if (first <= 0 && last <= 0) return [NAT_LOW, NAT_HIGH];
  return [first, last > 0 ? last : first];
}

function rdrPorts({ first, last }: PoolDraft, use: PoolUse, { port }: PfEndpoint): Ports {
  if (use === "route" || first <= 0) return [0, 0];
  if (last >= 0) return [first, last];
  // `a:*`: as wide as the destination's ports, in 16 bits; one value counts as `value … 0`
  const width = port === undefined ? 0 : port.last - port.first;
  return [first, (first + width) & 0xffff];
}

function isBackwards({ first, last }: PoolDraft): boolean {
  return first > 0 && last >= 0 && first > last;
}

/** Some types take plain addresses only; pfctl looks at all that were written. */
function wrongType({ hosts }: PoolDraft, type: PfPool["type"]): string {
  if (MULTIPLE.has(type)) return "";
  if (hosts.some(({ address }) => address.kind === "table")) {
    return "tables are not supported by pool type";
  }
  const several = hosts.find(({ address }) => isMultiple(address))?.address;
  if (several?.kind !== "dynamic") return "";
  return `interface (${several.name}) is not supported by pool type`;
}

function wrongStaticPort(
  { staticPort }: PoolDraft,
  use: PoolUse,
  low: number,
  high: number,
): string {
  if (!staticPort) return "";
  if (use !== "nat") return "the 'static-port' option is only valid with nat rules";
  return low !== NAT_LOW && high !== NAT_HIGH
    ? "the 'static-port' option can't be used when specifying a port range"
    : "";
}
