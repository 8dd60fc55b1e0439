import { describe, expect, it } from "vitest";
import {
  checkHeaders,
  type HeaderCheck,
  sanitizeTcp,
  transportLength,
} from "../../../engine/kernel/headers.ts";
import type { KernelPacket } from "../../../engine/kernel/packet.ts";
import { TCP_FLAGS } from "../../../model/packet.ts";
import { address, icmp4, icmp6, tcp4, udp4, udp6 } from "./kernel-packet.ts";

const ALL_HOSTS = address("224.0.0.1");
const LINK_LOCAL = { source: address("fe80::1"), destination: address("ff02::1:ff00:1") };

function igmp(fields: Partial<KernelPacket>): KernelPacket {
  return udp4({ protocol: 2, sourcePort: 0, destinationPort: 0, ttl: 1, ...fields });
}

function listener(type: number, fields: Partial<KernelPacket> = {}): KernelPacket {
  return icmp6(type, {}, { ...LINK_LOCAL, ttl: 1, payload: 16, ...fields });
}

const FIRST = { offset: 0, more: true, id: 1 };
const LATER = { offset: 800, more: false, id: 1 };
const ATOMIC = { offset: 0, more: false, id: 1 };

describe("checkHeaders: drops", () => {
  const passes: readonly [what: string, packet: KernelPacket][] = [
    ["E32 IGMP to all hosts with TTL 1", igmp({ destination: ALL_HOSTS })],
    ["E32 IGMP to others", igmp({ destination: address("224.0.0.22"), ttl: 2 })],
    ["E33 source port 0", udp4({ sourcePort: 0 })],
    ["port 0 of a first fragment", udp4({ destinationPort: 0, fragment: FIRST })],
    ["V61 another routing header", udp6({ routingHeader: 2 })],
    ["S62 neighbour solicitation", icmp6(135, {}, { ...LINK_LOCAL, ttl: 255 })],
    ["neighbour solicitation in a first fragment", icmp6(135, {}, { ttl: 64, fragment: FIRST })],
    ["listener query", listener(130)],
    ["listener done, which has no address to key", listener(132, { payload: 0 })],
    ["listener query in a later fragment", listener(130, { ttl: 64, fragment: LATER })],
    ["inside link-local still", listener(130, { source: address("febf:ffff::1") })],
    ["type 138, behind neighbour discovery", icmp6(138, {}, { ttl: 64 })],
    ["type 132 of ICMPv4", icmp4(132, {}, { ttl: 64 })],
    ["ICMP inside IPv6, in pieces", icmp4(8, {}, { family: "inet6", fragment: FIRST })],
  ];
  it.each(passes)("%s is none", (_, packet) => {
    const { drop, reason, logged } = checkHeaders(packet);
    expect({ drop, reason, logged }).toEqual({ drop: false, reason: 0, logged: false });
  });

  const drops: readonly [what: string, packet: KernelPacket, reason: number][] = [
    ["E32 IGMP to all hosts with TTL 2", igmp({ destination: ALL_HOSTS, ttl: 2 }), 8],
    ["the same in a fragment", igmp({ destination: ALL_HOSTS, ttl: 2, fragment: LATER }), 8],
    ["E33 destination port 0, UDP", udp4({ destinationPort: 0 }), 3],
    ["destination port 0, TCP", tcp4({}, { destinationPort: 0 }), 3],
    ["destination port 0, an atomic fragment", udp6({ destinationPort: 0, fragment: ATOMIC }), 3],
    ["V61 routing header of type 0", udp6({ routingHeader: 0 }), 8],
    ["the same before a later fragment", udp6({ routingHeader: 0, fragment: LATER }), 8],
    ["S62 solicitation from afar", icmp6(135, {}, { ...LINK_LOCAL, ttl: 64 }), 4],
    ["router solicitation from afar", icmp6(133, {}, { ttl: 254 }), 4],
    ["redirect from afar", icmp6(137, {}, { ttl: 64 }), 4],
    ["listener query from afar", listener(130, { ttl: 2 }), 8],
    ["listener report, not link-local", listener(143, { source: address("fec0::1") }), 8],
    ["the same in a first fragment", listener(131, { ttl: 255, fragment: FIRST }), 8],
    ["listener query without its address", listener(130, { payload: 15 }), 3],
    ["solicitation inside IPv4", icmp6(135, {}, { family: "inet", ttl: 64 }), 4],
  ];
  it.each(drops)("%s", (_, packet, reason) => {
    const { drop, reason: found, logged } = checkHeaders(packet);
    expect({ drop, reason: found, logged }).toEqual({ drop: true, reason, logged: true });
  });

  it.each([
    ["ICMP inside IPv6", icmp4(8, {}, { family: "inet6" })],
    ["ICMPv6 inside IPv4", icmp6(128, {}, { family: "inet" })],
  ])("%s, without a forced log record", (_, packet) => {
    expect(checkHeaders(packet)).toMatchObject({ drop: true, reason: 4, logged: false });
  });
});

describe("checkHeaders: options", () => {
  it.each<[what: string, packet: KernelPacket, needs: boolean]>([
    ["none", udp4(), false],
    ["E29, E30 router alert", udp4({ options: "router-alert" }), true],
    ["E31 only padding", udp4({ options: "padding" }), true],
    ["any other", udp4({ options: "other" }), true],
    ["E32 router alert of IGMP", igmp({ options: "router-alert" }), false],
    ["padding of IGMP", igmp({ options: "padding" }), true],
    ["V61 routing header of type 2", udp6({ routingHeader: 2 }), true],
    ["V61 router alert in IPv6", udp6({ options: "router-alert" }), true],
    ["V61 padding in IPv6", udp6({ options: "padding" }), true],
    ["router alert of a listener", listener(131, { options: "router-alert" }), false],
    ["other options of a listener", listener(131, { options: "other" }), true],
    ["a listener behind a routing header", listener(131, { routingHeader: 2 }), true],
    [
      "router alert of a listener, later fragment",
      listener(131, { options: "router-alert", fragment: LATER }),
      true,
    ],
  ])("%s", (_, packet, needs) => {
    expect(checkHeaders(packet).hasOptions).toBe(needs);
  });
});

describe("checkHeaders: what rules see", () => {
  it.each<[what: string, packet: KernelPacket, seen: Partial<HeaderCheck>]>([
    ["V62 an atomic fragment is whole", udp6({ fragment: ATOMIC }), { isFragment: false }],
    ["IPv4 knows none either", udp4({ fragment: ATOMIC }), { isFragment: false }],
    [
      "V63, V64 a first fragment of IPv6 has its protocol",
      udp6({ fragment: FIRST }),
      { isFragment: true, protocol: 17 },
    ],
    [
      "V63, V64 a later one of IPv6 is protocol 44",
      udp6({ fragment: LATER }),
      { isFragment: true, protocol: 44 },
    ],
    [
      "S34 a later fragment of IPv4 has its protocol",
      udp4({ fragment: LATER }),
      { isFragment: true, protocol: 17 },
    ],
    ["TOS loses the bits of ECN", udp4({ tos: 0xbb }), { tos: 0xb8 }],
    ["so does a traffic class", udp6({ tos: 0x13 }), { tos: 0x10 }],
  ])("%s", (_, packet, seen) => {
    expect(checkHeaders(packet)).toMatchObject(seen);
  });
});

describe("transportLength", () => {
  it.each<[what: string, packet: KernelPacket, bytes: number]>([
    ["TCP", tcp4({}), 20],
    ["TCP with MSS", tcp4({ mss: 1460 }), 24],
    ["TCP with MSS and window scale 0", tcp4({ mss: 1460, windowScale: 0 }), 28],
    ["TCP with SACK", tcp4({ sackPermitted: true }), 24],
    ["TCP with a timestamp", tcp4({ timestamp: 0 }), 32],
    [
      "TCP with all of them",
      tcp4({ mss: 1, windowScale: 1, sackPermitted: true, timestamp: 1 }),
      44,
    ],
    ["UDP", udp4(), 8],
    ["ICMP", icmp4(8), 8],
    ["echo of ICMPv6", icmp6(128), 8],
    ["neighbour solicitation", icmp6(135), 24],
    ["neighbour advertisement", icmp6(136), 24],
    ["ESP", udp4({ protocol: 50 }), 0],
  ])("%s", (_, packet, bytes) => {
    expect(transportLength(packet)).toBe(bytes);
  });
});

describe("sanitizeTcp", () => {
  function bits(letters: string): number {
    return [...letters].reduce((all, letter) => all | (1 << TCP_FLAGS.indexOf(letter)), 0);
  }

  it.each([
    ["S", "S"],
    ["FS", "S"],
    ["R", "R"],
    ["A", "A"],
    ["FPUA", "FPUA"],
    ["RA", "RA"],
    ["FSA", "SA"],
    ["SPA", "SPA"],
    ["SEW", "SEW"],
  ])("S35 %s passes as %s", (given, made) => {
    const packet = tcp4({ flags: bits(given) });
    expect(sanitizeTcp(packet)).toBe(true);
    expect(packet.tcp?.flags).toBe(bits(made));
  });

  it.each(["SR", "SRA", "F", "P", "U", "FP", "SP", "SU", "FSU", "RF", "RP", "RU", "E", ""])(
    "S35 %s is dropped",
    (given) => {
      expect(sanitizeTcp(tcp4({ flags: bits(given) }))).toBe(false);
    },
  );
});
