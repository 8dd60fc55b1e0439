import { printPrefix } from "../../../model/address-text.ts";
import type { Family } from "../../../model/packet.ts";
import type { PfEndpoint, PfPort } from "../../../model/pf-rule.ts";
import { protocolName } from "../names/protocols.ts";
import type { Reading } from "../statements/reading.ts";

/** What the variables of a label stand for in one combination. */
export interface Labelled {
  readonly interface: string;
  readonly protocol: number;
  readonly family: Family | undefined;
  readonly source: PfEndpoint;
  readonly destination: PfEndpoint;
}

const LONGEST = 63;

/**
 * Replaces `$if`, `$srcaddr`, `$dstaddr`, `$srcport`, `$dstport` and `$proto` in a label or tag:
 * plain text search, one variable after the other (follows expand_label, OpenBSD 7.8). `$nr` waits
 * for the optimizer.
 */
export function expandLabel(reading: Reading, text: string, rule: Labelled): string {
  if (!text.includes("$")) return text;
  let made = text;
  const replace = (name: string, value: () => string): void => {
    if (!made.includes(name)) return;
    made = made.replaceAll(name, value);
    if (made.length > LONGEST) reading.exit("expand_label: label too long");
  };
  replace("$if", () => (rule.interface === "" ? "any" : rule.interface));
  replace("$srcaddr", () => addressText(rule.source, rule.family));
  replace("$dstaddr", () => addressText(rule.destination, rule.family));
  replace("$srcport", () => portText(rule.source.port));
  replace("$dstport", () => portText(rule.destination.port));
  replace("$proto", () => protocolName(rule.protocol));
  return made;
}

/** Replaces `$nr` once the rule has its number; undefined if the text gets too long. */
export function expandNumber(text: string, number: number): string | undefined {
  if (!text.includes("$nr")) return text;
  const made = text.replaceAll("$nr", String(number));
  return made.length > LONGEST ? undefined : made;
}

function addressText({ address, negated }: PfEndpoint, family: Family | undefined): string {
  const not = negated ? "! " : "";
  switch (address.kind) {
    case "any":
      return `${not}any`;
    case "prefix": {
      const any = family === undefined || address.prefix.length === 0;
      return `${not}${any ? "any" : printPrefix(address.prefix)}`;
    }
    case "dynamic":
      return `${not}(${address.name})`;
    case "table":
      return `${not}<${address.name}>`;
    case "no-route":
    case "urpf-failed":
      return `${not}${address.kind}`;
    case "range":
    case "route":
    case "unknown":
      return `${not}?`;
  }
}

/** Ranges give nothing. */
function portText(port: PfPort | undefined): string {
  if (port === undefined) return "";
  const { operator, first, last } = port;
  if (operator === "range") return "";
  if (operator === "><" || operator === "<>") return `${first}${operator}${last}`;
  return operator === "=" ? String(first) : `${operator}${first}`;
}
