import { ICMP, ICMP6 } from "../../model/packet.ts";
import type { PfPool } from "../../model/pf-rule.ts";
import { afDestination } from "./embedded.ts";
import type { Evaluation, Translated } from "./evaluation.ts";
import { keyOf } from "./keys.ts";
import type { LiveRule } from "./live-rule.ts";
import type { Machine } from "./machine.ts";
import { translatedPort, translateSource } from "./pool-ports.ts";
import { chooseAddress, releaseAddress } from "./pools.ts";
import type { EvaluationNodes } from "./sticky.ts";

/** Echo requests, and what they are called in the other family. */
const ECHO: ReadonlyMap<number, number> = new Map([
  [8, 128],
  [128, 8],
]);

/**
 * Applies the translation of a rule to the working copy (section 16; follows pf_get_transaddr,
 * OpenBSD 7.8).
 *
 * @returns false: there is no address or no port
 */
export function translate(
  live: LiveRule,
  it: Evaluation,
  machine: Machine,
  nodes: EvaluationNodes,
): boolean {
  const { nat, rdr, afTo } = live.rule;
  if (afTo !== undefined) return translateFamily(live, it, machine, nodes);
  if (nat !== undefined && !changeSource(nat, live, it, machine, nodes)) return false;
  return rdr === undefined || changeDestination(rdr, live, it, machine, nodes);
}

function changeSource(
  pool: PfPool,
  live: LiveRule,
  it: Evaluation,
  machine: Machine,
  nodes: EvaluationNodes,
): boolean {
  const { now, packet, direction, domain } = it;
  const side = direction === "out" ? "wire" : "stack";
  const found = translateSource(machine, {
    ...requestOf(pool, "nat", live, now, machine, nodes),
    protocol: packet.protocol,
    port: now.sourcePort,
    echo: isEcho(it),
    isTaken: (source, sourcePort) => {
      const tuple = { ...now, source, sourcePort };
      return machine.states.isTaken(keyOf(tuple, packet.protocol, domain, direction), side);
    },
  });
  if (found === undefined) return false;
  const before = lastTranslating(it);
  if (before !== undefined) releaseAddress(machine, before, "nat", now.family, now.source);
  now.source = found.address;
  now.sourcePort = found.port;
  return true;
}

/** The rule that changed an address last: `least-states` takes back what it gave in vain. */
function lastTranslating({ matched }: Evaluation): LiveRule | undefined {
  return matched.findLast(({ rule }) => rule.nat !== undefined || rule.rdr !== undefined);
}

function changeDestination(
  pool: PfPool,
  live: LiveRule,
  it: Evaluation,
  machine: Machine,
  nodes: EvaluationNodes,
): boolean {
  const { now, packet } = it;
  const address = chooseAddress(machine, {
    ...requestOf(pool, "rdr", live, now, machine, nodes),
    replaced: now.destination,
  });
  if (address === undefined) return false;
  const before = live.rule.nat === undefined ? lastTranslating(it) : live;
  if (before !== undefined) releaseAddress(machine, before, "rdr", now.family, now.destination);
  now.destination = address;
  if (packet.protocol !== ICMP && packet.protocol !== ICMP6) {
    now.destinationPort = translatedPort(pool, live.rule.destination.port, now.destinationPort);
  }
  return true;
}

function requestOf(
  pool: PfPool,
  use: "nat" | "rdr",
  live: LiveRule,
  now: Translated,
  machine: Machine,
  sticky: EvaluationNodes,
): {
  pool: PfPool;
  use: "nat" | "rdr";
  live: LiveRule;
  family: Translated["family"];
  source: bigint;
  sourceFamily: Translated["family"];
  sticky: EvaluationNodes;
  random: Machine["random"];
} {
  const { family, source } = now;
  const { random } = machine;
  return { pool, use, live, family, source, sourceFamily: family, sticky, random };
}

function isEcho({ packet, isReply }: Evaluation): boolean {
  return !isReply && (packet.icmp?.type === 8 || packet.icmp?.type === 128);
}

/** `af-to`: source from its first pool, destination embedded or from its second. */
function translateFamily(
  live: LiveRule,
  it: Evaluation,
  machine: Machine,
  nodes: EvaluationNodes,
): boolean {
  const { nat, rdr, afTo, destination: tested } = live.rule;
  if (nat === undefined || afTo === undefined) return false;
  const { now, packet } = it;
  const from = translateSource(machine, {
    ...requestOf(nat, "nat", live, now, machine, nodes),
    family: afTo,
    protocol: packet.protocol,
    port: now.sourcePort,
    echo: isEcho(it),
    // the kernel compares with an address of the other family
    isTaken: () => false,
  });
  if (from === undefined) return false;
  let to: { pool: PfPool["address"]; address: bigint } | undefined;
  if (rdr !== undefined) {
    const address = chooseAddress(machine, {
      ...requestOf(rdr, "rdr", live, now, machine, nodes),
      family: afTo,
      source: from.address,
      sourceFamily: afTo,
    });
    if (address === undefined) return false;
    to = { pool: rdr.address, address };
    if (rdr.low > 0) now.destinationPort = rdr.low;
  }
  now.destination = afDestination({
    target: afTo,
    destination: now.destination,
    newSource: from.address,
    from: nat.address,
    to,
    rule: tested.address,
  });
  now.family = afTo;
  now.source = from.address;
  now.sourcePort = from.port;
  const isIcmp = packet.protocol === ICMP || packet.protocol === ICMP6;
  if (isIcmp) now.destinationPort = ECHO.get(now.destinationPort) ?? now.destinationPort;
  return true;
}
