import fc from "fast-check";
import type { Family } from "../../model/packet.ts";
import {
  addressTest,
  type DrawnProtocol,
  type DrawnTest,
  directionTest,
  domainTest,
  familyTest,
  fieldTest,
  flagsTest,
  icmpTest,
  onTest,
  PLAIN_SHOT,
  portTest,
  protocolTest,
  receivedTest,
  type Shot,
} from "./kernel-drawn-tests.ts";

/** A rule that was drawn, and what it asks in the order in which pf does. */
export interface DrawnRule {
  readonly text: string;
  readonly tests: readonly DrawnTest[];
}

/** A text and its rules by their names (`2`, in the anchor `a#2`); rule 0 blocks everything. */
export interface DrawnRuleset {
  readonly text: string;
  readonly rules: ReadonlyMap<string, DrawnRule>;
  /** What a failing law shows. */
  readonly [fc.toStringMethod]: () => string;
}

export interface RulesetOptions {
  /** What rules do besides to pass and to block: a translation, a tag, another table, `quick`. */
  readonly actions: readonly ("translate" | "tag" | "rtable" | "quick")[];
  /** Lines before the rules, all of them or some. */
  readonly settings?: readonly string[];
}

/**
 * A pf.conf of 4 to 10 narrow rules, a few of them in an anchor. Packets are aimed at them
 * ({@link aimedAt}), so that most are decided by different rules; nearly every packet that is drawn
 * without them would be decided by rule 0.
 */
export function drawnRuleset(options: RulesetOptions): fc.Arbitrary<DrawnRuleset> {
  const { settings = [] } = options;
  const rules = fc.array(drawnRule(options), { minLength: 4, maxLength: 10 });
  return fc
    .record({ rules, inside: fc.integer({ min: 0, max: 3 }), settings: fc.subarray([...settings]) })
    .map((drawn) => assembled(drawn.rules, drawn.inside, drawn.settings));
}

/** The first `inside` rules go into an anchor, which is rule 1. */
function assembled(
  drawn: readonly DrawnRule[],
  inside: number,
  settings: readonly string[],
): DrawnRuleset {
  const named = drawn.map((rule, index): [string, DrawnRule] => {
    if (index < inside) return [`a#${index}`, rule];
    return [String(index - inside + (inside === 0 ? 1 : 2)), rule];
  });
  const lines = drawn.map(({ text }) => text);
  const anchor = inside === 0 ? [] : ['anchor "a" {', ...lines.slice(0, inside), "}"];
  const text = [...settings, TABLE, "block", ...anchor, ...lines.slice(inside), ""].join("\n");
  return { text, rules: new Map(named), [fc.toStringMethod]: () => `\n${text}` };
}

const TABLE =
  "table <some> { 10.10.0.0/24, !10.10.0.64/26, 2001:db8:10::/64, !2001:db8:10::40/122 }";

interface Aim {
  readonly rule: number;
  /** Which ends of what is named. */
  readonly low: boolean;
  /** Test of the rule that is just missed; beyond the last one: none. */
  readonly missed: number;
}

/** Where to shoot; for {@link aimedAt}. */
export function drawnAim(): fc.Arbitrary<Aim> {
  return fc.record({
    rule: fc.nat(9),
    low: fc.boolean(),
    missed: fc.oneof({ weight: 3, arbitrary: fc.constant(99) }, fc.nat(9)),
  });
}

/** A packet at the ends of what one of the rules names, or in one field just beyond. */
export function aimedAt({ rules }: DrawnRuleset, { rule, low, missed }: Aim): Shot {
  const all = [...rules.values()];
  const tests = all[rule % all.length]?.tests ?? [];
  const hit = tests.reduce((shot, test) => test.met(shot, low) ?? shot, PLAIN_SHOT);
  return tests[missed]?.missed(hit, low) ?? hit;
}

function drawnRule(options: RulesetOptions): fc.Arbitrary<DrawnRule> {
  return fc
    .record({
      action: fc.constantFrom<Action>("pass", "pass", "pass", "block", "match"),
      family: fc.constantFrom<Family>("inet", "inet6"),
      protocol: fc.constantFrom<DrawnProtocol | undefined>(
        "tcp",
        "udp",
        "udp",
        "icmp",
        "gre",
        undefined,
      ),
      direction: fc.constantFrom("in" as const, "out" as const),
      on: fc.constantFrom<DrawnTest | undefined>(...INTERFACES, undefined),
      source: fc.nat(7),
      destination: fc.nat(5),
      sourcePort: fc.constantFrom(undefined, ...portTests("from")),
      destinationPort: fc.constantFrom(...portTests("to"), ...portTests("to"), undefined),
      flags: fc.nat(3),
      typed: fc.boolean(),
      rest: fc.subarray(REST, { maxLength: 1 }),
      received: fc.constantFrom<DrawnTest | undefined>(
        ...RECEIVED,
        undefined,
        undefined,
        undefined,
      ),
      state: fc.constantFrom(
        "",
        "",
        " keep state (if-bound)",
        " no state",
        " keep state (udp.first 7, tcp.first 8, icmp.first 9)",
      ),
      does: fc.constantFrom<Does>("", "", ...options.actions),
    })
    .map((drawn) => written(drawn));
}

type Action = "pass" | "block" | "match";
type Does = RulesetOptions["actions"][number] | "";

interface Drawn {
  readonly action: Action;
  readonly family: Family;
  readonly protocol: DrawnProtocol | undefined;
  readonly direction: "in" | "out";
  readonly on: DrawnTest | undefined;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: DrawnTest | undefined;
  readonly destinationPort: DrawnTest | undefined;
  readonly flags: number;
  readonly typed: boolean;
  readonly rest: readonly DrawnTest[];
  readonly received: DrawnTest | undefined;
  readonly state: string;
  readonly does: Does;
}

const NONE: readonly DrawnTest[] = [];

/** The words in the order of the grammar, the tests in that of the kernel. */
function written(drawn: Drawn): DrawnRule {
  const { action, family, protocol, does } = drawn;
  const ported = protocol === "tcp" || protocol === "udp";
  const direction = directionTest(drawn.direction);
  const given = (test: DrawnTest | undefined): readonly DrawnTest[] => (test ? [test] : NONE);
  const on = given(drawn.on);
  const proto = protocol === undefined ? NONE : [protocolTest(protocol, family)];
  const from = given(SOURCES[family][drawn.source]);
  const fromPort = ported ? given(drawn.sourcePort) : NONE;
  const to = given(DESTINATIONS[family][drawn.destination]);
  const toPort = ported ? given(drawn.destinationPort) : NONE;
  const keeps = action === "pass" && drawn.state !== " no state";
  const flags = flagsOf(drawn, keeps);
  const icmp = icmpOf(drawn, keeps);
  const received = drawn.direction === "out" ? given(drawn.received) : NONE;
  const words = (tests: readonly DrawnTest[]): string => tests.map((it) => it.words).join("");
  const familyWord = familyTest(family);
  // a port follows its address, which is `any` if there is none
  const ends = [
    from.length + fromPort.length === 0 ? "" : words(from) || " from any",
    words(fromPort),
    to.length + toPort.length === 0 ? "" : words(to) || " to any",
    words(toPort),
  ];
  const text = [
    action,
    direction.words,
    does === "quick" ? " quick" : "",
    words(on),
    familyWord.words,
    words(proto),
    ...ends,
    words(flags),
    words(icmp),
    words(drawn.rest),
    words(received),
    action === "pass" ? drawn.state : "",
    doneBy(drawn, keeps),
  ].join("");
  const [domain, named] = [
    on.filter((it) => it.criterion === "rdomain"),
    on.filter((it) => it.criterion === "on"),
  ];
  const tests = [
    ...named,
    direction,
    ...domain,
    familyWord,
    ...proto,
    ...from,
    ...to,
    ...flags,
    ...fromPort,
    ...toPort,
    ...icmp,
    ...inOrder(drawn.rest, received),
  ];
  return { text, tests };
}

/** `tos` and `tagged` come before `received-on`, `prio` behind it. */
function inOrder(rest: readonly DrawnTest[], received: readonly DrawnTest[]): readonly DrawnTest[] {
  const isLast = rest[0]?.criterion === "prio";
  return isLast ? [...received, ...rest] : [...rest, ...received];
}

const [FIN, SYN, ACK] = [1, 2, 16];

function flagsOf({ protocol, flags }: Drawn, keeps: boolean): readonly DrawnTest[] {
  const isTcp = protocol === "tcp";
  if (isTcp && flags === 1) return [flagsTest(" flags A/SA", ACK, SYN | ACK)];
  if (isTcp && flags === 2) return [flagsTest(" flags any", FIN | ACK, FIN | ACK)].slice(1);
  const asked = keeps && (isTcp || protocol === undefined);
  return asked ? [flagsTest("", SYN, SYN | ACK)] : NONE;
}

function icmpOf({ protocol, family, typed }: Drawn, keeps: boolean): readonly DrawnTest[] {
  if (protocol !== undefined && protocol !== "icmp") return NONE;
  const reply = icmpTest("reply", "", { inet: [8, 0], inet6: [128, 129] });
  const replies = keeps ? [reply] : NONE;
  if (!typed || protocol === undefined) return replies;
  const word = family === "inet" ? "icmp-type" : "icmp6-type";
  return [icmpTest("icmp-type", ` ${word} echoreq`, { inet: [8, 13], inet6: [128, 139] })];
}

/** What the rule does when it matches. */
function doneBy({ action, family, direction, does, protocol }: Drawn, keeps: boolean): string {
  const changes = action === "match" || keeps;
  if (does === "tag") return " tag T1";
  if (does === "rtable" && changes) return " rtable 1";
  if (does === "translate" && changes) {
    if (direction === "out") return family === "inet" ? " nat-to 192.0.2.9" : " nat-to 2001:db8::9";
    const port = protocol === "udp" ? " port 8080" : "";
    return family === "inet" ? ` rdr-to 10.20.0.9${port}` : ` rdr-to 2001:db8:20::9${port}`;
  }
  return action === "match" ? " set prio 4" : "";
}

const INTERFACES: readonly DrawnTest[] = [
  onTest("vlan10", "vlan10", "vlan20"),
  onTest("em0", "em0", "lo0"),
  onTest("tenant", "vlan20", "vlan30"),
  onTest("! tenant", "em0", "vlan10"),
  onTest("any", "vlan31", "lo0"),
  domainTest(0),
  domainTest(1),
];

const SOURCES: Readonly<Record<Family, readonly DrawnTest[]>> = {
  inet: [
    addressTest("from", "10.10.0.0/24", "inet", ["10.10.0.0", "10.10.0.255"]),
    addressTest("from", "10.10.0.64/26", "inet", ["10.10.0.64", "10.10.0.127"]),
    addressTest("from", "10.10.0.5", "inet", ["10.10.0.5", "10.10.0.5"]),
    addressTest("from", "! 10.20.0.0/24", "inet", ["10.20.0.0", "10.20.0.255"]),
    addressTest("from", "10.10.0.5 - 10.10.0.69", "inet", ["10.10.0.5", "10.10.0.69"]),
    // of the upper entry only: the lower end touches the negated one
    addressTest("from", "<some>", "inet", ["10.10.0.128", "10.10.0.255"]),
    addressTest("from", "(vlan10:network)", "inet", ["10.10.0.0", "10.10.0.255"]),
  ],
  inet6: [
    addressTest("from", "2001:db8:10::/64", "inet6", [
      "2001:db8:10::",
      "2001:db8:10::ffff:ffff:ffff:ffff",
    ]),
    addressTest("from", "2001:db8:10::40/122", "inet6", ["2001:db8:10::40", "2001:db8:10::7f"]),
    addressTest("from", "2001:db8:10::5", "inet6", ["2001:db8:10::5", "2001:db8:10::5"]),
    addressTest("from", "! 2001:db8:20::/64", "inet6", [
      "2001:db8:20::",
      "2001:db8:20::ffff:ffff:ffff:ffff",
    ]),
    addressTest("from", "2001:db8:10::5 - 2001:db8:10::45", "inet6", [
      "2001:db8:10::5",
      "2001:db8:10::45",
    ]),
    addressTest("from", "<some>", "inet6", ["2001:db8:10::80", "2001:db8:10::ffff:ffff:ffff:ffff"]),
    addressTest("from", "(vlan10:network)", "inet6", [
      "2001:db8:10::",
      "2001:db8:10::ffff:ffff:ffff:ffff",
    ]),
  ],
};

const DESTINATIONS: Readonly<Record<Family, readonly DrawnTest[]>> = {
  inet: [
    addressTest("to", "10.20.0.0/24", "inet", ["10.20.0.0", "10.20.0.255"]),
    addressTest("to", "10.20.0.128/25", "inet", ["10.20.0.128", "10.20.0.255"]),
    addressTest("to", "198.51.100.9", "inet", ["198.51.100.9", "198.51.100.9"]),
    addressTest("to", "(em0)", "inet", ["192.0.2.1", "192.0.2.1"]),
  ],
  inet6: [
    addressTest("to", "2001:db8:20::/64", "inet6", [
      "2001:db8:20::",
      "2001:db8:20::ffff:ffff:ffff:ffff",
    ]),
    addressTest("to", "2001:db8:20::80/121", "inet6", ["2001:db8:20::80", "2001:db8:20::ff"]),
    addressTest("to", "2001:db8:ff::1", "inet6", ["2001:db8:ff::1", "2001:db8:ff::1"]),
    addressTest("to", "(em0)", "inet6", ["2001:db8::1", "2001:db8::1"]),
  ],
};

function portTests(end: "from" | "to"): readonly DrawnTest[] {
  return [
    portTest(end, "53", [53, 53]),
    portTest(end, "1024:2047", [1024, 2047]),
    portTest(end, "52 >< 55", [53, 54]),
    portTest(end, "< 1024", [1, 1023]),
    portTest(end, ">= 2048", [2048, 65_535]),
    portTest(end, "!= 53", [53, 53], true),
    portTest(end, "1000 <> 2000", [1000, 2000], true),
  ];
}

const REST: DrawnTest[] = [
  fieldTest("tos", " tos 16", "tos", [16, 19], [12, 20]),
  fieldTest("tagged", " tagged T1", "tag", ["T1", "T1"], ["", "T2"]),
  fieldTest("tagged", " ! tagged T1", "tag", ["", "T2"], ["T1", "T1"]),
  fieldTest("prio", " prio 5", "priority", [5, 5], [4, 6]),
];

const RECEIVED: readonly DrawnTest[] = [
  receivedTest(" received-on vlan10", "vlan10", "vlan20"),
  receivedTest(" ! received-on tenant", "em0", "vlan10"),
];
