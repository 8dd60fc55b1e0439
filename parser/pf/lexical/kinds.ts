/**
 * Kinds of tokens as small numbers: keywords, operators and the classes of pfctl's lexer.
 *
 * The parser decides by kinds alone, so two statements with the same kinds have the same shape.
 */
export type Kind = number;

const RESERVED = `af-to all allow-opts anchor antispoof any bandwidth binat-to bitmask block
block-policy burst code debug default delay divert-packet divert-reply divert-to drop dup-to file
fingerprints flags floating flows flush for fragment from global group hostid icmp-type icmp6-type
if-bound in include inet inet6 keep label least-states limit load log loginterface match matches
max max-mss max-pkt-rate max-src-conn max-src-conn-rate max-src-nodes max-src-states min min-ttl
modulate nat-to no no-df no-route no-sync on once optimization os out overload parent pass pflow
port prio probability proto qlimit quantum queue quick random random-id rdomain rdr-to reassemble
received-on reply-to return return-icmp return-icmp6 return-rst round-robin route route-to rtable
rule ruleset-optimization scrub set skip sloppy source-hash source-track state state-defaults
state-policy static-port sticky-address syncookies synproxy table tag tagged timeout to tos ttl
urpf-failed user weight`.split(/\s+/);

const OPERATORS = ["{", "}", "(", ")", "<", ">", "!", "=", "/", ",", "-"];
const PAIRS = ["!=", "<=", ">=", "<>", "><"];

/** The end of everything: the outermost file's end, or a NUL byte. */
export const END = 0;
/** What the lexer gives after a complaint of its own; no production takes it. */
export const ERROR = 1;
/** A character that no production takes. */
export const STRAY = 2;
export const NEWLINE = 3;
/** pfctl's STRING: a quoted text, or a word that is not reserved. */
export const STRING = 4;
/** pfctl's NUMBER: decimal, within 64 bits. */
export const NUMBER = 5;
/** A run of plain list elements taken as one token; made from STRING, NUMBER and `/`. */
export const RUN = 6;

const FIRST_WORD = 7;

/** The text of each kind; for messages. */
export const kindTexts: readonly string[] = [
  "the end of the file",
  "an error",
  "a character",
  "the line end",
  "a word",
  "a number",
  "list elements",
  ...RESERVED,
  ...OPERATORS,
  ...PAIRS,
];

const KINDS: ReadonlyMap<string, Kind> = new Map(
  kindTexts.slice(FIRST_WORD).map((text, at) => [text, FIRST_WORD + at]),
);

/** The kind of a reserved word or operator. */
export function kindOf(text: string): Kind {
  const kind = KINDS.get(text);
  if (kind === undefined) throw new RangeError(`not a reserved word: ${text}`);
  return kind;
}

/** The word behind which the next file begins. */
export const INCLUDE: Kind = kindOf("include");

/** The kind of a finished word. */
export function wordKind(text: string): Kind {
  return RESERVED_KINDS.get(text) ?? STRING;
}

const RESERVED_KINDS: ReadonlyMap<string, Kind> = new Map(
  RESERVED.map((text) => [text, kindOf(text)]),
);

const LONGEST = Math.max(...RESERVED.map((it) => it.length));
/** Bit n: a reserved word of n characters begins with this one. */
const lengths: Int32Array = new Int32Array(256);
for (const it of RESERVED) {
  const first = it.charCodeAt(0);
  lengths[first] = (lengths[first] ?? 0) | (1 << it.length);
}

/** The characters of all reserved words, each from a place of its own on. */
const letters: Uint8Array = new Uint8Array(kindTexts.length * LONGEST);
for (const it of RESERVED) letters.set(Buffer.from(it, "latin1"), kindOf(it) * LONGEST);

const PLACES = 4096;
const { factor, places } = withoutCollisions();

/** As {@link wordKind}, of the characters `from` … `to` of a file, without making a string. */
export function wordKindAt(codes: Uint8Array, from: number, to: number): Kind {
  const length = to - from;
  if (length > LONGEST || ((lengths[codes[from] ?? 0] ?? 0) & (1 << length)) === 0) return STRING;
  const kind = places[placeAt(codes, from, length, factor)] ?? 0;
  const word = kind * LONGEST;
  for (let at = 0; at < length; at++) {
    if (codes[from + at] !== letters[word + at]) return STRING;
  }
  return length === LONGEST || letters[word + length] === 0 ? kind : STRING;
}

/** A place for a word, by four of its characters and its length. */
function placeAt(codes: Uint8Array, from: number, length: number, by: number): number {
  const ends = (codes[from] ?? 0) | ((codes[from + length - 1] ?? 0) << 8);
  const inner = ((codes[from + (length >> 1)] ?? 0) << 16) | ((codes[from + 1] ?? 0) << 24);
  return (Math.imul((ends | inner) ^ length, by) >>> 16) & (PLACES - 1);
}

/** Places for the reserved words that no two of them share. */
function withoutCollisions(): { factor: number; places: Uint8Array } {
  for (let tried = 0x9e3779b1; ; tried += 2) {
    const made = new Uint8Array(PLACES);
    const fits = RESERVED.every((word) => {
      const kind = kindOf(word);
      const at = placeAt(letters, kind * LONGEST, word.length, tried);
      const free = made[at] === 0;
      made[at] = kind;
      return free;
    });
    if (fits) return { factor: tried, places: made };
  }
}

/** Keywords that begin a statement: no list goes on over a line that begins with one. */
export const beginsStatement: Uint8Array = marked(
  "pass block match anchor antispoof set table queue include load",
);

/** What a list may stand behind: a brace there does not hide the line end. */
export const standsBeforeList: Uint8Array = marked(
  "on proto from to os port user group icmp-type icmp6-type for timeout limit nat-to rdr-to binat-to route-to reply-to dup-to",
);

export const isBrace: Uint8Array = marked("{ }");

function marked(words: string): Uint8Array {
  const marks = new Uint8Array(kindTexts.length);
  for (const word of words.trim().split(/\s+/)) marks[kindOf(word)] = 1;
  return marks;
}
