import { printPrefix } from "../../model/address-text.ts";
import type { Family } from "../../model/packet.ts";
import type { AddressTest, Endpoint, PortTest, Rule } from "../../model/rule.ts";
import { protocolName } from "./names/protocols.ts";

type Labelled = Pick<
  Rule,
  "number" | "interface" | "protocol" | "family" | "source" | "destination"
>;

/** Replaces `$if`, `$srcaddr` … `$nr` in a label or tag; plain text search, in pfctl's order. */
export function expandLabel(text: string, rule: Labelled): string {
  if (!text.includes("$")) return text;
  return text
    .replaceAll("$if", () => rule.interface?.name ?? "any")
    .replaceAll("$srcaddr", () => addressText(rule.source, rule.family))
    .replaceAll("$dstaddr", () => addressText(rule.destination, rule.family))
    .replaceAll("$srcport", () => portText(rule.source.port))
    .replaceAll("$dstport", () => portText(rule.destination.port))
    .replaceAll("$proto", () => protocolName(rule.protocol ?? 0))
    .replaceAll("$nr", () => String(rule.number));
}

function addressText({ address, negated }: Endpoint, family: Family | undefined): string {
  return `${negated ? "! " : ""}${testText(address, family)}`;
}

function testText(test: AddressTest, family: Family | undefined): string {
  switch (test.kind) {
    case "any":
      return "any";
    case "prefix":
      return family === undefined || test.prefix.length === 0 ? "any" : printPrefix(test.prefix);
    case "dynamic":
      return `(${test.name})`;
    case "table":
      return `<${test.name}>`;
    case "no-route":
    case "urpf-failed":
      return test.kind;
    case "range":
    case "route-label":
      return "?";
  }
}

/** Ranges give nothing. */
function portText(port: PortTest | undefined): string {
  if (port === undefined) return "";
  switch (port.operator) {
    case "range":
      return "";
    case "inside":
      return `${port.first}><${port.last}`;
    case "outside":
      return `${port.first}<>${port.last}`;
    case "=":
      return String(port.port);
    default:
      return `${port.operator}${port.port}`;
  }
}
