import type { IToken } from "chevrotain";
import type { PortTest } from "../../model/rule.ts";
import { type Context, complain, spanIn } from "./context.ts";
import * as complaint from "./diagnostics.ts";
import { GROUPS, USERS } from "./names/accounts.ts";
import { SERVICES } from "./names/services.ts";
import type { TestSyntax } from "./syntax.ts";
import { Numeral } from "./tokens.ts";

/** A user or group test as pfctl prints it: `= 0`, `100 >< 200`. */
export type IdentityTest = string;

/** Reads a list of port tests; undefined if one of them is wrong. */
export function resolvePorts(
  context: Context,
  tests: readonly TestSyntax[],
): readonly PortTest[] | undefined {
  const resolved: PortTest[] = [];
  for (const test of tests) {
    const it = portTest(context, test);
    if (it === undefined) return undefined;
    resolved.push(it);
  }
  return resolved;
}

/** A port by number (C syntax in words, so `0x50` and `"010"` are 80 and 8) or by service name. */
export function portNumber(context: Context, text: string, token: IToken): number | undefined {
  const span = spanIn(context, token);
  const number = token.tokenType === Numeral ? Number(text) : cNumber(text);
  if (number !== undefined) {
    if (number >= 0 && number <= 65535) return number;
    return complain(context, complaint.illegalPort(text, span));
  }
  return SERVICES.get(text) ?? complain(context, complaint.unknownPort(text, span));
}

/** Both ends of `80`, `80:90`; the end of `80:*` is `undefined`. */
export function portRange(
  context: Context,
  token: IToken,
): { readonly first: number; readonly last: number | undefined } | undefined {
  const colon = token.image.indexOf(":");
  if (colon < 0) {
    const first = portNumber(context, token.image, token);
    return first === undefined ? undefined : { first, last: first };
  }
  const first = portNumber(context, token.image.slice(0, colon), token);
  if (first === undefined) return undefined;
  const end = token.image.slice(colon + 1);
  if (end === "*") return { first, last: undefined };
  const last = portNumber(context, end, token);
  return last === undefined ? undefined : { first, last };
}

function portTest(context: Context, test: TestSyntax): PortTest | undefined {
  const { operator, first, second } = test;
  const span = spanIn(context, first, second);
  if (operator === "" && first.image.includes(":")) {
    const range = portRange(context, first);
    if (range === undefined) return undefined;
    if (range.last === undefined) return complain(context, complaint.unknownPort("*", span));
    if (range.first > range.last) return complain(context, complaint.badPortRange(span));
    return range.first === range.last
      ? { operator: "=", port: range.first }
      : { operator: "range", first: range.first, last: range.last };
  }
  if (first.image.includes(":") || second?.image.includes(":")) {
    return complain(context, complaint.colonWithOperator(span));
  }
  const port = portNumber(context, first.image, first);
  if (port === undefined) return undefined;
  if (second === undefined) return { operator: unaryOperator(operator), port };
  const last = portNumber(context, second.image, second);
  if (last === undefined) return undefined;
  if (port > last || (operator === "><" && port === last)) {
    return complain(context, complaint.badPortRange(span));
  }
  return { operator: operator === "><" ? "inside" : "outside", first: port, last };
}

/** Reads a list of user or group tests. */
export function resolveIdentities(
  context: Context,
  kind: "user" | "group",
  tests: readonly TestSyntax[],
): readonly IdentityTest[] | undefined {
  const resolved: IdentityTest[] = [];
  for (const { operator, first, second } of tests) {
    const low = identity(context, kind, first);
    const high = second === undefined ? "" : identity(context, kind, second);
    if (low === undefined || high === undefined) return undefined;
    const exact = second === undefined && ["", "=", "!="].includes(operator);
    if (!exact && (low === "unknown" || high === "unknown")) {
      return complain(context, complaint.unknownNeedsOperator(kind, spanIn(context, first)));
    }
    resolved.push(
      second === undefined ? `${operator || "="} ${low}` : `${low} ${operator} ${high}`,
    );
  }
  return resolved;
}

/** The number of an account, as text; names that only the host knows stay names. */
function identity(context: Context, kind: "user" | "group", token: IToken): string | undefined {
  if (token.tokenType !== Numeral) {
    if (token.image === "unknown") return "unknown";
    const known = (kind === "user" ? USERS : GROUPS).get(token.image);
    if (known !== undefined) return String(known);
    // accounts of the host itself are not in any file that is read here
    if (/^[a-z_][\w.-]*$/i.test(token.image)) return token.image;
    return complain(context, complaint.unknownName(kind, token.image, spanIn(context, token)));
  }
  const number = Number(token.image);
  if (number >= 0 && number <= 4294967294) return String(number);
  return complain(context, complaint.illegalIdentity(kind, token.image, spanIn(context, token)));
}

function unaryOperator(operator: string): "=" | "!=" | "<" | "<=" | ">" | ">=" {
  switch (operator) {
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return operator;
    default:
      return "=";
  }
}

/** A number in C syntax: decimal, `0x…`, octal with a leading 0. */
export function cNumber(text: string): number | undefined {
  const trimmed = text.trimStart().replace(/^\+/, "");
  if (/^-?(0|[1-9]\d*)$/.test(trimmed)) return Number(trimmed);
  if (/^0x[0-9a-f]+$/i.test(trimmed)) return Number.parseInt(trimmed, 16);
  return /^0[0-7]+$/.test(trimmed) ? Number.parseInt(trimmed, 8) : undefined;
}
