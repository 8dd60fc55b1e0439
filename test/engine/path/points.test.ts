import { describe, expect, it } from "vitest";
import { arrivals, departures, type Leg } from "../../../engine/path/points.ts";
import {
  type BridgePort,
  type BridgeRule,
  type Host,
  type Interface,
  PLAIN_PORT,
} from "../../../model/host.ts";
import { interfaceOf } from "../../support/interface.ts";
import { hostOf, NOWHERE } from "../../support/network.ts";

/** `IN tap0, OUT tap1 → wire tap1`: the pf tests of a leg, and where it ends. */
function told(leg: Leg): string {
  const tests = leg.tests.map((test) => {
    const domain = test.rdomain === 0 ? "" : ` rdomain ${test.rdomain}`;
    return `${test.direction.toUpperCase()} ${test.interface.name}${domain}`;
  });
  const flood = leg.flooded ? " flooded" : "";
  const tag = leg.tag === undefined ? "" : `tag ${leg.tag}, `;
  return `${tag}${tests.join(", ") || "no test"} → ${leg.exit.kind} ${leg.exit.interface.name}${flood}`;
}

function host(...interfaces: readonly Interface[]): Host {
  return hostOf("h", interfaces, []);
}

function from(of: Host, name: string, legs: typeof arrivals): readonly string[] {
  const it = of.interfaces.find((other) => other.name === name);
  if (it === undefined) throw new RangeError(`no ${name}`);
  return legs(of, it).map(told);
}

describe("arrivals", () => {
  it("go up the stack on a plain interface (rows 1, 2)", () => {
    expect(from(host(interfaceOf("em0")), "em0", arrivals)).toEqual(["no test → stack em0"]);
  });

  it("never reach pf in a veb without link1 (row 12, T12)", () => {
    const veb = interfaceOf("veb0", { members: ["tap0", "tap1"] });
    const of = host(interfaceOf("tap0"), interfaceOf("tap1"), veb);
    expect(from(of, "tap0", arrivals)).toEqual(["no test → wire tap1"]);
  });

  it("are tested on both ports of a veb with link1, in its rdomain (rows 13, 14, T13)", () => {
    const veb = interfaceOf("veb0", { members: ["tap0", "tap1"], link1: true, rdomain: 3 });
    const of = host(interfaceOf("tap0", { rdomain: 1 }), interfaceOf("tap1"), veb);
    expect(from(of, "tap0", arrivals)).toEqual([
      "IN tap0 rdomain 3, OUT tap1 rdomain 3 → wire tap1",
      "IN tap0 rdomain 3, OUT veb0 rdomain 3 → wire tap1 flooded",
    ]);
  });

  it("meet only the stack's own test on the way to a vport (row 15, T14)", () => {
    const members = ["tap0", "vport0"];
    const plain = host(
      interfaceOf("tap0"),
      interfaceOf("vport0"),
      interfaceOf("veb0", { members }),
    );
    expect(from(plain, "tap0", arrivals)).toEqual(["no test → stack vport0"]);
    const asked = interfaceOf("veb0", { members, link1: true });
    const tested = host(interfaceOf("tap0"), interfaceOf("vport0"), asked);
    expect(from(tested, "tap0", arrivals)).toEqual(["IN tap0 → stack vport0"]);
  });

  it("are tested on both members of a bridge, or go up the stack of any member (rows 8 … 10)", () => {
    const bridge = interfaceOf("bridge0", { members: ["em0", "tap0", "vether0"] });
    const of = host(interfaceOf("em0"), interfaceOf("tap0"), interfaceOf("vether0"), bridge);
    expect(from(of, "tap0", arrivals)).toEqual([
      "no test → stack tap0",
      "no test → stack em0",
      "no test → stack vether0",
      "IN tap0, OUT em0 → wire em0",
    ]);
  });

  it("are encapsulated where a vxlan is the other port (row 20)", () => {
    const veb = interfaceOf("veb0", { members: ["tap0", "vxlan0"] });
    const of = host(interfaceOf("tap0"), interfaceOf("vxlan0"), veb);
    expect(from(of, "tap0", arrivals)).toEqual(["no test → tunnel vxlan0"]);
  });
});

describe("arrivals on switched ports", () => {
  it("cross a tpmr with a test on each port, or with none under link1 (row 17)", () => {
    const members = ["em0", "em1"];
    const tpmr = interfaceOf("tpmr0", { members });
    const of = host(interfaceOf("em0", { rdomain: 4 }), interfaceOf("em1"), tpmr);
    expect(from(of, "em0", arrivals)).toEqual(["IN em0 rdomain 4, OUT em1 rdomain 4 → wire em1"]);
    const open = host(interfaceOf("em0"), interfaceOf("em1"), { ...tpmr, link1: true });
    expect(from(open, "em0", arrivals)).toEqual(["no test → wire em1"]);
  });

  it("go to carp addresses of the interface as well (row 28)", () => {
    const carp = interfaceOf("carp0", { parent: "em0", rdomain: 1 });
    const of = host(interfaceOf("em0", { rdomain: 1 }), carp);
    expect(from(of, "em0", arrivals)).toEqual(["no test → stack em0", "no test → stack carp0"]);
  });

  it("stop at a monitor", () => {
    expect(from(host(interfaceOf("em0", { monitor: true })), "em0", arrivals)).toEqual([]);
  });

  it("do not cross between ports that share a protected domain", () => {
    const port = (name: string, ...protectedDomains: readonly number[]): BridgePort => {
      return { ...PLAIN_PORT, name, protectedDomains };
    };
    const ports = [port("tap0", 1, 2), port("tap1", 2), port("tap2", 3)];
    const members = ports.map(({ name }) => name);
    for (const name of ["veb0", "bridge0"]) {
      const of = host(
        ...members.map((it) => interfaceOf(it)),
        interfaceOf(name, { members, ports }),
      );
      const across = from(of, "tap0", arrivals).filter((it) => it.includes("wire"));
      expect(across.map((it) => it.replace(/.* → /, ""))).toEqual(["wire tap2"]);
    }
  });

  it("meet the layer 2 rules of both ports: the first match decides", () => {
    const block: BridgeRule = { action: "block", direction: "in", span: NOWHERE };
    const members = ["tap0", "tap1"];
    const between = (rules: readonly BridgeRule[]): readonly string[] => {
      const ports = members.map((name) => ({
        ...PLAIN_PORT,
        name,
        rules: name === "tap0" ? rules : [],
      }));
      const veb = interfaceOf("veb0", { members, ports });
      return from(host(interfaceOf("tap0"), interfaceOf("tap1"), veb), "tap0", arrivals);
    };
    const mac = "02:00:00:00:00:01";
    expect(between([block])).toEqual([]);
    expect(between([{ ...block, direction: "out" }])).toEqual(["no test → wire tap1"]);
    expect(between([{ ...block, source: mac }])).toEqual(["no test → wire tap1"]);
    expect(between([{ ...block, action: "pass", source: mac }, block])).toEqual([
      "no test → wire tap1",
    ]);
    expect(between([{ ...block, arp: { protocol: "arp" } }])).toEqual(["no test → wire tap1"]);
    expect(between([{ ...block, action: "pass", tag: "A" }, block])).toEqual([
      "tag A, no test → wire tap1",
    ]);
  });

  it("find the members of a bridge that is down on their own", () => {
    const bridge = interfaceOf("bridge0", { members: ["em0", "em1"], up: false });
    const of = host(interfaceOf("em0"), interfaceOf("em1"), bridge);
    expect(from(of, "em0", arrivals)).toEqual(["no test → stack em0"]);
  });
});

describe("departures", () => {
  it("go onto the wire, or into the tunnel (rows 1, 3, 19)", () => {
    const of = host(interfaceOf("em0"), interfaceOf("vxlan0"));
    expect(from(of, "em0", departures)).toEqual(["no test → wire em0"]);
    expect(from(of, "vxlan0", departures)).toEqual(["no test → tunnel vxlan0"]);
  });

  it("of a bridge member are switched without another test (row 11)", () => {
    const bridge = interfaceOf("bridge0", { members: ["tap0", "vether0"] });
    const of = host(interfaceOf("tap0"), interfaceOf("vether0"), bridge);
    expect(from(of, "vether0", departures)).toEqual(["no test → wire tap0"]);
  });

  it("of a vport are tested on the port only with link1 (row 16, T15)", () => {
    const members = ["tap0", "vport0"];
    const veb = interfaceOf("veb0", { members, link1: true });
    const of = host(interfaceOf("tap0"), interfaceOf("vport0"), veb);
    expect(from(of, "vport0", departures)).toEqual([
      "OUT tap0 → wire tap0",
      "OUT veb0 → wire tap0 flooded",
    ]);
    const plain = host(
      interfaceOf("tap0"),
      interfaceOf("vport0"),
      interfaceOf("veb0", { members }),
    );
    expect(from(plain, "vport0", departures)).toEqual(["no test → wire tap0"]);
  });
});
