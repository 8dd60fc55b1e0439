import fc from "fast-check";
import type { Family } from "../../model/packet.ts";

/** Options that drawn rulesets begin with, or not. */
export const SETTINGS = [
  "set state-policy if-bound",
  "set block-policy return",
  "set reassemble no",
] as const;

const ADDRESSES: Readonly<Record<Family, readonly string[]>> = {
  inet: ["10.10.0.0/24", "10.10.0.5", "10.20.0.0/24", "10.0.0.0/8", "192.0.2.1", "198.51.100.0/25"],
  inet6: ["2001:db8:10::/64", "2001:db8:10::5", "2001:db8:20::/64", "2001:db8::/32", "2001:db8::1"],
};

/** Endpoints of either family; the negated ones are written with `!` in front. */
const ENDPOINTS = ["<some>", "<deep>", "(vlan10)", "(vlan10:network)", "vlan20:network"];

const PORTS = [
  "53",
  "443",
  "!= 22",
  "< 100",
  "<= 100",
  "> 1023",
  ">= 1024",
  "1024:2047",
  "5 >< 90",
  "100 <> 200",
];

const TABLES = [
  "table <some> { 10.10.0.0/24, !10.10.0.5, 2001:db8:10::/64, !2001:db8:10::5 }",
  "table <deep> { 10.0.0.0/8, !10.20.0.0/16, 10.20.0.0/24, 2001:db8::/32, !2001:db8:20::/64 }",
];

/** How a drawn ruleset looks. */
export interface RulesetConstraints {
  /**
   * `many`: narrow rules, for packets that are drawn at their boundaries; `few`: broad ones behind
   * a block, so that packets get somewhere and leave states.
   */
  readonly tests?: "many" | "few";
}

/**
 * A pf.conf of up to a dozen rules that is read without a bracket: every criterion, quick, anchors
 * in anchors, tags, tables with negation, translation and state options.
 *
 * Shrinks towards few, short rules.
 */
export function rulesetText({ tests = "many" }: RulesetConstraints = {}): fc.Arbitrary<string> {
  const rarity = tests === "many" ? 1 : 4;
  return fc
    .record({
      settings: fc.subarray([...SETTINGS]),
      skip: sometimes(12, fc.constant("set skip on vlan20")),
      rules: fc.array(
        fc.oneof(
          { weight: 8, arbitrary: rule(rarity) },
          { weight: 2, arbitrary: anchor(rarity, 1) },
          { weight: 1, arbitrary: antispoof() },
        ),
        { minLength: 1, maxLength: 12 },
      ),
    })
    .map(({ settings, skip, rules }) => {
      const first = tests === "few" ? ["block"] : [];
      const before = [...settings, ...(skip === "" ? [] : [skip]), ...TABLES];
      return [...before, ...first, ...named(rules), ""].join("\n");
    });
}

/** Anchors are numbered in order, so that no two have one name. */
function named(rules: readonly string[]): readonly string[] {
  let number = 0;
  return rules.map((line) => line.replaceAll('anchor "', () => `anchor "a${number++}`));
}

function anchor(rarity: number, depth: number): fc.Arbitrary<string> {
  const inner =
    depth === 0
      ? rule(rarity)
      : fc.oneof(
          { weight: 5, arbitrary: rule(rarity) },
          { weight: 1, arbitrary: anchor(rarity, depth - 1) },
        );
  return fc
    .record({
      direction: fc.constantFrom("", " in", " out"),
      quick: fc.constantFrom("", " quick"),
      on: sometimes(3, onInterface()),
      tests: sometimes(
        4 * rarity,
        fc.constantFrom(" inet proto udp", " tagged T1", " to 10.0.0.0/8"),
      ),
      body: fc.array(inner, { minLength: 1, maxLength: 4 }),
    })
    .map(({ direction, quick, on, tests, body }) => {
      const lines = body.flatMap((text) => text.split("\n")).map((line) => `  ${line}`);
      return `anchor ""${direction}${quick}${on}${tests} {\n${lines.join("\n")}\n}`;
    });
}

function antispoof(): fc.Arbitrary<string> {
  return fc.constantFrom("antispoof for vlan10 inet", "antispoof quick for vlan20");
}

/** @param rarity - how many times rarer than usual each test is */
function rule(rarity: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 5 * rarity, arbitrary: passRule(rarity) },
    { weight: 4, arbitrary: blockRule(rarity) },
    { weight: 3 * rarity, arbitrary: matchRule(rarity) },
  );
}

function passRule(rarity: number): fc.Arbitrary<string> {
  return changed((change) =>
    fc
      .record({
        tests: tests(change, rarity),
        state: sometimes(2, fc.constantFrom(...STATES)),
        tag: sometimes(4, fc.constantFrom(" tag T1", " tag T2")),
        options: sometimes(4, fc.constantFrom(" allow-opts", " rtable 1", " rtable 2")),
      })
      .map(({ tests: { before, after }, state, tag, options }) => {
        // a translation needs a state to be kept in
        const kept = change === "" || state !== " no state" ? state : "";
        return `pass${before}${after}${kept}${tag}${options}${change}`;
      }),
  );
}

const STATES = [
  " no state",
  " keep state (if-bound)",
  " keep state (floating)",
  " keep state (sloppy)",
];

function matchRule(rarity: number): fc.Arbitrary<string> {
  return changed((change) =>
    fc
      .record({
        tests: tests(change, rarity),
        action: fc.constantFrom(" tag T1", " tag T2", " rtable 1", " rtable 2", ""),
      })
      .map(({ tests: { before, after }, action }) => {
        const does = action === "" && change === "" ? " tag T1" : action;
        return `match${before}${after}${does}${change}`;
      }),
  );
}

function blockRule(rarity: number): fc.Arbitrary<string> {
  return fc
    .record({ tests: tests("", rarity), tag: sometimes(5, fc.constantFrom(" tag T1", " tag T2")) })
    .map(({ tests: { before, after }, tag }) => `block${before}${after}${tag}`);
}

/** Rules with a translation once in three times. */
function changed(make: (change: string) => fc.Arbitrary<string>): fc.Arbitrary<string> {
  return sometimes(3, fc.constantFrom(...TRANSLATIONS)).chain(make);
}

const TRANSLATIONS = [
  " nat-to 192.0.2.1",
  " nat-to 192.0.2.1 static-port",
  " nat-to (em0)",
  " nat-to 192.0.2.1 port 5000:5001",
  " nat-to 2001:db8::1",
  " rdr-to 10.20.0.5 port 5000",
  " rdr-to 10.20.0.5 port 5000:5010",
  " rdr-to 10.10.0.5 port 5:60",
  " rdr-to 10.10.0.5",
  " rdr-to 2001:db8:20::5 port 53",
];

/** The words of a rule between its action and what it does. */
interface Tests {
  readonly before: string;
  readonly after: string;
}

/** What a rule tests; one that translates has a direction and the family of the new address. */
function tests(change: string, rarity: number): fc.Arbitrary<Tests> {
  const family = fc.constantFrom<Family>("inet", "inet6");
  return fc
    .record({
      direction:
        change === "" ? fc.constantFrom("", " in", " out") : fc.constantFrom(" in", " out"),
      quick: sometimes(4 * rarity, fc.constant(" quick")),
      on: sometimes(2, onInterface()),
      family: change === "" ? family : fc.constant(familyOf(change)),
      stated: change === "" ? rarely(2 * rarity) : fc.constant(true),
      protocol: sometimes(2 * rarity, fc.constantFrom("tcp", "udp", "icmp", "gre")),
      source: sometimes(2 * rarity, endpoint()),
      destination: sometimes(2 * rarity, endpoint()),
      sourcePort: sometimes(4 * rarity, fc.constantFrom(...PORTS)),
      destinationPort: sometimes(2 * rarity, fc.constantFrom(...PORTS)),
      flags: sometimes(
        3,
        fc.constantFrom(" flags any", " flags S/SA", " flags A/A", " flags /SFRA"),
      ),
      type: sometimes(2, fc.constantFrom("echoreq", "unreach", "numbered")),
      tos: sometimes(12 * rarity, fc.constant(" tos 16")),
      tag: sometimes(5 * rarity, fc.constantFrom(" tagged T1", " ! tagged T1", " tagged T2")),
      received: sometimes(8 * rarity, fc.constantFrom(" received-on vlan10", " ! received-on em0")),
    })
    .map(testsText);
}

/** An endpoint of a rule before its family is known: the number of an address, and whether it is negated. */
function endpoint(): fc.Arbitrary<{ readonly which: number; readonly negated: boolean }> {
  const which = fc.oneof(
    { weight: 5, arbitrary: fc.nat(ROUTE_TEST - 1) },
    { weight: 1, arbitrary: fc.constant(ROUTE_TEST) },
  );
  return fc.record({ which, negated: rarely(3) });
}

/** The number that stands for a test of routes. */
const ROUTE_TEST = 12;

type Endpoint = "" | { readonly which: number; readonly negated: boolean };

type Parts = Readonly<
  Record<
    | "direction"
    | "quick"
    | "on"
    | "protocol"
    | "sourcePort"
    | "destinationPort"
    | "flags"
    | "type"
    | "tos"
    | "tag"
    | "received",
    string
  >
> & {
  readonly family: Family;
  readonly stated: boolean;
  readonly source: Endpoint;
  readonly destination: Endpoint;
};

function testsText(it: Parts): Tests {
  const { family, protocol } = it;
  const icmp = protocol === "icmp";
  const ported = protocol === "tcp" || protocol === "udp";
  const proto = icmp && family === "inet6" ? "icmp6" : protocol;
  const ends = [
    endText(" from ", family, it.source, ported ? it.sourcePort : ""),
    endText(" to ", family, it.destination, ported ? it.destinationPort : ""),
  ];
  return {
    before: [
      it.direction,
      it.quick,
      it.on,
      it.stated || icmp ? ` ${family}` : "",
      proto === "" ? "" : ` proto ${proto}`,
    ].join(""),
    after: [
      ...ends,
      protocol === "tcp" ? it.flags : "",
      icmp && it.type !== "" ? typeText(family, it.type) : "",
      it.tos,
      it.tag,
      it.received,
    ].join(""),
  };
}

function endText(word: string, family: Family, end: Endpoint, port: string): string {
  const tested = port === "" ? "" : ` port ${port}`;
  if (end === "") return tested === "" ? "" : `${word}any${tested}`;
  const known = [...ADDRESSES[family], ...ENDPOINTS];
  if (end.which === ROUTE_TEST)
    return `${word}${word === " from " ? "urpf-failed" : "no-route"}${tested}`;
  const address = known[end.which % known.length] ?? "any";
  return `${word}${end.negated ? "! " : ""}${address}${tested}`;
}

function typeText(family: Family, type: string): string {
  if (family === "inet") return ` icmp-type ${type === "numbered" ? "8 code 0" : type}`;
  return ` icmp6-type ${type === "numbered" ? "128 code 0" : type}`;
}

function familyOf(change: string): Family {
  return change.includes("2001:") ? "inet6" : "inet";
}

function onInterface(): fc.Arbitrary<string> {
  const names = [
    " on em0",
    " on vlan10",
    " on ! vlan10",
    " on vlan",
    " on egress",
    " on rdomain 1",
  ];
  return fc.constantFrom(...names);
}

/** The value once in `times`, else nothing. */
export function sometimes<T>(times: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | ""> {
  return fc.oneof(
    { weight: times - 1, arbitrary: fc.constant("" as const) },
    { weight: 1, arbitrary: value },
  );
}

/** True once in `times`; shrinks to false. */
function rarely(times: number): fc.Arbitrary<boolean> {
  return sometimes(times, fc.constant(true)).map((it) => it === true);
}
