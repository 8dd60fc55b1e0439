import fc from "fast-check";
import { expect, it } from "vitest";
import type { PacketSet } from "../../../engine/sets/packet-sets.ts";
import type { Network, Service } from "../../../model/network.ts";
import type { RequiredAnswer } from "../../../model/required.ts";
import {
  type DrawnSite,
  drawnSite,
  networkOfSite,
} from "../../../scenarios/arbitraries/network.ts";
import { Random } from "../../fuzz/random.ts";
import { RequiredGround, withStations } from "../../support/required.ts";

const SERVICES: readonly Service[] = [
  { kind: "transport", protocol: 6, port: { operator: "=", port: 443 } },
  { kind: "transport", protocol: 17, port: { operator: "=", port: 53 } },
  { kind: "icmp", family: "inet", type: 8 },
  { kind: "icmp", family: "inet6", type: 128 },
];

const [FLOWS, PACKETS] = [12, 12];

interface Flow {
  readonly ground: RequiredGround;
  readonly random: Random;
  readonly from: string;
  readonly to: string;
  readonly service: Service;
}

/** Calls back with drawn flows of a drawn network. */
function onDrawnFlows(site: DrawnSite, seed: number, each: (flow: Flow) => void): void {
  const random = new Random(seed, 0);
  const network: Network = withStations(networkOfSite(site), random);
  const ground = new RequiredGround(network);
  const zones = ground.plan.zones.map(({ name }) => name);
  for (let drawn = 0; drawn < FLOWS; drawn++) {
    const [from, to] = [random.pick(zones), random.pick(zones)];
    if (from !== to) each({ ground, random, from, to, service: random.pick(SERVICES) });
  }
}

function overDrawnSites(numRuns: number, each: (flow: Flow) => void): void {
  const property = fc.property(drawnSite(), fc.nat(), (site, seed) => {
    onDrawnFlows(site, seed, each);
  });
  fc.assert(property, { numRuns, seed: 7 });
}

it("brings there and back, in the simulator, what the sets say gets there and back", () => {
  const counts = { whole: 0, part: 0, packets: 0, lost: 0 };
  overDrawnSites(80, ({ ground, random, from, to, service }) => {
    for (const { source, outcome, isExact } of ground.outcomes(from, to, service)) {
      const { opening, lost } = outcome;
      const played = (set: PacketSet): readonly string[] =>
        ground.drawn(set, PACKETS, random).map((packet) => {
          return ground.arrives(from, to, source, packet);
        });
      const certain = played(ground.sets.diff(opening, lost));
      if (certain.length > 0) counts[lost === ground.sets.empty ? "whole" : "part"]++;
      counts.packets += certain.length;
      expect(certain.filter((came) => came !== "back")).toEqual([]);
      if (!isExact) continue;
      const gone = played(lost);
      counts.lost += gone.length;
      expect(gone.filter((came) => came === "back")).toEqual([]);
    }
  });
  expect(counts.whole).toBeGreaterThan(20);
  expect(counts.part).toBeGreaterThan(5);
  expect(counts.packets).toBeGreaterThan(200);
  expect(counts.lost).toBeGreaterThan(200);
});

/** Whether the last packet of the script gets to where the flow needs it. */
function isHeard({ plan, witnesses }: RequiredGround, answer: RequiredAnswer): boolean {
  const { script = [] } = answer.witness ?? {};
  const wanted = script.length === 1 ? answer.to : answer.from;
  const zone = plan.zones.findIndex(({ name }) => name === wanted);
  const [first] = script;
  const end = script.length === 1 ? first?.packet.destination : first?.packet.source;
  return witnesses
    .play(script)
    .at(-1)!
    .deliveries.some((it) => it.zone === zone && it.packet.destination === end);
}

it("answers with scripts that show it", () => {
  const counts = { works: 0, fails: 0, undecided: 0 };
  overDrawnSites(40, ({ ground, from, to, service }) => {
    for (const answer of ground.asked(from, to, service)) {
      counts[answer.verdict]++;
      const { verdict, witness, failure, reasons } = answer;
      expect(reasons.length > 0).toBe(verdict === "undecided");
      if (verdict === "works") {
        expect(witness!.script).toHaveLength(2);
        expect(witness!.traces.map(({ steps }) => steps.at(-1)!.kind)).toEqual([
          "delivered",
          "delivered",
        ]);
      }
      const isDiscovery = failure?.text.startsWith("no neighbour");
      if (verdict === "fails" && !isDiscovery) expect(isHeard(ground, answer)).toBe(false);
    }
  });
  expect(counts.works).toBeGreaterThan(10);
  expect(counts.fails).toBeGreaterThan(100);
});
