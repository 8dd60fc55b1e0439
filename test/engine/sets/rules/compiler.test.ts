import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EntrySet } from "../../../../engine/kernel/entry-set.ts";
import { packetFunctions } from "../../../../engine/sets/implementations.ts";
import type { PacketFunctions } from "../../../../engine/sets/packet-functions.ts";
import { type Box, SETS_NAMES } from "../../../../engine/sets/packet-sets.ts";
import { type Manner, RulesetCompiler } from "../../../../engine/sets/rules/compiler.ts";
import type { Detail } from "../../../../engine/sets/rules/fate.ts";
import type { Place, Source, SourceRule } from "../../../../engine/sets/rules/situation.ts";
import { isOrdinary, namesInterfaces } from "../../../../engine/sets/rules/source-edits.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import { drawnTexts } from "./compile-drawn.ts";
import { TwoReadings } from "./compile-host.ts";

const RUNS = Number(process.env.RUNS ?? 40);

const PLACES: readonly Place[] = (["in", "out"] as const).flatMap((direction) =>
  ["em0", "vlan10", "lo0"].map((name) => ({
    direction,
    interface: name,
    rdomain: 0,
    forwarded: true,
    receivedOn: name,
    priority: undefined,
    looksLike: undefined,
  })),
);

/** What is asked about as well: part of the network of a tenant. */
const SOME: Box = {
  family: [0n, 0n],
  destination: [0x0a0a0000n << 96n, (0x0a0a0060n << 96n) - 1n],
};

/** One edit of a source: rules that go, the index of others that come, or what a table holds. */
const edit = fc.record({
  ruleset: fc.nat(99),
  at: fc.nat(99),
  removed: fc.constantFrom(0, 0, 1, 1, 2, 5),
  from: fc.nat(99),
  added: fc.constantFrom(0, 1, 1, 1, 3),
  entry: fc.constantFrom(undefined, undefined, "10.10.0.16/28", "2001:db8:10::/96"),
  drops: fc.constantFrom(false, false, true),
});
type DrawnEdit = typeof edit extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/**
 * The source after an edit, its rules otherwise the same objects; new rules come from `others`.
 *
 * @param paths - of rulesets that there are or that may come
 */
function edited(
  source: Source,
  paths: readonly string[],
  others: readonly SourceRule[],
  by: DrawnEdit,
): Source {
  const rulesets = new Map(source.rulesets);
  const path = paths[by.ruleset % paths.length] ?? "";
  const rules = [...(rulesets.get(path) ?? [])];
  const made = Array.from({ length: by.added }, (_, it) => others[(by.from + it) % others.length]);
  const added = made.flatMap((it) => (it === undefined ? [] : [{ ...it, anchor: path }]));
  rules.splice(by.at % (rules.length + 1), by.removed, ...added);
  rulesets.set(path, rules);
  if (by.drops && path !== "") rulesets.delete(path);
  const { entry } = by;
  if (entry === undefined) return { ...source, rulesets };
  const entries = new Map<string, EntrySet>();
  const table: Source["table"] = (anchor, name) => {
    const old = source.table(anchor, name);
    if (old === undefined || anchor !== path) return old;
    let found = entries.get(name);
    if (found === undefined) {
      found = new EntrySet();
      const prefix = parsePrefix(entry);
      if (prefix !== undefined) found.add(prefix, false);
      entries.set(name, found);
    }
    return { ...old, entries: found };
  };
  return { ...source, rulesets, table };
}

/** Many rules: the drawn ones again and again, so that they fill chunks. */
function repeated(source: Source, times: number): Source {
  const rulesets = new Map(source.rulesets);
  const main = rulesets.get("") ?? [];
  const plain = main.filter(({ rule }) => rule.action === "pass" || rule.action === "block");
  const more = Array.from({ length: times }, () => plain.map((it) => ({ ...it }))).flat();
  rulesets.set("", [...main, ...more]);
  return { ...source, rulesets };
}

/** Nothing but rules that no other one is told by: the first of another kind changes what is asked. */
function plainOf(source: Source): Source {
  const main = source.rulesets.get("") ?? [];
  const plain = main.filter((it) => isOrdinary(it) && !namesInterfaces(it));
  return { ...source, rulesets: new Map([["", plain]]) };
}

function compilerOf(sets: PacketFunctions, source: Source, detail: Detail, manner: Manner) {
  return new RulesetCompiler({ sets, source, detail, closed: new Set() }, manner);
}

describe.each(SETS_NAMES)("a compiler of %s", (name) => {
  test("says of a place among many what it says of one alone", () => {
    const law = fc.property(drawnTexts(), fc.nat(30), ({ texts }, times) => {
      const sets = packetFunctions(name, {});
      const source = repeated(new TwoReadings(texts).source, times);
      const many = compilerOf(sets, source, "rules", { places: "many" });
      for (const place of PLACES) {
        const one = compilerOf(sets, source, "rules", { places: "one", like: many });
        for (const tag of ["", "T1"]) {
          expect(many.in(place, tag)).toBe(one.in(place, tag));
        }
      }
    });
    fc.assert(law, { numRuns: RUNS });
  });

  test.each(["rules", "outcomes"] as const)("is after edits as one made anew (%s)", (detail) => {
    let changed = 0;
    const law = fc.property(
      drawnTexts(),
      drawnTexts(),
      fc.nat(30),
      fc.array(edit, { minLength: 1, maxLength: 6 }),
      fc.constantFrom("one" as const, "many" as const, "many" as const),
      fc.boolean(),
      ({ texts }, { texts: more }, times, edits, places, isPlain) => {
        const sets = packetFunctions(name, {});
        const others = [...new TwoReadings(more).source.rulesets.values()].flat();
        const drawn = new TwoReadings(texts).source;
        let source = repeated(isPlain ? plainOf(drawn) : drawn, times);
        const paths = [...source.rulesets.keys()];
        const compiler = compilerOf(sets, source, detail, { places });
        for (const by of edits) {
          const before = PLACES.map((place) => compiler.in(place, ""));
          source = edited(source, paths, others, by);
          compiler.change(source);
          // another object: what is known of the source is not taken from the compiler
          const anew = { ...source };
          const fresh = compilerOf(sets, anew, detail, { places: "many", like: compiler });
          for (const [at, place] of PLACES.entries()) {
            const after = compiler.in(place, "");
            expect(after).toBe(fresh.in(place, ""));
            expect(compiler.in(place, "T1")).toBe(fresh.in(place, "T1"));
            const clipped = compiler.within(SOME).in(place, "").function;
            expect(clipped).toBe(fresh.within(SOME).in(place, "").function);
            if (after !== before[at]) changed++;
          }
        }
      },
    );
    fc.assert(law, { numRuns: RUNS });
    expect(changed).toBeGreaterThan(RUNS / 4);
  });

  test("a rule that asks routes and a table is another one when the table is", () => {
    const sets = packetFunctions(name, {});
    const text = "table <some> { 10.10.0.0/24 }\nblock\npass in from ! no-route to <some>\n";
    const { source } = new TwoReadings([["", text]]);
    const compiler = compilerOf(sets, source, "outcomes", { places: "many" });
    const [place = expect.unreachable()] = PLACES;
    const before = [compiler.in(place, ""), compiler.within(SOME).in(place, "")];
    const entries = new EntrySet();
    const prefix = parsePrefix("10.10.0.16/28");
    if (prefix !== undefined) entries.add(prefix, false);
    const changed: Source = { ...source, table: () => ({ entries, open: false }) };
    compiler.change(changed);
    const fresh = compilerOf(sets, { ...changed }, "outcomes", { places: "one", like: compiler });
    const after = [compiler.in(place, ""), compiler.within(SOME).in(place, "")];
    expect(after[0]?.function).not.toBe(before[0]?.function);
    expect(after[0]).toBe(fresh.in(place, ""));
    expect(after[1]?.function).toBe(fresh.within(SOME).in(place, "").function);
  });

  test("a ruleset that comes below a wildcard is called, and not when it goes", () => {
    const sets = packetFunctions(name, {});
    const main = 'block\nanchor "w/*"\n';
    const holding = new TwoReadings([
      ["", main],
      ["w/a", "pass in proto udp\n"],
    ]).source;
    const rulesets = new Map([...holding.rulesets].filter(([path]) => path !== "w/a"));
    const without = { ...holding, rulesets };
    const compiler = compilerOf(sets, without, "outcomes", { places: "many" });
    const [place] = PLACES;
    if (place === undefined) throw new RangeError("no place");
    const before = compiler.in(place, "");
    compiler.change(holding);
    const after = compiler.in(place, "");
    expect(after).not.toBe(before);
    expect(after.fates.map((it) => it.verdict).toSorted()).toContain("pass");
    compiler.change({ ...without });
    expect(compiler.in(place, "")).toBe(before);
  });
});
