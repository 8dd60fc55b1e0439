import fc from "fast-check";
import { expect, it } from "vitest";
import { Clip } from "../../../engine/sets/clip.ts";
import { Cubes } from "../../../engine/sets/cubes.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import { SETS_NAMES } from "../../../engine/sets/packet-sets.ts";
import { ValueSet } from "../../../engine/sets/value-set.ts";
import { boxSet } from "./box-set.ts";
import { cornerBox } from "./corner-packets.ts";
import { cubesOf, leaf } from "./function-expressions.ts";

const leafBoxes = fc.array(fc.record({ leaf: leaf(), box: cornerBox() }), { maxLength: 12 });

/** The boxes that meet the clip, cut down to what they say there. */
function clipped(clip: Clip, cubes: Cubes): Cubes {
  const made = new Cubes();
  for (let box = 0; box < cubes.count; box++) {
    if (clip.meets(cubes, box)) clip.copy(cubes, box, made, cubes.leaves[box] ?? 0);
  }
  return made;
}

it.each(SETS_NAMES)("clipped boxes of %s make within the clip what all boxes make", (name) => {
  fc.assert(
    fc.property(leafBoxes, cornerBox(), leaf(), (boxes, box, under) => {
      const sets = packetFunctions(name, {});
      const below = sets.always(under);
      const within = boxSet(sets, box);
      const cubes = cubesOf(boxes);
      const whole = sets.paint(below, cubes);
      const few = sets.paint(below, clipped(Clip.of(box), cubes));
      expect(sets.choose(within, few, below)).toBe(sets.choose(within, whole, below));
    }),
    { numRuns: 200 },
  );
});

const net = (second: bigint) =>
  [
    (10n << 120n) | (second << 112n),
    (10n << 120n) | (second << 112n) | ((1n << 112n) - 1n),
  ] as const;

it("leaves out boxes that do not meet the clip, and tests that it makes for them", () => {
  const cubes = cubesOf([
    { leaf: 1, box: { source: net(1n) } },
    { leaf: 1, box: { source: [net(1n)[0], net(3n)[1]], destinationPort: [22n, 22n] } },
  ]);
  const made = clipped(Clip.of({ source: net(2n) }), cubes);
  expect(made.count).toBe(1);
  const sets = packetFunctions("intervals", {});
  const ports = sets.range("destinationPort", 22n, 22n);
  expect(sets.where(sets.paint(sets.always(0), made), (it) => it === 1)).toBe(ports);
});

it("refuses a range that ends before it begins", () => {
  expect(() => Clip.of({ sourcePort: [2n, 1n] })).toThrow(RangeError);
});

it("has equal keys for equal boxes, and other ranges with another field", () => {
  const clip = Clip.of({ source: net(2n) });
  const other = clip.with("sourcePort", 1n, 9n);
  expect(other.key).not.toBe(clip.key);
  expect(other.range("sourcePort")).toEqual([1n, 9n]);
  expect(other.range("source")).toEqual(net(2n));
  expect(other.with("sourcePort", 0n, 65_535n).key).toBe(clip.key);
  expect(Clip.of({ source: net(2n), sourcePort: [0n, 65_535n] }).key).toBe(clip.key);
});

it.each(SETS_NAMES)("scattered values of %s are those that the box allows", (name) => {
  const sets = packetFunctions(name, {});
  const cubes = new Cubes();
  const odd = ValueSet.where((it) => it % 2 === 1)!;
  const box = cubes.add(1);
  cubes.narrow(box, "tos", 4, 9);
  cubes.among(box, "protocol", odd);
  cubes.among(box, "flags", ValueSet.where((it) => (it & 0x12) === 2)!);
  cubes.among(box, "destinationPort", ValueSet.where((it) => it !== 8 && it !== 13)!);
  const painted = sets.where(sets.paint(sets.always(0), cubes), (it) => it === 1);
  const flags = sets.masked("flags", 2n, 0x12n);
  const types = [8n, 13n].map((it) => sets.range("destinationPort", it << 8n, (it << 8n) | 255n));
  const asked = [sets.masked("protocol", 1n, 1n), flags, sets.range("tos", 4n, 9n)];
  const expected = asked.reduce((all, some) => sets.and(all, some), sets.all);
  expect(painted).toBe(types.reduce((all, some) => sets.diff(all, some), expected));
});
