import { describe, expect, test } from "vitest";
import { EntrySet } from "../../../../engine/kernel/entry-set.ts";
import type { Socket } from "../../../../engine/kernel/surroundings.ts";
import { packetFunctions } from "../../../../engine/sets/implementations.ts";
import { type Box, SETS_NAMES, type SetsName } from "../../../../engine/sets/packet-sets.ts";
import { RulesetCompiler } from "../../../../engine/sets/rules/compiler.ts";
import type { Place, Source } from "../../../../engine/sets/rules/situation.ts";
import { parsePrefix } from "../../../../model/address-text.ts";
import { TCP } from "../../../../model/packet.ts";
import { EDIT_CASES, type EditCase } from "./edit-cases.ts";
import { type Diffs, sourcesOf } from "./source-diff.ts";

const PLACES: readonly Place[] = ["em0", "vlan10", "vlan20"].flatMap((name) => {
  return (["in", "out", "forwarded"] as const).flatMap((kind): readonly Place[] => {
    const sides = {
      direction: kind === "in" ? "in" : "out",
      interface: name,
      rdomain: 0,
      priority: 3,
      looksLike: (os: string) => os === "OpenBSD",
    } as const;
    const from = { in: [name], out: [""], forwarded: ["em0", "vlan10"] }[kind];
    return from.map((it) => ({ ...sides, receivedOn: it, forwarded: kind === "forwarded" }));
  });
});

/** What is asked about as well: a part of the networks that rules name. */
const SOME: Box = {
  family: [0n, 0n],
  destination: [0x0a0a0000n << 96n, (0x0a0a0060n << 96n) - 1n],
};

const SOCKETS: readonly Socket[] = [
  {
    family: "inet",
    protocol: TCP,
    local: 0xc0000201n,
    localPort: 22,
    foreign: undefined,
    foreignPort: 0,
    rdomain: 0,
    user: 0,
    group: 0,
  },
];

/** Before and after an edit; what surrounds them is the same. */
function editedSources(diffs: Diffs): readonly [before: Source, after: Source] {
  const [before, after] = sourcesOf(diffs);
  const surroundings = { ...before.surroundings, sockets: SOCKETS };
  return [
    { ...before, surroundings },
    { ...after, surroundings },
  ];
}

/** Functions of all places, in the same sets for compilers that are alike. */
function functionsOf(compiler: RulesetCompiler): readonly number[] {
  return PLACES.flatMap((place) => {
    const some = compiler.within(SOME).in(place, "");
    return [some, compiler.in(place, ""), compiler.in(place, "T1")].map((it) => it.function);
  });
}

describe.each(SETS_NAMES)("edits of a source in %s", (name) => {
  test.each(EDIT_CASES)("$title", (edit) => {
    follows(name, edit, PLACES);
    // places that are first asked about after it
    follows(name, edit, []);
  });

  test("a table has more entries than it had", () => {
    const sets = packetFunctions(name, {});
    const [drawn] = editedSources({ "": [" block", " pass in inet from <some>"] });
    const entries = new EntrySet();
    const source: Source = { ...drawn, table: () => ({ entries, open: false }) };
    const compiled = { sets, detail: "outcomes", closed: new Set<string>() } as const;
    const compiler = new RulesetCompiler({ ...compiled, source }, { places: "many" });
    const before = functionsOf(compiler);
    const prefix = parsePrefix("10.20.0.0/24") ?? expect.unreachable();
    entries.add(prefix, false);
    compiler.change({ ...source });
    expect(functionsOf(compiler)).not.toEqual(before);
  });
});

/** A compiler says after each edit, and after their undoing, what one made anew does. */
function follows(name: SetsName, { rulesets, next }: EditCase, asked: readonly Place[]): void {
  const sets = packetFunctions(name, {});
  const [before, after] = editedSources(rulesets);
  const way = next === undefined ? [after] : [after, next(after), { ...after }];
  const compiled = { sets, detail: "outcomes", closed: new Set<string>() } as const;
  const compiler = new RulesetCompiler({ ...compiled, source: before }, { places: "many" });
  const compilerBefore = new RulesetCompiler(
    { ...compiled, source: { ...before } },
    { places: "many", like: compiler },
  );
  const first = functionsOf(compilerBefore);
  for (const place of asked) compiler.in(place, "");
  let changed = 0;
  for (const source of way) {
    compiler.change(source);
    const made = functionsOf(compiler);
    const manner = { places: "many", like: compiler } as const;
    const fresh = new RulesetCompiler({ ...compiled, source: { ...source } }, manner);
    expect(made).toEqual(functionsOf(fresh));
    changed += made.filter((it, at) => it !== first[at]).length;
  }
  compiler.change({ ...before });
  expect(functionsOf(compiler)).toEqual(first);
  // else nothing was asked
  expect(changed).toBeGreaterThan(0);
}
