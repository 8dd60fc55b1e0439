import type { Diagnostic } from "../model/diagnostic.ts";
import { type Family, ICMP, ICMP6, TCP, TCP_FLAGS } from "../model/packet.ts";
import type { PfPacket } from "../model/pf-packet.ts";
import { badValue, twice, unknownWord } from "./packet-diagnostics.ts";
import type { Token } from "./packet-words.ts";
import { icmpType } from "./pf/names/icmp.ts";
import { TOS } from "./pf/names/words.ts";
import { unknownInterface } from "./pf-packet-diagnostics.ts";

/** What the words behind the addresses say; what is not there was not said. */
export interface PfPacketWords {
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly window?: number;
  readonly mss?: number;
  readonly windowScale?: number;
  readonly sackPermitted?: boolean;
  readonly timestamp?: number;
  readonly timestampEcho?: number;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  readonly mtu?: number;
  readonly tos?: number;
  readonly ttl?: number;
  readonly payload?: number;
  readonly dontFragment?: boolean;
  readonly options?: PfPacket["options"];
  readonly routingHeader?: number;
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  readonly fragmentId?: number;
  readonly badChecksum?: boolean;
  readonly priority?: number;
  readonly tag?: string;
  readonly rtable?: number;
  readonly receivedOn?: string;
}

/** What decides which words a packet can have. */
export interface PacketKind {
  readonly family: Family;
  readonly protocol: number;
}

/** Names that words may use. */
export interface KnownNames {
  readonly interfaces: readonly string[];
  /** Routing tables, 0 included. */
  readonly rtables: readonly number[];
}

/** `quoted`: inside of an ICMP error; `reply`: what answers another packet. */
export type WordPlace = "packet" | "reply" | "quoted";

type Field = keyof PfPacketWords;

/** Words with a number: field and largest value. */
const NUMBERS: Readonly<Record<string, readonly [field: Field, last: number]>> = {
  seq: ["sequence", 0xffffffff],
  ack: ["acknowledgment", 0xffffffff],
  win: ["window", 65535],
  mss: ["mss", 65535],
  wscale: ["windowScale", 14],
  ts: ["timestamp", 0xffffffff],
  tsecr: ["timestampEcho", 0xffffffff],
  type: ["type", 255],
  code: ["code", 255],
  id: ["id", 65535],
  mtu: ["mtu", 0xffffffff],
  tos: ["tos", 255],
  ttl: ["ttl", 255],
  len: ["payload", 65535],
  rthdr: ["routingHeader", 255],
  ipid: ["fragmentId", 0xffffffff],
  prio: ["priority", 7],
  rtable: ["rtable", 255],
};

/** Words without a value. */
const MARKS: Readonly<Record<string, Field>> = {
  df: "dontFragment",
  sackok: "sackPermitted",
  badsum: "badChecksum",
};

const OPTIONS: readonly PfPacket["options"][] = ["router-alert", "padding", "other"];

/** Other spellings, as tcpdump(8) and the packets of whole sites have them. */
const ALIASES: Readonly<Record<string, string>> = {
  fragment: "frag",
  length: "len",
  hlim: "ttl",
  sackOK: "sackok",
};

const TCP_WORDS = ["flags", "seq", "ack", "win", "mss", "wscale", "sackok", "ts", "tsecr"];
const ICMP_WORDS = ["type", "code", "id"];
const KEPT_WORDS = ["len", "tos", "ttl", "df", "options", "badsum", "prio", "tag", "rtable"];

/** The words that a packet can have, in the order in which help lists them. */
function allowedWords({ family, protocol }: PacketKind, place: WordPlace): readonly string[] {
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  const own = protocol === TCP ? TCP_WORDS : isIcmp ? ICMP_WORDS : [];
  if (place === "quoted") return protocol === TCP ? ["seq"] : isIcmp ? ["type", "id"] : [];
  if (place === "reply") return [...own, ...KEPT_WORDS];
  const errors = isIcmp ? ["mtu", "about"] : [];
  const six = family === "inet6" ? ["rthdr"] : [];
  return [...own, ...errors, ...KEPT_WORDS, ...six, "frag", "ipid", "received-on"];
}

/** Reads words up to the end; every mistake is a diagnostic. */
export function readPfWords(
  tokens: readonly Token[],
  kind: PacketKind,
  place: WordPlace,
  known: KnownNames,
  diagnostics: Diagnostic[],
): PfPacketWords {
  const allowed = allowedWords(kind, place);
  const given = new Map<Field, unknown>();
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at];
    if (token === undefined) break;
    const word = ALIASES[token.text] ?? token.text;
    const isTypeName = allowed.includes("type") && icmpType(kind.family, word) !== undefined;
    if (!isTypeName && !allowed.includes(word)) {
      diagnostics.push(unknownWord(token.text, allowed, token.span));
      at += hasValue(word, tokens[at + 1]) ? 2 : 1;
      continue;
    }
    const read = isTypeName
      ? { field: "type" as const, value: icmpType(kind.family, word), length: 1 }
      : readWord(word, token, tokens[at + 1], kind, known);
    if ("message" in read) {
      diagnostics.push(read);
      at += hasValue(word, tokens[at + 1]) ? 2 : 1;
      continue;
    }
    if (given.has(read.field)) diagnostics.push(twice(token.text, token.span));
    given.set(read.field, read.value);
    at += read.length;
  }
  return Object.fromEntries(given) as PfPacketWords;
}

function hasValue(word: string, next: Token | undefined): boolean {
  if (Object.hasOwn(NUMBERS, word)) return true;
  if (["flags", "frag", "tag", "received-on"].includes(word)) return true;
  return word === "options" && OPTIONS.some((it) => it === next?.text);
}

interface Read {
  readonly field: Field;
  readonly value: unknown;
  /** Tokens, the word itself included. */
  readonly length: number;
}

function readWord(
  word: string,
  token: Token,
  next: Token | undefined,
  kind: PacketKind,
  known: KnownNames,
): Read | Diagnostic {
  const mark = MARKS[word];
  if (mark !== undefined) return { field: mark, value: true, length: 1 };
  if (word === "options") {
    const named = OPTIONS.find((it) => it === next?.text);
    return { field: "options", value: named ?? "other", length: named === undefined ? 1 : 2 };
  }
  const text = next?.text ?? "";
  const wrong = (range: string): Diagnostic =>
    badValue(token.text, text, range, next?.span ?? token.span);
  switch (word) {
    case "flags": {
      const flags = flagsOf(text);
      if (flags === undefined) return wrong(`letters of \`${TCP_FLAGS}\`, or \`none\``);
      return { field: "flags", value: flags, length: 2 };
    }
    case "frag": {
      const fragment = fragmentOf(text);
      if (fragment === undefined) return wrong(FRAGMENT);
      return { field: "fragment", value: fragment, length: 2 };
    }
    case "tag":
      if (!TAG.test(text)) return wrong("a tag of at most 63 ASCII characters");
      return { field: "tag", value: text, length: 2 };
    case "received-on":
      if (next === undefined) return wrong("an interface");
      return checkInterface(next, known) ?? { field: "receivedOn", value: text, length: 2 };
    case "rtable":
      if (known.rtables.every((it) => String(it) !== text)) {
        return wrong(`a routing table that exists: ${known.rtables.join(", ")}`);
      }
      return { field: "rtable", value: Number(text), length: 2 };
    default:
      return readNumber(word, text, kind) ?? wrong(`a number from 0 to ${NUMBERS[word]?.[1]}`);
  }
}

function readNumber(word: string, text: string, kind: PacketKind): Read | undefined {
  const [field, last] = NUMBERS[word] ?? ["payload", -1];
  const value = numberOf(word, text, kind);
  return value === undefined || value > last ? undefined : { field, value, length: 2 };
}

const TAG = /^[\x21-\x7e]{1,63}$/;
const FRAGMENT =
  "`first`, `later`, or where it begins in bytes, a multiple of 8, with `+` if others follow: `0+`, `1480`";

function fragmentOf(text: string): PfPacketWords["fragment"] | undefined {
  if (text === "first") return { offset: 0, more: true };
  if (text === "later") return { offset: 1480, more: false };
  const offset = Number(/^(\d{1,5})\+?$/.exec(text)?.[1] ?? Number.NaN);
  const more = text.endsWith("+");
  const fits = offset % 8 === 0 && offset <= 65528 && (offset > 0 || more);
  return fits ? { offset, more } : undefined;
}

/** `SA`, and `S.` as tcpdump has it. */
function flagsOf(text: string): number | undefined {
  if (text === "none") return 0;
  if (!/^[FSRPAUEW.]+$/.test(text)) return undefined;
  const letters = [...text.replaceAll(".", "A")];
  return letters.reduce((flags, letter) => flags | (1 << TCP_FLAGS.indexOf(letter)), 0);
}

function numberOf(word: string, text: string, { family }: PacketKind): number | undefined {
  if (/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return Number(text);
  if (word === "tos") return TOS.get(text);
  return word === "type" ? icmpType(family, text) : undefined;
}

/** What is wrong with the name of an interface; undefined: nothing. */
export function checkInterface(token: Token, { interfaces }: KnownNames): Diagnostic | undefined {
  if (interfaces.includes(token.text)) return undefined;
  return unknownInterface(token.text, interfaces, token.span);
}
