import { env } from "node:process";
import { expect, test } from "vitest";
import type { LiveRule } from "../engine/kernel/live-rule.ts";
import { ASK, Classifier } from "../engine/rules/indexed/classifier.ts";
import type { PacketColumns } from "../engine/rules/indexed/packet-columns.ts";
import type { Family } from "../model/packet.ts";
import { columnsOf, quickRules, SURROUNDINGS, sketches, sketchSet } from "./index-data.ts";
import { benchFolder } from "./parser-data.ts";
import { interleaved, seconds } from "./timing.ts";

const KINDS = ["seg", "segp", "rand", "acl", "wild"];
const SIZES = ["1k", "10k", "100k"];
const ROUNDS = 6;
const TIMEOUT = 3_600_000;

/**
 * Nanoseconds a packet costs the kernel's own list with skip steps, by rules: the cheapest of the
 * kinds of rules that `data/kernel/README.md` has.
 */
const SKIP_STEPS: ReadonlyMap<string, number> = new Map([
  ["1k", 4130],
  ["10k", 107_000],
  ["100k", 5_140_000],
]);

const noTable = (): undefined => undefined;

test("packets through large rulesets, beside the sketches", { timeout: TIMEOUT }, async () => {
  const folder = benchFolder();
  const all = KINDS.flatMap((kind) => SIZES.map((size) => `${kind}_${size}`));
  // BENCH_SETS names some of them, with commas between
  const sets = env.BENCH_SETS?.split(",") ?? all;
  const times = new Map<string, number>();
  for (const name of sets) {
    const { rules, packets } = await sketchSet(folder, name);
    const four = subject(quickRules(rules, "inet"), columnsOf(packets, "inet"));
    const six = subject(quickRules(rules, "inet6"), columnsOf(packets, "inet6"));
    const others = (await sketches()).map((it) => {
      let groups: ReturnType<typeof it.build> = [];
      const build = seconds(() => (groups = it.build(rules)));
      const out = new Int32Array(packets.n);
      const bytes = groups.reduce((sum, group) => sum + group.mem, 0);
      return { build, bytes, run: () => it.classify(groups, packets, out) };
    });
    const rates = interleaved(
      [four, six, ...others].map(({ run }) => run),
      ROUNDS,
    ).map((it) => packets.n / it / 1e6);
    expect(four.found).toEqual(six.found);
    expect(four.found.includes(ASK)).toBe(false);
    const [own = 0, mapped = 0, ...theirs] = rates;
    const best = Math.max(...theirs);
    times.set(name, 1e3 / own);
    const list = SKIP_STEPS.get(name.split("_")[1] ?? "") ?? Number.NaN;
    const fastest = Math.min(...others.map(({ build }) => build));
    console.log(
      `${name}: ${own.toFixed(2)} million packets/s, ${(own / best).toFixed(2)} times the best sketch; ` +
        `${((list * own) / 1e3).toFixed(0)} times the kernel's list; IPv6 ${mapped.toFixed(2)}, IPv4 ${(own / mapped).toFixed(2)} times that; ` +
        `made in ${(four.build * 1e3).toFixed(0)} ms (sketch ${(fastest * 1e3).toFixed(0)}), ` +
        `${(four.bytes / 1e6).toFixed(1)} MB (IPv6 ${(six.bytes / 1e6).toFixed(1)}, ` +
        `sketch ${((others[0]?.bytes ?? 0) / 1e6).toFixed(1)})`,
    );
  }
  for (const kind of KINDS) {
    const [few, many] = [times.get(`${kind}_1k`), times.get(`${kind}_100k`)];
    if (few === undefined || many === undefined) continue;
    const slope = Math.log10(many / few) / Math.log10(100);
    console.log(`${kind}: time grows as rules to the power of ${slope.toFixed(2)}`);
  }
});

interface Subject {
  readonly build: number;
  readonly bytes: number;
  readonly found: Int32Array;
  readonly run: () => void;
}

function subject(rules: readonly LiveRule[], columns: PacketColumns): Subject {
  const family: Family = columns.family;
  let classifier = new Classifier(new Map([["", rules]]), SURROUNDINGS, noTable);
  const build = seconds(() => {
    classifier = new Classifier(new Map([["", rules]]), SURROUNDINGS, noTable);
    classifier.prepare(family);
  });
  const found = new Int32Array(columns.count);
  const { bytes } = classifier;
  return { build, bytes, found, run: () => classifier.classify(columns, found) };
}
