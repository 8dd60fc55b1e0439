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

it.each(SETS_NAMES)("clipped boxes of %s make within the clip what all boxes make", (name) => {
  fc.assert(
    fc.property(leafBoxes, cornerBox(), leaf(), (boxes, box, under) => {
      const sets = packetFunctions(name, {});
      const below = sets.always(under);
      const clip = new Clip(cubesOf([{ leaf: 0, box }]), 0);
      const within = boxSet(sets, box);
      const cubes = cubesOf(boxes);
      const order = Int32Array.from({ length: cubes.count }, (_, at) => cubes.count - 1 - at);
      for (const by of [undefined, order]) {
        const whole = sets.paint(below, cubes, by);
        const clipped = sets.paint(below, clip.of(cubes, by));
        expect(sets.choose(within, clipped, below)).toBe(sets.choose(within, whole, below));
      }
    }),
    { numRuns: 200 },
  );
});

it("leaves out boxes that do not meet the clip", () => {
  const net = (second: bigint) =>
    [
      (10n << 120n) | (second << 112n),
      (10n << 120n) | (second << 112n) | ((1n << 112n) - 1n),
    ] as const;
  const cubes = cubesOf([
    { leaf: 1, box: { source: net(1n) } },
    { leaf: 1, box: { source: net(2n) } },
  ]);
  const clip = new Clip(cubesOf([{ leaf: 0, box: { source: net(2n) } }]), 0);
  expect(clip.of(cubes).count).toBe(1);
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
