import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packetFunctions } from "../../../../engine/sets/implementations.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import { type Box, BudgetExceeded, SETS_NAMES } from "../../../../engine/sets/packet-sets.ts";
import { RulesetCompiler } from "../../../../engine/sets/rules/compiler.ts";
import type { Detail, RulesetFunction } from "../../../../engine/sets/rules/fate.ts";
import type { Place, Source, SourceRule } from "../../../../engine/sets/rules/situation.ts";
import type { Unread } from "../../../../model/unread.ts";
import { Random } from "../../../fuzz/random.ts";
import { drawnTexts } from "../../../fuzz/ruleset-text.ts";
import { TENANTS } from "../../../support/kernel-host.ts";
import { boxSet } from "../box-set.ts";
import { drawnTexts as narrowTexts } from "./compile-drawn.ts";
import { TwoReadings } from "./compile-host.ts";
import { DrawnBoxes } from "./drawn-boxes.ts";
import { translationTexts } from "./drawn-translations.ts";
import { FateClasses } from "./fate-classes.ts";

const RUNS = Number(process.env.RUNS ?? 40);
const BOXES = 8;

const PLACES: readonly Place[] = TENANTS.ifs.flatMap(({ n, rd = 0 }) =>
  (["in", "out"] as const).flatMap((direction) =>
    [true, false].map((forwarded) => ({
      direction,
      interface: n,
      rdomain: rd,
      forwarded,
      receivedOn: direction === "in" ? n : forwarded ? "vlan10" : "",
      priority: 3,
      looksLike: undefined,
    })),
  ),
);

/** Now and then some rules are not known, or not understood, or a table may hold anything. */
function perhapsOpen(source: Source, random: Random): Source {
  if (!random.once(4)) return source;
  const opened = (live: SourceRule): SourceRule => {
    if (!random.once(5)) return live;
    const open = [{ id: "line" } as Unread];
    return random.once(2) ? { ...live, open } : { ...live, open, isUnread: true };
  };
  const isOpen = random.once(2);
  return {
    ...source,
    rulesets: new Map([...source.rulesets].map(([path, rules]) => [path, rules.map(opened)])),
    table: (anchor, name) => {
      const table = source.table(anchor, name);
      return table && { ...table, open: isOpen && name === "some" };
    },
  };
}

function compilerOf(sets: PacketFunctions, source: Source, detail: Detail): RulesetCompiler {
  return new RulesetCompiler({ sets, source, detail, closed: new Set() }, { places: "many" });
}

/** Within the box the same as the whole, and elsewhere one leaf without fates. */
function expectClipped(
  box: Box,
  clipped: RulesetFunction,
  whole: RulesetFunction,
  isExact: boolean,
): void {
  const { sets } = whole;
  const classes = new FateClasses(isExact);
  const set = boxSet(sets, box);
  const elsewhere = sets.sample(sets.not(set));
  if (elsewhere === undefined) {
    expect(classes.of(clipped)).toBe(classes.of(whole));
    return;
  }
  const outside = sets.at(clipped.function, elsewhere);
  expect(clipped.fatesOf(outside)).toEqual([]);
  expect(clipped.isOpen(outside)).toBe(false);
  const none = sets.always(outside);
  expect(sets.choose(set, none, clipped.function)).toBe(none);
  const some = sets.always(0);
  const [own, all] = [classes.of(clipped), classes.of(whole)];
  expect(sets.choose(set, own, some)).toBe(sets.choose(set, all, some));
}

/** Asks about some boxes, before the whole or after it. */
function expectLaw(sets: PacketFunctions, drawn: Source, random: Random): void {
  const source = perhapsOpen(drawn, random);
  const boxes = new DrawnBoxes(random, source);
  const compiler = compilerOf(sets, source, random.pick<Detail>(["rules", "outcomes"]));
  for (let round = 0; round < BOXES; round++) {
    const place = random.pick(PLACES);
    const tag = random.pick(["", "", "T1"]);
    const box = boxes.box();
    const first = random.once(2) ? compiler.in(place, tag) : undefined;
    const clipped = compiler.within(box).in(place, tag);
    expectClipped(box, clipped, first ?? compiler.in(place, tag), source === drawn);
  }
}

describe.each(SETS_NAMES)("a ruleset of %s within a box", (name) => {
  test("is the whole there, and nothing elsewhere", () => {
    for (let number = 0; number < RUNS; number++) {
      const random = new Random(20_261_125, number);
      const { source } = new TwoReadings(drawnTexts(random));
      expectLaw(packetFunctions(name, {}), source, random);
    }
  });

  test("is so where rules ask for what others have made of packets", () => {
    for (let number = 0; number < RUNS * 2; number++) {
      const random = new Random(20_261_126, number);
      const { source } = new TwoReadings(translationTexts(random));
      expectLaw(packetFunctions(name, {}), source, random);
    }
  });

  test("is so where anchors call anchors and most rules are hit", () => {
    const law = fc.property(narrowTexts(), fc.nat(), ({ texts }, seed) => {
      const { source } = new TwoReadings(texts);
      expectLaw(packetFunctions(name, {}), source, new Random(seed, 1));
    });
    fc.assert(law, { numRuns: RUNS });
  });

  test("is the whole there where more translations follow each other than clips are kept", () => {
    const many = Array.from({ length: 100 }, (_, at) => {
      const from = at % 3 === 0 ? "any" : `198.51.${at % 7}.0/24`;
      return `match out inet from ${from} to 10.20.${at % 5}.0/24 nat-to 198.51.${at % 7}.${at}`;
    });
    const text = `${["block", ...many, "pass out inet"].join("\n")}\n`;
    const { source } = new TwoReadings([["", text]]);
    const sets = packetFunctions(name, {});
    const compiler = compilerOf(sets, source, "outcomes");
    const place = { ...PLACES[0]!, direction: "out" } as const;
    const whole = compiler.in(place, "");
    expect(whole.fates.length).toBeGreaterThan(5);
    for (const second of [0n, 3n]) {
      const box: Box = { family: [0n, 0n], destination: inet((10n << 24n) | (20n << 16n), 16) };
      const narrow = { ...box, source: inet((198n << 24n) | (51n << 16n) | (second << 8n), 24) };
      for (const it of [box, narrow]) {
        expectClipped(it, compiler.within(it).in(place, ""), whole, true);
      }
    }
  });

  test("follows ports that move by how much they were above others", () => {
    const moves = "match in inet proto tcp to port 100:300 rdr-to 10.20.0.5 port 5150:*";
    const text = `block\n${moves}\npass in inet proto tcp to port 5160\n`;
    const { source } = new TwoReadings([["", text]]);
    const compiler = compilerOf(packetFunctions(name, {}), source, "outcomes");
    const place = PLACES[0]!;
    const box: Box = { family: [0n, 0n], destinationPort: [105n, 115n] };
    const clipped = compiler.within(box).in(place, "");
    expect(clipped.fates.map(({ verdict }) => verdict).toSorted()).toContain("pass");
    expectClipped(box, clipped, compiler.in(place, ""), true);
  });

  test("needs little where the whole has no room, and says so where it has none either", () => {
    const { source } = new TwoReadings([["", halfWild(600)]]);
    const place = PLACES[0]!;
    const budget = name === "bdd" ? 400_000 : 20_000;
    const sets = packetFunctions(name, { budget });
    const compiler = compilerOf(sets, source, "outcomes");
    const random = new Random(7, 7);
    const ask = (prefix: number): RulesetFunction => {
      const network = (): readonly [bigint, bigint] => inet(BigInt(random.below(2 ** 32)), prefix);
      return compiler
        .within({ family: [0n, 0n], source: network(), destination: network() })
        .in(place, "");
    };
    for (let question = 0; question < 200; question++) {
      expect(ask(24).fates.length).toBeGreaterThan(0);
    }
    expect(sets.nodes).toBeLessThan(budget / 2);
    expect(() => compiler.in(place, "")).toThrow(BudgetExceeded);
    expect(() => ask(0)).toThrow(BudgetExceeded);
  });
});

/** The network of a prefix length that holds an inet address, as values of an address field. */
function inet(address: bigint, length: number): readonly [first: bigint, last: bigint] {
  const hosts = (1n << BigInt(128 - length)) - 1n;
  return [(address << 96n) & ~hosts, (address << 96n) | hosts];
}

/** Rules between any place and a network, each with ports of its own. */
function halfWild(count: number): string {
  const random = new Random(11, 3);
  const lines = Array.from({ length: count }, () => {
    const network = `${1 + random.below(220)}.${random.below(256)}.0.0/${8 + random.below(9)}`;
    const [from, to] = random.once(2) ? ["any", network] : [network, "any"];
    const first = 1 + random.below(60_000);
    const ports = `${first}:${first + random.below(4000)}`;
    const action = random.pick(["pass", "block"]);
    return `${action} in quick inet proto tcp from ${from} to ${to} port ${ports}`;
  });
  return `${[...lines, "block"].join("\n")}\n`;
}
