import { printAddress, printPrefix, printRange } from "../../model/address-text.ts";
import { type Family, TCP, TCP_FLAGS } from "../../model/packet.ts";
import type {
  AddressTest,
  Endpoint,
  InterfaceTest,
  PortTest,
  Rule,
  Ruleset,
  Translation,
} from "../../model/rule.ts";
import { icmpCodeName, icmpTypeName } from "./names/icmp.ts";
import { protocolName } from "./names/protocols.ts";
import { printProbability } from "./option-values.ts";

/** Words of a printed rule that the model has no place for, each with its leading blank. */
export interface RuleExtras {
  /** What stands for `unread`. */
  readonly action?: string;
  /** Behind `block`. */
  readonly answer?: string;
  /** Behind `anchor`; absent: the path. */
  readonly anchorName?: string;
  readonly log?: string;
  readonly os?: string;
  readonly identity?: string;
  /** `prio`, `max-pkt-rate` and `set (…)`. */
  readonly changes?: string;
  readonly stateBefore?: readonly string[];
  readonly stateAfter?: readonly string[];
  readonly scrub?: string;
  readonly divert?: string;
  /** Of `nat-to`, `rdr-to`, `af-to`, in place of what the model has. */
  readonly translation?: string;
  readonly route?: string;
}

/** Prints every rule as `pfctl -o none -nvf` does, the rules of inline anchors below their anchor. */
export function printRuleset(ruleset: Ruleset): string {
  const lines: string[] = [];
  const printed = new Set<string>();
  const add = (anchor: string, indent: string): void => {
    for (const rule of ruleset.anchors.get(anchor) ?? []) {
      const body = rule.calls?.inline === true ? rule.calls.path : undefined;
      const hasBody = body !== undefined && (ruleset.anchors.get(body)?.length ?? 0) > 0;
      if (!hasBody || printed.has(body)) {
        lines.push(`${indent}${rule.text}`);
        continue;
      }
      printed.add(body);
      lines.push(`${indent}${rule.text} {`);
      add(body, `${indent}  `);
      lines.push(`${indent}}`);
    }
  };
  add("", "");
  return lines.map((line) => `${line}\n`).join("");
}

/** Prints one rule in pfctl's form, without indentation. */
export function printRule(rule: Omit<Rule, "text">, extras: RuleExtras = {}): string {
  return [
    actionText(rule, extras),
    rule.direction === undefined ? "" : ` ${rule.direction}`,
    extras.log ?? (rule.log ? " log" : ""),
    rule.quick ? " quick" : "",
    interfaceText(rule),
    rule.family === undefined ? "" : ` ${rule.family}`,
    rule.protocol === undefined ? "" : ` proto ${protocolName(rule.protocol)}`,
    addressText(rule, extras.os ?? ""),
    receivedOnText(rule.receivedOn),
    extras.identity ?? "",
    flagsText(rule, extras),
    icmpText(rule),
    rule.tos === undefined || rule.tos === 0 ? "" : ` tos 0x${hex(rule.tos)}`,
    extras.changes ?? "",
    stateText(rule, extras),
    rule.fragment ? " fragment" : "",
    extras.scrub ?? "",
    rule.allowOptions ? " allow-opts" : "",
    markText(rule),
    rule.rtable === undefined ? "" : ` rtable ${rule.rtable}`,
    extras.divert ?? "",
    extras.translation ?? translationText(rule),
    extras.route ?? "",
  ].join("");
}

/** As in `from em0 … to`, with `/n` left out where it is full. */
export function printTest(test: AddressTest, family: Family | undefined): string {
  switch (test.kind) {
    case "any":
      return "any";
    case "prefix":
      return isZero(test) ? "any" : printPrefix(test.prefix);
    case "range":
      return printRange(test.range);
    case "table":
      return `<${test.name}>`;
    case "dynamic": {
      const part = test.part === "address" ? "" : `:${test.part}`;
      const full = family === "inet" ? 32 : 128;
      const length = test.length === undefined || test.length >= full ? "" : `/${test.length}`;
      return `(${test.name}${part}${test.first ? ":0" : ""})${length}`;
    }
    case "no-route":
    case "urpf-failed":
      return test.kind;
    case "route-label":
      return `route "${test.label}"`;
  }
}

/** `= 80`, `22:80`, `11 >< 12`. */
export function printPort(port: PortTest): string {
  switch (port.operator) {
    case "range":
      return `${port.first}:${port.last}`;
    case "inside":
      return `${port.first} >< ${port.last}`;
    case "outside":
      return `${port.first} <> ${port.last}`;
    default:
      return `${port.operator} ${port.port}`;
  }
}

function isZero(test: AddressTest): boolean {
  return test.kind === "prefix" && test.prefix.length === 0;
}

function actionText(rule: Omit<Rule, "text">, extras: RuleExtras): string {
  const action = rule.action === "unread" ? (extras.action ?? "pass") : rule.action;
  if (action === "block") return `block${extras.answer ?? ` ${rule.answer}`}`;
  if (action !== "anchor") return action;
  if (extras.anchorName !== undefined) return `anchor${extras.anchorName}`;
  const { path = "", wildcard = false } = rule.calls ?? {};
  return `anchor "/${path}${wildcard ? "/*" : ""}"`;
}

function interfaceText({ interface: on, rdomain }: Omit<Rule, "text">): string {
  const name = on === undefined ? "" : ` on ${on.negated ? "! " : ""}${on.name}`;
  return rdomain === undefined
    ? name
    : `${name} on ${rdomain.negated ? "! " : ""}rdomain ${rdomain.id}`;
}

function addressText(rule: Omit<Rule, "text">, os: string): string {
  const { source, destination, family } = rule;
  if (isAny(source) && isAny(destination) && os === "") return " all";
  return ` from${endpointText(source, family)}${os} to${endpointText(destination, family)}`;
}

function isAny({ address, negated, port }: Endpoint): boolean {
  return (address.kind === "any" || isZero(address)) && !negated && port === undefined;
}

function endpointText({ address, negated, port }: Endpoint, family: Family | undefined): string {
  const ports = port === undefined ? "" : ` port ${printPort(port)}`;
  return ` ${negated ? "! " : ""}${printTest(address, family)}${ports}`;
}

function receivedOnText(test: InterfaceTest | undefined): string {
  return test === undefined ? "" : ` ${test.negated ? "!" : ""}received-on ${test.name}`;
}

function flagsText(rule: Omit<Rule, "text">, extras: RuleExtras): string {
  const { flags, protocol, state } = rule;
  if (flags !== undefined && (flags.set | flags.mask) !== 0) {
    return ` flags ${letters(flags.set)}/${letters(flags.mask)}`;
  }
  const action = extras.action ?? rule.action;
  const could = protocol === undefined || protocol === TCP;
  return could && state !== "none" && !rule.fragment && action === "pass" ? " flags any" : "";
}

function letters(bits: number): string {
  return [...TCP_FLAGS].filter((_, at) => (bits & (1 << at)) !== 0).join("");
}

function icmpText({ icmp, family = "inet" }: Omit<Rule, "text">): string {
  if (icmp === undefined) return "";
  const word = family === "inet6" ? "icmp6-type" : "icmp-type";
  const code = icmp.code === undefined ? "" : ` code ${icmpCodeName(family, icmp.type, icmp.code)}`;
  return ` ${word} ${icmpTypeName(family, icmp.type)}${code}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function stateText(rule: Omit<Rule, "text">, extras: RuleExtras): string {
  const { state } = rule;
  const options = [
    ...(extras.stateBefore ?? []),
    ...(state !== "none" && rule.binding === "if-bound" ? ["if-bound"] : []),
    ...(rule.sloppy ? ["sloppy"] : []),
    ...(extras.stateAfter ?? []),
  ];
  const pass = (extras.action ?? rule.action) === "pass";
  const word =
    state === "none"
      ? pass
        ? " no state"
        : ""
      : state !== "keep" || options.length > 0
        ? ` ${state} state`
        : "";
  const { probability } = rule;
  const share = probability === undefined ? "" : ` probability ${printProbability(probability)}`;
  return `${word}${share}${options.length > 0 ? ` (${options.join(", ")})` : ""}`;
}

function markText({ label, once, tag, tagged }: Omit<Rule, "text">): string {
  return [
    label === undefined ? "" : ` label "${label}"`,
    once ? " once" : "",
    tag === undefined ? "" : ` tag ${tag}`,
    tagged === undefined ? "" : `${tagged.negated ? " !" : ""} tagged ${tagged.tag}`,
  ].join("");
}

/** Only `nat-to` is printed of a rule that has both. */
function translationText({ nat, rdr, family }: Omit<Rule, "text">): string {
  if (nat !== undefined) {
    const { ports } = nat;
    const usual = ports?.first === 50001 && ports.last === 65535;
    const suffix = ports === undefined ? " static-port" : usual ? "" : poolPorts(ports);
    return ` nat-to ${translated(nat, family)}${suffix}`;
  }
  if (rdr === undefined) return "";
  return ` rdr-to ${translated(rdr, family)}${rdr.ports === undefined ? "" : poolPorts(rdr.ports)}`;
}

function poolPorts({ first, last }: { readonly first: number; readonly last: number }): string {
  return last === 0 || first === last ? ` port ${first}` : ` port ${first}:${last}`;
}

function translated({ address }: Translation, family: Family | undefined): string {
  if (address.kind === "dynamic") return printTest(address, family);
  return printAddress(address);
}
