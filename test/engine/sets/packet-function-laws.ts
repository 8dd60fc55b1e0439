import fc from "fast-check";
import { expect, it } from "vitest";
import {
  LARGEST_LEAF,
  type LeafOperation,
  type PacketFunction,
  type PacketFunctions,
} from "../../../engine/sets/packet-functions.ts";
import { FIELDS, type PacketSet } from "../../../engine/sets/packet-sets.ts";
import { boxSet } from "./box-set.ts";
import { CORNER_PARTS, CORNERS, cornerBox, cornerChange } from "./corner-packets.ts";
import {
  buildFunction,
  changeOf,
  cubesOf,
  functionExpression,
  LEAVES,
  leaf,
  OPERATIONS,
  type OperationName,
} from "./function-expressions.ts";
import { build, expression, FIELD_NAMES, fullValue, packetNear } from "./set-expressions.ts";

const sameFunction = functionExpression({ ...CORNER_PARTS, among: true });
const sameSet = expression(CORNERS, true);
const leafBoxes = fc.array(fc.record({ leaf: leaf(), box: cornerBox() }), { maxLength: 5 });
const port = fc.constantFrom("sourcePort" as const, "destinationPort" as const);

/** Laws that hold between handles: equal functions are equal numbers. */
export function functionLaws(make: () => PacketFunctions): void {
  memoryLaws(make);
  whereLaws(make);
  paintLaws(make);
  combineLaws(make);
  writeLaws(make);
  amongLaws(make);
}

/** What is remembered of one operation is never taken for another. */
function memoryLaws(make: () => PacketFunctions): void {
  it("joins by one operation what it has joined by another", () => {
    const sets = make();
    const low = sets.range("sourcePort", 0n, 9n);
    const leaves = sets.choose(low, sets.always(1), sets.always(2));
    const joined = (join: LeafOperation): PacketFunction =>
      sets.among(leaves, ["sourcePort"], sets.all, join, 0);
    expect(joined({ apply: Math.min })).toBe(sets.always(1));
    expect(joined({ apply: Math.max })).toBe(sets.always(2));
  });

  it("maps one field by the table that it has mapped another by", () => {
    const sets = make();
    const table = Uint16Array.from({ length: 1 << 16 }, (_, value) => value ^ 1);
    for (const field of ["sourcePort", "destinationPort"] as const) {
      const [four, five] = [4n, 5n].map((value) => sets.range(field, value, value));
      const change = { kind: "map", field, table } as const;
      expect(sets.after(four ?? sets.empty, change)).toBe(five);
      const before = sets.before(
        sets.choose(five ?? sets.empty, sets.always(1), sets.always(0)),
        change,
      );
      expect(sets.where(before, (leaf) => leaf === 1)).toBe(four);
    }
  });
}

/** Runs a law on two functions and a set. */
function forFunctions(
  make: () => PacketFunctions,
  law: (sets: PacketFunctions, f: PacketFunction, g: PacketFunction, set: PacketSet) => void,
): void {
  fc.assert(
    fc.property(sameFunction, sameFunction, sameSet, (one, other, tree) => {
      const sets = make();
      const [f, g] = [one, other].map((it) => buildFunction(sets, it, sets.all));
      law(sets, f!, g!, build(sets, tree, sets.all));
    }),
    { numRuns: 100 },
  );
}

function whereLaws(make: () => PacketFunctions): void {
  it("is what its leaves are chosen to be, in any order", () => {
    forFunctions(make, (sets, f) => {
      const leaves = sets.leaves(f);
      for (const order of [leaves, leaves.toReversed()]) {
        const [first = 0, ...others] = order;
        const rebuilt = others.reduce<PacketFunction>((rest, one) => {
          return sets.choose(whereIs(sets, f, one), sets.always(one), rest);
        }, sets.always(first));
        expect(rebuilt).toBe(f);
      }
    });
  });

  it("has every packet under one leaf", () => {
    forFunctions(make, (sets, f) => {
      const leaves = sets.leaves(f);
      expect(leaves).toEqual([...new Set(leaves)].sort((a, b) => a - b));
      const parts = leaves.map((one) => whereIs(sets, f, one));
      expect(parts).not.toContain(sets.empty);
      const counted = parts.reduce((sum, part) => sum + sets.count(part), 0n);
      expect(counted).toBe(sets.count(sets.all));
      expect(sets.where(f, () => true)).toBe(sets.all);
      expect(sets.where(f, () => false)).toBe(sets.empty);
      expect(sets.where(f, (it) => it % 2 === 0)).toBe(
        parts
          .filter((_, index) => leaves[index]! % 2 === 0)
          .reduce((all, part) => sets.or(all, part), sets.empty),
      );
      for (const [index, part] of parts.entries()) {
        expect(sets.at(f, sets.sample(part)!)).toBe(leaves[index]);
      }
    });
  });

  it("chooses: the set decides", () => {
    forFunctions(make, (sets, f, g, set) => {
      const chosen = sets.choose(set, f, g);
      expect(sets.choose(set, f, f)).toBe(f);
      expect(sets.choose(sets.all, f, g)).toBe(f);
      expect(sets.choose(sets.empty, f, g)).toBe(g);
      expect(sets.choose(sets.not(set), g, f)).toBe(chosen);
      const [inside, outside] = [whereIs(sets, f, 2), whereIs(sets, g, 2)];
      const both = sets.or(sets.and(set, inside), sets.diff(outside, set));
      expect(whereIs(sets, chosen, 2)).toBe(both);
    });
  });

  it("takes every leaf", () => {
    const sets = make();
    const largest = sets.always(LARGEST_LEAF);
    const tcp = sets.range("protocol", 6n, 6n);
    const two = sets.choose(tcp, largest, sets.always(0));
    expect(sets.leaves(two)).toEqual([0, LARGEST_LEAF]);
    expect(whereIs(sets, two, LARGEST_LEAF)).toBe(tcp);
    const boxes = [{ leaf: LARGEST_LEAF, box: { protocol: [6n, 6n] as const } }];
    expect(sets.paint(sets.always(0), cubesOf(boxes))).toBe(two);
  });

  it("has a size, the same for the same function", () => {
    forFunctions(make, (sets, f, _, set) => {
      expect(sets.size(f)).toBeGreaterThan(0);
      expect(sets.size(set)).toBeGreaterThan(0);
      const before = sets.size(f);
      expect(sets.size(sets.choose(set, f, f))).toBe(before);
    });
    const sets = make();
    const ports = [1n, 2n, 3n].map((it) => sets.range("sourcePort", it, it * 1000n));
    const [one, two, three] = ports.map((it) => sets.choose(it, sets.always(1), sets.always(0)));
    const all = sets.combine(
      OPERATIONS.largest,
      one!,
      sets.combine(OPERATIONS.mixed, two!, three!),
    );
    expect(sets.size(all)).toBeGreaterThan(sets.size(sets.always(1)));
    expect(sets.size(sets.range("sourcePort", 1n, 5n))).toBeGreaterThan(sets.size(sets.all));
  });
}

function paintLaws(make: () => PacketFunctions): void {
  it("paints as sets choose, box after box", () => {
    fc.assert(
      fc.property(sameFunction, leafBoxes, (tree, boxes) => {
        const sets = make();
        const below = buildFunction(sets, tree, sets.all);
        const cubes = cubesOf(boxes);
        const chosen = boxes.reduce((rest, { leaf: is, box }) => {
          return sets.choose(boxSet(sets, box), sets.always(is), rest);
        }, below);
        expect(sets.paint(below, cubes)).toBe(chosen);
        expect(sets.paint(below, cubes, Int32Array.from(boxes.keys()))).toBe(chosen);
        expect(sets.paint(below, cubes, new Int32Array(0))).toBe(below);
      }),
      { numRuns: 150 },
    );
  });

  it("paints an order as the boxes in that order", () => {
    fc.assert(
      fc.property(leafBoxes, fc.array(fc.nat(4), { maxLength: 7 }), (boxes, drawn) => {
        const order = drawn.filter((index) => index < boxes.length);
        const sets = make();
        const below = sets.always(0);
        const ordered = sets.paint(below, cubesOf(order.map((index) => boxes[index]!)));
        expect(sets.paint(below, cubesOf(boxes), Int32Array.from(order))).toBe(ordered);
      }),
      { numRuns: 150 },
    );
  });
}

function combineLaws(make: () => PacketFunctions): void {
  it("combines the same with shortcuts and without", () => {
    forFunctions(make, (sets, f, g) => {
      for (const name of Object.keys(OPERATIONS) as OperationName[]) {
        const { apply } = OPERATIONS[name];
        expect(sets.combine(OPERATIONS[name], f, g)).toBe(sets.combine({ apply }, f, g));
      }
    });
  });

  it("combines leaf by leaf, and asks only about leaves that some packet has", () => {
    forFunctions(make, (sets, f, g) => {
      // gathered, not held one by one: some draws ask a hundred thousand times
      const lefts = new Set<number>();
      const rights = new Set<number>();
      const asked: LeafOperation = {
        apply: (left, right) => {
          lefts.add(left);
          rights.add(right);
          return left * LEAVES + right;
        },
      };
      const pairs = sets.combine(asked, f, g);
      const ascending = (leaves: Set<number>) => [...leaves].toSorted((a, b) => a - b);
      expect([lefts, rights].map(ascending)).toEqual([f, g].map((it) => sets.leaves(it)));
      const first = sets.relabel({ apply: (pair) => Math.floor(pair / LEAVES) }, pairs);
      const second = sets.relabel({ apply: (pair) => pair % LEAVES }, pairs);
      expect([first, second]).toEqual([f, g]);
    });
  });

  it("keeps the results of two operations apart", () => {
    forFunctions(make, (sets, f, g) => {
      const least = sets.combine(OPERATIONS.smallest, f, g);
      const most = sets.combine(OPERATIONS.largest, f, g);
      expect(sets.combine(OPERATIONS.smallest, g, f)).toBe(least);
      expect(sets.combine(OPERATIONS.smallest, least, most)).toBe(least);
      expect(sets.combine(OPERATIONS.largest, least, most)).toBe(most);
      expect(sets.relabel({ apply: (it) => it }, f)).toBe(f);
      const turned = sets.relabel({ apply: (it) => LEAVES - 1 - it }, most);
      const [a, b] = [f, g].map((it) => sets.relabel({ apply: (one) => LEAVES - 1 - one }, it));
      expect(sets.combine(OPERATIONS.smallest, a!, b!)).toBe(turned);
    });
  });
}

function writeLaws(make: () => PacketFunctions): void {
  const write = fc
    .constantFrom(...FIELD_NAMES.filter((field) => field !== "family"))
    .chain((field) => fc.tuple(fc.constant(field), fc.constantFrom(...CORNERS[field])));

  it("writes a whole field as sets fix it", () => {
    fc.assert(
      fc.property(sameFunction, write, (tree, [field, value]) => {
        const sets = make();
        const f = buildFunction(sets, tree, sets.all);
        const mask = fullValue(field);
        const written = sets.before(f, { kind: "bits", field, mask, value });
        for (const one of sets.leaves(f)) {
          expect(whereIs(sets, written, one)).toBe(sets.fix(whereIs(sets, f, one), field, value));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("writes bits in two halves, and none", () => {
    fc.assert(
      fc.property(sameFunction, write, fc.bigInt(0n, (1n << 128n) - 1n), (tree, ...rest) => {
        const [[field, value], drawn] = rest;
        const mask = BigInt.asUintN(FIELDS[field], drawn);
        const sets = make();
        const f = buildFunction(sets, tree, sets.all);
        const bits = (some: bigint) => ({ kind: "bits", field, mask: some, value }) as const;
        const half = sets.before(f, bits(mask));
        const whole = sets.before(f, bits(fullValue(field)));
        expect(sets.before(half, bits(fullValue(field) & ~mask))).toBe(whole);
        expect(sets.before(half, bits(mask))).toBe(half);
        expect(sets.before(f, bits(0n))).toBe(f);
      }),
      { numRuns: 100 },
    );
  });

  it("writes bits of a port as a table can", () => {
    const drawn = fc.tuple(port, fc.nat(65_535), fc.nat(65_535));
    fc.assert(
      fc.property(sameFunction, sameSet, drawn, (tree, other, [field, mask, value]) => {
        const sets = make();
        const f = buildFunction(sets, tree, sets.all);
        const set = build(sets, other, sets.all);
        const table = Uint16Array.from(
          { length: 65_536 },
          (_, it) => (it & ~mask) | (value & mask),
        );
        const map = { kind: "map", field, table } as const;
        const bits = { kind: "bits", field, mask: BigInt(mask), value: BigInt(value) } as const;
        expect(sets.before(f, map)).toBe(sets.before(f, bits));
        expect(sets.after(set, map)).toBe(sets.after(set, bits));
      }),
      { numRuns: 60 },
    );
  });

  it("writes family and addresses in any order (af-to)", () => {
    fc.assert(
      fc.property(sameFunction, packetNear(CORNERS), packetNear(CORNERS), (tree, to, packet) => {
        const sets = make();
        const f = buildFunction(sets, tree, sets.all);
        const writes = (["family", "source", "destination"] as const).map((field) => {
          const value = field === "family" ? 1n : to[field];
          return { kind: "bits", field, mask: fullValue(field), value } as const;
        });
        const orders = [writes, writes.toReversed(), [writes[1]!, writes[0]!, writes[2]!]];
        const [one, ...others] = orders.map((order) =>
          order.reduce((rest, change) => sets.before(rest, change), f),
        );
        for (const other of others) expect(other).toBe(one);
        const { source, destination } = to;
        const written = { ...packet, family: 1n, source, destination };
        expect(sets.at(one!, packet)).toBe(sets.at(f, written));
      }),
      { numRuns: 100 },
    );
  });

  it("has an image that meets a set iff the set's pre-image is met", () => {
    fc.assert(
      fc.property(sameSet, sameSet, cornerChange(), (tree, other, drawn) => {
        const sets = make();
        const change = changeOf(drawn);
        const [set, target] = [tree, other].map((it) => build(sets, it, sets.all));
        const image = sets.after(set!, change);
        const back = (of: PacketSet): PacketSet => {
          const inside = sets.choose(of, sets.always(1), sets.always(0));
          return whereIs(sets, sets.before(inside, change), 1);
        };
        expect(sets.implies(set!, back(image))).toBe(true);
        const parts = [sets.and(image, target!), sets.diff(image, target!)];
        for (const part of parts) expect(sets.meets(set!, back(part))).toBe(part !== sets.empty);
        for (const sample of parts.map((part) => sets.sample(part))) {
          if (sample === undefined) continue;
          const ranges = Object.entries(sample).map(([field, value]) => [field, [value, value]]);
          const point = boxSet(sets, Object.fromEntries(ranges));
          expect(sets.meets(set!, back(point))).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("has the image that blurred bits have where they are what was written", () => {
    fc.assert(
      fc.property(sameSet, write, fc.bigInt(0n, (1n << 128n) - 1n), (tree, [field, value], any) => {
        if (field === "source" || field === "destination") return;
        const sets = make();
        const mask = BigInt.asUintN(FIELDS[field], any);
        const set = build(sets, tree, sets.all);
        const said = sets.and(sets.blur(set, field, mask), sets.masked(field, value, mask));
        expect(sets.after(set, { kind: "bits", field, mask, value })).toBe(said);
      }),
      { numRuns: 100 },
    );
  });
}

function amongLaws(make: () => PacketFunctions): void {
  const fields = fc.subarray([...FIELD_NAMES], { maxLength: 4 });

  it("joins as sets forget: the largest of all leaves is at least what some packet has", () => {
    fc.assert(
      fc.property(sameFunction, sameSet, fields, leaf(), (tree, other, some, none) => {
        const sets = make();
        const f = buildFunction(sets, tree, sets.all);
        const values = build(sets, other, sets.all);
        if (values === sets.empty) return;
        const joined = sets.among(f, some, values, OPERATIONS.largest, none);
        const fitting = sets.forget(values, some);
        for (let least = 0; least < LEAVES; least++) {
          const high = sets.and(values, atLeast(sets, f, least));
          const rest = none >= least ? sets.not(fitting) : sets.empty;
          expect(atLeast(sets, joined, least)).toBe(sets.or(sets.forget(high, some), rest));
        }
      }),
      { numRuns: 150 },
    );
  });
}

function whereIs(sets: PacketFunctions, f: PacketFunction, one: number): PacketSet {
  return sets.where(f, (it) => it === one);
}

function atLeast(sets: PacketFunctions, f: PacketFunction, least: number): PacketSet {
  return sets.where(f, (it) => it >= least);
}
