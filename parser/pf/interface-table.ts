import { parseAddress } from "../../model/address-text.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import { type Interface, type InterfaceAddress, PLAIN_INTERFACE } from "../../model/host.ts";
import { addressBits, type Family } from "../../model/packet.ts";
import type { Span } from "../../model/source.ts";
import { configLines, type Line, type Word } from "../config-lines.ts";
import { isGroupName, kindOf } from "../hostname/interface-kind.ts";
import { nearestName } from "../nearest-name.ts";

/** What was made of an interface table; lines with a complaint give nothing. */
export interface InterfaceTableReading {
  readonly environment: Environment;
  readonly diagnostics: readonly Diagnostic[];
}

interface Made {
  readonly interfaces: Map<string, Interface>;
  readonly rtables: Set<number>;
  readonly hosts: Map<string, readonly string[]>;
}

/**
 * Reads an interface table: what pfctl would ask the system, an interface a line.
 *
 * `NAME [group=G]… [inet A.B.C.D/N [broadcast X] [peer X]]… [inet6 X/N [peer X]]…`, in the order of
 * the system; `@host NAME ADDRESS…` for a name that resolves; `@rtable N…`, or `@rtable all`, for
 * the routing tables besides 0. A `#` begins a comment.
 *
 * Every interface is in the group `all`, and in no other that is not written. An interface with a
 * `peer` is point-to-point, one called lo and a number is a loopback; all others have the broadcast
 * flag, and the last address of an inet network is its broadcast address unless one is written.
 */
export function readInterfaceTable(file: string, text: string): InterfaceTableReading {
  const made: Made = { interfaces: new Map(), rtables: new Set(), hosts: new Map() };
  const diagnostics = configLines(file, text).flatMap((line) => readLine(line, made) ?? []);
  const environment = {
    host: "localhost",
    interfaces: [...made.interfaces.values()],
    rtables: [...made.rtables],
    hosts: made.hosts,
  };
  return { environment, diagnostics };
}

/** Adds what the line says, or tells why not. */
function readLine({ words, span }: Line, made: Made): Diagnostic | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return undefined;
  if (first.text === "@host") return readHost(first, rest, made);
  if (first.text === "@rtable") return readTables(first, rest, made);
  if (first.text.startsWith("@")) {
    return wrong(first, `\`${first.text}\` is not a line of an interface table`, LINES);
  }
  if (first.text.length > 15) {
    return wrong(first, `\`${first.text}\` is too long for an interface`, "15 characters at most");
  }
  const earlier = made.interfaces.get(first.text);
  if (earlier !== undefined) {
    const help = `add these words to line ${earlier.span.line}`;
    return wrong(first, `interface \`${first.text}\` is listed twice`, help);
  }
  const own = ownWords(first.text, rest);
  if ("message" in own) return own;
  made.interfaces.set(first.text, interfaceFrom(first.text, own, span));
  return undefined;
}

const LINES = "write `@host NAME ADDRESS…`, `@rtable N…`, or an interface";

function readHost(first: Word, words: readonly Word[], made: Made): Diagnostic | undefined {
  const [name, ...addresses] = words;
  if (name === undefined || addresses.length === 0) {
    return wrong(first, "`@host` needs a name and its addresses", "write `@host NAME ADDRESS…`");
  }
  const bad = addresses.find(({ text }) => parseAddress(text) === undefined);
  if (bad !== undefined) return wrong(bad, `\`${bad.text}\` is not an address`, ADDRESS);
  const known = made.hosts.get(name.text) ?? [];
  made.hosts.set(name.text, [...known, ...addresses.map(({ text }) => text)]);
  return undefined;
}

const ADDRESS = "write an IPv4 or IPv6 address";
const LAST_TABLE = 255;

function readTables(first: Word, words: readonly Word[], made: Made): Diagnostic | undefined {
  if (words.length === 0) {
    return wrong(first, "`@rtable` needs numbers", "write `@rtable N…` or `@rtable all`");
  }
  const bad = words.find(({ text }) => text !== "all" && !isNumber(text, LAST_TABLE));
  if (bad !== undefined) {
    const help = `write a number from 0 to ${LAST_TABLE}`;
    return wrong(bad, `\`${bad.text}\` is not a routing table`, help);
  }
  for (const { text } of words) {
    const last = text === "all" ? LAST_TABLE : Number(text);
    for (let table = text === "all" ? 1 : last; table <= last; table++) {
      if (table > 0) made.rtables.add(table);
    }
  }
  return undefined;
}

interface OwnWords {
  readonly groups: readonly string[];
  readonly addresses: readonly InterfaceAddress[];
}

/** The words behind the name of an interface. */
function ownWords(name: string, words: readonly Word[]): OwnWords | Diagnostic {
  const groups: string[] = [];
  const addresses: InterfaceAddress[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    if (word.text.startsWith("group=")) {
      const group = word.text.slice("group=".length);
      if (!isGroupName(group)) return wrong(word, `\`${group}\` is not a group name`, GROUP);
      groups.push(group);
      continue;
    }
    const address = addressFrom(word, words[++at]);
    if ("message" in address) return address;
    addresses.push(address);
    const marks = marksBehind(words, at + 1, address.family);
    if ("message" in marks) return marks;
    addresses[addresses.length - 1] = { ...address, ...marks.found };
    at = marks.last;
  }
  return { groups, addresses: withBroadcast(name, addresses) };
}

const GROUP = "at most 15 characters, the last one no digit";

function addressFrom(family: Word, value: Word | undefined): InterfaceAddress | Diagnostic {
  if (family.text !== "inet" && family.text !== "inet6") return unknownWord(family);
  const form = `write \`${family.text} ADDRESS/LENGTH\``;
  if (value === undefined) return wrong(family, `\`${family.text}\` needs an address`, form);
  const [text = "", length, ...more] = value.text.split("/");
  const address = parseAddress(text);
  if (address?.family !== family.text || more.length > 0) {
    return wrong(value, `\`${value.text}\` is not an ${family.text} address`, form);
  }
  if (length === undefined || !isNumber(length, addressBits(address.family))) {
    const most = addressBits(address.family);
    return wrong(value, `\`${value.text}\` has no prefix length`, `${form}, 0 to ${most}`);
  }
  return { ...address, length: Number(length) };
}

const WORDS = ["inet", "inet6", "broadcast", "peer", "group="];

function unknownWord(word: Word): Diagnostic {
  const near = nearestName(word.text, WORDS);
  const help =
    near === undefined
      ? "write `group=NAME`, `inet ADDRESS/LENGTH [broadcast X] [peer X]` or `inet6 ADDRESS/LENGTH`"
      : `did you mean \`${near}\`?`;
  return wrong(word, `\`${word.text}\` is not a word of an interface table here`, help);
}

interface Marks {
  readonly found: { readonly broadcast?: bigint; readonly peer?: bigint };
  /** Index of the last word read. */
  readonly last: number;
}

/** `broadcast X` and `peer X` from `at` on. */
function marksBehind(words: readonly Word[], at: number, family: Family): Marks | Diagnostic {
  let found: Marks["found"] = {};
  let next = at;
  for (; ; next += 2) {
    const word = words[next];
    if (word?.text !== "peer" && word?.text !== "broadcast") break;
    const value = words[next + 1];
    const address = parseAddress(value?.text ?? "");
    if (address?.family !== family || (word.text === "broadcast" && family === "inet6")) {
      const help = `write \`${word.text} ADDRESS\`${word.text === "peer" ? "" : ", inet only"}`;
      return wrong(value ?? word, `\`${word.text}\` needs an address of the network`, help);
    }
    found = { ...found, [word.text]: address.value };
  }
  return { found, last: next - 1 };
}

/** Loopbacks and point-to-point interfaces have no broadcast flag. */
function withBroadcast(
  name: string,
  addresses: readonly InterfaceAddress[],
): readonly InterfaceAddress[] {
  const flagged = !(isLoopback(name) || addresses.some(({ peer }) => peer !== undefined));
  return addresses.map((it) => {
    if (it.family !== "inet" || !flagged || it.broadcast !== undefined) return it;
    return { ...it, broadcast: it.value | ((1n << BigInt(32 - it.length)) - 1n) };
  });
}

function isLoopback(name: string): boolean {
  return /^lo\d+$/.test(name);
}

function interfaceFrom(name: string, own: OwnWords, span: Span): Interface {
  return {
    ...PLAIN_INTERFACE,
    name,
    kind: isLoopback(name) ? "loopback" : kindOf(name),
    groups: [...new Set(["all", ...own.groups])],
    addresses: own.addresses,
    span,
  };
}

function isNumber(text: string, most: number): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= most;
}

function wrong({ span }: Word, message: string, help: string): Diagnostic {
  return { code: "interface-table", severity: "error", message, span, help };
}
