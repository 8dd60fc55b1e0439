import type { DecidingLine, Emission, PairAnswer, Reason, Step } from "../../model/answer.ts";
import type { CheckAnswer } from "../../model/check-answer.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Packet } from "../../model/packet.ts";
import type { Sources, Span } from "../../model/source.ts";
import type { Survey } from "../../model/survey.ts";
import type { Unread } from "../../model/unread.ts";
import { parsePacketText } from "../../parser/packet-text.ts";

/** Hand-made answers about one host with two tenants: the network of claims.md 2. */

const FILE = "node1/etc/pf.conf";

const RULES: readonly string[] = [
  "block",
  "pass in on vlan10 to ! 10.0.0.0/8",
  "pass in on vlan20 to ! 10.0.0.0/8",
  "pass out on em0 nat-to (em0)",
  'anchor "relayd/*"',
];

export const SOURCES: Sources = new Map([[FILE, `${RULES.join("\n")}\n`]]);

export function packetOf(text: string): Packet {
  const { packet } = parsePacketText(text, { file: "test", line: 1, column: 1 });
  if (packet === undefined) throw new Error(`not a packet: ${text}`);
  return packet;
}

/** The rule on a line of the example, underlined from `column` on. */
export function ruleAt(line: number): DecidingLine & { number: number; anchor: string } {
  const text = RULES[line - 1] ?? "";
  return { number: line - 1, anchor: "", text, span: spanAt(line, 1, text.length) };
}

export function spanAt(line: number, column: number, length: number): Span {
  return { file: FILE, line, column, length };
}

function emission(from: string, name: string, text: string): Emission {
  return { from, at: { host: "node1", interface: name }, local: false, packet: packetOf(text) };
}

function test(
  direction: "in" | "out",
  name: string,
  text: string,
  more: Partial<Extract<Step, { kind: "test" }>>,
): Step {
  return {
    kind: "test",
    host: "node1",
    interface: name,
    direction,
    rdomain: 0,
    packet: packetOf(text),
    verdict: "pass",
    by: "rule",
    made: false,
    ...more,
  };
}

const PUNCH = "udp 10.20.0.5:5000 > 198.51.100.9:6000";
const CHANGED = "udp 192.0.2.1:50001 > 198.51.100.9:6000";
const ENTER = "udp 198.51.100.9:6000 > 192.0.2.1:50001";
const INSIDE = "udp 198.51.100.9:6000 > 10.20.0.5:5000";

export const PUNCHED: PairAnswer = {
  from: "internet",
  to: "tenant-b",
  verdict: "violated",
  level: "spoof",
  conduit: false,
  reasons: [],
  assumptions: [],
  violation: {
    class: "punched",
    decides: ruleAt(2),
    script: [emission("tenant-a", "vlan10", PUNCH), emission("internet", "em0", ENTER)],
    traces: [
      {
        steps: [
          { kind: "delivered", place: "node1:vlan10", packet: packetOf(PUNCH) },
          test("in", "vlan10", PUNCH, { rule: ruleAt(2), made: true }),
          { kind: "route", host: "node1", rtable: 0, to: "em0" },
          test("out", "em0", PUNCH, { rule: ruleAt(4), made: true, becomes: packetOf(CHANGED) }),
          { kind: "delivered", place: "internet", packet: packetOf(CHANGED) },
        ],
      },
      {
        steps: [
          test("in", "em0", ENTER, {
            by: "state",
            creator: 0,
            rule: ruleAt(4),
            becomes: packetOf(INSIDE),
          }),
          { kind: "route", host: "node1", rtable: 0, to: "vlan20" },
          test("out", "vlan20", INSIDE, { by: "state", creator: 0, rule: ruleAt(2) }),
          { kind: "delivered", place: "node1:vlan20", packet: packetOf(INSIDE) },
        ],
      },
    ],
  },
};

export const RELAYD: Unread = {
  id: `${FILE}:5`,
  span: spanAt(5, 1, 17),
  scope: { kind: "rule", host: "node1", anchor: "" },
  words: 'anchor "relayd/*"',
  effect: "may pass or block packets at this place",
  settle: 'assume: { anchor: { "node1:relayd/*": empty } }',
};

const REASON: Reason = {
  text: "an anchor that relayd fills at run time",
  span: RELAYD.span,
  unread: RELAYD,
  settle: RELAYD.settle,
};

export function pair(
  from: string,
  to: string,
  verdict: "proved" | "undecided",
  more: Partial<PairAnswer> = {},
): PairAnswer {
  const reasons = verdict === "undecided" ? [REASON] : [];
  return { from, to, verdict, level: "spoof", conduit: false, reasons, assumptions: [], ...more };
}

export const SURVEY: Survey = {
  zones: [
    { name: "tenant-a", places: ["node1:vlan10"], implicit: false },
    { name: "tenant-b", places: ["node1:vlan20"], implicit: false },
    { name: "internet", places: ["internet"], implicit: false },
    { name: "hosts", places: ["node1"], implicit: true },
  ],
  wires: [
    { name: "internet", ends: ["node1:em0"], named: ["internet"], zones: ["internet"] },
    { name: "node1:vlan10", ends: ["node1:vlan10"], named: [], zones: ["tenant-a"] },
  ],
  suspicions: [{ ends: ["node1:em1", "node2:em1"], reason: "both are in 10.9.0.0/24" }],
  places: [
    {
      reference: "node1",
      host: "node1",
      kind: "host",
      rdomain: 0,
      addresses: [],
      automatic: [],
      groups: [],
      zone: "hosts",
    },
    {
      reference: "node1:em0",
      host: "node1",
      interface: "em0",
      kind: "ethernet",
      rdomain: 0,
      addresses: ["192.0.2.1/24"],
      automatic: ["inet6"],
      groups: ["egress", "all"],
      zone: "internet",
    },
  ],
  files: [
    {
      host: "node1",
      files: [
        { file: FILE, use: "in part", lines: [5, 7, 8, 9], reason: "filled at run time" },
        { file: "node1/etc/hostname.em0", use: "read", lines: [] },
        { file: "node1/etc/motd", use: "not for us", lines: [], reason: "no packet depends on it" },
      ],
    },
  ],
};

export const FINDING: Diagnostic = {
  code: "antispoof-missing",
  severity: "warning",
  message: "nothing stops forged source addresses on `vlan10`",
  span: spanAt(2, 9, 9),
  help: "write `antispoof quick for vlan10` above",
};

export const MIXED: CheckAnswer = {
  level: "spoof",
  zones: ["tenant-a", "tenant-b", "internet", "hosts"],
  pairs: [
    PUNCHED,
    pair("internet", "tenant-a", "undecided"),
    pair("tenant-a", "hosts", "undecided", { reasons: [] }),
    pair("tenant-a", "tenant-b", "proved", { assumptions: ["S5"] }),
    pair("tenant-a", "internet", "proved", { conduit: true }),
  ],
  assumptions: ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"],
  assumed: [
    {
      text: "fw/etc/hostname.em3:4: `!/usr/local/sbin/openvpn` changes nothing",
      reason: "starts openvpn",
      by: "jd",
      expires: "2027-01-31",
      span: { file: "site.yaml", line: 20, column: 5, length: 4 },
    },
  ],
  waivers: [],
  required: [],
  wayPoints: [],
  attack: { scripts: 1000, seed: 1 },
  findings: [FINDING],
  brackets: [
    RELAYD,
    { ...RELAYD, id: `${FILE}:9`, span: spanAt(9, 1, 4), scope: { kind: "nothing" } },
  ],
  defaults: [],
  survey: SURVEY,
};

const FLOW = {
  from: "internet",
  to: "tenant-a",
  id: "C1",
  span: { file: "site.yaml", line: 9, column: 5, length: 60 },
  family: "inet",
} as const;
const HTTPS = { kind: "transport", protocol: 6, port: { operator: "=", port: 443 } } as const;
const PING = { kind: "icmp", family: "inet", type: 8 } as const;
const OPEN_HTTPS = "tcp 198.51.100.9:1024 > 10.10.0.5:443 flags S";

/** Required flows and way points of every verdict, and a violation that a waiver knows. */
export const REQUIRED: CheckAnswer = {
  ...MIXED,
  pairs: [{ ...PUNCHED, waivedBy: ["W1"] }],
  waivers: [
    {
      ...{ id: "W1", from: "internet", to: "tenant-b", services: [{ kind: "any" }] },
      ...{ reason: "migration", by: "jd", expires: "2026-12-31", span: FLOW.span },
    },
  ],
  required: [
    {
      ...{ ...FLOW, service: HTTPS, verdict: "fails", reasons: [] },
      witness: {
        script: [emission("internet", "em0", OPEN_HTTPS)],
        traces: [{ steps: [test("in", "em0", OPEN_HTTPS, { verdict: "block", rule: ruleAt(1) })] }],
      },
      failure: {
        text: "the opening packet is dropped in on em0 of node1",
        decides: ruleAt(1),
        mend: "pass in on em0 inet proto tcp from 198.51.100.9 to 10.10.0.5 port 443",
      },
    },
    {
      ...{ ...FLOW, service: PING, verdict: "undecided" },
      reasons: [{ text: RELAYD.effect, span: RELAYD.span, unread: RELAYD, settle: RELAYD.settle }],
    },
    {
      ...{ ...FLOW, to: "tenant-b", service: { kind: "protocol", protocol: 47 } },
      ...{ verdict: "works", reasons: [] },
      witness: { script: [emission("internet", "em0", PUNCH)], traces: [{ steps: [] }] },
    },
  ],
  wayPoints: [
    {
      ...{ from: "internet", to: "tenant-a", id: "C1", span: FLOW.span, via: "node1" },
      ...{ verdict: "proved", reasons: [] },
    },
    {
      ...{ from: "tenant-a", to: "tenant-b", span: FLOW.span, via: "node2" },
      ...{ verdict: "violated", reasons: [] },
      witness: { script: [emission("tenant-a", "vlan10", PUNCH)], traces: [{ steps: [] }] },
    },
    {
      ...{ from: "tenant-b", to: "tenant-a", span: FLOW.span, via: "node2" },
      ...{ verdict: "undecided", reasons: [{ text: "a path is possible", settle: "look" }] },
    },
  ],
  findings: [],
  brackets: [],
};

/** The same host without a site.yaml: nothing is asked. */
export const UNZONED: CheckAnswer = {
  ...MIXED,
  zones: ["hosts", "unplaced"],
  pairs: [],
  attack: { scripts: 0, seed: 1 },
  findings: [],
  survey: { ...SURVEY, zones: SURVEY.zones.filter((zone) => zone.implicit) },
  defaults: [
    { host: "node1", interface: "em0", family: "inet", verdict: "depends" },
    { host: "node1", interface: "em0", family: "inet6", verdict: "block", rule: ruleAt(1) },
    { host: "node1", interface: "vlan10", family: "inet", verdict: "pass", rule: ruleAt(2) },
    { host: "node1", interface: "vlan10", family: "inet6", verdict: "unknown" },
  ],
};
