import { type Family, ICMP, ICMP6, TCP, UDP } from "../../model/packet.ts";
import type { PfEndpoint, PfRule } from "../../model/pf-rule.ts";
import { type AddressContext, matchesAddress } from "./address-test.ts";
import type { Evaluation } from "./evaluation.ts";
import { matchesInterface } from "./interfaces.ts";
import type { Bounds, LiveRule } from "./live-rule.ts";
import { matchesId, matchesPort } from "./ports.ts";
import type { Routes } from "./routes.ts";
import { socketOf } from "./sockets.ts";

export type Direction = "in" | "out";

/** What a rule can ask, by the words of pf.conf(5), in the order in which pf tests it. */
export type Criterion =
  | "once"
  | "on"
  | "direction"
  | "rdomain"
  | "family"
  | "proto"
  | "from"
  | "to"
  | "port"
  | "from port"
  | "to port"
  | "flags"
  | "os"
  | "user"
  | "group"
  | "icmp-type"
  | "reply"
  | "fragment"
  | "tos"
  | "probability"
  | "tagged"
  | "received-on"
  | "prio"
  | "max-pkt-rate";

/** What the tests look at besides packet and rule. */
export interface TestContext extends AddressContext {
  readonly routes: Routes;
  /** Uniform below its argument. */
  readonly random: (below: number) => number;
  /** Second of uptime. */
  readonly now: number;
  /** Whether a SYN looks like that of a system; undefined: no fingerprints are known. */
  readonly looksLike: (evaluation: Evaluation, os: string) => boolean;
}

/** What `probability` draws its number below; nothing else draws below it. */
export const PACKET_PROBABILITY = 4_294_967_294;
const NEIGHBOR_ADVERT = 136;

/**
 * The first criterion of a rule that a packet does not meet; undefined: the rule matches (follows
 * pf_match_rule, OpenBSD 7.8).
 */
export function firstMismatch(
  live: LiveRule,
  evaluation: Evaluation,
  context: TestContext,
): Criterion | undefined {
  const { rule } = live;
  if (live.expired) return "once";
  return (
    ofCrossing(rule, evaluation, context) ??
    ofAddresses(live, evaluation, context) ??
    ofProtocol(rule, evaluation, context) ??
    ofRest(live, evaluation, context)
  );
}

function ofCrossing(rule: PfRule, it: Evaluation, context: TestContext): Criterion | undefined {
  const on =
    rule.interface === "" || matchesInterface(context.surroundings, it.interface, rule.interface);
  if (on === rule.interfaceNegated) return rule.rdomain >= 0 ? "rdomain" : "on";
  if (rule.direction !== undefined && rule.direction !== it.direction) return "direction";
  if (rule.rdomain >= 0 && rule.rdomain !== it.domain) return "rdomain";
  if (rule.family !== undefined && rule.family !== it.packet.family) return "family";
  if (rule.protocol !== 0 && rule.protocol !== it.packet.protocol) return "proto";
  return undefined;
}

function ofAddresses(live: LiveRule, it: Evaluation, context: TestContext): Criterion | undefined {
  const { now } = it;
  const from = live.from;
  const isFrom =
    from === undefined
      ? asks(live, live.rule.source, now.family, now.source, it, context)
      : isWithin(from, now.family, now.source);
  if (!isFrom) return "from";
  // the destination is tested in the packet's own family, whatever af-to made of it
  const { family } = it.packet;
  const to = live.to;
  const isTo =
    to === undefined
      ? asks(live, live.rule.destination, family, now.destination, it, context)
      : isWithin(to, family, now.destination);
  return isTo ? undefined : "to";
}

function isWithin(bounds: Bounds, family: Family, value: bigint): boolean {
  const { first, last } = bounds;
  const isOfFamily = bounds.family === undefined || bounds.family === family;
  return (isOfFamily && first <= value && value <= last) !== bounds.negated;
}

/** Of tables, routes and addresses of interfaces. */
function asks(
  live: LiveRule,
  { address, negated }: PfEndpoint,
  family: Family,
  value: bigint,
  { rtable, interface: on }: Evaluation,
  context: TestContext,
): boolean {
  return matchesAddress(context, address, negated, family, value, rtable, live.anchor, on);
}

function ofProtocol(rule: PfRule, it: Evaluation, context: TestContext): Criterion | undefined {
  if (it.isFragment) return ofFragment(rule, it);
  switch (it.packet.protocol) {
    case TCP: {
      const flags = it.packet.tcp?.flags ?? 0;
      if ((flags & rule.flagMask) !== rule.flags) return "flags";
      if (rule.os !== "" && !context.looksLike(it, rule.os)) return "os";
      return ofPorts(rule, it, context);
    }
    case UDP:
      return ofPorts(rule, it, context);
    case ICMP:
    case ICMP6:
      return ofIcmp(rule, it);
    default:
      return undefined;
  }
}

function ofFragment(rule: PfRule, it: Evaluation): Criterion | undefined {
  if (rule.source.port !== undefined) return "from port";
  if (rule.destination.port !== undefined) return "to port";
  if (it.packet.protocol === TCP && rule.flagMask !== 0) return "flags";
  if (rule.icmpType >= 0) return "icmp-type";
  if (rule.user !== undefined) return "user";
  return rule.group === undefined ? undefined : "group";
}

function ofPorts(rule: PfRule, it: Evaluation, context: TestContext): Criterion | undefined {
  if (!matchesPort(rule.source.port, it.now.sourcePort)) return "from port";
  if (!matchesPort(rule.destination.port, it.now.destinationPort)) return "to port";
  if (rule.user === undefined && rule.group === undefined) return undefined;
  it.socket ??= socketOf(it, context) ?? "none";
  const socket = it.socket === "none" ? undefined : it.socket;
  if (rule.user !== undefined && !matchesId(rule.user, socket?.user)) return "user";
  if (rule.group !== undefined && !matchesId(rule.group, socket?.group)) return "group";
  return undefined;
}

function ofIcmp(rule: PfRule, it: Evaluation): Criterion | undefined {
  const { icmp } = it.packet;
  if (rule.icmpType >= 0 && rule.icmpType !== icmp?.type) return "icmp-type";
  if (rule.icmpCode >= 0 && rule.icmpCode !== icmp?.code) return "icmp-type";
  const advert = it.packet.protocol === ICMP6 && icmp?.type === NEIGHBOR_ADVERT;
  const keeps = rule.state !== "none" && !rule.stateOptions.sloppy;
  return it.isReply && keeps && !advert ? "reply" : undefined;
}

function ofRest(live: LiveRule, it: Evaluation, context: TestContext): Criterion | undefined {
  const { rule } = live;
  if (rule.fragment && !it.isFragment) return "fragment";
  if (rule.tos !== 0 && rule.tos !== it.tos) return "tos";
  if (rule.probability !== 0 && rule.probability <= context.random(PACKET_PROBABILITY) + 1) {
    return "probability";
  }
  if (rule.tagged !== "") {
    it.tag ??= it.packet.tag;
    if ((it.tag === rule.tagged) === rule.taggedNegated) return "tagged";
  }
  if (rule.receivedOn !== undefined) {
    const { name, negated } = rule.receivedOn;
    const from = it.packet.receivedOn;
    const on = from !== "" && matchesInterface(context.surroundings, from, name);
    if (on === negated) return "received-on";
  }
  if (rule.prio >= 0 && rule.prio !== it.packet.priority) return "prio";
  if (live.packetRate?.isOverWith(context.now) === true) return "max-pkt-rate";
  return undefined;
}
