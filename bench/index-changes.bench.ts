import { expect, test } from "vitest";
import type { LiveRule } from "../engine/kernel/live-rule.ts";
import { liveRule } from "../engine/kernel/rulesets.ts";
import { Classifier } from "../engine/rules/indexed/classifier.ts";
import { generator } from "./generator.ts";
import { columnsOf, quickRules, SURROUNDINGS, sketchSet } from "./index-data.ts";
import { loaded } from "./index-pf-data.ts";
import { benchFolder, bigTable } from "./parser-data.ts";

/** Enough that forests are made anew on the way. */
const EDITS = 12_000;
const PACKETS = 256;
const TIMEOUT = 1_200_000;
const LONG_MS = 5;
const ANCHOR_RULES = 10;

test("changes of a large ruleset", { timeout: TIMEOUT }, async () => {
  const { rules: set, packets } = await sketchSet(benchFolder(), "seg_100k");
  const rules = quickRules(set, "inet");
  const below = generator(9);
  const few = columnsOf(packets, "inet");
  few.count = PACKETS;
  const classifier = new Classifier(new Map([["", rules]]), SURROUNDINGS, () => undefined);
  let moment = performance.now();
  const found = new Int32Array(PACKETS);
  classifier.classify(few, found);
  console.log(`first call: ${(performance.now() - moment).toFixed(0)} ms`);
  const [changing, after]: number[][] = [[], []];
  let made = 0;
  for (let edit = 0; edit < EDITS; edit++) {
    const number = below(rules.length);
    const live = liveRule(rules[below(rules.length)]!.rule, "", number, 0);
    const isMaking = classifier.isMaking;
    moment = performance.now();
    classifier.replaceRule("", number, live);
    const middle = performance.now();
    classifier.classify(few, found);
    after!.push(performance.now() - middle);
    changing!.push(middle - moment);
    if (isMaking && !classifier.isMaking) made++;
  }
  expect(made).toBeGreaterThan(0);
  console.log(`one of ${rules.length} rules replaced, ${EDITS} times: ${told(changing!)}`);
  console.log(`${PACKETS} packets after it: ${told(after!)}; forests made anew ${made} times`);
});

test("changes of an anchor among many", { timeout: TIMEOUT }, async () => {
  const { rules: set, packets } = await sketchSet(benchFolder(), "seg_100k");
  const rules = quickRules(set, "inet");
  const below = generator(9);
  const few = columnsOf(packets, "inet");
  few.count = PACKETS;
  const calls: LiveRule[] = [];
  const rulesets = new Map<string, readonly LiveRule[]>([["", calls]]);
  for (let at = 0; at < rules.length; at += ANCHOR_RULES) {
    const path = `t${calls.length}`;
    rulesets.set(path, rules.slice(at, at + ANCHOR_RULES));
    const { rule } = rules[0]!;
    const any = { ...rule.source, address: { kind: "any" }, port: undefined } as const;
    const anchor = { path, wildcard: false, shown: path } as never;
    const call = { ...rule, source: any, destination: any, protocol: 0, flagMask: 0, flags: 0 };
    calls.push(liveRule({ ...call, action: "anchor", quick: false, anchor }, "", calls.length, 0));
  }
  const classifier = new Classifier(rulesets, SURROUNDINGS, () => undefined);
  const found = new Int32Array(PACKETS);
  classifier.classify(few, found);
  const times: number[] = [];
  for (let edit = 0; edit < EDITS / 10; edit++) {
    const from = below(rules.length - ANCHOR_RULES);
    const next = rules.slice(from, from + ANCHOR_RULES);
    const moment = performance.now();
    classifier.replaceRules(`t${below(calls.length)}`, next);
    times.push(performance.now() - moment);
    classifier.classify(few, found);
  }
  console.log(`an anchor of ${ANCHOR_RULES} rules among ${calls.length} replaced: ${told(times)}`);
});

test("changes of a table of a million entries", { timeout: TIMEOUT }, () => {
  const it = loaded(bigTable(benchFolder()));
  const { kernel, surroundings } = it;
  const below = generator(9);
  const table = kernel.table.bind(kernel);
  const classifier = new Classifier(kernel.rulesets, surroundings, table);
  const { interfaces, ...few } = columnsOf(
    {
      n: PACKETS,
      sip: Uint32Array.from({ length: PACKETS }, () => below(2 ** 32)),
      dip: new Uint32Array(PACKETS),
      sp: new Uint32Array(PACKETS),
      dp: Uint32Array.from({ length: PACKETS }, () => 1000 + below(476)),
      pr: new Uint32Array(PACKETS).fill(6),
    },
    "inet",
  );
  const columns = { ...few, interfaces };
  const found = new Int32Array(PACKETS);
  classifier.classify(columns, found);
  const [changing, after]: number[][] = [[], []];
  for (let edit = 0; edit < EDITS; edit++) {
    const prefix = { family: "inet", value: BigInt(below(2 ** 32)), length: 32 } as const;
    const moment = performance.now();
    kernel.table("", "big")?.entries.add(prefix, false);
    classifier.tableChanged("", "big", prefix);
    const middle = performance.now();
    classifier.classify(columns, found);
    after!.push(performance.now() - middle);
    changing!.push(middle - moment);
  }
  console.log(`an entry added to a table, ${EDITS} times: ${told(changing!)}`);
  console.log(`${PACKETS} packets after it: ${told(after!)}`);
});

/** In microseconds. */
function told(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): string => {
    return ((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 1e3).toFixed(1);
  };
  const long = milliseconds.filter((it) => it > LONG_MS).length;
  return `p50 ${at(0.5)} µs, p99 ${at(0.99)} µs, most ${at(1)} µs, ${long} above ${LONG_MS} ms`;
}
