import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bddPacketFunctions } from "../../../../engine/sets/bdd/bdd-packet-functions.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import type { PacketSet } from "../../../../engine/sets/packet-sets.ts";
import { inPrefix, ofFamily, ofProtocol } from "../../../../engine/sets/packets.ts";
import { imitations } from "../../../../engine/sets/rules/icmp-errors.ts";
import {
  isSameClass,
  type StateClass,
  statesLeft,
} from "../../../../engine/sets/rules/state-class.ts";
import { type Crossed, hits, imitatedHits } from "../../../../engine/sets/rules/state-hits.ts";
import { exchanged, mirrored, openKeys } from "../../../../engine/sets/rules/state-keys.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import type { KernelStep } from "../../../conformance/kernel-packets.ts";
import { rdomainOf } from "../../../conformance/kernel-surroundings.ts";
import type { Shot } from "../../../support/kernel-drawn-tests.ts";
import { packetFrom, TENANTS } from "../../../support/kernel-host.ts";
import { fieldsOf, only } from "../../../support/packet-fields.ts";
import { compareAll, Following, noCounts } from "./states-following.ts";
import { drawnProbe, PLAIN_PROBES } from "./states-probes.ts";

const RUNS = Number(process.env.RUNS ?? 4);
const SETS = [
  ["intervals", intervalPacketFunctions()],
  ["bdd", bddPacketFunctions()],
] as const;

function shot(
  crossing: string,
  packet: string,
  fields: Partial<KernelStep> = {},
  more: Partial<Shot["packet"]> = {},
): Shot {
  const [direction = "in", on = "vlan10"] = crossing.split(" ");
  const receivedOn = direction === "in" ? on : "";
  const made = packetFrom(packet, fields);
  const rtable = rdomainOf(TENANTS, on);
  return {
    direction: direction === "out" ? "out" : "in",
    interface: on,
    packet: { ...made, rtable, receivedOn, ...more },
  };
}

const UDP4 = "udp 10.10.0.5 40000 198.51.100.9 53";
const TCP4 = "tcp 10.10.0.5 40000 198.51.100.9 53";
const ICMP4 = "icmp 10.10.0.5 0 198.51.100.9 0";
const GRE4 = "gre 10.10.0.5 0 198.51.100.9 0";
const UDP6 = "udp 2001:db8:10::5 40000 2001:db8:fe::9 53";
const ICMP6 = "icmp6 2001:db8:10::5 0 2001:db8:fe::9 0";
const NODES = "icmp6 fe80::5 0 ff02::1 0";
const MAPPED = "2001:db8:10::5 40000 64:ff9b::c633:6409 53";

/** What is played: a text and packets that make states. */
const PLAYED: Readonly<Record<string, readonly [text: string, firsts: readonly Shot[]]>> = {
  "states of any packet": [
    "pass flags any\n",
    [
      shot("in vlan10", UDP4),
      shot("in vlan10", TCP4),
      shot("in vlan10", GRE4),
      shot("in vlan10", UDP6, {}, { tag: "T1" }),
      shot("out em0", UDP4),
      ...[8, 13, 17, 40, 33, 128].map((type) => shot("in vlan10", ICMP4, { type, id: 13 })),
      ...[128, 139, 150, 0, 8].map((type) => shot("in vlan10", ICMP6, { type, id: 128 })),
      shot("in vlan10", NODES, { type: 128 }),
      shot("in vlan10", ICMP6, { type: 135, ttl: 255 }),
      shot("in vlan10", NODES, { type: 135, ttl: 255 }, { tag: "T9" }),
      // the very same packet both ways
      shot("in vlan10", "udp 10.10.0.5 53 10.10.0.5 53"),
      shot("in vlan10", "icmp 10.10.0.5 0 10.10.0.5 0", { type: 8, id: 8 }),
    ],
  ],
  "sloppy states": [
    "pass flags any keep state (sloppy)\n",
    [
      shot("in vlan10", TCP4, { fl: "A" }),
      shot("in vlan10", ICMP4, { type: 8, id: 8 }),
      shot("in vlan10", ICMP4, { type: 8, id: 13 }),
      shot("in vlan10", ICMP4, { type: 0, id: 13 }),
      shot("out em0", ICMP4, { type: 14, id: 8 }),
      shot("in vlan10", ICMP4, { type: 40, id: 13 }),
      shot("in vlan10", ICMP6, { type: 128, id: 128 }),
      shot("in vlan10", ICMP6, { type: 129, id: 128 }),
      shot("in vlan10", ICMP6, { type: 0, id: 0 }),
    ],
  ],
  "sloppy states that translate": [
    "pass\npass out inet keep state (sloppy) nat-to 192.0.2.9\n",
    [
      shot("out em0", ICMP4, { type: 8, id: 8 }),
      shot("out em0", ICMP4, { type: 13, id: 8 }),
      shot("out em0", ICMP4, { type: 14, id: 8 }),
    ],
  ],
  "another routing domain": [
    "pass\npass in on vlan10 rtable 1\npass in on vlan20 rtable 2 set tos 0x10\n",
    [
      shot("in vlan10", UDP4),
      shot("in vlan10", ICMP6, { type: 128 }),
      shot("in vlan10", NODES, { type: 128 }),
      shot("in vlan10", ICMP4, { type: 40 }),
      shot("in vlan20", UDP4),
    ],
  ],
  "addresses and ports": [
    "pass\npass out on em0 inet nat-to 192.0.2.9 static-port\n" +
      "pass in on vlan10 inet proto { tcp, udp } to port 50:59 rdr-to 10.20.0.9 port 150:159\n" +
      "pass out on vlan20 inet nat-to { 192.0.2.8, 192.0.2.9 }\n" +
      "match in on vlan30 inet nat-to 10.30.0.9 static-port rdr-to 10.30.0.8\n" +
      "pass in on vlan30 inet rtable 0 keep state (if-bound)\n" +
      "match on vlan31 inet from 10.10.0.0/24 binat-to 10.77.0.0/24\n" +
      "match on vlan31 inet6 from 2001:db8:10::/64 binat-to 2001:db8:77::/64\n",
    ["out em0", "in vlan10", "out vlan20", "in vlan30", "out vlan31"].flatMap((crossing) => [
      shot(crossing, UDP4),
      shot(crossing, TCP4),
      shot(crossing, GRE4),
      shot(crossing, ICMP4, { type: 8, id: 13 }),
      shot(crossing, ICMP4, { type: 13, id: 13 }),
      shot(crossing, ICMP4, { type: 40, id: 13 }),
      shot(crossing, ICMP6, { type: 128, id: 13 }),
      shot(crossing, ICMP6, { type: 135, ttl: 255 }),
    ]),
  ],
  "IPv6 nodes behind a translation": [
    "pass\npass out inet6 nat-to 2001:db8::9 static-port\npass in inet6 rdr-to 2001:db8:20::9\n",
    [
      shot("out em0", NODES, { type: 128 }),
      shot("in em0", NODES, { type: 128 }),
      shot("out em0", UDP6),
    ],
  ],
  "IPv6 to IPv4": [
    "pass\npass in inet6 to 64:ff9b::/96 af-to inet from 192.0.2.9 set tos 0x10\n",
    [
      shot("in vlan10", `udp ${MAPPED}`),
      shot("in vlan10", `tcp ${MAPPED}`),
      shot("in vlan10", `gre ${MAPPED}`),
      shot("in vlan10", `icmp6 ${MAPPED}`, { type: 128 }),
      shot("in vlan10", `icmp6 ${MAPPED}`, { type: 128 }, { tos: 0x2b }),
      shot("in vlan10", `icmp6 ${MAPPED}`, { type: 139 }),
    ],
  ],
  "IPv4 to IPv6": [
    "pass\npass in inet af-to inet6 from 2001:db8::9 to 2001:db8:64::/96 tag T1 rtable 1\n",
    [
      shot("in vlan10", UDP4),
      shot("in vlan10", TCP4),
      shot("in vlan10", GRE4),
      shot("in vlan10", ICMP4, { type: 8 }),
    ],
  ],
};

describe.each(SETS)("states in sets (%s)", (name, sets) => {
  test.each(Object.keys(PLAYED))("as in the kernel: %s", (title) => {
    const [text, firsts] = PLAYED[title]!;
    const following = new Following(text, sets);
    const counts = noCounts();
    // the second implementation is here to see that nothing depends on the first
    if (name === "bdd") {
      for (const first of firsts.slice(0, 3)) compareAll(following, first, FEW_PROBES, counts);
      expect(counts.hit).toBeGreaterThan(0);
      return;
    }
    for (const first of firsts) compareAll(following, first, PLAIN_PROBES, counts);
    const law = fc.property(fc.array(drawnProbe(), { minLength: 20, maxLength: 30 }), (probes) => {
      for (const first of firsts) compareAll(following, first, probes, counts);
    });
    fc.assert(law, { numRuns: RUNS, endOnFailure: true });
    expect(counts.hit).toBeGreaterThan(firsts.length);
    expect(counts.errors).toBeGreaterThan(0);
  });
});

const FEW_PROBES = PLAIN_PROBES.filter(({ change }) => change === "none");

const [, sets] = SETS[0];
const AT: Crossed = { direction: "in", interface: "em0", rdomain: 0, rtable: 0, tag: "" };

/** The states that packets of a set leave in one place. */
function left(text: string, first: Shot, packets: PacketSet): StateClass {
  const { readings } = new Following(text, sets);
  const rules = readings.compiled(sets, first, "outcomes");
  const place = { direction: first.direction, interface: first.interface, rdomain: 0 };
  const { surroundings } = readings.source;
  for (const fate of rules.fates) {
    if (!sets.has(rules.may(fate), fieldsOf(first.packet))) continue;
    const states = statesLeft(rules, place, fate, packets, surroundings);
    if (states !== undefined) return states;
  }
  throw new RangeError("no state");
}

function within(field: "source" | "destination", text: string): PacketSet {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(text);
  return inPrefix(sets, field, prefix);
}

const NAT = "pass\npass out on em0 inet from 10.10.0.0/24 nat-to 192.0.2.9\n";
const OUT = shot("out em0", UDP4);

/** Sets of packets around the addresses of the cases. */
function drawnSet(): fc.Arbitrary<PacketSet> {
  const part = fc.constantFrom(
    within("source", "10.10.0.0/25"),
    within("source", "10.10.0.5"),
    within("destination", "10.10.0.0/24"),
    within("destination", "198.51.100.0/24"),
    within("destination", "192.0.2.9"),
    ofProtocol(sets, 17),
    sets.and(ofFamily(sets, "inet"), ofProtocol(sets, 1)),
    sets.and(ofFamily(sets, "inet6"), ofProtocol(sets, 58)),
    sets.range("destinationPort", 1n, 1023n),
    sets.range("destinationPort", 768n, 2303n),
    sets.range("sourcePort", 8n, 50010n),
    sets.range("flags", 3n, 17n),
  );
  return fc
    .array(fc.tuple(part, fc.constantFrom("and", "or", "diff")), { minLength: 1, maxLength: 6 })
    .map((parts) => {
      return parts.reduce((all, [some, how]) => {
        if (how === "and") return sets.and(all, some);
        return how === "or" ? sets.or(all, some) : sets.diff(all, some);
      }, sets.all);
    });
}

test("what answers an answer is the packet itself", () => {
  const law = fc.property(drawnSet(), (set) => {
    expect(mirrored(sets, mirrored(sets, set))).toBe(set);
    const opened = openKeys(sets, set);
    expect(openKeys(sets, opened)).toBe(opened);
    expect(sets.implies(set, opened)).toBe(true);
  });
  fc.assert(law, { numRuns: 60 });
  const echo = only(sets, fieldsOf(packetFrom(ICMP4, { type: 8, id: 13 })));
  const other = only(sets, fieldsOf(packetFrom(ICMP4, { type: 14, id: 8 })));
  expect(exchanged(sets, echo)).toBe(other);
  expect(exchanged(sets, other)).toBe(echo);
});

test("more keys have more hits, and the hits of parts are those of the whole", () => {
  const states = [
    left(NAT, OUT, sets.all),
    left("pass\n", shot("out em0", UDP4), sets.all),
    left("pass out flags any keep state (sloppy)\n", shot("out em0", UDP4), sets.all),
  ];
  const law = fc.property(
    fc.constantFrom(...states),
    drawnSet(),
    drawnSet(),
    drawnSet(),
    fc.constantFrom("in" as const, "out" as const),
    (whole, some, part, packets, direction) => {
      const keys = sets.and(whole.keys, openKeys(sets, some));
      const one = openKeys(sets, sets.and(keys, part));
      const other = sets.diff(keys, one);
      const at = { ...AT, direction };
      const [a, b, both] = [one, other, sets.or(one, other)].map((its) => {
        return hits(sets, { ...whole, keys: its }, at, packets);
      });
      if (a === undefined || b === undefined || both === undefined) return;
      expect(sets.or(a.hit, b.hit)).toBe(both.hit);
      expect(sets.implies(a.becomes, both.becomes)).toBe(true);
      const flows = sets.not(sets.or(ofProtocol(sets, 1), ofProtocol(sets, 58)));
      const parts = sets.or(a.becomes, b.becomes);
      expect(sets.and(parts, flows)).toBe(sets.and(both.becomes, flows));
    },
  );
  fc.assert(law, { numRuns: 60 });
});

test("a reply goes back to who asked", () => {
  const from = (text: string): StateClass => left(NAT, OUT, within("source", text));
  const reply = only(sets, fieldsOf(packetFrom("udp 198.51.100.9 53 192.0.2.9 50001")));
  const there = hits(sets, from("10.10.0.5"), AT, reply);
  expect(there.hit).toBe(reply);
  expect(sets.implies(there.becomes, within("destination", "10.10.0.5"))).toBe(true);
  // a port that nat-to never gives, the first address itself, another interface's domain
  const none = packetFrom("udp 198.51.100.9 53 192.0.2.9 50000");
  expect(hits(sets, from("10.10.0.5"), AT, only(sets, fieldsOf(none))).hit).toBe(sets.empty);
  const first = packetFrom("udp 198.51.100.9 53 10.10.0.5 40000");
  expect(hits(sets, from("10.10.0.5"), AT, only(sets, fieldsOf(first))).hit).toBe(sets.empty);
  expect(hits(sets, from("10.10.0.5"), { ...AT, rdomain: 1 }, reply).hit).toBe(sets.empty);
  const pieces = sets.and(sets.forget(reply, ["fragment"]), sets.range("fragment", 1n, 2n));
  expect(hits(sets, from("10.10.0.5"), AT, pieces).hit).toBe(sets.empty);
});

test("fragments, errors and replies make no states, and no state rules none", () => {
  const none = (text: string, first: Shot): void => {
    expect(() => left(text, first, only(sets, fieldsOf(first.packet)))).toThrow("no state");
  };
  none("pass no state\n", OUT);
  none("block\n", OUT);
  none("pass\n", shot("out em0", ICMP4, { type: 3 }));
  none("pass\n", shot("out em0", ICMP6, { type: 136 }));
  none("pass\n", shot("out em0", UDP4, {}, { fragment: { offset: 0, more: true, id: 1 } }));
  none("pass\n", shot("out em0", ICMP4, { type: 0 }));
  none("pass out keep state\npass in no state\n", shot("in em0", UDP4));
});

test("an unread rule makes states of what can have any", () => {
  const { readings } = new Following("pass\n", sets);
  const rules = readings.compiled(sets, OUT, "outcomes");
  const [fate] = rules.fates.filter(({ verdict }) => verdict === "pass");
  if (fate === undefined) throw new RangeError("no fate");
  const { surroundings } = readings.source;
  const unread = { ...rules, sets, may: () => sets.all };
  const of = (first: Shot): StateClass | undefined => {
    const packets = only(sets, fieldsOf(first.packet));
    const place = { direction: "out", interface: "em0", rdomain: 0 } as const;
    return statesLeft(unread, place, { ...fate, anything: true }, packets, surroundings);
  };
  expect(of(OUT)?.anything).toBe(true);
  expect(of(shot("out em0", ICMP4, { type: 0 }))?.sloppy).toBe(true);
  expect(of(shot("out em0", ICMP4, { type: 3 }))).toBeUndefined();
  expect(of(shot("out em0", ICMP6, { type: 136 }))).toBeUndefined();
});

test("classes are equal where only keys differ", () => {
  const five = left(NAT, OUT, within("source", "10.10.0.5"));
  const six = left(NAT, OUT, within("source", "10.10.0.6"));
  expect(isSameClass(five, six)).toBe(true);
  expect(five.keys).not.toBe(six.keys);
  const other = left(NAT.replace(".9", ".8"), OUT, within("source", "10.10.0.5"));
  expect(isSameClass(five, other)).toBe(false);
});

test("an error goes to whom a quoted packet may have come from, whoever sends it", () => {
  const states = left("pass\n", OUT, only(sets, fieldsOf(OUT.packet)));
  const error = (to: string): PacketSet => {
    const { packet } = shot("in em0", `icmp 203.0.113.9 0 ${to} 0`, { type: 3, code: 1 });
    return only(sets, fieldsOf(packet));
  };
  const right = error("10.10.0.5");
  expect(hits(sets, states, AT, right)).toMatchObject({ hit: right, becomes: right });
  expect(hits(sets, states, AT, error("10.10.0.6")).hit).toBe(sets.empty);
  const imitated = imitatedHits(sets, states, AT, imitations(sets, right));
  const reply = openKeys(
    sets,
    only(sets, fieldsOf(packetFrom("udp 198.51.100.9 53 10.10.0.5 40000"))),
  );
  expect(imitated.hit).toBe(reply);
  expect(sets.has(imitated.hit, fieldsOf(packetFrom("udp 198.51.100.9 54 10.10.0.5 40000")))).toBe(
    false,
  );
});

test("errors imitate no messages of groups and no other errors", () => {
  const { packet } = shot("in em0", "icmp6 2001:db8:fe::9 0 2001:db8:10::5 0", {
    type: 1,
    code: 4,
  });
  const imitated = imitations(sets, only(sets, fieldsOf(packet)));
  const answer = "icmp6 2001:db8:ff::9 0 2001:db8:10::5 0";
  const has = (type: number): boolean => {
    return sets.has(imitated, fieldsOf(packetFrom(answer, { type })));
  };
  expect([128, 129, 150].map(has)).toEqual([true, true, true]);
  expect([1, 130, 131, 143].map(has)).toEqual([false, false, false, false]);
  expect(sets.has(imitated, fieldsOf(packetFrom(answer.replace("::5", "::6"))))).toBe(false);
});

test("states of an unread rule let anything back to who made them", () => {
  const states = { ...left("pass\n", OUT, only(sets, fieldsOf(OUT.packet))), anything: true };
  const any = only(sets, fieldsOf(packetFrom("udp 203.0.113.9 1 192.0.2.9 2")));
  const found = hits(sets, states, { ...AT, rdomain: 1 }, any);
  expect(found.hit).toBe(any);
  expect(sets.implies(found.becomes, within("destination", "10.10.0.5"))).toBe(true);
  expect(found.tags).toBeUndefined();
});
