import { expect, it } from "vitest";
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
