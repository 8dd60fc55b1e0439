import { PF_RULES_SCHEMA } from "./pf-rules.ts";

/** A schema of JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const text: JsonSchema = { type: "string" };
const yes: JsonSchema = { const: true };
const number: JsonSchema = { type: "integer" };
const span: JsonSchema = { $ref: "#/$defs/span" };
const address: JsonSchema = { $ref: "#/$defs/address" };
const family: JsonSchema = oneWord("inet", "inet6");

function oneWord(...words: readonly string[]): JsonSchema {
  return { enum: words };
}

function listOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** Keys that end in `?` may be left out; there are no others than these. */
function record(
  properties: Readonly<Record<string, JsonSchema>>,
  description?: string,
): JsonSchema {
  const entries = Object.entries(properties);
  const names = entries.map(([key]) => key).filter((key) => !key.endsWith("?"));
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    properties: Object.fromEntries(entries.map(([key, it]) => [key.replace(/\?$/, ""), it])),
    ...(names.length === 0 ? {} : { required: names }),
    additionalProperties: false,
  };
}

function said(description: string, schema: JsonSchema): JsonSchema {
  return { ...schema, description };
}

const ID_OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "><", "<>"];
const idTest = record({ operator: oneWord(...ID_OPERATORS), first: number, last: number });
const rate = record({ limit: number, seconds: number });
const curve = record({ rate: number, burst: number, milliseconds: number });

const addresses: JsonSchema = {
  oneOf: [
    record({ kind: oneWord("any", "no-route", "urpf-failed") }),
    record({ kind: oneWord("prefix"), family, prefix: said("`10.0.0.0/8`, `192.0.2.1`", text) }),
    record({ kind: oneWord("range"), family, first: text, last: text }),
    record({ kind: oneWord("table"), name: text }),
    record({
      kind: oneWord("dynamic"),
      name: text,
      part: oneWord("address", "network", "broadcast", "peer"),
      "first?": yes,
      length: said("mask; full if none was written", number),
    }),
    record({ kind: oneWord("route"), label: text }),
  ],
};

const endpoint = record({
  address,
  "negated?": yes,
  "port?": record({
    operator: oneWord(...ID_OPERATORS, "range"),
    first: number,
    last: number,
  }),
});

const pool = record({
  address,
  "type?": oneWord(..."bitmask random source-hash round-robin least-states".split(" ")),
  "key?": text,
  "sticky?": yes,
  "staticPort?": yes,
  "low?": number,
  "high?": number,
});

const table = record({
  name: text,
  "anchor?": text,
  "constant?": yes,
  "persist?": yes,
  "counters?": yes,
  contents: listOf({
    oneOf: [
      record({ kind: oneWord("file"), name: text, entries: listOf(text) }),
      record({ kind: oneWord("list"), entries: listOf(text) }),
      record({ kind: oneWord("addresses"), addresses: listOf(address) }),
    ],
  }),
  "open?": said("a name in it whose addresses only the running host knows", text),
  span,
});

const queue = record({
  name: text,
  "parent?": text,
  "interface?": text,
  "bandwidth?": curve,
  "min?": curve,
  "max?": curve,
  flows: number,
  quantum: number,
  "isDefault?": yes,
  limit: number,
  span,
});

const stateOptions = record({
  "max?": number,
  "noSync?": yes,
  "sourceTrack?": oneWord("global", "rule"),
  "maxSourceStates?": number,
  "maxSourceConnections?": number,
  "sourceRate?": rate,
  "maxSourceNodes?": number,
  "overload?": text,
  "flush?": oneWord("flush", "flush global"),
  "ifBound?": yes,
  "sloppy?": yes,
  "pflow?": yes,
  "timeouts?": { type: "object", additionalProperties: number },
});

const rule = record({
  number: said("within its ruleset, from 0, after the optimizer", number),
  text: said("the rule as pfctl prints it", text),
  action: oneWord("pass", "block", "match", "anchor"),
  "answer?": record({
    kind: oneWord("drop", "return", "return-rst", "return-icmp"),
    "ttl?": number,
    "code?": number,
    "code6?": number,
  }),
  "direction?": oneWord("in", "out"),
  "quick?": yes,
  "log?": record({ "all?": yes, "matches?": yes, "user?": yes, to: number }),
  "interface?": text,
  "interfaceNegated?": yes,
  "rdomain?": number,
  "family?": family,
  "protocol?": said("IANA number", number),
  "anchor?": record({ "name?": text, "path?": text, "wildcard?": yes, "inline?": yes }),
  source: endpoint,
  destination: endpoint,
  "os?": text,
  "receivedOn?": record({ name: text, "negated?": yes }),
  "user?": said("-1 is unknown", idTest),
  "group?": said("-1 is unknown", idTest),
  "flags?": said("FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128", number),
  "flagMask?": number,
  "icmpType?": number,
  "icmpCode?": number,
  "tos?": number,
  "prio?": number,
  "packetRate?": rate,
  "probability?": said("of 4294967295", number),
  "fragment?": yes,
  "tagged?": text,
  "taggedNegated?": yes,
  state: oneWord("none", "keep", "modulate", "synproxy"),
  "stateOptions?": stateOptions,
  "set?": record({
    "prio?": number,
    "lowDelayPrio?": number,
    "queue?": text,
    "lowDelayQueue?": text,
    "tos?": number,
    "delay?": said("milliseconds", number),
  }),
  "allowOptions?": yes,
  "once?": yes,
  "scrub?": record({
    "noDf?": yes,
    "randomId?": yes,
    minTtl: said("0: not set", number),
    "reassembleTcp?": yes,
    maxMss: said("0: not set", number),
  }),
  "label?": text,
  "tag?": text,
  "rtable?": number,
  "divert?": record({
    kind: oneWord("divert-to", "divert-packet", "divert-reply"),
    "address?": text,
    "port?": number,
  }),
  "nat?": pool,
  "rdr?": pool,
  "route?": pool,
  "routeKind?": oneWord("route-to", "reply-to", "dup-to"),
  "afTo?": family,
  span: said("the statement that made the rule", span),
  "macros?": said("uses of macros in it, in order", listOf(record({ name: text, span }))),
  "includes?": said("the `include` lines that led to its file, outermost first", listOf(span)),
  "elements?": said("the list elements that made it, in the order of the loops", listOf(span)),
});

const configuration = record({
  anchor: said("of `-a` or `load anchor`; empty: the main ruleset", text),
  accepted: said("pfctl would load it", { type: "boolean" }),
  printed: said("macros and options as pfctl prints them", listOf(text)),
  tables: listOf(table),
  queues: listOf(queue),
  rulesets: listOf(
    record({
      path: said("absolute path of the anchor", text),
      tables: said("made by the optimizer", listOf(table)),
      rules: listOf(rule),
    }),
  ),
});

const diagnostic = record({
  code: text,
  severity: oneWord("error", "warning"),
  message: text,
  span,
  "help?": text,
});

/** The schema of the document of `pfproof print --json`; `npm run schema` writes it. */
export const pfRulesSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Expanded pf rules",
  description:
    "What `pfproof print --json` says. A key that is not there is false, empty or not set.",
  ...record({
    pfproof: { const: 1 },
    command: { const: "print" },
    schema: { const: PF_RULES_SCHEMA },
    hosts: listOf(
      record({
        host: text,
        configurations: said("the main file, then those of `load anchor`", listOf(configuration)),
      }),
    ),
    diagnostics: listOf(diagnostic),
  }),
  $defs: {
    span: record(
      { file: text, line: number, column: number, length: number },
      "line and column from 1, column and length in UTF-16 code units",
    ),
    address: addresses,
  },
};
