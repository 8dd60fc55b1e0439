import { describe, expect, it } from "vitest";
import { labelsIn, NOBODY, Owners } from "../../../engine/claims/owners.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import { SETS_NAMES } from "../../../engine/sets/packet-sets.ts";

const [SENDER, ONE, OTHER] = [3, 1, 0x1ff];
const ZONES = 0x200;

describe.each(SETS_NAMES)("packets and their owners, as %s", (name) => {
  const sets = packetFunctions(name, {});
  const owners = new Owners(sets, ZONES);
  const tcp = sets.range("protocol", 6n, 6n);
  const of = (creator: number) => owners.as(tcp, SENDER, creator);

  it("are left out under other creators if they passed on their own, or by a state of the sender", () => {
    for (const strict of [NOBODY, SENDER]) {
      const covered = owners.andLaxer(of(strict));
      expect(sets.implies(sets.or(of(ONE), of(OTHER)), covered)).toBe(true);
      expect(sets.meets(owners.from(ONE), covered)).toBe(false);
    }
    expect(sets.implies(of(SENDER), owners.andLaxer(of(NOBODY)))).toBe(true);
  });

  it("are told of all the same where that is judged more strictly", () => {
    expect(sets.meets(of(NOBODY), owners.andLaxer(of(SENDER)))).toBe(false);
    expect(owners.andLaxer(of(ONE))).toBe(of(ONE));
  });

  it("make states that are theirs", () => {
    const keys = owners.made(sets.or(of(ONE), of(NOBODY)));
    expect(keys).toBe(sets.and(tcp, owners.by(SENDER)));
    expect(owners.makers(keys)).toBe(sets.and(tcp, owners.from(SENDER)));
  });

  it("are told apart by whether they owe themselves to somebody else", () => {
    const all = sets.or(of(SENDER), of(OTHER));
    expect(owners.byOthers(all)).toBe(of(OTHER));
    expect(labelsIn(sets, all)).toEqual({ origin: SENDER, creator: SENDER });
    expect(labelsIn(sets, sets.or(all, of(NOBODY)))?.creator).toBe(NOBODY);
  });
});
