import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PacketFunctions } from "../../../engine/sets/packet-functions.ts";
import type { PacketSet } from "../../../engine/sets/packet-sets.ts";
import { boxSet } from "./box-set.ts";
import {
  boxesIn,
  CORNER_PARTS,
  CORNERS,
  choices,
  cornerChange,
  cornerPacket,
} from "./corner-packets.ts";
import {
  buildFunction,
  changeOf,
  type FunctionExpression,
  functionExpression,
  LEAVES,
} from "./function-expressions.ts";
import { build, expression } from "./set-expressions.ts";
import { packed, tableEntries } from "./table-entries.ts";

/** Runs of a law: some hundred, or what the environment asks for in the whole run. */
const RUNS = Number(process.env.PFPROOF_LAW_RUNS ?? 100);
const TIMEOUT = Math.max(120_000, RUNS * 1000); // ms for a law
/** Boxes of a set that are laid together in the other implementation. */
const MOST_BOXES = 60;

export type Pair = readonly [one: PacketFunctions, other: PacketFunctions];

/**
 * Holds iff both implementations give drawn questions the same answers.
 *
 * Sets are compared by their number of packets, by samples of each and of what their boxes leave
 * over, and by the union of their boxes; functions leaf by leaf.
 */
export function describeAgreement(
  name: string,
  makeA: () => PacketFunctions,
  makeB: () => PacketFunctions,
): void {
  const pair = (): Pair => [makeA(), makeB()];
  describe(name, () => {
    it(
      "agree about sets",
      () => {
        fc.assert(
          fc.property(expression(CORNERS, true), (tree) => {
            agree(pair(), (sets) => build(sets, tree, sets.all));
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );

    it(
      "agree about functions, leaf by leaf",
      () => {
        const functions = functionExpression({ ...CORNER_PARTS, among: true });
        const packets = fc.array(choices(), { minLength: 8, maxLength: 8 });
        fc.assert(
          fc.property(functions, packets, (tree, drawn) => agreeOnFunction(pair(), tree, drawn)),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );

    it(
      "agree about what sets of leaves become",
      () => {
        const drawn = functionExpression({ ...CORNER_PARTS, among: true });
        fc.assert(
          fc.property(drawn, cornerChange(), (tree, change) => {
            agree(pair(), (sets) => {
              const odd = sets.where(buildFunction(sets, tree, sets.all), (leaf) => leaf % 2 === 1);
              return sets.after(odd, changeOf(change));
            });
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );

    it(
      "agree about tables",
      () => {
        const field = fc.constantFrom("source" as const, "destination" as const);
        fc.assert(
          fc.property(tableEntries(), field, (entries, of) => {
            agree(pair(), (sets) => sets.tableSet(of, packed(entries)));
          }),
          { numRuns: RUNS },
        );
      },
      TIMEOUT,
    );
  });
}

/** Holds a function leaf by leaf; `drawn` are choices of packets at its corners. */
export function agreeOnFunction(
  pair: Pair,
  tree: FunctionExpression,
  drawn: readonly (readonly number[])[],
): void {
  const [one, other] = pair;
  const [f, g] = pair.map((sets) => buildFunction(sets, tree, sets.all));
  expect(other.leaves(g!)).toEqual(one.leaves(f!));
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    const counts = [
      one.count(one.where(f!, (it) => it === leaf)),
      other.count(other.where(g!, (it) => it === leaf)),
    ];
    expect(counts[1]).toBe(counts[0]);
  }
  for (const chosen of drawn) {
    const packet = cornerPacket(boxesIn(tree), chosen);
    expect(other.at(g!, packet)).toBe(one.at(f!, packet));
  }
}

/** Holds a set by its count, its samples and its boxes. */
export function agree(pair: Pair, make: (sets: PacketFunctions) => PacketSet): void {
  const [one, other] = pair;
  const [a, b] = [make(one), make(other)];
  expect(other.count(b)).toBe(one.count(a));
  expect(other.sample(b) === undefined).toBe(one.sample(a) === undefined);
  holdsSamples(one, a, other, b);
  holdsSamples(other, b, one, a);
}

/** The boxes of `a`, and members of `a` in, beside and outside them, are what they are in `b`. */
function holdsSamples(
  one: PacketFunctions,
  a: PacketSet,
  other: PacketFunctions,
  b: PacketSet,
): void {
  for (const [set, isMember] of [
    [a, true],
    [one.not(a), false],
  ] as const) {
    const sample = one.sample(set);
    if (sample !== undefined) expect(other.has(b, sample)).toBe(isMember);
  }
  const { boxes, complete } = one.boxes(a, MOST_BOXES);
  const union = boxes.reduce((all, box) => other.or(all, boxSet(other, box)), other.empty);
  if (complete) expect(union).toBe(b);
  else expect(other.implies(union, b)).toBe(true);
}
