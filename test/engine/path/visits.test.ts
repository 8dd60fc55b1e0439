import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { planOf } from "../../../engine/claims/plan.ts";
import type { Delivery } from "../../../engine/path/delivery.ts";
import { type Frame, frameOf } from "../../../engine/path/frame.ts";
import { Trail } from "../../../engine/path/trail.ts";
import { Visits } from "../../../engine/path/visits.ts";
import { Walker } from "../../../engine/path/walk.ts";
import type { Script } from "../../../model/answer.ts";
import type { Network } from "../../../model/network.ts";
import type { Packet } from "../../../model/packet.ts";
import { drawnSite, networkOfSite } from "../../../scenarios/arbitraries/network.ts";
import { scriptNear } from "../../../scenarios/arbitraries/script.ts";
import { inWords } from "../claims/walks-inside.ts";

/** Two routers that send each other what neither has, over two bridges joined twice. */
const CIRCULAR = new Map([
  ["a/etc/sysctl.conf", "net.inet.ip.forwarding=1\n"],
  ["a/etc/hostname.em0", "up\n"],
  ["a/etc/hostname.em1", "up\n"],
  ["a/etc/hostname.vport0", "inet 10.0.0.1 255.255.255.0\n!route add default 10.0.0.2\nup\n"],
  ["a/etc/hostname.veb0", "add em0\nadd em1\nadd vport0\nup\n"],
  ["a/etc/pf.conf", "pass no state\n"],
  ["b/etc/sysctl.conf", "net.inet.ip.forwarding=1\n"],
  ["b/etc/hostname.em0", "up\n"],
  ["b/etc/hostname.em1", "up\n"],
  ["b/etc/hostname.vport0", "inet 10.0.0.2 255.255.255.0\n!route add default 10.0.0.1\nup\n"],
  ["b/etc/hostname.veb0", "add em0\nadd em1\nadd vport0\nup\n"],
  ["b/etc/pf.conf", "pass no state\n"],
  [
    "site.yaml",
    'pfproof: 1\nwires:\n  one: ["a:em0", "b:em0"]\n  two: ["a:em1", "b:em1"]\n' +
      "zones:\n  left: { at: [one] }\n  right: { at: [two] }\n",
  ],
]);
const MANY = 4000;

afterEach(() => vi.restoreAllMocks());

describe("a packet that goes round", () => {
  it("is left when it can only repeat itself", () => {
    const network = networkOfSite(CIRCULAR);
    const [walk] = walksOf(network, [circling()]);
    expect(walk?.steps).toBeLessThan(MANY);
    expect(walk?.arrived.some((it) => it.startsWith("right"))).toBe(true);
  });

  it("arrives wherever it would if it were followed on and on", () => {
    let [compared, shortened] = [0, 0];
    for (let drawing = 0; drawing < 60; drawing++) {
      const [site] = fc.sample(drawnSite(), { numRuns: 1, seed: 1000 + drawing });
      if (site === undefined) continue;
      const network = networkOfSite(site);
      const scripts = fc.sample(scriptNear(planOf(network)), { numRuns: 60, seed: drawing });
      for (const drawn of scripts) {
        const script = shortLived(drawn);
        const short = walksOf(network, script);
        const whole = unending(() => walksOf(network, script));
        if (whole === undefined) continue;
        compared++;
        if (short.some(({ repeated }) => repeated)) shortened++;
        expect(short.map(({ arrived }) => arrived)).toEqual(whole.map(({ arrived }) => arrived));
      }
    }
    expect(compared).toBeGreaterThan(2000);
    expect(shortened).toBeGreaterThan(20);
  });
});

describe("what an interface receives for the third time", () => {
  const [host] = networkOfSite(CIRCULAR).hosts;
  const [on, elsewhere] = host?.interfaces ?? [];
  if (on === undefined || elsewhere === undefined) throw new Error("no interfaces");
  const start = frameOf(circling(), 0);
  const frame = { ...start, hops: 5, creators: [{ emission: 1 }, { emission: 2 }] };
  const { packet } = frame;

  it.each<readonly [string, Partial<Frame>]>([
    ["nothing is different", {}],
    ["it has fewer hops left", { hops: 6, packet: { ...packet, ttl: 9 } }],
    ["a maker has made states twice", { creators: [2, 1, 2].map((emission) => ({ emission })) }],
  ])("is known if %s", (_, difference) => {
    const visits = new Visits();
    expect(visits.isKnown(on, frame)).toBe(false);
    expect(visits.isKnown(on, frame)).toBe(false);
    expect(visits.isKnown(on, { ...frame, ...difference })).toBe(true);
  });

  it.each<readonly [string, Partial<Frame>]>([
    ["it has come a shorter way", { hops: 4 }],
    ["it may go further", { packet: { ...packet, ttl: 65 } }],
    ["its destination is another", { packet: { ...packet, destination: 1n } }],
    ["its tag is another", { packet: { ...packet, tag: "T" } }],
    ["other states let it pass", { creators: [{ emission: 1 }] }],
    ["another state let it pass last", { creators: [{ emission: 2 }, { emission: 1 }] }],
    ["pf was asked", { asked: true }],
    ["pf has made it", { generated: true }],
    ["it is an answer of pf", { isAnswer: true }],
    ["it is in a tunnel", { carries: { packet, vnetid: 1, host } }],
  ])("is not known if %s", (_, difference) => {
    const visits = new Visits();
    visits.isKnown(on, frame);
    visits.isKnown(on, frame);
    expect(visits.isKnown(on, { ...frame, ...difference })).toBe(false);
  });

  it("is not known somewhere else, nor if a state was made in between", () => {
    const visits = new Visits();
    visits.isKnown(on, frame);
    visits.isKnown(on, frame);
    expect(visits.isKnown(elsewhere, frame)).toBe(false);
    visits.stateMade();
    expect(visits.isKnown(on, frame)).toBe(false);
  });
});

function circling(): Script[number] {
  const packet: Packet = {
    ...{ family: "inet" as const, protocol: 17, source: 0x0a00_0005n, destination: 0xc633_6401n },
    ...{ sourcePort: 1, destinationPort: 2, flags: 0, icmpType: 0, icmpCode: 0, icmpId: 0 },
    ...{ tos: 0, ttl: 64, fragment: "no" as const, options: false },
  };
  return { from: "left", at: { host: "a", interface: "em0" }, local: false, packet };
}

/** Of each emission: how many steps it took, and where it arrived by which states. */
function walksOf(network: Network, script: Script): readonly Told[] {
  const plan = planOf(network);
  const walker = new Walker(plan.network, plan.wiring, plan.zones, { chance: "yes" });
  return script.map((emission) => {
    const { trace, deliveries } = walker.walk(emission);
    const names = deliveries.map((it) => `${plan.zones[it.zone]?.name} ${inWords(whatOf(it))}`);
    const repeated = trace.steps.some((it) => it.kind === "dropped" && /before$/.test(it.reason));
    return { steps: trace.steps.length, repeated, arrived: [...new Set(names)].toSorted() };
  });
}

/** With a hop limit so low that going round comes to an end. */
function shortLived(script: Script): Script {
  return script.map((it) => ({ ...it, packet: { ...it.packet, ttl: 9 } }));
}

interface Told {
  readonly steps: number;
  readonly repeated: boolean;
  readonly arrived: readonly string[];
}

function whatOf({ place, packet, creators, forged, asked, carrier }: Delivery): unknown {
  const { ttl: _, ...header } = packet;
  const makers = creators.map((it) => `${it.emission} ${it.zone}`);
  const last = makers.filter((it, at) => makers.lastIndexOf(it) === at);
  return { place, header, last, forged, asked, carrier };
}

/** What happens without a look at what was received before; nothing: it takes too many steps. */
function unending(walk: () => readonly Told[]): readonly Told[] | undefined {
  const known = vi.spyOn(Visits.prototype, "isKnown").mockReturnValue(false);
  let left = MANY;
  const drop = vi.spyOn(Trail.prototype, "stepped").mockImplementation((frame, step) => {
    if (--left < 0) throw new TooMany();
    return { ...frame, steps: [...frame.steps, step] };
  });
  try {
    return walk();
  } catch (error) {
    if (error instanceof TooMany) return undefined;
    throw error;
  } finally {
    known.mockRestore();
    drop.mockRestore();
  }
}

class TooMany extends Error {}
