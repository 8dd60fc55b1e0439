import type { IToken } from "chevrotain";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { PortTest, Translation } from "../../model/rule.ts";
import type { Span } from "../../model/source.ts";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { type ResolvedHost, resolveHosts } from "./hosts.ts";
import { membersOf } from "./interface-addresses.ts";
import { printTest } from "./print.ts";
import { sourceHashKey } from "./source-hash.ts";
import type { PoolSyntax, TranslationSyntax } from "./syntax.ts";
import { portRange } from "./tests.ts";

/** A pool of one rule statement, before the combination of lists is known. */
export interface Pool {
  readonly kind: TranslationSyntax["kind"];
  readonly hosts: readonly ResolvedHost[];
  readonly type: string | undefined;
  readonly suffix: string;
  readonly staticPort: boolean;
  readonly ports: { readonly first: number; readonly last: number | undefined } | undefined;
  readonly token: IToken;
}

/** A pool for one combination: its text, and what the model can hold of it. */
export interface PooledAddress {
  readonly family: Family | undefined;
  readonly text: string;
  readonly hosts: readonly ResolvedHost[];
  /** Absent if more than one address may be taken. */
  readonly translation: Translation | undefined;
}

const TYPES: ReadonlySet<string> = new Set([
  ..."bitmask random source-hash round-robin least-states".split(" "),
]);

/** Looks the addresses and ports of a pool up; undefined if pfctl would reject it. */
export function resolvePool(
  context: Context,
  kind: TranslationSyntax["kind"],
  pool: PoolSyntax,
  token: IToken,
): Pool | undefined {
  const span = spanIn(context, token);
  const hosts = resolveHosts(context, pool.hosts);
  if (hosts === undefined) return undefined;
  const first = pool.hosts[0];
  if (pool.braced && first?.kind !== "name")
    return complain(context, complaint.onlyAddresses(span));
  const words = pool.options.map((it) => it.token.image);
  const types = pool.options.filter((it) => TYPES.has(it.token.image));
  if (types.length > 1) return complain(context, complaint.redefined("pool type", span));
  for (const word of ["static-port", "sticky-address"]) {
    if (words.filter((it) => it === word).length > 1) {
      return complain(context, complaint.redefined(word, span));
    }
  }
  const ports = pool.port === undefined ? undefined : portRange(context, pool.port);
  if (pool.port !== undefined && ports === undefined) return undefined;
  const type = types[0];
  const key = type?.token.image === "source-hash" ? ` ${sourceHashKey(type.key)}` : "";
  return {
    kind,
    hosts,
    type: type === undefined ? undefined : `${type.token.image}${key}`,
    suffix: words.includes("sticky-address") ? " sticky-address" : "",
    staticPort: words.includes("static-port"),
    ports,
    token,
  };
}

/**
 * Chooses the addresses of `pool` that fit the family of the combination.
 *
 * @param family - of the rule so far; the pool may fix it
 * @param destination - port test that `rdr-to … port a:*` maps
 */
export function poolFor(
  context: Context,
  pool: Pool,
  family: Family | undefined,
  destination: PortTest | undefined,
): PooledAddress | undefined {
  const span = spanIn(context, pool.token);
  const spec = pool.kind.endsWith("-to") && ROUTES.has(pool.kind) ? "routing" : "translation";
  const wanted = family ?? pool.hosts.find((it) => it.family !== undefined)?.family;
  const hosts = pool.hosts.filter((it) => it.family === undefined || it.family === wanted);
  if (family === undefined && hosts.length < pool.hosts.length) {
    return complain(context, complaint.mixedPool(spec, span));
  }
  const [only] = hosts;
  if (only === undefined) return complain(context, complaint.poolFamily(spec, span));
  const several = hosts.length > 1;
  const found = hosts.find((it) => it.family !== undefined)?.family;
  const address = several
    ? `<__automatic_${context.automaticTables++}>`
    : printTest(only.test, wanted);
  const roundRobin = several || isSeveral(only);
  const type = pool.type ?? (roundRobin ? "round-robin" : undefined);
  const wrong = poolComplaint(pool, hosts, type, span);
  if (wrong !== undefined) return complain(context, wrong);
  const ports = portsOf(context, pool, destination);
  const text = `${address}${portText(pool, ports)}${type === undefined ? "" : ` ${type}`}${pool.suffix}`;
  const single = several ? undefined : translationOf(context, only, family ?? found, pool, ports);
  return {
    family: family ?? found,
    text: text + (pool.staticPort || pool.kind === "binat-to" ? " static-port" : ""),
    hosts,
    translation: single,
  };
}

const ROUTES: ReadonlySet<string> = new Set(["route-to", "reply-to", "dup-to"]);

/** Tables, and dynamic addresses without `:0` or of a group, give several addresses. */
function isSeveral({ test }: ResolvedHost): boolean {
  if (test.kind === "table") return true;
  return test.kind === "dynamic" && (!test.first || !/\d$/.test(test.name));
}

function poolComplaint(
  { kind }: Pool,
  hosts: readonly ResolvedHost[],
  type: string | undefined,
  span: Span,
): Diagnostic | undefined {
  const [only] = hosts;
  if (type === "bitmask") {
    if (hosts.length > 1) return complaint.poolType(span);
    if (only?.test.kind === "table") return complaint.poolNeedsType("tables are", span);
    if (only !== undefined && isSeveral(only)) {
      return complaint.poolNeedsType("interface addresses are", span);
    }
  }
  return ROUTES.has(kind) && hosts.some(({ test }) => !isRoutable(test))
    ? complaint.routeNeedsPeer(span)
    : undefined;
}

/** Next hops of dynamic addresses are the other ends of their links. */
function isRoutable(test: ResolvedHost["test"]): boolean {
  return test.kind !== "dynamic" || (test.part === "peer" && !test.first);
}

type Ports = { readonly first: number; readonly last: number } | undefined;

function portsOf(context: Context, pool: Pool, destination: PortTest | undefined): Ports {
  const { ports, kind, token } = pool;
  const nat = kind === "nat-to" || kind === "binat-to" || kind === "af-to";
  const span = spanIn(context, token);
  if (nat) {
    if (pool.staticPort || kind === "binat-to") {
      if (ports !== undefined) complain(context, complaint.staticWithPort(span));
      return undefined;
    }
    if (ports === undefined || ports.first === 0) return { first: 50001, last: 65535 };
    return { first: ports.first, last: ports.last ?? ports.first };
  }
  if (pool.staticPort) complain(context, complaint.staticOnlyNat(span));
  if (ports === undefined || ports.first === 0) return undefined;
  if (ports.last !== undefined) {
    if (ports.first > ports.last) complain(context, complaint.badRdrRange(span));
    return { first: ports.first, last: ports.last };
  }
  if (destination === undefined) return { first: ports.first, last: ports.first };
  // a test with one value has no high end: pf takes it as 0 and wraps around at 16 bits
  const width = "port" in destination ? -destination.port : destination.last - destination.first;
  return { first: ports.first, last: (ports.first + width) & 0xffff };
}

function portText(pool: Pool, ports: Ports): string {
  if (ports === undefined || ROUTES.has(pool.kind)) return "";
  const { first, last } = ports;
  if (pool.kind !== "rdr-to" && first === 50001 && last === 65535) return "";
  if (pool.kind === "rdr-to" && last === 0) return ` port ${first}`;
  return first === last ? ` port ${first}` : ` port ${first}:${last}`;
}

/** One fixed address, or the one address that a dynamic test can mean. */
function translationOf(
  context: Context,
  { test, unknown }: ResolvedHost,
  family: Family | undefined,
  pool: Pool,
  ports: Ports,
): Translation | undefined {
  if (unknown !== undefined) return undefined;
  const withPorts = ports === undefined ? {} : { ports };
  if (test.kind === "prefix") {
    const { prefix } = test;
    if (prefix.length < addressBits(prefix.family)) return undefined;
    const address = { kind: "fixed", family: prefix.family, value: prefix.value } as const;
    return { address, ...withPorts };
  }
  if (test.kind !== "dynamic" || test.length !== undefined) return undefined;
  if (!isOneAddress(context, test, family) || pool.type === "bitmask") return undefined;
  return { address: test, ...withPorts };
}

/** No family of the rule has more than one address on the interfaces that the test names. */
function isOneAddress(
  context: Context,
  test: Extract<ResolvedHost["test"], { kind: "dynamic" }>,
  family: Family | undefined,
): boolean {
  if (test.part !== "address") return false;
  const members = membersOf(context.environment, test.name);
  return (["inet", "inet6"] as const)
    .filter((it) => family === undefined || it === family)
    .every((it) => {
      const counts = members.map((member) => {
        const count = member.addresses.filter((address) => address.family === it).length;
        return test.first ? Math.min(count, 1) : count;
      });
      return counts.reduce((sum, count) => sum + count, 0) <= 1;
    });
}
