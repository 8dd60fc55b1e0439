import { ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import type { PfPool, PfPort } from "../../model/pf-rule.ts";
import type { AddressContext } from "./address-test.ts";
import { chooseAddress, type PoolRequest, type Round } from "./pools.ts";

/** What `nat-to` needs beyond an address. */
export interface SourceRequest extends PoolRequest {
  readonly protocol: number;
  /** Source port; of ICMP the identifier. */
  readonly port: number;
  /** An ICMP echo request. */
  readonly echo: boolean;
  /** Whether a state has the translated tuple, whatever interface it is bound to. */
  readonly isTaken: (address: bigint, port: number) => boolean;
}

/**
 * Chooses an address and a port for `nat-to` (section 17; follows pf_get_sport, OpenBSD 7.8);
 * undefined: all are taken.
 */
export function translateSource(
  context: AddressContext,
  request: SourceRequest,
): { readonly address: bigint; readonly port: number } | undefined {
  const round: Round = { first: 0n };
  const { protocol, echo, pool } = request;
  for (let tries = 0; tries < MANY; tries++) {
    const address = chooseAddress(context, request, round);
    if (address === undefined) return undefined;
    if (tries > 0 && address === round.first) return undefined;
    // pf leaves the new identifier of other messages at what it began with
    if ((protocol === ICMP || protocol === ICMP6) && !echo) return { address, port: 0 };
    const isTaken = (port: number): boolean => request.isTaken(address, port);
    const port = choosePort({ ...request, isTaken });
    if (port !== undefined) return { address, port };
    if (!RETRIED.has(pool.type)) return undefined;
  }
  return undefined;
}

const RETRIED: ReadonlySet<PfPool["type"]> = new Set(["random", "round-robin", "least-states"]);

/**
 * Where pf goes on for ever: a single address with `round-robin`, a table with `random`, all of whose
 * ports are taken.
 */
const MANY = 4096;

/** What a choice of a port looks at. */
export interface PortRequest {
  readonly pool: PfPool;
  readonly protocol: number;
  readonly port: number;
  readonly random: (below: number) => number;
  readonly isTaken: (port: number) => boolean;
}

/** A free source port, or ICMP echo identifier, for one address; undefined: there is none. */
export function choosePort(request: PortRequest): number | undefined {
  const { pool, protocol, port, random, isTaken } = request;
  const [low, high] = portsOf(pool, protocol, port);
  if (low === high) return isTaken(low) ? undefined : low;
  const unfit = protocol === TCP ? UNFIT_TCP : protocol === UDP ? UNFIT_UDP : NONE;
  const start = low + random(high - low + 1);
  for (let it = start; it <= high; it++) if (!isTaken(it) && !unfit.has(it)) return it;
  for (let it = start - 1; it >= low; it--) if (!isTaken(it) && !unfit.has(it)) return it;
  return undefined;
}

function portsOf({ low, high }: PfPool, protocol: number, port: number): readonly [number, number] {
  if (protocol === ICMP || protocol === ICMP6) return [1, 0xffff];
  const kept = (protocol !== TCP && protocol !== UDP) || (low === 0 && high === 0);
  return kept ? [port, port] : [Math.min(low, high), Math.max(low, high)];
}

/** Ports that the system does not give away (net.inet.tcp.baddynamic, net.inet.udp.baddynamic). */
const UNFIT_TCP: ReadonlySet<number> = new Set([
  587, 749, 750, 751, 853, 871, 2049, 6000, 6001, 6002, 6003, 6004, 6005, 6006, 6007, 6008, 6009,
  6010,
]);
const UNFIT_UDP: ReadonlySet<number> = new Set([623, 664, 749, 750, 751, 2049, 3784, 3785, 7784]);
const NONE: ReadonlySet<number> = new Set();

/** The destination port that `rdr-to` makes (section 37, A10; follows pf_get_transaddr). */
export function translatedPort(pool: PfPool, tested: PfPort | undefined, port: number): number {
  const { low, high } = pool;
  if (high === 0) return low === 0 ? port : low;
  const width = (high - low + 1) & 0xffff || 1;
  let made = (((port - (tested?.first ?? 0)) % width) + low) >>> 0;
  if (made > 0xffff) made -= 0xffff;
  return made & 0xffff || port;
}
