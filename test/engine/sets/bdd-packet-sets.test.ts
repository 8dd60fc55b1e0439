import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bddPacketSets } from "../../../engine/sets/bdd/bdd-packet-sets.ts";
import { HEADER_PLACES, levelOf } from "../../../engine/sets/bdd/levels.ts";
import {
  BudgetExceeded,
  Cancelled,
  type FieldValues,
  type PacketSet,
  type PacketSets,
} from "../../../engine/sets/packet-sets.ts";
import { describePacketSets } from "./packet-sets-contract.ts";
import { build, expression } from "./set-expressions.ts";
import { listOf, openBits, poolOf, universeOf, wholeOf } from "./tiny-universe.ts";

describePacketSets("bddPacketSets", () => bddPacketSets());

describePacketSets("bddPacketSets with a small memo", () => bddPacketSets({ memo: 1024 }));

describe("bddPacketSets alone", () => {
  it("makes the same nodes whatever the size of its memo", () => {
    const [large, small] = [bddPacketSets(), bddPacketSets({ memo: 8 })];
    expect(manyRules(large, 60)).toBe(manyRules(small, 60));
    expect(large.nodes).toBe(small.nodes);
  });

  it("samples the smallest packet in the order of its levels", () => {
    const drawn = openBits().chain((bits) =>
      fc.tuple(fc.constant(bits), expression(poolOf(bits), true)),
    );
    fc.assert(
      fc.property(drawn, ([bits, tree]) => {
        const universe = universeOf(bits);
        const list = listOf(universe, tree);
        const sets = bddPacketSets();
        const sample = sets.sample(build(sets, tree, wholeOf(sets, bits)));
        const members = universe.packets.filter((_, index) => list[index] === 1);
        const ordered = members.map((it) => [inLevelOrder(it), it] as const);
        const smallest = ordered.reduce<(typeof ordered)[number] | undefined>(
          (best, it) => (best === undefined || it[0] < best[0] ? it : best),
          undefined,
        );
        expect(sample).toEqual(smallest?.[1]);
      }),
      { numRuns: 40 },
    );
  });

  it("stops at its budget and goes on working below it", () => {
    const whole = bddPacketSets();
    manyRules(whole, 60);
    const budget = Math.floor(whole.nodes / 2);
    const sets = bddPacketSets({ budget });
    expect(() => manyRules(sets, 60)).toThrow(BudgetExceeded);
    expect(sets.nodes).toBe(budget);
    const first = manyRules(sets, 3);
    expect(first).toBe(manyRules(whole, 3));
    expect(() => bddPacketSets({ budget: -1 })).toThrow(RangeError);
    expect(() => bddPacketSets({ memo: 9 })).toThrow(RangeError);
  });

  it("is enough with a budget of exactly the nodes it makes", () => {
    const whole = bddPacketSets();
    manyRules(whole, 40);
    expect(manyRules(bddPacketSets({ budget: whole.nodes }), 40)).toBe(manyRules(whole, 40));
    expect(() => manyRules(bddPacketSets({ budget: whole.nodes - 1 }), 40)).toThrow(BudgetExceeded);
  });

  it("polls as nodes are made; a cancelled operation can be asked again", () => {
    let polled = 0;
    const poll = (): void => {
      polled++;
      if (polled === 2) throw new Cancelled("stop");
    };
    const sets = bddPacketSets({ poll });
    expect(() => manyRules(sets, 400)).toThrow(Cancelled);
    expect(manyRules(sets, 400)).toBe(manyRules(bddPacketSets(), 400));
    expect(polled).toBeGreaterThanOrEqual(Math.floor(sets.nodes / 4096));
  });

  it("keeps nothing on the heap of what it answers from memory", () => {
    const sets = bddPacketSets();
    const a = manyRules(sets, 60);
    const b = sets.swap(a);
    const ask = (): void => {
      for (let round = 0; round < 100_000; round++) {
        sets.and(a, b);
        sets.or(a, b);
        sets.implies(a, b);
        sets.swap(a);
      }
    };
    ask();
    const before = process.memoryUsage().heapUsed;
    ask();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
  });
});

/** Rules by a fixed congruence: pass and block, networks and ports. */
function manyRules(sets: PacketSets, count: number): PacketSet {
  let seed = 7;
  const draw = (below: number): bigint => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return BigInt((seed >>> 8) % below);
  };
  let passed = sets.empty;
  for (let rule = 0; rule < count; rule++) {
    const network = (draw(256) << 120n) | (draw(256) << 112n);
    const port = draw(65_000);
    const source = sets.range("source", network, network | ((1n << 112n) - 1n));
    const rest = sets.range("destinationPort", port, port + draw(500));
    const matched = sets.and(source, rest);
    passed = rule % 3 === 0 ? sets.diff(passed, matched) : sets.or(passed, matched);
  }
  return passed;
}

/** The bits of a packet in the order of the levels, as text. */
function inLevelOrder(packet: FieldValues): string {
  const bits: string[] = [];
  for (const place of HEADER_PLACES) {
    for (let bit = 0; bit < place.width; bit++) {
      const value = (packet[place.field] >> BigInt(place.width - 1 - bit)) & 1n;
      bits[levelOf(place, bit)] = value.toString();
    }
  }
  return bits.join("");
}
