import { describe, expect, it } from "vitest";
import { frameReasons } from "../../../engine/claims/frame-reasons.ts";
import { planOf } from "../../../engine/claims/plan.ts";
import { frameHops, frameWays } from "../../../engine/path/frames.ts";
import { wiringOf } from "../../../engine/path/wiring.ts";
import type { FrameKind, Network } from "../../../model/network.ts";
import { networkOf } from "../../support/network.ts";
import { hostFrom } from "../../support/site-files.ts";

const TAPS = { "hostname.tap0": "up\n", "hostname.tap1": "up\n", "hostname.tap2": "up\n" };

/** A host with one switch, `veb0` or `bridge0`, that has these lines. */
function switched(name: string, ...lines: readonly string[]): Network {
  const ports = ["add tap0", "add tap1", "add tap2"];
  const { host, diagnostics } = hostFrom({
    ...TAPS,
    [`hostname.${name}`]: [...ports, ...lines, "up\n"].join("\n"),
    "pf.conf": "block\n",
  });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return networkOf([host], { a: "fw1:tap0", b: "fw1:tap1" }, []);
}

/** The ports that frames from tap0 leave by. */
function ways(network: Network, kind: FrameKind): string {
  const [host] = network.hosts;
  const it = host?.interfaces.find(({ name }) => name === "tap0");
  if (host === undefined || it === undefined) throw new RangeError("no tap0");
  return frameHops(host, it, kind)
    .map(({ to }) => to.name)
    .join(" ");
}

describe("frameHops", () => {
  it("carry ARP and other frames from port to port, whatever pf says", () => {
    for (const name of ["veb0", "bridge0"]) {
      expect(ways(switched(name), "arp")).toBe("tap1 tap2");
      expect(ways(switched(name), "non-ip")).toBe("tap1 tap2");
    }
  });

  it("keep frames without IP back by blocknonip of the receiving port, and never ARP", () => {
    const network = switched("bridge0", "blocknonip tap0");
    expect(ways(network, "non-ip")).toBe("");
    expect(ways(network, "arp")).toBe("tap1 tap2");
    expect(ways(switched("bridge0", "blocknonip tap1"), "non-ip")).toBe("tap1 tap2");
  });

  it("keep everything back between protected ports", () => {
    const network = switched("veb0", "protected tap0 1", "protected tap1 1,2");
    expect(ways(network, "arp")).toBe("tap2");
  });

  it.each([
    ["rule block in on tap0", "", ""],
    ["rule block out on tap1", "tap2", "tap2"],
    ["rule block in on tap0 arp", "tap1 tap2", "tap1 tap2"],
    ["rule block in on tap0 src 02:00:00:00:00:01", "tap1 tap2", "tap1 tap2"],
    ["rule pass in on tap0 arp\nrule block in on tap0", "tap1 tap2", ""],
    ["rule pass in on tap0 src 02:00:00:00:00:01\nrule block in on tap0", "tap1 tap2", "tap1 tap2"],
  ])("meet `%s`", (lines, arp, others) => {
    const network = switched("veb0", lines);
    expect(ways(network, "arp")).toBe(arp);
    expect(ways(network, "non-ip")).toBe(others);
  });
});

describe("frameWays", () => {
  it("go over the switches of several hosts", () => {
    const of = (name: string): Network["hosts"][number] => {
      return { ...switched("veb0").hosts[0]!, name };
    };
    const cables = [
      {
        name: "c",
        ends: ["x", "y"].map((host) => {
          return { host, interface: "tap2", span: { file: "", line: 1, column: 1, length: 1 } };
        }),
      },
    ];
    const network = { ...networkOf([of("x"), of("y")], {}, []), cables };
    const wiring = wiringOf(network);
    const ways = frameWays(wiring, wiring.wireOf("x", "tap0")!, "arp");
    const way = ways.get(wiring.wireOf("y", "tap1")!);
    expect(way?.map(({ host, from, to }) => `${host.name}: ${from.name} ${to.name}`)).toEqual([
      "x: tap0 tap2",
      "y: tap2 tap1",
    ]);
  });
});

describe("frameReasons", () => {
  it("say what crosses, unless a conduit allows it", () => {
    const network = switched("bridge0");
    const plan = planOf(network);
    expect(frameReasons(plan, 0, 1).map(({ text }) => text)).toEqual([
      "ARP frames cross fw1:bridge0 (tap0 → tap1), and pf is never asked",
      "frames without IP cross fw1:bridge0 (tap0 → tap1), and pf is never asked",
    ]);
    const span = { file: "", line: 1, column: 1, length: 1 };
    const arp = { kind: "frames", of: "arp" } as const;
    const conduits = [{ from: "a", to: "b", services: [arp], required: false, span }];
    expect(frameReasons(planOf({ ...network, conduits }), 0, 1).length).toBe(1);
    const any = conduits.map((it) => ({ ...it, services: [{ kind: "any" } as const] }));
    expect(frameReasons(planOf({ ...network, conduits: any }), 0, 1)).toEqual([]);
  });
});
