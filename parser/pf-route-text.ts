import type { Address, Prefix } from "../model/address.ts";
import { parseAddress, parsePrefix } from "../model/address-text.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { addressBits } from "../model/packet.ts";
import type { Span } from "../model/source.ts";
import { tokensOf } from "./packet-text.ts";

/** A route as given on a command line. */
export interface RouteText {
  readonly rtable: number;
  readonly prefix: Prefix;
  /** Absent: the network is on the interface itself. */
  readonly gateway: Address | undefined;
  /** Absent: the one that the gateway is on. */
  readonly interface: string | undefined;
  readonly label: string;
  readonly span: Span;
}

const FORM =
  "write `default via 192.0.2.254`, `10.9.0.0/16 via em1` or `rtable 1 ::/0 via 2001:db8::1 label x`";

/**
 * Reads `[rtable N] ( default | PREFIX ) via ( GATEWAY | INTERFACE ) [label NAME]`; `default` is of
 * the family of its gateway.
 */
export function parseRouteText(
  text: string,
  at: Omit<Span, "length">,
  interfaces: readonly string[],
): RouteText | Diagnostic {
  const tokens = tokensOf(text, at);
  const wrong = (span: Span | undefined, message: string): Diagnostic => ({
    code: "route",
    severity: "error",
    message,
    span: span ?? { ...at, length: Math.max(1, text.length) },
    help: FORM,
  });
  const words = tokens.map((it) => it.text);
  const rtable = words[0] === "rtable" ? Number(words[1]) : 0;
  const first = words[0] === "rtable" ? 2 : 0;
  const [network, via, to, label, name, ...more] = tokens.slice(first);
  if (!(Number.isInteger(rtable) && rtable >= 0 && rtable <= 255)) {
    return wrong(tokens[1]?.span, "routing tables are numbers from 0 to 255");
  }
  if (network === undefined || via?.text !== "via" || to === undefined) {
    return wrong(via?.span ?? network?.span, "a route is a network, `via` and where to");
  }
  if ((label !== undefined && (label.text !== "label" || name === undefined)) || more.length > 0) {
    return wrong(more[0]?.span ?? label?.span, "only `label NAME` may follow");
  }
  const gateway = parseAddress(to.text);
  const onward = interfaces.includes(to.text) ? to.text : undefined;
  if (gateway === undefined && onward === undefined) {
    return wrong(to.span, `\`${to.text}\` is neither an address nor an interface of --interfaces`);
  }
  const prefix = prefixOf(network.text, gateway);
  if (prefix === undefined || (gateway !== undefined && gateway.family !== prefix.family)) {
    return wrong(network.span, `\`${network.text}\` is not a network that goes there`);
  }
  const span = { ...at, length: Math.max(1, text.length) };
  return { rtable, prefix, gateway, interface: onward, label: name?.text ?? "", span };
}

function prefixOf(text: string, gateway: Address | undefined): Prefix | undefined {
  if (text !== "default") return text.includes("/") ? parsePrefix(text) : undefined;
  if (gateway === undefined) return undefined;
  return { family: gateway.family, value: 0n, length: 0 };
}

/** Whether `address` is in `prefix`. */
export function isWithin({ family, value, length }: Prefix, address: Address): boolean {
  if (family !== address.family) return false;
  const rest = BigInt(addressBits(family) - length);
  return address.value >> rest === value >> rest;
}
