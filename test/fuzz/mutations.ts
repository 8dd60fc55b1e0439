import { kindTexts } from "../../parser/pf/lexical/kinds.ts";
import type { Random } from "./random.ts";

/** Changes a text in one place. */
type Mutation = (text: string, random: Random, other: () => string) => string;

/** Words that mean something to pfctl, and characters that mean something to its lexer. */
const WORDS: readonly string[] = [
  ...kindTexts.slice(7),
  ..."10.0.0.1 10.0.0.0/8 2001:db8::1 2001:db8::/32 fe80::1%em0 ::/0 0/0 self egress em0 (em0) (em1:0)".split(
    " ",
  ),
  ..."(em0:peer) <t> <t0> em0:network lo0 tcp udp icmp icmp6 ipv6-icmp 80 22:25 1024:65535 $nr $if".split(
    " ",
  ),
  ..."{ } {} { { } ( ) , ; - -1 0 4294967296 99999999999999999999 50% 0x10 yes none const persist".split(
    " ",
  ),
  ..."{1,2} {em0,em1} {tcp,udp} {10.0.0.1,2001:db8::1} {!10.0.0.1,<t>} S/SA flags/any echoreq".split(
    " ",
  ),
  '"a b"',
  '"$srcaddr"',
  '"$nr $if"',
  "'x\"y'",
  "nat-to 10.0.0.9",
  "rdr-to { 10.0.0.8 10.0.0.9 } port 8080",
  "route-to 10.0.0.2@em0",
  "af-to inet6 from 2001:db8::5",
  "binat-to 192.0.2.7",
  "keep state (max 10)",
  "label $x",
  'anchor "a" {\n',
  "}\n",
  "x = 5\n",
  'include "inc1"\n',
  "set state-policy if-bound\n",
  "queue q parent p bandwidth 5M\n",
  "antispoof for em0\n",
];

const CHARACTERS: readonly string[] = [
  ..."\0\x01\x02\\\"'\r\n\t\v\f $\x80\xa0\xff#{}()<>!=/,-:.;%@*0aZ",
];

const TOKEN = /\s+|[A-Za-z0-9_:.@%$*+&;?[\]^`|~"'-]+|[\s\S]/g;

const bytes: readonly Mutation[] = [
  (text, random) => {
    const at = random.below(text.length + 1);
    const flipped = (text.charCodeAt(at) || 0) ^ (1 << random.below(8));
    return text.slice(0, at) + String.fromCharCode(flipped & 255) + text.slice(at + 1);
  },
  (text, random) => insert(text, random.pick(CHARACTERS), random),
  (text, random) => insert(text, random.pick(CHARACTERS).repeat(2 + random.below(6)), random),
  (text, random) => {
    const [from, to] = stretch(text, random);
    return text.slice(0, from) + text.slice(to);
  },
  (text, random) => {
    const [from, to] = stretch(text, random);
    return insert(text, text.slice(from, to), random);
  },
  (text, random) => text.slice(0, random.below(text.length + 1)),
];

const tokens: readonly Mutation[] = [
  (text, random) => inTokens(text, random, (all, at) => void all.splice(at, 1)),
  (text, random) => inTokens(text, random, (all, at) => void all.splice(at, 0, all[at]!, " ")),
  (text, random) => {
    return inTokens(text, random, (all, at) => {
      const to = random.below(all.length);
      [all[at], all[to]] = [all[to]!, all[at]!];
    });
  },
  (text, random, other) => {
    const theirs = other().match(TOKEN) ?? [" "];
    const from = random.below(theirs.length);
    const count = 1 + random.below(6);
    const taken = theirs.slice(from, from + count).join("");
    return inTokens(text, random, (all, at) => {
      all.splice(at, random.below(count + 1), random.once(4) ? taken : ` ${taken} `);
    });
  },
  (text, random) => {
    return inTokens(text, random, (all, at) => void all.splice(at, 0, ` ${random.pick(WORDS)} `));
  },
  (text, random) => {
    return inTokens(text, random, (all, at) => void all.splice(at, 1, random.pick(WORDS)));
  },
];

const lines: readonly Mutation[] = [
  (text, random, other) => {
    const theirs = other().split("\n");
    const ours = text.split("\n");
    const from = random.below(ours.length + 1);
    return [...ours.slice(0, from), ...theirs.slice(random.below(theirs.length))].join("\n");
  },
  (text, random, other) => inLines(text, random, (all, at) => void all.splice(at, 0, other())),
  (text, random) => inLines(text, random, (all, at) => void all.splice(at, 1)),
  (text, random) => inLines(text, random, (all, at) => void all.splice(at, 0, all[at]!)),
  (text, random) => {
    return inLines(text, random, (all, at) => {
      const [line] = all.splice(at, 1);
      all.splice(random.below(all.length + 1), 0, line!);
    });
  },
  (text, random) => {
    return inLines(text, random, (all, at) => {
      all.splice(at, 0, 'anchor "b" in {');
      all.splice(at + 2 + random.below(3), 0, "}");
    });
  },
];

const KINDS = [bytes, tokens, tokens, tokens, lines];
const MOST_TEXT = 20_000;

/** Changes `text` in a few places; now and then in none. */
export function mutate(text: string, random: Random, other: () => string): string {
  if (random.once(16)) return text;
  let changed = text;
  do changed = random.pick(random.pick(KINDS))(changed, random, other);
  while (random.once(2));
  return changed.slice(0, MOST_TEXT);
}

function insert(text: string, what: string, random: Random): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + what + text.slice(at);
}

/** Mostly short. */
function stretch(text: string, random: Random): readonly [from: number, to: number] {
  const from = random.below(text.length + 1);
  return [from, Math.min(text.length, from + 1 + random.below(random.once(4) ? 80 : 6))];
}

function inTokens(
  text: string,
  random: Random,
  change: (tokens: string[], at: number) => void,
): string {
  const all: string[] = text.match(TOKEN) ?? [" "];
  change(all, random.below(all.length));
  return all.join("");
}

function inLines(
  text: string,
  random: Random,
  change: (lines: string[], at: number) => void,
): string {
  const all = text.split("\n");
  change(all, random.below(all.length));
  return all.join("\n");
}
