import { addressBits } from "../../../model/packet.ts";
import type {
  BlockAnswer,
  Divert,
  IdTest,
  PacketSettings,
  PfAddress,
  PfPool,
  PfPort,
  PfRule,
  StateOptions,
} from "../../../model/pf-rule.ts";

/**
 * Properties of rules as text, so that comparing rules is comparing strings.
 *
 * pfctl sorts the fields of a rule into those that must agree within a block, those that must agree
 * for rules to be combined, the two addresses, and those it ignores: queue ids, `max-mss`,
 * `min-ttl`, and the value (not the presence) of `set tos` (follows pf_rule_desc, OpenBSD 7.8).
 */

/** Equal iff two rules may stand in one block, but for {@link standsAlone} and interface groups. */
export function breakKey(rule: PfRule): string {
  const { log, receivedOn, packetRate, answer, scrub } = rule;
  let key = `${rule.action}${rule.quick ? 1 : 0}${rule.fragment ? 1 : 0}${rule.once ? 1 : 0}`;
  key += `${rule.allowOptions ? 1 : 0}${rule.afTo === undefined ? 0 : 1}`;
  key += ` ${rule.state} ${rule.prio} ${rule.rtable}`;
  if (answer !== undefined)
    key += ` ${answer.kind}${answer.kind === "return-rst" ? answer.ttl : ""}`;
  if (log !== undefined) key += ` log${+log.all}${+log.matches}${+log.user}${log.to}`;
  if (receivedOn !== undefined) key += ` on${+receivedOn.negated}${receivedOn.name}\0`;
  if (packetRate !== undefined) key += ` rate${packetRate.limit}/${packetRate.seconds}`;
  if (rule.tag !== "") key += ` tag${rule.tag}\0`;
  if (scrub?.noDf) key += " no-df";
  if (scrub?.randomId) key += " random-id";
  if (scrub?.reassembleTcp) key += " reassemble";
  key += `;${settingsKey(rule.set)};${stateKey(rule.stateOptions)};${divertKey(rule.divert)}`;
  key += `;${poolKey(rule.nat)};${poolKey(rule.rdr)}`;
  return `${key};${rule.routeKind ?? ""}${poolKey(rule.route)}`;
}

/** A rule that no other may join; nor does it join others (follows superblock_inclusive). */
export function standsAlone({ action, label, probability, stateOptions }: PfRule): boolean {
  return (
    action === "anchor" ||
    label !== "" ||
    probability > 0 ||
    stateOptions.max > 0 ||
    stateOptions.maxSourceNodes > 0 ||
    stateOptions.maxSourceStates > 0 ||
    stateOptions.maxSourceConnections > 0 ||
    stateOptions.sourceRate !== undefined ||
    stateOptions.sourceTrack === "rule"
  );
}

/** pfctl takes a name that does not end in a digit for a group. */
export function isInterfaceGroup(name: string): boolean {
  return name !== "" && !/[0-9]$/.test(name);
}

/**
 * Of the properties that must agree for two rules to be combined, those that no wider rule can
 * stand in for; equal within a block iff the rules agree in them.
 */
export function strictKey(rule: PfRule): string {
  const { answer, user, group, source, destination } = rule;
  let key = `${+rule.interfaceNegated}${+source.negated}${+destination.negated}`;
  key += `${+rule.taggedNegated} ${rule.rdomain} ${rule.icmpType} ${rule.icmpCode} ${rule.tos}`;
  key += ` ${rule.afTo ?? ""}${answerKey(answer)};${idKey(user)};${idKey(group)}`;
  for (const [name, value] of rule.stateOptions.timeouts) key += ` ${name}=${value}`;
  return `${key};${rule.os}\0${rule.tagged}`;
}

/**
 * The other properties that must agree for rules to be combined; empty: the rule does not have it,
 * and stands in for rules that do. The family is the first.
 *
 * @param held - what the field for the interface holds
 */
export function optionalKeys(rule: PfRule, held: string): readonly string[] {
  const { flags, flagMask } = rule;
  return [
    rule.family ?? "",
    rule.protocol === 0 ? "" : String(rule.protocol),
    (flags | flagMask) === 0 ? "" : `${flags}/${flagMask}`,
    held,
    rule.direction ?? "",
    portKey(rule.source.port),
    portKey(rule.destination.port),
  ];
}

/** Empty for no test. */
export function portKey(port: PfPort | undefined): string {
  if (port === undefined) return "";
  const { operator, first, last } = port;
  const two = operator === "range" || operator === "><" || operator === "<>";
  return two ? `${operator}${first},${last}` : `${operator}${first}`;
}

/** Equal iff pf holds the same bytes; `any` and a network of length 0 are the same. */
export function addressKey(address: PfAddress): string {
  switch (address.kind) {
    case "any":
      return "0";
    case "prefix": {
      const { prefix } = address;
      return prefix.length === 0 ? "0" : `${prefix.family}${prefix.value}/${prefix.length}`;
    }
    case "range": {
      const { family, first, last } = address.range;
      return `${family}${first}-${last}`;
    }
    case "table":
      return `<${address.name}`;
    case "dynamic":
      return `(${address.part}${+address.first}/${address.length} ${address.name}`;
    case "no-route":
    case "urpf-failed":
      return address.kind;
    case "route":
      return `"${address.label}`;
    case "unknown":
      return `?${address.text}`;
  }
}

/** Whether pf holds address and mask: of these kinds alone it takes parts or makes tables. */
export function isPlain({ kind }: PfAddress): boolean {
  return kind === "any" || kind === "prefix";
}

/**
 * For skip steps addresses are compared as 128 bits whatever their family; empty if pfctl takes
 * the address for incomparable: an address of zero, a range, a route label (follows
 * skip_cmp_src_addr, OpenBSD 7.8).
 */
export function skipAddressKey(address: PfAddress): string {
  if (address.kind === "prefix") {
    const { value, length, family } = address.prefix;
    if (value === 0n) return "";
    const digits = value.toString(16).padStart(addressBits(family) / 4, "0");
    return `${digits.replace(/0+$/, "")}/${length}`;
  }
  const { kind } = address;
  return kind === "any" || kind === "range" || kind === "route" ? "" : addressKey(address);
}

function answerKey(answer: BlockAnswer | undefined): string {
  return answer?.kind === "return-icmp" ? ` ${answer.code},${answer.code6}` : "";
}

function idKey(test: IdTest | undefined): string {
  return test === undefined ? "" : `${test.operator}${test.first},${test.last}`;
}

function settingsKey(set: PacketSettings | undefined): string {
  if (set === undefined) return "";
  const { prio, lowDelayPrio, queue, lowDelayQueue, tos, delay } = set;
  if (prio < 0 && queue === "" && tos < 0 && delay < 0) return "";
  const low = lowDelayPrio < 0 ? prio : lowDelayPrio;
  return `${prio},${low} ${tos < 0 ? 0 : 1} ${delay} ${queue}\0${lowDelayQueue}\0`;
}

function stateKey(options: StateOptions): string {
  const { noSync, sloppy, ifBound, pflow, sourceTrack, overload, flush } = options;
  return `${+noSync}${+sloppy}${+ifBound}${+pflow}${sourceTrack}<${overload}>${flush}`;
}

function divertKey(divert: Divert | undefined): string {
  if (divert === undefined) return "";
  if (divert.kind === "divert-reply") return divert.kind;
  if (divert.kind === "divert-packet") return `${divert.kind}${divert.port}`;
  return `${divert.address.family}${divert.address.value} ${divert.port}`;
}

function poolKey(pool: PfPool | undefined): string {
  if (pool === undefined) return "";
  const { type, key, sticky, staticPort, low, high } = pool;
  return `${type}${key}${+sticky}${+staticPort} ${low}:${high} ${addressKey(pool.address)}\0`;
}
