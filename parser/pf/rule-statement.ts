import type { IToken } from "chevrotain";
import { TCP } from "../../model/packet.ts";
import type { AnchorCall } from "../../model/rule.ts";
import { blockText } from "./block-answer.ts";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { commonFamily, type ListedInterface, type RuleLists } from "./expand.ts";
import { type FilterOptions, filterOptions } from "./filter-options.ts";
import { resolveHosts, resolveName } from "./hosts.ts";
import { protocolNumber } from "./names/protocols.ts";
import { type Pool, resolvePool } from "./pools.ts";
import {
  NO_STATE_OPTIONS,
  noteOverload,
  type StateOptions,
  stateOptions,
} from "./state-options.ts";
import type { InterfaceSyntax, LogSyntax, RuleSyntax, TranslationSyntax } from "./syntax.ts";
import { resolvePorts } from "./tests.ts";
import { Numeral } from "./tokens.ts";

/** A rule statement with every name looked up and its lists not yet multiplied. */
export interface RuleStatement {
  readonly syntax: RuleSyntax;
  readonly options: FilterOptions;
  readonly state: StateOptions;
  readonly family: RuleSyntax["family"];
  readonly lists: RuleLists;
  readonly log: string | undefined;
  readonly answer: ReturnType<typeof blockText>;
  readonly nat: Pool | undefined;
  readonly rdr: Pool | undefined;
  readonly route: Pool | undefined;
  /** `af-to`: one or two. */
  readonly afTo: readonly Pool[];
  readonly calls: (AnchorCall & { readonly name: string }) | undefined;
}

/** Looks everything up that `syntax` names; undefined if pfctl would reject the statement. */
export function ruleStatement(
  context: Context,
  syntax: RuleSyntax,
  calls: RuleStatement["calls"],
): RuleStatement | undefined {
  const errors = context.report.errors;
  const options = filterOptions(context, syntax);
  const lists = listsOf(context, syntax, options);
  const state = stateOf(context, syntax, options);
  const log = logText(context, syntax.log);
  const pool = (it: TranslationOf): Pool | undefined => onePool(context, it);
  const [nat, rdr, route] = [pool(options.nat), pool(options.rdr), pool(options.route)];
  const afTo = afToPools(context, options.afTo);
  const answer = blockText(context, syntax);
  if (context.report.errors > errors || lists === undefined || state === undefined)
    return undefined;
  if (!checkStatement(context, syntax, options, lists)) return undefined;
  if (state.overload !== undefined) noteOverload(context, state.overload);
  const common = syntax.family ?? commonFamily(lists.sources) ?? commonFamily(lists.destinations);
  const family = syntax.action === "anchor" ? common : divertFamily(context, options, common);
  return { syntax, options, state, family, lists, log, answer, nat, rdr, route, afTo, calls };
}

/** The first address of `divert-to` that fits fixes the family of a rule that has none. */
function divertFamily(
  context: Context,
  { divert }: FilterOptions,
  family: RuleSyntax["family"],
): RuleSyntax["family"] {
  if (divert?.kind !== "divert-to") return family;
  const hosts = resolveName(context, { token: divert.host }) ?? [];
  if (family === undefined) return hosts[0]?.family;
  if (!hosts.some((it) => it.family === family || it.unknown !== undefined)) {
    complain(context, complaint.divertFamily(spanIn(context, divert.host)));
  }
  return family;
}

type TranslationOf = (TranslationSyntax & { readonly token: IToken }) | undefined;

/** Options behind the second pool go to the first one, which loses its own. */
function afToPools(context: Context, it: TranslationOf): readonly Pool[] {
  const pools = (it?.pools ?? []).flatMap((pool) => {
    const resolved = it && resolvePool(context, "af-to", pool, it.token);
    return resolved === undefined ? [] : [resolved];
  });
  const [first, second] = pools;
  if (first === undefined || second === undefined) return pools;
  const { type, suffix, staticPort } = second;
  return [
    { ...first, type, suffix, staticPort },
    { ...second, type: undefined, suffix: "", staticPort: false },
  ];
}

function onePool(context: Context, it: TranslationOf): Pool | undefined {
  const [pool] = it?.pools ?? [];
  return it && pool && resolvePool(context, it.kind, pool, it.token);
}

function listsOf(
  context: Context,
  syntax: RuleSyntax,
  options: FilterOptions,
): RuleLists | undefined {
  const sources = resolveHosts(context, syntax.source.hosts);
  const destinations = resolveHosts(context, syntax.destination.hosts);
  const sourcePorts = resolvePorts(context, syntax.source.ports);
  const destinationPorts = resolvePorts(context, syntax.destination.ports);
  if (!sources || !destinations || !sourcePorts || !destinationPorts) return undefined;
  const failing = syntax.destination.hosts.find((it) => it.kind === "urpf-failed");
  if (failing !== undefined) {
    return complain(context, complaint.urpfDestination(spanIn(context, failing.token)));
  }
  return {
    interfaces: orNone(syntax.on.map((it) => listedInterface(context, it))),
    protocols: orNone(protocolsOf(context, syntax.protocols)),
    icmp: orNone(options.icmp),
    sources,
    destinations,
    sourcePorts: orNone(sourcePorts),
    destinationPorts: orNone(destinationPorts),
    os: orNone(syntax.os.map((it) => it.image)),
    users: orNone(options.users),
    groups: orNone(options.groups),
  };
}

function orNone<T>(list: readonly T[]): readonly (T | undefined)[] {
  return list.length === 0 ? [undefined] : list;
}

/** An element of `on`; an unknown one is not an error, it never matches. */
export function listedInterface(
  context: Context,
  { kind, token, negated }: InterfaceSyntax,
): ListedInterface | undefined {
  const name = token.image;
  if (kind === "rdomain" && (Number(name) < 0 || Number(name) > 255)) {
    complain(context, complaint.rdomainRange(name, spanIn(context, token)));
  }
  if (kind === "name" && name.length > 15) {
    complain(context, complaint.interfaceNameTooLong(name, spanIn(context, token)));
  }
  return name === "" ? undefined : { kind, name, negated };
}

function protocolsOf(context: Context, tokens: readonly IToken[]): readonly number[] {
  return tokens.flatMap((token) => {
    const number = token.tokenType === Numeral ? Number(token.image) : protocolNumber(token.image);
    const span = spanIn(context, token);
    if (number === undefined)
      complain(context, complaint.unknownName("protocol", token.image, span));
    else if (number < 0 || number > 255) complain(context, complaint.protocolRange(span));
    else if (number === 0) complain(context, complaint.protocolZero(span));
    else return [number];
    return [];
  });
}

/** ` log (all, to pflog1)`, or undefined. */
export function logText(
  context: Context,
  log: readonly LogSyntax[] | undefined,
): string | undefined {
  if (log === undefined) return undefined;
  let unit = "";
  for (const { to } of log) {
    if (to === undefined) continue;
    const name = to.map((it) => it.image).join(" ");
    const number = /^pflog(\d+)$/.exec(name)?.[1];
    if (number === undefined || Number(number) > 255) {
      complain(context, complaint.notPflog(name, spanIn(context, to[0], to.at(-1))));
    } else if (Number(number) > 0) unit = `to pflog${Number(number)}`;
  }
  const words = ["all", "matches", "user"].filter((word) => log.some((it) => it.what === word));
  const parts = unit === "" ? words : [...words, unit];
  return parts.length === 0 ? " log" : ` log (${parts.join(", ")})`;
}

function stateOf(
  context: Context,
  { action }: RuleSyntax,
  { state }: FilterOptions,
): StateOptions | undefined {
  if (state === undefined) {
    const defaults = action === "pass" ? context.stateDefaults : undefined;
    return defaults === undefined ? NO_STATE_OPTIONS : stateOptions(context, defaults);
  }
  return stateOptions(context, state.options);
}

/** What pfctl checks before it multiplies the lists. */
function checkStatement(
  context: Context,
  syntax: RuleSyntax,
  options: FilterOptions,
  lists: RuleLists,
): boolean {
  const span = spanIn(context);
  const { action, direction } = syntax;
  const noTcp = syntax.protocols.length > 0 && !lists.protocols.includes(TCP);
  const flagged = ((options.flags?.set ?? 0) | (options.flags?.mask ?? 0)) !== 0;
  const { divert, route, afTo } = options;
  const states = (options.state?.mode ?? "none") !== "none";
  const routed = route !== undefined && route.kind !== "dup-to";
  const wrong = [
    options.once && action !== "pass" && action !== "block" && complaint.onceOnly(span),
    afTo !== undefined && direction !== "in" && complaint.afToDirection(span),
    afTo !== undefined && route !== undefined && complaint.afToRoute(span),
    noTcp && flagged && complaint.flagsNeedTcp(span),
    noTcp && syntax.os.length > 0 && complaint.osNeedsTcp(span),
    action === "anchor" && states && complaint.notOnAnchors("state", span),
    action === "anchor" && route !== undefined && complaint.notOnAnchors("route", span),
    routed && direction === undefined && complaint.routeDirection(span),
    divert?.kind === "divert-to" &&
      direction === "out" &&
      complaint.divertDirection("divert-to used with outgoing rule", span),
    divert?.kind === "divert-reply" &&
      direction === "in" &&
      complaint.divertDirection("divert-reply used with incoming rule", span),
    options.nat?.kind === "binat-to" && direction !== undefined && complaint.binatDirection(span),
  ].filter((it) => it !== false);
  for (const it of wrong) complain(context, it);
  return wrong.length === 0;
}
