import { expect, it } from "vitest";
import { Cubes } from "../../../engine/sets/cubes.ts";
import { DIGITS, readDigits } from "../../../engine/sets/digits.ts";
import { grown } from "../../../engine/sets/grown.ts";

it("holds more boxes than it had room for", () => {
  const cubes = new Cubes(1);
  for (let port = 0; port < 100; port++) {
    cubes.narrow(cubes.add(port), "sourcePort", port, 1000 + port);
  }
  expect(cubes.count).toBe(100);
  for (let port = 0; port < 100; port++) {
    const digits = [cubes.lows, cubes.highs].map((it) => it.subarray(port * DIGITS));
    expect(digits.map((it) => readDigits(it, "sourcePort"))).toEqual([
      BigInt(port),
      BigInt(1000 + port),
    ]);
    expect(digits.map((it) => readDigits(it, "tos"))).toEqual([0n, 255n]);
    expect(cubes.leaves[port]).toBe(port);
  }
});

it("leaves nothing of a column that has grown", () => {
  const column = Int32Array.of(1, 2, 3);
  expect([...grown(column, new Int32Array(5))]).toEqual([1, 2, 3, 0, 0]);
  expect(column).toHaveLength(0);
});
