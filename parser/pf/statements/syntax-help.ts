import { parseAddress, parsePrefix } from "../../../model/address-text.ts";
import { kindOf, NEWLINE, NUMBER, STRING, standsBeforeList } from "../lexical/kinds.ts";
import type { Tokens } from "../lexical/tokens.ts";
import { protocolNumber } from "../names/protocols.ts";
import { servicePort } from "../names/services.ts";
import { BEGINNINGS, fitsWithout, meantWord, missingWord } from "./syntax-trial.ts";

const [OPEN, CLOSE, COMMA, SLASH] = [kindOf("{"), kindOf("}"), kindOf(","), kindOf("/")];

/**
 * What to write instead of a token that fits nowhere; the first that can be said.
 *
 * @param expected - what the grammar could have taken, in chevrotain's words; `}` at the end of a file
 */
export function syntaxHelp(tokens: Tokens, at: number, expected: string): string | undefined {
  const wanted = expectedWords(expected);
  return (
    commaHelp(tokens, at) ??
    oldHelp(tokens, at) ??
    meantHelp(tokens, at, wanted) ??
    braceHelp(tokens, at, wanted) ??
    orderHelp(tokens, at) ??
    tableHelp(tokens, at, wanted) ??
    slashHelp(tokens, at) ??
    missingHelp(tokens, at) ??
    listHelp(tokens, at) ??
    strayHelp(tokens, at) ??
    numberHelp(tokens, at) ??
    wantedHelp(tokens, at, wanted)
  );
}

/** What the grammar could have taken; of a macro's value, where to look. */
function wantedHelp(tokens: Tokens, at: number, wanted: string): string | undefined {
  const use = tokens.useOf(at);
  const out = use === undefined ? "" : `look at what macro \`${use.name}\` is defined as`;
  if (wanted === "") return out === "" ? undefined : out;
  return out === "" ? `expected ${wanted}` : `expected ${wanted}: ${out}`;
}

function commaHelp(tokens: Tokens, at: number): string | undefined {
  if (tokens.kind(at) !== NEWLINE || at === 0 || tokens.kind(at - 1) !== COMMA) return undefined;
  return "a list ends its lines without a comma: begin the next line with it";
}

/** Statements of pf before OpenBSD 4.7, which FreeBSD still has. */
const OLD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    nat: "`match out on … nat-to …`",
    rdr: "`pass in on … rdr-to …`",
    binat: "`match on … binat-to …`",
    scrub: "`match in all scrub (…)`",
    altq: "`queue … on … bandwidth …`",
    "nat-anchor": "`anchor`",
    "rdr-anchor": "`anchor`",
    "binat-anchor": "`anchor`",
  }),
);

function oldHelp(tokens: Tokens, at: number): string | undefined {
  const first = tokens.text(0);
  const now = OLD.get(first);
  if (now !== undefined && at <= 1 && tokens.text(1) !== "=") {
    return `\`${first}\` statements are of the old syntax: write ${now}`;
  }
  if (at < 2) return undefined;
  if (tokens.text(at) === ">" && tokens.text(at - 1) === "-") {
    return "`->` is of the old syntax: write `nat-to` or `rdr-to`";
  }
  const router = tokens.text(at - 2) === "(" ? tokens.text(at - 3) : "";
  if (!["route-to", "reply-to", "dup-to"].includes(router) || !isValue(tokens, at))
    return undefined;
  return `\`(interface address)\` is the old syntax: write \`${router} ${tokens.text(at)}\``;
}

/** The keyword that the token, or the word in front of it, was meant to be. */
function meantHelp(tokens: Tokens, at: number, wanted: string): string | undefined {
  const own = meantWord(tokens, at, at);
  const place = tokens.useOf(at) === undefined ? "" : ` in place of \`${tokens.text(at)}\``;
  if (own !== undefined) return `did you mean \`${own}\`${place}?`;
  if (at === 0 || tokens.kind(at - 1) !== STRING) return undefined;
  const word = tokens.text(at - 1);
  const before = meantWord(tokens, at - 1, at);
  if (at > 1 || wanted !== "`=`") {
    return before === undefined ? undefined : `did you mean \`${before}\` in place of \`${word}\`?`;
  }
  const head = `no statement begins with \`${word}\``;
  if (before !== undefined) return `${head}: did you mean \`${before}\`?`;
  return isValue(tokens, at)
    ? `${head}, and a macro is written \`${word} = "value"\``
    : `${head}: begin it with ${BEGINNINGS.map((it) => `\`${it}\``).join(", ")}`;
}

/** The words of a rule, in the order in which pf.conf(5) has them. */
const ORDER: readonly (readonly string[])[] = [
  ["pass", "block", "match"],
  ["drop", "return", "return-rst", "return-icmp", "return-icmp6"],
  ["in", "out"],
  ["log"],
  ["quick"],
  ["on"],
  ["inet", "inet6"],
  ["proto"],
  ["all", "from"],
  ["to"],
  [
    "flags",
    "keep",
    "modulate",
    "synproxy",
    "nat-to",
    "rdr-to",
    "tag",
    "label",
    "queue",
    "route-to",
  ],
];
const PLACES: ReadonlyMap<string, number> = new Map(
  ORDER.flatMap((words, place) => words.map((it) => [it, place] as const)),
);

/** A word of a rule that stands behind one that it belongs in front of. */
function orderHelp(tokens: Tokens, at: number): string | undefined {
  const word = tokens.text(at);
  const place = PLACES.get(word) ?? 0;
  if (PLACES.get(tokens.text(0)) !== 0 || tokens.kind(at) === STRING || place === 0) {
    return undefined;
  }
  for (let it = 1; it < at; it++) {
    const text = tokens.text(it);
    if (tokens.kind(it) === STRING || (PLACES.get(text) ?? -1) < place) continue;
    return text === word
      ? `\`${word}\` stands here twice`
      : `write \`${word}\` in front of \`${text}\``;
  }
  return undefined;
}

/** `<bad>`: a table's name in angle brackets. */
function tableHelp(tokens: Tokens, at: number, wanted: string): string | undefined {
  if (tokens.text(0) === "table" && at === 1 && tokens.kind(1) === STRING) {
    return `write the name in angle brackets: \`<${tokens.text(1)}>\``;
  }
  if (wanted !== "`>`" || at < 2 || tokens.text(at - 2) !== "<") return undefined;
  return `write the name in angle brackets: \`<${tokens.text(at - 1)}>\``;
}

/** A path without quotes; `/255.255.255.0`, of which pfctl takes the number of bits only. */
function slashHelp(tokens: Tokens, at: number): string | undefined {
  if (tokens.kind(at) === SLASH) {
    const begun = tokens.text(at - 1) === "file" || ["include", "load"].includes(tokens.text(0));
    return begun ? "write the path in quotes" : undefined;
  }
  if (at === 0 || tokens.kind(at - 1) !== SLASH) return undefined;
  const mask = parseAddress(tokens.text(at));
  if (mask?.family !== "inet") return undefined;
  const bits = mask.value.toString(2).padStart(32, "0");
  const length = /^(1*)0*$/.exec(bits)?.[1]?.length;
  return length === undefined
    ? "write a network as its address and the number of its bits, like `10.0.0.0/24`"
    : `write a mask as the number of its bits: \`/${length}\``;
}

/** More than one of what a keyword takes one of. */
function listHelp(tokens: Tokens, at: number): string | undefined {
  const comma = tokens.kind(at) === COMMA;
  if (at < 2 || (!comma && !isValue(tokens, at)) || !isValue(tokens, at - 1)) return undefined;
  const second = tokens.text(comma ? at + 1 : at);
  const isSign = ["=", "!="].includes(tokens.text(at - 2));
  const before = isSign ? at - 3 : at - 2;
  if (before < 0 || standsBeforeList[tokens.kind(before)] !== 1) return undefined;
  const list = `\`${tokens.text(before)} { ${tokens.text(at - 1)} ${second} }\``;
  return `several stand in braces: ${list}`;
}

function isValue(tokens: Tokens, at: number): boolean {
  return tokens.kind(at) === STRING || tokens.kind(at) === NUMBER;
}

/** Words that are left out now and then, and what is written behind each. */
const LEFT_OUT: readonly (readonly [word: string, behind: (text: string) => boolean])[] = [
  ["proto", (text) => protocolNumber(text) !== undefined],
  ["on", (text) => /^[a-z]+\d*$/.test(text)],
  ["from", isAddress],
  ["to", isAddress],
  ["port", (text) => /^\d+$/.test(text) || servicePort(text) !== undefined],
  ["state", () => true],
  ["=", () => true],
];

function isAddress(text: string): boolean {
  return text === "any" || text === "<" || parsePrefix(text) !== undefined;
}

function missingHelp(tokens: Tokens, at: number): string | undefined {
  const text = tokens.text(at);
  if (text === "port") {
    return "write it behind an address: `from any port …` or `to any port …`";
  }
  const words = LEFT_OUT.flatMap(([word, behind]) => (behind(text) ? [word] : []));
  const word = missingWord(tokens, at, words);
  if (word === undefined) return undefined;
  return tokens.kind(at) === NEWLINE
    ? `\`${word}\` is missing at the end of the line`
    : `\`${word}\` is missing in front of \`${text}\``;
}

/** A sign that nothing is missing without. */
function strayHelp(tokens: Tokens, at: number): string | undefined {
  const text = tokens.text(at);
  return /^[^\w\n]+$/.test(text) && fitsWithout(tokens, at) ? `take \`${text}\` away` : undefined;
}

/** A brace too few or too many. */
function braceHelp(tokens: Tokens, at: number, wanted: string): string | undefined {
  if (tokens.kind(at) === CLOSE) return "no `{` is open here: take it away, or write the `{`";
  if (wanted === "}") return "the `{` of an anchor is not closed: write the `}`";
  const opened = openBrace(tokens, at);
  if (opened === undefined) return undefined;
  const word = opened === 0 ? "" : tokens.text(opened - 1);
  const before = /^\w/.test(word) ? ` behind \`${word}\`` : "";
  return `the \`{\`${before} in line ${tokens.line(opened)} is not closed: write \`}\` at the end of its list`;
}

/** The last `{` in front of token `at` that the statement does not close, not even behind it. */
function openBrace(tokens: Tokens, at: number): number | undefined {
  const open: number[] = [];
  for (let it = 0; it < tokens.count; it++) {
    if (tokens.kind(it) === OPEN) open.push(it);
    else if (tokens.kind(it) === CLOSE) open.pop();
  }
  return open.findLast((it) => it < at);
}

function numberHelp(tokens: Tokens, at: number): string | undefined {
  if (tokens.kind(at) !== NUMBER || at === 0) return undefined;
  return `a bare number does not fit behind \`${tokens.text(at - 1)}\`: quote it if it is a name`;
}

/** The alternatives in chevrotain's message, when they are few. */
function expectedWords(message: string): string {
  if (message === "}") return message;
  const one = /^Expecting token of type --> (.*) <-- but found/s.exec(message)?.[1];
  if (one !== undefined) return one;
  const words = [...message.matchAll(/^ +\d+\. \[(`[^`]+`|[a-z ]+)/gm)].map((it) => it[1] ?? "");
  const unique = [...new Set(words)];
  return unique.length > 0 && unique.length <= 6 ? unique.join(", ") : "";
}
