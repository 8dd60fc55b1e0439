import type { Criterion } from "../engine/kernel/criteria.ts";
import type { Translated } from "../engine/kernel/evaluation.ts";
import type { LiveRule } from "../engine/kernel/live-rule.ts";
import type { Outcome } from "../engine/kernel/outcome.ts";
import { isPureSyn } from "../engine/kernel/packet.ts";
import { type Family, TCP, UDP } from "../model/packet.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import type { PfAddress, PfEndpoint, PfRule } from "../model/pf-rule.ts";
import { isWithin } from "../parser/pf-route-text.ts";
import type { PfSurroundings } from "./pf-surroundings.ts";

/** A rule that was tested, and the criterion that failed. */
export interface Tested {
  readonly live: LiveRule;
  readonly failed: Criterion | undefined;
  /** Addresses and ports as rules before had translated them. */
  readonly at: Readonly<Translated>;
}

/** What a rule asked for that nothing given answers. */
export interface Open {
  readonly what: "routes" | "sockets" | "name" | "fingerprints";
  readonly live: LiveRule | undefined;
}

/** Criteria in the order in which pf tests them. */
const ORDER: readonly Criterion[] = [
  "once",
  "on",
  "direction",
  "rdomain",
  "family",
  "proto",
  "from",
  "to",
  "flags",
  "os",
  "from port",
  "to port",
  "user",
  "group",
];

/**
 * Whether a rule may ask for something that is not given.
 *
 * @param stock - the fingerprints are those of the system
 */
export function mayAsk(rule: PfRule, stock: boolean): boolean {
  if (rule.user !== undefined || rule.group !== undefined) return true;
  if (rule.os !== "" && !stock) return true;
  return [rule.source, rule.destination].some(({ address }) => asksFor(address) !== undefined);
}

function asksFor({ kind }: PfAddress): Open["what"] | undefined {
  if (kind === "unknown") return "name";
  return kind === "no-route" || kind === "urpf-failed" || kind === "route" ? "routes" : undefined;
}

/**
 * The tested rules whose question is open and that could have changed the verdict: those behind
 * which no other rule decided, and those that do more than decide.
 *
 * @param tested - in order; routes to connected networks are known without `--route`
 * @param stock - the fingerprints are those of the system
 */
export function openRules(
  tested: readonly Tested[],
  packet: PfPacket,
  forwarded: boolean,
  around: PfSurroundings,
  stock: boolean,
): readonly Open[] {
  const decided = tested.findLastIndex(({ live: { rule }, failed }) => {
    return failed === undefined && (rule.action === "pass" || rule.action === "block");
  });
  return tested.flatMap(({ live, failed }, at): readonly Open[] => {
    const { rule } = live;
    const decides = rule.action === "pass" || rule.action === "block";
    if (decides && at < decided && !rule.quick && rule.tag === "" && !rule.once) return [];
    const what =
      openCriterion(rule, failed, packet, forwarded, around) ??
      (stock ? undefined : openFingerprint(rule, failed, packet));
    return what === undefined ? [] : [{ what, live }];
  });
}

function openCriterion(
  rule: PfRule,
  failed: Criterion | undefined,
  packet: PfPacket,
  forwarded: boolean,
  around: PfSurroundings,
): Open["what"] | undefined {
  const reached = (criterion: Criterion): boolean => {
    const at = failed === undefined ? -1 : ORDER.indexOf(failed);
    return at < 0 || at >= ORDER.indexOf(criterion);
  };
  const { family, source, destination } = packet;
  for (const [criterion, end, value] of [
    ["from", rule.source, source],
    ["to", rule.destination, destination],
  ] as const) {
    const what = reached(criterion) ? openAddress(end, family, value, around) : undefined;
    if (what !== undefined) return what;
  }
  const hasSocket = packet.protocol === TCP || packet.protocol === UDP;
  if (!hasSocket || forwarded || packet.fragment !== undefined) return undefined;
  const asks =
    (rule.user !== undefined && reached("user")) || (rule.group !== undefined && reached("group"));
  return asks ? "sockets" : undefined;
}

/** Signatures of another file than the system's are not read; only a SYN without ACK has one. */
function openFingerprint(
  { os }: PfRule,
  failed: Criterion | undefined,
  packet: PfPacket,
): Open["what"] | undefined {
  const at = failed === undefined ? ORDER.length : ORDER.indexOf(failed);
  const isReached = at < 0 || at >= ORDER.indexOf("os");
  return os !== "" && isPureSyn(packet) && isReached ? "fingerprints" : undefined;
}

function openAddress(
  { address }: PfEndpoint,
  family: Family,
  value: bigint,
  { surroundings, routesKnown }: PfSurroundings,
): Open["what"] | undefined {
  const what = asksFor(address);
  if (what !== "routes" || address.kind === "route")
    return routesKnown && what === "routes" ? undefined : what;
  const isConnected = surroundings.routes.some((it) => isWithin(it.prefix, { family, value }));
  return routesKnown || isConnected ? undefined : what;
}

/** A routing option found no route to its next hop, and not all routes are given. */
export function hasNoNextHop(outcome: Outcome, { routesKnown }: PfSurroundings): boolean {
  const { routed, verdict, generated } = outcome;
  if (routesKnown || routed === undefined || verdict === "drop") return false;
  if (generated.some(({ kind }) => kind === "routed")) return false;
  return (
    routed === "dup-to" || generated.some((it) => it.kind === "icmp" && isUnreachable(it.type))
  );
}

function isUnreachable(type: number): boolean {
  return type === 3 || type === 1;
}
