import { describe, expect, it } from "vitest";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import type { LeafOperation } from "../../../engine/sets/packet-functions.ts";
import { SETS_NAMES } from "../../../engine/sets/packet-sets.ts";

const LARGEST: LeafOperation = { apply: Math.max };
const SMALLEST: LeafOperation = { apply: Math.min };

describe.each(SETS_NAMES)("questions of %s about the same bits", (name) => {
  const sets = packetFunctions(name, {});
  const tcp = sets.range("protocol", 6n, 6n);
  const low = sets.and(tcp, sets.range("sourcePort", 0n, 1023n));

  it("are others where other values are written", () => {
    expect(sets.fix(low, "sourcePort", 80n)).toBe(tcp);
    expect(sets.fix(low, "sourcePort", 8080n)).toBe(sets.empty);
    expect(sets.forget(low, ["sourcePort"])).toBe(tcp);
  });

  it("are others where leaves are joined otherwise", () => {
    const of = sets.choose(low, sets.always(2), sets.always(1));
    const among = (join: LeafOperation) => sets.among(of, ["sourcePort"], sets.all, join, 0);
    expect(among(LARGEST)).toBe(sets.choose(tcp, sets.always(2), sets.always(1)));
    expect(among(SMALLEST)).toBe(sets.always(1));
  });
});
