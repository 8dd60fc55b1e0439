import { nearestKnown, nearestName } from "../../nearest-name.ts";
import { type Kind, kindOf } from "../lexical/kinds.ts";
import { protocolNumber } from "../names/protocols.ts";
import { servicePort } from "../names/services.ts";

/** A stable name for a complaint of pfctl, and what to write instead. */
export interface Advice {
  readonly code: string;
  readonly help?: string;
  /** Keywords that the complaint is about, for underlining. */
  readonly under: readonly Kind[];
}

/** What pfctl says, as a pattern; our name for it, what to write instead, and what it is about. */
type Line = readonly [pattern: RegExp, code: string, help: string | Meant, under?: string];

/** What to write instead of the word that the first group of the pattern holds. */
type Meant = (word: string) => string;

/** The name that was meant, if one is near; else where names are listed. */
function oneOf(near: (word: string) => string | undefined, list: string): Meant {
  return (word) => {
    const name = near(word);
    return name === undefined ? list : `did you mean \`${name}\`?`;
  };
}

/** The first line that fits counts. */
const ADVICE: readonly Line[] = [
  [/^syntax error$/, "syntax", ""],
  [/^macro '.*' not defined$/s, "undefined-macro", 'define it above: `name = "value"`'],
  [/^could not parse host|^no IP address/, "unknown-host", ""],
  [
    /^rule expands to no valid combination$/,
    "no-combination",
    "no two elements of its lists go together: look at address families and interfaces",
  ],
  [
    /^port only applies to tcp\/udp$/,
    "port-needs-transport",
    "write `proto { tcp udp }` in front of the addresses",
    "port",
  ],
  [/^user only applies to tcp\/udp$/, "user-needs-transport", "write `proto { tcp udp }`", "user"],
  [
    /^group only applies to tcp\/udp$/,
    "group-needs-transport",
    "write `proto { tcp udp }`",
    "group",
  ],
  [/^os only applies to tcp$|^OS fingerprinting only/, "os-needs-tcp", "write `proto tcp`", "os"],
  [/^flags only apply to tcp$/, "flags-need-tcp", "write `proto tcp`", "flags"],
  [
    /^flags always false$/,
    "flags",
    "the flags in front of `/` must be among those behind it",
    "flags",
  ],
  [/^bad flags /, "flags", "flags are letters of `FSRPAUEW`"],
  [
    /^icmp-type|^must indicate address family with icmp-type/,
    "icmp-type",
    "write `inet proto icmp icmp-type …` or `inet6 proto icmp6 icmp6-type …`",
    "icmp-type icmp6-type",
  ],
  [
    /^proto icmp6? doesn't match/,
    "icmp-family",
    "icmp goes with `inet`, icmp6 with `inet6`",
    "proto",
  ],
  [
    /^(un|illegal|unknown )icmp|^unknown icmp|^illegal icmp/,
    "icmp-name",
    "types and codes are listed in icmp(4) and icmp6(4)",
  ],
  [
    /^keep state is great/,
    "state-only-pass",
    "only pass rules keep states: take the option away",
    "keep modulate synproxy",
  ],
  [
    /^nat-to and rdr-to require a direction$|^direction must be explicit/,
    "needs-direction",
    "write `in` or `out` behind the action",
    "nat-to rdr-to binat-to af-to route-to reply-to",
  ],
  [
    /^nat-to and rdr-to require keep state$/,
    "needs-state",
    "translate in a `match` rule, or in a `pass` rule that keeps its state",
    "nat-to rdr-to binat-to af-to",
  ],
  [
    /^route-to, reply-to and dup-to/,
    "needs-state",
    "write it in a `pass` rule that keeps its state",
    "route-to reply-to dup-to",
  ],
  [
    /^sloppy state matching/,
    "state-option",
    "sloppy goes with `keep state` only",
    "modulate synproxy",
  ],
  [/^allow-opts can only/, "allow-opts", "write it in a `pass` rule", "allow-opts"],
  [
    /^fragments can be filtered/,
    "fragment",
    "later fragments have no ports, flags or types: take those tests away",
    "fragment",
  ],
  [/^return-rst can only/, "return-rst", "write `proto tcp`, or `return`", "return-rst"],
  [/^synproxy used for inbound/, "synproxy-direction", "write `in`", "synproxy"],
  [/^divert/, "divert", "", "divert-to divert-reply divert-packet"],
  [/^'once' only/, "once", "", "once"],
  [/^address family inet6 does not support scrub/, "scrub", "write `inet`", "scrub"],
  [/^af-to|different address family with af-to/, "af-to", "", "af-to"],
  [/binat/, "binat", "", "binat-to"],
  [/^netmask .* invalid for IPv4/, "netmask", "IPv4 networks end at /32", "/"],
  [
    /^(translation|routing) spec contains addresses with different/,
    "pool-family",
    "write `inet` or `inet6` in front of `proto`",
    "nat-to rdr-to route-to reply-to dup-to",
  ],
  [
    /spec contains addresses|^af mismatch/,
    "pool-family",
    "",
    "nat-to rdr-to af-to binat-to route-to reply-to dup-to",
  ],
  [
    /pool type|redirection pools|^failed to add host|^route spec requires|static-port/,
    "pool",
    "",
    "nat-to rdr-to af-to binat-to route-to reply-to dup-to",
  ],
  [
    /^unknown port (.*)$/s,
    "unknown-port",
    oneOf(
      (word) => nearestKnown(word, (name) => servicePort(name) !== undefined),
      "write the number, or a name of services(5)",
    ),
  ],
  [
    /^unknown protocol (.*)$/s,
    "unknown-protocol",
    oneOf(
      (word) => nearestKnown(word, (name) => protocolNumber(name) !== undefined),
      "write the number, or a name of protocols(5)",
    ),
  ],
  [
    /^unknown (user|group) /,
    "unknown-account",
    "write the number, or supply the account in the environment",
  ],
  [/^invalid (rdr-to )?port range$/, "port-range", "write the lower port first", "port"],
  [/^illegal port value /, "port-range", "ports are 0 … 65535"],
  [/^':' cannot be used/, "port-operator", "write a range without an operator, or `a >< b`"],
  [
    /^rtable .* does not exist$/,
    "no-rtable",
    "create it, or supply `@rtable` and its number with --interfaces",
  ],
  [
    /^queue .* is not defined$/,
    "undefined-queue",
    "define it above this line, with a `parent`",
    "queue",
  ],
  [
    /cannot be (redefined|respecified)$|^cannot (respecify|redefine)|multiple (definitions|'overload')/,
    "given-twice",
    "write it once",
  ],
  [/^only positive values permitted$/, "number-range", "0 … 4294967295"],
  [
    /^anchors without explicit rules must/,
    "anchor-name",
    'write `anchor "name"`, or its rules in braces',
    "anchor",
  ],
  [/^inline anchor '.*' already exists$/s, "anchor-name", "give one of the two another name"],
  [/^anchor/, "anchor-name", "", "anchor"],
  [
    /^failed to include file /,
    "include",
    "write the path in quotes, relative to the directory pfctl runs in",
  ],
  [/^cannot load |contains bad data$/, "table-file", ""],
  [
    /^invalid table option '(.*)'$/s,
    "table-option",
    oneOf(
      (word) => nearestName(word, ["const", "persist", "counters"]),
      "options are `const`, `persist` and `counters`",
    ),
  ],
  [
    /inside tables$|^tables cannot contain|^unknown address type|^cannot create address buffer/,
    "table-entry",
    "tables hold addresses and networks",
  ],
  [/^invalid use of|^tables cannot be used/, "binat", "", "binat-to"],
  [
    /^(more than|lists nested|statement too)|^macros? (expand|value)/,
    "limit",
    "this is a limit of pfproof: pfctl has none here",
  ],
  [/^reached end of file while/, "unfinished-string", "close it with the quote it began with"],
  [/too long/, "too-long", ""],
  [
    /^unknown (timeout|optimization|ruleset-opt)|^unable to set limit|^error setting|^invalid value/,
    "set-option",
    "",
  ],
  [/queue|bandwidth/, "queue", ""],
  [/^prio must be|^illegal|^invalid|outside range$|out of range|must be/, "value-range", ""],
];

const cache: Map<string, Advice> = new Map();

/** What to say besides a message of pfctl. */
export function adviceOn(message: string): Advice {
  const known = cache.get(message);
  if (known !== undefined) return known;
  const [pattern, code, said, under] = ADVICE.find(([pattern]) => pattern.test(message)) ?? UNKNOWN;
  const help = typeof said === "string" ? said : said(pattern.exec(message)?.[1] ?? "");
  const kinds = under === undefined ? [] : under.split(" ").map(kindOf);
  const advice = help === "" ? { code, under: kinds } : { code, help, under: kinds };
  if (cache.size < 1000) cache.set(message, advice);
  return advice;
}

const UNKNOWN: Line = [/^/, "pf", ""];
