import { describe, expect, it } from "vitest";
import {
  classify,
  classifyQuoted,
  errorLookup,
  type IcmpClass,
  isAdvert,
  isQuotedWrongWay,
  isWrongWay,
  multicastEnds,
  quotedInWindow,
  stateKeyEnds,
  stateKeyPorts,
} from "../../../engine/kernel/icmp.ts";
import type { KernelPacket, QuotedHeader } from "../../../engine/kernel/packet.ts";
import type { Peer, State, StateKey } from "../../../engine/kernel/state.ts";
import { address, icmp4, icmp6, tcp4, udp4, udp6 } from "./kernel-packet.ts";
import { liveRule } from "./live-rule.ts";

const TARGET = address("2001:db8:1:2:3:4:5:6");
/** 0x2001 ^ 0x0db8 ^ 1 ^ 2 ^ 3 ^ 4 ^ 5 ^ 6 */
const FOLDED = 0x2dbe;
const ALL_NODES = address("ff02::1");

describe("classify", () => {
  it.each<[what: string, packet: KernelPacket, found: IcmpClass]>([
    ["echo request", icmp4(8), { kind: "request", id: 3, type: 8 }],
    ["echo reply", icmp4(0), { kind: "reply", id: 3, type: 8 }],
    ["timestamp", icmp4(13), { kind: "request", id: 3, type: 13 }],
    ["timestamp reply", icmp4(14), { kind: "reply", id: 3, type: 13 }],
    ["information reply", icmp4(16), { kind: "reply", id: 3, type: 15 }],
    ["mask reply", icmp4(18), { kind: "reply", id: 3, type: 17 }],
    ["here I am", icmp4(34), { kind: "reply", id: 0, type: 33 }],
    ["mobile registration", icmp4(35), { kind: "request", id: 0, type: 35 }],
    ["router solicitation", icmp4(10), { kind: "request", id: 0, type: 10 }],
    ["router advertisement", icmp4(9), { kind: "reply", id: 0, type: 10 }],
    ["X8 unknown", icmp4(42), { kind: "one-way", id: 0, type: 42 }],
    ["unreachable", icmp4(3), { kind: "error", id: 0, type: 3 }],
    ["redirect is an error", icmp4(5), { kind: "error", id: 0, type: 5 }],
    ["echo request of ICMPv6", icmp6(128), { kind: "request", id: 3, type: 128 }],
    ["echo reply of ICMPv6", icmp6(129), { kind: "reply", id: 3, type: 128 }],
    ["who are you", icmp6(140), { kind: "reply", id: 0, type: 139 }],
    ["traceroute", icmp6(200), { kind: "reply", id: 0, type: 201 }],
    ["listener query", icmp6(130, { target: TARGET }), { kind: "request", id: FOLDED, type: 130 }],
    ["listener report", icmp6(131, { target: TARGET }), { kind: "request", id: FOLDED, type: 130 }],
    ["listener done", icmp6(132, { target: TARGET }), { kind: "one-way", id: 0, type: 132 }],
    ["router solicitation of ICMPv6", icmp6(133), { kind: "one-way", id: 0, type: 133 }],
    ["router advertisement of ICMPv6", icmp6(134), { kind: "one-way", id: 0, type: 134 }],
    [
      "S62 solicitation",
      icmp6(135, { target: TARGET }),
      { kind: "request", id: FOLDED, type: 135 },
    ],
    ["S62 advertisement", icmp6(136, { target: TARGET }), { kind: "reply", id: FOLDED, type: 135 }],
    ["too big", icmp6(2), { kind: "error", id: 0, type: 2 }],
    ["redirect of ICMPv6 is none", icmp6(137), { kind: "one-way", id: 0, type: 137 }],
    ["type 5 of ICMPv6 is none", icmp6(5), { kind: "one-way", id: 0, type: 5 }],
  ])("%s", (_, packet, found) => {
    expect(classify(packet)).toEqual(found);
  });

  it("finds nothing in other packets, nor in fragments", () => {
    expect(classify(udp4())).toBeUndefined();
    expect(classify(icmp4(8, {}, { fragment: { offset: 0, more: true, id: 1 } }))).toBeUndefined();
    expect(classify(icmp4(8, {}, { fragment: { offset: 8, more: false, id: 1 } }))).toBeUndefined();
    const atomic = { offset: 0, more: false, id: 1 };
    expect(classify(icmp6(128, {}, { fragment: atomic }))?.kind).toBe("request");
  });
});

describe("state keys", () => {
  function key(packet: KernelPacket, direction: "in" | "out"): string {
    const at = stateKeyEnds(packet);
    const source = `${at.source.toString(16)}:${at.sourcePort}`;
    const destination = `${at.destination.toString(16)}:${at.destinationPort}`;
    return direction === "in" ? `${source} ${destination}` : `${destination} ${source}`;
  }

  const reverse = { source: udp4().destination, destination: udp4().source };

  it("S15, T3: a reply the other way has the key of its request", () => {
    expect(key(icmp4(0, {}, reverse), "out")).toBe(key(icmp4(8), "in"));
    expect(key(icmp4(8), "in")).toBe("a000005:3 1010101:8");
  });

  it("S15: a reply the same way has another", () => {
    expect(key(icmp4(0), "in")).not.toBe(key(icmp4(8), "in"));
  });

  it("S15c: a request the other way has the key of a reply", () => {
    expect(key(icmp4(8, {}, reverse), "out")).toBe(key(icmp4(0), "in"));
  });

  it("S15d, A1: a request the other way has another key, unless the id is its type", () => {
    expect(key(icmp4(8, {}, reverse), "out")).not.toBe(key(icmp4(8), "in"));
    expect(key(icmp4(8, { id: 8 }, reverse), "out")).toBe(key(icmp4(8, { id: 8 }), "in"));
  });

  it("X8: ids and types tell queries apart, types alone the rest", () => {
    const keys = [icmp4(8), icmp4(13), icmp4(8, { id: 4 }), icmp4(42, { id: 4 })].map((it) =>
      key(it, "in"),
    );
    expect(new Set(keys).size).toBe(4);
    expect(key(icmp4(42, { id: 9 }), "in")).toBe(keys[3]);
  });

  it("have the ports of TCP and UDP, of no other protocol and of no fragment", () => {
    expect(stateKeyPorts(tcp4({}))).toMatchObject({ sourcePort: 1000, destinationPort: 53 });
    expect(stateKeyPorts(udp6())).toMatchObject({ sourcePort: 1000, destinationPort: 53 });
    for (const packet of [
      udp4({ protocol: 50 }),
      udp4({ fragment: { offset: 0, more: true, id: 1 } }),
      udp4({ fragment: { offset: 8, more: false, id: 1 } }),
    ]) {
      expect(stateKeyPorts(packet)).toEqual({
        sourcePort: 0,
        destinationPort: 0,
        isError: false,
        isReply: false,
      });
    }
  });

  it("S62: a solicitation is keyed by its target, as is the advertisement that answers it", () => {
    const asker = address("fe80::1");
    const asked = icmp6(135, { target: TARGET }, { source: asker, destination: 1n });
    const answer = { source: 2n, destination: asker };
    expect(key(asked, "in")).toBe(key(icmp6(136, { target: TARGET }, answer), "out"));
    expect(stateKeyEnds(asked)).toMatchObject({
      source: asker,
      sourcePort: FOLDED,
      destination: TARGET,
      destinationPort: 135,
    });
  });

  it("an advertisement to a group is keyed as to nobody", () => {
    const packet = icmp6(136, { target: TARGET }, { destination: ALL_NODES });
    expect(stateKeyEnds(packet)).toMatchObject({ source: TARGET, destination: 0n });
    const single = icmp6(136, { target: TARGET }, { destination: address("fe80::1") });
    expect(stateKeyEnds(single).destination).toBe(address("fe80::1"));
  });

  it("S62: an advertisement has no state, asked for or not", () => {
    for (const id of [0xbfff, 0x4000]) {
      const advert = icmp6(136, { id });
      expect(isAdvert(advert)).toBe(true);
      expect(stateKeyPorts(advert)).toMatchObject({ isError: true, isReply: true });
      expect(errorLookup(advert)).toEqual({ kind: "rules", reason: 3 });
    }
    expect(isAdvert(icmp6(135))).toBe(false);
    expect(isAdvert(icmp4(136))).toBe(false);
  });

  it("an IPv6 reply may answer a request to all nodes", () => {
    const request = icmp6(128, {}, { destination: ALL_NODES });
    const reply = icmp6(129, {}, { destination: request.source });
    const again = multicastEnds(reply);
    expect(again).toEqual({
      ...stateKeyEnds(request),
      source: ALL_NODES,
      sourcePort: 128,
      destination: request.source,
      destinationPort: 3,
    });
    for (const it of [icmp6(128), icmp6(136), icmp4(0), udp6()]) {
      expect(multicastEnds(it)).toBeUndefined();
    }
  });
});

const QUOTED: QuotedHeader = {
  protocol: 17,
  source: address("192.0.2.1"),
  destination: address("198.51.100.1"),
  sourcePort: 5000,
  destinationPort: 53,
  sequence: 0,
  icmpType: 0,
  icmpId: 0,
};

function error(quoted: Partial<QuotedHeader> | undefined): KernelPacket {
  const inside = quoted === undefined ? undefined : { ...QUOTED, ...quoted };
  const ends = { source: address("203.0.113.1"), destination: QUOTED.source };
  return icmp4(3, { code: 1, quoted: inside }, ends);
}

function error6(quoted: Partial<QuotedHeader>): KernelPacket {
  const ends = { source: address("2001:db8::1"), destination: address("2001:db8::2") };
  const inside = { ...QUOTED, protocol: 58, ...ends, ...quoted };
  return icmp6(1, { quoted: inside }, { destination: inside.source });
}

describe("errorLookup", () => {
  it("is for errors, which have no state of their own", () => {
    expect(stateKeyPorts(error({}))).toMatchObject({ isError: true, isReply: false });
    expect(stateKeyPorts(icmp4(8)).isError).toBe(false);
  });

  it("A8: leaves an error that quotes nothing to the rules", () => {
    expect(errorLookup(error(undefined))).toEqual({ kind: "rules", reason: 3 });
  });

  it("S17: and one whose quoted source is not its destination", () => {
    const astray = { ...error({}), destination: address("192.0.2.99") };
    expect(errorLookup(astray)).toEqual({ kind: "rules", reason: 10 });
  });

  it("and one that quotes ICMP of the other family", () => {
    expect(errorLookup(error({ protocol: 58 }))).toEqual({ kind: "rules", reason: 4 });
    expect(errorLookup(error6({ protocol: 1 }))).toEqual({ kind: "rules", reason: 4 });
  });

  it("S17, S19b: looks where a reply to the quoted packet would be", () => {
    expect(errorLookup(error({}))).toEqual({
      kind: "look",
      protocol: 17,
      at: {
        family: "inet",
        source: QUOTED.destination,
        sourcePort: 53,
        destination: QUOTED.source,
        destinationPort: 5000,
      },
      multicast: undefined,
    });
  });

  it("protocols without ports have none inside either", () => {
    expect(errorLookup(error({ protocol: 50 }))).toMatchObject({
      protocol: 50,
      at: { sourcePort: 0, destinationPort: 0 },
    });
  });

  it("a quoted query has the key of its reply, a quoted reply that of its request", () => {
    const request = errorLookup(error({ protocol: 1, icmpType: 8, icmpId: 7 }));
    expect(request).toMatchObject({ at: { sourcePort: 8, destinationPort: 7 } });
    const reply = errorLookup(error({ protocol: 1, icmpType: 0, icmpId: 7 }));
    expect(reply).toMatchObject({
      at: { sourcePort: 7, destinationPort: 8 },
      multicast: undefined,
    });
  });

  it("a quoted IPv6 reply may answer a request to all nodes", () => {
    const look = errorLookup(error6({ icmpType: 129, icmpId: 7 }));
    expect(look).toMatchObject({
      at: { source: address("2001:db8::2"), destination: address("2001:db8::1") },
      multicast: { sourcePort: 7, destination: ALL_NODES, destinationPort: 128 },
    });
    expect(errorLookup(error6({ icmpType: 128 }))).toMatchObject({ multicast: undefined });
  });

  it("quoted neighbour discovery has lost its target", () => {
    expect(errorLookup(error6({ icmpType: 135 }))).toMatchObject({
      at: { source: 0n, sourcePort: 135, destinationPort: 0 },
      multicast: undefined,
    });
    expect(errorLookup(error6({ icmpType: 136 }))).toMatchObject({
      at: { sourcePort: 0, destination: 0n, destinationPort: 135 },
      multicast: undefined,
    });
    const { id } = classifyQuoted({ ...QUOTED, icmpType: 135, icmpId: 9 }, "inet6");
    expect(id).toBe(0);
  });
});

const KEY: StateKey = {
  family: "inet",
  protocol: 1,
  rdomain: 0,
  address0: 1n,
  address1: 2n,
  port0: 8,
  port1: 8,
};

function peer(fields: Partial<Peer>): Peer {
  return { level: 2, low: 1000, high: 1001, window: 1, scale: -1, shift: 0, ...fields };
}

function stateOf(fields: Partial<State>): State {
  return {
    index: 0,
    direction: "in",
    interface: "em0",
    ifBound: false,
    wire: KEY,
    stack: KEY,
    rule: liveRule("pass"),
    source: peer({}),
    destination: peer({}),
    timeout: "icmp.first",
    touched: 0,
    created: 0,
    life: "live",
    extra: undefined,
    ...fields,
  };
}

describe("directions", () => {
  it.each<[type: number, direction: "in" | "out", wrong: boolean]>([
    [8, "in", false],
    [0, "out", false],
    [8, "out", true],
    [0, "in", true],
    [42, "in", false],
    [42, "out", true],
  ])("A1: type %i going %s is wrong: %s", (type, direction, wrong) => {
    expect(isWrongWay(stateOf({}), icmp4(type), direction)).toBe(wrong);
    const out = stateOf({ direction: "out" });
    expect(isWrongWay(out, icmp4(type), direction)).toBe(!wrong);
  });

  it("S15c: a sloppy state does not mind", () => {
    const sloppy = stateOf({ rule: liveRule("pass keep state (sloppy)") });
    expect(isWrongWay(sloppy, icmp4(8), "out")).toBe(false);
  });

  it("a state that changes the family is `in` to that of its wire key", () => {
    const afTo = stateOf({ direction: "in", stack: { ...KEY, family: "inet6" } });
    expect(isWrongWay(afTo, icmp4(8), "in")).toBe(false);
    expect(isWrongWay(afTo, icmp6(129), "in")).toBe(false);
    expect(isWrongWay(afTo, icmp6(128), "in")).toBe(true);
  });

  it.each<[type: number, fromSource: boolean, wrong: boolean]>([
    [8, true, false],
    [8, false, true],
    [0, true, true],
    [0, false, false],
  ])("quoted type %i from the source, %s: wrong %s", (icmpType, fromSource, wrong) => {
    const quoted = { ...QUOTED, protocol: 1, icmpType };
    expect(isQuotedWrongWay(quoted, "inet", fromSource)).toBe(wrong);
    expect(isQuotedWrongWay({ ...quoted, protocol: 17 }, "inet", fromSource)).toBe(false);
  });

  it("types of the families are told apart", () => {
    const quoted = { ...QUOTED, protocol: 58, icmpType: 129 };
    expect(isQuotedWrongWay(quoted, "inet6", true)).toBe(true);
    expect(isQuotedWrongWay({ ...quoted, icmpType: 0 }, "inet6", true)).toBe(false);
  });
});

describe("quotedInWindow", () => {
  function holds(sequence: number, source: Partial<Peer>, destination: Partial<Peer>): boolean {
    const state = stateOf({ source: peer(source), destination: peer(destination) });
    return quotedInWindow(state, { ...QUOTED, protocol: 6, sequence }, true);
  }

  it.each<[sequence: number, found: boolean]>([
    [1000, true],
    [1001, true],
    [1002, false],
    [999, true],
    [998, false],
    [900_000, false],
  ])("S19: sequence number %i after a SYN 1000: %s", (sequence, found) => {
    // as a SYN leaves it: low 1000, high 1001, and 1 for the window of the other end
    expect(holds(sequence, { low: 1000, high: 1001 }, { low: 0, high: 1 })).toBe(found);
  });

  it("looks at the peer that sent the quoted segment", () => {
    const state = stateOf({
      source: peer({ low: 10, high: 20, window: 5 }),
      destination: peer({ low: 5000, high: 6000, window: 7 }),
    });
    const at = (sequence: number, fromSource: boolean): boolean => {
      return quotedInWindow(state, { ...QUOTED, sequence }, fromSource);
    };
    expect([2, 3, 20, 21].map((it) => at(it, true))).toEqual([false, true, true, false]);
    expect([4994, 4995, 6000, 6001].map((it) => at(it, false))).toEqual([false, true, true, false]);
  });

  it("scales the window if both ends do", () => {
    const both = { low: 10_000, high: 10_000, scale: 0 };
    expect(holds(10_000 - 40, both, { window: 10, scale: 2 })).toBe(true);
    expect(holds(10_000 - 41, both, { window: 10, scale: 2 })).toBe(false);
    expect(holds(10_000 - 11, { ...both, scale: -1 }, { window: 10, scale: 2 })).toBe(false);
    expect(holds(10_000 - 11, both, { window: 10, scale: -1 })).toBe(false);
  });

  it("takes the modulation back", () => {
    expect(holds(1500, { low: 1000, high: 1000, shift: 500 }, {})).toBe(true);
    expect(holds(1000, { low: 1000, high: 1000, shift: 500 }, {})).toBe(false);
    expect(holds(10, { low: 2 ** 32 - 90, high: 2 ** 32 - 90, shift: 100 }, {})).toBe(true);
  });

  it("wraps", () => {
    expect(holds(2 ** 32 - 3, { low: 2, high: 2 }, { window: 5 })).toBe(true);
    expect(holds(2 ** 32 - 4, { low: 2, high: 2 }, { window: 5 })).toBe(false);
    expect(holds(5, { low: 2 ** 32 - 1, high: 5 }, { window: 5 })).toBe(true);
    expect(holds(6, { low: 2 ** 32 - 1, high: 5 }, { window: 5 })).toBe(false);
  });
});
