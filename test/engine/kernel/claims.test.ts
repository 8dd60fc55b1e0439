import { describe, expect, it } from "vitest";
import type { KernelPacket } from "../../../engine/kernel/packet.ts";
import { KernelHost, packetFrom, replyTo, told } from "../../support/kernel-host.ts";

/** claims.md 2: both tenants may reach the Internet, and nobody else anybody. */
const TENANTS_OUT = `block
pass in on vlan10 to ! 10.0.0.0/8
pass in on vlan20 to ! 10.0.0.0/8
pass out on em0
`;
const NAT = "match out on em0 inet from 10.0.0.0/8 nat-to 192.0.2.1\n";

interface Wording {
  readonly floating: string;
  readonly antispoof: string;
  readonly nat: string;
}

/** Every combination of what a careful or less careful administrator writes around the rules. */
function wordings(antispoofs: readonly string[]): readonly (Wording & { readonly text: string })[] {
  return ["floating", "if-bound"].flatMap((floating) =>
    antispoofs.flatMap((antispoof) =>
      ["", "NAT"].map((nat) => ({
        floating,
        antispoof,
        nat,
        text: [
          `set state-policy ${floating}\n`,
          antispoof === "" ? "" : `${antispoof} inet\n`,
          nat === "" ? "" : NAT,
          TENANTS_OUT,
        ].join(""),
      })),
    ),
  );
}

const QUICK = "antispoof quick for { vlan10 vlan20 }";
/** The last match wins, so the passes behind it do. */
const WITHOUT_QUICK = "antispoof for { vlan10 vlan20 }";
/** Nothing is said of B's addresses. */
const OF_A = "antispoof quick for vlan10";

/** Forwards a packet; per interface the verdict and what came of a state, without rule numbers. */
function way(host: KernelHost, from: string, to: string, packet: KernelPacket): string {
  const both = host.forward(from, to, packet);
  return both.map((it) => told(it).replace(/ [\d-]+/, "")).join(", ");
}

/** What leaves the host for `packet`, which must pass both ways. */
function leaving(host: KernelHost, from: string, to: string, packet: KernelPacket): KernelPacket {
  const [entered, left] = host.forward(from, to, packet);
  expect([entered?.verdict, left?.verdict]).toEqual(["pass", "pass"]);
  return left?.packet ?? packet;
}

describe("punch: A forges a packet of B's, and the Internet may enter", () => {
  const forged = packetFrom("udp 10.20.0.5 5000 198.51.100.9 6000");
  const entry = replyTo(forged);

  it.each(wordings(["", WITHOUT_QUICK, OF_A]))(
    "$floating $antispoof $nat",
    ({ text, floating }) => {
      const host = new KernelHost(text);
      expect(way(host, "em0", "vlan20", entry)).toBe("drop");
      const seen = leaving(host, "vlan10", "em0", forged);
      // if-bound: the state of the way in is on vlan10 and does not let anything out of vlan20
      const entered = floating === "floating" ? "pass hit, pass hit" : "pass hit, drop";
      expect(way(host, "em0", "vlan20", replyTo(seen))).toBe(entered);
    },
  );

  it.each(wordings([QUICK]))("is stopped: $floating $antispoof $nat", ({ text }) => {
    const host = new KernelHost(text);
    expect(way(host, "vlan10", "em0", forged)).toBe("drop");
    expect(way(host, "em0", "vlan20", entry)).toBe("drop");
    expect(host.kernel.states.count).toBe(0);
  });

  it("is of the rules that the specification names", () => {
    const host = new KernelHost(TENANTS_OUT);
    expect(host.forward("em0", "vlan20", entry).map(told)).toEqual(["drop 0"]);
    expect(host.forward("vlan10", "em0", forged).map(told)).toEqual(["pass 1 new", "pass 3 new"]);
    expect(host.forward("em0", "vlan20", entry).map(told)).toEqual(["pass 3 hit", "pass 1 hit"]);
    expect(host.kernel.states.count).toBe(2);
  });

  it("is over when the states are", () => {
    const host = new KernelHost(TENANTS_OUT);
    host.forward("vlan10", "em0", forged);
    host.kernel.advance(60);
    expect(way(host, "em0", "vlan20", entry)).toBe("drop");
  });
});

describe("theft: A sends in the name of somebody to whom B has opened a flow", () => {
  const opening = packetFrom("udp 10.20.0.5 5001 198.51.100.9 53");

  it.each(wordings(["", WITHOUT_QUICK, OF_A, QUICK]))(
    "$floating $antispoof $nat",
    ({ text, floating, nat }) => {
      const host = new KernelHost(text);
      expect(way(host, "vlan10", "vlan20", replyTo(opening))).toBe("drop");
      const seen = leaving(host, "vlan20", "em0", opening);
      if (nat !== "") {
        // B's own addresses are in no wire key that a packet could come in by
        expect(way(host, "vlan10", "vlan20", replyTo(opening))).toBe("drop");
      }
      const stolen = way(host, "vlan10", "vlan20", replyTo(seen));
      if (floating === "floating") expect(stolen).toBe("pass hit, pass hit");
      // what goes to the address of NAT goes to the firewall itself, by a rule and no further
      else expect(stolen).toBe(nat === "" ? "drop" : "pass new, drop");
    },
  );

  it("is of the rules that the specification names", () => {
    const host = new KernelHost(TENANTS_OUT);
    expect(host.forward("vlan20", "em0", opening).map(told)).toEqual(["pass 2 new", "pass 3 new"]);
    const stolen = host.forward("vlan10", "vlan20", replyTo(opening));
    expect(stolen.map(told)).toEqual(["pass 3 hit", "pass 2 hit"]);
  });
});

describe("outer ride: a peer VTEP enters on the state of our first outer packet", () => {
  const ours = packetFrom("udp 192.0.2.1 4789 198.51.100.9 4789");
  const theirs = replyTo(ours);

  it.each(wordings(["", "antispoof quick for { em0 vlan10 vlan20 }"]))(
    "$floating $antispoof $nat",
    ({ text, floating }) => {
      // no NAT rule is for the host's own packets
      const outer = "pass out on em0 proto udp to port 4789\n";
      const host = new KernelHost(text.replace(TENANTS_OUT, `block\n${outer}`));
      expect(host.enter("em0", theirs).verdict).toBe("drop");
      expect(told(host.leave("em0", ours))).toMatch(/^pass \d+ new$/);
      expect(told(host.enter("em0", theirs))).toMatch(/^pass \d+ hit$/);
      const elsewhere = host.enter("vlan10", theirs);
      expect(elsewhere.verdict).toBe(floating === "floating" ? "pass" : "drop");
    },
  );

  it("comes to the peer's port through NAT of the host's own packets", () => {
    const host = new KernelHost("block\npass out on em0 proto udp to port 4789 nat-to 192.0.2.9\n");
    const seen = host.leave("em0", ours).packet;
    expect(seen.sourcePort).toBeGreaterThan(50_000);
    expect(host.enter("em0", theirs).verdict).toBe("drop");
    const entered = host.enter("em0", replyTo(seen));
    expect(told(entered)).toBe("pass 1 hit");
    expect([entered.packet.destination, entered.packet.destinationPort]).toEqual([
      ours.source,
      4789,
    ]);
  });
});
