import type { Diagnostic } from "../model/diagnostic.ts";
import type { Span } from "../model/source.ts";
import { nearestName } from "./nearest-name.ts";

/** What can be wrong with the packets of one pf: one function a complaint. */

export const PACKET_FORM = "write `in on em0 tcp 10.0.0.5:40000 > 192.0.2.1:22`";

export function expectedWord(what: string, help: string, span: Span): Diagnostic {
  return wrong("packet-incomplete", `expected ${what}`, help, span);
}

export function unknownInterface(
  name: string,
  interfaces: readonly string[],
  span: Span,
): Diagnostic {
  const near = nearestName(name, interfaces);
  const help =
    near === undefined
      ? `those of --interfaces are ${interfaces.map((it) => `\`${it}\``).join(", ")}`
      : `did you mean \`${near}\`?`;
  return wrong("packet-interface", `there is no interface \`${name}\``, help, span);
}

export function unknownProtocol(name: string, span: Span): Diagnostic {
  const help = "write `tcp`, `udp`, `icmp`, `icmp6`, a name of protocols(5) or a number to 255";
  return wrong("packet-protocol", `unknown protocol \`${name}\``, help, span);
}

export function badEnd(text: string, ports: boolean, span: Span): Diagnostic {
  const message = `\`${text}\` is not an address${ports ? " with a port" : ""}`;
  const help = ports
    ? "write `10.0.0.5:40000`, `[2001:db8::1]:443` or `2001:db8::1 port 443`"
    : "write `10.0.0.5` or `2001:db8::1`; only tcp and udp have ports";
  return wrong("packet-address", message, help, span);
}

export function badPort(text: string, span: Span): Diagnostic {
  const help = "write a number from 0 to 65535 or a name of services(5)";
  return wrong("packet-port", `\`${text}\` is not a port`, help, span);
}

export function noErrorMessage(span: Span): Diagnostic {
  const message = "only ICMP errors carry the packet that they are about";
  return wrong("packet-quoted", message, "write `unreach`, `toobig`, `timex`, …", span);
}

export function notFirst(word: "reply" | "forward", span: Span): Diagnostic {
  const does = word === "reply" ? "answers" : "sends on";
  const message = `\`${word}\` ${does} the packet before, and there is none`;
  return wrong("packet-first", message, PACKET_FORM, span);
}

export function unknownLine(text: string, starts: readonly string[], span: Span): Diagnostic {
  const near = nearestName(text, starts);
  const list = starts.map((it) => `\`${it}\``).join(", ");
  const help = near === undefined ? `a line begins with ${list}` : `did you mean \`${near}\`?`;
  return wrong("packet-line", `\`${text}\` begins no packet and no command`, help, span);
}

/** @param word - the one that does not fit; absent: one is missing at `span` */
export function badCommand(
  command: string,
  word: string | undefined,
  form: string,
  span: Span,
): Diagnostic {
  const message =
    word === undefined
      ? `\`${command}\` needs more words`
      : `\`${word}\` does not belong to \`${command}\``;
  return wrong("packet-command", message, `write ${form}`, span);
}

export function receivedIn(span: Span): Diagnostic {
  const message = "a packet that comes in is received on its own interface";
  return wrong("packet-received-on", message, "`received-on` is for packets that go out", span);
}

export function emptyScript(span: Span): Diagnostic {
  return wrong("script-empty", "there are no packets", PACKET_FORM, span);
}

function wrong(code: string, message: string, help: string, span: Span): Diagnostic {
  return { code, severity: "error", message, span, help };
}
