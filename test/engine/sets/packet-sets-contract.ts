import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Box,
  FIELDS,
  type Field,
  type FieldValues,
  type PacketSet,
  type PacketSets,
} from "../../../engine/sets/packet-sets.ts";
import { boxSet } from "./box-set.ts";
import { labelLaws } from "./label-laws.ts";
import {
  asPacket,
  build,
  expression,
  FIELD_NAMES,
  fullValue,
  holds,
  type Pool,
  packetNear,
  UNUSED_BITS,
} from "./set-expressions.ts";
import { listOf, openBits, poolOf, universeOf, wholeOf } from "./tiny-universe.ts";

const NET10 = 10n << 120n;
const DOC6 = 0x20010db8n << 96n;

/** Ends of the ranges that pf rules have. */
const POOL: Pool = {
  family: [0n, 1n],
  protocol: [0n, 1n, 6n, 17n, 58n, 255n],
  source: addresses(),
  destination: addresses(),
  sourcePort: [0n, 1n, 22n, 1023n, 1024n, 0x8000n, 65534n, 65535n],
  destinationPort: [0n, 1n, 22n, 1023n, 1024n, 0x8000n, 65534n, 65535n],
  flags: [0n, 2n, 0x12n, 0x17n, 255n],
  tos: [0n, 4n, 0xfcn, 255n],
  fragment: [0n, 1n, 2n],
  options: [0n, 1n],
};

const sameSet = expression(POOL, true);

/** What every implementation of packet sets must hold. */
export function describePacketSets(name: string, make: () => PacketSets): void {
  describe(name, () => {
    describe("beside a list of all packets of a tiny universe", () => twinLaws(make));
    describe("packet by packet", () => pointLaws(make));
    describe("algebra", () => algebraLaws(make));
    describe("fields", () => fieldLaws(make));
    describe("boxes", () => boxLaws(make));
    describe("labels", () => labelLaws(make, sameSet));
  });
}

/** Runs a law on the sets of `size` expressions. */
function forSets(
  make: () => PacketSets,
  size: number,
  law: (sets: PacketSets, ...drawn: PacketSet[]) => void,
): void {
  fc.assert(
    fc.property(fc.array(sameSet, { minLength: size, maxLength: size }), (trees) => {
      const sets = make();
      law(sets, ...trees.map((tree) => build(sets, tree, sets.all)));
    }),
    { numRuns: 300 },
  );
}

function twinLaws(make: () => PacketSets): void {
  const drawn = openBits().chain((bits) =>
    fc.tuple(fc.constant(bits), expression(poolOf(bits), true)),
  );

  it("has the same members and counts them", () => {
    fc.assert(
      fc.property(drawn, ([bits, tree]) => {
        const universe = universeOf(bits);
        const sets = make();
        const set = build(sets, tree, wholeOf(sets, bits));
        const list = listOf(universe, tree);
        const members = universe.packets.filter((_, index) => list[index] === 1);
        expect(universe.packets.filter((packet) => sets.has(set, packet))).toEqual(members);
        expect(sets.count(set)).toBe(BigInt(members.length));
        expect(set === sets.empty).toBe(members.length === 0);
      }),
      { numRuns: 100 },
    );
  });
}

function pointLaws(make: () => PacketSets): void {
  it("has a packet iff the expression holds of it", () => {
    fc.assert(
      fc.property(expression(POOL, false), packetNear(POOL), (tree, packet) => {
        const sets = make();
        expect(sets.has(build(sets, tree, sets.all), packet)).toBe(holds(tree, packet));
      }),
      { numRuns: 3000 },
    );
  });

  it("finds a packet in a box of its own values", () => {
    fc.assert(
      fc.property(packetNear(POOL), packetNear(POOL), (packet, other) => {
        const sets = make();
        const set = boxSet(sets, exactly(packet));
        expect(sets.has(set, packet)).toBe(true);
        expect(sets.count(set)).toBe(1n);
        expect(sets.sample(set)).toEqual(packet);
        expect(sets.has(set, other)).toBe(set === boxSet(sets, exactly(other)));
      }),
    );
  });

  it("forgets fields: a member stays one whatever they become", () => {
    fc.assert(
      fc.property(
        sameSet,
        packetNear(POOL),
        fc.subarray([...FIELD_NAMES]),
        (tree, packet, fields) => {
          const sets = make();
          const set = build(sets, tree, sets.all);
          const member = sets.sample(set);
          if (member === undefined) return;
          const changed = Object.fromEntries(fields.map((field) => [field, packet[field]]));
          const next = { ...member, ...changed };
          const real = [member.source, member.destination, next.source, next.destination].every(
            (address) => BigInt.asUintN(Number(UNUSED_BITS), address) === 0n,
          );
          if (fields.includes("family") && !real) return;
          expect(sets.has(sets.forget(set, fields), asPacket(next))).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
}

function algebraLaws(make: () => PacketSets): void {
  it("is a Boolean algebra, by handles", () => {
    forSets(make, 3, (sets, a, b, c) => {
      const { all, empty } = sets;
      expect(sets.not(sets.and(a!, b!))).toBe(sets.or(sets.not(a!), sets.not(b!)));
      expect(sets.and(a!, sets.or(b!, c!))).toBe(sets.or(sets.and(a!, b!), sets.and(a!, c!)));
      expect(sets.or(a!, sets.and(a!, b!))).toBe(a);
      expect(sets.diff(a!, b!)).toBe(sets.and(a!, sets.not(b!)));
      expect(sets.or(sets.diff(a!, b!), sets.and(a!, b!))).toBe(a);
      expect(sets.not(sets.not(a!))).toBe(a);
      expect(sets.or(a!, sets.not(a!))).toBe(all);
      expect(sets.and(a!, sets.not(a!))).toBe(empty);
    });
  });

  it("relates sets as their combinations do", () => {
    forSets(make, 2, (sets, a, b) => {
      for (const [one, other] of [
        [a!, b!],
        [sets.and(a!, b!), a!],
        [a!, sets.or(a!, b!)],
        [sets.diff(a!, b!), b!],
      ] as const) {
        expect(sets.meets(one, other)).toBe(sets.and(one, other) !== sets.empty);
        expect(sets.implies(one, other)).toBe(sets.diff(one, other) === sets.empty);
      }
    });
  });

  it("counts additively", () => {
    forSets(make, 2, (sets, a, b) => {
      const both = sets.count(sets.or(a!, b!)) + sets.count(sets.and(a!, b!));
      expect(sets.count(a!) + sets.count(b!)).toBe(both);
      expect(sets.count(a!) + sets.count(sets.not(a!))).toBe(sets.count(sets.all));
      expect(sets.count(a!) === 0n).toBe(a === sets.empty);
    });
  });

  it("samples a member, the same one for the same set", () => {
    forSets(make, 1, (sets, a) => {
      const packet = sets.sample(a!);
      expect(packet === undefined).toBe(a === sets.empty);
      if (packet !== undefined) expect(sets.has(a!, packet)).toBe(true);
      expect(sets.sample(sets.not(sets.not(a!)))).toEqual(packet);
    });
  });
}

function fieldLaws(make: () => PacketSets): void {
  it("exchanges source and destination, and back", () => {
    forSets(make, 2, (sets, a, b) => {
      for (const swap of ["swap", "swapAddresses"] as const) {
        expect(sets[swap](sets[swap](a!))).toBe(a);
        expect(sets[swap](sets.or(a!, b!))).toBe(sets.or(sets[swap](a!), sets[swap](b!)));
        expect(sets.count(sets[swap](a!))).toBe(sets.count(a!));
      }
    });
  });

  it("exchanges ranges of one field for ranges of its partner", () => {
    fc.assert(
      fc.property(rangeIn("source"), rangeIn("sourcePort"), ([s, t], [p, q]) => {
        const sets = make();
        const source = sets.range("source", s, t);
        const port = sets.range("sourcePort", p, q);
        expect(sets.swap(source)).toBe(sets.range("destination", s, t));
        expect(sets.swapAddresses(source)).toBe(sets.range("destination", s, t));
        expect(sets.swap(port)).toBe(sets.range("destinationPort", p, q));
        expect(sets.swapAddresses(port)).toBe(port);
      }),
    );
  });

  it("forgets no member, and the same again nothing", () => {
    fc.assert(
      fc.property(sameSet, fc.subarray([...FIELD_NAMES]), (tree, fields) => {
        const sets = make();
        const set = build(sets, tree, sets.all);
        const forgotten = sets.forget(set, fields);
        expect(sets.implies(set, forgotten)).toBe(true);
        expect(sets.forget(forgotten, fields)).toBe(forgotten);
        const one = fields.filter((field) => field !== "family");
        const each = one.reduce((rest, field) => sets.forget(rest, [field]), set);
        const blurred = one.reduce((rest, field) => sets.blur(rest, field, fullValue(field)), set);
        expect(sets.forget(set, one)).toBe(each);
        expect(blurred).toBe(each);
      }),
      { numRuns: 300 },
    );
  });

  it("fixes a field to what a range would test", () => {
    const target = fc
      .constantFrom(...FIELD_NAMES)
      .chain((field) => fc.tuple(fc.constant(field), fc.constantFrom(...POOL[field])));
    fc.assert(
      fc.property(sameSet, target, (tree, [field, value]) => {
        const sets = make();
        const inet6 = sets.range("family", 1n, 1n);
        const drawn = build(sets, tree, sets.all);
        const set = field === "source" || field === "destination" ? sets.and(drawn, inet6) : drawn;
        const only = sets.range(field, value, value);
        const forgotten = sets.forget(set, [field]);
        const fixed = sets.fix(set, field, value);
        if (field !== "family") expect(sets.implies(fixed, forgotten)).toBe(true);
        expect(fixed !== sets.empty).toBe(sets.meets(set, only));
        expect(sets.fix(fixed, field, value)).toBe(fixed);
        if (field !== "family") {
          expect(fixed).toBe(sets.forget(sets.and(set, only), [field]));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("writes family and addresses in any order (af-to)", () => {
    fc.assert(
      fc.property(sameSet, rangeIn("source"), packetNear(POOL), (tree, [s, d], packet) => {
        const sets = make();
        const set = build(sets, tree, sets.all);
        const writes = [
          ["family", 1n] as const,
          ["source", s] as const,
          ["destination", d] as const,
        ];
        const orders = [writes, writes.toReversed(), [writes[1]!, writes[0]!, writes[2]!]];
        const [first, ...others] = orders.map((order) =>
          order.reduce((rest, [field, value]) => sets.fix(rest, field, value), set),
        );
        for (const other of others) expect(other).toBe(first);
        const written = { ...packet, family: 1n, source: s, destination: d };
        expect(sets.has(first!, packet)).toBe(sets.has(set, written));
      }),
      { numRuns: 500 },
    );
  });

  it("counts ranges, none if they are backwards, and refuses what does not fit", () => {
    const sets = make();
    for (const field of FIELD_NAMES) {
      const full = fullValue(field);
      const rest = sets.count(sets.all) / (full + 1n);
      // an inet6 packet has more addresses than an inet one
      if (FIELDS[field] < 128 && field !== "family") {
        for (const [first, last] of [
          [0n, 0n],
          [0n, full],
          [full, full],
          [1n, full],
        ] as const) {
          expect(sets.count(sets.range(field, first, last))).toBe((last - first + 1n) * rest);
        }
      }
      expect(sets.range(field, 0n, full)).toBe(sets.all);
      expect(sets.range(field, 1n, 0n)).toBe(sets.empty);
      expect(() => sets.range(field, 0n, full + 1n)).toThrow(RangeError);
      expect(() => sets.range(field, -1n, full)).toThrow(RangeError);
    }
  });
}

function boxLaws(make: () => PacketSets): void {
  it("draws disjoint boxes whose union is the set", () => {
    forSets(make, 1, (sets, a) => {
      const { boxes, complete } = sets.boxes(a!, 100);
      const parts = boxes.map((box) => boxSet(sets, box));
      const union = parts.reduce((all, part) => sets.or(all, part), sets.empty);
      const counted = parts.reduce((sum, part) => sum + sets.count(part), 0n);
      expect(counted).toBe(sets.count(union));
      if (complete) expect(union).toBe(a);
      else expect(sets.implies(union, a!)).toBe(true);
    });
  });

  it("stops at the limit", () => {
    forSets(make, 1, (sets, a) => {
      const { boxes } = sets.boxes(a!, 30);
      for (const limit of [0, 1, boxes.length - 1].filter((it) => it >= 0 && it < boxes.length)) {
        const cut = sets.boxes(a!, limit);
        expect(cut.complete).toBe(false);
        expect(cut.boxes.length).toBe(limit);
      }
    });
  });

  it("draws a range as one box", () => {
    const sets = make();
    const port = sets.range("sourcePort", 1n, 65534n);
    expect(sets.boxes(port, 9)).toEqual({ boxes: [{ sourcePort: [1n, 65534n] }], complete: true });
    expect(sets.boxes(sets.all, 1)).toEqual({ boxes: [{}], complete: true });
    expect(sets.boxes(sets.empty, 0)).toEqual({ boxes: [], complete: true });
  });

  it("splits what no range can say", () => {
    const sets = make();
    const odd = sets.masked("protocol", 1n, 0x81n);
    const { boxes } = sets.boxes(odd, 100);
    expect(boxes.length).toBe(64);
    expect(boxes.slice(0, 2)).toEqual([{ protocol: [1n, 1n] }, { protocol: [3n, 3n] }]);
  });
}

function exactly(packet: FieldValues): Box {
  const entries = Object.entries(packet).map(([field, value]) => [field, [value, value]] as const);
  return Object.fromEntries(entries);
}

function rangeIn(field: Field): fc.Arbitrary<readonly [bigint, bigint]> {
  const value = fc.constantFrom(...POOL[field]);
  return fc.tuple(value, value).map(([a, b]) => (a < b ? [a, b] : [b, a]));
}

function addresses(): readonly bigint[] {
  return [
    0n,
    NET10,
    NET10 + (1n << 96n),
    NET10 + (1n << 120n) - 1n,
    192n << 120n,
    DOC6,
    DOC6 + 1n,
    DOC6 + (1n << 64n) - 1n,
    (0xfe80n << 112n) + 5n,
    (1n << 128n) - 1n,
  ];
}
