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

export interface Mygate {
  /** The first address of each family: netstart(8) takes no other. */
  readonly gateways: readonly Gateway[];
  /** `!cmd` lines. */
  readonly commands: readonly Line[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads mygate(5): an address a line. */
export function parseMygate(file: string, text: string): Mygate {
  const gateways: Gateway[] = [];
  const commands: Line[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<Family>();
  for (const line of configLines(file, text)) {
    const [first] = line.words;
    if (first === undefined) continue;
    if (first.text.startsWith("!")) {
      commands.push(line);
      continue;
    }
    const address = parseScoped(first.text);
    if (address === undefined) diagnostics.push(notAnAddress(first.text, first.span));
    else if (seen.has(address.family)) diagnostics.push(secondGateway(first.span));
    else {
      const { family, value, scope } = address;
      seen.add(family);
      const gateway = { address: { family, value }, span: first.span };
      gateways.push(scope === undefined ? gateway : { ...gateway, interface: scope });
    }
  }
  return { gateways, commands, diagnostics };
}

function notAnAddress(word: string, span: Span): Diagnostic {
  return {
    code: "mygate-address",
    severity: "error",
    message: `\`${word}\` is not the address of a gateway`,
    span,
    help: "write one IPv4 and one IPv6 address, each on a line",
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
