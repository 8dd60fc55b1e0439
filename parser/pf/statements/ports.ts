import { NUMBER } from "../lexical/kinds.ts";
import { servicePort } from "../names/services.ts";
import type { PortTerm } from "./draft.ts";
import type { Reading } from "./reading.ts";

const MOST_UNSIGNED = (1n << 64n) - 1n;

/** What strtoul(3) makes of the whole of `text` with base 0; undefined if it is no number. */
export function cUnsigned(text: string): bigint | undefined {
  const match = /^[\t\n\v\f\r ]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = "0"] = match;
  const octal = /^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = BigInt(octal);
  if (value > MOST_UNSIGNED) return undefined;
  return sign === "-" ? BigInt.asUintN(64, -value) : value;
}

/** A port by number or service name; undefined after pfctl's complaint. */
export function portNumber(reading: Reading, text: string, at: number): number | undefined {
  if (text.length < 6 && isDecimal(text)) {
    const value = Number(text);
    if (value <= 65535) return value;
  }
  const value = cUnsigned(text);
  if (value === undefined) {
    const port = reading.shared.environment.services?.get(text) ?? servicePort(text);
    if (port === undefined) reading.error(`unknown port ${text}`, at);
    return port;
  }
  if (value <= 65535n) return Number(value);
  reading.error(`illegal port value ${value}`, at);
  return undefined;
}

/** Digits, the first of them not 0. */
function isDecimal(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 57 || code < (at === 0 ? 49 : 48)) return false;
  }
  return text.length > 0;
}

/**
 * `80` or `80:90`; undefined after pfctl's complaint.
 *
 * @param star - `80:*` is allowed, its end is -1
 */
export function portTerm(reading: Reading, at: number, star: boolean): PortTerm | undefined {
  const { tokens } = reading;
  const small = tokens.kind(at) === NUMBER ? tokens.small(at) : -1;
  if (small >= 0 && small <= 65535) return { first: small, last: 0, isRange: false };
  const text = tokens.text(at);
  const colon = tokens.kind(at) === NUMBER ? -1 : text.indexOf(":");
  if (colon < 0) {
    const first = portNumber(reading, text, at);
    return first === undefined ? undefined : { first, last: 0, isRange: false };
  }
  const first = portNumber(reading, text.slice(0, colon), at);
  if (first === undefined) return undefined;
  const end = text.slice(colon + 1);
  if (star && end === "*") return { first, last: -1, isRange: true };
  const last = portNumber(reading, end, at);
  if (last === undefined) return undefined;
  if (star) return { first, last, isRange: true };
  return first === last ? { first, last: 0, isRange: false } : { first, last, isRange: true };
}
