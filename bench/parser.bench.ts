import { execFileSync } from "node:child_process";
import { execPath } from "node:process";
import { expect, test } from "vitest";
import type { PfReading } from "../parser/pf/read.ts";
import { ruleText } from "../parser/pf/rule-text.ts";
import { pfRulesJson } from "../report/pf-rules.ts";
import {
  benchFolder,
  bigTable,
  entriesOf,
  plainSubject,
  rulesOf,
  type Subject,
  segmented,
} from "./parser-data.ts";
import { type Memory, memoryOfReading } from "./parser-memory.ts";
import { median } from "./timing.ts";

/** Rounds in which everything is run once, one after the other; the first ones only warm up. */
const ROUNDS = 7;
const WARM = 2;
/** MB/s of JSON.parse on the machine that the target is meant for. */
const REFERENCE_SPEED = 60;
const LINES = [1000, 10_000, 100_000] as const;

const TIMEOUT = 600_000;

const folder = benchFolder();

test("the reader of pf.conf, as ratios to JSON.parse", { timeout: TIMEOUT }, () => {
  const plain = LINES.map(plainSubject);
  const largest = plain.at(-1)!;
  const json = minified(largest.read());
  const subjects = [
    ...["segif_100", "segif_1000", "segif_10000"].map((it) => segmented(folder, it)),
    ...plain,
    bigTable(folder),
  ];
  const reference = { name: "JSON.parse", run: (): unknown => JSON.parse(json) };
  const times = interleaved([
    reference,
    ...subjects.map(({ name, read }) => ({ name, run: () => expect(read().accepted).toBe(true) })),
  ]);
  const parsed = times.get(reference.name)!;
  const speed = json.length / parsed / 1e6;
  console.log(`JSON.parse of plain_100000 as minified print --json: ${speed.toFixed(1)} MB/s`);
  for (const subject of subjects) tell(subject, times.get(subject.name)!, speed);
  const [few, some, many] = plain.map(({ name }) => times.get(name)!);
  console.log(`plain_100000 / JSON.parse of its rules: ${(many! / parsed).toFixed(2)}`);
  const slope = Math.log(many! / few!) / Math.log(LINES[2] / LINES[0]);
  const steps = [some! / few!, many! / some!].map((it) => Math.log10(it).toFixed(2)).join(", ");
  console.log(`time in lines, log-log: slope ${slope.toFixed(2)} (by decade ${steps})`);
});

test("memory of a reading, in a process of its own", { timeout: TIMEOUT }, () => {
  const rules = memoryIn(undefined);
  console.log(`a rule of plain_100000: ${perUnit(rules, 100_000)}`);
  const entries = entriesOf(bigTable(folder).read());
  console.log(`an entry of bigtable (${entries}): ${perUnit(memoryIn(folder), entries)}`);
});

interface Measured {
  readonly name: string;
  readonly run: () => unknown;
}

/** Medians in seconds. */
function interleaved(all: readonly Measured[]): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of all) {
      globalThis.gc?.();
      const start = performance.now();
      run();
      if (round >= WARM) times.get(name)!.push((performance.now() - start) / 1000);
    }
  }
  return new Map([...times].map(([name, list]) => [name, median(list)]));
}

function tell({ name, bytes, read }: Subject, seconds: number, speed: number): void {
  const reading = read();
  const [rules, entries] = [rulesOf(reading), entriesOf(reading)];
  const perSecond = rules / seconds;
  const scaled = perSecond / (speed / REFERENCE_SPEED);
  const own = bytes / seconds / 1e6;
  const parts = [
    `${(seconds * 1000).toFixed(1)} ms`,
    `${own.toFixed(1)} MB/s (JSON.parse ${(speed / own).toFixed(1)} times that)`,
    `${rules} rules`,
    `${perSecond.toFixed(0)} rules/s, scaled ${scaled.toFixed(0)}`,
    ...(entries > 10_000 ? [`${(entries / seconds / 1e6).toFixed(2)} M entries/s`] : []),
  ];
  console.log(`${name}: ${parts.join(", ")}`);
}

/** The rules as `print --json` has them, less all that says where they were written. */
function minified(reading: PfReading): string {
  const host = {
    host: "bench",
    sources: new Map(),
    diagnostics: [],
    configurations: [reading.main],
  };
  const places = new Set(["span", "elements", "macros", "includes"]);
  const whole: unknown = JSON.parse(
    pfRulesJson([host], [], (rule) => ruleText(rule)),
    (key, value) => (places.has(key) ? undefined : value),
  );
  return JSON.stringify(whole);
}

function memoryIn(data: string | undefined): Memory {
  const file = new URL("./parser-memory.ts", import.meta.url).href;
  const call = `${memoryOfReading.name}(${JSON.stringify(data)})`;
  const code = `import { ${memoryOfReading.name} } from "${file}"; console.log(JSON.stringify(${call}));`;
  const flags = ["--expose-gc", "--input-type=module", "-e", code];
  return JSON.parse(execFileSync(execPath, flags, { encoding: "utf8" }));
}

function perUnit({ kept, peak }: Memory, count: number): string {
  const each = (bytes: number): string => (bytes / count).toFixed(0);
  return `${each(kept)} bytes kept (heap and typed arrays after gc), ${each(peak)} at the peak (growth of maxRSS)`;
}
