import type { Diagnostic } from "../model/diagnostic.ts";
import type { Span } from "../model/source.ts";

/** What can be wrong with the text of a packet or a script: one function a complaint. */

export function expected(what: string, span: Span): Diagnostic {
  return {
    code: "packet-incomplete",
    severity: "error",
    message: `expected ${what}`,
    span,
    help: "write `tcp 10.0.0.5:40000 > 192.0.2.1:443`, `icmp 10.0.0.5 > 192.0.2.1 echoreq`",
  };
}

export function unknownProtocol(word: string, span: Span): Diagnostic {
  return {
    code: "packet-protocol",
    severity: "error",
    message: `unknown protocol \`${word}\``,
    span,
    help: "write `tcp`, `udp`, `icmp`, `icmp6` or a number from 0 to 255",
  };
}

export function badEnd(word: string, ports: boolean, span: Span): Diagnostic {
  return {
    code: "packet-address",
    severity: "error",
    message: `\`${word}\` is not an address${ports ? " with a port" : ""}`,
    span,
    help: ports
      ? "write `10.0.0.5:40000` or `[2001:db8::1]:443`"
      : "write `10.0.0.5` or `2001:db8::1`; only tcp and udp have ports",
  };
}

export function mixedFamilies(span: Span): Diagnostic {
  return {
    code: "packet-family",
    severity: "error",
    message: "source and destination are of different address families",
    span,
  };
}

export function wrongFamily(protocol: string, family: string, span: Span): Diagnostic {
  return {
    code: "packet-family",
    severity: "error",
    message: `\`${protocol}\` needs ${family} addresses`,
    span,
  };
}

export function badValue(word: string, value: string, range: string, span: Span): Diagnostic {
  return {
    code: "packet-value",
    severity: "error",
    message:
      value === "" ? `\`${word}\` needs a value` : `\`${value}\` is not a value of \`${word}\``,
    span,
    help: `write ${range}`,
  };
}

export function unknownWord(word: string, allowed: readonly string[], span: Span): Diagnostic {
  return {
    code: "packet-word",
    severity: "error",
    message: `\`${word}\` does not belong to this packet`,
    span,
    help: `after the addresses: ${allowed.map((it) => `\`${it}\``).join(", ")}`,
  };
}

export function twice(word: string, span: Span): Diagnostic {
  return { code: "packet-twice", severity: "error", message: `\`${word}\` is given twice`, span };
}

export function emptyScript(span: Span): Diagnostic {
  return {
    code: "script-empty",
    severity: "error",
    message: "the script has no packets",
    span,
    help: "one packet a line: `fw1:vlan10 tcp 10.0.0.5:40000 > 192.0.2.1:443`",
  };
}
