import { describe, expect, it } from "vitest";
import { bddPacketFunctions } from "../../../engine/sets/bdd/bdd-packet-functions.ts";
import { describePacketFunctions } from "./packet-functions-contract.ts";
import { describePacketSets } from "./packet-sets-contract.ts";

describePacketSets("bddPacketFunctions as sets", () => bddPacketFunctions());

describePacketFunctions("bddPacketFunctions", () => bddPacketFunctions());

describe("bddPacketFunctions alone", () => {
  it("refuses what does not fit", () => {
    const sets = bddPacketFunctions();
    const f = sets.always(1);
    const table = new Uint16Array(65_536);
    for (const leaf of [-1, 0.5, 2 ** 30]) expect(() => sets.always(leaf)).toThrow(RangeError);
    expect(() => sets.before(f, { kind: "map", field: "tos", table })).toThrow(RangeError);
    expect(() => {
      sets.before(f, { kind: "map", field: "sourcePort", table: table.subarray(1) });
    }).toThrow(RangeError);
    expect(() => {
      sets.after(sets.all, { kind: "bits", field: "tos", mask: 256n, value: 0n });
    }).toThrow(RangeError);
  });

  it("counts shared nodes once", () => {
    const sets = bddPacketFunctions();
    const port = sets.range("sourcePort", 0n, 0x7fffn);
    // one node that tests the first bit and two terminals; the function needs its complement too
    expect(sets.size(port)).toBe(3);
    expect(sets.size(sets.choose(port, sets.always(1), sets.always(2)))).toBe(4);
    expect(sets.size(sets.always(1))).toBe(1);
  });
});
