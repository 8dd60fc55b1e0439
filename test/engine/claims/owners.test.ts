import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsIn, NOBODY, Owners } from "../../../engine/claims/owners.ts";
import { packetFunctions } from "../../../engine/sets/implementations.ts";
import { type PacketSet, SETS_NAMES } from "../../../engine/sets/packet-sets.ts";
import { union } from "../../../engine/sets/packets.ts";

const [SENDER, ONE, OTHER] = [3, 1, 0x1ff];
const ZONES = 0x200;

describe.each(SETS_NAMES)("packets and their owners, as %s", (name) => {
  const sets = packetFunctions(name, {});
  const owners = new Owners(sets, ZONES);
  const tcp = sets.range("protocol", 6n, 6n);
  const of = (creator: number) => owners.as(tcp, SENDER, creator);

  it("say nothing new under other creators if they passed on their own", () => {
    const laxer = owners.laxerThan(of(NOBODY));
    expect(sets.implies(sets.or(of(ONE), sets.or(of(OTHER), of(SENDER))), laxer)).toBe(true);
    expect(sets.meets(owners.from(ONE), laxer)).toBe(false);
    expect(sets.meets(of(NOBODY), laxer)).toBe(false);
    expect(owners.laxerThan(sets.or(of(SENDER), of(ONE)))).toBe(sets.empty);
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

  it("are told apart so, and united with others", () => {
    const drawn = fc.array(fc.tuple(zone, zone, port), { maxLength: 12 });
    fc.assert(
      fc.property(drawn, drawn, (some, more) => {
        const [set, others] = [setOf(some), setOf(more)];
        expect(owners.byOthersOr(set, others)).toBe(sets.or(owners.byOthers(set), others));
      }),
    );
  });

  it("lose makers of states that many others made, and keep as many as matter", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(zone, port), { maxLength: 60, size: "max" }), (made) => {
        const { keys, full } = owners.fewMakers(keysOf(made));
        for (const at of PORTS) {
          const makers = new Set(made.filter((it) => it[1] === at).map(([maker]) => maker));
          const kept = [...makers].toSorted((a, b) => a - b).slice(0, MOST);
          expect(sets.and(keys, portSet(at))).toBe(keysOf(kept.map((maker) => [maker, at])));
          expect(sets.meets(full, portSet(at))).toBe(makers.size > MOST);
        }
      }),
    );
  });

  const portSet = (at: number): PacketSet => sets.range("sourcePort", BigInt(at), BigInt(at));
  const keysOf = (made: readonly (readonly [maker: number, port: number])[]): PacketSet =>
    union(
      sets,
      made.map(([maker, at]) => sets.and(owners.by(maker), portSet(at))),
    );
  const setOf = (packets: readonly (readonly [number, number, number])[]): PacketSet =>
    union(
      sets,
      packets.map(([origin, creator, at]) => owners.as(portSet(at), origin, creator)),
    );
});

/** Of makers that are told apart. */
const MOST = 8;
const PORTS = [0, 1, 80];
const zone = fc.constantFrom(0, 1, 2, 3, 7, 8, 9, 15, 16, 63, 64, 254, 255, 256, 257, 510, 511);
const port = fc.constantFrom(...PORTS);
