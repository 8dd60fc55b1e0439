import { describe, expect, it } from "vitest";
import { planOf } from "../../../engine/claims/plan.ts";
import { Walker } from "../../../engine/path/walk.ts";
import type { Step } from "../../../model/answer.ts";
import { parsePacketText } from "../../../parser/packet-text.ts";
import { networkOf } from "../../support/network.ts";
import { hostFrom } from "../../support/site-files.ts";

/** A packet that comes in on an interface, or that the host itself sends. */
interface Sent {
  /** Absent: the host itself sends it, by {@link out}. */
  readonly in?: string;
  /** Absent: the loopback. */
  readonly out?: string;
  readonly packet: string;
}

/**
 * The pf tests of the last packet, and its ends: `IN em0; OUT em1; → fw1:em1`. A routing domain that
 * is not 0 stands behind the test, and so does what pf did with the packet unless it let it pass.
 */
function way(files: Readonly<Record<string, string>>, ...sent: readonly Sent[]): string {
  const { host, diagnostics } = hostFrom(files);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const network = networkOf([host], { self: "fw1" }, []);
  const { wiring, zones } = planOf(network);
  const walker = new Walker(network, wiring, zones);
  let last = "";
  for (const { in: on, out = "lo0", packet: text } of sent) {
    const { packet } = parsePacketText(text, { file: "test", line: 1, column: 1 });
    if (packet === undefined) throw new Error(text);
    const at = { host: "fw1", interface: on ?? out };
    const emission = { from: on === undefined ? "self" : "unplaced", at, packet };
    const { steps } = walker.walk({ ...emission, local: on === undefined }).trace;
    // a frame is first on the wire that it comes from
    const own = on !== undefined && steps[0]?.kind === "delivered" ? 1 : 0;
    last = steps.slice(own).flatMap(told).join("; ");
  }
  return last;
}

function told(step: Step): readonly string[] {
  switch (step.kind) {
    case "test": {
      const domain = step.rdomain === 0 ? "" : ` rdomain ${step.rdomain}`;
      const verdict = step.verdict === "pass" ? "" : ` ${step.verdict}`;
      return [`${step.direction.toUpperCase()} ${step.interface}${domain}${verdict}`];
    }
    case "delivered":
      return [`→ ${step.place}`];
    case "dropped":
      return [`✗ ${step.reason}`];
    default:
      return [];
  }
}

const ON = { "sysctl.conf": "net.inet.ip.forwarding=1\nnet.inet6.ip6.forwarding=1\n" };
const TWO = {
  "hostname.em0": "inet 10.1.0.1 255.255.255.0\n",
  "hostname.em1": "inet 10.2.0.1 255.255.255.0\n",
  "pf.conf": "pass\n",
};
const ACROSS: Sent = { in: "em0", packet: "udp 10.1.0.5:5000 > 10.2.0.5:53" };
const TO_OTHER: Sent = { in: "em0", packet: "udp 10.1.0.5:5000 > 10.2.0.1:53" };
const TO_ITSELF: Sent = { packet: "udp 10.1.0.1:5000 > 10.2.0.1:53" };

/** em0 in rdomain 1, em1 in rdomain 2, and a rule that leads from one to the other. */
const RTABLE = {
  ...ON,
  "hostname.em0": "rdomain 1\ninet 10.1.0.1 255.255.255.0\n",
  "hostname.em1": "rdomain 2\ninet 10.2.0.1 255.255.255.0\n",
  "pf.conf": "pass\npass in on em0 rtable 2\n",
};
const REPLY: Sent = { in: "em1", packet: "udp 10.2.0.5:53 > 10.1.0.5:5000" };

const BRIDGE = {
  ...ON,
  "hostname.em0": "up\n",
  "hostname.tap0": "up\n",
  "hostname.bridge0": "add em0\nadd tap0\nup\n",
  "pf.conf": "pass\n",
};

const VEB = {
  ...ON,
  "hostname.tap0": "up\n",
  "hostname.tap1": "up\n",
  "hostname.vport0": "inet 10.3.0.1 255.255.255.0\nup\n",
  "hostname.veb0": "add tap0\nadd tap1\nadd vport0\nup\n",
  "pf.conf": "pass\n",
};
const LINK1 = { ...VEB, "hostname.veb0": "link1\nadd tap0\nadd tap1\nadd vport0\nup\n" };

describe("the test vectors of stack-semantics.md 10", () => {
  it("T1: forwards from em0 to em1", () => {
    expect(way({ ...TWO, ...ON }, ACROSS)).toBe("IN em0; OUT em1; → fw1:em1");
  });

  it("T2: delivers to the address of another interface (weak model)", () => {
    expect(way({ ...TWO, ...ON }, TO_OTHER)).toBe("IN em0; → fw1");
  });

  it("T3: refuses it where forwarding is off (strong model)", () => {
    expect(way(TWO, TO_OTHER)).toBe("IN em0; ✗ not forwarded");
  });

  it("T4: does not forward where forwarding is off", () => {
    expect(way(TWO, ACROSS)).toBe("IN em0; ✗ not forwarded");
  });

  it("T5: sends from local to local over the loopback", () => {
    expect(way({ ...TWO, ...ON }, TO_ITSELF)).toBe("OUT lo0; IN lo0; → fw1");
  });

  it("T6: asks nobody under `set skip on lo`", () => {
    const files = { ...TWO, ...ON, "pf.conf": "set skip on lo\npass\n" };
    expect(way(files, TO_ITSELF)).toBe("OUT lo0 skip; IN lo0 skip; → fw1");
  });

  it("T7: leaves in the routing domain that the rule names", () => {
    expect(way(RTABLE, ACROSS)).toBe("IN em0 rdomain 1; OUT em1 rdomain 2; → fw1:em1");
  });

  it("T8: turns a reply into the first routing domain, and does not test it again", () => {
    const files = {
      ...RTABLE,
      "hostname.em1": `${RTABLE["hostname.em1"]}!route -T 2 add default 10.2.0.254\n`,
    };
    expect(way(files, ACROSS, REPLY)).toBe("IN em1 rdomain 2; OUT em1 rdomain 2; → fw1:em0");
  });

  it("T9: loses a reply for which the table has no route", () => {
    expect(way(RTABLE, ACROSS, REPLY)).toBe("IN em1 rdomain 2; ✗ no route in table 2");
  });

  it("T10: tests a tagged frame on the vlan alone", () => {
    const files = {
      ...ON,
      "hostname.em0": "up\n",
      "hostname.vlan10": "vnetid 10 parent em0\ninet 10.1.0.1 255.255.255.0\n",
      "hostname.vlan20": "vnetid 20 parent em0\ninet 10.2.0.1 255.255.255.0\n",
      "pf.conf": "pass\n",
    };
    expect(way(files, { ...ACROSS, in: "vlan10" })).toBe("IN vlan10; OUT vlan20; → fw1:vlan20");
  });

  it("T11: gives a tag that a vlan takes to no bridge", () => {
    const files = {
      ...BRIDGE,
      "hostname.vlan10": "vnetid 10 parent em0\ninet 10.1.0.1 255.255.255.0\n",
    };
    const packet = "udp 10.1.0.5:5000 > 10.1.0.1:53";
    expect(way(files, { in: "vlan10", packet })).toBe("IN vlan10; → fw1");
  });

  it("T12: asks nobody in a veb without link1", () => {
    const packet = "udp 10.3.0.5:5000 > 10.3.0.6:53";
    expect(way(VEB, { in: "tap0", packet })).toContain("→ fw1:tap1");
    expect(way(VEB, { in: "tap0", packet })).not.toMatch(/(IN|OUT) tap/);
  });

  it("T13: asks on both ports under link1", () => {
    const packet = "udp 10.3.0.5:5000 > 10.3.0.6:53";
    expect(way(LINK1, { in: "tap0", packet })).toContain("IN tap0; OUT tap1; → fw1:tap1");
  });

  it("T14: asks on the port and on the vport", () => {
    const packet = "udp 10.3.0.5:5000 > 10.3.0.1:53";
    expect(way(LINK1, { in: "tap0", packet })).toContain("IN tap0; IN vport0; → fw1");
  });

  it("T15: asks on the vport and on the port", () => {
    const packet = "udp 10.3.0.1:5000 > 10.3.0.6:53";
    expect(way(LINK1, { out: "vport0", packet })).toMatch(/^OUT vport0; OUT tap0; → fw1:tap0/);
  });

  it("T23: sends by route-to where forwarding is off", () => {
    const files = { ...TWO, "pf.conf": "pass\npass in on em0 route-to 10.2.0.254\n" };
    expect(way(files, ACROSS)).toBe("IN em0; OUT em1; → fw1:em1");
  });

  it("T24: does not test again what route-to sends out another way", () => {
    const files = { ...TWO, ...ON, "pf.conf": "pass\npass out on em1 route-to 10.1.0.254\n" };
    expect(way(files, ACROSS)).toBe("IN em0; OUT em1; → fw1:em0");
  });

  it("T25: forwards what af-to has changed without another test", () => {
    const files = {
      ...ON,
      "hostname.em0": "inet6 2001:db8::1 64\n",
      "hostname.em1": "inet 10.2.0.1 255.255.255.0\n",
      "pf.conf": "pass\npass in on em0 inet6 to 64:ff9b::/96 af-to inet from 10.2.0.1\n",
    };
    const packet = "udp [2001:db8::5]:5000 > [64:ff9b::a02:5]:53";
    expect(way(files, { in: "em0", packet })).toBe("IN em0; → fw1:em1");
  });

  it("T29: tests a packet to a carp address under the name of its parent", () => {
    const files = {
      ...ON,
      "hostname.em0": "inet 10.1.0.2 255.255.255.0\n",
      "hostname.carp0": "inet 10.1.0.1 255.255.255.0 10.1.0.255 vhid 1 carpdev em0\n",
      "pf.conf": "pass\nblock in quick on carp0\n",
    };
    const packet = "udp 10.1.0.5:5000 > 10.1.0.1:53";
    expect(way(files, { in: "em0", packet })).toContain("IN em0; → fw1");
  });

  it("T30: matches nobody on an empty egress", () => {
    const files = { ...TWO, ...ON, "pf.conf": "pass\nblock in quick on egress\n" };
    expect(way(files, ACROSS)).toBe("IN em0; OUT em1; → fw1:em1");
  });
});
