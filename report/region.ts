import type { AddressRange } from "../model/address.ts";
import { ICMP_WORDS } from "../model/icmp-words.ts";
import { ICMP, ICMP6 } from "../model/packet.ts";
import type { NumberRange, Region, Regions } from "../model/region.ts";
import { addressWords, type Names, namedLists, shorterList } from "./region-addresses.ts";
import { flagWords } from "./region-flags.ts";

export type { Names } from "./region-addresses.ts";

/** Protocols that have a name here; others are numbers. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  ...([
    [ICMP, "icmp"],
    [2, "igmp"],
    [4, "ipencap"],
    [6, "tcp"],
    [17, "udp"],
    [41, "ipv6"],
  ] as const),
  ...([
    [47, "gre"],
    [50, "esp"],
    [51, "ah"],
    [ICMP6, "icmp6"],
    [89, "ospf"],
  ] as const),
  ...([
    [97, "etherip"],
    [103, "pim"],
    [112, "carp"],
    [132, "sctp"],
    [240, "pfsync"],
  ] as const),
]);

const LAST_PORT = 65_535;
const LAST_BYTE = 255;

/**
 * Regions in the words of pf.conf, a line each, then `except …` lines that are indented, and how much
 * is not shown.
 *
 * @param names - address lists that have a name of their own, as it is printed; foreign text
 */
export function regionsLines(
  { regions, complete, covered, total }: Regions,
  names: Names = new Map(),
): readonly string[] {
  const lines = regions.flatMap((it) => regionLines(it, names));
  if (complete) return lines;
  return [...lines, `… ${shareText(covered, total)} of the packets are in the lines above`];
}

/**
 * One region as a rule would say it: `inet proto tcp from any to 192.0.2.5 port { 22 80 } flags S/SA`.
 *
 * As in rules, packets with IP options are not meant without `allow-opts`; `whole` and `fragment` are
 * about fragments, `no icmp replies` about what `keep state` leaves out.
 */
export function regionLines(region: Region, names: Names = new Map()): readonly string[] {
  const known = namedLists(names);
  const words = [...wordsOf(region, known), ...optionWords(region.options, false)];
  const holes = region.except.map((it) => {
    return `  except ${[...wordsOf(it, known), ...optionWords(it.options, true)].join(" ")}`;
  });
  return [words.join(" "), ...holes];
}

function wordsOf(region: Region, known: ReturnType<typeof namedLists>): readonly string[] {
  const { family, protocols, flags, fragments, tos } = region;
  const words: string[] = family === undefined ? [] : [family];
  if (protocols !== undefined) words.push("proto", numberList(protocols, LAST_BYTE, protocolText));
  words.push(...endWords(region, known), ...messageWords(region));
  if (flags !== undefined) words.push("flags", flagWords(flags));
  if (region.withoutReplies) words.push("no icmp replies");
  if (tos !== undefined) words.push("tos", numberList(tos, LAST_BYTE, String));
  if (fragments !== undefined) words.push(fragmentText(fragments));
  return words;
}

function endWords(region: Region, known: ReturnType<typeof namedLists>): readonly string[] {
  const { family, source, destination, sourcePorts, destinationPorts } = region;
  const words = (ranges: readonly AddressRange[] | undefined): string =>
    ranges === undefined ? "any" : addressWords(ranges, family, known);
  if ([source, destination, sourcePorts, destinationPorts].every((it) => it === undefined)) {
    return ["all"];
  }
  return [
    ...["from", words(source), ...portWords(sourcePorts)],
    ...["to", words(destination), ...portWords(destinationPorts)],
  ];
}

function portWords(ports: readonly NumberRange[] | undefined): readonly string[] {
  return ports === undefined ? [] : ["port", numberList(ports, LAST_PORT, String)];
}

function messageWords({ messages, messageIds, protocols }: Region): readonly string[] {
  const isInet6 = protocols?.[0]?.first === ICMP6;
  const words: string[] = [];
  if (messages !== undefined) {
    words.push(isInet6 ? "icmp6-type" : "icmp-type", messageList(messages, isInet6));
  }
  if (messageIds !== undefined) words.push("icmp-id", numberList(messageIds, LAST_PORT, String));
  return words;
}

/** Types, and codes where not all are meant. */
function messageList(messages: readonly NumberRange[], isInet6: boolean): string {
  const known = new Map(
    Object.entries(ICMP_WORDS[isInet6 ? "inet6" : "inet"]).map(([word, type]) => [type, word]),
  );
  const typeText = (type: number): string => known.get(type) ?? String(type);
  const textsOf = (ranges: readonly NumberRange[]): readonly string[] => {
    return ranges.flatMap((range) => messageTexts(range, typeText));
  };
  return shorterList(textsOf(messages), textsOf(complementOf(messages, LAST_PORT)));
}

/** The range in pieces: codes of its first type, whole types, codes of its last. */
function messageTexts(
  { first, last }: NumberRange,
  typeText: (type: number) => string,
): readonly string[] {
  const [type, code, lastType, lastCode] = [first >> 8, first & 255, last >> 8, last & 255];
  const ofType = (of: number, from: number, to: number): readonly string[] => {
    return pieces([{ first: from, last: to }], String).map((it) => `${typeText(of)} code ${it}`);
  };
  if (type === lastType && (code > 0 || lastCode < 255)) return ofType(type, code, lastCode);
  const before = code > 0 ? ofType(type, code, 255) : [];
  const after = lastCode < 255 ? ofType(lastType, 0, lastCode) : [];
  const whole = {
    first: code > 0 ? type + 1 : type,
    last: lastCode < 255 ? lastType - 1 : lastType,
  };
  const between = whole.first > whole.last ? [] : pieces([whole], typeText);
  return [...before, ...between, ...after];
}

function protocolText(protocol: number): string {
  return PROTOCOLS.get(protocol) ?? String(protocol);
}

function fragmentText(fragments: NonNullable<Region["fragments"]>): string {
  if (fragments.length === 1) return fragments[0] === "no" ? "whole" : `fragment ${fragments[0]}`;
  return fragments.includes("no") ? `fragment { ${fragments.join(" ")} }` : "fragment";
}

/** Rules mean packets without options; what is cut out of a region means both. */
function optionWords(options: boolean | undefined, isException: boolean): readonly string[] {
  if (options === undefined) return isException ? [] : ["allow-opts"];
  if (options) return ["options"];
  return isException ? ["no options"] : [];
}

/** A list of numbers up to `largest`, or `! …` if that is shorter. */
function numberList(
  ranges: readonly NumberRange[],
  largest: number,
  textOf: (value: number) => string,
): string {
  const outside = complementOf(ranges, largest);
  return shorterList(pieces(ranges, textOf), pieces(outside, textOf));
}

/** Ranges of two are two; longer ones have numbers at their ends, as names have no order. */
function pieces(
  ranges: readonly NumberRange[],
  textOf: (value: number) => string,
): readonly string[] {
  return ranges.flatMap(({ first, last }) => {
    if (last - first > 1) return [`${first}:${last}`];
    return first === last ? [textOf(first)] : [textOf(first), textOf(last)];
  });
}

function complementOf(ranges: readonly NumberRange[], largest: number): readonly NumberRange[] {
  const holes: NumberRange[] = [];
  let next = 0;
  for (const { first, last } of ranges) {
    if (first > next) holes.push({ first: next, last: first - 1 });
    next = last + 1;
  }
  return next > largest ? holes : [...holes, { first: next, last: largest }];
}

/** A share in percent, one place behind the point, rounded down: never 100 for less than all. */
function shareText(part: bigint, whole: bigint): string {
  const tenths = whole === 0n ? 1000n : (part * 1000n) / whole;
  return `${tenths / 10n}.${tenths % 10n}%`;
}
