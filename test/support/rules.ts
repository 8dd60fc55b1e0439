import { parseAddress, parsePrefix } from "../../model/address-text.ts";
import type { Packet } from "../../model/packet.ts";
import { TCP, TCP_FLAGS } from "../../model/packet.ts";
import type { AddressTest, Endpoint, Rule, Ruleset, Table } from "../../model/rule.ts";
import type { Unread } from "../../model/unread.ts";
import { NOWHERE } from "./network.ts";

export const ANY: Endpoint = { address: { kind: "any" }, negated: false };

/** A rule that matches everything, unless `fields` says otherwise; pass rules keep state as pfctl adds it. */
export function rule(action: Rule["action"], fields: Partial<Rule> = {}): Rule {
  const keeps = action === "pass" && fields.state !== "none";
  const tcpOnly = keeps && (fields.protocol === undefined || fields.protocol === TCP);
  return {
    action,
    number: 0,
    anchor: "",
    quick: false,
    log: false,
    source: ANY,
    destination: ANY,
    fragment: false,
    allowOptions: false,
    once: false,
    state: keeps ? "keep" : "none",
    binding: "floating",
    sloppy: false,
    answer: "drop",
    uncertain: [],
    text: action,
    span: NOWHERE,
    ...(tcpOnly && fields.fragment !== true ? { flags: { set: 2, mask: 18 } } : {}),
    ...fields,
  };
}

/** Rules per anchor path, numbered in order. */
export function rulesetOf(
  anchors: Readonly<Record<string, readonly Rule[]>>,
  fields: Partial<Ruleset> = {},
): Ruleset {
  const numbered = Object.entries(anchors).map(
    ([anchor, rules]) =>
      [anchor, rules.map((it, number): Rule => ({ ...it, anchor, number }))] as const,
  );
  return {
    anchors: new Map(numbered),
    tables: [],
    skip: [],
    reassemble: true,
    unread: [],
    ...fields,
  };
}

/** `10.0.0.0/8`, `! 10.0.0.0/8`, `<table>`, `! <table>`, `(em0)`, `(em0:network)`, or any of it with `port`. */
export function endpoint(text: string, port?: number): Endpoint {
  const negated = text.startsWith("! ");
  const test = addressTest(negated ? text.slice(2) : text);
  const ports = port === undefined ? {} : { port: { operator: "=" as const, port } };
  return { address: test, negated, ...ports };
}

/** `10.0.0.0/8` and `! 10.1.0.0/16` are entries. */
export function table(
  name: string,
  entries: readonly string[],
  fields: Partial<Table> = {},
): Table {
  return {
    name,
    anchor: "",
    entries: entries.map((text) => {
      const negated = text.startsWith("! ");
      return { prefix: prefix(negated ? text.slice(2) : text), negated };
    }),
    span: NOWHERE,
    ...fields,
  };
}

/** A UDP packet from port 5000 to port 53, unless `fields` says otherwise; flags as letters. */
export function packet(
  source: string,
  destination: string,
  fields: Partial<Omit<Packet, "flags">> & { readonly flags?: string } = {},
): Packet {
  const from = address(source);
  const { flags = "", ...rest } = fields;
  const protocol = rest.protocol ?? 17;
  const ported = protocol === 6 || protocol === 17;
  return {
    family: from.family,
    protocol,
    source: from.value,
    destination: address(destination).value,
    sourcePort: ported ? 5000 : 0,
    destinationPort: ported ? 53 : 0,
    flags: [...flags].reduce((bits, letter) => bits | (1 << TCP_FLAGS.indexOf(letter)), 0),
    icmpType: 0,
    icmpCode: 0,
    icmpId: 0,
    tos: 0,
    ttl: 64,
    fragment: "no",
    options: false,
    ...rest,
  };
}

/** A line that was not understood, with this id. */
export function unread(id: string): Unread {
  return {
    id,
    span: NOWHERE,
    scope: { kind: "rule", host: "fw", anchor: "" },
    words: id,
    effect: "may do anything",
    settle: "",
  };
}

export function address(text: string): {
  readonly family: "inet" | "inet6";
  readonly value: bigint;
} {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new RangeError(`no address: ${text}`);
  return parsed;
}

function prefix(text: string): NonNullable<ReturnType<typeof parsePrefix>> {
  const parsed = parsePrefix(
    text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`,
  );
  if (parsed === undefined) throw new RangeError(`no prefix: ${text}`);
  return parsed;
}

function addressTest(text: string): AddressTest {
  if (text.startsWith("<")) return { kind: "table", name: text.slice(1, -1) };
  if (!text.startsWith("(")) return { kind: "prefix", prefix: prefix(text) };
  const [name = "", part = "address"] = text.slice(1, -1).split(":");
  return { kind: "dynamic", name, part: part === "network" ? "network" : "address", first: false };
}
