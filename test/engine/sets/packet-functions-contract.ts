import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PacketFunctions } from "../../../engine/sets/packet-functions.ts";
import type { Box, Field, FieldValues, PacketSet } from "../../../engine/sets/packet-sets.ts";
import { boxSet } from "./box-set.ts";
import {
  boxesIn,
  CORNER_PARTS,
  CORNERS,
  changed,
  choices,
  cornerBox,
  cornerChange,
  cornerPacket,
  leafAt,
} from "./corner-packets.ts";
import {
  buildFunction,
  changeOf,
  type FunctionExpression,
  functionExpression,
  LEAVES,
  leaf,
  OPERATIONS,
  painted,
} from "./function-expressions.ts";
import { functionLaws } from "./packet-function-laws.ts";
import { asPacket, build, expression, holds } from "./set-expressions.ts";
import { tableLaws } from "./table-laws.ts";
import { imageOf, leavesOf, tinyChange, tinyParts } from "./tiny-functions.ts";
import { listOf, openBits, poolOf, universeOf, wholeOf } from "./tiny-universe.ts";

/** What every implementation of packet functions must hold, beside the contract of its sets. */
export function describePacketFunctions(name: string, make: () => PacketFunctions): void {
  describe(name, () => {
    describe("packet by packet", () => cornerLaws(make));
    describe("beside lists of all packets of a tiny universe", () => tinyLaws(make));
    describe("by handles", () => functionLaws(make));
    describe("tables", () => tableLaws(make));
  });
}

const some = fc.array(choices(), { minLength: 8, maxLength: 8 });
const always = fc.record({ kind: fc.constant("always" as const), leaf: leaf() });

function cornerLaws(make: () => PacketFunctions): void {
  const agrees = (tree: FunctionExpression, drawn: readonly (readonly number[])[]): void => {
    const sets = make();
    const built = buildFunction(sets, tree, sets.all);
    const boxes = boxesIn(tree);
    for (const chosen of drawn) {
      const packet = cornerPacket(boxes, chosen);
      expect(sets.at(built, packet)).toBe(leafAt(tree, packet));
    }
  };

  it("gives a packet the leaf of the expression", () => {
    fc.assert(fc.property(functionExpression(CORNER_PARTS), some, agrees), { numRuns: 500 });
  });

  it("paints: the last box of the order that holds a packet gives its leaf", () => {
    fc.assert(fc.property(painted(CORNER_PARTS, always), some, agrees), { numRuns: 500 });
  });

  it("paints many boxes", () => {
    const parts = { ...CORNER_PARTS, boxes: manyBoxes() };
    const boxes = fc.array(fc.record({ leaf: leaf(), box: parts.boxes }), {
      minLength: 500,
      maxLength: 500,
    });
    const drawn = boxes.map((all): FunctionExpression => {
      return { kind: "paint", below: { kind: "always", leaf: 0 }, boxes: all, order: undefined };
    });
    fc.assert(fc.property(drawn, fc.array(choices(), { minLength: 100 }), agrees), { numRuns: 3 });
  });

  it("writes before it asks", () => {
    const written = fc.record({
      kind: fc.constant("before" as const),
      change: cornerChange(),
      of: painted(CORNER_PARTS, always),
    });
    fc.assert(fc.property(written, some, agrees), { numRuns: 500 });
  });

  it("has what a member becomes in the image of its set", () => {
    fc.assert(
      fc.property(cornerBox(), expression(CORNERS, false), cornerChange(), some, (box, ...rest) => {
        const [tree, change, drawn] = rest;
        const sets = make();
        const set = sets.or(boxSet(sets, box), build(sets, tree, sets.all));
        const image = sets.after(set, changeOf(change));
        for (const chosen of drawn) {
          const packet = cornerPacket([box], chosen);
          if (sets.has(set, packet)) expect(sets.has(image, changed(packet, change))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("joins what a packet meets among some values", () => {
    fc.assert(
      fc.property(amongPoints(), choices(), expression(CORNERS, false), (drawn, chosen, tree) => {
        const { of, fields, points, join, none } = drawn;
        const sets = make();
        const packet = cornerPacket(boxesIn(of), chosen);
        const values = points
          .map((point) => sets.and(pointSet(sets, fields, point), build(sets, tree, sets.all)))
          .reduce((all, set) => sets.or(all, set));
        if (values === sets.empty) return;
        const met = points
          .map((point) => ({ ...packet, ...pick(point, fields) }))
          .filter((next) => holds(tree, next))
          .map((next) => leafAt(of, next));
        const built = buildFunction(sets, of, sets.all);
        const { apply } = OPERATIONS[join];
        const expected = met.length === 0 ? none : met.reduce((a, b) => apply(a, b));
        const joined = sets.among(built, fields, values, OPERATIONS[join], none);
        expect(sets.at(joined, packet)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
}

function tinyLaws(make: () => PacketFunctions): void {
  const drawn = openBits().chain((bits) =>
    fc.tuple(fc.constant(bits), functionExpression(tinyParts(bits, true))),
  );
  const outside = LEAVES;

  it("has the same leaves, and as many packets of each", () => {
    fc.assert(
      fc.property(drawn, ([bits, tree]) => {
        const universe = universeOf(bits);
        const sets = make();
        const whole = wholeOf(sets, bits);
        const built = buildFunction(sets, tree, whole);
        const inside = sets.choose(whole, built, sets.always(outside));
        const leaves = leavesOf(universe, tree);
        const ascending = [...new Set(leaves)].sort((a, b) => a - b);
        expect(universe.packets.map((packet) => sets.at(inside, packet))).toEqual(leaves);
        expect(sets.leaves(inside)).toEqual([...ascending, outside]);
        for (const one of ascending) {
          const set = sets.where(inside, (it) => it === one);
          expect(sets.count(set)).toBe(BigInt(leaves.filter((it) => it === one).length));
        }
      }),
      { numRuns: 80 },
    );
  });

  it("has the image of a set", () => {
    const writes = openBits().chain((bits) =>
      fc.tuple(fc.constant(bits), expression(poolOf(bits), true), tinyChange(bits)),
    );
    fc.assert(
      fc.property(writes, ([bits, tree, change]) => {
        const universe = universeOf(bits);
        const sets = make();
        const set = build(sets, tree, wholeOf(sets, bits));
        const image = sets.after(set, changeOf(change));
        const members = imageOf(universe, listOf(universe, tree), change);
        expect(universe.packets.map((packet) => (sets.has(image, packet) ? 1 : 0))).toEqual([
          ...members,
        ]);
        expect(sets.count(image)).toBe(BigInt(members.filter((it) => it === 1).length));
      }),
      { numRuns: 80 },
    );
  });
}

/** Fields that take one of a few combinations of values. */
interface AmongPoints {
  readonly of: FunctionExpression;
  readonly fields: readonly Field[];
  readonly points: readonly FieldValues[];
  readonly join: "largest" | "smallest";
  readonly none: number;
}

function amongPoints(): fc.Arbitrary<AmongPoints> {
  const fields: readonly Field[] = [
    "source",
    "destination",
    "sourcePort",
    "destinationPort",
    "tos",
  ];
  return painted(CORNER_PARTS, always).chain((of) =>
    fc.record({
      of: fc.constant(of),
      fields: fc.subarray([...fields], { minLength: 1, maxLength: 3 }),
      points: fc.array(
        choices().map((chosen) => asInet(cornerPacket(boxesIn(of), chosen))),
        { minLength: 1, maxLength: 5 },
      ),
      join: fc.constantFrom("largest" as const, "smallest" as const),
      none: leaf(),
    }),
  );
}

/** Addresses that packets of either family can have. */
function asInet(packet: FieldValues): FieldValues {
  return asPacket({ ...packet, family: 0n });
}

function pick(point: FieldValues, fields: readonly Field[]): Partial<FieldValues> {
  return Object.fromEntries(fields.map((field) => [field, point[field]]));
}

function pointSet(sets: PacketFunctions, fields: readonly Field[], point: FieldValues): PacketSet {
  return boxSet(
    sets,
    Object.fromEntries(fields.map((field) => [field, [point[field], point[field]]])),
  );
}

/** Many small boxes near each other: networks of 256 addresses, ranges of ports. */
function manyBoxes(): fc.Arbitrary<Box> {
  const network = fc.nat(300).map((at) => {
    const first = ((10n << 24n) + (BigInt(at) << 8n)) << 96n;
    return [first, first + (1n << 104n) - 1n] as const;
  });
  const ports = fc.tuple(fc.nat(2000), fc.nat(600)).map(([first, length]) => {
    return [BigInt(first), BigInt(first + length)] as const;
  });
  return fc.record(
    { destination: network, destinationPort: ports, source: network },
    { requiredKeys: ["destination", "destinationPort"] },
  );
}
