import type { Criterion } from "../engine/kernel/criteria.ts";
import type { Translated } from "../engine/kernel/evaluation.ts";
import { printAddress } from "../model/address-text.ts";
import { type Family, ICMP, ICMP6, TCP_FLAGS } from "../model/packet.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import type { IdTest, PfEndpoint, PfRule } from "../model/pf-rule.ts";
import type { FailedCriterion } from "../model/pf-trace.ts";
import { icmpCodeName, icmpTypeName } from "../parser/pf/names/icmp.ts";
import { protocolName } from "../parser/pf/names/protocols.ts";
import { addressText, portText } from "../parser/pf/rule-text.ts";

/** A packet as it stands to one rule. */
export interface ExplainedPacket {
  readonly packet: PfPacket;
  readonly direction: "in" | "out";
  readonly interface: string;
  /** Of rules that matched before; empty: none, or that of the packet. */
  readonly tag: string;
  /** Addresses and ports as rules that matched before have translated them. */
  readonly at: Readonly<Translated>;
}

/** The criterion of a rule that a packet failed, with what each of them has. */
export function failedCriterion(
  rule: PfRule,
  criterion: Criterion,
  it: ExplainedPacket,
): FailedCriterion {
  return { criterion, wanted: wantedBy(rule, criterion), given: givenBy(it, criterion) };
}

function wantedBy(rule: PfRule, criterion: Criterion): string {
  switch (criterion) {
    case "on":
      return negation(rule.interfaceNegated) + rule.interface;
    case "rdomain":
      return negation(rule.interfaceNegated) + String(rule.rdomain);
    case "direction":
      return rule.direction ?? "";
    case "family":
      return rule.family ?? "";
    case "proto":
      return protocolName(rule.protocol);
    case "from":
      return endText(rule.source, rule);
    case "to":
      return endText(rule.destination, rule);
    case "from port":
      return portOf(rule.source);
    case "port":
    case "to port":
      return portOf(rule.destination);
    default:
      return wantedRest(rule, criterion);
  }
}

type AheadOfTransport = "on" | "rdomain" | "direction" | "family" | "proto" | "from" | "to";
type Rest = Exclude<Criterion, AheadOfTransport | "from port" | "port" | "to port">;

function wantedRest(rule: PfRule, criterion: Rest): string {
  switch (criterion) {
    case "flags":
      return `${letters(rule.flags)}/${letters(rule.flagMask)}`;
    case "os":
      return `"${rule.os}"`;
    case "user":
      return idText(rule.user);
    case "group":
      return idText(rule.group);
    case "icmp-type":
      return icmpText(rule.family ?? "inet", rule.icmpType, rule.icmpCode);
    case "tos":
      return hexByte(rule.tos);
    case "tagged":
      return negation(rule.taggedNegated) + rule.tagged;
    case "received-on":
      return negation(rule.receivedOn?.negated === true) + (rule.receivedOn?.name ?? "");
    case "prio":
      return String(rule.prio);
    case "max-pkt-rate":
      return `${rule.packetRate?.limit}/${rule.packetRate?.seconds}`;
    case "once":
      return "a first match";
    case "reply":
      return "a packet that can make a state";
    case "fragment":
      return "a fragment";
    case "probability":
      return `${Number(((100 * rule.probability) / 2 ** 32).toPrecision(3))}%`;
  }
}

function givenBy(it: ExplainedPacket, criterion: Criterion): string | undefined {
  const { packet } = it;
  switch (criterion) {
    case "on":
      return it.interface;
    case "direction":
      return it.direction;
    case "family":
      return packet.family;
    case "proto":
      return protocolName(packet.protocol);
    case "rdomain":
      return undefined;
    case "from":
      return addressOf(it.at.family, it.at.source);
    case "to":
      return addressOf(packet.family, it.at.destination);
    case "from port":
      return hasNone(packet) ? undefined : String(it.at.sourcePort);
    case "port":
    case "to port":
      return hasNone(packet) ? undefined : String(it.at.destinationPort);
    case "flags":
      return packet.tcp === undefined ? undefined : letters(packet.tcp.flags);
    case "icmp-type":
      return icmpOf(packet);
    case "reply":
      return icmpOf(packet);
    case "tos":
      // the two bits of ECN are not compared
      return hexByte(packet.tos & 0xfc);
    case "tagged":
      return it.tag === "" ? undefined : it.tag;
    case "received-on":
      return packet.receivedOn === "" ? undefined : packet.receivedOn;
    case "prio":
      return String(packet.priority);
    default:
      return undefined;
  }
}

/** A fragment carries no ports that rules see. */
function hasNone({ fragment }: PfPacket): boolean {
  return fragment !== undefined;
}

function addressOf(family: Family, value: bigint): string {
  return printAddress({ family, value });
}

function negation(negated: boolean): string {
  return negated ? "! " : "";
}

function endText({ address, negated }: PfEndpoint, { family }: PfRule): string {
  return negation(negated) + addressText(address, family);
}

function portOf({ port }: PfEndpoint): string {
  return port === undefined ? "" : portText(port).replace(/^= /, "");
}

function letters(flags: number): string {
  return [...TCP_FLAGS].filter((_, bit) => ((flags >> bit) & 1) === 1).join("");
}

function idText(test: IdTest | undefined): string {
  if (test === undefined) return "";
  const { operator, first, last } = test;
  const name = (id: number): string => (id < 0 ? "unknown" : String(id));
  if (operator === "><" || operator === "<>") return `${name(first)} ${operator} ${name(last)}`;
  return operator === "=" ? name(first) : `${operator} ${name(first)}`;
}

function icmpText(family: PfPacket["family"], type: number, code: number): string {
  const name = icmpTypeName(family, type);
  return code < 0 ? name : `${name} code ${icmpCodeName(family, type, code)}`;
}

function icmpOf({ family, protocol, icmp }: PfPacket): string | undefined {
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  if (icmp === undefined || !isIcmp) return undefined;
  return icmpText(family, icmp.type, icmp.code === 0 ? -1 : icmp.code);
}

function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
