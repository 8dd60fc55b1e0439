import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAddress, parsePrefix } from "../../model/address-text.ts";
import type { PfAddress, PfConfiguration, PfPool, PfRule, PfTable } from "../../model/pf-rule.ts";
import type { Span } from "../../model/source.ts";
import { pfRulesJson } from "../../report/pf-rules.ts";
import { type JsonSchema, pfRulesSchema } from "../../report/pf-rules-schema.ts";
import { rule } from "../support/pass-rule.ts";

const SPAN: Span = { file: "pf.conf", line: 2, column: 1, length: 4 };
const ANY = { address: { kind: "any" }, negated: false, port: undefined } as const;

/** A rule that passes everything; every field is as if nothing was written. */
const PASS: PfRule = rule({
  source: ANY,
  destination: ANY,
  origin: { span: SPAN, macros: [], includes: [] },
});

function pool(address: PfAddress): PfPool {
  return { address, type: "", key: "", sticky: false, staticPort: false, low: 0, high: 0 };
}

const NETWORK = parsePrefix("10.0.0.0/8")!;
const HOST = parsePrefix("2001:db8::1")!;
const LAST = parseAddress("10.0.0.9")!.value;

/** A rule with everything at once, as no pf.conf could have it. */
const FULL: PfRule = {
  ...PASS,
  number: 7,
  action: "block",
  answer: { kind: "return-icmp", code: 3, code6: 4 },
  direction: "in",
  quick: true,
  log: { all: true, matches: false, user: true, to: 0 },
  interface: "em0",
  interfaceNegated: true,
  rdomain: 0,
  family: "inet",
  protocol: 1,
  source: {
    address: { kind: "prefix", prefix: NETWORK },
    negated: true,
    port: { operator: "><", first: 1, last: 9 },
  },
  destination: {
    address: { kind: "range", range: { family: "inet", first: NETWORK.value, last: LAST } },
    negated: false,
    port: undefined,
  },
  os: "OpenBSD",
  receivedOn: { name: "em1", negated: true },
  user: { operator: "=", first: -1, last: 0 },
  group: { operator: "!=", first: 0, last: 0 },
  flags: 0,
  flagMask: 2,
  icmpType: 0,
  icmpCode: 0,
  tos: 16,
  prio: 0,
  packetRate: { limit: 5, seconds: 1 },
  set: { prio: 0, lowDelayPrio: 6, queue: "std", lowDelayQueue: "", tos: 0, delay: 5 },
  state: "keep",
  stateOptions: {
    ...PASS.stateOptions,
    max: 10,
    sourceTrack: "rule",
    sourceRate: { limit: 3, seconds: 1 },
    overload: "bad",
    flush: "flush global",
    timeouts: [["tcp.first", 9]],
  },
  probability: 100,
  fragment: true,
  allowOptions: true,
  once: true,
  scrub: { noDf: true, randomId: false, minTtl: 0, reassembleTcp: true, maxMss: 1440 },
  label: "Caf\u00c3\u00a9",
  tag: "t",
  tagged: "u",
  taggedNegated: true,
  rtable: 0,
  divert: { kind: "divert-to", address: HOST, port: 80 },
  nat: { ...pool({ kind: "table", name: "t" }), type: "source-hash", key: "0x1", sticky: true },
  rdr: { ...pool({ kind: "route", label: "x" }), low: 80, high: 90 },
  route: pool({ kind: "dynamic", name: "em0", part: "peer", first: true, length: 128 }),
  routeKind: "route-to",
  afTo: "inet6",
  anchor: { name: "a/*", path: "a", wildcard: true, inline: false },
  origin: { span: SPAN, macros: [{ name: "m", span: SPAN }], includes: [SPAN] },
  elements: [{ ...SPAN, line: 1, column: 9, length: 2 }],
};

const TABLE: PfTable = {
  name: "t",
  anchor: "",
  constant: true,
  persist: false,
  counters: false,
  contents: [
    {
      kind: "list",
      entries: {
        count: 2,
        offsets: Uint32Array.of(0, 1),
        words: Uint32Array.of(0x0a000000, 0x20010db8, 0, 0, 1),
        lengths: Uint8Array.of(8, 128),
        marks: Uint8Array.of(0, 3),
      },
    },
  ],
  open: "www.example",
  span: SPAN,
};

const RANGES: PfTable = {
  ...TABLE,
  name: "__automatic_0",
  contents: [{ kind: "addresses", addresses: [FULL.destination.address] }],
};

const CONFIGURATION: PfConfiguration = {
  anchor: "",
  printed: ['m = "x"', TABLE],
  queues: [
    {
      name: "std",
      parent: "root",
      interface: "",
      bandwidth: { rate: 1000, burst: 0, milliseconds: 0 },
      min: undefined,
      max: undefined,
      flows: 0,
      quantum: 0,
      isDefault: true,
      limit: 50,
      span: SPAN,
    },
  ],
  rulesets: new Map([["", { rules: [PASS, FULL], tables: [] }]]),
  tables: [TABLE, RANGES],
  stderr: [],
  accepted: true,
};

const SOURCES = new Map([["pf.conf", "# Caf\u00c3\u00a9 \u00c3\u00a9\npass\n"]]);
const DOCUMENT = pfRulesJson(
  [{ host: "fw1", sources: SOURCES, diagnostics: [], configurations: [CONFIGURATION] }],
  [{ code: "x", severity: "warning", message: "m", span: SPAN, help: "h" }],
  (rule) => `${rule.action} all`,
);

describe("pfRulesJson", () => {
  const parsed = JSON.parse(DOCUMENT);
  const [pass, full] = parsed.hosts[0].configurations[0].rulesets[0].rules;

  it("leaves out of a rule what is not set", () => {
    const any = { address: { kind: "any" } };
    expect(pass).toEqual({
      number: 0,
      text: "pass all",
      action: "pass",
      source: any,
      destination: any,
      state: "none",
      span: SPAN,
    });
  });

  it("has every field that is set, also those that are zero", () => {
    const { anchor, ...rest } = FULL;
    for (const key of Object.keys({ ...rest, anchor, origin: 0 })) {
      expect(full, key).toHaveProperty(key === "origin" ? "span" : key);
    }
    expect(full).toMatchObject({ icmpType: 0, rtable: 0, prio: 0, rdomain: 0, flags: 0 });
  });

  it("writes addresses as text", () => {
    expect(full.source.address).toEqual({ kind: "prefix", family: "inet", prefix: "10.0.0.0/8" });
    expect(full.destination.address).toMatchObject({ first: "10.0.0.0", last: "10.0.0.9" });
    const [content] = parsed.hosts[0].configurations[0].tables[0].contents;
    expect(content.entries).toEqual(["10.0.0.0/8", "! 2001:db8::1"]);
  });

  it("decodes texts and spans of files in UTF-8", () => {
    expect(full.label).toBe("Café");
    expect(full.elements).toEqual([{ file: "pf.conf", line: 1, column: 8, length: 1 }]);
  });

  it("is as its schema says", () => {
    expect(mistakes(parsed, pfRulesSchema, "$")).toEqual([]);
  });
});

describe("pf-rules.schema.json", () => {
  it("is the schema of the code: `npm run schema` writes it", () => {
    const committed: unknown = JSON.parse(readFileSync("pf-rules.schema.json", "utf8"));
    expect(committed).toEqual(JSON.parse(JSON.stringify(pfRulesSchema)));
  });
});

/** What a value does against the part of JSON Schema that our schemas use. */
function mistakes(value: unknown, schema: JsonSchema, at: string): readonly string[] {
  const { $ref, $defs: _, oneOf, enum: words, const: only, type } = schema;
  if (typeof $ref === "string") {
    const defs = pfRulesSchema.$defs as Readonly<Record<string, JsonSchema>>;
    return mistakes(value, defs[$ref.replace("#/$defs/", "")]!, at);
  }
  if (Array.isArray(oneOf)) {
    const fits = oneOf.filter((it) => mistakes(value, it, at).length === 0);
    return fits.length === 1 ? [] : [`${at} fits ${fits.length} of ${oneOf.length}`];
  }
  if (Array.isArray(words)) return words.includes(value) ? [] : [`${at} is ${value}`];
  if ("const" in schema) return value === only ? [] : [`${at} is ${value}`];
  if (type === "array") {
    if (!Array.isArray(value)) return [`${at} is no list`];
    return value.flatMap((it, n) => mistakes(it, schema.items as JsonSchema, `${at}[${n}]`));
  }
  if (type === "object") return mistakesInObject(value, schema, at);
  const found = Number.isInteger(value) ? "integer" : typeof value;
  return found === type ? [] : [`${at} is ${found}`];
}

function mistakesInObject(value: unknown, schema: JsonSchema, at: string): readonly string[] {
  if (typeof value !== "object" || value === null) return [`${at} is no object`];
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = schema as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
    readonly additionalProperties: false | JsonSchema;
  };
  const missing = required.filter((key) => !(key in value)).map((key) => `${at} lacks ${key}`);
  const wrong = Object.entries(value).flatMap(([key, it]) => {
    const own = properties[key] ?? additionalProperties;
    return own === false ? [`${at} has ${key}`] : mistakes(it, own, `${at}.${key}`);
  });
  return [...missing, ...wrong];
}
