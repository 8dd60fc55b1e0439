import type { Address } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Family } from "../model/packet.ts";
import type { Span } from "../model/source.ts";
import { configLines, type Line } from "./config-lines.ts";
import { parseScoped } from "./hostname/route-command.ts";

/** A default gateway of mygate(5). */
export interface Gateway {
  readonly address: Address;
  /** `em0` of `fe80::1%em0`. */
  readonly interface?: string;
  readonly span: Span;
}

/** A line of mygate(5), in the order of the file. */
export type MygateEntry =
  | (Gateway & { readonly kind: "gateway" })
  | { readonly kind: "command"; readonly line: Line }
  /** netstart(8) does not take it, or route(8) refuses it. */
  | { readonly kind: "refused"; readonly span: Span };

export interface Mygate {
  /** At most one gateway of each family: netstart(8) takes the first line, whether it works or not. */
  readonly entries: readonly MygateEntry[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads mygate(5): an address a line. A comment behind an address goes to route(8), which refuses it. */
export function parseMygate(file: string, text: string): Mygate {
  const entries: MygateEntry[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<Family>();
  for (const line of configLines(file, text)) {
    const [first] = line.words;
    if (first === undefined) continue;
    if (first.text.startsWith("!")) {
      entries.push({ kind: "command", line });
      continue;
    }
    const read = gatewayOf(line, seen);
    entries.push(read.entry);
    if (read.diagnostic !== undefined) diagnostics.push(read.diagnostic);
  }
  return { entries, diagnostics };
}

interface LineReading {
  readonly entry: MygateEntry;
  readonly diagnostic?: Diagnostic;
}

function gatewayOf({ words, comment, span: whole }: Line, seen: Set<Family>): LineReading {
  const [first, second = comment] = words;
  const span = first?.span ?? whole;
  const entry: MygateEntry = { kind: "refused", span };
  const text = first?.text ?? "";
  const address = parseScoped(text);
  // netstart tells the families by the colon alone
  const family = text.includes(":") ? "inet6" : "inet";
  const isSecond = seen.has(family);
  seen.add(family);
  if (isSecond) return { entry, diagnostic: secondGateway(span) };
  if (address === undefined) return { entry, diagnostic: notAnAddress(text, span) };
  if (second !== undefined) return { entry, diagnostic: moreWords(second.span) };
  const { value, scope } = address;
  const gateway = { kind: "gateway", address: { family: address.family, value }, span } as const;
  return { entry: scope === undefined ? gateway : { ...gateway, interface: scope } };
}

function notAnAddress(word: string, span: Span): Diagnostic {
  return {
    code: "mygate-address",
    severity: "warning",
    message: `\`${word}\` is not the address of a gateway`,
    span,
    help: "write one IPv4 and one IPv6 address, each on a line",
  };
}

function moreWords(span: Span): Diagnostic {
  return {
    code: "mygate-words",
    severity: "warning",
    message: "netstart hands this to route together with the address, and route refuses it all",
    span,
    help: "put the address on a line of its own, comments too",
  };
}

function secondGateway(span: Span): Diagnostic {
  return {
    code: "mygate-second",
    severity: "warning",
    message: "netstart takes the first address of each family only",
    span,
  };
}
