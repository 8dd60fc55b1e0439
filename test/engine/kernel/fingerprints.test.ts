import { describe, expect, it } from "vitest";
import { looksLike } from "../../../engine/kernel/fingerprints.ts";
import { ACK, type KernelPacket, SYN, type TcpHeader } from "../../../engine/kernel/packet.ts";
import { tcp4, udp4, udp6 } from "./kernel-packet.ts";

const PURE = { dontFragment: true };
/** Old Linux: 44 bytes, no more than an MSS. */
const LINUX = { window: 512, mss: 1460 };
/** Windows of the nineties and after: MSS and SACK, don't fragment, from TTL 128. */
const WINDOWS_IP = { ttl: 128, dontFragment: true };

function windows(tcp: Partial<TcpHeader>): KernelPacket {
  return tcp4({ mss: 1460, sackPermitted: true, ...tcp }, WINDOWS_IP);
}

/** The same segment in IPv6. */
function in6(packet: KernelPacket): KernelPacket {
  const { family, source, destination } = udp6();
  return { ...packet, family, source, destination };
}

function expectNames(packet: KernelPacket, names: readonly string[]): void {
  expect(names.filter((name) => !looksLike(packet, name))).toEqual([]);
  expect(looksLike(packet, "unknown")).toBe(false);
}

function expectNone(packet: KernelPacket, names: readonly string[]): void {
  expect(names.filter((name) => looksLike(packet, name))).toEqual([]);
}

function expectUnknown(packet: KernelPacket): void {
  expect(looksLike(packet, "unknown")).toBe(true);
  expectNone(packet, ["Linux", "Windows", "FreeBSD", "nomatch"]);
}

describe("looksLike", () => {
  it("knows systems by their SYN", () => {
    expectNames(tcp4(LINUX), ["Linux", "Linux 2.0", "Linux 2.0.3x"]);
    expectNames(windows({ window: 8192, windowScale: 2 }), ["Windows", "Windows Vista"]);
    expectNames(tcp4({ window: 45046, mss: 536 }), ["AIX", "AIX 4.3"]);
    expectNames(tcp4({ window: 32768, mss: 1460, windowScale: 0 }, PURE), ["Tru64", "Tru64 4.0"]);
    expectNames(tcp4({ window: 8192, mss: 1460 }), ["Tru64 5.1 noRFC1323"]);
    expectNames(tcp4({ window: 2048 }), ["NMAP", "NMAP syn scan", "NMAP syn scan 2"]);
    expectNames(tcp4({ window: 8192, mss: 1460 }, PURE), ["Eagle"]);
  });

  it("keeps systems with the same signature together", () => {
    const syn = { window: 16384, mss: 1460, windowScale: 0, timestamp: 7 };
    expectNames(tcp4(syn), ["NetBSD 1.3", "OpenBSD", "OpenBSD 2.6"]);
    expectNone(tcp4(syn), ["AIX", "FreeBSD", "NetBSD 1.6"]);
  });

  it("takes the first signature that fits", () => {
    expectNames(windows({ window: 65535 }), ["Windows 2000 SP4", "Windows XP SP1"]);
    expectNone(windows({ window: 65535 }), ["Windows XP SP3", "Windows 98"]);
    expectNames(tcp4({ window: 16384, mss: 512 }), ["AIX"]);
    expectNone(tcp4({ window: 16384, mss: 512 }), ["Linux"]);
    expectNames(tcp4({ window: 16384, mss: 513 }), ["Linux"]);
  });

  describe("names", () => {
    it("is every version to a class and every subtype to a version", () => {
      const packet = tcp4({ window: 5840, mss: 1460, windowScale: 0 }, PURE);
      expectNames(packet, ["Linux", "Linux 2.4", "Linux 2.4 cluster"]);
      expectNone(packet, ["Linux 2.4 ts", "Linux 2.2", "cluster", "2.4", "Linux 2", "", "nomatch"]);
    });

    it("has no subtype of a version that is seen without", () => {
      const packet = windows({ window: 65520 });
      expectNames(packet, ["Windows XP"]);
      expectNone(packet, ["Windows XP SP1", "Windows XP SP3", "Windows 2000"]);
      expectNone(tcp4({ window: 4128, mss: 1460 }, { ttl: 255 }), ["Cisco 12008"]);
      expectNames(tcp4({ window: 4128, mss: 1460 }, { ttl: 255 }), ["Cisco"]);
    });

    it("spreads ranges of versions and of subtypes", () => {
      const four = tcp4({ window: 65535, mss: 1460, windowScale: 1, timestamp: 7 }, PURE);
      expectNames(four, ["FreeBSD 4.7-4.11", "FreeBSD 4.7", "FreeBSD 4.10", "FreeBSD 5.2"]);
      expectNone(four, ["FreeBSD 4.6", "FreeBSD 4.12", "FreeBSD 4.1", "FreeBSD 5.3"]);
      const aix = tcp4({ window: 16384, mss: 512 });
      expectNames(aix, ["AIX 4.3.2-3", "AIX 4.3.2", "AIX 4.3.3"]);
      expectNone(aix, ["AIX 4.3.1", "AIX 4.3.4", "AIX 4.3 2"]);
    });

    it("takes upper and lower case alike", () => {
      expectNames(windows({ window: 8192, windowScale: 2 }), ["WINDOWS vista"]);
      expect(looksLike(udp4(), "Unknown")).toBe(true);
    });
  });

  describe("numbers", () => {
    it.each([
      [24, true],
      [23, false],
      [64, true],
      [65, false],
    ])("TTL %i of a sender that begins with 64", (ttl, known) => {
      expect(looksLike(tcp4(LINUX, { ttl }), "Linux")).toBe(known);
    });

    it("wants don't fragment as it is", () => {
      expectUnknown(tcp4(LINUX, PURE));
      expectUnknown(tcp4({ ...LINUX, window: 32768, windowScale: 3 }));
    });

    it.each([
      ["16 times the MSS", 1000, 16_000, true],
      ["one more", 1000, 16_001, false],
      ["16 times the usual MSS", 1000, 23_360, true],
      ["16 times the usual MSS, but none", 0, 23_360, false],
      ["30 times the MTU", 1000, 31_200, true],
      ["30 times the MSS", 1000, 30_000, false],
      ["30 times the usual MTU", 1000, 45_000, true],
      ["30 times the usual MTU, but none", 0, 45_000, false],
      ["a multiple of 8192", 536, 24_576, true],
      ["0", 536, 0, true],
      ["a multiple of 8192 and another MSS", 537, 24_576, false],
      ["a number", 1000, 60_352, true],
    ])("a window of %s", (_, mss, window, known) => {
      const packet = windows({ mss, window });
      expect(looksLike(packet, "Windows 98")).toBe(known);
      expect(looksLike(packet, "Windows")).toBe(true);
    });

    it("takes a window scale by value, by what divides it, or any", () => {
      const aix = { window: 16384, mss: 512, timestamp: 7 };
      expectNames(tcp4({ ...aix, windowScale: 4 }), ["AIX 4.3.3", "AIX 5.2"]);
      expectNames(tcp4({ ...aix, windowScale: 0 }), ["AIX 5.1-5.2"]);
      expectUnknown(tcp4({ ...aix, windowScale: 3 }));
      const any = windows({ window: 8192, windowScale: 8 });
      expectNames(any, ["Windows XP RFC1323", "Windows 2000 RFC1323"]);
      expectNone(any, ["Windows Vista"]);
    });

    it("counts the whole packet", () => {
      expectUnknown(tcp4(LINUX, { payload: 1 }));
      expectUnknown(tcp4(LINUX, { options: "padding" }));
    });
  });

  describe("options", () => {
    it("wants the same ones", () => {
      expectUnknown(tcp4({ ...LINUX, sackPermitted: true }));
      expectUnknown(tcp4({ ...LINUX, windowScale: 0 }));
      expectUnknown(tcp4({ window: 512 }));
    });

    it("tells a timestamp of 0 from others", () => {
      const syn = { window: 16384, mss: 1460, windowScale: 0 };
      expectNames(tcp4({ ...syn, timestamp: 0 }, PURE), ["NetBSD 1.6 df"]);
      expectNames(tcp4({ ...syn, timestamp: 1 }, PURE), ["FreeBSD 4.4"]);
      expectUnknown(tcp4(syn, PURE));
    });
  });

  describe("IPv6", () => {
    it("does not tell who lets packets be fragmented", () => {
      const syn = tcp4({ window: 32768, mss: 1460, windowScale: 0 });
      expectNames(syn, ["Tru64 5.0"]);
      expectNone(syn, ["Tru64 4.0"]);
      expectNames(in6(syn), ["Tru64 4.0", "Tru64 5.0"]);
    });

    it("counts the headers before TCP", () => {
      const packet = in6(tcp4(LINUX));
      expectNames(packet, ["Linux 2.0.3x"]);
      expectUnknown({ ...packet, options: "padding" });
      expectUnknown({ ...packet, routingHeader: 2 });
      expectUnknown({ ...packet, fragment: { offset: 0, more: false, id: 1 } });
    });

    it("has signatures that fit IPv4 too, 20 bytes longer", () => {
      const packet = tcp4(LINUX, { dontFragment: true, payload: 20 });
      expectNames(packet, ["Linux 2.0.3x"]);
      expectUnknown({ ...packet, dontFragment: false });
    });
  });

  it("knows no packet but a SYN", () => {
    expectUnknown(udp4());
    expectUnknown(tcp4({ ...LINUX, flags: ACK }));
    expectUnknown(tcp4({ ...LINUX, flags: SYN | ACK }));
    expectUnknown(tcp4({ ...LINUX, flags: 0 }));
    expectNames(tcp4({ ...LINUX, flags: SYN | 0xc0 }), ["Linux"]);
  });
});
