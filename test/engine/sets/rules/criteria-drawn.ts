import fc from "fast-check";
import type { LiveRule } from "../../../../engine/kernel/live-rule.ts";
import type { KernelPacket } from "../../../../engine/kernel/packet.ts";
import { liveRule } from "../../../../engine/kernel/rulesets.ts";
import type { Prefix } from "../../../../model/address.ts";
import { parseAddress, parsePrefix } from "../../../../model/address-text.ts";
import { ICMP, ICMP6, TCP, UDP } from "../../../../model/packet.ts";
import type { IdTest, PfAddress, PfEndpoint, PfPort, PfRule } from "../../../../model/pf-rule.ts";
import { rdomainOf } from "../../../conformance/kernel-surroundings.ts";
import { packetFrom, TENANTS } from "../../../support/kernel-host.ts";
import { PASS } from "../../../support/pass-rule.ts";
import type { Meeting } from "./criteria-agreement.ts";

const ANY: PfAddress = { kind: "any" };

const ADDRESSES: readonly PfAddress[] = [
  ANY,
  ...["10.10.0.0/24", "10.10.0.5", "10.10.0.64/26", "0.0.0.0/0", "::/0", "192.0.2.0/23"].map(
    network,
  ),
  ...["2001:db8:10::/64", "2001:db8:10::40/122", "2001:db8:10::5", "fe80::/10"].map(network),
  range("10.10.0.5", "10.10.0.69"),
  range("0.0.0.0", "10.10.0.5"),
  range("2001:db8:10::5", "2001:db8:10::45"),
  { kind: "table", name: "some" },
  { kind: "table", name: "none" },
  { kind: "table", name: "absent" },
  dynamic("em0", "address"),
  dynamic("vlan10", "network"),
  dynamic("tenant", "network", { first: true }),
  dynamic("tenant", "address", { length: 25 }),
  dynamic("self", "address"),
  dynamic("em0", "broadcast"),
  dynamic("gone0", "address"),
  { kind: "no-route" },
  { kind: "urpf-failed" },
  { kind: "route", label: "uplink" },
  { kind: "route", label: "" },
];

/** Ends of what the rules name, and addresses without a route. */
const INET = [
  "10.10.0.0",
  "10.10.0.4",
  "10.10.0.5",
  "10.10.0.63",
  "10.10.0.64",
  "10.10.0.69",
  "10.10.0.70",
  "10.10.0.127",
  "10.10.0.128",
  "10.10.1.0",
  "192.0.2.1",
  "192.0.2.255",
  "192.0.3.255",
  "10.20.0.1",
  "0.0.0.0",
  "255.255.255.255",
  "198.51.100.9",
].map(addressOf);
const INET6 = [
  "2001:db8:10::4",
  "2001:db8:10::5",
  "2001:db8:10::40",
  "2001:db8:10::45",
  "2001:db8:10::46",
  "2001:db8:10::7f",
  "2001:db8:10::80",
  "2001:db8:10:1::",
  "2001:db8::1",
  "2001:db8:20::1",
  "fe80::1",
  "fec0::",
  "ff02::1",
  "ff05::1",
  "ff11::1",
  "fe02::1",
  "::",
  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
].map(addressOf);

const PORTS = [0, 1, 22, 53, 54, 1024, 65_534, 65_535];
const FLAGS = [0, 1, 2, 3, 6, 16, 18, 0x42, 0xc2, 0xff];
const TYPES = [0, 3, 8, 9, 13, 14, 128, 129, 135, 136, 140, 200, 255];
const PROTOCOLS = [0, TCP, TCP, UDP, UDP, ICMP, ICMP6, 47, 44];

/** A few criteria, more than pfctl lets through: every one beside every other. */
export function drawnRule(): fc.Arbitrary<LiveRule> {
  return fc
    .record({
      fields: fc.record(CRITERIA),
      kept: fc.oneof(
        fc.subarray(Object.keys(CRITERIA), { minLength: 1, maxLength: 4 }),
        fc.tuple(TOGETHER, TOGETHER).map((groups) => groups.flat()),
      ),
      sloppy: rarely(false, true),
    })
    .map(({ fields, kept, sloppy }) => {
      const asked = Object.fromEntries(
        Object.entries(fields).filter(([key]) => kept.includes(key)),
      );
      const stateOptions = { ...PASS.stateOptions, sloppy };
      return liveRule({ ...PASS, ...asked, stateOptions }, "", 1, 0);
    });
}

/** A packet of any kind at any place; some behind a translation. */
export function drawnMeeting(): fc.Arbitrary<Meeting> {
  return fc
    .record({
      direction: fc.constantFrom<"in" | "out">("in", "out"),
      interface: fc.constantFrom("em0", "em0", "vlan10", "vlan31", "lo0", "enc0"),
      from: fc.constantFrom("", "vlan10", "em0"),
      forwarded: fc.boolean(),
      rtable: fc.constantFrom(0, 1, 7),
      inet6: fc.boolean(),
      protocol: fc.constantFrom("tcp", "tcp", "udp", "icmp", "icmp6", "gre"),
      fragment: rarely(-1, -1, 0, 800),
      ends: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99)),
      ports: fc.tuple(...Array.from({ length: 4 }, () => fc.constantFrom(...PORTS))),
      flags: fc.constantFrom(...FLAGS),
      type: fc.constantFrom(...TYPES),
      code: fc.constantFrom(0, 3, 255),
      tos: fc.constantFrom(0, 16, 19, 20, 252, 255),
      priority: fc.constantFrom(0, 3),
      isTranslated: rarely(false, true),
    })
    .map(meetingOf);
}

interface DrawnMeeting {
  readonly direction: "in" | "out";
  readonly interface: string;
  readonly from: string;
  readonly forwarded: boolean;
  readonly rtable: number;
  readonly inet6: boolean;
  readonly protocol: string;
  readonly fragment: number;
  readonly ends: readonly number[];
  readonly ports: readonly number[];
  readonly flags: number;
  readonly type: number;
  readonly code: number;
  readonly tos: number;
  readonly priority: number;
  readonly isTranslated: boolean;
}

function meetingOf(drawn: DrawnMeeting): Meeting {
  const { direction, interface: on, from, forwarded, rtable, inet6, protocol } = drawn;
  const { ends, ports, tos, priority, fragment: offset, isTranslated } = drawn;
  const among = inet6 ? INET6 : INET;
  const [source = 0n, destination = 0n, otherSource = 0n, otherDestination = 0n] = ends.map(
    (it) => among[it % among.length],
  );
  const [sourcePort = 0, destinationPort = 0, newSource = 0, newDestination = 0] = ports;
  const text = inet6 ? `${protocol} ::1 0 ::2 0` : `${protocol} 10.0.0.1 0 10.0.0.2 0`;
  const made = packetFrom(text);
  const isLater = offset > 0;
  const hasPorts = (protocol === "tcp" || protocol === "udp") && !isLater;
  const packet: KernelPacket = {
    ...made,
    protocol: isLater && inet6 ? 44 : made.protocol,
    source,
    destination,
    sourcePort: hasPorts ? sourcePort : 0,
    destinationPort: hasPorts ? destinationPort : 0,
    tcp: isLater ? undefined : made.tcp && { ...made.tcp, flags: drawn.flags },
    icmp: isLater ? undefined : made.icmp && { ...made.icmp, type: drawn.type, code: drawn.code },
    fragment: offset < 0 ? undefined : { offset, more: !isLater, id: 7 },
    tos,
    priority,
    rtable: rdomainOf(TENANTS, on),
    receivedOn: direction === "in" ? on : from,
  };
  const meeting = { direction, interface: on, forwarded, packet, rtable };
  if (!isTranslated) return meeting;
  const ported = hasPorts && offset < 0;
  const now = {
    source: otherSource,
    destination: otherDestination,
    ...(ported ? { sourcePort: newSource, destinationPort: newDestination } : {}),
  };
  return { ...meeting, now };
}

const PORT: fc.Arbitrary<PfPort> = fc.record({
  operator: fc.constantFrom("=", "!=", "<", "<=", ">", ">=", "range", "><", "<>"),
  first: fc.constantFrom(...PORTS),
  last: fc.constantFrom(...PORTS),
});

const END: fc.Arbitrary<PfEndpoint> = fc.record({
  address: fc.oneof(fc.constant(ANY), fc.constantFrom(...ADDRESSES)),
  negated: rarely(false, true),
  port: sometimes(PORT),
});

const ID: fc.Arbitrary<IdTest> = fc.record({
  operator: fc.constantFrom("=", "!=", "<", "<=", ">", ">=", "><", "<>"),
  first: fc.constantFrom(-1, 0, 53, 54),
  last: fc.constantFrom(0, 53, 60),
});

/** Criteria that are about the same. */
const TOGETHER: fc.Arbitrary<readonly string[]> = fc.constantFrom(
  ["flags", "flagMask", "protocol"],
  ["icmpType", "icmpCode", "protocol"],
  ["icmpType", "protocol", "state"],
  ["source", "protocol"],
  ["destination", "family"],
  ["source", "destination"],
  ["user", "group", "protocol"],
  ["os", "protocol"],
  ["fragment"],
  ["tos"],
);

const CRITERIA: { readonly [Key in keyof PfRule]?: fc.Arbitrary<PfRule[Key]> } = {
  direction: fc.constantFrom("in", "out"),
  interface: fc.constantFrom("em0", "any", "lo0", "tenant", "gone0"),
  interfaceNegated: fc.constant(true),
  rdomain: fc.constantFrom(0, 1),
  family: fc.constantFrom("inet", "inet6"),
  protocol: fc.constantFrom(...PROTOCOLS),
  source: END,
  destination: END,
  os: fc.constantFrom("unknown", "Linux", "OpenBSD", "nomatch"),
  receivedOn: fc.record({
    name: fc.constantFrom("vlan10", "tenant", "any", "lo0"),
    negated: fc.boolean(),
  }),
  user: ID,
  group: ID,
  flags: fc.constantFrom(2, 16, 18, 0xc2),
  flagMask: fc.constantFrom(18, 18, 2, 0xff, 0xf0, 0xc0),
  icmpType: fc.constantFrom(0, 8, 129, 136, 255),
  icmpCode: fc.constantFrom(0, 3),
  tos: fc.constantFrom(16, 17, 252),
  prio: fc.constantFrom(0, 3),
  state: fc.constantFrom("none", "keep"),
  fragment: fc.constant(true),
};

/** Mostly the first. */
function rarely<Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

function sometimes<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, arbitrary);
}

function network(text: string): PfAddress {
  const prefix: Prefix | undefined = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(`no network: ${text}`);
  return { kind: "prefix", prefix };
}

function range(first: string, last: string): PfAddress {
  const family = first.includes(":") ? "inet6" : "inet";
  return { kind: "range", range: { family, first: addressOf(first), last: addressOf(last) } };
}

function dynamic(
  name: string,
  part: "address" | "network" | "broadcast",
  { first = false, length = 128 }: { readonly first?: boolean; readonly length?: number } = {},
): PfAddress {
  return { kind: "dynamic", name, part, first, length };
}

function addressOf(text: string): bigint {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`no address: ${text}`);
  return address.value;
}
