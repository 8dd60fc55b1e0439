import { strictEqual } from "node:assert/strict";
import { stdout } from "node:process";
import fc from "fast-check";
import { bddPacketFunctions } from "../../engine/sets/bdd/bdd-packet-functions.ts";
import { intervalPacketFunctions } from "../../engine/sets/intervals/interval-packet-functions.ts";
import type { FieldChange, PacketFunctions } from "../../engine/sets/packet-functions.ts";
import type { FieldValues, PacketSet } from "../../engine/sets/packet-sets.ts";
import { CORNER_PARTS, CORNERS, choices, cornerChange } from "../engine/sets/corner-packets.ts";
import {
  buildFunction,
  changeOf,
  type DrawnChange,
  type FunctionExpression,
  functionExpression,
} from "../engine/sets/function-expressions.ts";
import {
  build,
  type Expression,
  exchanged,
  expression,
  packetNear,
} from "../engine/sets/set-expressions.ts";
import { type Entry, packed, tableEntries } from "../engine/sets/table-entries.ts";
import { agree, agreeOnFunction, type Pair } from "../engine/sets/two-implementations.ts";
import { Progress } from "./progress.ts";

/** What `fuzz diagrams` is to do. */
export interface DiagramsOptions {
  readonly expressions: number;
  readonly seed: number;
  /** Number of the first expression. */
  readonly first: number;
  /** Told how many expressions were held. */
  readonly progress?: (held: number) => void;
}

export interface DiagramsResult {
  readonly expressions: number;
  /** With its seed, number and the smallest expressions that show it. */
  readonly failure: string | undefined;
}

/** Runs them, prints what they find; returns the exit status. */
export function runDiagrams(options: Omit<DiagramsOptions, "progress">): number {
  const shown = new Progress();
  const { expressions, failure } = fuzzDiagrams({
    ...options,
    progress: (held) => shown.tell(() => `${held} of ${options.expressions} expressions`),
  });
  const seconds = shown.end().toFixed(0);
  if (failure !== undefined) stdout.write(`${failure}\n`);
  const failed = failure === undefined ? 0 : 1;
  stdout.write(`${expressions} expressions, ${seconds} s, ${failed} failed\n`);
  return failed;
}

/** One question: a set and a function, what they are held beside, and a write. */
interface Question {
  readonly set: Expression;
  readonly target: Expression;
  readonly function: FunctionExpression;
  readonly change: DrawnChange;
  readonly table: readonly Entry[];
  readonly corners: readonly (readonly number[])[];
  readonly packets: readonly FieldValues[];
  /** 0: boxes are compared as well, which takes its time. */
  readonly boxes: number;
}

function questions(): fc.Arbitrary<Question> {
  const changes = seldomMaps();
  return fc.record({
    set: expression(CORNERS, true),
    target: expression(CORNERS, true),
    function: functionExpression({ ...CORNER_PARTS, changes, among: true }),
    change: changes,
    table: tableEntries(),
    corners: fc.array(choices(), { minLength: 8, maxLength: 8 }),
    packets: fc.array(packetNear(CORNERS), { minLength: 8, maxLength: 8 }),
    boxes: fc.nat(15),
  });
}

/** The diagrams of bits take their time for a map of 65,536 ports. */
function seldomMaps(): fc.Arbitrary<DrawnChange> {
  const bits = cornerChange().filter(({ kind }) => kind === "bits");
  return fc.oneof({ weight: 60, arbitrary: bits }, { weight: 1, arbitrary: cornerChange() });
}

/**
 * Holds the two implementations of sets beside each other, and each to the laws of images,
 * pre-images and mirrors, on drawn expressions: the same for the same seed.
 */
export function fuzzDiagrams(options: DiagramsOptions): DiagramsResult {
  const { expressions, seed, first, progress } = options;
  let held = 0;
  const property = fc.property(questions(), (question) => {
    hold(question, [intervalPacketFunctions(), bddPacketFunctions()]);
    progress?.(++held);
  });
  const details = fc.check(property, { seed, numRuns: expressions, path: String(first) });
  if (!details.failed) return { expressions: details.numRuns, failure: undefined };
  const [question] = details.counterexample ?? [];
  const error = details.errorInstance;
  const reason = error instanceof Error ? error.message : String(error);
  const told = Object.entries(question ?? {}).map(([name, it]) => `  ${name}: ${fc.stringify(it)}`);
  const number = details.counterexamplePath?.split(":")[0] ?? first;
  const failure = [`seed ${seed}, --first ${number}: ${reason}`, ...told].join("\n");
  return { expressions: details.numRuns, failure };
}

function hold(question: Question, pair: Pair): void {
  const { set, function: tree, table, corners, packets } = question;
  const change = changeOf(question.change);
  const same = question.boxes === 0 ? agree : agreeInCount;
  same(pair, (sets) => build(sets, set, sets.all));
  agreeOnFunction(pair, tree, corners);
  const odd = (sets: PacketFunctions): PacketSet => {
    return sets.where(buildFunction(sets, tree, sets.all), (leaf) => leaf % 2 === 1);
  };
  same(pair, (sets) => sets.after(odd(sets), change));
  same(pair, (sets) => sets.tableSet("source", packed(table)));
  const members = pair.map((sets) => {
    const [some, target] = [set, question.target].map((it) => build(sets, it, sets.all));
    const [a, b] = [some ?? sets.empty, target ?? sets.empty];
    imageLaws(sets, sets.or(a, odd(sets)), b, change);
    mirrorLaws(sets, a, b, packets);
    const all = [a, sets.swap(a), sets.swapAddresses(a), before(sets, a, change)];
    return packets.flatMap((packet) => all.map((it) => (sets.has(it, packet) ? 1 : 0))).join("");
  });
  strictEqual(members[1], members[0], "sets, mirrors and pre-images have the same members");
}

function agreeInCount([one, other]: Pair, make: (sets: PacketFunctions) => PacketSet): void {
  const [a, b] = [make(one), make(other)];
  strictEqual(other.count(b), one.count(a), "the count");
  const inside = [one.sample(a), other.sample(b)];
  for (const it of inside)
    if (it !== undefined) holds(one.has(a, it) && other.has(b, it), "inside");
  const outside = [one.sample(one.not(a)), other.sample(other.not(b))];
  for (const it of outside) {
    if (it !== undefined) holds(!one.has(a, it) && !other.has(b, it), "outside");
  }
}

function imageLaws(sets: PacketFunctions, set: PacketSet, b: PacketSet, change: FieldChange): void {
  const image = sets.after(set, change);
  holds(sets.implies(set, before(sets, image, change)), "a set is in the pre-image of its image");
  for (const part of [sets.and(image, b), sets.diff(image, b)]) {
    const isMet = sets.meets(set, before(sets, part, change));
    holds(isMet === (part !== sets.empty), "a part of an image comes from the set");
  }
  const both = sets.or(image, sets.after(b, change));
  holds(sets.after(sets.or(set, b), change) === both, "the image of a union is that of its parts");
  const outside = sets.not(before(sets, b, change));
  holds(before(sets, sets.not(b), change) === outside, "a packet becomes one packet");
  holds(sets.implies(sets.after(before(sets, b, change), change), b), "it becomes one of the set");
}

function mirrorLaws(
  sets: PacketFunctions,
  a: PacketSet,
  b: PacketSet,
  packets: readonly FieldValues[],
): void {
  for (const name of ["swap", "swapAddresses"] as const) {
    const mirror = (set: PacketSet): PacketSet => sets[name](set);
    holds(mirror(mirror(a)) === a, `${name} twice is nothing`);
    holds(sets.count(mirror(a)) === sets.count(a), `${name} keeps the count`);
    holds(mirror(sets.and(a, b)) === sets.and(mirror(a), mirror(b)), `${name} and meet`);
    holds(mirror(sets.not(a)) === sets.not(mirror(a)), `${name} of others`);
    for (const packet of packets) {
      const turned = exchanged(packet, name === "swap");
      holds(sets.has(mirror(a), turned) === sets.has(a, packet), `${name} of a packet`);
    }
  }
}

function before(sets: PacketFunctions, set: PacketSet, change: FieldChange): PacketSet {
  const isIn = sets.choose(set, sets.always(1), sets.always(0));
  return sets.where(sets.before(isIn, change), (leaf) => leaf === 1);
}

function holds(law: boolean, what: string): void {
  strictEqual(law, true, what);
}
