import { printAddress, printPrefix, printRange } from "../../model/address-text.ts";
import { type Family, TCP, TCP_FLAGS } from "../../model/packet.ts";
import type {
  BlockAnswer,
  IdTest,
  PacketSettings,
  PfAddress,
  PfEndpoint,
  PfPool,
  PfPort,
  PfRule,
  Scrub,
  StateOptions,
} from "../../model/pf-rule.ts";
import { icmpCodeName, icmpTypeName } from "./names/icmp.ts";
import { protocolName } from "./names/protocols.ts";

/** `runtime` is the form of `-vv`: `<name:0>` and `(em0:*)`. */
export interface RuleStyle {
  readonly runtime: boolean;
}

const PLAIN: RuleStyle = { runtime: false };

/**
 * One rule as pfctl prints it, without number, indentation and brace (follows print_rule,
 * OpenBSD 7.8).
 *
 * Every part brings its own leading blank. Of a rule with both translations only `nat-to` is
 * printed, and the probability stands between the state word and its options, as pfctl has it.
 */
export function ruleText(rule: PfRule, style: RuleStyle = PLAIN): string {
  return (
    headText(rule) +
    hostsText(rule, style) +
    criteriaText(rule) +
    settingsText(rule.set) +
    stateText(rule) +
    (rule.fragment ? " fragment" : "") +
    scrubText(rule.scrub) +
    markText(rule) +
    (rule.action === "anchor" ? "" : redirectionText(rule, style))
  );
}

/**
 * An address of a rule or pool; `family` is the rule's, and decides which mask is full
 * (follows print_addr, OpenBSD 7.8).
 */
export function addressText(
  address: PfAddress,
  family: Family | undefined,
  style: RuleStyle = PLAIN,
): string {
  switch (address.kind) {
    case "any":
      return "any";
    case "prefix":
      return address.prefix.length === 0 ? "any" : printPrefix(address.prefix);
    case "range":
      return printRange(address.range);
    case "table":
      return style.runtime ? `<${address.name}:0>` : `<${address.name}>`;
    case "dynamic": {
      const { name, part, first, length } = address;
      const modifiers = (part === "address" ? "" : `:${part}`) + (first ? ":0" : "");
      const mask = length < (family === "inet" ? 32 : 128) ? `/${length}` : "";
      return `(${name}${modifiers}${style.runtime ? ":*" : ""})${mask}`;
    }
    case "no-route":
    case "urpf-failed":
      return address.kind;
    case "route":
      return `route "${address.label}"`;
    case "unknown":
      return address.text;
  }
}

/** `= 80`, `22:80`, `11 >< 12`. */
export function portText({ operator, first, last }: PfPort): string {
  switch (operator) {
    case "range":
      return `${first}:${last}`;
    case "><":
    case "<>":
      return `${first} ${operator} ${last}`;
    default:
      return `${operator} ${first}`;
  }
}

function headText(rule: PfRule): string {
  const { action, answer, direction, log } = rule;
  let text: string = action;
  if (action === "anchor" && rule.anchor !== undefined && rule.anchor.name !== "") {
    text += ` "${rule.anchor.name}"`;
  }
  if (action === "block" && answer !== undefined) text += answerText(answer, rule.family);
  if (direction !== undefined) text += ` ${direction}`;
  if (log !== undefined) text += logText(log);
  if (rule.quick) text += " quick";
  const not = rule.interfaceNegated ? "! " : "";
  if (rule.interface !== "") text += ` on ${not}${rule.interface}`;
  if (rule.rdomain >= 0) text += ` on ${not}rdomain ${rule.rdomain}`;
  if (rule.family !== undefined) text += ` ${rule.family}`;
  if (rule.protocol !== 0) text += ` proto ${protocolName(rule.protocol)}`;
  return text;
}

function answerText(answer: BlockAnswer, family: Family | undefined): string {
  switch (answer.kind) {
    case "drop":
    case "return":
      return ` ${answer.kind}`;
    case "return-rst":
      return answer.ttl > 0 ? ` return-rst(ttl ${answer.ttl})` : " return-rst";
    case "return-icmp": {
      if (family === "inet") return ` return-icmp(${unreachCode(answer.code)})`;
      if (family === "inet6") return ` return-icmp6(${unreachCode6(answer.code6)})`;
      return ` return-icmp(${unreachCode(answer.code)}, ${unreachCode6(answer.code6)})`;
    }
  }
}

const UNREACH = 3;
const UNREACH6 = 1;

function unreachCode(code: number): string {
  return icmpCodeName("inet", UNREACH, code);
}

/** A code of another type than unreach has that type in its upper byte, as pf stores it. */
function unreachCode6(code: number): string {
  return icmpCodeName("inet6", code >> 8 || UNREACH6, code & 0xff);
}

function logText({ all, matches, user, to }: NonNullable<PfRule["log"]>): string {
  if (!all && !matches && !user && to <= 0) return " log";
  let list = "";
  if (all) list = "all";
  if (matches) list = listed(list, "matches");
  if (user) list = listed(list, "user");
  if (to > 0) list = listed(list, `to pflog${to}`);
  return ` log (${list})`;
}

function listed(list: string, item: string): string {
  return list === "" ? item : `${list}, ${item}`;
}

function hostsText(rule: PfRule, style: RuleStyle): string {
  const { source, destination, family, os } = rule;
  if (os === "" && isAny(source) && isAny(destination)) return " all";
  const from = endpointText(source, family, style);
  const to = endpointText(destination, family, style);
  return ` from${from}${os === "" ? "" : ` os "${os}"`} to${to}`;
}

function isAny({ address, negated, port }: PfEndpoint): boolean {
  if (negated || port !== undefined) return false;
  return address.kind === "any" || (address.kind === "prefix" && address.prefix.length === 0);
}

function endpointText(endpoint: PfEndpoint, family: Family | undefined, style: RuleStyle): string {
  const address = addressText(endpoint.address, family, style);
  const text = endpoint.negated ? ` ! ${address}` : ` ${address}`;
  return endpoint.port === undefined ? text : `${text} port ${portText(endpoint.port)}`;
}

function criteriaText(rule: PfRule): string {
  const { receivedOn, user, group, packetRate } = rule;
  let text = "";
  if (receivedOn !== undefined) {
    text += ` ${receivedOn.negated ? "!" : ""}received-on ${receivedOn.name}`;
  }
  if (user !== undefined) text += ` user ${idText(user)}`;
  if (group !== undefined) text += ` group ${idText(group)}`;
  text += flagsText(rule);
  if (rule.icmpType >= 0) text += icmpText(rule, rule.family ?? "inet");
  if (rule.tos > 0) text += ` tos ${hexByte(rule.tos)}`;
  if (rule.prio >= 0) text += ` prio ${rule.prio}`;
  if (packetRate !== undefined) {
    text += ` max-pkt-rate ${packetRate.limit}/${packetRate.seconds}`;
  }
  return text;
}

function idText({ operator, first, last }: IdTest): string {
  if (operator === "><" || operator === "<>") return `${idName(first)} ${operator} ${idName(last)}`;
  return `${operator} ${idName(first)}`;
}

function idName(id: number): string {
  return id < 0 ? "unknown" : String(id);
}

function flagsText(rule: PfRule): string {
  const { flags, flagMask, protocol } = rule;
  if ((flags | flagMask) !== 0) return ` flags ${letters(flags)}/${letters(flagMask)}`;
  const could = rule.action === "pass" || rule.action === "match";
  if (!could || rule.fragment || rule.state === "none") return "";
  return protocol === 0 || protocol === TCP ? " flags any" : "";
}

function letters(bits: number): string {
  let text = "";
  for (let at = 0; at < TCP_FLAGS.length; at++) {
    if ((bits & (1 << at)) !== 0) text += TCP_FLAGS.charAt(at);
  }
  return text;
}

function icmpText({ icmpType, icmpCode }: PfRule, family: Family): string {
  const word = family === "inet6" ? "icmp6-type" : "icmp-type";
  const code = icmpCode < 0 ? "" : ` code ${icmpCodeName(family, icmpType, icmpCode)}`;
  return ` ${word} ${icmpTypeName(family, icmpType)}${code}`;
}

function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

function settingsText(set: PacketSettings | undefined): string {
  if (set === undefined) return "";
  const { prio, lowDelayPrio, queue, lowDelayQueue } = set;
  let list = "";
  if (prio >= 0) {
    const single = lowDelayPrio < 0 || lowDelayPrio === prio;
    list = single ? `prio ${prio}` : `prio(${prio}, ${lowDelayPrio})`;
  }
  if (queue !== "") {
    const pair = lowDelayQueue === "" ? ` ${queue}` : `(${queue}, ${lowDelayQueue})`;
    list = listed(list, `queue${pair}`);
  }
  if (set.tos >= 0) list = listed(list, `tos ${hexByte(set.tos)}`);
  if (set.delay >= 0) list = listed(list, `delay ${set.delay}`);
  return list === "" ? "" : ` set (${list})`;
}

function stateText(rule: PfRule): string {
  const { state } = rule;
  const options = stateOptionsText(rule.stateOptions);
  let text = "";
  if (state === "none") text = rule.action === "pass" ? " no state" : "";
  else if (state !== "keep" || options !== "") text = ` ${state} state`;
  if (rule.probability > 0) text += ` probability ${probabilityText(rule.probability)}%`;
  return options === "" ? text : `${text} (${options})`;
}

const MILLIONTHS = 390_625 / 2 ** 24;

/**
 * The share of 2^32 in percent with at most six digits, a tie going to the even digit as in C.
 *
 * The product has at most 51 bits, so nothing is lost before the rounding.
 */
function probabilityText(probability: number): string {
  const exact = probability * MILLIONTHS;
  const below = Math.floor(exact);
  const rest = exact - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  const digits = String(up ? below + 1 : below).padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, "");
}

function stateOptionsText(options: StateOptions): string {
  const { sourceRate: rate, overload, flush } = options;
  let list = "";
  if (options.max > 0) list = `max ${options.max}`;
  if (options.noSync) list = listed(list, "no-sync");
  if (options.sourceTrack !== "") list = listed(list, `source-track ${options.sourceTrack}`);
  if (options.maxSourceStates > 0) list = listed(list, `max-src-states ${options.maxSourceStates}`);
  if (options.maxSourceConnections > 0) {
    list = listed(list, `max-src-conn ${options.maxSourceConnections}`);
  }
  if (rate !== undefined) list = listed(list, `max-src-conn-rate ${rate.limit}/${rate.seconds}`);
  if (options.maxSourceNodes > 0) list = listed(list, `max-src-nodes ${options.maxSourceNodes}`);
  if (overload !== "") list = listed(list, `overload <${overload}>${flush && ` ${flush}`}`);
  if (options.ifBound) list = listed(list, "if-bound");
  if (options.sloppy) list = listed(list, "sloppy");
  if (options.pflow) list = listed(list, "pflow");
  for (const [name, value] of options.timeouts) list = listed(list, `${name} ${value}`);
  return list;
}

function scrubText(scrub: Scrub | undefined): string {
  if (scrub === undefined) return "";
  let list = "";
  if (scrub.noDf) list += " no-df";
  if (scrub.randomId) list += " random-id";
  if (scrub.minTtl > 0) list += ` min-ttl ${scrub.minTtl}`;
  if (scrub.reassembleTcp) list += " reassemble tcp";
  if (scrub.maxMss > 0) list += ` max-mss ${scrub.maxMss}`;
  return list === "" ? "" : ` scrub (${list.slice(1)})`;
}

function markText(rule: PfRule): string {
  let text = rule.allowOptions ? " allow-opts" : "";
  if (rule.label !== "") text += ` label "${rule.label}"`;
  if (rule.once) text += " once";
  if (rule.tag !== "") text += ` tag ${rule.tag}`;
  if (rule.tagged !== "") text += `${rule.taggedNegated ? " !" : ""} tagged ${rule.tagged}`;
  if (rule.rtable >= 0) text += ` rtable ${rule.rtable}`;
  return text;
}

function redirectionText(rule: PfRule, style: RuleStyle): string {
  const { nat, rdr, route, routeKind } = rule;
  const { family, afTo } = rule;
  let text = divertText(rule.divert);
  if (afTo !== undefined) {
    text += ` af-to ${afTo}`;
    if (nat !== undefined) text += ` from ${poolText(nat, natPorts(nat), afTo, style)}`;
    if (rdr !== undefined) text += ` to ${poolText(rdr, rdrPorts(rdr), afTo, style)}`;
  } else if (nat !== undefined) {
    text += ` nat-to ${poolText(nat, natPorts(nat), family, style)}`;
  } else if (rdr !== undefined) {
    text += ` rdr-to ${poolText(rdr, rdrPorts(rdr), family, style)}`;
  }
  if (route === undefined || routeKind === undefined) return text;
  return `${text} ${routeKind} ${poolText(route, "", family, style)}`;
}

function divertText(divert: PfRule["divert"]): string {
  if (divert === undefined) return "";
  switch (divert.kind) {
    case "divert-to":
      return ` divert-to ${printAddress(divert.address)} port ${divert.port}`;
    case "divert-packet":
      return ` divert-packet port ${divert.port}`;
    case "divert-reply":
      return " divert-reply";
  }
}

function poolText(
  pool: PfPool,
  ports: string,
  family: Family | undefined,
  style: RuleStyle,
): string {
  let text = addressText(pool.address, family, style) + ports;
  if (pool.type !== "") text += ` ${pool.type}`;
  if (pool.type === "source-hash") text += ` ${pool.key}`;
  if (pool.sticky) text += " sticky-address";
  if (pool.staticPort) text += " static-port";
  return text;
}

const NAT_LOW = 50_001;
const NAT_HIGH = 65_535;

function natPorts({ low, high, staticPort }: PfPool): string {
  if (staticPort || (low === NAT_LOW && high === NAT_HIGH) || (low === 0 && high === 0)) return "";
  return low === high ? ` port ${low}` : ` port ${low}:${high}`;
}

function rdrPorts({ low, high }: PfPool): string {
  if (low === 0) return "";
  return high === 0 || high === low ? ` port ${low}` : ` port ${low}:${high}`;
}
