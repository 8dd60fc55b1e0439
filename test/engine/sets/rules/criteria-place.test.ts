import { describe, expect, it } from "vitest";
import { EntrySet } from "../../../../engine/kernel/entry-set.ts";
import type { Socket } from "../../../../engine/kernel/surroundings.ts";
import { intervalPacketFunctions } from "../../../../engine/sets/intervals/interval-packet-functions.ts";
import { criteriaOf } from "../../../../engine/sets/rules/criteria.ts";
import { parseAddress } from "../../../../model/address-text.ts";
import type { Interface } from "../../../../model/host.ts";
import { surroundingsOf } from "../../../conformance/kernel-surroundings.ts";
import { packetFrom, TENANTS } from "../../../support/kernel-host.ts";
import { fieldValues } from "./criteria-agreement.ts";
import { answer, answerIn, contextOf, prefix, ruleOf } from "./criteria-answer.ts";

const TCP = "tcp 10.0.0.1 1000 10.0.0.2 22";
const UDP = "udp 10.0.0.1 1000 10.0.0.2 22";
const FRAGMENT = [UDP, { frag: 2 }] as const;
const ACK = [TCP, { fl: "A" }] as const;

describe("what is not known of criteria", () => {
  it("is whether an address is one that only the host can look up", () => {
    expect(answer("block from host.example", UDP)).toBe("open");
    expect(answer("block from ! host.example", UDP)).toBe("open");
    expect(answer("block proto tcp from host.example", UDP)).toBe("no");
  });

  it("is what an open table holds", () => {
    const tables = { some: { entries: new EntrySet(), open: true } };
    expect(answer("block from <some>", UDP, { tables })).toBe("open");
    expect(answer("block from ! <some>", UDP, { tables })).toBe("open");
  });

  it("is whose socket it is, unless the packet is forwarded or has none to be asked for", () => {
    const knowsSockets = false;
    expect(answer("block proto udp user 53", UDP, { knowsSockets })).toBe("open");
    expect(answer("block proto udp user 53", FRAGMENT, { knowsSockets })).toBe("no");
    const place = { forwarded: true };
    expect(answer("block proto udp user 53", UDP, { knowsSockets, place })).toBe("no");
    expect(answer("block proto udp user != 53", UDP, { knowsSockets, place })).toBe("yes");
    expect(answer("block proto udp user someone", UDP)).toBe("open");
  });

  it("is a priority that nobody knows", () => {
    const place = { priority: undefined };
    expect(answer("block prio 3", UDP, { place })).toBe("open");
    expect(answer("block", UDP, { place })).toBe("yes");
  });

  it("is the system that a SYN comes from, unless the place tells", () => {
    expect(answer("block proto tcp from any os Linux", TCP)).toBe("open");
    expect(answer("block proto tcp from any os Linux", ACK)).toBe("no");
    const place = { looksLike: (os: string): boolean => os === "Linux" };
    expect(answer("block proto tcp from any os Linux", TCP, { place })).toBe("yes");
    expect(answer("block proto tcp from any os unknown", TCP, { place })).toBe("no");
  });

  describe("is an address that an interface learns", () => {
    const interfaces = surroundingsOf(TENANTS).interfaces.map((it): Interface => {
      return it.name === "em0" ? { ...it, automatic: ["inet"], unread: [UNREAD] } : it;
    });
    const surroundings = { interfaces };
    const to = (address: string): string => `udp 10.0.0.1 1 ${address} 1`;

    it("which lies in no network that its rdomain declares elsewhere", () => {
      expect(answer("block to (em0)", to("192.0.2.1"), { surroundings })).toBe("yes");
      expect(answer("block to (em0)", to("198.51.100.1"), { surroundings })).toBe("open");
      expect(answer("block to ! (em0)", to("198.51.100.1"), { surroundings })).toBe("open");
      expect(answer("block to (em0)", to("10.10.0.9"), { surroundings })).toBe("no");
      // vlan30 is in another rdomain
      expect(answer("block to (em0)", to("10.30.0.9"), { surroundings })).toBe("open");
      expect(answer("block to (em0)", "udp ::1 1 2001:db8::1 1", { surroundings })).toBe("yes");
      expect(answer("block to (em0)", "udp ::1 1 2001:db8::2 1", { surroundings })).toBe("no");
      expect(answer("block to (vlan10)", to("198.51.100.1"), { surroundings })).toBe("no");
      expect(answer("block to (egress)", to("198.51.100.1"), { surroundings })).toBe("open");
    });

    it("and may come before those that are known", () => {
      expect(answer("block to (em0:0)", to("192.0.2.1"), { surroundings })).toBe("open");
    });

    it("and may reach elsewhere with a mask of its own", () => {
      expect(answer("block inet to (em0)/8", to("10.10.0.9"), { surroundings })).toBe("open");
    });

    it("until its line is taken as written", () => {
      const closed = new Set([UNREAD.id]);
      expect(answer("block to (em0)", to("198.51.100.1"), { surroundings, closed })).toBe("no");
    });
  });
});

it("takes the socket that the place names, whatever the packet is now", () => {
  const [socket = "none"] = surroundingsOf(TENANTS).sockets;
  expect(answer("block proto udp user 0", UDP, { place: { socket } })).toBe("yes");
  const owned = "udp 10.0.0.1 1 192.0.2.1 53";
  expect(answer("block proto udp user 53", owned, { place: { socket: "none" } })).toBe("no");
});

it("parts packets by the owner of their socket", () => {
  const sets = intervalPacketFunctions();
  const context = contextOf(sets, {});
  const classes = context.socketClasses();
  const userOf = (text: string): unknown => {
    const packet = packetFrom(text);
    const its = classes.filter(({ set }) => sets.has(set, fieldValues(packet, packet)));
    return its.map(({ socket }) => (socket === "none" ? socket : socket.user));
  };
  expect(userOf("tcp 10.0.0.1 1 192.0.2.1 22")).toEqual([0]);
  expect(userOf("udp 10.0.0.1 1 192.0.2.9 53")).toEqual([53]);
  expect(userOf("udp 10.0.0.1 53 192.0.2.9 1")).toEqual(["none"]);
});

it("has no route that fails on interfaces of IPsec", () => {
  const place = { interface: "enc0", receivedOn: "enc0" };
  expect(answer("block from urpf-failed", UDP, { place })).toBe("no");
  expect(answer("block from urpf-failed", UDP, { place: { interface: "ens0" } })).toBe("yes");
});

it("keeps apart what addresses stand for in the same place", () => {
  const context = contextOf(intervalPacketFunctions(), {});
  const ask = (text: string, packet: string, rtable = 0): string => {
    return answerIn(context, ruleOf(text), packet, rtable);
  };
  expect(ask("block from no-route", UDP, 0)).toBe("no");
  expect(ask("block from no-route", UDP, 1)).toBe("yes");
  expect(ask('block from route "uplink"', UDP, 0)).toBe("yes");
  expect(ask('block from route "uplink"', UDP, 1)).toBe("no");
  expect(ask('block from route "downlink"', UDP, 0)).toBe("no");
  const near = "udp 192.0.2.7 1 192.0.2.8 1";
  expect(ask("block from (em0)", near)).toBe("no");
  expect(ask("block from ! (em0)", near)).toBe("yes");
  expect(ask("block from (em0:network)", near)).toBe("yes");
  expect(ask("block from (vlan10:network)", near)).toBe("no");
  expect(ask("block to (vlan10:network)", "udp 192.0.2.7 1 10.10.0.9 1")).toBe("yes");
  expect(ask("block inet from (em0)/24", near)).toBe("yes");
  expect(ask("block from ! 192.0.2.0/24", near)).toBe("no");
  expect(ask("block from ! 192.0.2.0/31", near)).toBe("yes");
});

it("follows a table that changes in place", () => {
  const sets = intervalPacketFunctions();
  const entries = new EntrySet();
  const meets = (): boolean => {
    const context = contextOf(sets, { tables: { some: { entries, open: false } } });
    const criteria = criteriaOf(context, ruleOf("block from <some>"), 0);
    const packet = packetFrom(UDP);
    return criteria !== undefined && sets.has(criteria.may, fieldValues(packet, packet));
  };
  expect(meets()).toBe(false);
  entries.add(prefix("10.0.0.0/8"), false);
  expect(meets()).toBe(true);
  entries.remove(prefix("10.0.0.0/8"), false);
  expect(meets()).toBe(false);
});

it("packs the entries of a table in order, with their signs", () => {
  const entries = new EntrySet();
  for (const [text, negated] of [
    ["2001:db8::/32", false],
    ["10.0.0.0/8", false],
    ["2001:db8::5", true],
    ["10.0.0.0", true],
    ["9.0.0.0/8", false],
  ] as const) {
    entries.add(prefix(text), negated);
  }
  const { words, ...others } = entries.packed();
  expect(others).toEqual({
    count: 5,
    offsets: Uint32Array.of(0, 1, 2, 3, 7),
    lengths: Uint8Array.of(8, 32, 8, 32, 128),
    marks: Uint8Array.of(0, 2, 0, 1, 3),
  });
  expect([...words]).toEqual([
    ...[0x09000000, 0x0a000000, 0x0a000000],
    ...[0x20010db8, 0, 0, 0],
    ...[0x20010db8, 0, 0, 5],
  ]);
});

describe("the socket of a packet", () => {
  const sockets = [
    socket("tcp", "0.0.0.0", 22, undefined, 1),
    socket("tcp", "10.0.0.2", 22, undefined, 2),
    socket("tcp", "10.0.0.2", 22, undefined, 3),
    socket("tcp", "10.0.0.2", 22, "10.0.0.1", 4),
    socket("tcp", "10.0.0.2", 22, "10.0.0.1", 5),
    socket("tcp", "10.0.0.2", 25, "0.0.0.0", 6),
    socket("udp", "10.0.0.2", 53, "0.0.0.0", 7),
    socket("udp", "0.0.0.0", 54, "10.0.0.9", 8),
    { ...socket("udp", "0.0.0.0", 55, undefined, 9), rdomain: 1 },
  ];
  it.each([
    ["the connected one first", "tcp 10.0.0.1 1000 10.0.0.2 22", 4],
    ["then the first one of its address", "tcp 10.0.0.1 1001 10.0.0.2 22", 2],
    ["then one of any address", "tcp 10.0.0.1 1000 10.0.0.3 22", 1],
    ["of UDP one that is not connected", "udp 10.0.0.1 1 10.0.0.2 53", 7],
    ["none of TCP that is bound to no peer", "tcp 10.0.0.1 1000 10.0.0.2 25", -1],
    ["none that is connected elsewhere", "udp 10.0.0.1 1000 10.0.0.2 54", -1],
    ["none of another routing domain", "udp 10.0.0.1 1000 10.0.0.2 55", -1],
    ["none of another protocol", "udp 10.0.0.1 1000 10.0.0.2 22", -1],
  ])("is %s", (_, packet, user) => {
    const surroundings = { sockets };
    const name = user < 0 ? "unknown" : user;
    expect(answer(`block proto { tcp } user ${name}`, packet, { surroundings })).toBe(
      packet.startsWith("tcp") ? "yes" : "no",
    );
    expect(answer(`block proto { udp } user ${name}`, packet, { surroundings })).toBe(
      packet.startsWith("udp") ? "yes" : "no",
    );
  });

  it("is at the other end of packets that go out", () => {
    const situation = { surroundings: { sockets }, place: { direction: "out" } } as const;
    expect(answer("block proto tcp user 4", "tcp 10.0.0.2 22 10.0.0.1 1000", situation)).toBe(
      "yes",
    );
    expect(answer("block proto tcp user 4", TCP, situation)).toBe("no");
  });
});

function socket(
  protocol: "tcp" | "udp",
  local: string,
  localPort: number,
  foreign: string | undefined,
  user: number,
): Socket {
  return {
    family: "inet",
    protocol: protocol === "tcp" ? 6 : 17,
    local: parseAddress(local)?.value ?? 0n,
    localPort,
    foreign: foreign === undefined ? undefined : parseAddress(foreign)?.value,
    foreignPort: foreign === "10.0.0.1" ? 1000 : 0,
    rdomain: 0,
    user,
    group: 0,
  };
}

const UNREAD = {
  id: "hostname.em0:1",
  span: { file: "hostname.em0", line: 1, column: 1, length: 1 },
  scope: { kind: "address", host: "fw", interface: "em0" },
  words: "inet autoconf",
  effect: "learns an address",
  settle: "write the address",
} as const;
