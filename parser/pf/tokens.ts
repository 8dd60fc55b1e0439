import { createToken, Lexer, type TokenType } from "chevrotain";

/** Words in quotes, and words that are not reserved: pfctl's STRING. */
export const Word: TokenType = named("a word");
/** Decimal, possibly negative, ended by a blank or one of `) , / } =`: pfctl's NUMBER. */
export const Numeral: TokenType = named("a number");
/** A character that no production wants; also what the lexer gives for an undefined macro. */
export const Stray: TokenType = named("nothing");

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
urpf-failed user weight`;

const PUNCTUATION = ["{", "}", "(", ")", "<", ">", "!", "=", "/", ",", "-"];
const PAIRS = ["!=", "<=", ">=", "<>", "><"];

/** Every reserved word and operator, by its text. */
export const WORDS: ReadonlyMap<string, TokenType> = new Map(
  [...RESERVED.split(/\s+/), ...PUNCTUATION, ...PAIRS].map((text) => [text, named(`\`${text}\``)]),
);

/** The token type of a reserved word or operator. */
export function word(text: string): TokenType {
  const type = WORDS.get(text);
  if (type === undefined) throw new RangeError(`not a reserved word: ${text}`);
  return type;
}

/** Of the grammar, all of them. */
export const pfTokens: readonly TokenType[] = [Word, Numeral, Stray, ...WORDS.values()];

function named(name: string): TokenType {
  return createToken({ name, pattern: Lexer.NA });
}
