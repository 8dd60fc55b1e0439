import type { Address } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { ICMP_WORDS } from "../model/icmp-words.ts";
import { ICMP, ICMP6, type Packet, TCP, TCP_FLAGS } from "../model/packet.ts";
import type { Span } from "../model/source.ts";
import * as complaint from "./packet-diagnostics.ts";

/** A word of the text and where it stands. */
export interface Token {
  readonly text: string;
  readonly span: Span;
}

/** Protocol and ends of a packet. */
export interface Header {
  readonly protocol: number;
  readonly source: End;
  readonly destination: End;
}

export type End = Address & { readonly port?: number };

/** Fields of a packet that words after its addresses set. */
export type Words = Pick<
  Packet,
  "flags" | "icmpType" | "icmpCode" | "icmpId" | "tos" | "ttl" | "fragment" | "options"
>;

/** Where words stand: a quoted packet has no flags, tos, ttl, fragment or options. */
type Where = "packet" | "quoted";

const NUMBERS = {
  code: ["icmpCode", 255],
  id: ["icmpId", 65535],
  type: ["icmpType", 255],
  tos: ["tos", 255],
  ttl: ["ttl", 255],
} as const;

/** Reads the words after the addresses; what is left out has its default. */
export function readWords(
  tokens: readonly Token[],
  header: Header,
  where: Where,
  diagnostics: Diagnostic[],
): Words {
  const allowed = allowedWords(header, where);
  const given: Partial<Record<keyof Words, unknown>> = {};
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at];
    if (token === undefined) break;
    const read = readWord(token, tokens[at + 1], header, allowed, diagnostics);
    if (read !== undefined) {
      if (given[read.field] !== undefined)
        diagnostics.push(complaint.twice(token.text, token.span));
      given[read.field] = read.value;
    }
    at += hasArgument(token.text) ? 2 : 1;
  }
  return withDefaults(given as Partial<Words>, header);
}

function withDefaults(given: Partial<Words>, header: Header): Words {
  const whole = given.fragment !== "later";
  const echo = isIcmp(header) ? (ICMP_WORDS[header.source.family].echoreq ?? 0) : 0;
  return {
    flags: header.protocol === TCP && whole ? 1 << TCP_FLAGS.indexOf("S") : 0,
    icmpType: whole ? echo : 0,
    icmpCode: 0,
    icmpId: 0,
    tos: 0,
    ttl: 64,
    fragment: "no",
    options: false,
    ...given,
  };
}

function isIcmp({ protocol, source }: Header): boolean {
  return protocol === (source.family === "inet" ? ICMP : ICMP6);
}

function allowedWords(header: Header, where: Where): readonly string[] {
  const icmp = isIcmp(header)
    ? ["type", "code", "id", ...Object.keys(ICMP_WORDS[header.source.family])]
    : [];
  if (where === "quoted") return icmp;
  const tcp = header.protocol === TCP ? ["flags"] : [];
  return [...tcp, ...icmp, "tos", "ttl", "fragment", "options", "about", "inside"];
}

function hasArgument(word: string): boolean {
  return Object.hasOwn(NUMBERS, word) || word === "flags" || word === "fragment";
}

interface Given {
  readonly field: keyof Words;
  readonly value: unknown;
}

function readWord(
  token: Token,
  next: Token | undefined,
  header: Header,
  allowed: readonly string[],
  diagnostics: Diagnostic[],
): Given | undefined {
  const word = token.text;
  const value = next?.text ?? "";
  const span = next?.span ?? token.span;
  if (!allowed.includes(word)) {
    diagnostics.push(complaint.unknownWord(word, allowed, token.span));
    return undefined;
  }
  if (word === "options") return { field: "options", value: true };
  if (word === "fragment") {
    if (value === "first" || value === "later") return { field: "fragment", value };
    diagnostics.push(complaint.badValue(word, value, "`first` or `later`", span));
    return undefined;
  }
  if (word === "flags") {
    if (/^(none|[FSRPAUEW]+)$/.test(value)) return { field: "flags", value: flagsOf(value) };
    diagnostics.push(complaint.badValue(word, value, `letters of \`${TCP_FLAGS}\``, span));
    return undefined;
  }
  if (!isNumberWord(word)) {
    return { field: "icmpType", value: ICMP_WORDS[header.source.family][word] };
  }
  const [field, last] = NUMBERS[word];
  if (/^(\d{1,5}|0x[0-9a-f]{1,4})$/i.test(value) && Number(value) <= last) {
    return { field, value: Number(value) };
  }
  diagnostics.push(complaint.badValue(word, value, `a number from 0 to ${last}`, span));
  return undefined;
}

function isNumberWord(word: string): word is keyof typeof NUMBERS {
  return Object.hasOwn(NUMBERS, word);
}

function flagsOf(letters: string): number {
  if (letters === "none") return 0;
  return [...letters].reduce((flags, letter) => flags | (1 << TCP_FLAGS.indexOf(letter)), 0);
}
