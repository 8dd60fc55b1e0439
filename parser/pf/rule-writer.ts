import { type Family, TCP } from "../../model/packet.ts";
import type { Endpoint, PortTest, Rule } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import { type Context, complain, ruleUnread, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import {
  type Combination,
  combinationsOf,
  type ListedInterface,
  type RuleLists,
  returningLists,
  scopedInterface,
} from "./expand.ts";
import type { ResolvedHost } from "./hosts.ts";
import { expandLabel } from "./labels.ts";
import { type PooledAddress, poolFor } from "./pools.ts";
import { printRule } from "./print.ts";
import { checkRule } from "./rule-checks.ts";
import { extrasOf } from "./rule-extras.ts";
import type { RuleStatement } from "./rule-statement.ts";
import { uncertaintyOf, unmodelledOf } from "./uncertainty.ts";

/** More rules than any pf holds; a list of lists must not fill the memory. */
const MOST_RULES = 1_000_000;

/** What translation and routing put into one combination. */
export interface Pools {
  readonly nat: PooledAddress | undefined;
  readonly rdr: PooledAddress | undefined;
  readonly route: PooledAddress | undefined;
  readonly afTo: readonly PooledAddress[];
  readonly family: Family | undefined;
}

/** Rules that the way back of `binat-to` takes over from the way out. */
interface Returning {
  readonly rdr: PooledAddress;
  readonly marks: Pick<Rule, "label" | "tag" | "tagged">;
}

/** Multiplies the lists of `statement` and adds each rule that makes sense to its anchor. */
export function writeRules(context: Context, statement: RuleStatement): void {
  const before = context.rules;
  const errors = context.report.errors;
  writeLists(context, statement, statement.lists, undefined);
  if (context.rules > before || context.report.errors > errors) return;
  complain(context, complaint.noCombination(spanIn(context)));
}

/** Both sides of `binat-to` are addresses, or dynamic with `:0`. */
function isBinat({ test }: ResolvedHost, nat: PooledAddress | undefined): boolean {
  return [test, nat?.hosts.length === 1 ? nat.hosts[0]?.test : undefined].every(
    (it) => it?.kind === "prefix" || it?.kind === "any" || (it?.kind === "dynamic" && it.first),
  );
}

function marksFrom({ label, tag, tagged }: Rule): Returning["marks"] {
  return {
    ...(label === undefined ? {} : { label }),
    ...(tag === undefined ? {} : { tag }),
    ...(tagged === undefined ? {} : { tagged }),
  };
}

function writeLists(
  context: Context,
  statement: RuleStatement,
  lists: RuleLists,
  returning: Returning | undefined,
): void {
  for (const it of combinationsOf(lists)) {
    const most = context.input.mostRules ?? MOST_RULES;
    if (context.rules >= most) {
      complain(context, complaint.tooManyRules(most, spanIn(context)));
      return;
    }
    const errors = context.report.errors;
    const pools = poolsOf(context, statement, it, returning);
    if (context.report.errors > errors || pools === undefined) return;
    const written = writeOne(context, statement, it, pools, returning);
    if (written === undefined || statement.nat?.kind !== "binat-to" || returning) continue;
    const [translated] = pools.nat?.hosts ?? [];
    if (translated === undefined) continue;
    const back = { ...statement, syntax: { ...statement.syntax, direction: "in" } as const };
    const rdr = sourceAsPool(context, statement, it.source, written.family);
    if (rdr === undefined) return;
    writeLists(context, back, returningLists(lists, it, translated), {
      rdr,
      marks: marksFrom(written),
    });
  }
}

function poolsOf(
  context: Context,
  statement: RuleStatement,
  it: Combination,
  returning: Returning | undefined,
): Pools | undefined {
  const none = { nat: undefined, rdr: undefined, route: undefined, afTo: [] };
  if (statement.syntax.action === "anchor") return { ...none, family: statement.family };
  if (returning !== undefined) {
    return { ...none, rdr: returning.rdr, family: returning.rdr.family ?? statement.family };
  }
  let family = statement.family;
  const choose = (pool: RuleStatement["nat"]): PooledAddress | undefined => {
    const chosen = pool && poolFor(context, pool, family, it.destinationPort);
    family = chosen?.family ?? family;
    return chosen;
  };
  const target = statement.options.afTo?.family;
  const afTo = statement.afTo.flatMap((pool) => {
    const chosen = poolFor(context, pool, target, it.destinationPort);
    return chosen === undefined ? [] : [chosen];
  });
  if (target !== undefined) family ??= target === "inet" ? "inet6" : "inet";
  const rdr = choose(statement.rdr);
  const nat = choose(statement.nat);
  return { rdr, nat, route: choose(statement.route), afTo, family };
}

/** Adds one rule; undefined if the combination drops out or is wrong. */
function writeOne(
  context: Context,
  statement: RuleStatement,
  it: Combination,
  pools: Pools,
  returning: Returning | undefined,
): Rule | undefined {
  const family = pools.family ?? it.source.family ?? it.destination.family;
  const fits = (host: ResolvedHost): boolean => host.family === undefined || host.family === family;
  if (!fits(it.source) || !fits(it.destination)) return undefined;
  const scoped = scopedInterface(it);
  if (scoped === undefined) return undefined;

  const base = ruleOf(context, statement, it, family, scoped.interface);
  const marks = returning?.marks ?? marksOf(statement, base);
  const reasons = unmodelledOf(statement, pools);
  const rule = {
    ...base,
    ...marks,
    ...(pools.nat?.translation && reasons.length === 0 ? { nat: pools.nat.translation } : {}),
    ...(pools.rdr?.translation && reasons.length === 0 ? { rdr: pools.rdr.translation } : {}),
  };
  if (statement.nat?.kind === "binat-to" && !returning && !isBinat(it.source, pools.nat)) {
    return complain(context, complaint.binatAddresses(spanIn(context)));
  }
  if ([marks.label, marks.tag, marks.tagged?.tag].some((text) => (text ?? "").length > 63)) {
    return complain(context, complaint.tooLong("label", spanIn(context)));
  }
  const wrong = checkRule(rule, it, {
    action: statement.syntax.action,
    options: statement.options,
    state: statement.state,
    spans: spansOf(context, statement),
  });
  if (wrong !== undefined) return complain(context, wrong);

  const uncertain: Unread[] = [...uncertaintyOf(context, statement, it)];
  for (const effect of reasons) uncertain.push(ruleUnread(context, effect));
  const whole = {
    ...rule,
    action: reasons.length > 0 && rule.action !== "anchor" ? ("unread" as const) : rule.action,
    uncertain,
  };
  const text = printRule(whole, extrasOf(context, statement, it, pools, family));
  const finished: Rule = { ...whole, text };
  addRule(context, finished);
  return finished;
}

/** Puts `rule` behind the others of the present anchor. */
export function addRule(context: Context, rule: Rule): void {
  const rules = context.anchors.get(context.anchor);
  if (rules === undefined) context.anchors.set(context.anchor, [rule]);
  else rules.push(rule);
  context.rules++;
}

function ruleOf(
  context: Context,
  statement: RuleStatement,
  it: Combination,
  family: Family | undefined,
  on: ListedInterface | undefined,
): Omit<Rule, "text"> {
  const { syntax, options, state, answer, calls } = statement;
  const { protocol, icmp } = it;
  const keeps = stateKind(statement, protocol);
  const flags = flagsOf(statement, protocol, keeps);
  const binding = state.binding ?? context.statePolicy;
  const direction =
    options.nat?.kind === "binat-to" ? (syntax.direction ?? "out") : syntax.direction;
  return {
    action: syntax.action,
    number: context.anchors.get(context.anchor)?.length ?? 0,
    anchor: context.anchor,
    ...(direction === undefined ? {} : { direction }),
    quick: syntax.quick,
    log: syntax.log !== undefined,
    ...interfaceFields(on),
    ...(family === undefined ? {} : { family }),
    ...(protocol === undefined ? {} : { protocol }),
    source: endpointOf(it.source, it.sourcePort),
    destination: endpointOf(it.destination, it.destinationPort),
    ...(flags === undefined ? {} : { flags }),
    ...(icmp === undefined ? {} : { icmp: icmpFields(icmp) }),
    ...(options.tos === undefined ? {} : { tos: options.tos }),
    fragment: options.fragment,
    allowOptions: options.allowOptions,
    ...(options.receivedOn === undefined ? {} : { receivedOn: options.receivedOn }),
    ...(options.probability === undefined ? {} : { probability: options.probability }),
    once: options.once,
    state: keeps,
    binding: keeps === "none" ? "floating" : binding,
    sloppy: state.sloppy,
    answer: answer.answer,
    ...(options.rtable === undefined ? {} : { rtable: options.rtable }),
    ...(calls === undefined
      ? {}
      : {
          calls: {
            path: calls.path,
            wildcard: calls.wildcard,
            ...(calls.inline === true ? { inline: true } : {}),
          },
        }),
    uncertain: [],
    span: spanIn(context),
  };
}

function icmpFields({ type, code }: { type: number; code?: number }): NonNullable<Rule["icmp"]> {
  return code === undefined ? { type } : { type, code };
}

function interfaceFields(on: ListedInterface | undefined): Pick<Rule, "interface" | "rdomain"> {
  if (on === undefined) return {};
  const { name, negated } = on;
  if (on.kind === "rdomain") return { rdomain: { id: Number(name), negated } };
  return { interface: { name, negated } };
}

function endpointOf({ test, negated }: ResolvedHost, port: PortTest | undefined): Endpoint {
  return port === undefined ? { address: test, negated } : { address: test, negated, port };
}

/** Only pass rules keep states; what needs TCP becomes a plain state elsewhere. */
function stateKind(
  { syntax, options }: RuleStatement,
  protocol: number | undefined,
): Rule["state"] {
  if (syntax.action !== "pass") return "none";
  const mode = options.state?.mode ?? "keep";
  const plain = protocol !== undefined && protocol !== TCP;
  return plain && (mode === "modulate" || mode === "synproxy") ? "keep" : mode;
}

/** The flags written, or `S/SA` for what keeps a state; other protocols have none. */
function flagsOf(
  { options }: RuleStatement,
  protocol: number | undefined,
  state: Rule["state"],
): Rule["flags"] {
  if (protocol !== undefined && protocol !== TCP) return undefined;
  if (options.flags !== undefined) return options.flags.mask === 0 ? undefined : options.flags;
  return state !== "none" && !options.fragment ? { set: 2, mask: 18 } : undefined;
}

function marksOf({ options }: RuleStatement, rule: Omit<Rule, "text">): Returning["marks"] {
  const { label, tag, tagged } = options;
  const text = label === undefined ? "" : expandLabel(label, rule);
  return {
    ...(text === "" ? {} : { label: text }),
    ...(tag ? { tag: expandLabel(tag, rule) } : {}),
    ...(tagged ? { tagged: { ...tagged, tag: expandLabel(tagged.tag, rule) } } : {}),
  };
}

function spansOf(
  context: Context,
  { syntax }: RuleStatement,
): Parameters<typeof checkRule>[2]["spans"] {
  const port = (syntax.destination.ports[0] ?? syntax.source.ports[0])?.first;
  const option = syntax.options[0]?.token;
  const statement = spanIn(context);
  return {
    statement,
    ports: port === undefined ? statement : spanIn(context, port),
    options: option === undefined ? statement : spanIn(context, option),
  };
}

/** `binat-to` sends packets that come back to the source of the way out. */
function sourceAsPool(
  context: Context,
  { nat }: RuleStatement,
  source: ResolvedHost,
  family: Family | undefined,
): PooledAddress | undefined {
  if (nat === undefined) return undefined;
  const hosts = [{ ...source, negated: false }];
  const pool = { ...nat, kind: "rdr-to", hosts, ports: undefined, staticPort: false } as const;
  return poolFor(context, pool, family, undefined);
}
