import { expect, it } from "vitest";
import { Random } from "../../../engine/claims/random.ts";
import { Cubes } from "../../../engine/sets/cubes.ts";
import { intervalPacketFunctions } from "../../../engine/sets/intervals/interval-packet-functions.ts";
import type { PacketFunction, PacketFunctions } from "../../../engine/sets/packet-functions.ts";
import { Cancelled } from "../../../engine/sets/packet-sets.ts";

/** Ports of every second network: the diagram below has many nodes that ports alone do not test. */
function networks(count: number): Cubes {
  const cubes = new Cubes();
  for (let net = 0; net < count; net++) {
    const box = cubes.add(1 + (net % 3));
    const first = (BigInt(net) << 105n) | (10n << 120n);
    cubes.range(box, "destination", first, first | ((1n << 100n) - 1n));
    cubes.range(box, "source", first, first | ((1n << 99n) - 1n));
  }
  return cubes;
}

function ports(from: number, leaf: number): Cubes {
  const cubes = new Cubes();
  cubes.narrow(cubes.add(leaf), "sourcePort", from, from + 9);
  return cubes;
}

/** How many packets have each leaf. */
function countsOf(sets: PacketFunctions, painted: PacketFunction): readonly bigint[] {
  return [0, 1, 2, 3, 4, 5].map((leaf) => sets.count(sets.where(painted, (it) => it === leaf)));
}

/** Boxes without order: what they leave behind is swept while they are painted. */
function scattered(count: number): Cubes {
  const random = new Random(5);
  const cubes = new Cubes();
  for (let at = 0; at < count; at++) {
    const box = cubes.add(1 + random.below(3));
    cubes.narrow(box, "family", 0, 0);
    const destination = BigInt(10 * 2 ** 24 + random.below(2 ** 16) * 256) << 96n;
    cubes.range(box, "destination", destination, destination | ((1n << 104n) - 1n));
    const source = BigInt(10 * 2 ** 24 + random.below(2 ** 12) * 64) << 96n;
    cubes.range(box, "source", source, source | ((1n << 102n) - 1n));
    if (at % 4 > 0) continue;
    const port = random.below(65_000);
    cubes.narrow(box, "destinationPort", port, port + random.below(500));
  }
  return cubes;
}

it("paints many boxes at once as it does in portions", () => {
  const count = 40_000;
  const cubes = scattered(count);
  const sets = intervalPacketFunctions();
  const kept = sets.paint(sets.always(0), networks(300));
  const counts = countsOf(sets, kept);
  const whole = sets.paint(kept, cubes);
  const held = sets.nodes;
  let parts = kept;
  for (let from = 0; from < count; from += 500) {
    const order = Int32Array.from({ length: 500 }, (_, at) => from + at);
    parts = sets.paint(parts, cubes, order);
  }
  expect(parts).toBe(whole);
  expect(countsOf(sets, kept)).toEqual(counts);
  // little more than the diagram is left of a painting
  expect(held).toBeLessThan(1.25 * sets.size(whole));
});

it("remembers nothing wrong of a painting that was cut off", () => {
  const below = networks(3000);
  let stops = false;
  const poll = (): void => {
    if (stops) throw new Cancelled("stop");
  };
  const sets = intervalPacketFunctions({ poll });
  const under = sets.paint(sets.always(0), below);
  stops = true;
  expect(() => sets.paint(under, ports(100, 4))).toThrow(Cancelled);
  stops = false;
  const fresh = intervalPacketFunctions();
  const expected = fresh.paint(fresh.paint(fresh.always(0), below), ports(500, 5));
  expect(countsOf(sets, sets.paint(under, ports(500, 5)))).toEqual(countsOf(fresh, expected));
});
